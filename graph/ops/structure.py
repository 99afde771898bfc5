"""Rows of the two ends of a network."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.spec import SINGLE_INPUT, SINGLE_OUTPUT

_FIELD = {"type": "str", "default": "", "label": "Field", "doc": "Which part of the data this is."}

ROWS = (
    OpRow(
        key="Input",
        target="input",
        style="input",
        group="Input and output",
        stem="input",
        doc="Where one part of the data enters the network.",
        inputs=(),
        outputs=SINGLE_OUTPUT,
        take=("field",),
        changes={"field": _FIELD},
        key_params=("field",),
        samples=(),
        icon="input",
        words="data source start feature image",
    ),
    OpRow(
        key="Output",
        target="output",
        style="output",
        group="Input and output",
        stem="output",
        doc="The network's answer for one part of the data.",
        inputs=SINGLE_INPUT,
        outputs=(),
        take=("field",),
        changes={"field": _FIELD | {"doc": "Which part of the data the answer is for."}},
        key_params=("field",),
        icon="output",
        words="target label prediction end result",
    ),
)
