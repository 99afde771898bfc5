"""Repairs where the network answers: as many numbers a sample as the field and the loss ask for."""

from __future__ import annotations

from graph.edits import AddNode, Batch, Edit, SetParam
from graph.files import dump, parse
from graph.flow import TensorInfo
from graph.model import Network, Project, Wire
from graph.ops.catalog import Catalog
from graph.problems import Fix
from graph.remedies import insertion, width_source
from runtime.settings import Head


def end_fixes(catalog: Catalog, project: Project, head: Head, info: TensorInfo) -> tuple[Fix, ...]:
    """What makes the output of the trained network as wide as it must be: another width, or layers put in.

    The last layer is changed where its width is what arrives; else a Linear is put before the Output, behind a
    Flatten where more than a row of numbers arrives. Nothing is offered where numbers are not the trouble.
    """
    wanted = _wanted(head)
    network = project.main()
    wire = next(iter(network.wires_in(head.uid)), None)
    if not wanted or wire is None or info.dtype != "float32" or len(info.shape) < 2:
        return ()
    if len(info.shape) > 2:
        return _flat(catalog, project, wire, wanted)
    if info.shape[1] == wanted:
        return ()
    source = width_source(catalog, network, head.uid)
    if source is not None and source[0].params.get(source[1]) == info.shape[1]:
        node, param = source
        edit = SetParam(network=network.name, uid=node.uid, name=param, value=wanted)
        return (Fix(label=f"Set {param} of {node.name} to {wanted}", edit=edit),)
    return (Fix(label=_label("Insert Linear", wanted), edit=_linear(catalog, network, wire, wanted)),)


def _wanted(head: Head) -> int:
    """How many numbers a sample the Output must get; 0 where it is not a row of numbers."""
    if head.task == "classification":
        return len(head.field.classes)
    shape = head.field.shape
    return 1 if shape == () else shape[0] if len(shape) == 1 else 0


def _flat(catalog: Catalog, project: Project, wire: Wire, wanted: int) -> tuple[Fix, ...]:
    """A Flatten and behind it a Linear; the second is fitted to a copy of the drawing that has the first."""
    copy = parse(dump(project))
    network = copy.main()
    first = insertion(catalog, network, wire, catalog.op("Flatten"), {})
    first.apply(copy)
    added = [edit.node for edit in first.edits if isinstance(edit, AddNode)] if isinstance(first, Batch) else []
    below = Wire(added[0].uid, "output", wire.target, wire.target_port)
    second = _linear(catalog, network, below, wanted)
    return (Fix(label=_label("Insert Flatten and Linear", wanted), edit=Batch(edits=(first, second))),)


def _linear(catalog: Catalog, network: Network, wire: Wire, wanted: int) -> Edit:
    return insertion(catalog, network, wire, catalog.op("Linear"), {"out_features": wanted})


def _label(what: str, wanted: int) -> str:
    return f"{what} with {wanted} output{'' if wanted == 1 else 's'}"
