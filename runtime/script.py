"""From a project to its scripts: the text of `model.py`, `train.py` and `requirements.txt`."""

from __future__ import annotations

import ast
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph.blocks import catalog_of, used_by
from graph.check import check
from graph.codegen import EmittedCode, emit_model
from graph.errors import DrawingError
from graph.fields import Field
from graph.model import Network, Project
from graph.objectives import called_networks, only_shown, reports_of_calls, steps_of, unequal_message
from graph.ops.catalog import Catalog
from graph.pretty import plain_text
from graph.shapes import ShapeMemo, ShapeReport, infer
from graph.step_code import average_name
from runtime.data_paths import start_path
from runtime.drawn import drawn_step
from runtime.fit import METRICS
from runtime.inline import Imports, inline
from runtime.learning_parts import rates_in, rates_of, thaws_in, thaws_of
from runtime.loader import load_script
from runtime.optimizer_check import check_optimizer
from runtime.plan import LoadPlan, plan_source
from runtime.script_attack import attack_constants, attack_names
from runtime.script_data import data_section, scalings
from runtime.script_drawn import drawn_functions
from runtime.script_heads import HeadCode, fit_problem, identifier
from runtime.script_learning import learning_constants, learning_functions
from runtime.script_objective import (
    criterion_lines,
    guessing_function,
    loss_names,
    measure_function,
    metric_functions,
    objective_function,
    penalty_function,
)
from runtime.script_parts import Change, Parts
from runtime.script_records import loop_constants, main_functions, records, types
from runtime.script_sources import data_constants
from runtime.script_start import name_lines, start_line
from runtime.script_streams import stream_constants
from runtime.script_training import training_class
from runtime.settings import Head, SettingsError, TrainingSettings, resolve_data, resolve_training
from runtime.start_names import start_names
from runtime.streams import streams_of, usable_fields, used_streams
from runtime.threads import threads_of_project
from runtime.usage import noise_given, usage

__all__ = ["Scripts", "emit_script", "load_script"]

