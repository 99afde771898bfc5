"""Explanations: why an op cannot take what arrives, in words that name the nodes and the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graph.flow import PACKED, TensorInfo
from graph.model import Node
from graph.ops.spec import MISSING, OpSpec, Value

_SPATIAL = re.compile(r"(?:Conv|ConvTranspose|Pool|BatchNorm|InstanceNorm|Dropout)([123])d\Z")
_CALLED = re.compile(r"\Atorch\.nn\.functional\.(?:conv|max_pool|dropout)([123])d")
_LAYOUTS: Mapping[int, str] = {
    2: "vectors (N × features)",
    3: "rows of channels (N × channels × length)",
    4: "images (N × channels × height × width)",
    5: "volumes (N × channels × depth × height × width)",
}
_STEPS = "sequences (N × steps × features)"
_SEQUENCE_TARGETS = frozenset(
    f"torch.nn.{name}"
    for name in (
        "RNN",
        "LSTM",
        "GRU",
        "MultiheadAttention",
        "TransformerEncoder",
        "TransformerEncoderLayer",
        "TransformerDecoder",
        "TransformerDecoderLayer",
        "Transformer",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What reaches an input port: from which node, and its shape and dtype."""

    giver: str
    info: TensorInfo

    @property
    def words(self) -> str:
        """`relu1 gives N × 32 × 8 × 8  float32`."""
        return f"{self.giver} gives {self.info.full_label()}"


Arrivals = Mapping[str, Arrival]
_OF_CLASSES = frozenset({"Losses", "Augmentation", "Sequences"})
"""Groups of ops that hold scores against classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """An op that torch refused to run: its params (autos included), what arrived, and torch's words."""

    node: Node
    spec: OpSpec
    params: Mapping[str, Value]
    arrives: Arrivals
    error: str


def wanted_ranks(spec: OpSpec) -> tuple[int, ...]:
    """The numbers of axes, batch included, that the first input may have; () when any will do.

    Torch also takes most of these without a batch axis, which nobody means in a drawing.
    """
    called = _CALLED.search(spec.target)
    if called is not None:
        return (int(called[1]) + 2,)
    if not spec.target.startswith("torch.nn.") or spec.style != "module":
        return ()
    if spec.target in _SEQUENCE_TARGETS:
        return (3,)
    found = _SPATIAL.search(spec.target)
    if found is None:
        return ()
    rank = int(found[1]) + 2
    return (2, 3) if spec.target.endswith("BatchNorm1d") else (rank,)


def has_wrong_rank(spec: OpSpec, arrives: Mapping[str, TensorInfo]) -> bool:
    """Whether the first input has a number of axes that the op does not work on."""
    ranks = wanted_ranks(spec)
    info = arrives.get(spec.inputs[0].name) if spec.inputs else None
    return bool(ranks) and info is not None and len(info.shape) not in ranks


def explain(misfit: Misfit) -> str:
    """A sentence that says what the op needs and what arrives instead."""
    if misfit.spec.own:
        given = " and ".join(arrival.words for arrival in misfit.arrives.values())
        return f"{misfit.node.name}: its Python stops where {given}. {misfit.error}"
    for explanation in _EXPLANATIONS:
        sentence = explanation(misfit)
        if sentence is not None:
            return sentence
    shapes = " and ".join(arrival.words for arrival in misfit.arrives.values())
    says = misfit.error.rstrip(".")
    return f"{misfit.node.name} ({misfit.spec.title}) cannot work on this: {shapes}. PyTorch says: {says}."


def _rank(misfit: Misfit) -> str | None:
    if not has_wrong_rank(misfit.spec, {port: arrival.info for port, arrival in misfit.arrives.items()}):
        return None
    arrival = misfit.arrives[misfit.spec.inputs[0].name]
    wanted = " or ".join(_layout(misfit.spec, rank) for rank in wanted_ranks(misfit.spec))
    return f"{misfit.node.name} ({misfit.spec.title}) works on {wanted}, but {arrival.words}."


def _layout(spec: OpSpec, rank: int) -> str:
    return _STEPS if spec.target in _SEQUENCE_TARGETS else _LAYOUTS[rank]


