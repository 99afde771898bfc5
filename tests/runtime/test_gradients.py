"""Gradients in a drawn step: those of one number are asked for in one call, and nothing else comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import black
import pytest
import torch
from objective_projects import add, part
from torch.nn import functional
from training_projects import moons

from drawing import Part
from graph.edits import Rename
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.snippet import snippet
from runtime.preparation import prepare
from runtime.value_look import ValueLook
from twins import Batch, Compiled, Loss, Nets, Numbers, apart


def _drawn(parts: dict[str, Part], *chains: str) -> Project:
    """A classifier of points, its weights handed out too, and an objective that begins with both fields."""
    project = moons({"optimizer": "SGD", "batch_size": 16, "threads": 1}, samples=60)
    add(
        project,
        "judge",
        {
            "point": part("Input"),
            "more": part("Input"),
            "both": part("add"),
            "weights": part("parameter", shape=(2, 2), fill="list", numbers=(0.6, -0.4, 0.3, 0.9)),
            "turned": part("matmul"),
            "squash": part("Tanh"),
            "score": part("Output"),
            "held": part("Output"),
        },
        "point > both > turned.input",
        "more > both",
        "weights > turned.other",
        "turned > squash > score",
        "weights > held",
    )
    ends = {"point": part("Input", field="point"), "label": part("Input", field="class"), "loss": part("Minimise")}
    add(project, "learn", ends | parts, *chains, order=0)
    return project


def _looked_at(*names: str) -> tuple[dict[str, Part], list[str]]:
    """Nodes that tell how steep gradients are."""
    parts = {f"{name}_{end}": part(op) for name in names for end, op in (("far", "abs"), ("mean", "mean"))}
    parts |= {f"{name}_seen": part("LogValue") for name in names}
    return parts, [f"{name} > {name}_far > {name}_mean > {name}_seen" for name in names]


def of_one_number(**second: bool) -> Project:
    """Two calls of one network with two beginnings, and how both beginnings and its weights change the error."""
    names = ("by_point", "by_more", "by_weights")
    parts, chains = _looked_at(*names)
    parts |= {name: part("Gradient") for name in names}
    parts["by_more"] = part("Gradient", **second)
    parts |= {"first": part("track"), "other": part("track"), "turned": part("neg"), "more": part("sin")}
    parts |= {"judged": part("call:judge", mode="eval"), "again": part("call:judge", mode="eval"), "both": part("add")}
    parts |= {"error": part("cross_entropy")}
    return _drawn(
        parts,
        "point > first > judged.point",
        "point > more > other > judged.more",
        "first > turned > again.point",
        "judged.score > again.more",
        "judged.score > both > error > loss",
        "again.score > both",
        "label > error",
        *(f"error > {name}.number" for name in names),
        "first > by_point.tensor",
        "other > by_more.tensor",
        "again.held > by_weights.tensor",
        *chains,
    )


def by_hand(*, at_once: bool) -> Loss:
    """The loss of `of_one_number`, its gradients asked for in one call, or in one for each."""

    def loss(nets: Nets, batch: Batch, _step: int) -> Numbers:
        judge, point = nets["judge"], batch["point"]
        first = point.detach().requires_grad_()
        turned = -first
        other = torch.sin(point).detach().requires_grad_()
        _, score = judge(other, first)
        weights, again = judge(score, turned)
        error = functional.cross_entropy(score + again, batch["class"])
        tensors = (other, first, weights)
        if at_once:
            slopes = torch.autograd.grad(error, tensors, retain_graph=True)
        else:
            slopes = tuple(torch.autograd.grad(error, one, retain_graph=True)[0] for one in tensors)
        names = ("by_more_seen", "by_point_seen", "by_weights_seen")
        return {"loss": error, **{name: slope.abs().mean() for name, slope in zip(names, slopes, strict=True)}}

    return loss


def of_two_numbers() -> Project:
    """How a point changes the error, and how it changes the sum of the scores, of a network without a mode."""
    parts, chains = _looked_at("by_error", "by_sum")
    parts |= {"first": part("track"), "judged": part("call:judge"), "error": part("cross_entropy")}
    parts |= {"total": part("sum"), "by_error": part("Gradient"), "by_sum": part("Gradient")}
    return _drawn(
        parts,
        "point > first > judged.point",
        "point > judged.more",
        "judged.score > error > loss",
        "judged.score > total",
        "label > error",
        "error > by_error.number",
        "total > by_sum.number",
        "first > by_error.tensor",
        "first > by_sum.tensor",
        *chains,
    )


def of_a_gradient() -> Project:
    """How the point changes how steep the error is."""
    parts, chains = _looked_at("bend")
    parts |= {"first": part("track"), "judged": part("call:judge", mode="eval"), "error": part("cross_entropy")}
    parts |= {"slope": part("Gradient", create_graph=True), "squared": part("square"), "steep": part("sum")}
    return _drawn(
        parts | {"bend": part("Gradient")},
        "point > first > judged.point",
        "point > judged.more",
        "judged.score > error > loss",
        "label > error",
        "error > slope.number",
        "first > slope.tensor",
        "slope > squared > steep > bend.number",
        "first > bend.tensor",
        *chains,
    )


def of_an_attack() -> Project:
    """A point and what is added to it, both moved against the network, which learns from where they come to lie."""
    parts: dict[str, Part] = {
        "first": part("track"),
        "other": part("track"),
        "judged": part("call:judge", mode="eval"),
        "harm": part("cross_entropy"),
        "by_first": part("Gradient"),
        "by_other": part("Gradient"),
        "way": part("sign"),
        "aside": part("sign"),
        "moved": part("add"),
        "shifted": part("add"),
        "answer": part("call:judge"),
        "error": part("cross_entropy"),
        "harm_seen": part("LogValue"),
    }
    return _drawn(
        parts,
        "point > first > judged.point",
        "point > other > judged.more",
        "judged.score > harm > harm_seen",
        "label > harm",
        "harm > by_first.number",
        "harm > by_other.number",
        "first > by_first.tensor",
        "other > by_other.tensor",
        "point > moved",
        "by_first > way > moved > answer.point",
        "point > shifted",
        "by_other > aside > shifted > answer.more",
        "answer.score > error > loss",
        "label > error",
    )


def asked(text: str) -> list[str]:
    """The lines by which a script asks for gradients."""
    lines = re.findall(r"^ +[^\n]* = torch\.autograd\.grad\((?:[^\n]*\)|(?:.|\n)*?^    \))", text, re.MULTILINE)
    return [re.sub(r"(?<=\() | (?=\))", "", " ".join(one.split())) for one in lines]


LINES: dict[str, tuple[Callable[[], Project], list[str]]] = {
    "of one number": (
        of_one_number,
        ["by_more, by_point, by_weights = torch.autograd.grad(error, (other, first, again), retain_graph=True)"],
    ),
    "of different numbers": (
        of_two_numbers,
        [
            "(by_error,) = torch.autograd.grad(error, first, retain_graph=True)",
            "(by_sum,) = torch.autograd.grad(total, first, retain_graph=True)",
        ],
    ),
    "one of which is learned through": (
        lambda: of_one_number(create_graph=True),
        [
            "(by_more,) = torch.autograd.grad(error, other, create_graph=True)",
            "by_point, by_weights = torch.autograd.grad(error, (first, again), retain_graph=True)",
        ],
    ),
    "of a gradient": (
        of_a_gradient,
        [
            "(slope,) = torch.autograd.grad(error, first, create_graph=True)",
            "(bend,) = torch.autograd.grad(steep, first, retain_graph=True)",
        ],
    ),
    "nothing is learned after": (
        of_an_attack,
        ["by_first, by_other = torch.autograd.grad(harm, (first, other))"],
    ),
}


@pytest.mark.parametrize("name", list(LINES))
def test_gradients_are_asked_for_as_a_person_writes_it_and_the_step_can_be_taken(name: str, tmp_path: Path) -> None:
    draw, expected = LINES[name]
    prepared = prepare(dump(draw()), tmp_path)
    text = prepared.scripts.train
    assert asked(text) == expected
    assert black.format_str(text, mode=black.Mode()) == text
    training = prepared.load().Training()
    training.train_step(training.batches(1)[0])


def test_several_gradients_in_one_call_are_those_of_a_call_for_each_to_the_last_bit(tmp_path: Path) -> None:
    mine = Compiled(of_one_number(), tmp_path)
    drawn = mine.outcome("learn", mine.drawn("learn"))
    assert all(one > 0 for one in drawn.numbers.values())
    for at_once in (False, True):
        wanted = mine.outcome("learn", by_hand(at_once=at_once))
        assert list(apart(drawn, wanted, same_operations=at_once)) == []


def test_the_numbers_of_each_gradient_can_be_seen(tmp_path: Path) -> None:
    project = of_one_number()
    prepared = prepare(dump(project), tmp_path)
    module = prepared.load()
    values = ValueLook(module, module.Training(device="cpu"), prepared).values(0, 0)
    found = {one.node: one.value for one in values.ports}
    for name in ("by_point", "by_more", "by_weights"):
        slope, far = (found[f"learn-{one}"] for one in (name, f"{name}_far"))
        assert slope.values
        assert tuple(abs(one) for one in slope.values) == far.values, name
    lines = prepared.scripts.step_lines
    assert lines["learn-by_point"] == lines["learn-by_more"] == lines["learn-by_weights"]


def test_gradients_that_are_copied_as_code_are_one_call() -> None:
    network = of_one_number().networks["learn"]
    picked = {"learn-by_point", "learn-by_more"}
    assert snippet(load_catalog(), network, picked, {}) == "by_point, x = torch.autograd.grad(error, (first, other))\n"
    assert snippet(load_catalog(), network, {"learn-by_more"}, {}) == "(x,) = torch.autograd.grad(error, other)\n"


def test_names_that_do_not_fit_into_a_line_stand_one_by_one(tmp_path: Path) -> None:
    project = of_one_number()
    for name in ("by_point", "by_more", "by_weights"):
        new = f"how_the_error_changes_{name}"
        Rename(network="learn", uid=f"learn-{name}", name=new).apply(project)
    text = prepare(dump(project), tmp_path).scripts.train
    assert black.format_str(text, mode=black.Mode()) == text
    assert "    ) = torch.autograd.grad(error, (other, first, again), retain_graph=True)\n" in text
