"""Rows of recurrent layers: whole sequences, one step at a time, and sequences of unequal lengths."""

from __future__ import annotations

from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.short import function
from graph.ops.spec import AutoRule, PortSpec, Sample

_WIDTH: dict[str, Any] = {"auto": AutoRule(port="input", axis=-1), "minimum": 1}
_SEQUENCE = (Sample(shape=(2, 5, 8)),)
_STATE = PortSpec(name="h_0", label="First state", optional=True)
_OUTPUTS = (PortSpec(name="output", label="All steps"), PortSpec(name="h_n", label="Last state"))
_RECURRENT: Changes = {
    "input_size": _WIDTH,
    "dropout": {"maximum": 1, "label": "Dropout", "doc": "Share of numbers switched off between stacked layers."},
}
_INITIAL = {"hidden_size": 64, "batch_first": True}
_SHOWN = ("hidden_size", "num_layers", "bidirectional")

_RECURRENTS = (
    OpRow(
        key="LSTM",
        target="torch.nn.LSTM",
        group="Recurrent",
        stem="lstm",
        doc="Reads a sequence step by step with a long and a short memory.",
        inputs=(PortSpec(name="input"), _STATE, PortSpec(name="c_0", label="First memory", optional=True)),
        outputs=(*_OUTPUTS, PortSpec(name="c_n", label="Last memory")),
        unpack=("output", ("h_n", "c_n")),
        packed_inputs=("h_0", "c_0"),
        changes=_RECURRENT,
        key_params=_SHOWN,
        initial=_INITIAL,
        samples=_SEQUENCE,
        icon="recurrent",
        words="recurrent rnn memory sequence time series text long short-term",
    ),
    OpRow(
        key="GRU",
        target="torch.nn.GRU",
        group="Recurrent",
        stem="gru",
        doc="Reads a sequence step by step with a memory; simpler than LSTM.",
        inputs=(PortSpec(name="input"), _STATE),
        outputs=_OUTPUTS,
        unpack=("output", "h_n"),
        changes=_RECURRENT,
        key_params=_SHOWN,
        initial=_INITIAL,
        samples=_SEQUENCE,
        icon="recurrent",
        words="recurrent rnn gated memory sequence time series text",
    ),
    OpRow(
        key="RNN",
        target="torch.nn.RNN",
        group="Recurrent",
        stem="rnn",
        doc="Reads a sequence step by step with a simple memory.",
        inputs=(PortSpec(name="input"), _STATE),
        outputs=_OUTPUTS,
        unpack=("output", "h_n"),
        changes={**_RECURRENT, "nonlinearity": {"type": "choice", "choices": ("tanh", "relu")}},
        key_params=_SHOWN,
        initial=_INITIAL,
        samples=_SEQUENCE,
        icon="recurrent",
        words="recurrent elman memory sequence time series text",
    ),
)


def _cell(key: str, doc: str, words: str, *, memory: bool = False, **more: Any) -> OpRow:
    """One step of a recurrent layer, for those who draw the way through time themselves."""
    state = PortSpec(name="h_0", label="State", optional=True)
    changes: dict[str, Any] = {"input_size": _WIDTH, **more}
    return OpRow(
        key=key,
        target=f"torch.nn.{key}",
        group="Recurrent",
        stem="cell",
        doc=doc,
        inputs=(
            PortSpec(name="input"),
            state,
            *([PortSpec(name="c_0", label="Memory", optional=True)] if memory else []),
        ),
        outputs=(
            PortSpec(name="h_1", label="State"),
            *([PortSpec(name="c_1", label="Memory")] if memory else []),
        ),
        unpack=("h_1", "c_1") if memory else (),
        packed_inputs=("h_0", "c_0") if memory else (),
        changes=changes,
        key_params=("hidden_size",),
        initial={"hidden_size": 64},
        samples=(Sample(shape=(2, 4)),),
        icon="recurrent",
        words=f"one step cell memory {words}",
        rare=True,
    )


_CELLS = (
    _cell("LSTMCell", "One step of an LSTM.", "lstm", memory=True),
    _cell("GRUCell", "One step of a GRU.", "gru gated"),
    _cell(
        "RNNCell",
        "One step of a simple recurrent layer.",
        "rnn elman",
        nonlinearity={"type": "choice", "choices": ("tanh", "relu")},
    ),
)

_FIRST = {"batch_first": {"type": "bool", "default": False}}

_PACKED = (
    function(
        "pack_padded_sequence",
        "Recurrent",
        "Leaves out the padding after the end of each sequence, for a recurrent layer.",
        "packed lengths padding variable length mask",
        {
            **_FIRST,
            "enforce_sorted": {"type": "bool", "default": True, "label": "Sorted already", "advanced": True}
            | {"doc": "Whether the longest sequences come first; off sorts them."},
        },
        target="torch.nn.utils.rnn.pack_padded_sequence",
        stem="pack",
        form="lengths",
        inputs=(PortSpec(name="input", label="Sequences"), PortSpec(name="lengths", label="Lengths")),
        show=(),
        initial={"batch_first": True, "enforce_sorted": False},
        samples=(Sample(shape=(2, 5, 8)), Sample(shape=(2,), dtype="int64", high=5)),
        face="full",
        icon="recurrent",
    ),
    function(
        "pad_packed_sequence",
        "Recurrent",
        "Fills packed sequences up to one length again, and tells their lengths.",
        "unpack packed lengths padding variable length",
        {
            **_FIRST,
            "padding_value": {"type": "float", "default": 0.0, "label": "Filled with"}
            | {"doc": "The number that stands after the end of a sequence."},
            "total_length": {"type": "int", "default": None, "optional": True, "minimum": 1, "label": "Length"}
            | {"doc": "How long all become; as long as the longest if empty."},
        },
        target="torch.nn.utils.rnn.pad_packed_sequence",
        stem="unpack",
        inputs=(PortSpec(name="sequence", label="Packed"),),
        outputs=(PortSpec(name="output", label="Sequences"), PortSpec(name="lengths", label="Lengths")),
        show=("total_length",),
        initial={"batch_first": True},
        samples=(),
        icon="recurrent",
    ),
)

ROWS: tuple[OpRow, ...] = (*_RECURRENTS, *_CELLS, *_PACKED)
