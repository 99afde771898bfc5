"""Edits of a drawn training step of the simple form, which keep its nodes and their places where they can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from graph.check_objectives import STEP_NAMES
from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, RemoveNode, SetParam
from graph.model import Network, Node, Position, Project, Wire, new_uid
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Missing, Value
from graph.simple_attack import Attack
from graph.simple_form import RATE, Simple, Term
from graph.simple_step import FUNCTIONS, NUMBERS, WORDS, Judged, Ready, apart
from graph.step_settings import PARTS, stale_settings

_ASIDE, _ABOVE = 200.0, 90.0


def redrawn(catalog: Catalog, project: Project, simple: Simple, judged: Sequence[Judged]) -> Batch:
    """The edit after which the drawing judges its Outputs so."""
    wanted = {one.uid: one for one in judged}
    hand = _Hand(catalog, project, simple.objective)
    for term in simple.terms:
        one = wanted.get(term.judged.uid, term.judged)
        entry = term.entry
        if one.answers != term.judged.answers:
            entry = hand.aim(term, one.answers)
        if one.ready != term.judged.ready or entry != term.entry:
            hand.make_ready(term, entry, one.ready)
        params, numbers = apart(catalog, one.loss, one.params)
        hand.give_numbers(term, numbers if one.loss == term.judged.loss else {})
        if one.loss != term.judged.loss:
            hand.exchange(term.loss, FUNCTIONS[one.loss], params)
            hand.give_numbers(replace(term, givers={}, entry=entry), numbers)
        before, _ = apart(catalog, term.judged.loss, term.judged.params)
        for name in sorted(params.keys() | before.keys()) if one.loss == term.judged.loss else ():
            value = params.get(name, MISSING)
            if repr(value) != repr(before.get(name, MISSING)):
                hand.do(SetParam(network=simple.objective, uid=term.loss, name=name, value=value))
        if one.weight != term.judged.weight:
            hand.weigh(term, one.weight)
    return Batch(edits=tuple(hand.edits))


def attacked_anew(catalog: Catalog, project: Project, simple: Simple, attack: Attack | None) -> Batch:
    """The edit after which the batch of the drawing is attacked so, or not at all."""
    hand = _Hand(catalog, project, simple.objective)
    name = project.main().name
    if simple.attack is None and attack is not None:
        hand.attack(simple.call, attack, attack.params(name))
    elif attack is None:
        hand.bridge(simple.attacker)
    elif simple.attack is not None and attack.op != simple.attack.op:
        hand.exchange(simple.attacker, attack.op, attack.params(name))
    else:
        for key, value in attack.settings.items():
            hand.do(SetParam(network=simple.objective, uid=simple.attacker, name=key, value=value))
    return Batch(edits=tuple(hand.edits))


def end_edits(project: Project, simple: Simple, key: str, value: Value | Missing) -> Iterator[Edit]:
    """The edits of the end for a training setting that the drawing says itself; none for any other."""
    end = project.networks[simple.objective].node(simple.end)
    part, _, rest = key.partition(".")
    name = ""
    if key == "clip.norm" and key in simple.said:
        name = "clip_norm"
    elif part in PARTS and not rest and key in simple.said:
        name = part
    elif part == "optimizer" and rest.endswith(".lr") and RATE in simple.said:
        name = RATE
    elif key in simple.said:
        name = f"{part}.{rest.partition('.')[2]}"
    if name:
        yield SetParam(network=simple.objective, uid=end.uid, name=name, value=value)
    if name in PARTS:
        for stale in stale_settings(end.params, name, value):
            yield SetParam(network=simple.objective, uid=end.uid, name=stale, value=MISSING)


class _Hand:
    """Changes a copy of the drawing step by step, and keeps the edits."""

    def __init__(self, catalog: Catalog, project: Project, name: str) -> None:
        self._catalog, self._name = catalog, name
        self._project = project.copy()
        self.edits: list[Edit] = []

    @property
    def _network(self) -> Network:
        return self._project.networks[self._name]

    def do(self, edit: Edit) -> None:
        """Make an edit."""
        edit.apply(self._project)
        self.edits.append(edit)

    def aim(self, term: Term, field: str) -> str:
        """The Input of a field: one that there is, that of the old target if nothing else takes it, or a new one."""
        nodes = [node for node in self._network.nodes() if node.op == "Input"]
        known = next((node.uid for node in nodes if node.params.get("field") == field), "")
        if not known and len(self._network.wires_out(term.entry)) == 1:
            self.do(SetParam(network=self._name, uid=term.entry, name="field", value=field))
            return term.entry
        x, y = self._network.position(term.entry)
        return known or self._add("Input", "target", (x + _ASIDE, y), {"field": field})

    def make_ready(self, term: Term, entry: str, ready: Sequence[Ready]) -> None:
        """Let the target of a loss come from an Input through other ops."""
        wire = self._network.wire_into(term.loss, "target")
        while wire is not None:
            self.do(Disconnect(network=self._name, wire=wire))
            giver = wire.source
            if giver == term.entry or self._network.wires_out(giver):
                break  # others take what it gives
            wire = next(iter(self._network.wires_in(giver)), None)
            if wire is not None:
                self.do(Disconnect(network=self._name, wire=wire))
            self.do(RemoveNode(network=self._name, uid=giver))
            if wire is None or wire.source == term.entry:
                break
            self.do(Connect(network=self._name, wire=Wire(wire.source, wire.source_port, term.loss, "target")))
            wire = self._network.wire_into(term.loss, "target")
        source = entry
        (x1, y1), (x2, y2) = self._network.position(entry), self._network.position(term.loss)
        for place, (op, params) in enumerate(ready, 1):
            share = place / (len(ready) + 1)
            at = (round(x1 + share * (x2 - x1)), round(y1 + share * (y2 - y1)))
            made = self._add(op, WORDS.get(op, "signs"), at, params)
            self._wire(source, "output", made)
            source = made
        self.do(Connect(network=self._name, wire=Wire(source, "output", term.loss, "target")))

    def give_numbers(self, term: Term, numbers: Mapping[str, Value]) -> None:
        """Let a loss take these numbers by its ports, in place of those that it takes."""
        for port, giver in term.givers.items():
            if port in numbers and len(self._network.wires_out(giver)) == 1:
                if repr(self._network.node(giver).params.get(NUMBERS)) != repr(numbers[port]):
                    self.do(SetParam(network=self._name, uid=giver, name=NUMBERS, value=numbers[port]))
                continue
            wire = self._network.wire_into(term.loss, port)
            if wire is not None:
                self.do(Disconnect(network=self._name, wire=wire))
            if not self._network.wires_out(giver):
                for before in self._network.wires_in(giver):
                    self.do(Disconnect(network=self._name, wire=before))
                self.do(RemoveNode(network=self._name, uid=giver))
        for port, value in numbers.items():
            if self._network.wire_into(term.loss, port) is None:
                x, y = self._network.position(term.loss)
                made = self._add(NUMBERS, port, (x + _ASIDE, y - _ABOVE), {NUMBERS: value})
                self._wire(term.entry, "output", made)
                self.do(Connect(network=self._name, wire=Wire(made, "output", term.loss, port)))

    def attack(self, call: str, attack: Attack, params: Mapping[str, Value]) -> None:
        """Put an attack before a call, where the field enters that it changes."""
        for wire in self._network.wires_in(call):
            entry = self._network.node(wire.source)
            if entry.op == "Input" and entry.params.get("field") == attack.field:
                (x1, y1), (x2, y2) = self._network.position(entry.uid), self._network.position(call)
                made = self._add(attack.op, "attacked", (round((x1 + x2) / 2), round((y1 + y2) / 2)), params)
                self.do(Disconnect(network=self._name, wire=wire))
                self._wire(entry.uid, wire.source_port, made)
                self.do(Connect(network=self._name, wire=Wire(made, "output", wire.target, wire.target_port)))

    def bridge(self, uid: str) -> None:
        """Take a node away, and hand on what it took in."""
        before = self._network.wire_into(uid, "input")
        behind = self._network.wires_out(uid)
        self.do(RemoveNode(network=self._name, uid=uid))
        if before is None:
            return
        for wire in behind:
            joined = Wire(before.source, before.source_port, wire.target, wire.target_port)
            self.do(Connect(network=self._name, wire=joined))

    def exchange(self, uid: str, op: str, params: Mapping[str, Value]) -> None:
        """Put another op in the place of a node, under its name and with its wires."""
        node, at = self._network.node(uid), self._network.position(uid)
        wires = (*self._network.wires_in(uid), *self._network.wires_out(uid))
        self.do(RemoveNode(network=self._name, uid=uid))
        self.do(AddNode(network=self._name, node=replace(node, op=op, params=dict(params)), position=at))
        for wire in wires:
            self.do(Connect(network=self._name, wire=wire))

    def weigh(self, term: Term, weight: float) -> None:
        """Let a loss count so much in the sum."""
        if term.weigher:
            self.do(SetParam(network=self._name, uid=term.weigher, name="other", value=weight))
            return
        (x, y), wires = self._network.position(term.loss), self._network.wires_out(term.loss)
        summed = next(wire for wire in wires if self._network.node(wire.target).op in ("add", "Minimise"))
        end = self._network.position(summed.target)
        made = self._add("mul_number", "weighed", (round((x + end[0]) / 2), round((y + end[1]) / 2)), {"other": weight})
        self.do(Disconnect(network=self._name, wire=summed))
        self._wire(term.loss, summed.source_port, made)
        self.do(Connect(network=self._name, wire=Wire(made, "output", summed.target, summed.target_port)))

    def _add(self, op: str, stem: str, at: Position, params: Mapping[str, Value]) -> str:
        name = fresh_name(stem, taken=self._network.names(), reserved=self._catalog.reserved_names | STEP_NAMES)
        node = Node(uid=new_uid(), op=op, name=name, params=dict(params))
        self.do(AddNode(network=self._name, node=node, position=at))
        return node.uid

    def _wire(self, source: str, out: str, target: str) -> None:
        port = self._catalog.op(self._network.node(target).op).inputs[0].name
        self.do(Connect(network=self._name, wire=Wire(source, out, target, port)))
