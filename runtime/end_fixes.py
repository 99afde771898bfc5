"""Repairs where the network answers: as many numbers a sample as the field and the loss ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping

from graph.edits import AddNode, Batch, Edit, SetParam
from graph.files import dump, parse
from graph.flow import TensorInfo
from graph.mending import insertion, plain_name, width_source
from graph.model import Network, Project, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.problems import Fix
from runtime.settings import Head

Layers = tuple[tuple[str, Mapping[str, Value]], ...]


def end_fixes(catalog: Catalog, project: Project, head: Head, info: TensorInfo) -> tuple[Fix, ...]:
    """What makes the output of the trained network as wide as it must be: another width, or layers put in.

    The last layer is changed where its width is what arrives; else a Linear is put before the Output, behind a
    Flatten where more than a row of numbers arrives. Nothing is offered where numbers are not the trouble.
    """
    wanted = _wanted(head)
    network = project.main()
    wire = next(iter(network.wires_in(head.uid)), None)
    if wire is None or info.dtype != "float32" or len(info.shape) < 2:
        return ()
    if head.task == "autoencoder":
        return _rebuilt(catalog, project, head, info, wire)
    if not wanted:
        return ()
    if len(info.shape) > 2:
        steps = _last_of_steps(catalog, project, wire, wanted) if info.kind == "sequence" else ()
        return (*steps, *_flat(catalog, project, wire, wanted))
    if info.shape[1] == wanted:
        return ()
    source = width_source(catalog, network, head.uid)
    if source is not None and source[0].params.get(source[1]) == info.shape[1]:
        node, param = source
        edit = SetParam(network=network.name, uid=node.uid, name=param, value=wanted)
        label = f"Set {plain_name(catalog.op(node.op), param)} of {node.name} to {wanted}"
        return (Fix(label=label, edit=edit),)
    inner = _in_block(catalog, project, wire, info.shape[1], wanted)
    if inner is not None:
        return (inner,)
    return (Fix(label=_label("Insert Linear", wanted), edit=_linear(catalog, network, wire, wanted)),)


def _in_block(catalog: Catalog, project: Project, wire: Wire, width: int | str, wanted: int) -> Fix | None:
    """Another width of the last layer of the block that answers, where nothing else stands for that block."""
    giver = project.main().node(wire.source)
    block = catalog.block(giver.op)
    uses = sum(node.op == giver.op for network in project.networks.values() for node in network.nodes())
    if block is None or uses != 1:
        return None
    end = next((node for node in block.nodes() if node.op == "Output" and node.name == wire.source_port), None)
    source = width_source(catalog, block, end.uid) if end is not None else None
    if source is None or source[0].params.get(source[1]) != width:
        return None
    node, param = source
    label = f"Set {plain_name(catalog.op(node.op), param)} of {node.name} in {giver.name} to {wanted}"
    return Fix(label=label, edit=SetParam(network=block.name, uid=node.uid, name=param, value=wanted))


def linear_fix(catalog: Catalog, project: Project, head: Head) -> tuple[Fix, ...]:
    """A Linear before the Output, as wide as its field asks for."""
    wanted = _wanted(head)
    wire = next(iter(project.main().wires_in(head.uid)), None)
    if not wanted or wire is None:
        return ()
    return (Fix(label=_label("Insert Linear", wanted), edit=_linear(catalog, project.main(), wire, wanted)),)


def _wanted(head: Head) -> int:
    """How many numbers a sample the Output must get; 0 where it is not a row of numbers."""
    if head.task == "classification":
        return len(head.field.classes)
    shape = head.field.shape
    return 1 if shape == () else shape[0] if len(shape) == 1 else 0


def _flat(catalog: Catalog, project: Project, wire: Wire, wanted: int) -> tuple[Fix, ...]:
    """A Flatten and behind it a Linear."""
    steps: Layers = (("Flatten", {}), ("Linear", {"out_features": wanted}))
    return (Fix(label=_label("Insert Flatten and Linear", wanted), edit=_inserted(catalog, project, wire, steps)),)


def _last_of_steps(catalog: Catalog, project: Project, wire: Wire, wanted: int) -> tuple[Fix, ...]:
    """The last step of a sequence, and behind it a Linear."""
    steps: Layers = (("select", {"dim": 1, "index": -1}), ("Linear", {"out_features": wanted}))
    return (
        Fix(
            label=_label("Take the last step and insert Linear", wanted), edit=_inserted(catalog, project, wire, steps)
        ),
    )


def _rebuilt(catalog: Catalog, project: Project, head: Head, info: TensorInfo, wire: Wire) -> tuple[Fix, ...]:
    """What an autoencoder answers, brought into the shape of what it was given."""
    shape = head.field.shape
    count = math.prod(shape)
    if not shape or count <= 0:
        return ()
    steps: Layers = ()
    words: list[str] = []
    if len(info.shape) > 2:
        steps, words = (("Flatten", {}),), ["Flatten"]
    inner = [size for size in info.shape[1:] if isinstance(size, int)]
    if len(inner) < len(info.shape) - 1 or math.prod(inner) != count:
        steps, words = (*steps, ("Linear", {"out_features": count})), [*words, "Linear"]
    if len(shape) > 1:
        steps, words = (*steps, ("Unflatten", {"dim": 1, "unflattened_size": shape})), [*words, "Unflatten"]
    source = width_source(catalog, project.main(), head.uid)
    fixes: list[Fix] = []
    if len(shape) == 1 and len(info.shape) == 2 and source is not None:
        node, param = source
        edit = SetParam(network=project.main().name, uid=node.uid, name=param, value=count)
        fixes.append(Fix(label=f"Set {plain_name(catalog.op(node.op), param)} of {node.name} to {count}", edit=edit))
    label = f"Insert {' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)}"
    fixes.append(Fix(label=label, edit=_inserted(catalog, project, wire, steps)))
    return tuple(fixes)


def _inserted(catalog: Catalog, project: Project, wire: Wire, layers: Layers) -> Edit:
    """Layers put into a wire one after another; each is fitted to a copy of the drawing that has those before."""
    copy = parse(dump(project))
    network = copy.main()
    edits: list[Edit] = []
    for op, params in layers:
        edit = insertion(catalog, network, wire, catalog.op(op), dict(params))
        edit.apply(copy)
        edits.append(edit)
        added = [part.node for part in edit.edits if isinstance(part, AddNode)] if isinstance(edit, Batch) else []
        wire = Wire(added[0].uid, "output", wire.target, wire.target_port)
    return edits[0] if len(edits) == 1 else Batch(edits=tuple(edits))


def _linear(catalog: Catalog, network: Network, wire: Wire, wanted: int) -> Edit:
    return insertion(catalog, network, wire, catalog.op("Linear"), {"out_features": wanted})


def _label(what: str, wanted: int) -> str:
    return f"{what} with {wanted} output{'' if wanted == 1 else 's'}"
