"""Rows that resize, undo pooling, fold patches, and look at an image elsewhere."""

from __future__ import annotations

from typing import Any

from graph.ops.images import DIMENSIONS, PLACES, RESIZE_MODES, SAMPLES, WORDS
from graph.ops.row import Changes, OpRow
from graph.ops.short import function
from graph.ops.spec import PortSpec, Sample

_GROUP = "Resizing and padding"
_CORNERS: dict[str, Any] = {"type": "bool", "default": None, "optional": True}

_RESIZES = (
    OpRow(
        key="interpolate",
        target="torch.nn.functional.interpolate",
        style="function",
        group=_GROUP,
        stem="resize",
        doc="Resizes an image, up or down, by a factor or to a size.",
        take=("size", "scale_factor", "mode", "align_corners", "antialias"),
        changes=RESIZE_MODES,
        key_params=("size", "scale_factor", "mode"),
        initial={"scale_factor": 0.5},
        samples=(SAMPLES[2],),
        icon="upsample",
        words="resize scale upsample downsample shrink enlarge",
    ),
    OpRow(
        key="pad",
        target="torch.nn.functional.pad",
        style="function",
        group=_GROUP,
        stem="pad",
        doc="Adds places before and after along the last axes.",
        take=("pad", "mode", "value"),
        changes={
            "pad": {"type": "ints", "label": "Edges", "doc": "Two numbers an axis, before and after, last axis first."},
            "mode": {
                "type": "choice",
                "choices": ("constant", "reflect", "replicate", "circular"),
                "default": "constant",
                "doc": "What the new places are filled with.",
            },
            "value": {
                "type": "float",
                "default": None,
                "optional": True,
                "doc": "The number to fill with; 0 if empty.",
            },
        },
        positional=("pad",),
        key_params=("pad", "mode"),
        initial={"pad": (1, 1)},
        samples=(SAMPLES[1],),
        face="pill",
        icon="pad",
        words="padding border zeros extend",
    ),
    *(
        OpRow(
            key=key,
            target=f"torch.nn.{key}",
            group=_GROUP,
            stem="upsample",
            doc=doc,
            changes={
                "size": {"type": "ints", "minimum": 1, "label": "Size"}
                | {"doc": "The size of the result; leave empty to use the scale factor."},
                "scale_factor": {"type": "float"},
            },
            key_params=("scale_factor",),
            initial={"scale_factor": 2.0},
            samples=(SAMPLES[2],),
            icon="upsample",
            words=f"resize scale enlarge zoom {words}",
            rare=True,
        )
        for key, doc, words in (
            ("UpsamplingNearest2d", "Enlarges an image by repeating pixels; Upsample does the same.", "nearest"),
            ("UpsamplingBilinear2d", "Enlarges an image smoothly, the corners kept in place.", "bilinear smooth"),
        )
    ),
    OpRow(
        key="Fold",
        target="torch.nn.Fold",
        group=_GROUP,
        stem="fold",
        doc="Puts small patches, one column each, back into an image; what overlaps is added.",
        changes={"output_size": {"doc": "The size of the image: one number, or height and width."}},
        key_params=("output_size", "kernel_size", "stride"),
        initial={"output_size": 8, "kernel_size": 2, "stride": 2},
        samples=(Sample(shape=(2, 16, 16)),),
        icon="stack",
        words="patches col2im unfold vision transformer",
        rare=True,
    ),
    function(
        "grid_sample",
        _GROUP,
        "Looks at an image at the places that a grid tells, from -1 to 1 in both directions.",
        "warp bend spatial transformer sample flow",
        {
            "mode": {"type": "choice", "choices": ("bilinear", "nearest", "bicubic"), "default": "bilinear"}
            | {"doc": "How numbers between pixels are found."},
            "padding_mode": {"type": "choice", "choices": ("zeros", "border", "reflection"), "default": "zeros"}
            | {"label": "Outside", "doc": "What is seen beyond the edge."},
            "align_corners": _CORNERS,
        },
        target="torch.nn.functional.grid_sample",
        inputs=(PortSpec(name="input", label="Image"), PortSpec(name="grid", label="Grid")),
        show=("mode",),
        initial={"align_corners": False},
        samples=(SAMPLES[2], Sample(shape=(2, 5, 5, 2), most=0.9)),
        icon="upsample",
    ),
    function(
        "affine_grid",
        _GROUP,
        "Makes a grid for grid_sample: each sample turned, stretched and shifted by two rows of three numbers.",
        "warp rotate shift spatial transformer",
        {"align_corners": _CORNERS},
        target="torch.nn.functional.affine_grid",
        form="size of",
        inputs=(PortSpec(name="theta", label="Two rows of three"), PortSpec(name="size", label="Image")),
        show=(),
        initial={"align_corners": False},
        samples=(Sample(shape=(2, 2, 3)), SAMPLES[2]),
        icon="upsample",
    ),
)

