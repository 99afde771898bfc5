"""Rows that change a tensor's shape, or take a part of it."""

from __future__ import annotations

from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.short import function
from graph.ops.spec import MISSING, SINGLE_OUTPUT, Face, PortSpec, Sample, Value

_SEQUENCE = (2, 6, 4)
_AXIS: dict[str, Any] = {"type": "int", "doc": "The axis; the samples are axis 0."}
_SURE = {**_AXIS, "default": MISSING, "optional": False}  # left out, torch would take the samples' axis too


def _method(
    key: str,
    doc: str,
    words: str,
    changes: Changes,
    initial: dict[str, Value],
    *,
    icon: str = "reshape",
    sample: tuple[int, ...] = _SEQUENCE,
    outputs: tuple[PortSpec, ...] = SINGLE_OUTPUT,
    face: Face = "pill",
    method: str = "",
    rare: bool = False,
) -> OpRow:
    """A method of a tensor; `changes` names its params in the order in which they are passed."""
    return OpRow(
        key=key,
        target=f"torch.Tensor.{method or key}",
        style="method",
        group="Reshape",
        stem=key,
        title=key.replace("_", " ") if method else "",
        doc=doc,
        outputs=outputs,
        take=tuple(changes),
        changes=changes,
        positional=tuple(changes),
        key_params=tuple(changes)[:3],
        initial=initial,
        unpack=tuple(port.name for port in outputs) if len(outputs) > 1 else (),
        samples=(Sample(shape=sample),),
        face=face,
        icon=icon,
        words=words,
        rare=rare,
    )


