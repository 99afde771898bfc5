"""Rows of layers that slide over images, signals and volumes: convolution, pooling, resizing and padding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.spec import AutoRule, Sample, Value

SAMPLES = {1: Sample(shape=(2, 4, 8)), 2: Sample(shape=(2, 4, 8, 8)), 3: Sample(shape=(2, 4, 8, 8, 8))}
PLACES = {1: "a signal", 2: "an image", 3: "a volume"}
WORDS = {1: "1d signal audio time series", 2: "2d image picture photo", 3: "3d volume video"}
DIMENSIONS = (1, 2, 3)

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
_IN_CHANNELS: dict[str, Any] = {"auto": AutoRule(port="input", axis=1), "minimum": 1}
_CONV: Changes = {
    "in_channels": _IN_CHANNELS,
    "padding": {
        "choices": ("same", "valid"),
        "minimum": 0,
        "doc": "Zeros added around the edges; same keeps the size.",
    },
    "padding_mode": {"type": "choice", "choices": _PADDING_MODES},
}
_TRANSPOSED: Changes = {
    "in_channels": _IN_CHANNELS,
    "padding": {"doc": "How many places are cut from the edges of the result."},
    "padding_mode": {"type": "choice", "choices": ("zeros",)},
}
_POOL: Changes = {
    "stride": {"doc": "How far the window moves each time; its own size if empty.", "none_word": "as the window"},
    "padding": {"minimum": 0, "doc": "How many places are added around the edges."},
}
_LP: Changes = {
    "norm_type": {
        "label": "Power",
        "advanced": False,
        "doc": "Which power mean: 1 is the sum, large powers come near the maximum.",
    }
}
_EDGES: Mapping[str, Any] = {
    "label": "Edges",
    "doc": "How many places to add: one number for all sides, or one for each side.",
}
RESIZE_MODES: Changes = {
    "size": {
        "type": "ints",
        "minimum": 1,
        "label": "Size",
        "doc": "The size of the result; leave empty to use the scale factor.",
    },
    "mode": {
        "type": "choice",
        "choices": ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"),
        "doc": "How new places are filled in; linear is for signals, bilinear for images, trilinear for volumes.",
    },
}


def _convolutions() -> list[OpRow]:
    rows = [
        OpRow(
            key=f"Conv{n}d",
            target=f"torch.nn.Conv{n}d",
            group="Convolution",
            stem="conv",
            doc=f"Slides small filters over {PLACES[n]}.",
            changes=_CONV,
            key_params=("out_channels", "kernel_size", "padding"),
            initial={"out_channels": 32, "kernel_size": 3, "padding": "same"},
            samples=(SAMPLES[n],),
            icon="conv",
            words=f"convolution conv cnn filter kernel {WORDS[n]}",
        )
        for n in DIMENSIONS
    ]
    rows += [
        OpRow(
            key=f"ConvTranspose{n}d",
            target=f"torch.nn.ConvTranspose{n}d",
            group="Convolution",
            stem="upconv",
            doc=f"Enlarges {PLACES[n]} with learned filters.",
            changes=_TRANSPOSED,
            key_params=("out_channels", "kernel_size", "stride"),
            initial={"out_channels": 32, "kernel_size": 2, "stride": 2},
            samples=(SAMPLES[n],),
            icon="conv_transpose",
            words=f"deconvolution transposed convolution upsampling enlarge decoder {WORDS[n]}",
        )
        for n in DIMENSIONS
    ]
    return rows


def _pools() -> list[OpRow]:
    rows = []
    for n in DIMENSIONS:
        rows += [
            OpRow(
                key=f"MaxPool{n}d",
                target=f"torch.nn.MaxPool{n}d",
                group="Pooling",
                stem="pool",
                doc=f"Keeps the largest number of each small window of {PLACES[n]}.",
                take=("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
                changes=_POOL,
                key_params=("kernel_size", "stride"),
                initial={"kernel_size": 2},
                samples=(SAMPLES[n],),
                icon="pool",
                words=f"pooling maximum downsample shrink {WORDS[n]}",
            ),
            OpRow(
                key=f"AvgPool{n}d",
                target=f"torch.nn.AvgPool{n}d",
                group="Pooling",
                stem="pool",
                doc=f"Averages each small window of {PLACES[n]}.",
                changes=_POOL,
                key_params=("kernel_size", "stride"),
                initial={"kernel_size": 2},
                samples=(SAMPLES[n],),
                icon="pool",
                words=f"pooling average mean downsample shrink {WORDS[n]}",
            ),
        ]
    for n in DIMENSIONS:
        rows += [
            OpRow(
                key=f"AdaptiveMaxPool{n}d",
                target=f"torch.nn.AdaptiveMaxPool{n}d",
                group="Pooling",
                stem="pool",
                doc=f"Shrinks {PLACES[n]} to a chosen size by keeping the largest numbers.",
                take=("output_size",),
                key_params=("output_size",),
                initial={"output_size": 1},
                samples=(SAMPLES[n],),
                icon="pool",
                words=f"pooling global maximum resize {WORDS[n]}",
            ),
            OpRow(
                key=f"AdaptiveAvgPool{n}d",
                target=f"torch.nn.AdaptiveAvgPool{n}d",
                group="Pooling",
                stem="pool",
                doc=f"Shrinks {PLACES[n]} to a chosen size by averaging.",
                take=("output_size",),
                key_params=("output_size",),
                initial={"output_size": 1},
                samples=(SAMPLES[n],),
                icon="pool",
                words=f"pooling global average mean resize gap {WORDS[n]}",
            ),
        ]
    rows += [
        OpRow(
            key=f"LPPool{n}d",
            target=f"torch.nn.LPPool{n}d",
            group="Pooling",
            stem="pool",
            doc=f"Takes a power mean of each small window of {PLACES[n]}.",
            changes={**_LP, "stride": _POOL["stride"]},
            key_params=("norm_type", "kernel_size", "stride"),
            initial={"norm_type": 2.0, "kernel_size": 2},
            samples=(SAMPLES[n],),
            icon="pool",
            words=f"pooling power norm {WORDS[n]}",
        )
        for n in DIMENSIONS
    ]
    return rows


_PADS: tuple[tuple[str, str, str, dict[str, Value]], ...] = (
    ("ZeroPad", "Adds a border of zeros around {}.", "zero", {}),
    ("ConstantPad", "Adds a border of one chosen number around {}.", "constant", {"value": 0.0}),
    ("ReflectionPad", "Adds a border that mirrors the edge of {}.", "reflect mirror", {}),
    ("ReplicationPad", "Adds a border that repeats the edge of {}.", "replicate repeat", {}),
    ("CircularPad", "Adds a border that continues at the opposite edge of {}.", "circular wrap around", {}),
)


def _pads() -> list[OpRow]:
    return [
        OpRow(
            key=f"{name}{n}d",
            target=f"torch.nn.{name}{n}d",
            group="Resizing and padding",
            stem="pad",
            doc=doc.format(PLACES[n]),
            changes={"padding": _EDGES, "value": {"doc": "The number that the border is filled with."}},
            key_params=("padding", *extra),
            initial={"padding": 1, **extra},
            samples=(SAMPLES[n],),
            face="pill",
            icon="pad",
            words=f"padding border margin {words} {WORDS[n]}",
        )
        for name, doc, words, extra in _PADS
        for n in DIMENSIONS
    ]


_RESIZES = (
    OpRow(
        key="Upsample",
        target="torch.nn.Upsample",
        group="Resizing and padding",
        stem="upsample",
        doc="Enlarges an image by a factor or to a size, without weights.",
        changes=RESIZE_MODES,
        key_params=("scale_factor", "mode"),
        initial={"scale_factor": 2.0},
        samples=(SAMPLES[2],),
        icon="upsample",
        words="resize scale enlarge interpolate zoom decoder",
    ),
    OpRow(
        key="PixelShuffle",
        target="torch.nn.PixelShuffle",
        group="Resizing and padding",
        stem="shuffle",
        doc="Enlarges an image by turning channels into pixels.",
        key_params=("upscale_factor",),
        initial={"upscale_factor": 2},
        samples=(SAMPLES[2],),
        face="pill",
        icon="upsample",
        words="super resolution sub-pixel depth to space enlarge",
    ),
    OpRow(
        key="PixelUnshuffle",
        target="torch.nn.PixelUnshuffle",
        group="Resizing and padding",
        stem="unshuffle",
        doc="Shrinks an image by turning pixels into channels.",
        key_params=("downscale_factor",),
        initial={"downscale_factor": 2},
        samples=(SAMPLES[2],),
        face="pill",
        icon="upsample",
        words="space to depth shrink downsample",
    ),
    OpRow(
        key="ChannelShuffle",
        target="torch.nn.ChannelShuffle",
        group="Resizing and padding",
        stem="shuffle",
        doc="Mixes the groups of channels of an image.",
        key_params=("groups",),
        initial={"groups": 2},
        changes={
            "groups": {"advanced": False, "doc": "Into how many groups the channels are divided before they are mixed."}
        },
        samples=(SAMPLES[2],),
        face="pill",
        icon="permute",
        words="shufflenet mix channels groups",
    ),
    OpRow(
        key="Unfold",
        target="torch.nn.Unfold",
        group="Resizing and padding",
        stem="patches",
        doc="Cuts an image into small patches, one column each.",
        key_params=("kernel_size", "stride"),
        initial={"kernel_size": 2, "stride": 2},
        samples=(SAMPLES[2],),
        icon="split",
        words="patches im2col windows vision transformer cut",
    ),
)

ROWS: tuple[OpRow, ...] = (*_convolutions(), *_pools(), *_RESIZES, *_pads())