_WITH_PLACES: Changes = {
    "kernel_size": {"type": "ints", "minimum": 1, "doc": "How large each window is, one number for each direction."},
    "stride": {"type": "ints", "default": None, "optional": True, "minimum": 1}
    | {"doc": "How far the window moves each time; its own size if empty."},
    "padding": {"type": "ints", "default": 0, "minimum": 0},
}


def _unpools() -> list[OpRow]:
    """Pooling that tells where it found what it kept, and the way back."""
    rows = []
    for n in DIMENSIONS:
        rows += [
            function(
                f"max_pool{n}d_places",
                "Pooling",
                f"Keeps the largest number of each window of {PLACES[n]}, and tells where it stood, for MaxUnpool{n}d.",
                f"pooling indices maximum segnet {WORDS[n]}",
                _WITH_PLACES,
                target=f"torch.nn.functional.max_pool{n}d_with_indices",
                title=f"max_pool{n}d with places",
                stem="pool",
                outputs=(PortSpec(name="output"), PortSpec(name="indices", label="Places")),
                initial={"kernel_size": (2,) * n},
                samples=(SAMPLES[n],),
                icon="pool",
            ),
            OpRow(
                key=f"MaxUnpool{n}d",
                target=f"torch.nn.MaxUnpool{n}d",
                group="Pooling",
                stem="unpool",
                doc=f"Enlarges {PLACES[n]}: puts numbers back where a pooling found them, zeros elsewhere.",
                inputs=(PortSpec(name="input"), PortSpec(name="indices", label="Places")),
                changes={"padding": {"minimum": 0}, "stride": _WITH_PLACES["stride"]},
                key_params=("kernel_size", "stride"),
                initial={"kernel_size": 2},
                samples=(SAMPLES[n], Sample(shape=SAMPLES[n].shape, dtype="int64", high=4)),
                icon="upsample",
                words=f"unpooling segnet decoder enlarge {WORDS[n]}",
                rare=True,
            ),
        ]
    return rows


_FRACTIONAL = tuple(
    OpRow(
        key=f"FractionalMaxPool{n}d",
        target=f"torch.nn.FractionalMaxPool{n}d",
        group="Pooling",
        stem="pool",
        doc=f"Keeps the largest number of windows of {PLACES[n]} that are placed at random.",
        take=("kernel_size", "output_size", "output_ratio"),
        changes={
            "output_size": {"doc": "The size of the result; leave empty to use the share."},
            "output_ratio": {"type": "float", "minimum": 0, "maximum": 1, "label": "Share"}
            | {"doc": "The size of the result as a share of what arrives."},
        },
        key_params=("kernel_size", "output_ratio"),
        initial={"kernel_size": 2, "output_ratio": 0.7},
        samples=(SAMPLES[n],),
        icon="pool",
        words=f"pooling random fraction shrink {WORDS[n]}",
        rare=True,
    )
    for n in DIMENSIONS[1:]
)

ROWS: tuple[OpRow, ...] = (*_RESIZES, *_unpools(), *_FRACTIONAL)
