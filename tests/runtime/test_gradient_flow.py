"""What torch could not find a gradient of is told on its node before a run, inside of networks too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from test_objective_problems import errors
from test_objectives import loaded

from drawing import Part, add, part
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value

POINT, LABEL, LOSS = part("Input", field="point"), part("Input", field="class"), part("Minimise")
ANSWER = part("Output", field="class")
END = {"point": POINT, "label": LABEL, "error": part("cross_entropy"), "loss": LOSS}


def classifier(source: str = "moons", **data: Value) -> Project:
    """A project with a network that says of points which class they are."""
    project = Project(data={"source": source, f"{source}.samples": 60, "split.method": "random", **data})
    project.training.update({"epochs": 2, "batch_size": 16, "threads": 1})
    network(project, "judge")
    return project


def network(project: Project, name: str, *last: str, width: int = 2, **hidden: Value) -> None:
    """A network with one layer that ends in these ops."""
    parts = {"points": POINT, "hidden": part("Linear", out_features=width, **hidden)}
    parts |= {f"n{place}": part(op, **load_catalog().ops[op].initial) for place, op in enumerate(last)}
    add(project, name, parts | {"scores": ANSWER}, " > ".join([*parts, "scores"]))


def learning(project: Project, parts: dict[str, Part], *chains: str, **end: Value) -> Project:
    """The project with an objective that holds an error against the label."""
    add(project, "learn", END | {"loss": part("Minimise", **end)} | parts, *chains, "label > error", order=0)
    return project


def twice(*last: str, end: tuple[str, ...] = (), **hidden: Value) -> Project:
    """Two networks whose answers are added; the second ends in these ops."""
    project = classifier()
    network(project, "second", *last, **hidden)
    parts = {"one": part("call:judge"), "other": part("call:second"), "both": part("add")}
    return learning(project, parts, "point > one > both > error > loss", "point > other > both", networks=end)


def unused() -> Project:
    """A network of two answers, of which the one that is used has no weights before it."""
    project = classifier()
    parts = {"points": POINT, "hidden": part("Linear", out_features=2)}
    outputs = {"scores": ANSWER, "itself": part("Output")}
    add(project, "second", parts | outputs, "points > hidden > scores", "points > itself")
    return learning(project, {"both": part("call:second")}, "point > both", "both.itself > error > loss")


def misled(op: str, name: str = "second", *, ends: tuple[tuple[str, str], ...] = (), **attack: Value) -> Project:
    """A classifier that learns from points which mislead a network that nothing else asks."""
    project = classifier()
    parts = {"points": POINT, "hidden": part("Linear", out_features=2), "scores": ANSWER}
    parts |= {end: {"Input": POINT, "Output": ANSWER}[op] for op, end in ends}
    add(project, "second", parts, "points > hidden > scores", *(f"hidden > {end}" for op, end in ends if op != "Input"))
    if name == "flat":
        network(project, "flat", "sign")
    moved = {"moved": part(op, network=name, **attack), "answer": part("call:judge")}
    return learning(project, moved, "point > moved > answer > error > loss", "label > moved.label")


def in_vain() -> Project:
    """An attack on the loss of its step, which what is attacked does not change."""
    parts = {"moved": part("FGSM", network="judge", error="the loss of this step"), "way": part("sign")}
    parts |= {"answer": part("call:judge"), "far": part("mean"), "total": part("add")}
    return learning(classifier(), parts, "point > answer > error > total > loss", "point > moved > way > far > total")


def only_attacked() -> Project:
    """An end that names a network which an attack alone asks."""
    parts = {"moved": part("PGD", network="second"), "answer": part("call:judge")}
    project = classifier()
    network(project, "second")
    chains = ("point > moved > answer > error > loss", "label > moved.label")
    return learning(project, parts, *chains, networks=("judge", "second"))


def few_scores(op: str) -> Project:
    """Two scores for five classes."""
    project = classifier("blobs", **{"blobs.classes": 5})
    network(project, "many", width=5)
    parts = {"answer": part("call:many" if op else "call:judge")}
    if not op:
        return learning(project, parts, "point > answer > error > loss")
    parts["moved"] = part(op, network="judge")
    return learning(project, parts, "point > moved > answer > error > loss", "label > moved.label")


def sloped(tensor: str, number: str) -> Project:
    """A gradient of an error with the points or with what follows them, where the error is of either."""
    parts = {
        "tracked": part("track"),
        "seen": part("call:judge", mode="eval"),
        "surprise": part("cross_entropy"),
        "slope": part("Gradient"),
        "way": part("sign"),
        "moved": part("add"),
        "answer": part("call:judge"),
    }
    chains = [f"{number} > seen > surprise > slope.number", "label > surprise", f"{tensor} > slope.tensor"]
    chains += ["point > tracked", "point > moved", "slope > way > moved > answer > error > loss"]
    return learning(classifier(), parts, *chains)


LATER: dict[str, Value] = {"@frozen": True, "@thaw": 1}
WRONG: dict[str, tuple[Callable[[], Project], str, str]] = {
    "detached within": (lambda: twice("detach"), "loss", "idle-network"),
    "frozen within": (lambda: twice(**{"@frozen": True}), "loss", "idle-network"),
    "an output without weights": (unused, "loss", "idle-network"),
    "all of it thaws later": (lambda: twice(end=("second",), **LATER), "loss", "nothing-learns"),
    "a network that is only attacked": (only_attacked, "loss", "idle-network"),
    "an attack on two Inputs": (lambda: misled("FGSM", ends=(("Input", "time"),)), "moved", "no-such-network"),
    "an attack on two Outputs": (lambda: misled("PGD", ends=(("Output", "more"),)), "moved", "no-such-network"),
    "an attack on what jumps": (lambda: misled("FGSM", "flat"), "moved", "no-gradient"),
    "an attack by the step that it does not reach": (in_vain, "moved", "no-gradient"),
    "an attack with few scores": (lambda: few_scores("PGD"), "moved", "step"),
    "a gradient that nothing follows": (lambda: sloped("point", "point"), "slope", "no-gradient"),
    "a gradient of something else": (lambda: sloped("tracked", "point"), "slope", "no-gradient"),
    "fewer scores than classes": (lambda: few_scores(""), "error", "shape"),
}
MENDED = {
    *("a network that is only attacked", "an attack on two Inputs", "an attack on two Outputs"),
    "a gradient that nothing follows",
}
SOUND: dict[str, Callable[[], Project]] = {
    "one network thaws later": lambda: twice(**LATER),
    "only an attack asks a network": lambda: misled("PGD", epsilon=0.1, steps=2),
    "a gradient of what is followed": lambda: sloped("tracked", "tracked"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_what_has_no_gradient_is_told_on_its_node_and_mended_by_its_fix(name: str) -> None:
    draw, node, code = WRONG[name]
    project = draw()
    found = errors(project)
    told = [(project.networks[row.network].node(row.node).name, row.code) for row in found]
    assert told == [(node, code)], found
    assert bool(found[0].fixes) == (name in MENDED)
    if name in MENDED:
        found[0].fixes[0].edit.apply(project)
        assert errors(project) == []


@pytest.mark.parametrize("name", list(SOUND))
def test_what_has_one_takes_a_step(name: str, tmp_path: Path) -> None:
    project = SOUND[name]()
    assert errors(project) == []
    assert next(loaded(project, tmp_path).Training().run()).step == 1
