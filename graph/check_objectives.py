"""What is wrong with the drawings of a training step: where they end, what they call, and what could learn nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from graph.attack_code import ATTACKS
from graph.check_attacks import attack_problems
from graph.check_learning import learned_targets, learners
from graph.edits import AddNode, RemoveNode, Rename, RenameNetwork, SetParam
from graph.model import Network, Node, Project, new_uid
from graph.names import fresh_name, listed
from graph.objective_code import function_name
from graph.objectives import (
    ASKING,
    LOG,
    MINIMISE,
    calls_of,
    is_shown_only,
    is_steady,
    is_trainable_in,
    minimised,
    only_shown,
    steps_of,
    trained_names,
)
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec
from graph.problems import Fix, Problem
from graph.weight_settings import may_learn

STEP_NAMES: Final = frozenset(
    {
        "nets",
        "batch",
        "step",
        "torch",
        "nn",
        "F",
        "Tensor",
        "answer_of",
        "drawn_by_denoising",
        "misled_by_fgsm",
        "misled_by_pgd",
        "ramp",
        "set_weights",
        "math",
        "copy",
    }
)
"""What no node of an objective may be called, because its function says something else by these words."""
_GAP = 78.0


def check_objectives(catalog: Catalog, project: Project) -> Iterator[Problem]:
    """The problems of structure of all drawings of the training step, and of their nodes elsewhere."""
    for name in sorted(project.networks):
        network = project.networks[name]
        if network.objective is None:
            yield from _misplaced(catalog, network)
        else:
            yield from _end(network)
            yield from _nodes(catalog, project, network)
            yield from learners(catalog, project, network)
            yield from learned_targets(catalog, network)
            yield from _attacks_in_training(catalog, network)
            yield from attack_problems(network)
    yield from _untrained(project)
    yield from _twice(project)
    yield from _called_alike(catalog, project)
    yield from _told_alike(project)


def _misplaced(catalog: Catalog, network: Network) -> Iterator[Problem]:
    for node in network.nodes():
        spec = catalog.ops.get(node.op)
        if spec is not None and spec.style in ("call", "end", "step"):
            yield Problem(
                code="only-in-objective",
                message=f"{node.name} ({spec.title}) belongs in the drawing of a training step, and {network.name} is "
                "a network. Move it there.",
                network=network.name,
                node=node.uid,
                fixes=_remove(network, node),
            )


def _remove(network: Network, node: Node) -> tuple[Fix, ...]:
    if network.wires_in(node.uid) or network.wires_out(node.uid):
        return ()
    return (Fix(label=f"Remove {node.name}", edit=RemoveNode(network=network.name, uid=node.uid)),)


def _end(network: Network) -> Iterator[Problem]:
    ends = [node for node in network.nodes() if node.op == MINIMISE]
    if not ends and not is_shown_only(network):
        name = fresh_name("loss", taken=network.names(), reserved=STEP_NAMES)
        places = [network.position(node.uid) for node in network.nodes()] or [(0.0, 0.0)]
        place = (round(sum(x for x, _ in places) / len(places)), max(y for _, y in places) + _GAP)
        node = Node(uid=new_uid(), op=MINIMISE, name=name)
        yield Problem(
            code="no-minimise",
            message=f"{network.name} says nothing to make smaller: place Minimise and wire a number into it.",
            network=network.name,
            fixes=(Fix(label="Add Minimise", edit=AddNode(network=network.name, node=node, position=place)),),
        )
    for node in ends[:1]:
        yield from _never(network, node)
    for node in ends[1:]:
        yield Problem(
            code="two-minimise",
            message=f"{network.name} makes {ends[0].name} smaller already. Add the two numbers, or draw {node.name} in "
            "an objective of its own.",
            network=network.name,
            node=node.uid,
        )


def _never(network: Network, end: Node) -> Iterator[Problem]:
    """An end that is over before it begins."""
    first, last = end.params.get("first_step", 0), end.params.get("last_step")
    if isinstance(first, int) and isinstance(last, int) and first > last:
        edit = SetParam(network=network.name, uid=end.uid, name="last_step", value=MISSING)
        yield Problem(
            code="never-runs",
            message=f"{end.name} would run from step {first} to step {last}, which is never. Choose a later last step.",
            network=network.name,
            node=end.uid,
            key="last_step",
            fixes=(Fix(label=f"Run {end.name} from step {first} to the end", edit=edit),),
        )


def _nodes(catalog: Catalog, project: Project, network: Network) -> Iterator[Problem]:
    for node in network.nodes():
        spec = catalog.ops.get(node.op)
        yield from _conditions(network, node)
        if node.op == "Output":
            yield Problem(
                code="output-in-objective",
                message=f"{node.name}: a training step ends in Minimise, Log or Show, not in an Output. Put one there.",
                network=network.name,
                node=node.uid,
                fixes=_remove(network, node),
            )
        elif spec is not None and _keeps_something(spec):
            yield Problem(
                code="weights-in-objective",
                message=f"{node.name} ({spec.title}) cannot stand in a training step, which holds no weights "
                "and no Python of your own. Put it into a network and call that.",
                network=network.name,
                node=node.uid,
            )
        elif node.op in ASKING:
            yield from _asked(project, network, node)


def _asked(project: Project, network: Network, node: Node) -> Iterator[Problem]:
    """A network that a node names and that is not there, or takes other than what it would be given."""
    asked, is_attack = str(node.params.get("network", "")), node.op in ATTACKS
    does, offer = ("attacks", "Attack") if is_attack else ("draws by", "Draw by")
    names = sorted(name for name in project.networks if project.networks[name].is_trainable)
    if not is_trainable_in(project, asked):
        message = f"{node.name} {does} {asked!r}, which is no network of this project. Choose one."
    elif not is_attack and _count(project, asked, "Input") != 2:
        names = [name for name in names if _count(project, name, "Input") == 2]
        message = (
            f"{node.name} gives a network noised samples and their times, so it needs one with two Inputs, in this "
            f"order; {asked} has {_count(project, asked, 'Input')}. Choose another."
        )
    elif any(_count(project, asked, end) != 1 for end in (("Input", "Output") if is_attack else ("Output",))):
        names = [name for name in names if _count(project, name, "Input") == _count(project, name, "Output") == 1]
        names = names if is_attack else []
        counts = {end: _count(project, asked, end) for end in ("Input", "Output")}
        ends = " and ".join(f"{count} {end}{'' if count == 1 else 's'}" for end, count in counts.items())
        wants = "one Input and one Output" if is_attack else "one Output"
        message = f"{node.name} needs a network with {wants}; {asked} has {ends}. Choose another."
    else:
        return
    yield Problem(
        code="no-such-network",
        message=message,
        network=network.name,
        node=node.uid,
        key="network",
        fixes=tuple(_set(network, node, "network", name, f"{offer} {name}") for name in names[:4]),
    )


def _count(project: Project, name: str, end: str) -> int:
    return sum(node.op == end for node in project.networks[name].nodes())


def _keeps_something(spec: OpSpec) -> bool:
    """Whether an op is more than a function of what arrives, which is all that a step may hold."""
    return spec.own or spec.style in ("block", "value") or (spec.style == "module" and may_learn(spec))


def _conditions(network: Network, node: Node) -> Iterator[Problem]:
    """Settings of nodes of networks, which a function has no use for: a condition, a norm, a start of weights."""
    for key in sorted(name for name in node.params if name.startswith("@")):
        edit = SetParam(network=network.name, uid=node.uid, name=key, value=MISSING)
        yield Problem(
            code="setting-in-objective",
            message=f"{node.name}: {key.removeprefix('@')} is for the nodes of networks; in a training step it says "
            "nothing. Unset it.",
            network=network.name,
            node=node.uid,
            key=key,
            fixes=(Fix(label=f"Unset {key.removeprefix('@')} of {node.name}", edit=edit),),
        )


def _set(network: Network, node: Node, key: str, value: str | tuple[str, ...] | bool, label: str) -> Fix:
    return Fix(label=label, edit=SetParam(network=network.name, uid=node.uid, name=key, value=value))


def _untrained(project: Project) -> Iterator[Problem]:
    """Calls of other networks than the one that trains, where drawings only show and the settings say what trains."""
    if steps_of(project) or not project.has_main:
        return
    main = project.main().name
    for objective in project.objectives():
        for node, name in calls_of(objective):
            if name != main and is_trainable_in(project, name):
                yield Problem(
                    code="untrained-shown",
                    message=f"{node.name} calls {name}, but the training settings train {main} alone. Call {main}, or "
                    f"draw a training step for {name}.",
                    network=objective.name,
                    node=node.uid,
                )


def _twice(project: Project) -> Iterator[Problem]:
    """Objectives that adjust one network without both of them saying so."""
    trainers: dict[str, list[Network]] = {}
    for objective in steps_of(project):
        for name in trained_names(objective) if minimised(objective) is not None else ():
            trainers.setdefault(name, []).append(objective)
    for name in sorted(trainers):
        for objective in trainers[name] if len(trainers[name]) > 1 else ():
            end = minimised(objective)
            if end is None or end.params.get("networks"):
                continue
            others = [one.name for one in trainers[name] if one is not objective]
            all_of = listed([objective.name, *others]) + (" both" if len(others) == 1 else " all")
            names = trained_names(objective)
            without = tuple(one for one in names if one != name)
            fixes = [_set(objective, end, "networks", names, f"Say that it trains {listed(names)}")]
            fixes += [_set(objective, end, "networks", without, f"Train {listed(without)} alone")] if without else []
            yield Problem(
                code="trained-twice",
                message=f"{all_of} adjust {name}. If that is meant, name it in {end.name}; "
                "else name the others alone.",
                network=objective.name,
                node=end.uid,
                key="networks",
                fixes=tuple(fixes),
            )


def _called_alike(catalog: Catalog, project: Project) -> Iterator[Problem]:
    """Objectives whose function would be called as one that a node calls: `focal` and `focal_loss`."""
    specs = (catalog.ops.get(node.op) for one in project.objectives() for node in one.nodes())
    called = {spec.target: spec.title for spec in specs if spec is not None and spec.definition}
    for objective in project.objectives():
        name = function_name(objective.name)
        if name in called:
            new = fresh_name("step", taken=set(project.networks))
            yield Problem(
                code="python-name",
                message=f"{objective.name} becomes the function {name} in the code, and so does {called[name]}. "
                "Give the training step another name.",
                network=objective.name,
                fixes=(Fix(label=f"Rename to {new}", edit=RenameNetwork(name=objective.name, new_name=new)),),
            )


def _told_alike(project: Project) -> Iterator[Problem]:
    """Numbers that each step would tell by one name: of nodes that log, of objectives, and the loss."""
    steps = steps_of(project)
    told = {"loss": "the loss itself"}
    for objective in steps if len(steps) > 1 else ():
        if objective.name in told:
            new = fresh_name("step", taken=set(project.networks))
            yield Problem(
                code="told-alike",
                message=f"The objective {objective.name} would be told as the sum of all is. Rename it.",
                network=objective.name,
                fixes=(Fix(label=f"Rename to {new}", edit=RenameNetwork(name=objective.name, new_name=new)),),
            )
        told[objective.name] = f"the objective {objective.name}"
    for objective in steps:
        for node in (one for one in objective.nodes() if one.op == LOG):
            if node.name in told:
                new = fresh_name(f"{node.name}_value", taken={*objective.names(), *told}, reserved=STEP_NAMES)
                yield Problem(
                    code="told-alike",
                    message=f"{node.name} logs a number by the name that {told[node.name]} has. Rename it.",
                    network=objective.name,
                    node=node.uid,
                    fixes=(Fix(label=f"Rename to {new}", edit=Rename(network=objective.name, uid=node.uid, name=new)),),
                )
            told.setdefault(node.name, f"{node.name} in {objective.name}")


def _attacks_in_training(catalog: Catalog, objective: Network) -> Iterator[Problem]:
    """Gradients by which a network is attacked while it is in train mode, where its norms and dropout disturb both."""
    shown = only_shown(objective)  # there, what is called answers in eval mode
    calls = [node for node, _ in calls_of(objective) if node.op not in ASKING and node.uid not in shown]
    networks = {node.uid: catalog.called(node.op) for node in calls}
    modes: Mapping[str, Node] = {
        node.uid: node for node in calls if (one := networks[node.uid]) is None or not is_steady(catalog, one)
    }
    for node in objective.nodes():
        if node.op != "Gradient" or node.params.get("create_graph") is True:
            continue
        wire, tensor = objective.wire_into(node.uid, "number"), objective.wire_into(node.uid, "tensor")
        for uid, call in modes.items():
            if (
                wire is None
                or tensor is None
                or tensor.source == uid  # what the network holds or answers: nothing that misleads it
                or call.params.get("mode", "auto") not in ("auto", "train")
                or not objective.reaches(uid, wire.source)
            ):
                continue
            yield Problem(
                code="attack-in-training",
                message=f"{node.name} attacks {call.name} in train mode: dropout blurs the attack, and it moves "
                f"the averages of norms. Set the mode of {call.name} to eval.",
                network=objective.name,
                node=call.uid,
                key="mode",
                fixes=(_set(objective, call, "mode", "eval", f"Set the mode of {call.name} to eval"),),
            )
