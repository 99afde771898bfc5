"""What the window and the analysis process say to each other when shown pictures are drawn again; torch-free."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.errors import LoomError
from graph.files import parse
from graph.lower import SHOWN
from runtime.rundir import RunDir
from runtime.shown_media import Shown, packed_shown, shown_in

MOST_SEED: Final = 2**31 - 1
MOST_DRAWN: Final = 1024
"""So many samples can be drawn at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainAnswer:
    """What was drawn with a seed; `problem` is a sentence instead, `note` one beside it.

    `epoch` says after how many epochs the weights were when they come from a checkpoint; 0: the kept weights.
    """

    id: int
    seed: int = 0
    shown: Shown | None = None
    note: str = ""
    problem: str = ""
    epoch: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        raw = "" if self.shown is None else base64.b64encode(packed_shown(self.shown)).decode("ascii")
        return {
            "kind": "drawn_again",
            "id": self.id,
            "seed": self.seed,
            "shown": raw,
            "note": self.note,
            "problem": self.problem,
            "epoch": self.epoch,
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> AgainAnswer:
        """The answer that `to_json` wrote; MediaError where its pictures do not fit together."""
        raw = base64.b64decode(str(row["shown"]), validate=True)
        return AgainAnswer(
            id=int(row["id"]),
            seed=int(row["seed"]),
            shown=shown_in(raw) if raw else None,
            note=str(row["note"]),
            problem=str(row["problem"]),
            epoch=int(row["epoch"]),
        )


def shows_something(run: RunDir) -> bool:
    """Whether the drawing of a run shows pictures or points of what its training step makes."""
    try:
        project = parse(run.project_text())
    except LoomError:
        return False
    return any(node.op in SHOWN for one in project.objectives() for node in one.nodes())
