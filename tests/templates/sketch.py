"""Drawings as text: nodes by name, wires as chains, a note that says what it is."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from graph.blocks import catalog_of
from graph.layout import arrange, node_size
from graph.model import Block, Network, Node, Note, Parameter, Project, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, AutoRule, Missing, OpSpec, Value

_NOTE_WIDTH = 300.0
_NOTE_GAP = 60.0
_LINE = 20.0
_LETTERS = 42
_SETTINGS = ("when", "repeat", "shared", "prefix", "first", "tie", "norm", "init")

Part = tuple[str, dict[str, Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A network before its ports are known."""

    name: str
    parts: Mapping[str, Part]
    chains: tuple[str, ...]
    note: str
    block: Block | None


def part(op: str, **params: Value) -> Part:
    """A node: its op and what is set; the settings of nodes are written without their @."""
    return op, {f"@{name}" if name.partition(".")[0] in _SETTINGS else name: value for name, value in params.items()}


def use(block: str, **params: Value) -> Part:
    """A node that stands for a block."""
    return part(f"block:{block}", **params)


def source(field: str = "", *shape: int, kind: str = "") -> Part:
    """An Input; one that takes data says which, and for what shape of a sample it is drawn (-1: any length)."""
    said: dict[str, Value] = {"field": field} if field else {}
    return part("Input", **said | ({"shape": shape} if shape else {}) | ({"kind": kind} if kind else {}))


def answer(field: str = "") -> Part:
    return part("Output", field=field) if field else part("Output")


def parameter(name: str, doc: str = "", default: Value | Missing = MISSING) -> Parameter:
    """A parameter of a block; its type follows from its default, and is a whole number without one."""
    kinds = {bool: "bool", float: "float", str: "str", tuple: "ints"}
    return Parameter(name=name, type=kinds.get(type(default), "int"), default=default, doc=doc)  # type: ignore[arg-type]


def arriving(name: str, doc: str, port: str = "input", axis: int = 1) -> Parameter:
    """A parameter of a block that follows a size of what arrives, by default the channels."""
    return Parameter(name=name, doc=doc, auto=AutoRule(port=port, axis=axis))


def network(name: str, parts: Mapping[str, Part], *chains: str, note: str) -> Sketch:
    """A network that takes data. A chain is "a > b.port > c": from output to input, by default the next free one."""
    return Sketch(name=name, parts=parts, chains=chains, note=note, block=None)


def block(name: str, parts: Mapping[str, Part], *chains: str, note: str, takes: tuple[Parameter, ...] = ()) -> Sketch:
    """A block that becomes a class; without an Input or Output called otherwise it has `input` and `output`."""
    ends = {} if any(op == "Input" for op, _ in parts.values()) else {"input": source()}
    outs = {} if any(op == "Output" for op, _ in parts.values()) else {"output": answer()}
    return Sketch(name=name, parts={**ends, **parts, **outs}, chains=chains, note=note, block=Block(parameters=takes))


def sequence(name: str, parts: Mapping[str, Part], *, note: str, takes: tuple[Parameter, ...] = ()) -> Sketch:
    """A block that becomes an nn.Sequential: its parts follow one another as they are named."""
    return Sketch(
        name=name,
        parts={"input": source(), **parts, "output": answer()},
        chains=(" > ".join(["input", *parts, "output"]),),
        note=note,
        block=Block(form="sequence", parameters=takes),
    )


def numbered(*parts: Part) -> dict[str, Part]:
    """Parts with names made from their ops: conv1, relu1, conv2, ..."""
    counts: dict[str, int] = {}
    found = {}
    for one in parts:
        stem = one[0].removeprefix("block:").rstrip("123d").lower()
        stem = {"batchnorm": "norm", "convtranspose": "conv", "maxpool": "pool", "avgpool": "pool"}.get(stem, stem)
        counts[stem] = counts.get(stem, 0) + 1
        found[f"{stem}{counts[stem]}"] = one
    return found


def project(catalog: Catalog, *sketches: Sketch, main: str = "") -> Project:
    """A project of these networks, laid out, with their notes beside them."""
    made = Project(networks={one.name: Network(one.name) for one in sketches})
    if main:
        made.view["main"] = main
    for one in sketches:
        made.networks[one.name].put_block(one.block)
        for name, (op, params) in one.parts.items():
            made.networks[one.name].put_node(Node(uid=_uid(one.name, name), op=op, name=name, params=params))
    known = catalog_of(catalog, made)
    for one in sketches:
        target = made.networks[one.name]
        for chain in one.chains:
            for giver, taker in itertools.pairwise(chain.split(" > ")):
                target.put_wire(_wire(known, target, one.name, giver, taker))
    for one in sketches:
        target = made.networks[one.name]
        for uid, place in arrange(known, target).items():
            target.place(uid, place)
        target.put_note(_note(known, target, one.note))
    return made


def _uid(network_name: str, name: str) -> str:
    return hashlib.sha256(f"{network_name}/{name}".encode()).hexdigest()[:10]


def _wire(catalog: Catalog, target: Network, name: str, giver: str, taker: str) -> Wire:
    source_name, _, source_port = giver.partition(".")
    target_name, _, target_port = taker.partition(".")
    start, end = target.node(_uid(name, source_name)), target.node(_uid(name, target_name))
    port = source_port or catalog.op(start.op).outputs[0].name
    return Wire(start.uid, port, end.uid, target_port or _free_port(catalog.op(end.op), target, end))


def _free_port(spec: OpSpec, target: Network, node: Node) -> str:
    for port in spec.inputs:
        names = (f"{port.name}.{at}" for at in range(64)) if port.many else (port.name,)
        for name in names:
            if target.wire_into(node.uid, name) is None:
                return name
    raise AssertionError(f"{node.name} has no free input")


def _note(catalog: Catalog, target: Network, text: str) -> Note:
    lines = sum(1 + len(line) // _LETTERS for line in text.split("\n"))
    halves = [node_size(catalog.ops.get(node.op))[0] / 2 for node in target.nodes()]
    lefts = [target.position(node.uid)[0] - half for node, half in zip(target.nodes(), halves, strict=True)]
    top = min(target.position(node.uid)[1] for node in target.nodes()) - 28.0
    at = (min(lefts) - _NOTE_GAP - _NOTE_WIDTH, top, _NOTE_WIDTH, 24.0 + _LINE * lines)
    return Note(uid=_uid(target.name, "note"), text=text, at=at)
