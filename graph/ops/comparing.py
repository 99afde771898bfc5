"""Rows that compare numbers, join yes and no, and choose by a mask."""

from __future__ import annotations

from graph.ops.row import OpRow
from graph.ops.short import AXES_OR_ALL, IMAGE, KEEP, MASK, TWO, VECTORS, function, operator, pointwise, with_number
from graph.ops.spec import PortSpec, Sample

_GROUP = "Compare and mask"
_MASKS = (MASK, MASK)
_MASK_IMAGE = (Sample(shape=(2, 3, 4, 4), dtype="bool", high=2),)
_NUMBER = "What is compared with."

_WITH_NUMBER = tuple(
    with_number(
        key,
        f"torch.{key}",
        key,
        _GROUP,
        f"Whether each number is {what} a fixed one.",
        words,
        "other",
        0.0,
        _NUMBER,
        icon="where",
        rare=key not in ("gt", "lt", "eq"),
    )
    for key, what, words in (
        ("gt", "larger than", "greater compare mask >"),
        ("lt", "smaller than", "less compare mask <"),
        ("eq", "equal to", "equal same compare mask padding =="),
        ("ne", "other than", "not equal compare mask padding !="),
        ("ge", "at least", "greater equal compare mask >="),
        ("le", "at most", "less equal compare mask <="),
    )
)

_WITH_TENSOR = tuple(
    operator(
        key,
        sign,
        _GROUP,
        f"Whether the first is {what} the second, place by place.",
        f"compare mask two {words}",
        icon="where",
        stem=key.replace("_", ""),
    )
    for key, sign, what, words in (
        ("greater", ">", "larger than", "gt >"),
        ("less", "<", "smaller than", "lt <"),
        ("equal", "==", "equal to", "eq same =="),
        ("not_equal", "!=", "other than", "ne differ !="),
        ("greater_equal", ">=", "at least", "ge >="),
        ("less_equal", "<=", "at most", "le <="),
    )
)

_MASKED = (
    function(
        "where",
        _GROUP,
        "Takes the first tensor where a mask is true, else the second.",
        "choose if mask condition",
        inputs=(PortSpec(name="condition", label="Mask"), *TWO),
        samples=(MASK, VECTORS, VECTORS),
        icon="where",
        rare=False,
    ),
    function(
        "masked_fill",
        _GROUP,
        "Replaces numbers by a fixed one where a mask is true.",
        "mask replace hide",
        {"value": {"type": "float", "doc": "What masked places become."}},
        inputs=(PortSpec(name="input"), PortSpec(name="mask", label="Mask")),
        stem="masked",
        initial={"value": 0.0},
        samples=(VECTORS, MASK),
        icon="where",
        rare=False,
    ),
    function(
        "causal_mask",
        _GROUP,
        "A mask for attention by which a step may look at earlier steps only, as long as the sequence.",
        "triangle square subsequent attention decoder language model look ahead",
        {"dim": {"type": "int", "label": "Axis", "doc": "Which axis counts the steps; the samples are axis 0."}},
        target="torch.nn.Transformer.generate_square_subsequent_mask",
        title="causal mask",
        stem="causal",
        form="sized",
        initial={"dim": 1},
        samples=(Sample(shape=(2, 5, 8)),),
        icon="attention",
        rare=False,
    ),
    function(
        "isclose",
        _GROUP,
        "Whether two numbers are nearly equal.",
        "nearly equal same tolerance",
        {
            "rtol": {"type": "float", "default": 1e-05, "minimum": 0, "label": "Share"}
            | {"doc": "How far apart they may be, as a share of the second."},
            "atol": {"type": "float", "default": 1e-08, "minimum": 0, "label": "Distance"}
            | {"doc": "How far apart they may be at least."},
        },
        inputs=TWO,
        samples=(VECTORS, VECTORS),
        icon="where",
    ),
)

_LOGIC = (
    function(
        "logical_and",
        _GROUP,
        "True where both masks are.",
        "and both & logic",
        inputs=TWO,
        samples=_MASKS,
        icon="where",
        rare=False,
    ),
    function(
        "logical_or",
        _GROUP,
        "True where at least one of two masks is.",
        "or either | logic",
        inputs=TWO,
        samples=_MASKS,
        icon="where",
        rare=False,
    ),
    pointwise("logical_not", _GROUP, "Turns true into false.", "not invert ~ logic", samples=(MASK,), icon="where"),
    function(
        "logical_xor",
        _GROUP,
        "True where exactly one of two masks is.",
        "xor either ^ logic",
        inputs=TWO,
        samples=_MASKS,
        icon="where",
    ),
    pointwise("isnan", _GROUP, "Whether a number is none, as 0/0 is.", "nan missing not a number", icon="where"),
    pointwise("isinf", _GROUP, "Whether a number is endless.", "infinite infinity", icon="where"),
    pointwise("isfinite", _GROUP, "Whether a number is an ordinary one.", "finite nan infinity", icon="where"),
    function(
        "any",
        _GROUP,
        "Whether at least one place along an axis is true.",
        "some exists or reduce",
        {"dim": AXES_OR_ALL, **KEEP},
        show=("dim",),
        initial={"dim": -1},
        samples=_MASK_IMAGE,
        icon="reduce",
    ),
    function(
        "all",
        _GROUP,
        "Whether every place along an axis is true.",
        "every and reduce",
        {"dim": AXES_OR_ALL, **KEEP},
        show=("dim",),
        initial={"dim": -1},
        samples=_MASK_IMAGE,
        icon="reduce",
    ),
    function(
        "count_nonzero",
        _GROUP,
        "How many numbers along an axis are not zero.",
        "count number lengths nonzero",
        {"dim": AXES_OR_ALL},
        initial={"dim": -1},
        samples=(IMAGE,),
        icon="reduce",
    ),
)

ROWS: tuple[OpRow, ...] = (*_MASKED, *_WITH_NUMBER, *_LOGIC, *_WITH_TENSOR)