_DISTRIBUTIONS: Mapping[str, str] = {"sklearn": "scikit-learn", "PIL": "pillow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """What is trained, shown and exported. `threads` stands in `train`.

    `lines` maps node uids to lines of `model`; `definitions`, `origins` and `untrusted` are those of its EmittedCode.
    `step_lines` maps the nodes of drawn training steps to lines of `train`. `reports` are the shapes of what is trained
    and of the objectives, by name.
    """

    model: str
    train: str
    requirements: str
    lines: Mapping[str, tuple[int, ...]]
    threads: int
    definitions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    origins: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    untrusted: tuple[str, ...]
    step_lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    reports: Mapping[str, ShapeReport] = field(default_factory=dict, compare=False)  # beside the text


def emit_script(
    catalog: Catalog,
    project: Project,
    fields: Sequence[Field],
    base: Path | None,
    *,
    changes: Sequence[Change] = (),
    report: ShapeReport | None = None,
    plan: LoadPlan | None = None,
    memo: ShapeMemo | None = None,
) -> Scripts:
    """The scripts of a project. Raises DrawingError, SettingsError or DataError when there is a mistake in it.

    `changes` are live changes of a run, `(step, "lr", value)`, which the script replays. `report`, `plan` and `memo`
    are taken when the caller has them already.
    """
    catalog = catalog_of(catalog, project)
    network = project.main()
    known = {field.name: field for field in fields}
    if steps_of(project):
        plan = plan or plan_source(resolve_data(project), base)
        known |= {field.name: field for field in usable_fields(project, plan)}
    memo = memo or ShapeMemo()
    try:
        if steps_of(project):
            reports = _drawn_reports(catalog, project, known, memo)
            others = [(one, reports[one.name]) for one in called_networks(project) if one.name != network.name]
            if network.name not in reports:
                network, others = others[-1][0], others[:-1]
            report = reports[network.name]
        else:
            report = report or infer(catalog, network, known, memo)
            others, shows = [], bool(project.objectives())
            reports = _drawn_reports(catalog, project, known, memo, {network.name: report}) if shows else {}
        model = _model(catalog, network, report, others)
    except DrawingError as error:
        raise _first_cause(catalog, project, error) from None
    plan = plan or plan_source(resolve_data(project), base)
    parts = _parts(catalog, project, fields, report, model, plan, base, changes, reports)
    imports = Imports()
    train = _train_text(parts, imports)
    return Scripts(
        model=model.text,
        train=train,
        requirements=_requirements(imports),
        lines=model.lines,
        threads=parts.threads,
        definitions=model.definitions,
        origins=model.origins,
        untrusted=tuple(sorted({*model.untrusted, *(name for one in parts.step_codes for name in one.untrusted)})),
        step_lines=_step_lines(train, parts),
        reports={network.name: report, **reports},
    )


def _step_lines(train: str, parts: Parts) -> dict[str, tuple[int, ...]]:
    """The lines of `train.py` that stand for the nodes of drawn training steps."""
    found: dict[str, tuple[int, ...]] = {}
    for one in parts.step_codes:
        start = train.count("\n", 0, train.index(f"\n{one.text}\n") + 1)
        for uid, numbers in one.lines.items():
            found[uid] = (*found.get(uid, ()), *(start + number for number in numbers))
    return found


def _drawn_reports(
    catalog: Catalog,
    project: Project,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    known: Mapping[str, ShapeReport] | None = None,
) -> dict[str, ShapeReport]:
    """The shapes of a drawn training step: of its objectives, and of each network as its first call has them.

    `known`: that of the main network where no objective trains it.
    """
    found = {one.name: infer(catalog, one, fields, memo) for one in project.objectives()} | dict(known or {})
    errors = tuple(row for report in found.values() for row in report.problems if row.severity == "error")
    errors = (*(row for row in check(catalog, project) if row.severity == "error"), *errors)
    if errors:
        raise DrawingError(errors[0].message, errors)
    calls, unequal = reports_of_calls(catalog, project, found)
    if unequal:
        raise DrawingError(unequal_message(unequal[0]), ())
    return found | calls


def _model(
    catalog: Catalog, network: Network, report: ShapeReport, others: Sequence[tuple[Network, ShapeReport]]
) -> EmittedCode:
    errors = tuple(problem for problem in report.problems if problem.severity == "error")
    if errors:
        raise DrawingError(errors[0].message, errors)
    return emit_model(catalog, network, report, others)


def _first_cause(catalog: Catalog, project: Project, error: DrawingError) -> DrawingError:
    """What is wrong with the drawing as it stands, from which the rest follows; else the error itself."""
    needed = used_by(project, project.main().name)
    rows = [row for row in check(catalog, project) if row.severity == "error" and row.network in needed]
    return DrawingError(rows[0].message, tuple(rows)) if rows else error


def _parts(
    catalog: Catalog,
    project: Project,
    fields: Sequence[Field],
    report: ShapeReport,
    model: EmittedCode,
    plan: LoadPlan,
    base: Path | None,
    changes: Sequence[Change],
    reports: Mapping[str, ShapeReport],
) -> Parts:
    data, program = resolve_data(project), model.program
    settings = resolve_training(catalog, project, fields, plan.class_counts)
    known = {field.name: field for field in fields}
    step = drawn_step(catalog, project, settings, reports)
    batch = _batch_fields(project)
    looked_at = used_streams(streams_of(data, plan), batch) if step.objectives else ()
    trained = {one.name for one in used_streams(looked_at, _batch_fields(project, trained=True))}
    learning = {name for one in step.objectives for name in one.networks}
    entries = dict.fromkeys(entry.field for entry in program.entries) | dict.fromkeys(batch)
    inputs = [known[name] for name in entries if name in known]
    scaled = scalings(data, settings.heads, inputs)
    names = {one.field.name for one in scaled}
    sources = {answer.uid: answer.source for answer in program.answers}
    heads = tuple(
        _head_code(head, index, len(settings.heads) == 1, report, sources[head.uid], names)
        for index, head in enumerate(settings.heads)
    )
    if not step.objectives:
        check_optimizer(project.networks[program.network], program, report, settings)
    used = dict.fromkeys(name for name in [*entries, *(head.head.field.name for head in heads)] if name in known)
    return Parts(
        program=program,
        data=data,
        plan=plan,
        settings=settings,
        heads=heads,
        scaled=scaled,
        fields=tuple(used),
        threads=threads_of_project(settings, catalog, project, {program.network: report, **reports}),
        changes=changes,
        start=start_path(project.training, base or Path.cwd()),
        start_names=start_names(project),
        has_frozen=any(one.frozen for one in (report, *reports.values())),
        rates=rates_in(model.roots, learning) if learning else rates_of(program),
        thaws=thaws_in(model.roots, reports, learning) if learning else thaws_of(program, report),
        roots=model.roots,
        step=step,
        streams=tuple(one for one in looked_at if one.name in trained),
        read_streams=looked_at,
    )


def _batch_fields(project: Project, *, trained: bool = False) -> list[str]:
    """The fields of the batch that the objectives take; with `trained` without those that are only looked at."""
    return [
        str(node.params.get("field", ""))
        for objective in project.objectives()
        for node in objective.nodes()
        if node.op == "Input" and not (trained and node.uid in only_shown(objective))
    ]


def _head_code(
    head: Head, index: int, is_single: bool, report: ShapeReport, source: tuple[str, str], scaled: set[str]
) -> HeadCode:
    info = report.ports[source]
    wrong = fit_problem(head, info)
    if wrong is not None:
        raise SettingsError(wrong, key="loss")
    word = identifier(head.field.name)
    return HeadCode(
        head=head,
        index=index,
        variable="output" if is_single else f"{word}_{index + 1}",
        prefix="" if is_single else f"{head.field.name}_",
        constant="LOSS" if is_single else f"{word.upper()}_{index + 1}_LOSS",
        info=info,
        unscales=head.task == "regression" and head.field.name in scaled,
    )


def _train_text(parts: Parts, imports: Imports) -> str:
    written: set[str] = set()
    imports.add("torch")
    imports.add("argparse")
    imports.add("copy")
    imports.add("math")
    imports.add("collections.abc", "Callable")
    imports.add("collections.abc", "Iterator")
    imports.add("dataclasses", "dataclass")
    imports.add("pathlib", "Path")
    imports.add("typing", "Any")
    imports.add("typing", "NamedTuple")
    imports.add("safetensors.torch", "save_file")
    imports.add("torch", "Tensor")
    imports.add("torch", "nn")
    for program in parts.roots.values():
        imports.add("model", program.class_name)
    data = data_section(parts.data, parts.plan, parts.settings, parts.scaled, imports, written, parts.read_streams)
    data += inline({"in_passes"}, imports, written) if parts.streams else []
    losses = inline(loss_names(parts), imports, written)
    metrics = inline(metric_functions(parts) | attack_names(parts), imports, written)
    own = ["weights_sha256", "take_weights"] if parts.start else ["weights_sha256"]
    weights = inline(own, imports, written)
    learning = inline(learning_functions(parts), imports, written)
    objective = [*data, *losses]
    if parts.heads:
        objective[-1] += "\n\n\n" + "\n".join(criterion_lines(parts))
        objective.append(objective_function(parts))
    objective += drawn_functions(parts, imports, written)
    if parts.penalised:
        objective.append(penalty_function(parts))
    objective += [*metrics, *([measure_function(parts), guessing_function(parts)] if parts.heads else [])]
    if any("F.one_hot" in text for text in objective):
        imports.add("torch.nn", "functional as F")
    if parts.settings.deterministic:
        imports.add("os")
    blocks = [
        _opening(parts, imports, objective),
        *objective,
        *records(parts),
        *learning,
        training_class(parts),
        *weights,
        *main_functions(parts),
        'if __name__ == "__main__":\n    main()',
    ]
    return "\n\n\n".join(blocks) + "\n"


def _opening(parts: Parts, imports: Imports, functions: Sequence[str]) -> str:
    lines = [
        f'"""Train {parts.program.class_name} (data: {plain_text(parts.plan.source.title)}); written by Layerloom.',
        "",
        "`python train.py` tells the loss of every step and the figures of every epoch, and",
        "saves the weights; `python train.py --quiet` leaves the steps out.",
        "",
        _promise(parts.settings),
        *_of_networks(parts, functions),
        *_of_averages(parts),
        '"""',
        "",
        imports.render(),
        "",
        *_constants(parts),
        *loop_constants(parts),
        "",
        *types(parts),
    ]
    return "\n".join(lines)


