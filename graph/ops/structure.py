"""Rows of the two ends of a network."""

from __future__ import annotations

from graph.declared import KIND, KINDS, SHAPE
from graph.ops.row import OpRow
from graph.ops.spec import SINGLE_INPUT, SINGLE_OUTPUT

_FIELD = {"type": "str", "default": "", "label": "Field", "doc": "Which part of the data this is."}
_SHAPE = {
    "type": "ints",
    "default": None,
    "optional": True,
    "minimum": -1,
    "maximum": 1_000_000,
    "advanced": True,
    "label": "Drawn for shape",
    "doc": "The shape of one sample while no data give this field, such as (3, 224, 224). -1: any length.",
    "none_word": "not said",
}
_KIND = {
    "type": "choice",
    "default": "auto",
    "choices": ("auto", *KINDS),
    "advanced": True,
    "label": "Drawn for kind",
    "doc": "What the numbers of that shape stand for. Auto: three axes are an image, two a sequence, one a vector.",
}

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
        take=("field", SHAPE, KIND),
        changes={"field": _FIELD, SHAPE: _SHAPE, KIND: _KIND},
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
