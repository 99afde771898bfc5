"""Reads a drawn training step back as settings, where it is of the form that settings describe."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from graph.lower import live_nodes
from graph.model import Network, Node, Project, Wire, call_key
from graph.objectives import MINIMISE, steps_of
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.simple_attack import Attack, read_attack
from graph.simple_step import COLUMN, DECIMAL, FUNCTIONS, NUMBERS, SIGNS, Judged, Ready
from graph.step_settings import PARTS, shown_params

RATE: Final = "lr"
"""By what word `Simple.said` tells a learning rate, of whatever optimizer."""
_LOSSES: Final = {function: loss for loss, function in FUNCTIONS.items()}
_USUAL: Final[Mapping[str, tuple[Value, ...]]] = {
    "weight": (1, 1.0),
    "every": (1,),
    "first_step": (0,),
    "last_step": (None,),
}
"""What a Minimise says when it says no more than the settings can."""
_UNSAID: Final[Mapping[str, tuple[Value, ...]]] = {
    "mode": ("auto", "train"),
    "frozen": (False,),
    "detached": (False,),
    "average": (0, 0.0),
}
"""The same of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One loss of the sum, by the uids of its nodes; `weigher` is empty where its weight is 1.

    `givers`: what gives it numbers, by the port into which they go.
    """

    judged: Judged
    entry: str
    loss: str
    weigher: str = ""
    givers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """A drawn training step of the simple form: the uids of its call and its end, and its losses by name of Output.

    `said` is what its end says of optimizer, rate and schedule, by the keys of the training settings. `attack`: how
    its batch is changed first, by the node of the uid `attacker`.
    """

    objective: str
    call: str
    end: str
    terms: tuple[Term, ...]
    said: Mapping[str, Value]
    attack: Attack | None = None
    attacker: str = ""

    @property
    def judged(self) -> tuple[Judged, ...]:
        """How each Output is judged."""
        return tuple(term.judged for term in self.terms)


def read_simple(catalog: Catalog, project: Project) -> Simple | None:
    """What a drawn training step comes to as settings; None where it says more than these can, or is unfinished.

    That is: a batch goes into one call of the main network, each of its answers into a loss of its own field, and
    their weighed sum is minimised. Names and places of nodes do not matter, nor does what is only told or looked at.
    """
    steps = steps_of(project)
    if len(steps) != 1 or not project.has_main or steps[0].circle():
        return None
    ends = [node for node in steps[0].nodes() if node.op == MINIMISE]
    if len(ends) != 1 or not _is_usual(ends[0], _USUAL):
        return None
    return _Reader(catalog, project, steps[0], ends[0]).read()


def settings_said(simple: Simple, optimizer: str) -> dict[str, Value]:
    """The training settings that the drawing says in the stead of those of the project, which choose that optimizer."""
    found = {key: value for key, value in simple.said.items() if key != RATE}
    if RATE in simple.said:
        found[f"optimizer.{simple.said.get('optimizer', optimizer)}.lr"] = simple.said[RATE]
    found |= simple.attack.said() if simple.attack is not None else {}
    for term in simple.terms:
        found |= _said_of(term.judged, len(simple.terms) == 1)
    return found


def judged_values(catalog: Catalog, project: Project, uid: str, losses: Collection[str]) -> Mapping[str, Value]:
    """The training settings by which an Output is judged: as it is drawn, where that is of the simple form.

    And where its loss is one of these.
    """
    simple = read_simple(catalog, project)
    one = next((one for one in simple.judged if one.uid == uid), None) if simple is not None else None
    if simple is None or one is None or one.loss not in losses:
        return project.training
    kept = {key: value for key, value in project.training.items() if not key.startswith(f"loss.{one.loss}.")}
    return kept | _said_of(one, len(simple.terms) == 1)


def _said_of(one: Judged, is_single: bool) -> dict[str, Value]:
    """What is drawn of one Output, by the keys of the settings."""
    own = f"head.{one.uid}."
    found: dict[str, Value] = {"loss": one.loss} if is_single else {f"{own}loss": one.loss, f"{own}weight": one.weight}
    return found | {f"loss.{one.loss}.{name}": value for name, value in one.params.items()}


def _is_usual(node: Node, usual: Mapping[str, tuple[Value, ...]]) -> bool:
    return all(node.params.get(key, values[0]) in values for key, values in usual.items())


class _Reader:
    """Follows the wires from the end of one objective to its batch."""

    def __init__(self, catalog: Catalog, project: Project, network: Network, end: Node) -> None:
        self._catalog, self._network, self._end = catalog, network, end
        self._main = project.main()
        self._live = live_nodes(network, frozenset({MINIMISE}))
        self._attacks: dict[str, Attack] = {}

    def read(self) -> Simple | None:
        networks = self._end.params.get("networks") or (self._main.name,)
        call = self._call()
        wire = self._into(self._end, "input")
        if networks != (self._main.name,) or call is None or wire is None:
            return None
        found = [self._term(uid, call) for uid in self._summed(wire.source)]
        terms = {term.judged.uid: term for term in found if term is not None}
        outputs = [node for node in self._main.nodes() if node.op == "Output"]
        if None in found or len(terms) != len(found) or terms.keys() != {node.uid for node in outputs}:
            return None
        said: dict[str, str] = {}
        for one in (term.judged for term in terms.values()):
            params = repr(sorted(one.params.items()))
            if said.setdefault(one.loss, params) != params:
                return None  # settings say the params of a loss once
        if len(terms) == 1 and found[0] is not None and found[0].weigher:
            return None  # settings weigh several losses only
        return Simple(
            objective=self._network.name,
            call=call.uid,
            end=self._end.uid,
            terms=tuple(terms[node.uid] for node in outputs),
            said=dict(self._said()),
            attack=next(iter(self._attacks.values()), None),
            attacker=next(iter(self._attacks), ""),
        )

    def _call(self) -> Node | None:
        """The one call of the main network, if all that enters is of the fields that it takes by itself."""
        calls = [node for node in map(self._network.node, self._live) if node.op == call_key(self._main.name)]
        if len(calls) != 1 or not _is_usual(calls[0], _UNSAID):
            return None
        for entry in (node for node in self._main.nodes() if node.op == "Input"):
            wire = self._into(calls[0], entry.name)
            giver = self._network.node(wire.source) if wire is not None else None
            attack = read_attack(self._network, giver, self._main.name) if giver is not None else None
            if attack is not None and giver is not None:
                self._attacks[giver.uid] = attack
                first = self._into(giver, "input")
                giver = self._network.node(first.source) if first is not None else None
            if giver is None or giver.op != "Input" or giver.params.get("field") != entry.params.get("field"):
                return None
        return calls[0] if len(self._attacks) <= 1 else None

    def _into(self, node: Node, port: str) -> Wire | None:
        return self._network.wire_into(node.uid, port)

    def _summed(self, uid: str) -> Iterator[str]:
        """The uids of what is added up."""
        node = self._network.node(uid)
        if node.op != "add" or node.params:
            yield uid
            return
        for wire in self._network.wires_in(uid):
            yield from self._summed(wire.source)

    def _term(self, uid: str, call: Node) -> Term | None:
        node, weigher, weight = self._network.node(uid), "", 1.0
        if node.op == "mul_number":
            said, wire = node.params.get("other"), self._into(node, "input")
            if isinstance(said, bool) or not isinstance(said, int | float) or wire is None:
                return None
            if not (math.isfinite(said) and said >= 0) or node.params.keys() != {"other"}:
                return None
            node, weigher, weight = self._network.node(wire.source), uid, float(said)
        loss = _LOSSES.get(node.op)
        wires = {wire.target_port: wire for wire in self._network.wires_in(node.uid)}
        if loss is None or not wires.keys() >= {"input", "target"} or wires["input"].source != call.uid:
            return None
        givers = {port: self._network.node(wires[port].source) for port in wires.keys() - {"input", "target"}}
        if any(one.op != NUMBERS or one.params.keys() != {NUMBERS} for one in givers.values()):
            return None
        known = {param.name for param in shown_params(self._catalog.losses[loss])}
        output = self._main.by_name(wires["input"].source_port)
        entry, ready = self._target(wires["target"])
        if not node.params.keys() <= known or output is None or entry is None:
            return None
        answers = str(entry.params.get("field", ""))
        if not answers or output.params.get("field") != answers:
            return None
        usual = {param.name: param.default for param in self._catalog.losses[loss].params}
        given = {**node.params, **{port: one.params[NUMBERS] for port, one in givers.items()}}
        params = {name: value for name, value in given.items() if repr(value) != repr(usual.get(name))}
        one = Judged(uid=output.uid, answers=answers, loss=loss, params=params, weight=weight, ready=ready)
        return Term(
            judged=one,
            entry=entry.uid,
            loss=node.uid,
            weigher=weigher,
            givers={port: giver.uid for port, giver in givers.items()},
        )

    def _target(self, wire: Wire) -> tuple[Node | None, tuple[Ready, ...]]:
        """The Input that a target comes from, and what makes it ready on the way."""
        ready: list[Ready] = []
        steps = (DECIMAL, COLUMN, *SIGNS)
        node = self._network.node(wire.source)
        while node.op != "Input":
            before = self._network.wires_in(node.uid)
            is_known = any((node.op, node.params) == step for step in steps) or node.op == "one_hot"
            if not is_known or len(before) != 1 or len(ready) > len(steps):
                return None, ()
            ready.insert(0, (node.op, dict(node.params)))
            node = self._network.node(before[0].source)
        return node, tuple(ready)

    def _said(self) -> Iterator[tuple[str, Value]]:
        """What the end says of how weights are adjusted, by the keys of the settings."""
        params = self._end.params
        for part in PARTS:
            if chosen := str(params.get(part, "")):
                yield part, chosen
                for name, value in params.items():
                    if name.startswith(f"{part}."):
                        yield f"{part}.{chosen}.{name.partition('.')[2]}", value
        if params.get("lr") is not None:
            yield RATE, params["lr"]
        if clip := params.get("clip_norm"):
            yield "clip.norm", clip
