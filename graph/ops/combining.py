"""Rows that join tensors: behind one another, side by side, or number by number."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.spec import PortSpec, Sample

_MANY = (PortSpec(name="tensors", label="Inputs", many=True),)
_TWO = (PortSpec(name="input", label="First"), PortSpec(name="other", label="Second"))
_SAMPLE = Sample(shape=(2, 4))
_PAIR = (_SAMPLE, _SAMPLE)


def _operator(key: str, symbol: str, group: str, doc: str, icon: str, words: str, *, many: bool = False) -> OpRow:
    return OpRow(
        key=key,
        target=symbol,
        style="operator",
        group=group,
        stem=key,
        doc=doc,
        inputs=_MANY if many else _TWO,
        samples=_PAIR,
        face="pill",
        icon=icon,
        words=words,
    )


ROWS: tuple[OpRow, ...] = (
    OpRow(
        key="cat",
        target="torch.cat",
        style="function",
        group="Combine",
        stem="cat",
        doc="Puts tensors behind one another along one axis.",
        inputs=_MANY,
        take=("dim",),
        key_params=("dim",),
        initial={"dim": 1},
        samples=_PAIR,
        face="pill",
        icon="concat",
        words="concatenate join merge concat append",
    ),
    OpRow(
        key="stack",
        target="torch.stack",
        style="function",
        group="Combine",
        stem="stack",
        doc="Puts tensors of one shape side by side along a new axis.",
        inputs=_MANY,
        take=("dim",),
        key_params=("dim",),
        initial={"dim": 1},
        samples=_PAIR,
        face="pill",
        icon="stack",
        words="join merge new axis",
    ),
    _operator("add", "+", "Combine", "Adds tensors number by number.", "add", "sum plus + residual skip", many=True),
    _operator(
        "mul",
        "*",
        "Combine",
        "Multiplies tensors number by number.",
        "multiply",
        "multiply times product * gate",
        many=True,
    ),
    _operator(
        "sub", "-", "Combine", "Takes the second tensor away from the first.", "subtract", "subtract minus difference -"
    ),
    _operator("div", "/", "Combine", "Divides the first tensor by the second.", "divide", "divide ratio quotient /"),
    OpRow(
        key="maximum",
        target="torch.maximum",
        style="function",
        group="Combine",
        stem="maximum",
        doc="Keeps the larger of two numbers, place by place.",
        inputs=_TWO,
        take=(),
        samples=_PAIR,
        face="pill",
        icon="maths",
        words="max larger elementwise",
    ),
    OpRow(
        key="minimum",
        target="torch.minimum",
        style="function",
        group="Combine",
        stem="minimum",
        doc="Keeps the smaller of two numbers, place by place.",
        inputs=_TWO,
        take=(),
        samples=_PAIR,
        face="pill",
        icon="maths",
        words="min smaller elementwise",
    ),
)
