"""Doubts: what torch accepts but nobody means, said where it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graph.edits import Batch, Connect, Disconnect, Edit, RemoveNode, SetParam
from graph.fields import Field
from graph.flow import BATCH, TensorInfo
from graph.model import Network, Node, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from graph.problems import Fix, Problem
from graph.remedies import insertion, width_source

Ports = Mapping[tuple[str, str], TensorInfo]

_SOFTMAX = frozenset({"torch.nn.Softmax", "torch.softmax", "torch.nn.functional.softmax"})
_LOG_SOFTMAX = frozenset({"torch.nn.LogSoftmax", "torch.log_softmax", "torch.nn.functional.log_softmax"})
_SIGMOID = frozenset({"torch.nn.Sigmoid", "torch.sigmoid", "torch.nn.functional.sigmoid"})
_RELU = frozenset({"torch.nn.ReLU", "torch.relu", "torch.nn.functional.relu"})
_RAW_SCORES = frozenset({"CrossEntropyLoss", "MultiMarginLoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"})
_PER_CLASS = frozenset({"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"})


def doubts(
    catalog: Catalog,
    network: Network,
    order: Sequence[Node],
    incoming: Mapping[str, Sequence[Wire]],
    ports: Ports,
) -> tuple[Problem, ...]:
    """Warnings about single nodes; what follows from a warning is not warned about again.

    `order` is the network's topological order, `incoming` the wires into each node.
    """
    found: list[Problem] = []
    follows: set[str] = set()
    for node in order:
        spec = catalog.ops.get(node.op)
        wires = incoming.get(node.uid, ())
        if spec is None:
            continue
        if any(wire.source in follows for wire in wires):
            follows.add(node.uid)
            continue
        arrives = {w.target_port: ports[w.source, w.source_port] for w in wires if (w.source, w.source_port) in ports}
        problem = _doubt(catalog, network, node, spec, wires, arrives)
        if problem is not None:
            found.append(problem)
            follows.add(node.uid)
    return tuple(found)


def _doubt(
    catalog: Catalog,
    network: Network,
    node: Node,
    spec: OpSpec,
    wires: Sequence[Wire],
    arrives: Mapping[str, TensorInfo],
) -> Problem | None:
    info = arrives.get(wires[0].target_port) if wires else None
    if info is None:
        return None
    giver = network.node(wires[0].source).name
    if spec.target == "torch.nn.Linear" and len(info.shape) >= 4:
        flatten = catalog.ops.get("Flatten")
        fixes = (
            ()
            if flatten is None
            else (Fix(label="Insert Flatten", edit=insertion(catalog, network, wires[0], flatten, {})),)
        )
        sentence = (
            f"{node.name} gets an image from {giver} ({info.full_label()}) and would work on its last axis alone, "
            f"{info.shape[-1]} numbers at a time. Flatten it first."
        )
        return _warning(network, node, "image-into-linear", sentence, fixes)
    batch_first = spec.param("batch_first")
    reads_time_first = batch_first is not None and node.params.get("batch_first", batch_first.default) is False
    if reads_time_first and len(info.shape) == 3 and info.shape[0] == BATCH:
        edit = SetParam(network=network.name, uid=node.uid, name="batch_first", value=True)
        sentence = (
            f"{node.name} reads the first axis as time, but the samples come first ({giver} gives "
            f"{info.full_label()}). Switch batch_first on."
        )
        return _warning(network, node, "batch-first", sentence, (Fix(label="Switch batch_first on", edit=edit),))
    if spec.target in _SOFTMAX | _LOG_SOFTMAX and node.params.get("dim") == 0 and info.shape[0] == BATCH:
        edit = SetParam(network=network.name, uid=node.uid, name="dim", value=1)
        sentence = f"{node.name} compares the samples of a batch with each other (dim 0); the classes are in dim 1."
        return _warning(network, node, "softmax-over-batch", sentence, (Fix(label="Set dim to 1", edit=edit),))
    return None


def head_warnings(
    catalog: Catalog,
    network: Network,
    ports: Ports,
    fields: Mapping[str, Field],
    losses: Mapping[str, str],
) -> tuple[Problem, ...]:
    """What does not go together at the end of a network; `losses` says by uid which loss judges each Output."""
    found: list[Problem] = []
    for node in network.nodes():
        wires = network.wires_in(node.uid)
        if node.op != "Output" or len(wires) != 1 or node.uid not in losses:
            continue
        giver = network.node(wires[0].source)
        spec = catalog.ops.get(giver.op)
        info = ports.get((wires[0].source, wires[0].source_port))
        field = fields.get(str(node.params.get("field", "")))
        if spec is not None:
            found += _last_step(catalog, network, node, giver, spec, losses[node.uid])
        if info is not None and field is not None:
            found += _last_width(catalog, network, node, info, field, losses[node.uid])
    return tuple(found)


def _last_step(
    catalog: Catalog, network: Network, output: Node, giver: Node, spec: OpSpec, loss: str
) -> Iterator[Problem]:
    """The last activation against what the loss expects."""
    drop = _bridge(network, giver)
    if spec.target in _SOFTMAX and loss in ("CrossEntropyLoss", "NLLLoss"):
        if loss == "CrossEntropyLoss":
            sentence = (
                f"{giver.name} is a softmax, but {loss} takes the raw scores and does its own softmax; "
                "twice makes learning slow."
            )
        else:
            sentence = f"{loss} takes logarithms of probabilities; {giver.name} gives the probabilities themselves."
        yield _warning(network, giver, "softmax-before-loss", sentence, drop if loss == "CrossEntropyLoss" else ())
    elif spec.target in _SIGMOID and loss in _RAW_SCORES:
        sentence = (
            f"{giver.name} is a sigmoid, but {loss} takes the raw scores; without it learning is faster and safer."
        )
        yield _warning(network, giver, "sigmoid-before-loss", sentence, drop)
    elif spec.target in _RELU and loss in _RAW_SCORES | {"NLLLoss"}:
        sentence = f"{giver.name} cuts off negative numbers, but {loss} needs scores of both signs."
        yield _warning(network, giver, "relu-before-loss", sentence, drop)
    elif loss == "NLLLoss" and spec.target not in _LOG_SOFTMAX:
        sentence = (
            f"NLLLoss takes logarithms of probabilities: put a LogSoftmax before {output.name}, "
            "or choose CrossEntropyLoss."
        )
        yield _warning(
            network, output, "no-log-softmax", sentence, _insert(catalog, network, output, "LogSoftmax", dim=1)
        )
    elif loss == "BCELoss" and spec.target not in _SIGMOID | _SOFTMAX:
        sentence = (
            f"BCELoss takes numbers from 0 to 1: put a Sigmoid before {output.name}, or choose BCEWithLogitsLoss."
        )
        yield _warning(network, output, "no-sigmoid", sentence, _insert(catalog, network, output, "Sigmoid"))


def _insert(catalog: Catalog, network: Network, output: Node, op: str, **params: int) -> tuple[Fix, ...]:
    spec = catalog.ops.get(op)
    if spec is None:
        return ()
    edit = insertion(catalog, network, network.wires_in(output.uid)[0], spec, dict(params))
    return (Fix(label=f"Insert {op}", edit=edit),)


def _last_width(
    catalog: Catalog, network: Network, output: Node, info: TensorInfo, field: Field, loss: str
) -> Iterator[Problem]:
    """The number of answers against the number of classes."""
    count = len(field.classes)
    if field.kind != "class" or loss not in _PER_CLASS or count < 2 or len(info.shape) != 2:
        return
    width = info.shape[1]
    if width == count or not isinstance(width, int):
        return
    fixes: tuple[Fix, ...] = ()
    source = width_source(catalog, network, output.uid)
    if source is not None:
        node, param = source
        edit: Edit = SetParam(network=network.name, uid=node.uid, name=param, value=count)
        fixes = (Fix(label=f"Set {param} of {node.name} to {count}", edit=edit),)
    yield Problem(
        code="wrong-width",
        severity="error" if width < count else "warning",
        message=f"{output.name} gets {width} numbers a sample, but {field.name} has {count} classes; "
        f"{'the others could never be answered' if width < count else 'the rest would learn nothing'}.",
        network=network.name,
        node=output.uid,
        port="input",
        fixes=fixes,
    )


def _bridge(network: Network, node: Node) -> tuple[Fix, ...]:
    """Remove a node and join what it stood between."""
    wires = network.wires_in(node.uid)
    if len(wires) != 1:
        return ()
    joined = tuple(
        Connect(network=network.name, wire=Wire(wires[0].source, wires[0].source_port, out.target, out.target_port))
        for out in network.wires_out(node.uid)
    )
    cut = tuple(Disconnect(network=network.name, wire=out) for out in network.wires_out(node.uid))
    edits: tuple[Edit, ...] = (*cut, RemoveNode(network=network.name, uid=node.uid), *joined)
    return (Fix(label=f"Remove {node.name}", edit=Batch(edits=edits)),)


def _warning(network: Network, node: Node, code: str, message: str, fixes: tuple[Fix, ...] = ()) -> Problem:
    return Problem(code=code, severity="warning", message=message, network=network.name, node=node.uid, fixes=fixes)
