"""Rows of layers for vectors and sequences: dense, normalisation, recurrent, attention, embedding, dropout."""

from __future__ import annotations

from typing import Any

from graph.ops.images import DIMENSIONS, PLACES, SAMPLES, WORDS
from graph.ops.row import Changes, OpRow
from graph.ops.spec import AutoRule, PortSpec, Sample

_WIDTH: dict[str, Any] = {"auto": AutoRule(port="input", axis=-1), "minimum": 1}
_CHANNELS: dict[str, Any] = {"auto": AutoRule(port="input", axis=1), "minimum": 1}
_LAST_AXIS = {
    "auto": AutoRule(port="input", axis=-1),
    "doc": "The size of the last axes, over which numbers are balanced.",
}
_NORMALIZED = ("num_features", "eps", "momentum", "affine", "track_running_stats")
_NORM_CHANGES = {"num_features": _CHANNELS, "eps": {"type": "float"}}

_DENSE = (
    OpRow(
        key="Linear",
        target="torch.nn.Linear",
        group="Dense",
        stem="linear",
        doc="Connects every input number with every output number.",
        changes={"in_features": _WIDTH},
        key_params=("out_features",),
        initial={"out_features": 10},
        icon="linear",
        words="dense fully connected fc mlp perceptron affine",
    ),
    OpRow(
        key="Bilinear",
        target="torch.nn.Bilinear",
        group="Dense",
        stem="bilinear",
        doc="Connects every pair of numbers from two inputs with every output number.",
        inputs=(PortSpec(name="input1", label="First"), PortSpec(name="input2", label="Second")),
        changes={
            "in1_features": {"auto": AutoRule(port="input1", axis=-1), "minimum": 1},
            "in2_features": {"auto": AutoRule(port="input2", axis=-1), "minimum": 1},
        },
        key_params=("out_features",),
        initial={"out_features": 10},
        samples=(Sample(shape=(2, 4)), Sample(shape=(2, 3))),
        icon="bilinear",
        words="dense two inputs product pair",
    ),
    OpRow(
        key="Identity",
        target="torch.nn.Identity",
        group="Dense",
        stem="identity",
        doc="Hands on what it gets, unchanged.",
        take=(),
        face="pill",
        icon="identity",
        words="nothing pass through skip placeholder",
    ),
)


def _norms() -> list[OpRow]:
    rows = [
        OpRow(
            key=f"BatchNorm{n}d",
            target=f"torch.nn.BatchNorm{n}d",
            group="Normalisation",
            stem="norm",
            doc=f"Balances each channel of {PLACES[n]} over the batch, so that training is steadier.",
            take=_NORMALIZED,
            changes=_NORM_CHANGES,
            samples=(SAMPLES[n],),
            icon="norm",
            words=f"batch normalization standardize bn {WORDS[n]}",
        )
        for n in DIMENSIONS
    ]
    rows += [
        OpRow(
            key="LayerNorm",
            target="torch.nn.LayerNorm",
            group="Normalisation",
            stem="norm",
            doc="Balances the numbers of each sample, or of each step of a sequence.",
            changes={"normalized_shape": _LAST_AXIS},
            icon="norm",
            words="layer normalization transformer standardize ln",
        ),
        OpRow(
            key="RMSNorm",
            target="torch.nn.RMSNorm",
            group="Normalisation",
            stem="norm",
            doc="Scales the numbers of each sample to a common size; simpler than LayerNorm.",
            changes={"normalized_shape": _LAST_AXIS},
            icon="norm",
            words="root mean square normalization transformer llama",
        ),
        OpRow(
            key="GroupNorm",
            target="torch.nn.GroupNorm",
            group="Normalisation",
            stem="norm",
            doc="Balances groups of channels of each image; works with small batches.",
            take=("num_groups", "num_channels", "eps", "affine"),
            changes={"num_channels": _CHANNELS},
            key_params=("num_groups",),
            initial={"num_groups": 4},
            samples=(SAMPLES[2],),
            icon="norm",
            words="group normalization small batch gn",
        ),
    ]
    rows += [
        OpRow(
            key=f"InstanceNorm{n}d",
            target=f"torch.nn.InstanceNorm{n}d",
            group="Normalisation",
            stem="norm",
            doc=f"Balances each channel of {PLACES[n]} by itself.",
            take=_NORMALIZED,
            changes=_NORM_CHANGES,
            samples=(SAMPLES[n],),
            icon="norm",
            words=f"instance normalization style transfer {WORDS[n]}",
        )
        for n in DIMENSIONS
    ]
    rows.append(
        OpRow(
            key="LocalResponseNorm",
            target="torch.nn.LocalResponseNorm",
            group="Normalisation",
            stem="norm",
            doc="Damps a channel where its neighbour channels are strong.",
            changes={
                "size": {"label": "Neighbours", "minimum": 1, "doc": "How many neighbour channels count."},
                "alpha": {"label": "Strength", "doc": "How strongly neighbours damp."},
                "beta": {"label": "Exponent", "doc": "The exponent of the damping."},
                "k": {"label": "Offset", "doc": "Added before dividing."},
            },
            key_params=("size",),
            initial={"size": 5},
            samples=(SAMPLES[2],),
            icon="norm",
            words="lrn alexnet local normalization",
        )
    )
    return rows


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

