"""The heads of a network: the last layers before its Outputs, which another task replaces while the rest is kept."""

from __future__ import annotations

from collections.abc import Sequence

from graph.edits import Batch, Edit, SetParam
from graph.ends import answer_width
from graph.errors import EditError
from graph.fields import Field
from graph.mending import width_source
from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec
from graph.weight_settings import ANEW, FROZEN, may_learn


def head_nodes(catalog: Catalog, network: Network) -> frozenset[str]:
    """The uids of the last layers with weights before each Output, and of what normalises behind them."""
    found: set[str] = set()
    waiting = [node.uid for node in network.nodes() if node.op == "Output"]
    seen: set[str] = set()
    while waiting:
        for wire in network.wires_in(waiting.pop()):
            node = network.node(wire.source)
            spec = catalog.ops.get(node.op)
            if node.uid in seen:
                continue
            seen.add(node.uid)
            if spec is not None and may_learn(spec):
                found.add(node.uid)
                if spec.group != "Normalisation" and spec.key != "PReLU":
                    continue
            waiting.append(node.uid)
    return frozenset(found)


def fitted(catalog: Catalog, network: Network, fields: Sequence[Field]) -> Edit:
    """The edit that gives each head as many outputs as its Output's field has classes, and lets it begin anew.

    EditError says why there is none.
    """
    edits: list[Edit] = []
    reason = f"{network.name} has no Output, so it has no head."
    for output in network.nodes():
        if output.op != "Output":
            continue
        width = answer_width(network, output.uid, fields)
        source = width_source(catalog, network, output.uid)
        if not width:
            reason = f"How many classes {output.name} answers is not known. Choose data first."
        elif source is None:
            reason = f"What reaches {output.name} does not come from one layer. Set its width there."
        else:
            edits += _edits(catalog.ops.get(source[0].op), network, *source, width)
    if not edits:
        raise EditError(reason)
    return Batch(edits=tuple(edits))


def _edits(spec: OpSpec | None, network: Network, node: Node, param: str, width: int) -> list[Edit]:
    name = network.name
    edits: list[Edit] = [SetParam(network=name, uid=node.uid, name=param, value=width)]
    if spec is not None and may_learn(spec):
        edits.append(SetParam(network=name, uid=node.uid, name=ANEW, value=True))
        if node.params.get(FROZEN) is not None:
            edits.append(SetParam(network=name, uid=node.uid, name=FROZEN, value=MISSING))
    return edits
