"""Rows that change the kind of numbers, or make a tensor of the same size."""

from __future__ import annotations

from typing import Any

from graph.ops.row import OpRow
from graph.ops.short import VECTORS, WHOLE, function, method, number, pointwise
from graph.ops.spec import MISSING, PortSpec, Sample

_GROUP = "Convert"
_LIKE = (Sample(shape=(2, 5, 8)),)


def _cast(key: str, doc: str, words: str, *, rare: bool = True, sample: Sample = VECTORS) -> OpRow:
    more: dict[str, Any] = {"rare": rare, "samples": (sample,)}
    return method(key, _GROUP, doc, f"cast convert dtype type {words}", **more)


_CASTS = (
    _cast("float", "Turns whole numbers or a mask into decimal numbers.", "float32", rare=False, sample=WHOLE),
    _cast("long", "Turns numbers into whole numbers; what follows the point is dropped.", "int64 integer", rare=False),
    _cast("bool", "Turns numbers into a mask: true where they are not zero.", "boolean mask", rare=False),
    _cast("half", "Turns numbers into short decimal ones, which take half the room.", "float16 fp16"),
    _cast("bfloat16", "Turns numbers into short decimal ones with a wide range.", "bf16"),
    _cast("double", "Turns numbers into long decimal ones.", "float64"),
    _cast("int", "Turns numbers into whole numbers of the usual size.", "int32 integer"),
    function(
        "one_hot",
        _GROUP,
        "Turns a class number into a row of zeros with a single one.",
        "one hot encode classes dummy",
        {
            "num_classes": {
                "type": "int",
                "default": MISSING,
                "minimum": 1,
                "label": "Classes",
                "doc": "How many classes there are.",
            }
        },
        target="torch.nn.functional.one_hot",
        initial={"num_classes": 10},
        samples=(Sample(shape=(2,), dtype="int64", high=10),),
        rare=False,
    ),
    pointwise(
        "detach",
        _GROUP,
        "Hands on the numbers but stops learning through here.",
        "stop gradient freeze",
        rare=False,
    ),
    function(
        "nan_to_num",
        _GROUP,
        "Replaces what is no number or endless by ordinary numbers.",
        "nan infinity missing replace",
        {
            "nan": {"type": "float", "default": 0.0, "label": "No number", "doc": "What stands for no number."},
            "posinf": {"type": "float", "default": None, "optional": True, "label": "Endless", "advanced": True}
            | {"doc": "What stands for an endless number; the largest there is if empty."},
            "neginf": {"type": "float", "default": None, "optional": True, "label": "Endless below", "advanced": True}
            | {"doc": "What stands for one endless below; the smallest there is if empty."},
        },
        show=("nan",),
    ),
    function(
        "normalize",
        "Normalisation",
        "Scales every vector to length one.",
        "unit length l2 norm vector",
        {
            "p": {"maximum": None, "label": "Power", "doc": "Which length: 2 is the usual one."},
            "dim": {},
            "eps": {},
        },
        target="torch.nn.functional.normalize",
        show=("dim",),
        icon="norm",
        rare=False,
    ),
)

_SAME_SIZE = (
    pointwise("zeros_like", _GROUP, "Zeros, as many as arrive.", "empty nothing blank same shape", rare=False),
    pointwise("ones_like", _GROUP, "Ones, as many as arrive.", "full mask same shape", rare=False),
    function(
        "full_like",
        _GROUP,
        "One fixed number, as often as numbers arrive.",
        "constant same shape",
        {"fill_value": number("Number", "The number.")},
        initial={"fill_value": 1.0},
    ),
    function(
        "positions",
        _GROUP,
        "Counts the places of an axis: 0, 1, 2 and so on, as many as arrive.",
        "arange position index range steps embedding encoding transformer",
        {"dim": {"type": "int", "label": "Axis", "doc": "Which axis is counted; the samples are axis 0."}},
        target="torch.arange",
        title="positions",
        form="sized",
        initial={"dim": 1},
        samples=_LIKE,
        icon="array",
        rare=False,
    ),
    function(
        "expand_batch",
        _GROUP,
        "Repeats a learned or constant tensor, such as a class token, once for each sample that arrives.",
        "batch class token cls query repeat broadcast per sample",
        target="torch.Tensor.expand",
        title="once per sample",
        stem="tokens",
        form="per sample",
        inputs=(PortSpec(name="input", label="Repeated"), PortSpec(name="like", label="Samples")),
        samples=(Sample(shape=(1, 3, 8)), Sample(shape=(2, 5, 8))),
        icon="stack",
        rare=False,
    ),
)

ROWS: tuple[OpRow, ...] = (*_CASTS, *_SAME_SIZE)
