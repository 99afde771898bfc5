"""By hand: the losses of the examples of how learning works, and of the picture that is learned."""

from __future__ import annotations

from steps_style import FITS, LEVELS, RULES
from torch import Tensor
from torch.nn import functional

from twins import Batch, Loss, Nets, twin


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
    def loss(nets: Nets, batch: Batch, _step: int) -> Tensor:
        return ((nets[name](batch["x"]) - batch["y"]) ** 2).mean()

    return loss


for _name in FITS:
    twin("over-and-under-fitting", f"fit_{_name}")(_fit(_name))


@twin("backpropagation-by-hand", "learn")
def learn(nets: Nets, batch: Batch, _step: int) -> Tensor:
    answer = nets["tiny"](batch["point"])[0]
    return ((answer - batch["class"].float().unsqueeze(1)) ** 2).mean()


@twin("style-transfer", "paint")
def paint(nets: Nets, batch: Batch, _step: int) -> Tensor:
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
    return content + smoothness + sum(rest, first)


def _gram(features: Tensor) -> Tensor:
    rows = features.flatten(2)
    return rows @ rows.mT / (rows.shape[1] * rows.shape[2])