def _of_networks(parts: Parts, functions: Sequence[str]) -> list[str]:
    """How the main network gets its weights where several lie in one file."""
    if len(parts.roots) < 2:
        return []
    name = next(one for one, program in parts.roots.items() if program.class_name == parts.program.class_name)
    noise = noise_given(ast.parse("\n\n".join(functions)).body, name)
    answers = [one.name for one in parts.program.answers]
    lines = usage(parts.program.class_name, f"{plain_text(name)}.", noise, answers)
    begin = "All networks lie in weights.safetensors, by names that begin with theirs. To use one:"
    return ["", begin, "", *(f"    {line}" for line in lines)]


def _of_averages(parts: Parts) -> list[str]:
    """Where the averages of weights are, and how one is taken."""
    if not parts.averages:
        return []
    first, *more = parts.averages
    if more:
        named = f"`{plain_text(average_name(first))}.`"
        return ["", "Averages of weights are saved in averages.safetensors, by names that begin with", f"{named}."]
    return [
        "",
        f"The average of the weights of {parts.roots[first].class_name} is saved too; it is loaded by",
        '`network.load_state_dict(load_file("averages.safetensors"))`.',
    ]


def _promise(settings: TrainingSettings) -> str:
    start = "On the CPU of one machine, with the same versions, every run gives the same bits."
    if settings.deterministic or settings.device == "cpu":
        return start
    return f"{start}\nOn a GPU that is not guaranteed."


