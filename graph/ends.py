"""Which part of the data an Input or Output stands for while nobody has said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from graph.declared import declared_field, suits
from graph.edits import SetParam
from graph.fields import Field
from graph.model import Network

_ROLES = {"Input": "input", "Output": "target"}


def next_field(network: Network, op: str, fields: Sequence[Field]) -> str:
    """The field that the next Input or Output would stand for: the first of its role that none stands for yet.

    Nothing for other ops, when there is no such field, or in a block, which gets what the drawing around gives it.
    """
    if network.block is not None:
        return ""
    if network.objective is not None:  # the batch holds what is asked for as well as what is given
        fields = [replace(field, role="input") for field in fields]
    taken = {str(node.params.get("field", "")) for node in network.nodes() if node.op == op}
    return _first_free(op, taken, fields)


def answer_width(network: Network, uid: str, fields: Sequence[Field]) -> int:
    """How many numbers a sample an Output asks for: one for each class, or as many as its numbers; 0 if not known."""
    wanted = network.node(uid).params.get("field")
    field = next((field for field in fields if field.name == wanted), None)
    if field is None:
        return 0
    if field.kind == "class":
        return len(field.classes)
    if field.kind in ("number", "label"):
        return field.shape[0] if len(field.shape) == 1 else int(not field.shape)
    return 0


def field_edits(network: Network, fields: Sequence[Field]) -> tuple[SetParam, ...]:
    """What gives every Input and Output a field that has none, or one that the data does not have; none in a block.

    An Input that says what it is drawn for is given nothing of another kind.
    """
    if not network.is_trainable:
        return ()
    known = {field.name for field in fields}
    ends = [node for node in network.nodes() if node.op in _ROLES]
    taken = {op: {str(node.params.get("field", "")) for node in ends if node.op == op} & known for op in _ROLES}
    edits = []
    for node in ends:
        if node.params.get("field") in known:
            continue
        drawn_for = declared_field(node)
        rows = [field for field in fields if drawn_for is None or suits(drawn_for, field)]
        name = _first_free(node.op, taken[node.op], rows)
        if name:
            taken[node.op].add(name)
            edits.append(SetParam(network=network.name, uid=node.uid, name="field", value=name))
    return tuple(edits)


def _first_free(op: str, taken: Collection[str], fields: Sequence[Field]) -> str:
    names = [field.name for field in fields if field.role == _ROLES.get(op)]
    return next((name for name in names if name not in taken), names[0] if names else "")