def _dtype(misfit: Misfit) -> str | None:
    arrivals = list(misfit.arrives.values())
    if not arrivals:
        return None
    whole = [a for a in arrivals if a.info.dtype.startswith(("int", "uint", "bool"))]
    if misfit.spec.target.startswith("torch.nn.Embedding") and arrivals[0] not in whole:
        return (
            f"{misfit.node.name} looks up whole numbers (tokens or classes), but {arrivals[0].words}. "
            "Feed it a field of whole numbers, or use Linear instead."
        )
    unusual = next((a for a in arrivals if a.info.dtype in ("float16", "bfloat16", "float64")), None)
    if unusual is not None and re.search(r"dtype|scalar type|expected m1 and m2", misfit.error):
        return (
            f"{misfit.node.name} ({misfit.spec.title}) calculates with float32, but {unusual.words}. "
            "Put a float before it."
        )
    complains = re.search(
        r"dtype|scalar type|not implemented for|Expected floating|floating point|only Tensors", misfit.error
    )
    if whole and complains:
        return (
            f"{misfit.node.name} ({misfit.spec.title}) calculates with decimal numbers, but {whole[0].words}: "
            "whole numbers. Embedding turns them into decimal ones."
        )
    return None


def _set_by_hand(misfit: Misfit) -> str | None:
    for param, arrival, size in hand_set_autos(misfit):
        return (
            f"{misfit.node.name}: {param} is set to {misfit.params[param]} by hand, but {arrival.giver} gives {size} "
            f"({arrival.info.full_label()}). Unset it and it follows by itself."
        )
    return None


def hand_set_autos(misfit: Misfit) -> list[tuple[str, Arrival, int | str]]:
    """The params that could follow from what arrives but were set to something else, and what arrives there."""
    found = []
    for param in misfit.spec.params:
        rule = param.auto
        if rule is None or rule.of != "size" or param.name not in misfit.node.params or rule.port not in misfit.arrives:
            continue
        arrival = misfit.arrives[rule.port]
        if -len(arrival.info.shape) <= rule.axis < len(arrival.info.shape):
            size = arrival.info.shape[rule.axis]
            if size != misfit.node.params[param.name]:
                found.append((param.name, arrival, size))
    return found


def _not_known(misfit: Misfit) -> str | None:
    """An auto that would follow the batch or a length that varies."""
    for param in misfit.spec.params:
        rule = param.auto
        if rule is None or param.name in misfit.params or param.default is not MISSING:
            continue
        arrival = misfit.arrives.get(rule.port)
        if arrival is None:
            continue
        if rule.of == "classes":
            return (
                f"{misfit.node.name}: {param.name} cannot be found, because it is not known how many different whole "
                f"numbers {arrival.giver} can give. Set {param.name} by hand."
            )
        return (
            f"{misfit.node.name}: {param.name} would have to follow a size that varies or is not there: "
            f"{arrival.words}. Weights need a fixed size; choose another axis, or reduce that one before."
        )
    return None


def _window(misfit: Misfit) -> str | None:
    if not re.search(
        r"[Kk]ernel size can't be greater|too small|kernel_size|smaller than kernel|Padding size should|pad should",
        misfit.error,
    ):
        return None
    window = misfit.params.get("kernel_size")
    arrival = next(iter(misfit.arrives.values()), None)
    if window is None or arrival is None:
        return None
    shown = "×".join(map(str, window)) if isinstance(window, tuple) else str(window)
    if "pad should" in misfit.error or "Padding size" in misfit.error:
        return (
            f"{misfit.node.name}: padding may be at most half of kernel_size ({shown}), whatever arrives "
            f"({arrival.words}). Make the padding smaller."
        )
    space = "×".join(str(size) for size in arrival.info.shape[2:])
    return (
        f"{misfit.node.name}: a window of {shown} does not fit into the {space} that is left "
        f"({arrival.words}). Use a smaller kernel_size, or shrink less before."
    )


def _divisible(misfit: Misfit) -> str | None:
    if "divisible" not in misfit.error:
        return None
    given = "".join(f" ({arrival.words})" for arrival in list(misfit.arrives.values())[:1])
    for whole, parts in _DIVISIONS:
        size, count = misfit.params.get(whole), misfit.params.get(parts, 1)
        if isinstance(size, int) and isinstance(count, int) and count and size % count:
            return (
                f"{misfit.node.name}: {parts} is {count}, which does not divide {whole}, {size}, without a rest"
                f"{given}. Choose {parts} so that it does."
            )
    return None


