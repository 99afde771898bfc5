"""What the settings of a project say of its training step, so that it can be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.edits import Batch, Edit, SetParam, SetSetting
from graph.errors import LoomError
from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Missing, Value
from graph.simple_attack import KEY as ATTACK
from graph.simple_attack import Attack, attack_of
from graph.simple_edit import attacked_anew, end_edits, redrawn
from graph.simple_form import Simple, read_simple, settings_said
from graph.simple_step import COLUMN, DECIMAL, SIGNS, Judged, Ready, one_hot
from runtime.script_attack import attacked_field
from runtime.script_heads import HeadCode, fit_problem
from runtime.settings import Head, SettingsError, TrainingSettings, resolve_training

Ports = Mapping[tuple[str, str], TensorInfo]
TARGET: Final = "target."


def judged_of(catalog: Catalog, project: Project, fields: Sequence[Field], ports: Ports) -> tuple[Judged, ...]:
    """How each Output of the trained network is judged; LoomError where a setting cannot be used.

    `ports` are the shapes that flow, which decide how a target is made ready for its loss.
    """
    settings = resolve_training(catalog, project, fields)
    _refuse(settings)
    for head in settings.heads:
        wire = next(iter(project.main().wires_in(head.uid)), None)
        info = ports.get((wire.source, wire.source_port)) if wire is not None else None
        wrong = fit_problem(head, info) if info is not None else None
        if wrong is not None:
            raise SettingsError(wrong, key="loss")
    return _all_judged(settings, project, ports)


def attack_drawn(catalog: Catalog, project: Project, fields: Sequence[Field]) -> Attack | None:
    """How the settings change each batch first, None where they do not; LoomError where that cannot be."""
    settings = resolve_training(catalog, project, fields)
    if settings.adversarial == "none":
        return None
    entries = [str(node.params.get("field", "")) for node in project.main().nodes() if node.op == "Input"]
    field = attacked_field(settings, entries, fields, {head.field.name for head in settings.heads})
    return attack_of(
        settings.adversarial,
        field.name,
        settings.adversarial_epsilon,
        settings.adversarial_steps,
        settings.adversarial_step_size,
    )


def edit_of_setting(
    catalog: Catalog,
    project: Project,
    fields: Sequence[Field],
    ports: Ports,
    key: str,
    value: Value | Missing,
) -> Batch | None:
    """The edit of the drawing by which a training setting gets a value; None where the drawing does not say it.

    `TARGET` and the uid of an Output is the field that it answers.
    """
    simple = read_simple(catalog, project)
    if simple is None:
        return None
    ends = tuple(end_edits(project, simple, key, value))
    if ends:
        return Batch(edits=ends)
    edits: list[Edit] = [SetSetting(section="training", key=key, value=value)]
    if key == ATTACK or (simple.attack is not None and key.startswith(f"{ATTACK}.")):
        attack = attack_drawn(catalog, _by_settings(project, simple, edits), fields)
        unset = [SetSetting(section="training", key=key, value=MISSING)] if key in project.training else []
        is_same = attack is None and simple.attack is None
        return Batch(edits=(*(() if is_same else attacked_anew(catalog, project, simple, attack).edits), *unset))
    if key != "loss" and not key.startswith(("loss.", "head.", TARGET)):
        return None
    if key.startswith(TARGET):
        uid, name = key.removeprefix(TARGET), project.main().name
        edits = [SetParam(network=name, uid=uid, name="field", value=value)]
    wanted = _by_settings(project, simple, edits)
    try:
        settings = resolve_training(catalog, wanted, fields)
    except SettingsError:
        if not key.startswith(TARGET):
            return Batch(edits=tuple(edits))
        for stale in [old for old in wanted.training if old == "loss" or old.endswith(".loss")]:
            del wanted.training[stale]  # another kind of field, another loss
        settings = resolve_training(catalog, wanted, fields)
    judged = _all_judged(settings, wanted, ports)
    return Batch(edits=(*edits, *redrawn(catalog, project, simple, judged).edits))


def edits_to_settings(catalog: Catalog, project: Project, fields: Sequence[Field], ports: Ports) -> tuple[Edit, ...]:
    """The edits after which the settings say what is drawn, once it is taken away; none where they say so already."""
    simple = read_simple(catalog, project)
    if simple is None:
        return ()
    plain, wanted = project.copy(), _by_settings(project, simple, ())
    for objective in project.objectives():
        del plain.networks[objective.name]
    try:
        settings = resolve_training(catalog, plain, fields)
        says_so = _all_judged(settings, plain, ports) == simple.judged
        if says_so and attack_drawn(catalog, plain, fields) == simple.attack and not simple.said:
            return ()
    except LoomError:
        pass  # what the settings say without the drawing cannot be used
    keys = sorted(wanted.training.keys() | project.training.keys())
    pairs = [(key, wanted.training.get(key, MISSING)) for key in keys]
    return tuple(
        SetSetting(section="training", key=key, value=value)
        for key, value in pairs
        if repr(value) != repr(project.training.get(key, MISSING))
    )


def _by_settings(project: Project, simple: Simple, edits: Sequence[Edit]) -> Project:
    """The project with its drawing as settings, after some edits."""
    wanted = project.copy()
    for objective in project.objectives():
        del wanted.networks[objective.name]
    drawn = {one.loss for one in simple.judged}
    for old in [old for old in wanted.training if old.startswith("loss.") and old.split(".")[1] in drawn]:
        del wanted.training[old]
    optimizer = str(project.training.get("optimizer") or "Adam")
    wanted.training.update(settings_said(simple, optimizer))
    for edit in edits:
        edit.apply(wanted)
    return wanted


def _all_judged(settings: TrainingSettings, project: Project, ports: Ports) -> tuple[Judged, ...]:
    """How each Output is judged; a single one is not weighed."""
    found = tuple(_judged(head, project, ports) for head in settings.heads)
    return found if len(found) > 1 else tuple(replace(one, weight=1.0) for one in found)


def _refuse(settings: TrainingSettings) -> None:
    """SettingsError for what the settings can say and a drawing cannot, or says otherwise."""
    if settings.class_weights != "none":
        raise SettingsError(
            "Class weights are counted in the data, which a drawing does not do. Set Class weights to none first; "
            "weights of the loss that are written as numbers can be drawn.",
            key="class_weights",
        )
    if undrawable := set(settings.optimizer.needs) & {"closure", "sparse gradients", "matrices"}:
        why = "asks for the loss several times a step" if "closure" in undrawable else "adjusts some weights only"
        raise SettingsError(
            f"{settings.optimizer.key} {why}, which a drawn training step does not allow. Choose Adam.", key="optimizer"
        )


def _judged(head: Head, project: Project, ports: Ports) -> Judged:
    wire = next(iter(project.main().wires_in(head.uid)), None)
    info = ports.get((wire.source, wire.source_port)) if wire is not None else None
    ready = _ready(head, info) if info is not None else ()
    params = dict(head.loss.params)
    return Judged(
        uid=head.uid, answers=head.field.name, loss=head.loss.key, params=params, weight=head.weight, ready=ready
    )


def _ready(head: Head, info: TensorInfo) -> tuple[Ready, ...]:
    """What makes the target ready for the loss, as the script does it without a drawing."""
    code = HeadCode(head=head, index=0, variable="", prefix="", constant="", info=info, unscales=False)
    column = (COLUMN,) if code.widens_target else ()
    match head.fit.target:
        case "index":
            return ()
        case "same":
            return column
        case kind:
            shares = (DECIMAL, *column) if code.is_single else (one_hot(code.classes), DECIMAL)
            return (*shares, *(SIGNS if kind == "signs" else ()))
