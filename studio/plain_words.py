"""The words of a first lesson, for the tooltips of what is no setting; those of settings stand in their table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LAYER: Final = "One step of the computation. Data goes in at the top and comes out changed."
SHAPE: Final = "How the numbers are arranged: 32 × 8 × 8 is 32 pictures of 8 by 8."
AUTO: Final = "Found from what arrives here. Type a number to fix it yourself."
WIRE: Final = "Data flow along it, from the output of a layer to the input of another."
FROZEN: Final = "Numbers that training leaves as they begin."
_WEIGHTS: Final = "The numbers the network learns. {} has {:,}."

FIGURES: Final[Mapping[str, str]] = {
    "Layers": LAYER,
    "Wires": WIRE,
    "Size of the weights": "Four bytes a number.",
    "Frozen weights": FROZEN,
}


def weights_tip(who: str, count: int) -> str:
    """What weights are, and how many something has; `who` begins the sentence."""
    return _WEIGHTS.format(who, count)