_DIVISIONS = (
    ("embed_dim", "num_heads"),
    ("d_model", "nhead"),
    ("in_channels", "groups"),
    ("out_channels", "groups"),
    ("num_channels", "num_groups"),
)


def division(misfit: Misfit) -> tuple[str, int, int] | None:
    """The param that must divide another and does not: its name, its value, and what it must divide."""
    for whole, parts in _DIVISIONS:
        size, count = misfit.params.get(whole), misfit.params.get(parts)
        if isinstance(size, int) and isinstance(count, int) and count > 0 and size % count:
            return parts, count, size
    return None


def _pairwise(misfit: Misfit) -> str | None:
    arrivals = list(misfit.arrives.values())
    if len(arrivals) < 2:
        return None
    if misfit.spec.target in ("torch.cat", "torch.concat"):
        dim = misfit.params.get("dim", 0)
        rule = f"puts tensors behind one another along axis {dim}, so all other axes must be equal"
    elif misfit.spec.target == "torch.stack":
        rule = "stacks tensors, so they must have the same shape"
    elif "@" in misfit.spec.target or "matmul" in misfit.spec.target or "bmm" in misfit.spec.target:
        rule = "multiplies matrices, so the last axis of the first must equal the last but one of the second"
    elif misfit.spec.style == "operator" or re.search(r"must match|broadcast", misfit.error):
        rule = "joins numbers pairwise, so the shapes must be equal"
    else:
        return None
    return f"{misfit.node.name} {rule}, but {', '.join(a.words for a in arrivals[:-1])} and {arrivals[-1].words}."


def _regroup(misfit: Misfit) -> str | None:
    if not re.search(r"is invalid for input of size|view size|unflatten|don't multiply up", misfit.error):
        return None
    arrival = next(iter(misfit.arrives.values()), None)
    wanted = next(
        (misfit.params[name] for name in ("shape", "size", "unflattened_size", "sizes") if name in misfit.params), None
    )
    if arrival is None or not isinstance(wanted, tuple):
        return None
    shown = " × ".join(str(size) for size in wanted)
    return (
        f"{misfit.node.name} cannot arrange the numbers as {shown}: {arrival.words}. The sizes must multiply to "
        "the same count for every batch size; -1 stands for the rest."
    )


def _axis(misfit: Misfit) -> str | None:
    found = re.search(
        r"Dimension out of range.*but got (-?\d+)|Dimension .*out of range|index (-?\d+).*out of range", misfit.error
    )
    arrival = next(iter(misfit.arrives.values()), None)
    if found is None or arrival is None:
        return None
    last = len(arrival.info.shape) - 1
    return (
        f"{misfit.node.name} asks for an axis or position that is not there: {arrival.words}, "
        f"whose axes are 0 (the samples) to {last}."
    )


def _columns(misfit: Misfit) -> str | None:
    if not re.search(r"mat1 and mat2|size mismatch|shapes cannot be multiplied|must be equal to", misfit.error):
        return None
    arrival = next(iter(misfit.arrives.values()), None)
    if arrival is None:
        return None
    return f"{misfit.node.name} ({misfit.spec.title}) was made for another width: {arrival.words}."


def _normalized(misfit: Misfit) -> str | None:
    shape = misfit.params.get("normalized_shape")
    arrival = next(iter(misfit.arrives.values()), None)
    if shape is None or arrival is None or "normalized_shape" not in misfit.error:
        return None
    shown = "×".join(map(str, shape)) if isinstance(shape, tuple) else str(shape)
    must = "but it must equal the last axes of what arrives"
    return f"{misfit.node.name}: normalized_shape is {shown}, {must}: {arrival.words}."


def _real_data(misfit: Misfit) -> str | None:
    if "only be tried on real numbers" not in misfit.error:
        return None
    shapes = " and ".join(arrival.words for arrival in misfit.arrives.values())
    return f"{misfit.node.name} ({misfit.spec.title}) could not be tried: {misfit.error} ({shapes})."


def _packed(misfit: Misfit) -> str | None:
    arrival = next((one for one in misfit.arrives.values() if one.info.shape[1:2] == (PACKED,)), None)
    if arrival is None:
        return None
    return (
        f"{misfit.node.name} ({misfit.spec.title}) cannot work on packed sequences, and {arrival.words}. "
        "Put a pad_packed_sequence before it."
    )


