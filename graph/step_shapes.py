"""Shapes of what only the drawing of a training step holds: they follow from what arrives, nothing is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from graph.flow import TensorInfo, flow_kind
from graph.lower import SETS, SHOWN
from graph.model import Node
from graph.ops.spec import OpSpec, Value
from graph.probe import Concrete, Sizes

_LIKE: Mapping[str, str] = {"Gradient": "tensor", "track": "input", "FGSM": "input", "PGD": "input", "Denoise": "input"}
"""Ops whose answer has the shape of what arrives at this port."""


class _Arriving(Protocol):
    @property
    def concrete(self) -> tuple[Concrete, ...]: ...
    @property
    def info(self) -> TensorInfo: ...


def step_outputs(
    spec: OpSpec, params: Mapping[str, Value], arrives: Mapping[str, _Arriving], probes: Sequence[Sizes]
) -> tuple[tuple[Concrete, ...], TensorInfo | None]:
    """A tensor a probe of what leaves an op, and the kind it has where that is known from what arrives.

    Nothing for the ends of the drawing.
    """
    if spec.key in _LIKE:
        flow = arrives[_LIKE[spec.key]]
        return flow.concrete, flow.info
    if spec.key == "noise":
        given = params["shape"]
        shape = given if isinstance(given, tuple) else (given,)
        sizes = tuple(size for size in shape if isinstance(size, int))
        return tuple(Concrete((one.shape[0], *sizes), "float32") for one in arrives["input"].concrete), None
    if spec.key == "numbers":
        row = params["numbers"]
        count = len(row) if isinstance(row, tuple) else 1
        return tuple(Concrete((count,), "float32") for _ in arrives["input"].concrete), None
    if spec.key == "ramp":
        return tuple(Concrete((), "float32") for _ in probes), None
    return (), None


def asked_with(spec: OpSpec, arrives: Mapping[str, _Arriving]) -> tuple[tuple[tuple[Concrete, ...], TensorInfo], ...]:
    """What the network is given that an attack or a drawing by denoising asks, in the order of its Inputs."""
    flow = arrives.get("input")
    if flow is None or spec.key not in ("FGSM", "PGD", "Denoise") or not flow.info.shape:
        return ()
    given = (flow.concrete, flow.info)
    if spec.key != "Denoise":
        return (given,)
    times = tuple(Concrete((one.shape[0],), one.dtype) for one in flow.concrete)
    return given, (times, TensorInfo(shape=flow.info.shape[:1], dtype=flow.info.dtype, kind="scalar"))


def kind_of(tensors: Sequence[Concrete], known: TensorInfo | None) -> TensorInfo:
    """The kind by which a person sees tensors, without their shape in words."""
    if known is not None:
        return known
    one = tensors[0]
    return TensorInfo(shape=(), dtype=one.dtype, kind=flow_kind(len(one.shape), one.dtype))


TO_ONE_NUMBER: Final = " Put a mean or a sum before it."
"""How the sentence ends where one number is needed and more arrive."""


def step_problem(node: Node, spec: OpSpec, arrives: Mapping[str, TensorInfo]) -> str:
    """Why what arrives does not fit, as a sentence with what to do; "" where it does."""
    if spec.key in SHOWN:
        return _unseen(node, spec, arrives)
    wanted = "number" if spec.key == "Gradient" else "input"
    info = arrives.get(wanted)
    if info is not None and spec.key not in SETS and (spec.style == "end" or spec.key == "Gradient"):
        if info.shape != ():
            shape = " × ".join(map(str, info.shape))
            return f"{node.name} needs one number, but what arrives has the shape {shape}.{TO_ONE_NUMBER}"
        if not info.dtype.startswith("float") and node.op != "LogValue":
            return f"{node.name} needs a decimal number, but {info.dtype} arrives: nothing can be learned from it."
    if spec.key == "Denoise" and info is not None and not info.dtype.startswith("float"):
        return f"{node.name} needs noise, which is decimal numbers, but {info.dtype} arrives."
    if spec.key in ("track", "FGSM", "PGD") and info is not None and not info.dtype.startswith("float"):
        return f"{node.name} needs decimal numbers, but {info.dtype} arrives: whole numbers have no gradient."
    if spec.key == "noise" and info is not None and not info.shape:
        return f"{node.name} needs a batch to know how many samples there are, but one number arrives."
    return ""


def answer_problem(
    node: Node, spec: OpSpec, network: str, answer: TensorInfo, arrives: Mapping[str, TensorInfo]
) -> str:
    """Why what the network answers does not fit the node that asks it, as a sentence; "" where it does."""
    label = arrives.get("label")
    if spec.key == "Denoise":
        given = arrives["input"]
        if answer.shape == given.shape:
            return ""
        return (
            f"{node.name} needs a network that answers velocities of the shape of what is noised, "
            f"{given.full_label()}, but {network} answers {answer.full_label()}."
        )
    if label is None:
        return ""
    scores = answer.shape[1] if len(answer.shape) > 1 else 1
    if scores == 1:
        return "" if label.shape in (answer.shape[:1], answer.shape) else _mislabelled(node, network, answer, label)
    is_shares = label.shape == answer.shape and label.dtype.startswith("float")
    is_class = label.shape == (*answer.shape[:1], *answer.shape[2:]) and label.dtype in ("int64", "uint8")
    if not (is_shares or is_class):
        return _mislabelled(node, network, answer, label)
    if is_class and isinstance(scores, int) and label.classes > scores:
        return (
            f"{node.name}: {network} answers {scores} scores, and the label has {label.classes} classes. "
            "Choose a network with a score for each class."
        )
    return ""


def _mislabelled(node: Node, network: str, answer: TensorInfo, label: TensorInfo) -> str:
    return (
        f"{node.name} holds what {network} answers, {answer.full_label()}, against its label, but that is "
        f"{label.full_label()}. Give it one class for each sample, and choose a network that answers scores of them."
    )


def _unseen(node: Node, spec: OpSpec, arrives: Mapping[str, TensorInfo]) -> str:
    """Why what arrives cannot be shown, as a sentence."""
    if spec.key == "ShowPictures":
        info = arrives.get("input")
        if info is None or (len(info.shape) == 4 and info.shape[1] in (1, 3)):
            return ""
        return (
            f"{node.name} shows pictures, N × 1 × height × width in grey or N × 3 × height × width in colour, but "
            f"{info.full_label()} arrives. Reshape it, or pick such channels."
        )
    info, label = arrives.get("points"), arrives.get("label")
    if info is not None and len(info.shape) != 2:
        return (
            f"{node.name} shows points, some numbers for each sample (N × 2, or more), but {info.full_label()} "
            "arrives. Put a Flatten before it."
        )
    if label is not None and len(label.shape) != 1:
        return f"{node.name} needs one label for each point, but {label.full_label()} arrives. Take the class of each."
    return ""
