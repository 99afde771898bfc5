"""Whatever keeps an objective from training is told on its node before a run, and nothing that is let through fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from objective_projects import gan
from test_objectives import loaded
from training_projects import moons

from drawing import Part, add, part
from graph.edits import Rename, SetParam
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING, Missing, Value
from graph.problems import Problem
from graph.shapes import ShapeMemo
from runtime.judging import judge
from runtime.plan import plan_source
from runtime.settings import resolve_data

MEMO = ShapeMemo()
CALL = "call:network"


def errors(project: Project) -> list[Problem]:
    """What keeps a project from training."""
    found = judge(load_catalog(), project, plan_source(resolve_data(project), None), MEMO).problems
    return [row for row in found if row.severity == "error"]


def learning(parts: dict[str, Part], *chains: str) -> Project:
    """A classifier of points with an objective that begins with both fields of the data and ends in `loss`."""
    project = moons({"optimizer": "SGD"}, samples=60)
    assert project.main().name == "network"
    ends = {"point": part("Input", field="point"), "label": part("Input", field="class"), "loss": part("Minimise")}
    add(project, "learn", ends | parts, *chains, order=0)
    return project


def through(*ops: str, **call: Value) -> Project:
    """An objective in which the answer goes through these ops, one after the other, and then into a mean."""
    parts = {"answer": part(CALL, **call), "mean": part("mean")}
    parts |= {f"n{place}": part(op, **load_catalog().ops[op].initial) for place, op in enumerate(ops)}
    names = [f"n{place}" for place in range(len(ops))]
    return learning(parts, " > ".join(["point", "answer", *names, "mean", "loss"]))


def opponents(network: str, node: str, name: str, value: Value | Missing) -> Project:
    """A GAN in which one setting is another."""
    project = gan()
    SetParam(network="tell_apart", uid="tell_apart-loss", name="networks", value=("discriminator",)).apply(project)
    SetParam(network=network, uid=f"{network}-{node}", name=name, value=value).apply(project)
    return project


def attacked(**call: Value) -> Project:
    """A classifier that learns from points that were moved against a call of it."""
    parts = {
        "tracked": part("track"),
        "seen": part(CALL, **call),
        "surprise": part("cross_entropy"),
        "slope": part("Gradient"),
        "way": part("sign"),
        "moved": part("add"),
        "answer": part(CALL),
        "error": part("cross_entropy"),
    }
    return learning(
        parts,
        "point > tracked > seen > surprise > slope.number",
        "label > surprise",
        "tracked > slope.tensor",
        "point > moved",
        "slope > way > moved > answer > error > loss",
        "label > error",
    )


def given_target() -> Project:
    """A loss whose target learns."""
    parts = {"answer": part(CALL), "again": part(CALL), "error": part("soft_margin_loss")}
    return learning(parts, "point > answer > error > loss", "point > again > error")


def told_as(name: str) -> Project:
    """A GAN that logs a number by this name."""
    project = opponents("fool", "mean", "dim", MISSING)
    for uid, new in (("loss", "end"), ("real_score", name)):
        Rename(network="tell_apart", uid=f"tell_apart-{uid}", name=new).apply(project)
    return project


def deleted() -> Project:
    """A GAN whose generator is gone, and one objective that trains it by name."""
    project = opponents("fool", "mean", "dim", MISSING)
    del project.networks["generator"]
    del project.networks["fool"]
    return project


def unlabelled_attack() -> Project:
    """An attack that is to keep within the range of samples of which nothing is known before."""
    parts = {"more": part("Input", field="unlabelled_point"), "answer": part(CALL), "error": part("entropy_of_scores")}
    parts["moved"] = part("FGSM", network="network", by_data=True, error="the loss of this step")
    project = learning(parts, "more > moved > answer > error > loss")
    project.data.update({"split.per_class": 4, "split.unlabelled": True})
    return project


WRONG: dict[str, tuple[Callable[[], Project], str, str]] = {
    "no path": (lambda: through("argmax", "float"), "loss", "idle-network"),
    "whole numbers": (lambda: through("long", "float"), "loss", "idle-network"),
    "rounded": (lambda: through("round"), "loss", "idle-network"),
    "compared with itself": (lambda: through("zeros_like", "exp"), "loss", "idle-network"),
    "not one number": (lambda: opponents("fool", "mean", "dim", 1), "mean", "step"),
    "detached": (lambda: opponents("fool", "fake", "detached", True), "loss", "idle-network"),
    "frozen": (lambda: through(frozen=True), "loss", "nothing-learns"),
    "frozen and detached": (lambda: through(frozen=True, detached=True), "loss", "nothing-learns"),
    "a detach on the way": (lambda: through("detach"), "loss", "idle-network"),
    "only an average": (lambda: through(average=0.9), "loss", "nothing-learns"),
    "adjusted twice": (lambda: opponents("fool", "loss", "networks", MISSING), "loss", "trained-twice"),
    "an attack in train mode": (attacked, "seen", "attack-in-training"),
    "a target that learns": (given_target, "error", "learned-target"),
    "a log that is called as the loss is": (lambda: told_as("loss"), "loss", "told-alike"),
    "a log that is called as an objective": (lambda: told_as("fool"), "fool", "told-alike"),
    "a call of what was deleted": (deleted, "fake", "unknown-op"),
    "a range that is not known": (unlabelled_attack, "moved", "bad-attack"),
}
MENDED = WRONG.keys() - {
    *("no path", "whole numbers", "rounded", "compared with itself"),
    *("only an average", "a call of what was deleted"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_what_cannot_train_is_told_on_its_node_and_mended_by_its_fix(name: str) -> None:
    draw, node, code = WRONG[name]
    project = draw()
    found = errors(project)
    told = [(project.networks[row.network].node(row.node).name, row.code) for row in found]
    assert told == [(node, code)], found
    assert found[0].message.endswith(".")
    assert bool(found[0].fixes) == (name in MENDED)
    if name in MENDED:
        found[0].fixes[0].edit.apply(project)
        assert errors(project) == []


def unwired() -> Project:
    """A loss that is made of the points alone, beside a call."""
    return learning({"answer": part(CALL), "mean": part("mean")}, "point > answer", "point > mean > loss")


def two_stops() -> Project:
    """A loss to which two ways lead, and nothing is learned along either."""
    parts = {"answer": part(CALL), "mean": part("mean"), "still": part("detach"), "round": part("round")}
    return learning(
        parts | {"both": part("add")}, *("point > answer > still > both > mean > loss", "answer > round > both")
    )


def all_frozen() -> Project:
    """A step that trains a network none of whose layers learns."""
    project = through()
    for node in project.main().nodes():
        if node.op in ("Linear", "BatchNorm1d"):
            SetParam(network="network", uid=node.uid, name="@frozen", value=True).apply(project)
    return project


def thrice() -> Project:
    """A GAN whose generator is adjusted by three steps."""
    project = opponents("fool", "loss", "networks", MISSING)
    for name in ("again", "gather"):
        add(project, name, {"noise": part("Input", field="image"), "loss": part("Minimise")}, order=5)
    for name in ("again", "gather"):
        SetParam(network=name, uid=f"{name}-loss", name="networks", value=("generator",)).apply(project)
    return project


SAID: dict[str, tuple[Callable[[], Project], str, tuple[str, ...]]] = {
    "a detach on the way": (
        lambda: through("detach"),
        "loss trains network, but nothing is learned through n0 (detach), by which answer leads to loss. Remove it.",
        ("Remove n0",),
    ),
    "rounded": (
        lambda: through("round"),
        "loss trains network, but nothing is learned through n0 (round), by which answer leads to loss. "
        "Lead another way.",
        (),
    ),
    "two of them": (
        two_stops,
        "loss trains network, but no path leads from answer to loss along which anything is learned. Look for a "
        "detach, or for what is rounded, counted or compared.",
        (),
    ),
    "no wire": (
        unwired,
        "loss trains network, but no wire leads from answer to loss. Wire what is made of the answer into loss.",
        (),
    ),
    "all layers frozen": (
        all_frozen,
        "loss trains network, but all its layers are frozen. Let one of them learn.",
        (),
    ),
    "a frozen call": (
        lambda: through(frozen=True, detached=True),
        "loss has nothing to adjust: answer is frozen and detached. Call a network and let it learn.",
        ("Let answer learn",),
    ),
    "a mean over an axis": (
        lambda: opponents("fool", "mean", "dim", 1),
        "loss needs one number, but what arrives has the shape N. The axis of mean is set: unset it.",
        ("Unset axis of mean",),
    ),
    "adjusted thrice": (
        thrice,
        "fool, again and gather all adjust generator. If that is meant, name it in loss; else name the others alone.",
        (),
    ),
}


@pytest.mark.parametrize("name", list(SAID))
def test_a_problem_names_what_is_to_blame(name: str) -> None:
    draw, sentence, labels = SAID[name]
    found = {row.message: row for row in errors(draw())}
    assert sentence in found, list(found)
    assert tuple(fix.label for fix in found[sentence].fixes) == labels or name == "adjusted thrice"


OPS = [
    *(
        "detach",
        "argmax",
        "round",
        "sign",
        "eq",
        "long",
        "bool",
        "float",
        "one_hot",
        "track",
        "Gradient",
        "sort",
        "topk",
    ),
    *("isnan", "nonzero", "zeros_like", "rand_like", "count_nonzero", "pseudo_label", "sharpened_assignment", "kmeans"),
    *("where", "neg", "sum", "Softmax", "square", "soft_margin_loss", "cross_entropy", "mse_loss", "gather"),
]


@st.composite
def objectives(draw: st.DrawFn) -> Project:
    """A small objective of ops that may and may not let gradients through."""
    settings = [{}, {}, {"detached": True}, {"frozen": True}, {"average": 0.9}, *([{"mode": "eval"}] * 3)]
    call = draw(st.sampled_from(settings))
    parts: dict[str, Part] = {"tracked": part("track"), "answer": part(CALL, **call), "mean": part("mean")}
    chains = ["point > tracked > answer"]
    last = "answer"
    for place, op in enumerate(draw(st.lists(st.sampled_from(OPS), max_size=3))):
        spec, name = load_catalog().ops[op], f"n{place}"
        parts[name] = part(op, **spec.initial)
        for at, port in enumerate(one for one in spec.inputs if not one.optional):
            giver = last if at == 0 else draw(st.sampled_from([last, "label", "point", "tracked"]))
            chains.append(f"{giver} > {name}.{port.name}")
        last = name
    for place in range(draw(st.integers(0, 2))):
        slope = f"slope{place}"
        parts |= {slope: part("Gradient"), f"{slope}_sum": part("sum"), f"{slope}_seen": part("LogValue")}
        by = draw(st.sampled_from(["tracked", "tracked", "point", "label", "answer", last]))
        chains += [f"mean > {slope}.number", f"{by} > {slope}.tensor", f"{slope} > {slope}_sum > {slope}_seen"]
    return learning(parts, *chains, f"{last} > mean > loss")


@pytest.mark.filterwarnings("ignore:Using a target size")
@settings(max_examples=40, deadline=None)
@given(project=objectives())
def test_what_is_let_through_takes_a_step(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    if not errors(project):
        folder = tmp_path_factory.getbasetemp()
        training = loaded(project, Path(folder)).Training()
        for network in training.networks.values():
            network.train()
        training.train_step(torch.arange(16))
