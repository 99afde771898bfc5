"""Short ways to write down rows of functions: what most of them share is said here once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graph.ops.row import Changes, OpRow
from graph.ops.spec import MISSING, SINGLE_INPUT, SINGLE_OUTPUT, CallStyle, Face, Form, PortSpec, Sample, Value

VECTORS: Final = Sample(shape=(2, 4))
SEQUENCE: Final = Sample(shape=(2, 6, 4))
IMAGE: Final = Sample(shape=(2, 3, 4, 4))
MATRICES: Final = Sample(shape=(2, 3, 3), square=True)
WHOLE: Final = Sample(shape=(2, 4), dtype="int64", high=4)
MASK: Final = Sample(shape=(2, 4), dtype="bool", high=2)

MANY: Final = (PortSpec(name="tensors", label="Inputs", many=True),)
TWO: Final = (PortSpec(name="input", label="First"), PortSpec(name="other", label="Second"))
VALUES_AND_PLACES: Final = (PortSpec(name="values", label="Values"), PortSpec(name="indices", label="Places"))

AXIS: Final[Mapping[str, Any]] = {
    "type": "int",
    "default": MISSING,  # left out, torch would often take the samples' axis too
    "optional": False,
    "label": "Axis",
    "doc": "Along which axis; the samples are axis 0 and -1 is the last.",
}
AXES_OR_ALL: Final[Mapping[str, Any]] = {
    "type": "ints",
    "optional": True,
    "default": None,
    "none_word": "all",
    "label": "Axis",
    "doc": "Over which axis, or axes; empty is over all.",
}
AXIS_OR_ALL: Final[Mapping[str, Any]] = {
    "type": "int",
    "optional": True,
    "default": None,
    "none_word": "all",
    "label": "Axis",
    "doc": "Over which axis; empty is over all.",
}
KEEP: Final[Changes] = {"keepdim": {"type": "bool", "default": False}}


def axis(default: Value) -> Mapping[str, Any]:
    """An axis for which torch has a default that does no harm."""
    return {**AXIS, "default": default}


def number(label: str, doc: str, **more: Any) -> dict[str, Any]:
    """A decimal number that must be given."""
    return {"type": "float", "label": label, "doc": doc, "default": MISSING, "optional": False, **more}


def count(label: str, doc: str, least: int = 1, **more: Any) -> dict[str, Any]:
    """A whole number that must be given."""
    return {
        "type": "int",
        "label": label,
        "doc": doc,
        "default": MISSING,
        "optional": False,
        "minimum": least,
        **more,
    }


def function(
    key: str,
    group: str,
    doc: str,
    words: str,
    changes: Changes | None = None,
    *,
    target: str = "",
    title: str = "",
    stem: str = "",
    style: CallStyle = "function",
    form: Form = "usual",
    inputs: tuple[PortSpec, ...] = SINGLE_INPUT,
    outputs: tuple[PortSpec, ...] = SINGLE_OUTPUT,
    positional: tuple[str, ...] = (),
    show: tuple[str, ...] | None = None,
    initial: Mapping[str, Value] | None = None,
    samples: tuple[Sample, ...] = (VECTORS,),
    face: Face = "pill",
    icon: str = "maths",
    rare: bool = True,
) -> OpRow:
    """A function of tensors; `changes` names all the params that are shown, in their order."""
    return OpRow(
        key=key,
        target=target or f"torch.{key}",
        title=title,
        style=style,
        form=form,
        group=group,
        stem=stem or key.replace("_", "")[:12],
        doc=doc,
        inputs=inputs,
        outputs=outputs,
        take=tuple(changes or {}),
        changes=changes or {},
        positional=positional,
        key_params=tuple(changes or {})[:2] if show is None else show,
        initial=initial or {},
        unpack=tuple(port.name for port in outputs) if len(outputs) > 1 else (),
        samples=samples,
        face="full" if len(outputs) > 1 or len(inputs) > 2 else face,
        icon=icon,
        words=words,
        rare=rare,
    )


def method(
    key: str,
    group: str,
    doc: str,
    words: str,
    changes: Changes | None = None,
    **more: Any,
) -> OpRow:
    """A method of a tensor; its params are passed in their order."""
    said: dict[str, Any] = {
        "target": f"torch.Tensor.{key}",
        "style": "method",
        "positional": tuple(changes or {}),
        "samples": (SEQUENCE,),
        **more,
    }
    return function(key, group, doc, words, changes, **said)


def operator(key: str, symbol: str, group: str, doc: str, words: str, **more: Any) -> OpRow:
    """A sign between two tensors, or between any number of them."""
    said: dict[str, Any] = {"inputs": TWO, "samples": (VECTORS, VECTORS), **more}
    return function(key, group, doc, words, style="operator", target=symbol, **said)


def pointwise(key: str, group: str, doc: str, words: str, **more: Any) -> OpRow:
    """A function of each number for itself, without settings."""
    return function(key, group, doc, words, **more)


def with_number(
    key: str,
    target: str,
    title: str,
    group: str,
    doc: str,
    words: str,
    param: str,
    start: float,
    note: str,
    **more: Any,
) -> OpRow:
    """A function of each number and one that is fixed."""
    changes = {param: {"type": "float", "label": "Number", "doc": note}}
    return function(
        key,
        group,
        doc,
        words,
        changes,
        target=target,
        title=title,
        stem=key.partition("_")[0],
        initial={param: start},
        positional=(param,),
        **more,
    )