_HEADS: Changes = {"num_heads": {"type": "int", "minimum": 1}, "nhead": {"type": "int", "minimum": 1}}
_ATTENTION: Changes = {
    "embed_dim": {"type": "int", "auto": AutoRule(port="query", axis=-1), "minimum": 1},
    "dropout": {"type": "float", "maximum": 1, "doc": "Share of attention weights switched off while training."},
    "kdim": {"type": "int", "doc": "The width of the keys, when it is not that of the queries."},
    "vdim": {"type": "int", "doc": "The width of the values, when it is not that of the queries."},
}
_BLOCK: Changes = {
    "dropout": {"maximum": 1, "doc": "Share of numbers switched off while training."},
    "activation": {"type": "choice", "choices": ("relu", "gelu"), "default": "relu", "doc": "The activation inside."},
}
_BLOCK_SHOWN = ("nhead", "dim_feedforward", "dropout")
_BLOCK_INITIAL = {"nhead": 4, "dim_feedforward": 128, "batch_first": True}

_ATTENTIONS = (
    OpRow(
        key="MultiheadAttention",
        target="torch.nn.MultiheadAttention",
        group="Attention",
        stem="attention",
        doc="Lets each step of a sequence look at the steps that matter to it.",
        inputs=(PortSpec(name="query"), PortSpec(name="key"), PortSpec(name="value")),
        outputs=(PortSpec(name="attn_output", label="Answer"), PortSpec(name="attn_output_weights", label="Weights")),
        unpack=("attn_output", "attn_output_weights"),
        changes={**_HEADS, **_ATTENTION},
        key_params=("num_heads", "dropout"),
        initial={"num_heads": 4, "batch_first": True},
        samples=(Sample(shape=(2, 5, 8)), Sample(shape=(2, 3, 8)), Sample(shape=(2, 3, 8))),
        icon="attention",
        words="self-attention transformer query key value mha",
    ),
    OpRow(
        key="TransformerEncoderLayer",
        target="torch.nn.TransformerEncoderLayer",
        group="Attention",
        stem="encoder",
        doc="One transformer block: attention, then a small dense network, for each step.",
        inputs=(PortSpec(name="src", label="Sequence"),),
        changes={**_HEADS, **_BLOCK, "d_model": {"auto": AutoRule(port="src", axis=-1), "minimum": 1}},
        key_params=_BLOCK_SHOWN,
        initial=_BLOCK_INITIAL,
        samples=_SEQUENCE,
        icon="transformer",
        words="transformer attention bert block encoder self-attention",
    ),
    OpRow(
        key="TransformerDecoderLayer",
        target="torch.nn.TransformerDecoderLayer",
        group="Attention",
        stem="decoder",
        doc="A transformer block that also looks at a second sequence.",
        inputs=(PortSpec(name="tgt", label="Sequence"), PortSpec(name="memory", label="Looked at")),
        changes={**_HEADS, **_BLOCK, "d_model": {"auto": AutoRule(port="tgt", axis=-1), "minimum": 1}},
        key_params=_BLOCK_SHOWN,
        initial=_BLOCK_INITIAL,
        samples=(Sample(shape=(2, 5, 8)), Sample(shape=(2, 3, 8))),
        icon="transformer",
        words="transformer attention block decoder cross-attention translation",
    ),
    OpRow(
        key="scaled_dot_product_attention",
        target="torch.nn.functional.scaled_dot_product_attention",
        style="function",
        group="Attention",
        stem="attention",
        doc="Attention itself, without weights: each query takes a mix of the values.",
        inputs=(
            PortSpec(name="query"),
            PortSpec(name="key"),
            PortSpec(name="value"),
            PortSpec(name="attn_mask", label="Mask", optional=True),
        ),
        take=("dropout_p", "is_causal", "scale"),
        changes={
            "dropout_p": {"type": "float", "default": 0.0, "minimum": 0, "maximum": 1, "label": "Dropout"}
            | {"doc": "Share of attention weights switched off, also when not training."},
            "is_causal": {"type": "bool", "default": False, "doc": "Whether a step may look at earlier steps only."},
            "scale": {"type": "float", "default": None, "optional": True, "label": "Scale"}
            | {"doc": "What scores are multiplied by; one over the root of the width if empty."},
        },
        key_params=("is_causal",),
        samples=(Sample(shape=(2, 5, 8)), Sample(shape=(2, 3, 8)), Sample(shape=(2, 3, 8))),
        icon="attention",
        words="sdpa flash self-attention transformer query key value",
    ),
)

