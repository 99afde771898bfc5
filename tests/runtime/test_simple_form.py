"""The training panel and the drawing of the step say the same, both ways, and train to the same weights."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from objective_projects import add, part
from panels import fields_of, panels
from test_objectives import loaded

from graph.blocks import catalog_of
from graph.edits import Rename, SetParam, SetSetting
from graph.errors import LoomError
from graph.files import dump, parse
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING, Missing, Value
from graph.shapes import ShapeMemo, infer
from graph.simple_form import Simple, read_simple, settings_said
from graph.simple_step import Judged, drawn_from
from runtime.analysis import Analyser
from runtime.preparation import prepare
from runtime.settings import losses_for
from runtime.simple_step import TARGET, Ports, attack_drawn, edit_of_setting, judged_of
from runtime.sources import known_fields

FIELDS = known_fields("moons", {})
MEMO = ShapeMemo()
PARAMS: dict[str, st.SearchStrategy[Value]] = {
    "loss.CrossEntropyLoss.label_smoothing": st.sampled_from([0.0, 0.1]),
    "loss.CrossEntropyLoss.weight": st.sampled_from([(1.0, 2.5), (0.5, 1.0)]),
    "loss.NLLLoss.weight": st.just((1.0, 2.5)),
    "loss.FocalLoss.weight": st.just((1.0, 2.5)),
    "loss.CrossEntropyLoss.ignore_index": st.sampled_from([-100, -1]),
    "loss.FocalLoss.gamma": st.sampled_from([2.0, 0.5]),
    "loss.DiceLoss.smooth": st.just(2.0),
    "loss.HingeLoss.squared": st.booleans(),
    "loss.MultiMarginLoss.p": st.sampled_from([1, 2]),
    "loss.HuberLoss.delta": st.just(0.5),
    "loss.SmoothL1Loss.beta": st.just(0.5),
}
HOW: dict[str, st.SearchStrategy[Value]] = {
    "optimizer": st.sampled_from(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"]),
    "optimizer.Adam.betas": st.just((0.5, 0.9)),
    "optimizer.SGD.momentum": st.just(0.9),
    "scheduler": st.sampled_from(["none", "StepLR", "OneCycleLR", "ReduceLROnPlateau"]),
    "l1": st.sampled_from([0.0, 0.001]),
    "l2": st.sampled_from([0.0, 0.01]),
    "clip.norm": st.sampled_from([0.0, 0.5]),
    "clip.value": st.sampled_from([0.0, 0.1]),
}


def points(widths: tuple[int, ...], training: Mapping[str, Value]) -> Project:
    """A network of points with an Output for each width: the class, and the points again."""
    project = Project(data={"source": "moons", "moons.samples": 60, "split.method": "random"})
    project.training.update({"epochs": 1, "batch_size": 16, "threads": 1, **training})
    names = [("kind", "class"), ("again", "point")][: len(widths)]
    parts = {"point": part("Input", field="point"), "relu": part("ReLU")}
    parts |= {f"to_{name}": part("Linear", out_features=width) for (name, _), width in zip(names, widths, strict=True)}
    parts |= {name: part("Output", field=field) for name, field in names}
    add(project, "net", parts, "point > relu", *(f"relu > to_{name} > {name}" for name, _ in names))
    return project


@st.composite
def of_points(draw: st.DrawFn) -> Project:
    """A project with settings of the training panel that go together."""
    widths = draw(st.sampled_from([(2,), (1,), (2, 2), (1, 2)]))
    training = draw(st.fixed_dictionaries({}, optional={**PARAMS, **HOW}))
    if len(widths) == 1 and draw(st.booleans()):
        training["loss.BCEWithLogitsLoss.pos_weight"] = (1.5, 0.5)[: widths[0]]
    losses = [loss for loss in losses_for("classification") if widths[0] == 2 or loss not in ONLY_CLASSES]
    if len(widths) == 1:
        training["loss"] = draw(st.sampled_from(losses))
    else:
        training["head.net-kind.loss"] = draw(st.sampled_from(losses))
        training["head.net-again.loss"] = draw(st.sampled_from(losses_for("autoencoder")))
        for uid in ("kind", "again"):
            training[f"head.net-{uid}.weight"] = draw(st.sampled_from([1.0, 0.25, 3.0]))
    return points(widths, training)


ONLY_CLASSES = {"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss", "MultiLabelSoftMarginLoss"}


def ports_of(project: Project) -> Ports:
    catalog = catalog_of(load_catalog(), project)
    return infer(catalog, project.main(), {field.name: field for field in FIELDS}, MEMO).ports


def said(project: Project) -> tuple[Judged, ...]:
    return judged_of(catalog_of(load_catalog(), project), project, FIELDS, ports_of(project))


def drawn(project: Project) -> Project:
    """The project with its settings drawn."""
    found = parse(dump(project))
    catalog = catalog_of(load_catalog(), found)
    drawn_from(catalog, found, said(found), "learn").apply(found)
    return found


def read(project: Project) -> Simple | None:
    return read_simple(catalog_of(load_catalog(), project), project)


def scrambled(project: Project, chance: random.Random) -> None:
    """Other names and places in the drawing."""
    network = project.networks["learn"]
    for number, node in enumerate(network.nodes()):
        Rename(network="learn", uid=node.uid, name=f"n{chance.randrange(10**6)}_{number}").apply(project)
        network.place(node.uid, (chance.uniform(-900, 900), chance.uniform(-900, 900)))


def with_setting(project: Project, key: str, value: Value | Missing) -> Project:
    found = parse(dump(project))
    SetSetting(section="training", key=key, value=value).apply(found)
    return found


CHANGES = st.sampled_from(
    [
        *(("loss", loss) for loss in losses_for("classification")),
        *(("head.net-kind.loss", loss) for loss in losses_for("classification")),
        *(("head.net-again.loss", loss) for loss in losses_for("autoencoder")),
        ("head.net-kind.weight", 2.0),
        ("head.net-again.weight", 1.0),
        ("loss.CrossEntropyLoss.label_smoothing", 0.2),
        ("loss.CrossEntropyLoss.label_smoothing", MISSING),
        ("loss.HuberLoss.delta", 2.0),
        ("loss.CrossEntropyLoss.weight", (3.0, 1.0)),
        ("loss.CrossEntropyLoss.weight", MISSING),
        ("loss.BCEWithLogitsLoss.pos_weight", (2.0,)),
    ]
)


@settings(max_examples=40, deadline=None)
@given(project=of_points(), change=CHANGES, chance=st.randoms(use_true_random=False))
def test_what_is_drawn_reads_as_the_settings_and_a_change_of_these_redraws_it(
    project: Project, change: tuple[str, Value | Missing], chance: random.Random
) -> None:
    shown = drawn(project)
    scrambled(shown, chance)
    found = read(shown)
    assert found is not None
    assert found.judged == said(project)
    wanted = with_setting(project, *change)
    try:
        expected = said(wanted)
    except LoomError:
        return
    before = dump(shown)
    places = dict(shown.networks["learn"].positions())
    edit = edit_of_setting(catalog_of(load_catalog(), shown), shown, FIELDS, ports_of(shown), *change)
    assert edit is not None
    undo = edit.apply(shown)
    again = read(shown)
    assert again is not None
    assert again.judged == expected
    assert again.call == found.call
    assert all(shown.networks["learn"].position(term.loss) == places[term.loss] for term in again.terms)
    undo.apply(shown)
    assert dump(shown) == before


def result(project: Project, folder: Path) -> object:
    training = loaded(project, folder).Training()
    for _ in training.run():
        pass
    return training.finish()


CASES: list[tuple[tuple[int, ...], dict[str, Value]]] = [
    ((2,), {"loss": "FocalLoss", "loss.FocalLoss.gamma": 0.5, "clip.norm": 0.5, "clip.value": 0.1, "l1": 0.001}),
    ((1,), {"loss": "SoftMarginLoss", "optimizer": "SGD", "optimizer.SGD.momentum": 0.9, "scheduler": "StepLR"}),
    ((2,), {"loss": "MSELoss", "l2": 0.01}),
    ((2,), {"loss": "CrossEntropyLoss", "loss.CrossEntropyLoss.weight": (0.5, 2.0)}),
    ((1,), {"loss": "BCEWithLogitsLoss", "loss.BCEWithLogitsLoss.pos_weight": (3.0,)}),
    ((2, 2), {"head.net-kind.loss": "FocalLoss", "loss.FocalLoss.weight": (2.0, 1.0)}),
    ((1, 2), {"head.net-kind.loss": "DiceLoss", "head.net-again.loss": "HuberLoss", "head.net-again.weight": 0.3}),
]


@pytest.mark.parametrize(("widths", "training"), CASES)
def test_either_trains_to_the_same_weights(widths: tuple[int, ...], training: dict[str, Value], tmp_path: Path) -> None:
    project = points(widths, training)
    assert result(project, tmp_path).weights_sha256 == result(drawn(project), tmp_path).weights_sha256
    unset = {key: value for key, value in training.items() if not key.endswith("weight") or key.startswith("head.")}
    if unset != training:
        plain = points(widths, unset)
        assert result(plain, tmp_path).weights_sha256 != result(project, tmp_path).weights_sha256


def outcome(project: Project, folder: Path) -> tuple[str, str]:
    """To what a training comes: the hash of its weights, or why there is none."""
    try:
        training = loaded(project, folder).Training()
    except LoomError:
        return "refused", ""
    try:
        for _ in training.run():
            pass
        return "trained", str(training.finish().weights_sha256)
    except (RuntimeError, ValueError) as error:
        is_diverged = type(error).__name__ == "TrainingStopped"
        return "diverged" if is_diverged else "stopped", str(error)


def told(project: Project) -> set[str]:
    """How grave the problems are that are told before a run."""
    return {row.severity for row in ANALYSER.analyse(0, dump(project), None).problems}


ANALYSER = Analyser(lambda row: None)


def assert_alike(project: Project, folder: Path) -> None:
    """The panel and its drawing come to the same, are read as the same, and have mistakes together."""
    catalog, fields = catalog_of(load_catalog(), project), fields_of(project)
    ports = infer(catalog, project.main(), {field.name: field for field in fields}, MEMO).ports
    try:
        judged = judged_of(catalog, project, fields, ports)
        shown = parse(dump(project))
        attack = attack_drawn(catalog, project, fields)
        drawn_from(catalog, shown, judged, "learn", attack).apply(shown)
    except LoomError:
        return
    simple = read(shown)
    assert simple is not None
    assert (simple.judged, simple.attack) == (judged, attack)
    found = outcome(project, folder)
    assert outcome(shown, folder) == found
    before = told(project)
    assert told(shown) == before
    assert ("error" in before) == (found[0] == "refused") or found[0] == "stopped"
    assert before or found[0] != "stopped"  # torch says nothing of its own that was not told


@settings(max_examples=8, deadline=None, derandomize=True)
@given(project=panels())
def test_settings_are_drawn_and_train_to_the_same_weights_or_are_refused_alike(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_alike(project, tmp_path_factory.mktemp("same"))


@pytest.mark.full
@settings(max_examples=300, deadline=None)
@given(project=panels())
def test_any_settings_train_to_the_same_weights_as_their_drawing(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_alike(project, tmp_path_factory.mktemp("same"))


WRONG: list[tuple[tuple[int, ...], dict[str, Value], str]] = [
    ((2,), {"loss": "BCELoss"}, "BCELoss takes numbers from 0 to 1"),
    ((2,), {"optimizer": "SGD", "optimizer.SGD.nesterov": True}, "SGD: Nesterov needs a momentum above 0"),
    ((2,), {"optimizer": "ASGD", "optimizer.ASGD.lambd": -0.7}, "ASGD: its decay (lambd) is -0.7; below 0"),
]


@pytest.mark.parametrize(("widths", "training", "words"), WRONG)
def test_what_the_panel_says_before_a_run_the_drawing_says_too(
    widths: tuple[int, ...], training: dict[str, Value], words: str
) -> None:
    project = points(widths, training)
    for one in (project, drawn(project)):
        (problem,) = [row for row in ANALYSER.analyse(0, dump(one), None).problems if row.severity == "error"]
        assert problem.message.startswith(words)


def test_the_validation_is_judged_by_the_loss_that_is_drawn(tmp_path: Path) -> None:
    project = drawn(points((2,), {"loss": "FocalLoss"}))
    project.training["loss"] = "CrossEntropyLoss"
    assert "LOSS = FocalLoss()" in prepare(dump(project), tmp_path).scripts.train


@pytest.mark.parametrize(
    ("uid", "key", "value"),
    [("loss", "weight", 2.0), ("loss", "every", 2), ("answer", "mode", "eval"), ("answer", "frozen", True)],
)
def test_what_settings_cannot_say_is_not_read_as_settings(uid: str, key: str, value: Value) -> None:
    project = drawn(points((2,), {}))
    node = project.networks["learn"].by_name(uid)
    assert node is not None
    SetParam(network="learn", uid=node.uid, name=key, value=value).apply(project)
    assert read(project) is None


def test_what_the_end_says_of_optimizer_and_rate_is_changed_at_the_end() -> None:
    project = drawn(points((2,), {"optimizer": "SGD"}))
    end = project.networks["learn"].by_name("loss")
    assert end is not None
    own: dict[str, Value] = {"optimizer": "Adam", "optimizer.betas": (0.5, 0.9), "lr": 0.5, "clip_norm": 1.0}
    project.networks["learn"].put_node(replace(end, params=own))
    simple = read(project)
    assert simple is not None
    shown = settings_said(simple, "SGD")
    assert shown["optimizer.Adam.lr"] == 0.5
    assert shown["optimizer.Adam.betas"] == (0.5, 0.9)
    for key, value in (("optimizer.Adam.lr", 0.1), ("clip.norm", 2.0), ("optimizer", "RMSprop")):
        edit = edit_of_setting(catalog_of(load_catalog(), project), project, FIELDS, {}, key, value)
        assert edit is not None
        edit.apply(project)
    assert project.networks["learn"].node(end.uid).params == {"optimizer": "RMSprop", "lr": 0.1, "clip_norm": 2.0}
    assert project.training["optimizer"] == "SGD"


def test_weights_of_classes_are_numbers_beside_the_loss_which_go_and_come_with_them(tmp_path: Path) -> None:
    project = drawn(points((2,), {"loss": "CrossEntropyLoss", "loss.CrossEntropyLoss.weight": (0.5, 2.0)}))
    catalog, network = catalog_of(load_catalog(), project), project.networks["learn"]
    assert "torch.tensor([0.5, 2.0], device=" in prepare(dump(project), tmp_path).scripts.train

    def numbers() -> list[Value]:
        return [node.params["numbers"] for node in network.nodes() if node.op == "numbers"]

    uid = next(node.uid for node in network.nodes() if node.op == "numbers")
    for key, value, expected in (
        ("loss.CrossEntropyLoss.weight", (1.0, 4.0), [(1.0, 4.0)]),
        ("loss", "MSELoss", []),
        ("loss", "FocalLoss", []),
        ("loss.FocalLoss.weight", (3.0, 1.0), [(3.0, 1.0)]),
        ("loss.FocalLoss.weight", MISSING, []),
    ):
        edit = edit_of_setting(catalog, project, FIELDS, ports_of(project), key, value)
        assert edit is not None
        edit.apply(project)
        assert numbers() == expected
        assert read(project) is not None
        if expected == [(1.0, 4.0)]:
            assert network.node(uid).params["numbers"] == (1.0, 4.0)  # the same node, where it lies
    balanced = points((2,), {"class_weights": "balanced"})
    with pytest.raises(LoomError, match="Class weights are counted in the data"):
        drawn(balanced)


def test_another_target_brings_a_loss_that_fits_it() -> None:
    project = drawn(points((2,), {"loss": "FocalLoss"}))
    catalog = catalog_of(load_catalog(), project)
    edit = edit_of_setting(catalog, project, FIELDS, ports_of(project), f"{TARGET}net-kind", "point")
    assert edit is not None
    edit.apply(project)
    simple = read(project)
    assert simple is not None
    assert [(one.answers, one.loss, one.ready) for one in simple.judged] == [
        ("point", losses_for("autoencoder")[0], ())
    ]
