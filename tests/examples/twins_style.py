"""By hand: the losses of the examples of how learning works, and of the picture that is learned."""

from __future__ import annotations

import torch
from steps_by_hand import XOR
from steps_style import FITS, LASSO, LEVELS, RULES
from torch import Tensor, nn
from torch.nn import functional

from twins import Batch, Loss, Nets, Numbers, twin


def _line(name: str) -> Loss:
    def loss(nets: Nets, batch: Batch, _step: int) -> Tensor:
        answer, _ = nets[name](batch["x"])
        return ((answer - batch["y"]) ** 2).mean()

    return loss


def _slice(nets: Nets, batch: Batch, _step: int) -> Tensor:
    answer, _ = nets["stochastic"](batch["x"])
    return functional.dropout((answer - batch["y"]) ** 2, 0.95).mean()


for _name in RULES:
    twin("optimizers-compared", f"by_{_name}")(_slice if _name == "stochastic" else _line(_name))


def _fit(name: str) -> Loss:
    def loss(nets: Nets, batch: Batch, _step: int) -> Numbers:
        network = nets[name].eval()
        with torch.no_grad():
            on_new = ((_answer(network, batch["second_x"]) - batch["second_y"]) ** 2).mean()
        network.train()
        error = ((_answer(network, batch["x"]) - batch["y"]) ** 2).mean()
        if name == "few_weights":
            error = error + LASSO * network(batch["x"])[0].abs().sum()
        return {"loss": error, f"{name}_on_new": on_new}

    return loss


def _answer(network: nn.Module, x: Tensor) -> Tensor:
    answer = network(x)
    return answer[1] if isinstance(answer, tuple) else answer  # beside its weights


for _name in FITS:
    twin("over-and-under-fitting", f"fit_{_name}")(_fit(_name))


POINTS, ANSWERS = torch.tensor([x for x, _ in XOR]), torch.tensor([[y] for _, y in XOR])


@twin("backpropagation-by-hand", "learn")
def learn(nets: Nets, batch: Batch, _step: int) -> Numbers:
    """The way back by hand as well, and how far torch's gradients are from it."""
    point, wanted = POINTS[batch["number"]], ANSWERS[batch["number"]]
    answer, hidden, lower, upper = nets["tiny"](point)
    off = answer - wanted
    loss = (off**2).mean()
    of_lower, of_upper = torch.autograd.grad(loss, (lower, upper), retain_graph=True)
    upper_error = 2 * off * (answer * (1 - answer))
    lower_error = upper_error @ upper.T * (hidden * (1 - hidden))
    lower_by_hand = (lower_error.unsqueeze(1) * point.unsqueeze(2)).mean(0)
    upper_by_hand = (hidden * upper_error).mean(0).unsqueeze(1)
    return {
        "loss": loss,
        "lower_differs": (lower_by_hand - of_lower).abs().sum(),
        "upper_differs": (upper_by_hand - of_upper).abs().sum(),
    }


@twin("style-transfer", "paint")
def paint(nets: Nets, batch: Batch, _step: int) -> Numbers:
    painted = nets["picture"](batch["content"])
    down = (painted[..., 1:, :] - painted[..., :-1, :]).abs().sum()
    right = (painted[..., 1:] - painted[..., :-1]).abs().sum()
    smoothness = 0.1 * ((down + right) / painted.numel())
    names = sorted(LEVELS)  # as a network hands out what several Outputs hold
    seen, of_content, of_style = (
        dict(zip(names, nets["eyes"](image), strict=True)) for image in (painted, batch["content"], batch["style"])
    )
    content = 15.0 * (seen["middle"] - of_content["middle"].detach()).square().mean()
    apart = {name: (_gram(seen[name]) - _gram(of_style[name].detach())).square().sum((1, 2)).mean() for name in names}
    first, *rest = (weight * apart[name] for name, (_, weight) in LEVELS.items())
    style = sum(rest, first)
    return {"loss": content + smoothness + style, "content_curve": content, "style_curve": style}


def _gram(features: Tensor) -> Tensor:
    rows = features.flatten(2)
    return rows @ rows.mT / (rows.shape[1] * rows.shape[2])
