"""By hand: the losses of the example of transfer learning."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from twins import Batch, Nets, twin


@twin("transfer-learning", "learn_from_scratch")
def learn_from_scratch(nets: Nets, batch: Batch, _step: int) -> Tensor:
    return functional.cross_entropy(nets["from_scratch"](batch["image"]), batch["digit"])


@twin("transfer-learning", "fine_tune")
def fine_tune(nets: Nets, batch: Batch, _step: int) -> Tensor:
    return functional.cross_entropy(nets["pretrained"](batch["image"]), batch["digit"])
