"""By hand: the losses of the example of transfer learning, and what share of other digits each network has right."""

from __future__ import annotations

import torch
from torch.nn import functional

from twins import Batch, Loss, Nets, Numbers, twin


def _learns(name: str) -> Loss:
    def loss(nets: Nets, batch: Batch, _step: int) -> Numbers:
        network = nets[name]
        surprise = functional.cross_entropy(network(batch["image"]), batch["digit"])
        network.eval()
        with torch.no_grad():
            says = network(batch["second_image"]).argmax(1)
        network.train()
        return {"loss": surprise, f"{name}_accuracy": (says == batch["second_digit"]).float().mean()}

    return loss


twin("transfer-learning", "learn_from_scratch")(_learns("from_scratch"))
twin("transfer-learning", "fine_tune")(_learns("pretrained"))
