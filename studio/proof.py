"""What an exported script says while it trains, and what its weights prove; pure, for the dialog that runs it."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_STEP = re.compile(r"step (\d+) loss (-?0x[0-9a-f.]+p[+-]?\d+|-?inf|nan)")
_EPOCH = re.compile(r"epoch (\d+) of (\d+)")
_WEIGHTS = re.compile(r"weights_sha256 ([0-9a-f]{64})")
_COMPARED = ("torch", "numpy", "scikit-learn")
_MOST_WORDS = 160


@dataclass(slots=True)
class Script:
    """What a script has said so far: losses by step, the epoch it is at, its weights, and its last words."""

    losses: dict[int, float] = field(default_factory=dict)
    epoch: int = 0
    epochs: int = 0
    weights: str = ""
    last_words: str = ""
    _rest: str = ""

    def hear(self, text: str) -> None:
        """Take more of its output; a line that is not whole waits for the rest."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line.strip())

    def _take(self, line: str) -> None:
        if step := _STEP.fullmatch(line):
            self.losses[int(step[1])] = float.fromhex(step[2])
        elif epoch := _EPOCH.match(line):
            self.epoch, self.epochs = int(epoch[1]), int(epoch[2])
        elif weights := _WEIGHTS.fullmatch(line):
            self.weights = weights[1]
        elif line:
            self.last_words = line[:_MOST_WORDS]


def seal(weights: str) -> str:
    """The words of a proof that came out: `Identical weights 3f9a1c…`."""
    return f"Identical weights {weights[:12]}…"


def why_not(
    script: Script,
    *,
    losses: Mapping[int, float],
    settings: Mapping[str, Any],
    reason: str,
    versions: Mapping[str, str] | None = None,
) -> str:
    """Why the weights of the script are others than those of a run, as a sentence.

    `losses`, `settings` (its `run.json`) and `reason` (how it ended) are the run's; `versions` those of now.
    """
    if reason == "stopped":
        return "Other weights: this run was stopped, and the script trains to the end."
    if str(settings.get("device", "cpu")).startswith("cuda") and not settings.get("settings", {}).get("deterministic"):
        return "Other weights: a GPU adds up in another order each time. Switch on Repeatable on a GPU and train again."
    now = versions if versions is not None else installed()
    then = settings.get("versions", {})
    for name in _COMPARED:
        if name in then and name in now and then[name] != now[name]:
            return f"Other weights: the run was trained with {name} {then[name]}, and here is {now[name]}."
    first = next((step for step in sorted(script.losses) if script.losses[step] != losses.get(step)), None)
    if first == 1:
        return "Other weights: already the first loss is another. The data have changed since this run."
    where = f" from step {first:,} on" if first else ""
    return f"Other weights: the losses differ{where}. This machine computes differently than the run did."


def installed() -> dict[str, str]:
    """The versions of now, of what decides the bits."""
    found = {}
    for name in _COMPARED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
