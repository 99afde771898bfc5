"""Rows of tensor functions: combining, selecting, arithmetic, reducing."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.spec import PortSpec, Sample

_MANY = (PortSpec(name="tensors", many=True),)
_PAIR = (Sample(shape=(2, 4)), Sample(shape=(2, 4)))

ROWS = (
    OpRow(
        key="cat",
        target="torch.cat",
        style="function",
        group="Combine",
        stem="cat",
        doc="Puts tensors behind one another along one axis.",
        inputs=_MANY,
        take=("dim",),
        changes={"dim": {"type": "int", "default": 0}},
        key_params=("dim",),
        initial={"dim": 1},
        samples=_PAIR,
        face="pill",
        icon="concat",
        words="concatenate join merge concat",
    ),
    OpRow(
        key="add",
        target="+",
        style="operator",
        group="Combine",
        stem="add",
        doc="Adds tensors number by number.",
        inputs=_MANY,
        samples=_PAIR,
        face="pill",
        icon="add",
        words="sum plus residual skip connection",
    ),
    OpRow(
        key="select",
        target="torch.Tensor.select",
        style="method",
        group="Reshape",
        stem="select",
        doc="Takes one position of an axis, for example the last step of a sequence.",
        take=("dim", "index"),
        changes={
            "dim": {"type": "int", "doc": "The axis; the samples are axis 0."},
            "index": {"type": "int", "doc": "Which position; -1 is the last."},
        },
        positional=("dim", "index"),
        key_params=("dim", "index"),
        initial={"dim": 1, "index": -1},
        samples=(Sample(shape=(2, 5, 4)),),
        face="pill",
        icon="select",
        words="last step index slice take pick",
    ),
)
