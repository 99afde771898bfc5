"""What is wrong with a drawing by its structure alone, and the one judge of whether a wire may be drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from graph.blocks import INDEX, REPEAT, WHEN, is_counted, node_settings, parameter_names
from graph.check_blocks import check_blocks
from graph.check_objectives import STEP_NAMES, check_objectives
from graph.check_python import check_python, python_fault
from graph.check_ties import check_ties
from graph.check_weights import check_weights
from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, RemoveNode, Rename, RenameNetwork, SetParam
from graph.expressions import ExpressionError, evaluate, expressions_in, is_expression, names_in, read
from graph.lower import class_name, live_nodes
from graph.mending import plain_name
from graph.model import BLOCK_PREFIX, CALL_PREFIX, PYTHON_PREFIX, Network, Node, Project, Wire, new_uid
from graph.names import fresh_name, problem_with_name
from graph.objectives import is_called
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, ParamSpec, PortSpec
from graph.problems import Fix, Problem
from graph.weight_settings import FROZEN

_NUMBER_ENDS: Final = ("Minimise", "LogValue")
"""What takes one number, which neither the data nor the answer of a network is."""


def can_connect(
    catalog: Catalog, network: Network, source: str, source_port: str, target: str, target_port: str
) -> str | None:
    """Why a wire may not be drawn, as a sentence, or None.

    An input port that already has a wire is allowed: the new wire replaces the old one.
    """
    if not network.has(source) or not network.has(target):
        return "One end of the wire is no longer in the drawing."
    giver, taker = network.node(source), network.node(target)
    giver_spec, taker_spec = catalog.ops.get(giver.op), catalog.ops.get(taker.op)
    for node, spec in ((giver, giver_spec), (taker, taker_spec)):
        if spec is None:
            return f"{node.name} is of a kind this version does not know ({node.op}), so it takes no wires."
    assert giver_spec is not None
    assert taker_spec is not None
    if giver_spec.output(source_port) is None:
        return f"{giver.name} gives nothing called {source_port}."
    if (switch := _switch_off(giver, giver_spec, source_port)) is not None:
        return f"{giver.name} gives this only while {switch.label!r} is on."
    if taker_spec.input(target_port) is None:
        return f"{taker.name} takes nothing called {target_port}."
    if source == target:
        return f"{giver.name} cannot feed itself."
    if network.reaches(target, source):
        return f"{giver.name} already depends on {taker.name}; this wire would run in a circle."
    return None


def check(catalog: Catalog, project: Project) -> tuple[Problem, ...]:
    """All problems of structure, errors first; a drawing without errors can be lowered once shapes are known."""
    found = [problem for name in sorted(project.networks) for problem in check_network(catalog, project.networks[name])]
    found += _class_names(project)
    found += check_blocks(catalog, project.networks)
    found += check_python(catalog, project)
    found += check_objectives(catalog, project)
    for name in sorted(project.networks):
        found += check_ties(catalog, project.networks, project.networks[name])
        found += check_weights(project.networks[name])
    if not project.has_main:
        found.append(Problem(code="no-network", message="This project has no network yet; add one."))
    return tuple(sorted(found, key=lambda problem: problem.severity != "error"))


def check_network(catalog: Catalog, network: Network) -> tuple[Problem, ...]:
    """The problems of structure of one network, in the order of its node names."""
    found = [*_ends(catalog, network), *_circle(network)]
    live = live_nodes(network)
    names = Counter(node.name for node in network.nodes())
    for node in network.nodes():
        found += _name(catalog, network, node, names)
        spec = catalog.ops.get(node.op)
        if spec is None:
            is_python = node.op.startswith(PYTHON_PREFIX)
            found.append((python_fault if is_python else _unknown_op)(catalog, network, node))
            continue
        found += _params(catalog, network, node, spec)
        found += _strange_ports(catalog, network, node, spec)
        if node.uid in live:
            found += _unwired(network, node, spec)
        elif spec.style != "input":
            if not network.wires_out(node.uid):
                found.append(_dead(network, node, live))
        elif not network.wires_out(node.uid):
            found.append(_unused_input(network, node))
    return tuple(found)


def _ends(catalog: Catalog, network: Network) -> Iterator[Problem]:
    styles = {catalog.ops[node.op].style for node in network.nodes() if node.op in catalog.ops}
    if network.objective is not None:
        return  # graph.check_objectives says what it ends in
    wanted = (
        ("input", "Input", f"{network.name} has no Input: place one and choose which part of the data enters there."),
        ("output", "Output", f"{network.name} has no Output: place one and wire the network's answer into it."),
    )
    holds_all = network.block is not None or is_called(catalog.networks(), network.name)  # a picture that is learned
    for style, op, sentence in wanted[1:] if holds_all else wanted:
        if style not in styles:
            yield Problem(
                code=f"no-{style}", message=sentence, network=network.name, fixes=_add_end(catalog, network, op)
            )


def _add_end(catalog: Catalog, network: Network, op: str) -> tuple[Fix, ...]:
    spec = catalog.ops.get(op)
    if spec is None:
        return ()
    name = fresh_name(spec.stem, taken=network.names(), reserved=catalog.reserved_names)
    places = [network.position(node.uid) for node in network.nodes()]
    x = sum(place[0] for place in places) / len(places) if places else 0.0
    y = 0.0
    if places:
        y = min(p[1] for p in places) - 78.0 if op == "Input" else max(p[1] for p in places) + 78.0
    node = Node(uid=new_uid(), op=op, name=name, params=dict(spec.initial))
    return (Fix(label=f"Add {op}", edit=AddNode(network=network.name, node=node, position=(round(x), y))),)


def _circle(network: Network) -> Iterator[Problem]:
    circle = network.circle()
    if not circle:
        return
    names = [network.node(uid).name for uid in circle]
    path = " → ".join([*names, names[0]])
    last, first = circle[-1], circle[0]
    wires = [wire for wire in network.wires_out(last) if wire.target == first]
    edits = tuple(Disconnect(network=network.name, wire=wire) for wire in wires)
    yield Problem(
        code="cycle",
        message=f"The wires run in a circle: {path}. A value cannot wait for itself; remove one of these wires.",
        network=network.name,
        node=first,
        fixes=(Fix(label=f"Remove the wire {names[-1]} → {names[0]}", edit=_together(edits)),),
    )


def _name(catalog: Catalog, network: Network, node: Node, names: Counter[str]) -> Iterator[Problem]:
    is_end = node.op in ("Input", "Output")
    reserved = catalog.reserved_names | (STEP_NAMES if network.objective is not None else frozenset())
    sentence = problem_with_name(node.name, reserved=reserved, is_argument=is_end)
    code = "bad-name"
    if sentence is None and names[node.name] > 1:
        sentence, code = f"Two nodes are called {node.name!r}; give one another name.", "duplicate-name"
    if sentence is None:
        return
    spec = catalog.ops.get(node.op)
    taken = network.names() | {node.name}
    name = fresh_name(spec.stem if spec else "node", taken=taken, reserved=reserved)
    edit = Rename(network=network.name, uid=node.uid, name=name)
    yield Problem(
        code=code,
        message=sentence,
        network=network.name,
        node=node.uid,
        fixes=(Fix(label=f"Rename to {name}", edit=edit),),
    )


def _unknown_op(catalog: Catalog, network: Network, node: Node) -> Problem:
    prefix = next((one for one in (CALL_PREFIX, BLOCK_PREFIX) if node.op.startswith(one)), "")
    if prefix:
        what = "network that could be called" if prefix == CALL_PREFIX else "block"
        sentence = f"this project has no {what} {node.op.removeprefix(prefix)!r} any more. Place another in its stead."
    else:
        near = catalog.suggest(node.op)
        hint = f" Did you mean {near}?" if near else " It may come from a newer version of Layerloom."
        sentence = f"there is no layer or function called {node.op!r}.{hint}"
    return Problem(
        code="unknown-op",
        message=f"{node.name}: {sentence}",
        network=network.name,
        node=node.uid,
    )


def _params(catalog: Catalog, network: Network, node: Node, spec: OpSpec) -> Iterator[Problem]:
    def problem(code: str, sentence: str, key: str, *fixes: Fix) -> Problem:
        return Problem(
            code=code,
            message=f"{node.name}: {sentence}",
            network=network.name,
            node=node.uid,
            key=key,
            fixes=fixes,
        )

    settings = node_settings(spec, node.params)
    for name in sorted(node.params):
        param = settings.get(name) or (None if name.startswith("@") else spec.param(name))
        unset = Fix(
            label=f"Unset {plain_name(spec, name)} of {node.name}",
            edit=SetParam(network=network.name, uid=node.uid, name=name, value=MISSING),
        )
        if param is None:
            yield problem("unknown-param", f"{spec.title} has no setting called {name!r}.", name, unset)
            continue
        sentence = value_problem(network, node, param)
        if sentence is not None:
            yield problem("bad-param", sentence, name, *([] if param.required else [unset]))
    for param in spec.params:
        if param.required and param.name not in node.params:
            value = spec.initial.get(param.name, MISSING)
            edit = SetParam(network=network.name, uid=node.uid, name=param.name, value=value)
            fix = (
                ()
                if value is MISSING
                else (Fix(label=f"Set {plain_name(spec, param.name)} of {node.name} to {value}", edit=edit),)
            )
            yield problem("missing-param", f"set {param.name}; {spec.title} cannot do without it.", param.name, *fix)
    if spec.style in ("input", "output") and network.block is None and not node.params.get("field"):
        if is_called(catalog.networks(), network.name):
            return
        is_given = spec.style == "input"
        by_step = network.objective is None and (len(catalog.networks()) > 1 or not is_given)
        does = "gives" if is_given else "judges"
        way = f", or call {network.name} in a training step, which {does} it" if by_step else ""
        yield problem("no-field", f"choose the part of the data that it stands for{way}.", "field")


def value_problem(network: Network, node: Node, param: ParamSpec) -> str | None:
    """What is wrong with the value of a param, or with its expression whatever the parameters of the block are."""
    known = parameter_names(network)
    value = node.params[param.name]
    if not is_expression(value) or node.op in ("Input", "Output"):
        return param.problem_with(value)
    here = {*known, INDEX} if is_counted(node) and param.name not in (REPEAT, WHEN, FROZEN) else set(known)
    try:
        for text in expressions_in(value):
            read(text)
        strange = sorted(names_in(value) - here)
        if strange:
            has = f"it has {', '.join(sorted(here))}" if here else "it has none; add one in the block's settings"
            return f"{param.name} speaks of {strange[0]!r}, which is no parameter of {network.name} ({has})."
        if not names_in(value):
            return None if param.name == WHEN else param.problem_with(evaluate(value, {}))
    except ExpressionError as problem:
        return f"{param.name}: {problem}"
    return None


def _switch_off(node: Node, spec: OpSpec, port: str) -> ParamSpec | None:
    """The setting that is off and keeps an output port from giving anything."""
    output = spec.output(port)
    is_off = output is not None and node.params.get(output.asked_by) is False
    return spec.param(output.asked_by) if output is not None and is_off else None


def _strange_ports(catalog: Catalog, network: Network, node: Node, spec: OpSpec) -> Iterator[Problem]:
    for wire in network.wires_in(node.uid):
        giver = network.node(wire.source)
        giver_spec = catalog.ops.get(giver.op)
        sentence = None
        if spec.input(wire.target_port) is None:
            sentence = f"{node.name} takes nothing called {wire.target_port!r}"
        elif giver_spec is not None and giver_spec.output(wire.source_port) is None:
            sentence = f"{giver.name} gives nothing called {wire.source_port!r}"
        if sentence is not None:
            edit = Disconnect(network=network.name, wire=wire)
            yield Problem(
                code="unknown-port",
                message=f"{sentence}; remove the wire from {giver.name} to {node.name}.",
                network=network.name,
                node=node.uid,
                port=wire.target_port,
                fixes=(Fix(label="Remove the wire", edit=edit),),
            )
        elif giver_spec is not None and (switch := _switch_off(giver, giver_spec, wire.source_port)) is not None:
            unset = SetParam(network=network.name, uid=giver.uid, name=switch.name, value=MISSING)
            yield Problem(
                code="port-off",
                message=f"{giver.name} gives {node.name} nothing while {switch.label!r} is off. Switch it on.",
                network=network.name,
                node=node.uid,
                port=wire.target_port,
                fixes=(Fix(label=f"Switch {switch.label!r} of {giver.name} on", edit=unset),),
            )


def _unwired(network: Network, node: Node, spec: OpSpec) -> Iterator[Problem]:
    wired = {wire.target_port for wire in network.wires_in(node.uid)}
    packed_wired = wired & set(spec.packed_inputs)
    for port in spec.inputs:
        if port.many:
            count = sum(name.startswith(f"{port.name}.") for name in wired)
            if count < (2 if spec.style == "operator" else 1):
                yield _unwired_many(network, node, port, count)
        elif port.name not in wired:
            partner = port.name in spec.packed_inputs and bool(packed_wired)
            if port.optional and not partner:
                continue
            why = f" It goes together with {', '.join(sorted(packed_wired))}." if partner else ""
            what = "it has" if len(spec.inputs) == 1 else f"{port.label or port.name} has"
            yield Problem(
                code="unwired",
                message=f"{node.name} is missing an input: {what} no wire.{why} Draw a wire into it.",
                network=network.name,
                node=node.uid,
                port=port.name,
                fixes=_feeds(network, node, port),
            )


def _unwired_many(network: Network, node: Node, port: PortSpec, count: int) -> Problem:
    sentence = "needs at least two inputs" if count else "has no inputs yet"
    return Problem(
        code="unwired",
        message=f"{node.name} {sentence}; draw wires into it.",
        network=network.name,
        node=node.uid,
        port=f"{port.name}.0",
    )


def _feeds(network: Network, node: Node, port: PortSpec) -> tuple[Fix, ...]:
    """The one node whose answer nobody uses yet, when there is exactly one that could feed this port."""
    loose = [
        other
        for other in network.nodes()
        if other.op != "Output" and not network.wires_out(other.uid) and not network.reaches(node.uid, other.uid)
    ]
    is_sample = len(loose) == 1 and loose[0].op.startswith(("Input", CALL_PREFIX))
    if len(loose) != 1 or port.optional or (node.op in _NUMBER_ENDS and is_sample):
        return ()
    wire = Wire(loose[0].uid, "output", node.uid, port.name)
    return (Fix(label=f"Wire {loose[0].name} to {node.name}", edit=Connect(network=network.name, wire=wire)),)


def _dead(network: Network, node: Node, live: Collection[str]) -> Problem:
    """The end of a branch that leads nowhere; the nodes before it are not blamed too."""
    branch, waiting = {node.uid}, [node.uid]
    while waiting:
        for wire in network.wires_in(waiting.pop()):
            before = wire.source
            is_only_for_it = all(out.target in branch for out in network.wires_out(before))
            if before not in live and before not in branch and is_only_for_it and network.node(before).op != "Input":
                branch.add(before)
                waiting.append(before)
    edits = tuple(RemoveNode(network=network.name, uid=uid) for uid in sorted(branch))
    label = f"Remove {node.name}" if len(branch) == 1 else f"Remove {node.name} and what leads to it"
    return Problem(
        code="dead",
        severity="warning",
        message=f"{node.name} leads to no Output, so it does nothing and is left out of the code.",
        network=network.name,
        node=node.uid,
        fixes=(Fix(label=label, edit=_together(edits)),),
    )


def _unused_input(network: Network, node: Node) -> Problem:
    others = [other for other in network.nodes() if other.op == node.op and other.uid != node.uid]
    fix = Fix(label=f"Remove {node.name}", edit=RemoveNode(network=network.name, uid=node.uid))
    return Problem(
        code="unused-input",
        severity="warning",
        message=f"Nothing uses {node.name}; draw a wire from it, or remove it.",
        network=network.name,
        node=node.uid,
        fixes=(fix,) if others else (),
    )


def _class_names(project: Project) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for name in sorted(project.networks):
        made = class_name(project.networks[name])
        if made not in taken:
            taken[made] = name
            continue
        number = 2
        while f"{name}_{number}" in project.networks:
            number += 1
        edit = RenameNetwork(name=name, new_name=f"{name}_{number}")
        yield Problem(
            code="duplicate-class",
            message=f"The networks {taken[made]!r} and {name!r} would both be the class {made}; rename one.",
            network=name,
            fixes=(Fix(label=f"Rename to {name}_{number}", edit=edit),),
        )


def _together(edits: Sequence[Edit]) -> Edit:
    return edits[0] if len(edits) == 1 else Batch(edits=tuple(edits))
