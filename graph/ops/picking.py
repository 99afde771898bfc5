"""Rows that take a part of a tensor: slices, places, parts of equal size, and places told by numbers."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.short import AXIS, SEQUENCE, VALUES_AND_PLACES, axis, count, function, method
from graph.ops.spec import PortSpec, Sample

_GROUP = "Pick"
_AXIS = {"type": "int", "doc": "The axis; the samples are axis 0."}
_PART_NAMES = ("first", "second", "third", "fourth")
_NUMBERS = ("two", "three", "four")
_PLACES = Sample(shape=(2, 3, 4), dtype="int64", high=6)
_ROW = Sample(shape=(3,), dtype="int64", high=6)


def _parts(many: int) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(name=name, label=name.capitalize()) for name in _PART_NAMES[:many])


_SLICES = (
    method(
        "select",
        _GROUP,
        "Takes one position of an axis, for example the last step of a sequence.",
        "last step index slice take pick",
        {"dim": _AXIS, "index": {"type": "int", "label": "Position", "doc": "Which position; -1 is the last."}},
        initial={"dim": 1, "index": -1},
        icon="select",
        rare=False,
    ),
    function(
        "index",
        _GROUP,
        "Takes the places that stand between brackets, as in x[:, 0] or x[:, 2:5].",
        "slice places brackets [] getitem [:,0] crop last first every second",
        {
            "places": {"type": "str", "label": "Places", "is_places": True}
            | {"doc": "As between brackets, one for each axis, such as 0 or 1:3; a colon is all of it."}
        },
        target="torch.Tensor.__getitem__",
        title="slice",
        stem="part",
        style="method",
        form="places",
        initial={"places": ":, 0"},
        samples=(SEQUENCE,),
        icon="select",
        rare=False,
    ),
    method(
        "narrow",
        _GROUP,
        "Takes a stretch of an axis.",
        "slice crop cut part range",
        {
            "dim": _AXIS,
            "start": {"type": "int", "label": "From", "doc": "The first position that is taken."},
            "length": {"type": "int", "label": "Length", "minimum": 0, "doc": "How many positions are taken."},
        },
        show=("dim", "start", "length"),
        initial={"dim": 1, "start": 0, "length": 2},
        icon="select",
        rare=False,
    ),
)

_SORTED = (
    method(
        "topk",
        _GROUP,
        "Finds the largest numbers of an axis and where they stand.",
        "largest best sort rank",
        {
            "k": {"type": "int", "minimum": 1, "label": "How many", "doc": "How many of the largest are kept."},
            "dim": {"type": "int", "label": "Axis", "doc": "Along which axis; the last if empty."},
        },
        initial={"k": 3},
        icon="select",
        outputs=VALUES_AND_PLACES,
        rare=False,
    ),
    function(
        "sort",
        _GROUP,
        "Puts the numbers of an axis in order, and says where they stood.",
        "order ascending descending rank",
        {
            "dim": axis(-1),
            "descending": {"type": "bool", "default": False, "label": "Largest first"}
            | {"doc": "Whether the largest number comes first."},
            "stable": {"type": "bool", "default": False, "label": "Keep ties", "advanced": True}
            | {"doc": "Whether equal numbers keep their order."},
        },
        show=("dim", "descending"),
        outputs=VALUES_AND_PLACES,
        samples=(SEQUENCE,),
        icon="select",
        rare=False,
    ),
    function(
        "argsort",
        _GROUP,
        "In which order the numbers of an axis would have to be taken to be sorted.",
        "order rank index sort",
        {
            "dim": axis(-1),
            "descending": {"type": "bool", "default": False, "label": "Largest first"}
            | {"doc": "Whether the largest number comes first."},
        },
        samples=(SEQUENCE,),
        icon="select",
    ),
)


def _chunk(many: int) -> OpRow:
    words = f"split parts {'halves ' if many == 2 else ''}{'query key value qkv ' if many == 3 else ''}divide"
    return method(
        "chunk" if many == 2 else f"chunk_{many}",
        _GROUP,
        f"Cuts a tensor into {_NUMBERS[many - 2]} equal parts along an axis.",
        f"{words} {_NUMBERS[many - 2]}",
        {
            "chunks": count("Parts", f"Always {_NUMBERS[many - 2]}; one wire each.", many, maximum=many, advanced=True),
            "dim": _AXIS,
        },
        target="torch.Tensor.chunk",
        title="chunk" if many == 2 else f"chunk in {_NUMBERS[many - 2]}",
        stem="chunk",
        show=("dim",),
        initial={"chunks": many, "dim": 1 if many == 2 else -1},
        samples=(Sample(shape=(2, 12, 12)),),
        icon="split",
        outputs=_parts(many),
        rare=many == 4,
    )


def _split(many: int) -> OpRow:
    return method(
        f"split_{many}",
        _GROUP,
        f"Cuts a tensor into {_NUMBERS[many - 2]} parts of chosen sizes along an axis.",
        f"cut sizes parts sections divide {_NUMBERS[many - 2]}",
        {
            "split_size": {"type": "ints", "minimum": 1, "label": "Sizes"}
            | {"doc": f"The sizes of the {_NUMBERS[many - 2]} parts; together they are the size of the axis."},
            "dim": _AXIS,
        },
        target="torch.Tensor.split",
        title=f"split in {_NUMBERS[many - 2]}",
        stem="split",
        initial={"split_size": (2,) * many, "dim": 1},
        samples=(Sample(shape=(2, 2 * many, 4)),),
        icon="split",
        outputs=_parts(many),
        rare=many > 2,
    )


def _unbind(many: int) -> OpRow:
    return method(
        f"unbind_{many}",
        _GROUP,
        f"Takes the {_NUMBERS[many - 2]} positions of an axis apart; the axis goes.",
        f"separate slices unstack apart {'query key value qkv ' if many == 3 else ''}{_NUMBERS[many - 2]}",
        {"dim": _AXIS},
        target="torch.Tensor.unbind",
        title=f"unbind {_NUMBERS[many - 2]}",
        stem="unbind",
        initial={"dim": 1},
        samples=(Sample(shape=(2, many, 4)),),
        icon="split",
        outputs=_parts(many),
        rare=many != 3,
    )


_CUT = (
    *(_chunk(many) for many in (2, 3, 4)),
    *(_split(many) for many in (2, 3)),
    *(_unbind(many) for many in (2, 3, 4)),
)

_BY_NUMBER = (
    function(
        "gather",
        _GROUP,
        "For each place of the second tensor takes the number at that position of an axis.",
        "lookup pick index per sample",
        {"dim": _AXIS},
        inputs=(PortSpec(name="input"), PortSpec(name="index", label="Positions", by_name=True)),
        initial={"dim": 1},
        samples=(SEQUENCE, _PLACES),
        icon="select",
        rare=False,
    ),
    function(
        "take_along_dim",
        _GROUP,
        "Like gather, but the two tensors may be stretched to each other's shape.",
        "lookup argsort topk pick index",
        {"dim": _AXIS},
        inputs=(PortSpec(name="input"), PortSpec(name="indices", label="Positions")),
        stem="take",
        initial={"dim": 1},
        samples=(SEQUENCE, Sample(shape=(2, 3, 1), dtype="int64", high=6)),
        icon="select",
    ),
    function(
        "index_select",
        _GROUP,
        "Takes the same positions of an axis from every sample.",
        "lookup columns pick reorder",
        {"dim": _AXIS},
        inputs=(PortSpec(name="input"), PortSpec(name="index", label="Positions", by_name=True)),
        initial={"dim": 1},
        samples=(SEQUENCE, _ROW),
        icon="select",
    ),
    function(
        "scatter",
        _GROUP,
        "Puts the numbers of the third tensor into the first, at positions told by the second.",
        "write place put index",
        {"dim": _AXIS},
        inputs=(
            PortSpec(name="input"),
            PortSpec(name="index", label="Positions", by_name=True),
            PortSpec(name="src", label="Numbers", by_name=True),
        ),
        initial={"dim": 1},
        samples=(SEQUENCE, Sample(shape=(2, 1, 4), dtype="int64", high=6), Sample(shape=(2, 1, 4))),
        icon="select",
    ),
    function(
        "scatter_add",
        _GROUP,
        "Adds the numbers of the third tensor to the first, at positions told by the second.",
        "write add put index graph message passing",
        {"dim": _AXIS},
        inputs=(
            PortSpec(name="input"),
            PortSpec(name="index", label="Positions", by_name=True),
            PortSpec(name="src", label="Numbers", by_name=True),
        ),
        initial={"dim": 1},
        samples=(SEQUENCE, _PLACES, Sample(shape=(2, 3, 4))),
        icon="select",
    ),
    function(
        "bucketize",
        _GROUP,
        "Into which of some intervals each number falls.",
        "bins histogram interval discretize",
        inputs=(PortSpec(name="input"), PortSpec(name="boundaries", label="Borders")),
        samples=(Sample(shape=(2, 4)), Sample(shape=(3,))),
        icon="select",
    ),
    function(
        "masked_select",
        _GROUP,
        "Takes the numbers where a mask is true, as one row; how many depends on the numbers.",
        "filter mask boolean index",
        inputs=(PortSpec(name="input"), PortSpec(name="mask", label="Mask")),
        samples=(Sample(shape=(2, 4)), Sample(shape=(2, 4), dtype="bool", high=2)),
        icon="select",
    ),
    function(
        "nonzero",
        _GROUP,
        "Where the numbers are that are not zero; how many depends on the numbers.",
        "find indices argwhere where mask",
        samples=(Sample(shape=(2, 4)),),
        icon="select",
    ),
    function(
        "unique",
        _GROUP,
        "Every number that occurs, once and in order; how many depends on the numbers.",
        "distinct set classes",
        samples=(Sample(shape=(2, 4), dtype="int64", high=4),),
        icon="select",
    ),
    method(
        "windows",
        _GROUP,
        "Cuts an axis into windows that may overlap, along a new last axis.",
        "unfold sliding frames strided rolling",
        {
            "dimension": {**_AXIS, "label": "Axis"},
            "size": count("Length", "How long each window is."),
            "step": count("Step", "How far the next window begins."),
        },
        target="torch.Tensor.unfold",
        title="sliding windows",
        show=("dimension", "size", "step"),
        initial={"dimension": 1, "size": 2, "step": 1},
        icon="split",
    ),
    method(
        "diagonal",
        _GROUP,
        "Takes the diagonal of matrices.",
        "diag trace matrix",
        {
            "offset": {"type": "int", "default": 0, "label": "Shift", "doc": "Which diagonal; 0 is the main one."},
            "dim1": {**AXIS, "label": "First axis", "doc": "The axis of the rows."},
            "dim2": {**AXIS, "label": "Second axis", "doc": "The axis of the columns."},
        },
        show=("offset",),
        positional=(),
        initial={"dim1": -2, "dim2": -1},
        samples=(Sample(shape=(2, 3, 3)),),
        icon="select",
    ),
)

ROWS: tuple[OpRow, ...] = (*_SLICES, *_SORTED, *_CUT, *_BY_NUMBER)
