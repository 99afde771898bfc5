"""How a catalogue row is written down: what torch itself cannot say about an op, loss, optimizer or scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.ops.spec import SINGLE_INPUT, SINGLE_OUTPUT, CallStyle, Face, Form, Need, PortSpec, Sample, Value

Changes = Mapping[str, Mapping[str, Any]]
"""For each param the fields of its ParamSpec that differ from what torch says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpRow:
    """An op as written by hand; see OpSpec for what the fields mean. Without a `title` it is torch's own name.

    `take` names the params that are shown, in that order; None takes all that torch has. A param that is
    not in torch's signature (of an overloaded function, say) is described by `changes` alone.
    """

    key: str
    target: str
    group: str
    stem: str
    doc: str
    title: str = ""
    style: CallStyle = "module"
    inputs: tuple[PortSpec, ...] = SINGLE_INPUT
    outputs: tuple[PortSpec, ...] = SINGLE_OUTPUT
    take: tuple[str, ...] | None = None
    changes: Changes = field(default_factory=dict)
    positional: tuple[str, ...] = ()
    key_params: tuple[str, ...] = ()
    initial: Mapping[str, Value] = field(default_factory=dict)
    unpack: tuple[object, ...] = ()
    packed_inputs: tuple[str, ...] = ()
    form: Form = "usual"
    call_params: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = (Sample(shape=(2, 4)),)
    face: Face = "full"
    icon: str = "layer"
    words: str = ""
    rare: bool = False
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallableRow:
    """A loss, optimizer or scheduler as written by hand; `take` and `changes` as in OpRow."""

    key: str
    target: str
    group: str
    doc: str
    take: tuple[str, ...] | None = None
    changes: Changes = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
