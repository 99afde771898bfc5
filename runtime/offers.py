"""What is proposed when a loss stopped being a number, as edits that the window applies at a click."""

from __future__ import annotations

from typing import Any

from graph.edit_rows import edit_to_json
from graph.edits import SetSetting
from runtime.preparation import Prepared


def nan_offers(prepared: Prepared, lr: float) -> list[dict[str, Any]]:
    """Half the learning rate, or gradients that are held to a length."""
    smaller = SetSetting(section="training", key=prepared.lr_key, value=float(f"{lr / 2:.3g}"))
    clip = SetSetting(section="training", key="clip.norm", value=1.0)
    return [
        {"label": f"Halve the learning rate to {smaller.value:g}", "edit": edit_to_json(smaller)},
        {"label": "Clip gradients to a norm of 1", "edit": edit_to_json(clip)},
    ]
