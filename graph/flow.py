"""What flows along a wire: shape with its free dimensions, dtype, and the kind that gives it a colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graph.fields import Field

FlowKind = Literal["image", "vector", "sequence", "tokens", "scalar", "mask", "unknown"]
"""A hint for colour and glyph; it never decides whether a wire is legal."""

BATCH = "N"
PACKED = "packed"
"""Stands for the length of sequences of which only the steps that count are there."""
_SEQUENCE_GROUPS = frozenset({"recurrent", "attention", "transformer", "embedding"})
_FIELD_KINDS: Mapping[str, FlowKind] = {
    "image": "image",
    "vector": "vector",
    "sequence": "sequence",
    "tokens": "tokens",
    "number": "scalar",
    "class": "tokens",
    "label": "vector",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """A tensor as a person sees it: a dimension is a number, or words such as `N`, `2·N`, `depends on N`.

    `classes` is the number of distinct integers, when they stand for something counted.
    """

    shape: tuple[int | str, ...]
    dtype: str
    kind: FlowKind = "unknown"
    classes: int = 0

    def label(self) -> str:
        """Without the batch axis, for a wire: `32×8×8`; `1` for one number a sample."""
        inner = self.shape[1:] if self.shape[:1] == (BATCH,) else self.shape
        return "×".join(str(size) for size in inner) or "1"

    def full_label(self) -> str:
        """All of it: `N × 32 × 8 × 8  float32`."""
        sizes = " × ".join(str(size) for size in self.shape) or "one number"
        return f"{sizes}  {self.dtype}"

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {"shape": list(self.shape), "dtype": self.dtype, "kind": self.kind, "classes": self.classes}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> TensorInfo:
        """The value that `to_json` wrote."""
        return TensorInfo(shape=tuple(row["shape"]), dtype=row["dtype"], kind=row["kind"], classes=row["classes"])


def flow_kind(rank: int, dtype: str, *, group: str = "", arrives: tuple[FlowKind, ...] = ()) -> FlowKind:
    """The kind of a tensor with `rank` axes (batch included) that an op of `group` made from what `arrives`.

    Three axes of floats are a sequence after an embedding, a recurrent layer or attention, and when a
    sequence arrived; else they are image-like, as for a 1-d convolution.
    """
    if dtype == "bool":
        return "mask"
    if dtype.startswith(("int", "uint")):
        return "tokens"
    if rank <= 1:
        return "scalar"
    if rank == 2:
        return "vector"
    if rank == 3:
        words = group.casefold().split()
        after_sequence = any(kind in ("sequence", "tokens") for kind in arrives) and "convolution" not in words
        return "sequence" if after_sequence or _SEQUENCE_GROUPS & set(words) else "image"
    return "image"


def field_info(field: Field) -> TensorInfo:
    """A batch of a field; a size of -1 in the field is a length that differs from batch to batch, `T`."""
    sizes = tuple("T" if size < 0 else size for size in field.shape)
    kind = _FIELD_KINDS[field.kind]
    if field.kind == "number" and field.shape:
        kind = flow_kind(1 + len(field.shape), field.dtype)
    classes = len(field.classes) if field.kind in ("class", "tokens") else 0
    return TensorInfo(shape=(BATCH, *sizes), dtype=field.dtype, kind=kind, classes=classes)
