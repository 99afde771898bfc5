"""Edits of a block's parameters; what speaks of them follows: expressions inside, and the nodes that stand for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graph.blocks import INDEX, block_spec
from graph.edits import Batch, Edit, SetBlock, SetParam
from graph.errors import EditError
from graph.expressions import SIGN, ExpressionError, is_expression, names_in, python_text
from graph.model import Block, Network, Node, Parameter, Project, block_key
from graph.names import problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Value


def parameter_problem(catalog: Catalog, network: Network, name: str, old: str = "") -> str | None:
    """Why a parameter cannot be called so, as a sentence, or None. `old` is what it is called now."""
    others = {one.name for one in _block(network).parameters} - {old}
    if name == INDEX:
        return f"{INDEX} is the number of the repeat; choose another name."
    if name in others:
        return f"There is already a parameter called {name!r}; choose another name."
    return problem_with_name(name, taken=network.names(), reserved=catalog.reserved_names, is_argument=True)


def with_parameter(network: Network, parameter: Parameter) -> Edit:
    """One more parameter, at the end; or another in the place of the one of its name."""
    block = _block(network)
    rows = [parameter if one.name == parameter.name else one for one in block.parameters]
    if parameter not in rows:
        rows.append(parameter)
    return SetBlock(network=network.name, block=replace(block, parameters=tuple(rows)))


def without_parameter(project: Project, network: Network, name: str) -> Edit:
    """The parameter taken away, with what the nodes that stand for the block say of it; EditError while it is used."""
    block = _block(network)
    users = sorted(node.name for node in network.nodes() if any(name in names_in(v) for v in node.params.values()))
    if users:
        shown = f"{', '.join(users[:3])}{' and more' if len(users) > 3 else ''}"
        raise EditError(f"{name} is still used by {shown}; change that first.")
    rows = tuple(one for one in block.parameters if one.name != name)
    edits: list[Edit] = [SetBlock(network=network.name, block=replace(block, parameters=rows))]
    edits += [
        SetParam(network=around.name, uid=node.uid, name=name, value=MISSING)
        for around, node in _uses(project, network)
        if name in node.params
    ]
    return Batch(edits=tuple(edits))


def renamed_parameter(project: Project, network: Network, old: str, new: str) -> Edit:
    """Another name of a parameter, in every expression of the block and in every node that stands for it."""
    block = _block(network)
    rows = tuple(replace(one, name=new) if one.name == old else one for one in block.parameters)
    edits: list[Edit] = [SetBlock(network=network.name, block=replace(block, parameters=rows))]
    for node in network.nodes():
        for key, value in node.params.items():
            if old in names_in(value):
                edits.append(SetParam(network=network.name, uid=node.uid, name=key, value=_renamed(value, old, new)))
    for around, node in _uses(project, network):
        if old in node.params:
            edits.append(SetParam(network=around.name, uid=node.uid, name=old, value=MISSING))
            edits.append(SetParam(network=around.name, uid=node.uid, name=new, value=node.params[old]))
    return Batch(edits=tuple(edits))


def default_problem(parameter: Parameter) -> str | None:
    """What is wrong with a parameter's default, or None."""
    if parameter.default is MISSING:
        return None
    twin = Network("block")
    twin.put_block(Block(parameters=(parameter,)))
    spec = block_spec(twin).param(parameter.name)
    return spec.problem_with(parameter.default) if spec is not None else None


def _block(network: Network) -> Block:
    if network.block is None:
        raise EditError(f"{network.name} is no block, so it has no parameters.")
    return network.block


def _uses(project: Project, network: Network) -> Iterator[tuple[Network, Node]]:
    key = block_key(network.name)
    for around in project.networks.values():
        for node in around.nodes():
            if node.op == key:
                yield around, node


def _renamed(value: Value, old: str, new: str) -> Value:
    if isinstance(value, tuple):
        return tuple(_renamed(item, old, new) for item in value)
    if not isinstance(value, str) or not is_expression(value):
        return value
    try:
        return SIGN + python_text(value, {old: new})
    except ExpressionError:
        return value
