"""Rows of layers for vectors and tokens: dense, normalisation, embedding, dropout."""

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

_TWO_VECTORS = (PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second"))
_COMPARED = tuple(
    OpRow(
        key=key,
        target=f"torch.nn.{key}",
        group="Matrices",
        stem=stem,
        doc=doc,
        inputs=_TWO_VECTORS,
        changes=changes,
        key_params=tuple(changes)[:1],
        samples=(Sample(shape=(2, 4)), Sample(shape=(2, 4))),
        icon="similarity",
        words=words,
        rare=True,
    )
    for key, stem, doc, words, changes in (
        (
            "CosineSimilarity",
            "similarity",
            "How much two vectors point the same way, as a layer.",
            "cosine angle distance compare",
            {"dim": {"doc": "The axis along which the vectors lie."}},
        ),
        (
            "PairwiseDistance",
            "distance",
            "How far two vectors are apart, as a layer.",
            "euclidean distance compare",
            {"p": {"maximum": None, "label": "Power", "doc": "2 is the straight line, 1 the sum of differences."}},
        ),
    )
)

ROWS: tuple[OpRow, ...] = (*_DENSE, *_norms(), *_EMBEDDINGS, *_DROPOUTS, *_COMPARED)
