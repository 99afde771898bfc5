"""Judges a drawing for training: structure, shapes, settings and ends, and what merely follows from another problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from graph.blocks import catalog_of
from graph.check import check
from graph.check_learning import learning_problems
from graph.check_python import untrusted_nodes
from graph.check_sets import set_problems
from graph.doubts import SPREADING
from graph.edits import SetParam
from graph.end_doubts import Ending, end_doubts, unset_loss
from graph.errors import LoomError
from graph.fields import Field
from graph.model import Network, Project
from graph.objectives import called_networks, reports_of_calls, steps_of, unequal_message
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem
from graph.shapes import ShapeMemo, ShapeReport, infer
from graph.weight_settings import FROZEN
from runtime.built import built_shapes
from runtime.drawn import drawn_step
from runtime.end_fixes import end_fixes, linear_fix
from runtime.plan import LoadPlan
from runtime.script_attack import unknown_ranges
from runtime.script_heads import fit_problem
from runtime.settings import SettingsError, TrainingSettings, resolve_data, resolve_training
from runtime.stream_sizes import uneven_batches
from runtime.streams import unused_streams, usable_fields

Tell = Callable[[Network, str], None]


@dataclass(slots=True, kw_only=True)
class Judgement:
    """What is wrong with a drawing, shapes by network, and the settings when all is well enough to resolve them."""

    problems: list[Problem]
    reports: Mapping[str, ShapeReport] = field(default_factory=dict)
    settings: TrainingSettings | None = None


def judge(
    catalog: Catalog,
    project: Project,
    plan: LoadPlan | None,
    memo: ShapeMemo,
    tell: Tell | None = None,
    known: Sequence[Problem] = (),
) -> Judgement:
    """All problems of a drawing but those of its device and code; `known` are those of the data.

    `tell(network, uid)` is called before torch runs a node that was not measured before.
    """
    catalog = catalog_of(catalog, project)
    fields = plan.fields if plan is not None else ()
    problems = [*check(catalog, project), *untrusted_nodes(catalog, project.networks), *known]
    usable = usable_fields(project, plan) if plan is not None else ()
    reports, unequal = _reports(catalog, project, usable, memo, tell)
    problems += unequal
    problems += unused_streams(project, plan) if plan is not None else []
    told: set[tuple[str, str, str]] = set()
    for report in reports.values():
        # without data no field is known, which the problem of the data says already
        found = [row for row in report.problems if plan is not None or row.code != "unknown-field"]
        problems += [row for row in found if (row.network, row.node, row.code) not in told]
        told |= {(row.network, row.node, row.code) for row in found if row.network != report.network}
    if plan is not None and not has_errors(problems):
        held = partial(built_shapes, catalog, project, reports)
        problems += [*set_problems(project, reports, held), *learning_problems(catalog, project, reports)]
        problems += unknown_ranges(project, plan.fields)
    settings = None
    if plan is not None and project.has_main and not has_errors(problems):
        try:
            settings = resolve_training(catalog, project, plan.fields, plan.class_counts)
        except LoomError as error:
            problems.append(_setting_problem(project, error))
    if settings is not None and project.objectives():
        try:
            drawn_step(catalog, project, settings, reports)
        except LoomError as error:
            problems.append(_setting_problem(project, error))
    if settings is not None and plan is not None and not has_errors(problems):
        problems += uneven_batches(catalog, project, plan, settings, memo)
    if settings is not None and settings.heads:
        problems += _ends(catalog, project, fields, reports[project.main().name], settings)
    return Judgement(problems=problems, reports=reports, settings=settings)


def without_cascades(project: Project, problems: Sequence[Problem]) -> list[Problem]:
    """The problems without those at an Output that follow from a doubt before it.

    The doubt takes their weight: what keeps from training is told where it starts.
    """
    if not project.has_main:
        return list(problems)
    network = project.main()
    starts = [row for row in problems if row.code in SPREADING and row.network == network.name]
    found: list[Problem] = list(problems)
    for end in problems:
        if end.code not in ("loss-fit", "wrong-width"):
            continue
        start = next((row for row in starts if network.reaches(row.node, end.node)), None)
        if start is None:
            continue
        found.remove(end)
        if end.severity == "error":
            found = [replace(row, severity="error") if row.node == start.node else row for row in found]
    return found


def has_errors(problems: Sequence[Problem]) -> bool:
    """Whether anything keeps from training."""
    return any(problem.severity == "error" for problem in problems)


def _reports(
    catalog: Catalog, project: Project, fields: Sequence[Field], memo: ShapeMemo, tell: Tell | None
) -> tuple[dict[str, ShapeReport], list[Problem]]:
    """A report of each network, the main one first; of a block that of its first use, of what is called the first call.

    And a problem for each call that does not agree with the first.
    """
    known = {field.name: field for field in fields}
    main = project.main().name if project.has_main else ""
    names = sorted(project.networks, key=lambda name: (name != main, name))
    found: dict[str, ShapeReport] = {}
    called = {network.name for network in called_networks(project)}
    for name in names:
        if project.networks[name].block is None and name not in called:
            found[name] = infer(catalog, project.networks[name], known, memo, tell)
    calls, unequal = reports_of_calls(catalog, project, found)
    found |= calls
    for report in list(found.values()):
        found = report.blocks() | found
    problems = [
        Problem(code="unequal-calls", message=unequal_message(one), network=one.objective, node=one.node.uid)
        for one in unequal
    ]
    return {name: found.get(name, ShapeReport(network=name)) for name in names}, problems


def _setting_problem(project: Project, error: LoomError) -> Problem:
    if not isinstance(error, SettingsError):
        return Problem(code="setting", message=str(error), section="training")
    fixes = unset_loss(project.training) if error.key == "loss" else ()
    return Problem(code="setting", message=str(error), section=error.section, key=error.key, fixes=fixes)


def _ends(
    catalog: Catalog, project: Project, fields: Sequence[Field], report: ShapeReport, settings: TrainingSettings
) -> list[Problem]:
    """What does not go together where the network answers: its last shape, the field and the loss."""
    network, data = project.main(), resolve_data(project)
    ending = Ending(
        losses={head.uid: head.loss.key for head in settings.heads},
        fields={field.name: field for field in fields},
        training=project.training,
        is_scaled=data.scale_targets != "none",
        inputs=data.scale_inputs,
    )
    found = list(end_doubts(catalog, network, report.ports, ending))
    told = {problem.node for problem in found if problem.severity == "error"}
    for head in settings.heads:
        wire = next(iter(network.wires_in(head.uid)), None)
        info = report.ports.get((wire.source, wire.source_port)) if wire is not None else None
        sentence = fit_problem(head, info) if info is not None else None
        if sentence is not None and info is not None and head.uid not in told:
            giver = wire.source if wire is not None else ""  # what it does as the last step is not the trouble
            found = [problem for problem in found if problem.node not in (head.uid, giver)]
            fixes = end_fixes(catalog, project, head, info)
            row = Problem(code="loss-fit", message=sentence, network=network.name, node=head.uid, fixes=fixes)
            found.append(row)
            told.add(head.uid)
    if steps_of(project):  # what each of them can learn is judged there
        ends = {head.uid: head.node for head in settings.heads}
        return [_not_judged(network, row, ends[row.node]) if row.node in ends else row for row in found]
    first = settings.heads[0]
    if first.uid not in told and not any(report.weights.get(node.uid) for node in network.nodes()):
        givers = {wire.source for wire in network.wires_in(first.uid)}
        found = [problem for problem in found if problem.node not in givers]
        sentence = f"Nothing before {first.node} has weights, so there is nothing to learn. Put a Linear before it."
        found.append(
            Problem(
                code="no-weights",
                message=sentence,
                network=network.name,
                node=first.uid,
                fixes=linear_fix(catalog, project, first),
            )
        )
    elif sum(report.weights.values()) == sum(report.frozen.values()) and report.frozen:
        found.append(_all_frozen(network, report))
    return found


def _not_judged(network: Network, problem: Problem, name: str) -> Problem:
    """A problem of what an Output answers where the training step is drawn: it need not stand for a field at all."""
    unset = SetParam(network=network.name, uid=problem.node, name="field", value=MISSING)
    fix = Fix(label=f"Let {name} answer no field", edit=unset)
    return replace(problem, fixes=(fix, *problem.fixes))


def _all_frozen(network: Network, report: ShapeReport) -> Problem:
    """The problem of a network in which nothing is left that learns."""
    ice = [node for node in network.nodes() if FROZEN in node.params and node.uid in report.frozen]
    blamed = ice[-1] if ice else next(node for node in network.nodes() if node.uid in report.frozen)
    thaw = [
        Fix(
            label=f"Thaw {node.name}",
            edit=SetParam(network=network.name, uid=node.uid, name=FROZEN, value=MISSING),
        )
        for node in reversed(ice[-3:])
    ]
    return Problem(
        code="all-frozen",
        message=f"All weights of {network.name} are frozen, so there is nothing to learn. Thaw a layer.",
        network=network.name,
        node=blamed.uid,
        key=FROZEN if ice else "",
        fixes=tuple(thaw),
    )
