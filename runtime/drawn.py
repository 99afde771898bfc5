"""Drawn training steps with their settings: which networks each objective trains, and what moves their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from graph.attack_code import attacked_fields
from graph.check_learning import learning_problems
from graph.check_sets import set_problems
from graph.lower import SETS
from graph.model import Network, Node, Project
from graph.objective_code import ObjectiveCode, emit_objective, emit_setting, emit_shown, function_name
from graph.objectives import (
    ASKING,
    averages_of,
    called_networks,
    calls_of,
    minimised,
    mode_of,
    only_shown,
    steps_of,
    trained_names,
)
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.report import ShapeReport
from runtime.built import built_shapes
from runtime.optimizer_check import check_batch_size, check_params
from runtime.settings import Chosen, SettingsError, TrainingSettings, chosen_callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One objective: its function, the networks that it trains, and how their weights are adjusted.

    `is_own_rate`: its learning rate is said in the drawing, so that live changes leave it alone. It runs from
    `first_step` to `last_step`, None being the end. `attacked`: fields within whose range its attacks keep.
    """

    code: ObjectiveCode
    networks: tuple[str, ...]
    optimizer: Chosen
    lr: float
    is_own_rate: bool
    every: int
    clip_norm: float
    scheduler: Chosen | None
    first_step: int = 0
    last_step: int | None = None
    attacked: tuple[str, ...] = ()

    @property
    def is_staged(self) -> bool:
        """Whether it does not run in the whole of the training."""
        return self.first_step > 0 or self.last_step is not None

    @property
    def counts_steps(self) -> bool:
        """Whether its schedule goes on with each step; all others go on with the epochs."""
        return self.scheduler is not None and "every step" in self.scheduler.needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A value of a `Setting`: by which name its function tells it, into which parameter it goes, and when."""

    name: str
    network: str
    parameter: str
    at_step: int
    from_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The function of the values that an objective sets, and what becomes of each."""

    code: ObjectiveCode
    values: tuple[Written, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnStep:
    """All objectives of a project in their order, the networks that they call, and the averages among them.

    `shown`: the functions of what is looked at while it trains, which no training calls. `settings`: what writes into
    parameters once.
    """

    objectives: tuple[Drawn, ...] = ()
    shown: tuple[ObjectiveCode, ...] = ()
    settings: tuple[Setting, ...] = ()
    networks: tuple[Network, ...] = ()
    averages: Mapping[str, float] = field(default_factory=dict)


def drawn_step(
    catalog: Catalog, project: Project, settings: TrainingSettings, reports: Mapping[str, ShapeReport]
) -> DrawnStep:
    """The drawn training step of a project, empty where none is drawn.

    SettingsError or DrawingError when it cannot be run. `reports` are those of the objectives, by name.
    """
    networks = called_networks(project)
    steps = steps_of(project)
    if steps:
        _refuse_settings(settings)
    _refuse_names(project, steps)
    found = []
    for network in steps:
        for name in _asked_as_they_train(catalog, network):
            if name in reports:
                check_batch_size(project.networks[name], reports[name], settings)
        known = [reports[name] for name in trained_names(network) if name in reports]
        if known and not any(sum(one.weights.values()) - sum(one.frozen.values()) for one in known):
            raise SettingsError(
                f"{network.name} has nothing to adjust: all weights of {', '.join(trained_names(network))} are frozen, "
                "or there are none. Thaw a layer, or name another network."
            )
        found.append(
            _drawn(catalog, network, settings, project, emit_objective(catalog, network, reports[network.name]))
        )
    shown = [emit_shown(catalog, one, reports[one.name]) for one in project.objectives()]
    held = partial(built_shapes, catalog, project, reports)
    faults = [*set_problems(project, reports, held), *learning_problems(catalog, project, reports)]
    wrong = next(iter(faults), None)
    if wrong is not None:
        raise SettingsError(wrong.message)
    set_ = [(one, emit_setting(catalog, one, reports[one.name])) for one in project.objectives()]
    return DrawnStep(
        objectives=tuple(found),
        settings=tuple(Setting(code=code, values=_written(one)) for one, code in set_ if code is not None),
        shown=tuple(one for one in shown if one is not None),
        networks=networks,
        averages=averages_of(project),
    )


def _asked_as_they_train(catalog: Catalog, objective: Network) -> Iterator[str]:
    """The networks that an objective calls so that their norms look at the batch."""
    aside = only_shown(objective)
    for node, name in calls_of(objective):
        if node.op not in ASKING and node.uid not in aside and mode_of(catalog, objective, node) != "eval":
            yield name


def _refuse_names(project: Project, steps: Sequence[Network]) -> None:
    """Drawings whose functions would have one name, of what is shown or set too."""
    taken = {"supervised_loss", "reconstruction_loss"} if steps else set()
    for network in project.objectives():
        word = function_name(network.name)
        if word in taken:
            raise SettingsError(
                f"The objective {network.name!r} would be the function {word}, which there is already. Rename it."
            )
        taken.add(word)


def _written(network: Network) -> tuple[Written, ...]:
    """The values that an objective sets."""
    return tuple(
        Written(
            name=node.name,
            network=str(node.params["network"]),
            parameter=str(node.params["parameter"]),
            at_step=at if isinstance(at := node.params.get("at_step", 0), int) else 0,
            from_all=node.params.get("from_all") is True,
        )
        for node in network.nodes()
        if node.op in SETS
    )


def _refuse_settings(settings: TrainingSettings) -> None:
    """What a training by settings alone can do and the drawing says otherwise."""
    if settings.adversarial != "none":
        raise SettingsError(
            "The training step is drawn, so its attacks are drawn too: place PGD or FGSM there, and set "
            "adversarial training to none.",
            key="adversarial",
        )
    if settings.class_weights != "none":
        raise SettingsError(
            "The training step is drawn, so what its classes count is drawn too: wire Numbers into the Class weights "
            "of a loss, and set Class weights to none.",
            key="class_weights",
        )


def _drawn(
    catalog: Catalog, network: Network, settings: TrainingSettings, project: Project, code: ObjectiveCode
) -> Drawn:
    end = minimised(network)
    assert end is not None, "an objective without an end cannot be lowered"
    optimizer = _optimizer(catalog, project, settings, network, end)
    lr, every, clip = end.params.get("lr"), end.params.get("every", 1), end.params.get("clip_norm", 0.0)
    first, last = end.params.get("first_step", 0), end.params.get("last_step")
    usual = catalog.optimizers[optimizer.key].param("lr")
    rate = lr if isinstance(lr, int | float) else optimizer.params.get("lr", usual.default if usual else 0.001)
    follows = lr is None and optimizer.key == settings.optimizer.key
    return Drawn(
        code=code,
        networks=trained_names(network),
        optimizer=optimizer,
        lr=settings.lr if follows else float(rate) if isinstance(rate, int | float) else 0.001,
        is_own_rate=not follows,
        every=every if isinstance(every, int) else 1,
        clip_norm=float(clip) if isinstance(clip, int | float) and clip else settings.clip_norm,
        scheduler=_scheduler(catalog, project, settings, network, end),
        first_step=first if isinstance(first, int) else 0,
        last_step=last if isinstance(last, int) else None,
        attacked=attacked_fields(network),
    )


def _optimizer(catalog: Catalog, project: Project, settings: TrainingSettings, network: Network, end: Node) -> Chosen:
    key = str(end.params.get("optimizer", "") or settings.optimizer.key)
    try:
        found = chosen_callable(catalog, _said(project, end, "optimizer", key), "optimizer", key)
    except SettingsError as error:
        raise _said_at(network, end, error) from None
    try:
        check_params(found)
    except SettingsError as error:
        raise (_said_at(network, end, error) if _says_itself(end, "optimizer") else error) from None
    for need, why in (
        ("closure", "asks for the loss several times a step"),
        ("sparse gradients", "adjusts sparse gradients only"),
        ("matrices", "adjusts matrices only"),
    ):
        if need in found.needs:
            raise SettingsError(
                f"{end.name} in {network.name}: {key} {why}, which a drawn training step does not allow. Choose Adam.",
                key="optimizer",
            )
    return replace(found, params={name: value for name, value in found.params.items() if name != "lr"})


def _scheduler(
    catalog: Catalog, project: Project, settings: TrainingSettings, network: Network, end: Node
) -> Chosen | None:
    key = str(end.params.get("scheduler", ""))
    if not key:
        return settings.scheduler
    if key == "none":
        return None
    try:
        return chosen_callable(catalog, _said(project, end, "scheduler", key), "scheduler", key)
    except SettingsError as error:
        raise _said_at(network, end, error, "scheduler") from None


def _said(project: Project, end: Node, part: str, key: str) -> dict[str, Value]:
    """What the training panel says of the optimizer or schedule `key`, and in its stead what the drawing says."""
    own = {name.partition(".")[2]: value for name, value in end.params.items() if name.startswith(f"{part}.")}
    return {**project.training, **{f"{part}.{key}.{name}": value for name, value in own.items()}}


def _says_itself(end: Node, part: str) -> bool:
    """Whether an end says something of its optimizer or schedule."""
    return bool(end.params.get(part)) or any(name.startswith(f"{part}.") for name in end.params)


def _said_at(network: Network, end: Node, error: SettingsError, key: str = "optimizer") -> SettingsError:
    """What is wrong with a setting of an end, with the end's name."""
    return SettingsError(f"{end.name} in {network.name}: {error}", key=key)
