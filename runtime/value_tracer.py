"""Sees what the code of a training computes while it runs: the tensors in its variables, line by line, as they are.

The code is the very text that trains. Nothing is put into it: Python tells of each line that was run, and what its
variables hold then.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from runtime.cost_places import Places
from runtime.value_media import MOST_NUMBERS, Numbers
from runtime.value_places import Ports, ValuePlaces

Port = tuple[str, str]
_Trace = Callable[[FrameType, str, Any], Any]


@dataclass(frozen=True, slots=True)
class SeenTensor:
    """The numbers that a tensor held when it was seen, and where its gradient arrives, None where none does."""

    numbers: Numbers
    edge: GradientEdge | None


def numbers_of(tensor: Tensor) -> Numbers:
    """The numbers of a tensor, exactly, where they are few; in any case what they are like."""
    plain = tensor.detach()
    plain = plain.to_dense() if plain.layout != torch.strided else plain
    flat = plain.to("cpu", torch.float64).flatten()
    few = flat.numel() <= MOST_NUMBERS
    return Numbers(
        shape=tuple(tensor.shape),
        values=tuple(flat.tolist()) if few else (),
        mean=float(flat.mean()) if flat.numel() else 0.0,
        spread=float(flat.std(correction=0)) if flat.numel() else 0.0,
    )


class ValueTracer:
    """Notes the first tensor that leaves each port while it watches; `outputs` is the first port of a node."""

    def __init__(
        self, places: ValuePlaces, instances: Places, files: tuple[str, str], outputs: Callable[[str], str]
    ) -> None:
        self._places, self._instances = places, instances
        self._model, self._train = files
        self._outputs = outputs
        self.seen: dict[Port, SeenTensor] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """See what runs inside."""
        hooks = [
            module.register_forward_hook(partial(self._on_module, uid)) for module, uid in self._instances.in_sequences
        ]
        before = sys.gettrace()
        sys.settrace(self._on_call)
        try:
            yield
        finally:
            sys.settrace(before)
            for hook in hooks:
                hook.remove()

    def _on_module(self, uid: str, _module: nn.Module, _given: object, answer: object) -> None:
        self._see(uid, self._outputs(uid), answer)

    def _on_call(self, frame: FrameType, event: str, _arg: object) -> _Trace | None:
        code = frame.f_code
        if event != "call":
            return None
        if code.co_filename == self._train and code.co_name in self._places.functions:
            network = self._places.functions[code.co_name]
            uids = frozenset(node.uid for node in network.nodes())
            return _Follower(self, self._places.train, uids, frozenset()).follow
        if code.co_filename == self._model and code.co_name == "forward":
            module = frame.f_locals.get("self")
            known = self._instances.nodes.get(id(module))
            if known is not None:
                self._enter(module, known, frame.f_locals)
                return _Follower(self, self._places.model, known, self._places.returns).follow
        return None

    def _enter(self, module: object, uids: frozenset[str], variables: Mapping[str, Any]) -> None:
        """What a network holds and is given, before its first line."""
        for uid in uids:
            if uid in self._places.held:
                self._see(uid, "output", getattr(module, self._places.held[uid], None))
            elif uid in self._places.entries:
                self._see(uid, "output", variables.get(self._places.entries[uid]))

    def ports(self, uid: str) -> Ports:
        """The ports of a call, each with its variable."""
        return self._places.calls.get(uid, ())

    def see_variables(self, uid: str, variables: Mapping[str, Any]) -> None:
        """A call was run: its variables hold what leaves it."""
        for port, name in self.ports(uid):
            self._see(uid, port, variables.get(name))

    def see_answer(self, uid: str, answer: object) -> None:
        """A call was run whose answer was returned at once."""
        ports = self.ports(uid)
        if len(ports) == 1:
            self._see(uid, ports[0][0], answer)

    def _see(self, uid: str, port: str, value: object) -> None:
        if not isinstance(value, Tensor) or value.is_complex() or (uid, port) in self.seen:
            return
        edge = get_gradient_edge(value) if value.requires_grad else None
        self.seen[uid, port] = SeenTensor(numbers_of(value), edge)


class _Follower:
    """Follows one running function; a call is over when another line begins."""

    def __init__(
        self, tracer: ValueTracer, lines: Mapping[int, frozenset[str]], uids: frozenset[str], returns: frozenset[int]
    ) -> None:
        self._tracer, self._lines, self._uids, self._returns = tracer, lines, uids, returns
        self._running: tuple[str, ...] = ()
        self._is_returning = False

    def follow(self, frame: FrameType, event: str, arg: object) -> _Trace:
        if event == "line":
            running = self._calls_at(frame.f_lineno)
            if running != self._running:
                self._end(frame)
                self._running = running
            self._is_returning = frame.f_lineno in self._returns
        elif event == "return":
            if self._is_returning:
                for uid in self._running:
                    self._tracer.see_answer(uid, arg)
            else:
                self._end(frame)
        return self.follow

    def _end(self, frame: FrameType) -> None:
        for uid in self._running:
            self._tracer.see_variables(uid, frame.f_locals)

    def _calls_at(self, line: int) -> tuple[str, ...]:
        """The calls of a line: one, or several gradients of one number."""
        found = self._lines.get(line, frozenset()) & self._uids
        return tuple(uid for uid in sorted(found) if self._tracer.ports(uid))