def _constants(parts: Parts) -> list[str]:
    settings, data = parts.settings, parts.data
    lines = data_constants(parts.plan)
    if parts.start:
        lines += ["# the first weights, where name and shape fit", start_line(parts.start)]
        lines += name_lines(parts.start_names)
    lines.append(f"SEED = {settings.seed}")
    lines.append(f"THREADS = {parts.threads}  # another number of threads gives another last bit")
    if settings.device != "auto":
        lines.append(f'DEVICE = "{settings.device}"')
    is_shared_out = parts.split_method not in ("column", "shared")
    if is_shared_out:
        lines += [f"VALIDATION = {data.validation!r}  # share of the samples to check while it learns"]
    if is_shared_out and not (parts.plan.tells_training and parts.plan.comes_with_test):
        lines += [f"TEST = {data.test!r}  # share of the samples to look at once, at the end"]
    if data.per_class:
        lines.append(f"PER_CLASS = {data.per_class}  # samples of each class to learn from, at most")
    lines += [f"EPOCHS = {settings.epochs}"]
    if settings.limit_steps:
        lines.append(f"LIMIT_STEPS = {settings.limit_steps}")
    lines += stream_constants(parts.plan, settings, parts.streams, parts.read_streams)
    if not parts.full_batch and not parts.streams:
        lines.append(f"BATCH_SIZE = {settings.batch_size}")
    lines.append(f"LEARNING_RATE = {settings.lr!r}")
    lines += learning_constants(parts)
    named = (
        ("L1", settings.l1),
        ("L2", settings.l2),
        ("CLIP_NORM", settings.clip_norm),
        ("CLIP_VALUE", settings.clip_value),
    )
    lines += [f"{name} = {value!r}" for name, value in named if value]
    lines += attack_constants(parts)
    lines.append(f'GOAL = "{settings.goal}"' if settings.goal in _plain_goals() else f"GOAL = {settings.goal!r}")
    if settings.early_stopping:
        lines.append(f"PATIENCE = {settings.patience}  # epochs without a better goal before it stops")
    return lines


def _plain_goals() -> frozenset[str]:
    return frozenset({"loss", *(name for rows in METRICS.values() for name, _ in rows)})


def _requirements(imports: Imports) -> str:
    lines = []
    for module in sorted({*imports.modules(), "numpy"}):
        name = _DISTRIBUTIONS.get(module, module)
        lines.append(f"{name}=={importlib.metadata.version(name).partition('+')[0]}")
    return "\n".join(lines) + "\n"
