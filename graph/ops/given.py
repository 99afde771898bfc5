"""Rows of layers whose weights arrive by a wire, so that they can be shared, made by a network, or constant."""

from __future__ import annotations

from graph.ops.images import DIMENSIONS, PLACES, SAMPLES, WORDS
from graph.ops.row import Changes, OpRow
from graph.ops.short import function
from graph.ops.spec import PortSpec, Sample

_WEIGHTS = "given weights shared tied hypernetwork functional"
_BIAS = PortSpec(name="bias", label="Bias", optional=True)
_IN = PortSpec(name="input")
_WINDOW: Changes = {
    "stride": {"type": "ints", "default": 1, "minimum": 1},
    "padding": {"type": "ints", "default": 0, "minimum": 0, "choices": ("same", "valid")},
    "dilation": {"type": "ints", "default": 1, "minimum": 1},
    "groups": {"type": "int", "default": 1, "minimum": 1},
}

ROWS: tuple[OpRow, ...] = (
    function(
        "linear_given",
        "Dense",
        "Linear with weights that arrive by a wire.",
        f"dense fully connected {_WEIGHTS}",
        target="torch.nn.functional.linear",
        title="linear with given weights",
        stem="linear",
        inputs=(_IN, PortSpec(name="weight", label="Weights"), _BIAS),
        samples=(Sample(shape=(2, 4)), Sample(shape=(3, 4)), Sample(shape=(3,))),
        icon="linear",
    ),
    *(
        function(
            f"conv{n}d_given",
            "Convolution",
            f"Slides filters that arrive by a wire over {PLACES[n]}.",
            f"convolution filter kernel {_WEIGHTS} {WORDS[n]}",
            _WINDOW,
            target=f"torch.nn.functional.conv{n}d",
            title=f"conv{n}d with given weights",
            stem="conv",
            inputs=(_IN, PortSpec(name="weight", label="Filters"), _BIAS),
            show=("stride", "padding"),
            samples=(SAMPLES[n], Sample(shape=(3, 4, *(3,) * n)), Sample(shape=(3,))),
            icon="conv",
        )
        for n in DIMENSIONS
    ),
    function(
        "embedding_given",
        "Embedding",
        "Looks up rows of a table that arrives by a wire.",
        f"lookup table words tokens {_WEIGHTS}",
        target="torch.nn.functional.embedding",
        title="embedding with given table",
        stem="embedding",
        inputs=(_IN, PortSpec(name="weight", label="Table")),
        samples=(Sample(shape=(2, 5), dtype="int64", high=12), Sample(shape=(12, 8))),
        icon="embedding",
    ),
)
