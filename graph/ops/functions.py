"""Rows of tensor functions that combine, compare, calculate and reduce."""

from __future__ import annotations

from typing import Any

from graph.ops.row import OpRow
from graph.ops.spec import MISSING, PortSpec, Sample, Value

_MANY = (PortSpec(name="tensors", label="Inputs", many=True),)
_TWO = (PortSpec(name="input", label="First"), PortSpec(name="other", label="Second"))
_SAMPLE = Sample(shape=(2, 4))
_PAIR = (_SAMPLE, _SAMPLE)
_IMAGE = (Sample(shape=(2, 3, 4, 4)),)
_AXIS: dict[str, Any] = {"type": "int"}


def _operator(key: str, symbol: str, group: str, doc: str, icon: str, words: str, *, many: bool = False) -> OpRow:
    return OpRow(
        key=key,
        target=symbol,
        style="operator",
        group=group,
        stem=key,
        doc=doc,
        inputs=_MANY if many else _TWO,
        samples=(Sample(shape=(2, 3, 4)), Sample(shape=(2, 4, 5))) if key == "matmul" else _PAIR,
        face="pill",
        icon=icon,
        words=words,
    )


_COMBINE = (
    OpRow(
        key="cat",
        target="torch.cat",
        style="function",
        group="Combine",
        stem="cat",
        doc="Puts tensors behind one another along one axis.",
        inputs=_MANY,
        take=("dim",),
        key_params=("dim",),
        initial={"dim": 1},
        samples=_PAIR,
        face="pill",
        icon="concat",
        words="concatenate join merge concat append",
    ),
    OpRow(
        key="stack",
        target="torch.stack",
        style="function",
        group="Combine",
        stem="stack",
        doc="Puts tensors of one shape side by side along a new axis.",
        inputs=_MANY,
        take=("dim",),
        key_params=("dim",),
        initial={"dim": 1},
        samples=_PAIR,
        face="pill",
        icon="stack",
        words="join merge new axis",
    ),
    _operator("add", "+", "Combine", "Adds tensors number by number.", "add", "sum plus + residual skip", many=True),
    _operator(
        "mul",
        "*",
        "Combine",
        "Multiplies tensors number by number.",
        "multiply",
        "multiply times product * gate",
        many=True,
    ),
    _operator(
        "sub", "-", "Combine", "Takes the second tensor away from the first.", "subtract", "subtract minus difference -"
    ),
    _operator("div", "/", "Combine", "Divides the first tensor by the second.", "divide", "divide ratio quotient /"),
    _operator("matmul", "@", "Combine", "Multiplies matrices.", "matmul", "matrix product dot mm bmm @"),
    OpRow(
        key="maximum",
        target="torch.maximum",
        style="function",
        group="Combine",
        stem="maximum",
        doc="Keeps the larger of two numbers, place by place.",
        inputs=_TWO,
        take=(),
        samples=_PAIR,
        face="pill",
        icon="maths",
        words="max larger elementwise",
    ),
    OpRow(
        key="minimum",
        target="torch.minimum",
        style="function",
        group="Combine",
        stem="minimum",
        doc="Keeps the smaller of two numbers, place by place.",
        inputs=_TWO,
        take=(),
        samples=_PAIR,
        face="pill",
        icon="maths",
        words="min smaller elementwise",
    ),
    OpRow(
        key="where",
        target="torch.where",
        style="function",
        group="Combine",
        stem="where",
        doc="Takes the first tensor where a mask is true, else the second.",
        inputs=(PortSpec(name="condition", label="Mask"), *_TWO),
        take=(),
        samples=(Sample(shape=(2, 4), dtype="bool", high=2), *_PAIR),
        face="pill",
        icon="where",
        words="choose if mask condition",
    ),
    OpRow(
        key="masked_fill",
        target="torch.masked_fill",
        style="function",
        group="Combine",
        stem="masked",
        doc="Replaces numbers by a fixed one where a mask is true.",
        inputs=(PortSpec(name="input"), PortSpec(name="mask", label="Mask")),
        take=("value",),
        changes={"value": {"type": "float", "doc": "What masked places become."}},
        key_params=("value",),
        initial={"value": 0.0},
        samples=(_SAMPLE, Sample(shape=(2, 4), dtype="bool", high=2)),
        face="pill",
        icon="where",
        words="mask replace hide",
    ),
    OpRow(
        key="cosine_similarity",
        target="torch.nn.functional.cosine_similarity",
        style="function",
        group="Combine",
        stem="similarity",
        doc="How much two vectors point the same way, from -1 to 1.",
        inputs=(PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second")),
        take=("dim", "eps"),
        changes={
            "dim": {"type": "int", "default": 1, "doc": "The axis along which the vectors lie."},
            "eps": {"type": "float", "default": 1e-08},
        },
        key_params=("dim",),
        samples=_PAIR,
        icon="similarity",
        words="cosine angle distance compare siamese",
    ),
    OpRow(
        key="pairwise_distance",
        target="torch.nn.functional.pairwise_distance",
        style="function",
        group="Combine",
        stem="distance",
        doc="How far two vectors are apart.",
        inputs=(PortSpec(name="x1", label="First"), PortSpec(name="x2", label="Second")),
        take=("p", "eps", "keepdim"),
        changes={
            "p": {
                "type": "float",
                "default": 2.0,
                "maximum": None,
                "label": "Power",
                "doc": "2 is the straight line, 1 the sum of differences.",
            },
            "eps": {"type": "float", "default": 1e-06},
            "keepdim": {"type": "bool", "default": False},
        },
        key_params=("p",),
        samples=_PAIR,
        icon="similarity",
        words="euclidean distance compare siamese norm",
    ),
)


def _pointwise(key: str, doc: str, words: str) -> OpRow:
    return OpRow(
        key=key,
        target=f"torch.{key}",
        style="function",
        group="Arithmetic",
        stem=key,
        doc=doc,
        take=(),
        samples=(_SAMPLE,),
        face="pill",
        icon="maths",
        words=words,
    )


def _with_number(
    key: str, target: str, title: str, doc: str, icon: str, words: str, param: str, start: float, note: str
) -> OpRow:
    changes: dict[str, Any] = {"type": "float", "label": "Number", "doc": note}
    return OpRow(
        key=key,
        target=target,
        title=title,
        style="function",
        group="Arithmetic",
        stem=key.partition("_")[0],
        doc=doc,
        take=(param,),
        changes={param: changes},
        key_params=(param,),
        initial={param: start},
        samples=(_SAMPLE,),
        face="pill",
        icon=icon,
        words=words,
    )


_ARITHMETIC = (
    _with_number(
        "add_number",
        "torch.add",
        "add number",
        "Adds a fixed number.",
        "add",
        "plus + shift constant",
        "other",
        1.0,
        "What is added.",
    ),
    _with_number(
        "mul_number",
        "torch.mul",
        "mul number",
        "Multiplies by a fixed number.",
        "multiply",
        "times * scale multiply",
        "other",
        2.0,
        "What everything is multiplied by.",
    ),
    _with_number(
        "pow",
        "torch.pow",
        "pow",
        "Raises every number to a power.",
        "maths",
        "power square exponent **",
        "exponent",
        2.0,
        "The power; 2 squares.",
    ),
    _with_number(
        "gt",
        "torch.gt",
        "gt",
        "Whether each number is larger than a fixed one.",
        "where",
        "greater compare mask >",
        "other",
        0.0,
        "What is compared with.",
    ),
    _with_number(
        "lt",
        "torch.lt",
        "lt",
        "Whether each number is smaller than a fixed one.",
        "where",
        "less compare mask <",
        "other",
        0.0,
        "What is compared with.",
    ),
    OpRow(
        key="clamp",
        target="torch.clamp",
        style="function",
        group="Arithmetic",
        stem="clamp",
        doc="Cuts numbers off below a least and above a largest one.",
        take=("min", "max"),
        changes={
            "min": {"type": "float", "optional": True, "label": "At least", "doc": "Smaller numbers become this one."},
            "max": {"type": "float", "optional": True, "label": "At most", "doc": "Larger numbers become this one."},
        },
        key_params=("min", "max"),
        initial={"min": 0.0, "max": 1.0},
        samples=(_SAMPLE,),
        face="pill",
        icon="maths",
        words="clip limit bound",
    ),
    _pointwise("neg", "Turns the sign of every number.", "negative minus sign"),
    _pointwise("abs", "Drops the sign of every number.", "absolute magnitude"),
    _pointwise("exp", "Raises e to the power of every number.", "exponential e^x"),
    _pointwise("log", "The natural logarithm of every number.", "logarithm ln"),
    _pointwise("sqrt", "The square root of every number.", "square root"),
    _pointwise("square", "Multiplies every number by itself.", "power two squared"),
    _pointwise("reciprocal", "One divided by every number.", "inverse 1/x"),
    _pointwise("sin", "The sine of every number.", "sine wave trigonometry"),
    _pointwise("cos", "The cosine of every number.", "cosine wave trigonometry"),
    _pointwise("sign", "-1, 0 or 1 by the sign of every number.", "signum"),
    _pointwise("round", "Rounds to the nearest whole number.", "integer nearest"),
    _pointwise("detach", "Hands on the numbers but stops learning through here.", "stop gradient freeze"),
    OpRow(
        key="float",
        target="torch.Tensor.float",
        style="method",
        group="Arithmetic",
        stem="float",
        doc="Turns whole numbers or a mask into decimal numbers.",
        take=(),
        samples=(Sample(shape=(2, 4), dtype="int64", high=9),),
        face="pill",
        icon="maths",
        words="cast convert float32 dtype",
    ),
    OpRow(
        key="one_hot",
        target="torch.nn.functional.one_hot",
        style="function",
        group="Arithmetic",
        stem="onehot",
        doc="Turns a class number into a row of zeros with a single one.",
        take=("num_classes",),
        changes={
            "num_classes": {
                "type": "int",
                "default": MISSING,
                "minimum": 1,
                "label": "Classes",
                "doc": "How many classes there are.",
            }
        },
        key_params=("num_classes",),
        initial={"num_classes": 10},
        samples=(Sample(shape=(2,), dtype="int64", high=10),),
        face="pill",
        icon="maths",
        words="one hot encode classes dummy",
    ),
    OpRow(
        key="normalize",
        target="torch.nn.functional.normalize",
        style="function",
        group="Normalisation",
        stem="normalize",
        doc="Scales every vector to length one.",
        take=("p", "dim", "eps"),
        changes={"p": {"maximum": None, "label": "Power", "doc": "Which length: 2 is the usual one."}},
        key_params=("dim",),
        samples=(_SAMPLE,),
        face="pill",
        icon="norm",
        words="unit length l2 norm vector",
    ),
)

_OVER_ALL = {"optional": True, "default": None, "none_word": "all"}
_ALL = {"dim": {"type": "ints", "doc": "Over which axis, or axes; empty is over all.", **_OVER_ALL}}
_KEEP = {"keepdim": {"type": "bool", "default": False}}


def _reduction(
    key: str,
    doc: str,
    words: str,
    *,
    title: str = "",
    target: str = "",
    dim: dict[str, Any] | None = None,
    initial: Value = -1,
    keep: bool = True,
) -> OpRow:
    return OpRow(
        key=key,
        target=target or f"torch.{key}",
        title=title,
        style="function",
        group="Reduce",
        stem=key,
        doc=doc,
        take=("dim", "keepdim") if keep else ("dim",),
        changes={"dim": dim or _ALL["dim"], **(_KEEP if keep else {})},
        key_params=("dim",),
        initial={"dim": initial},
        samples=_IMAGE,
        face="pill",
        icon="reduce",
        words=words,
    )


_ONE_AXIS = {"type": "int", "default": MISSING, "optional": False, "doc": "Over which axis; -1 is the last."}
_ONE_OR_ALL = {"type": "int", "doc": "Over which axis; empty is over all.", **_OVER_ALL}

_REDUCE = (
    _reduction("mean", "Averages over an axis.", "average global pooling"),
    _reduction("sum", "Adds up over an axis.", "total add reduce"),
    _reduction("amax", "Keeps the largest number of an axis.", "max maximum largest"),
    _reduction("amin", "Keeps the smallest number of an axis.", "min minimum smallest"),
    _reduction("std", "How far numbers spread over an axis.", "standard deviation spread"),
    _reduction("var", "The variance over an axis.", "variance spread"),
    _reduction("logsumexp", "The logarithm of the sum of exponentials over an axis.", "softmax log sum", dim=_ONE_AXIS),
    _reduction(
        "argmax", "Where the largest number of an axis stands.", "index class prediction maximum", dim=_ONE_OR_ALL
    ),
    _reduction("prod", "Multiplies up over an axis.", "product multiply", dim=_ONE_AXIS),
    _reduction(
        "norm",
        "The length of the vectors along an axis.",
        "length magnitude l2 vector_norm",
        target="torch.linalg.vector_norm",
    ),
    _reduction("cumsum", "Adds up step by step along an axis.", "cumulative running sum", dim=_ONE_AXIS, keep=False),
)

ROWS: tuple[OpRow, ...] = (*_COMBINE, *_ARITHMETIC, *_REDUCE)
