"""Some nodes as lines of PyTorch, to be pasted into an editor: how each layer is built, and how data goes through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from graph.calls import assigned, emit_call
from graph.construct import emit_member
from graph.errors import DrawingError
from graph.gradients import as_one, line_by_line
from graph.lower import lower
from graph.model import Network, Node, Wire
from graph.names import fresh_name, problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.pretty import render
from graph.ties import untied_without
from graph.weights_code import weight_lines

_LINES = 400


def snippet(catalog: Catalog, network: Network, uids: Collection[str], autos: Mapping[str, Mapping[str, Value]]) -> str:
    """The lines of `__init__` and of `forward` for some nodes, after the functions that torch does not have.

    No text when none of them stands for a line.

    `autos` are the params that shape inference found; while one is not known, the text is a comment that says so.
    What comes from outside of the nodes is called by the name of the node that gives it.
    """
    nodes = [node for node in network.nodes() if node.uid in uids and node.op in catalog.ops][:_LINES]
    part = _closed(catalog, network, [node for node in nodes if node.op not in ("Input", "Output")])
    if part is None:
        return ""
    try:
        program = lower(catalog, part, autos)
    except DrawingError as error:
        return f"# {' '.join(str(error).split())}\n"
    held = dict.fromkeys(call.spec.definition for call in program.calls if call.spec.definition)
    texts = [text.rstrip("\n") + "\n\n" for text in held]
    lines = [render(*emit_member(call), 0) for call in program.members]
    lines += [line for line, _ in weight_lines(program.members, 0)]
    if lines:
        lines.append("")
    lines += [
        assigned(call.target, emit_call(call), 0)
        for call in map(as_one, line_by_line(program.calls))
        if call.spec.style != "value"
    ]
    return "\n".join([*texts, *lines]) + "\n" if program.calls else ""


def _closed(catalog: Catalog, network: Network, nodes: list[Node]) -> Network | None:
    """A network of these nodes alone: Inputs where data come from outside, Outputs where nothing takes them."""
    if not nodes:
        return None
    part = Network(network.name)
    names = {node.name for node in nodes}
    for node in nodes:
        part.put_node(untied_without(node, names))
    inner = [wire for wire in network.wires() if part.has(wire.source) and part.has(wire.target)]
    outer = [wire for wire in network.wires() if not part.has(wire.source) and part.has(wire.target)]
    for wire in inner:
        part.put_wire(wire)
    for wire in outer:
        _give(catalog, part, wire, network.node(wire.source).name)
    for node, port in list(_open_inputs(catalog, part)):
        _give(catalog, part, Wire("", "output", node.uid, port), "x")
    taken = {wire.source for wire in inner}
    for node in nodes:
        spec = catalog.op(node.op)
        if node.uid not in taken and spec.outputs:
            answer = _put(catalog, part, "Output", f"{node.name}_out")
            part.put_wire(Wire(node.uid, spec.outputs[0].name, answer.uid, catalog.op("Output").inputs[0].name))
    return part


def _give(catalog: Catalog, part: Network, wire: Wire, stem: str) -> None:
    """An Input in place of the node that a wire comes from; the same one for the same port."""
    uid = f"{wire.source}.{wire.source_port}.{wire.target if not wire.source else ''}"
    if not part.has(uid):
        _put(catalog, part, "Input", stem, uid)
    part.put_wire(Wire(uid, "output", wire.target, wire.target_port))


def _put(catalog: Catalog, part: Network, op: str, stem: str, uid: str = "") -> Node:
    taken, reserved = part.names(), catalog.reserved_names
    is_free = problem_with_name(stem, taken=taken, reserved=reserved, is_argument=True) is None
    name = stem if is_free else fresh_name(stem, taken=taken, reserved=reserved)
    node = Node(uid=uid or f"out {name}", op=op, name=name, params={"field": name})
    part.put_node(node)
    return node


def _open_inputs(catalog: Catalog, part: Network) -> Iterator[tuple[Node, str]]:
    """The ports that want a wire and have none."""
    for node in part.nodes():
        spec = catalog.ops.get(node.op)
        wired = {wire.target_port for wire in part.wires_in(node.uid)}
        for port in spec.inputs if spec is not None else ():
            if port.optional or port.name in wired:
                continue
            if not port.many:
                yield node, port.name
            else:
                yield from ((node, f"{port.name}.{at}") for at in range(2) if not wired)
