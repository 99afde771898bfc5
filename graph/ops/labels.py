"""Plain words for settings that many ops share: labels, sentences, least values, and which are rarely needed."""

from __future__ import annotations

LABELS: dict[str, str] = {
    "in_channels": "Input channels",
    "out_channels": "Filters",
    "in_features": "Input size",
    "out_features": "Neurons",
    "kernel_size": "Kernel size",
    "p": "Probability",
    "dim": "Axis",
    "lr": "Learning rate",
}
NOTES: dict[str, str] = {}
MINIMA: dict[str, float] = {}
ADVANCED: frozenset[str] = frozenset()
