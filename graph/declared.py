"""What an Input says of the data that it is drawn for: a shape and a kind, for want of data that give its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast, get_args

from graph.fields import Field, FieldKind
from graph.model import Network, Node

SHAPE: Final = "shape"
KIND: Final = "kind"
KINDS: Final = tuple(kind for kind in get_args(FieldKind) if kind not in ("class", "label"))
_MOST_AXES: Final = 8
_USUAL: Final[Mapping[int, FieldKind]] = {1: "vector", 2: "sequence", 3: "image"}
_WHOLE: Final = frozenset({"tokens"})


def declared_field(node: Node) -> Field | None:
    """The field that an Input is drawn for, as it says itself; None where it does not say a shape that can be.

    A size of -1 is a length that differs from batch to batch. Without a kind it is that of as many axes.
    """
    said = node.params.get(SHAPE)
    sizes = said if isinstance(said, tuple) else (said,)
    shape = tuple(size for size in sizes if isinstance(size, int) and not isinstance(size, bool))
    if node.op != "Input" or len(shape) != len(sizes) or not 1 <= len(shape) <= _MOST_AXES or 0 in shape:
        return None
    chosen = node.params.get(KIND)
    kind = cast(FieldKind, chosen) if chosen in KINDS else _USUAL.get(len(shape), "number")
    dtype = "int64" if kind in _WHOLE else "float32"
    return Field(name=str(node.params.get("field") or node.name), shape=shape, dtype=dtype, kind=kind)


def suits(declared: Field, field: Field) -> bool:
    """Whether a field of the data may stand where another was declared: numbers of its kind on as many axes."""
    return declared.dtype == field.dtype and len(declared.shape) == len(field.shape)


def in_words(field: Field) -> str:
    """What a field is, as the end of "it takes": `pictures of 3 × 224 × 224`."""
    sizes = " × ".join("any length" if size < 0 else str(size) for size in field.shape)
    match field.kind:
        case "image":
            return f"pictures of {sizes}"
        case "tokens":
            return f"texts as whole numbers that stand for words, of {sizes or 'one word'}"
        case "sequence" if len(field.shape) == 2:
            length = "any length" if field.shape[0] < 0 else f"length {field.shape[0]:,}"
            return f"sequences of {length}, {field.shape[1]:,} number{'s' * (field.shape[1] != 1)} a step"
        case _ if len(field.shape) == 1 and field.shape[0] > 0:
            return f"{field.shape[0]:,} number{'s' * (field.shape[0] != 1)} a sample"
        case _:
            return f"numbers of {sizes or 'one a sample'}"


def with_declared(network: Network, fields: Iterable[Field]) -> dict[str, Field]:
    """The fields of the data by name, and those that Inputs of a network declare and the data do not give."""
    found = {field.name: field for field in fields}
    for node in network.nodes():
        field = declared_field(node) if network.block is None else None
        if field is not None:
            found.setdefault(field.name, field)
    return found
