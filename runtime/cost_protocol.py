"""What the window and the analysis process say to each other about the costs of a drawing; torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

LENGTH: Final = 32
"""So many steps stand for a length that differs from batch to batch."""
MAX_BATCH: Final = 100_000

Size = int | str
"""How long an axis is: a number, or words such as `T` where it differs from batch to batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """One node with its costs for a batch. `depth`: inside of how many blocks it stands.

    `shapes` are those of what leaves it, the batch first (an Output: of what arrives). A node inside of a block has the
    costs of all uses. `frozen`: how many of the weights do not learn.
    """

    uid: str
    network: str
    name: str
    title: str
    depth: int = 0
    shapes: tuple[tuple[Size, ...], ...] = ()
    weights: int = 0
    frozen: int = 0
    flops: int = 0
    kept_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAnswer:
    """The costs of a network for a batch, its rows in the order in which they are run, or `problem`, a sentence.

    `has_lengths`: an input has a length that differs from batch to batch, and `LENGTH` steps stand for it.
    """

    id: int
    network: str = ""
    batch: int = 0
    rows: tuple[CostRow, ...] = ()
    weights: int = 0
    frozen: int = 0
    weight_bytes: int = 0
    flops: int = 0
    kept_bytes: int = 0
    peak_bytes: int = 0
    has_lengths: bool = False
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {"kind": "costs", **asdict(self)}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> CostAnswer:
        """The answer that `to_json` wrote."""
        known = {key: value for key, value in row.items() if key not in ("kind", "rows")}
        return CostAnswer(rows=tuple(_row(one) for one in row["rows"]), **known)


def _row(row: Mapping[str, Any]) -> CostRow:
    return CostRow(**{**row, "shapes": tuple(tuple(shape) for shape in row["shapes"])})