def _value(misfit: Misfit) -> str | None:
    """A tensor that a node without inputs cannot make."""
    if misfit.spec.style != "value":
        return None
    numbers, shape = misfit.params.get("numbers"), misfit.params.get("shape")
    if misfit.params.get("fill") == "list" and shape is not None:
        count = len(numbers) if isinstance(numbers, tuple) else 1
        sizes = shape if isinstance(shape, tuple) else (shape,)
        return (
            f"{misfit.node.name}: {count} numbers do not fill a shape of {' × '.join(map(str, sizes))}. "
            "Give as many numbers as the sizes multiply to."
        )
    return f"{misfit.node.name} ({misfit.spec.title}) cannot be made so. PyTorch says: {misfit.error}."


def _classes(misfit: Misfit) -> str | None:
    """Classes for which there are no scores."""
    label = next((one for one in misfit.arrives.values() if one.info.classes), None)
    other = next((one for one in misfit.arrives.values() if one is not label), None)
    is_beyond = re.search(r"out of (bounds|range)|smaller than num_classes", misfit.error)
    if label is None or other is None or not is_beyond or misfit.spec.group not in _OF_CLASSES:
        return None
    return (
        f"{misfit.node.name} ({misfit.spec.title}) needs a score for each class, but {label.giver} has "
        f"{label.info.classes} classes, and {other.words}."
    )


def _equation(misfit: Misfit) -> str | None:
    equation = misfit.params.get("equation")
    if misfit.spec.target != "torch.einsum":
        return None
    given = " and ".join(arrival.words for arrival in misfit.arrives.values())
    return (
        f"{misfit.node.name}: the equation {equation} does not fit what arrives: {given}. It needs a letter for each "
        "axis of each input, with commas between the inputs, and one letter stands for one size."
    )


_SENTENCES: tuple[tuple[str, str, str], ...] = (
    ("ConvTranspose", "output padding must", "its extra size must be smaller than its stride"),
    ("permute", "", "it must name each axis of what arrives once"),
    ("narrow", "exceeds|out of range", "the piece is longer than what is left there"),
    ("topk|kthvalue", "not in range|out of range", "it asks for more of them than there are"),
    ("getitem", "out of bounds", "it picks a place that is not there"),
    ("[pP]ad", "should be less than", "a mirrored edge must be smaller than what it goes around"),
    ("[pP]ad", "length", "it names edges of more axes than arrive"),
    ("nterpolate|Upsample|Upsampling", "should be defined", "it needs a size or a scale factor"),
    ("nterpolate|Upsample", "spatial dim", "it needs one size for each axis after the channels"),
    ("nterpolate|Upsample", "Only 3D", "it works on channels of lines, images or volumes"),
    ("PixelShuffle", "", "the channels must divide by its factor times itself"),
    ("GLU|glu", "must be even", "it halves an axis, which must have an even size"),
    ("LSTM|GRU|RNN", "hidden size", "the first state must be as wide as its memory"),
    ("Cell", "1D or 2D", "it takes one step at a time (N × features)"),
    ("masked_fill|where", "bool", "its mask must be of yes and no (bool)"),
    ("", "dtype int(32/int)?64 for index|LongTensor", "its places must be whole numbers (int64)"),
    ("Transformer|Multihead|attention", "reduction dim|must match|shape", "all that it compares must have one width"),
)
"""By a part of the op's target and of torch's words: what the op asks for."""


def _told(misfit: Misfit) -> str | None:
    for target, error, sentence in _SENTENCES:
        if re.search(target, misfit.spec.target) and re.search(error, misfit.error) and misfit.arrives:
            arrivals = [arrival.words for arrival in misfit.arrives.values()]
            return f"{misfit.node.name} ({misfit.spec.title}): {sentence}, but {' and '.join(arrivals)}."
    return None


_EXPLANATIONS: tuple[Callable[[Misfit], str | None], ...] = (
    _packed,
    _value,
    _classes,
    _equation,
    _rank,
    _dtype,
    _not_known,
    _set_by_hand,
    _told,
    _window,
    _divisible,
    _regroup,
    _axis,
    _normalized,
    _pairwise,
    _columns,
    _real_data,
)
