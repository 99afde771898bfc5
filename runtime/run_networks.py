"""The networks that a run has trained, each to be asked and taken away by itself, and the averages of their weights."""

from __future__ import annotations

from dataclasses import dataclass

from graph.edits import SetParam
from graph.errors import LoomError
from graph.fields import Field
from graph.files import parse
from graph.model import MAIN, Network, Project
from graph.objectives import averages_of, called_networks, steps_of
from runtime.network_ends import noted_ends
from runtime.rundir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNetwork:
    """One network of a run by its name, or with `is_average` the average of its weights."""

    name: str
    is_average: bool = False

    def title(self) -> str:
        """What it is called, in a list of all."""
        return f"{self.name} (average)" if self.is_average else self.name


def networks_of(run: RunDir) -> tuple[RunNetwork, ...]:
    """What a run has trained: its main network first, averages after the networks that they are of.

    LoomError where its drawing cannot be read. The averages of a run that kept none are left out.
    """
    project = parse(run.project_text())
    if not steps_of(project):
        return (RunNetwork(name=project.main().name),)
    main = project.main().name
    names = sorted((one.name for one in called_networks(project)), key=lambda name: (name != main, name))
    has_averages = run.averages.is_file() or not run.weights.is_file()
    averages = averages_of(project) if has_averages else {}
    return tuple(
        RunNetwork(name=name, is_average=is_average)
        for name in names
        for is_average in (False, True)
        if not is_average or name in averages
    )


def wanted_network(run: RunDir, name: str, *, is_average: bool = False) -> RunNetwork:
    """The network of a run that is meant: without a name its main one. LoomError says which there are."""
    known = networks_of(run)
    wanted = RunNetwork(name=name or known[0].name, is_average=is_average)
    if wanted in known:
        return wanted
    if all(one.name != wanted.name for one in known):
        names = ", ".join(one.name for one in known if not one.is_average)
        raise LoomError(f"This run has no network called {wanted.name[:80]!r}. It has: {names}.")
    averaged = ", ".join(one.name for one in known if one.is_average)
    rest = f"It keeps averages of: {averaged}." if averaged else "It keeps no averages."
    raise LoomError(f"This run kept no average of {wanted.name}. {rest}")


def project_of(run: RunDir, wanted: RunNetwork | None) -> Project:
    """The drawing of a run, with the network that is meant as its main one.

    Where it takes data and its Output names no field but gives the scores of the data's classes, it answers those.
    """
    project = parse(run.project_text())
    if wanted is not None:
        project.view[MAIN] = wanted.name
        network = project.main()
        outputs = [node for node in network.nodes() if node.op == "Output"]
        names = _field_names(run)
        takes_data = all(node.params.get("field") in names for node in network.nodes() if node.op == "Input")
        classes = _class_fields(run) if takes_data else []
        if len(outputs) == len(classes) == 1 and not outputs[0].params.get("field"):
            (name, count), output = classes[0], outputs[0]
            wire = network.wire_into(output.uid, "input")
            last = network.node(wire.source) if wire is not None else None
            if last is not None and last.op == "Linear" and last.params.get("out_features") == count:
                SetParam(network=network.name, uid=output.uid, name="field", value=name).apply(project)
    return project


def answering_networks(run: RunDir) -> tuple[RunNetwork, ...]:
    """The networks of a run that take fields of the data alone and answer one of them; the main one first."""
    names = _field_names(run)
    found = []
    for one in networks_of(run):
        nodes = _drawing_of(run, one).nodes()
        taken = [node.params.get("field") in names for node in nodes if node.op == "Input"]
        if taken and all(taken) and any(node.op == "Output" and node.params.get("field") in names for node in nodes):
            found.append(one)
    return tuple(found)


def mapped_networks(run: RunDir) -> tuple[RunNetwork, ...]:
    """The networks of a run that take fields of the data alone, so that samples have a place in them; main first."""
    names = _field_names(run)
    found = []
    for one in networks_of(run):
        taken = [node.params.get("field") in names for node in _drawing_of(run, one).nodes() if node.op == "Input"]
        if taken and all(taken) and not one.is_average:
            found.append(one)
    return tuple(found)


def other_networks(run: RunDir) -> tuple[RunNetwork, ...]:
    """The networks of a run of which it noted what they take, all of which can be given by hand."""
    known, ends = _field_names(run), noted_ends(run)
    return tuple(one for one in networks_of(run) if one.name in ends and ends[one.name].can_be_set(known))


def _drawing_of(run: RunDir, one: RunNetwork) -> Network:
    return project_of(run, one).main()


def _field_names(run: RunDir) -> frozenset[object]:
    rows = run.settings().get("fields", ())
    return frozenset(row.get("name") for row in rows if isinstance(row, dict))


def _class_fields(run: RunDir) -> list[tuple[str, int]]:
    """The fields of classes that a run noted, each with how many there are."""
    try:
        fields = [Field.from_json(row) for row in run.settings().get("fields", ())]
    except (KeyError, TypeError, ValueError):
        return []  # who needs them says so
    return [(one.name, len(one.classes)) for one in fields if one.kind == "class"]