_TABLE: Changes = {"num_embeddings": {"auto": AutoRule(port="input", of="classes"), "minimum": 1}}
_TOKENS = (Sample(shape=(2, 5), dtype="int64", high=12),)

_EMBEDDINGS = (
    OpRow(
        key="Embedding",
        target="torch.nn.Embedding",
        group="Embedding",
        stem="embedding",
        doc="Looks up a learned row of numbers for each word or category.",
        changes=_TABLE,
        key_params=("num_embeddings", "embedding_dim"),
        initial={"embedding_dim": 32},
        samples=_TOKENS,
        icon="embedding",
        words="lookup table words tokens categories vocabulary nlp text",
    ),
    OpRow(
        key="EmbeddingBag",
        target="torch.nn.EmbeddingBag",
        group="Embedding",
        stem="embedding",
        doc="Averages the learned rows of all words of a text.",
        take=("num_embeddings", "embedding_dim", "mode", "padding_idx", "max_norm", "norm_type", "sparse"),
        changes={
            **_TABLE,
            "mode": {
                "type": "choice",
                "choices": ("mean", "sum", "max"),
                "label": "Combine by",
                "doc": "How rows combine.",
            },
        },
        key_params=("num_embeddings", "embedding_dim", "mode"),
        initial={"embedding_dim": 32},
        samples=_TOKENS,
        icon="embedding",
        words="bag of words lookup average tokens text nlp",
    ),
)


def _dropout(key: str, doc: str, words: str, sample: Sample) -> OpRow:
    return OpRow(
        key=key,
        target=f"torch.nn.{key}",
        group="Dropout",
        stem="dropout",
        doc=doc,
        key_params=("p",),
        changes={"p": {"maximum": 1}},
        initial={"p": 0.5},
        samples=(sample,),
        face="pill",
        icon="dropout",
        words=f"regularization overfitting {words}",
    )


_DROPOUTS = (
    _dropout(
        "Dropout",
        "Switches off random numbers while training, against learning by heart.",
        "noise",
        Sample(shape=(2, 4)),
    ),
    *(
        _dropout(
            f"Dropout{n}d",
            f"Switches off whole channels of {PLACES[n]} while training.",
            f"spatial channel {WORDS[n]}",
            SAMPLES[n],
        )
        for n in DIMENSIONS
    ),
    _dropout("AlphaDropout", "Dropout that goes with SELU: it keeps mean and spread.", "selu", Sample(shape=(2, 4))),
    _dropout("FeatureAlphaDropout", "AlphaDropout for whole channels.", "selu channel", SAMPLES[2]),
)

ROWS: tuple[OpRow, ...] = (*_DENSE, *_norms(), *_RECURRENTS, *_ATTENTIONS, *_EMBEDDINGS, *_DROPOUTS)