ROWS: tuple[OpRow, ...] = (
    OpRow(
        key="Flatten",
        target="torch.nn.Flatten",
        group="Reshape",
        stem="flatten",
        doc="Turns an image or sequence into one long row of numbers.",
        samples=(Sample(shape=(2, 3, 4, 4)),),
        face="pill",
        icon="flatten",
        words="vector reshape view",
    ),
    OpRow(
        key="Unflatten",
        target="torch.nn.Unflatten",
        group="Reshape",
        stem="unflatten",
        doc="Folds one axis into several, for example a row of numbers into an image.",
        changes={
            "dim": _AXIS | {"doc": "Which axis is folded; the samples are axis 0."},
            "unflattened_size": {"type": "ints", "label": "Into", "doc": "The sizes of the new axes; one may be -1."},
        },
        key_params=("unflattened_size",),
        initial={"dim": 1, "unflattened_size": (1, 8, 8)},
        samples=(Sample(shape=(2, 64)),),
        icon="reshape",
        words="reshape view image fold decoder",
    ),
    _method(
        "reshape",
        "Lays the same numbers out in another shape.",
        "view fold shape",
        {"shape": {"type": "ints", "label": "Shape", "doc": "The new shape with the samples first; -1 is worked out."}},
        {"shape": (-1, 64)},
        sample=(2, 8, 8),
    ),
    _method(
        "split_axis",
        "Splits one axis into several, for example the numbers of a word among the heads of attention.",
        "split axis heads fold reshape view rearrange",
        {
            "dim": _AXIS | {"doc": "Which axis is split; -1 is the last."},
            "sizes": {"type": "ints", "label": "Into", "doc": "The sizes of the new axes; one may be -1."},
        },
        {"dim": -1, "sizes": (2, -1)},
        method="unflatten",
    ),
    _method(
        "join_axes",
        "Joins several axes that lie side by side into one.",
        "join axes heads merge reshape view rearrange",
        {
            "start_dim": _AXIS | {"label": "From", "default": MISSING, "doc": "The first of the axes that are joined."},
            "end_dim": _AXIS | {"label": "To", "default": -1, "doc": "The last of them; -1 is the last of all."},
        },
        {"start_dim": 2},
        sample=(2, 3, 4, 4),
        method="flatten",
    ),
    _method(
        "permute",
        "Puts the axes in another order.",
        "transpose swap axes order channels last",
        {"dims": {"type": "ints", "label": "Order", "doc": "The old axes in their new order, the samples first."}},
        {"dims": (0, 2, 1)},
        icon="permute",
    ),
    _method(
        "transpose",
        "Swaps two axes.",
        "swap axes permute",
        {
            "dim0": {"type": "int", "label": "First axis", "doc": "One of the axes that change places."},
            "dim1": {"type": "int", "label": "Second axis", "doc": "The other of them."},
        },
        {"dim0": 1, "dim1": 2},
        icon="permute",
    ),
    _method(
        "squeeze",
        "Drops an axis of size one.",
        "remove axis dimension",
        {"dim": _SURE | {"doc": "Which axis is dropped; it stays if it is longer than one."}},
        {"dim": -1},
        sample=(2, 4, 1),
    ),
    _method(
        "unsqueeze",
        "Adds an axis of size one.",
        "new axis dimension expand",
        {"dim": {"type": "int", "doc": "Where the new axis stands; 1 is right after the samples."}},
        {"dim": 1},
    ),
    _method(
        "flip",
        "Turns an axis around.",
        "reverse mirror backwards",
        {"dims": {"type": "ints", "label": "Axes", "doc": "Which axis is turned around, or which axes."}},
        {"dims": (1,)},
        icon="permute",
    ),
    _method(
        "roll",
        "Shifts positions along an axis; what falls off returns at the other end.",
        "shift rotate cyclic",
        {
            "shifts": {"type": "int", "label": "By", "doc": "By how many positions."},
            "dims": {"type": "int", "label": "Axis", "doc": "Along which axis; the samples are axis 0."},
        },
        {"shifts": 1, "dims": 1},
        icon="permute",
    ),
    _method(
        "expand",
        "Repeats axes of size one without copying.",
        "broadcast repeat tile",
        {"size": {"type": "ints", "label": "Sizes", "doc": "The new sizes, the samples first; -1 keeps an axis."}},
        {"size": (-1, 3, -1, -1)},
        sample=(2, 1, 4, 4),
    ),
    _method(
        "repeat_interleave",
        "Repeats every position of an axis.",
        "repeat tile upsample copy",
        {
            "repeats": {"type": "int", "minimum": 1, "label": "Times", "doc": "How often each position is repeated."},
            "dim": _SURE,
        },
        {"repeats": 2, "dim": 1},
        icon="upsample",
    ),
    _method(
        "view",
        "Shows the same numbers in another shape without copying them.",
        "reshape fold shape",
        {"size": {"type": "ints", "label": "Shape", "doc": "The new shape with the samples first; -1 is worked out."}},
        {"size": (-1, 64)},
        sample=(2, 8, 8),
        rare=True,
    ),
    _method(
        "repeat",
        "Repeats a tensor along its axes, as a whole.",
        "tile copy",
        {"repeats": {"type": "ints", "minimum": 1, "label": "Times", "doc": "How often, for each axis."}},
        {"repeats": (1, 2, 1)},
        rare=True,
    ),
    _method(
        "tile",
        "Repeats a tensor along its last axes, as a whole.",
        "repeat copy",
        {"dims": {"type": "ints", "minimum": 1, "label": "Times", "doc": "How often, for each of the last axes."}},
        {"dims": (2,)},
        rare=True,
    ),
    _method(
        "movedim",
        "Moves an axis to another place; the others keep their order.",
        "moveaxis permute channels last order",
        {
            "source": {"type": "ints", "label": "From", "doc": "Which axis, or axes."},
            "destination": {"type": "ints", "label": "To", "doc": "Where each of them goes."},
        },
        {"source": 1, "destination": -1},
        icon="permute",
        rare=True,
    ),
    _method(
        "rot90",
        "Turns an image by quarter turns.",
        "rotate quarter turn augmentation",
        {
            "k": {"type": "int", "label": "Quarter turns", "doc": "How many quarter turns."},
            "dims": {"type": "ints", "label": "Axes", "doc": "In the plane of which two axes."},
        },
        {"k": 1, "dims": (-2, -1)},
        sample=(2, 3, 4, 4),
        icon="permute",
        rare=True,
    ),
    *(
        function(
            key,
            "Reshape",
            doc,
            f"same shape as like {words}",
            target=f"torch.Tensor.{key}",
            style="method",
            stem=key.partition("_")[0],
            inputs=(PortSpec(name="input"), PortSpec(name="other", label="Shape of")),
            samples=(Sample(shape=shape), Sample(shape=(2, 3, 4))),
            icon="reshape",
        )
        for key, doc, words, shape in (
            ("reshape_as", "Lays numbers out in the shape of another tensor.", "view fold", (2, 12)),
            ("expand_as", "Repeats axes of size one up to the shape of another tensor.", "broadcast", (2, 1, 4)),
        )
    ),
)
