"""Each drawn loss of an example is what a person would write in torch: loss, gradients, and all that is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from drawing import add, part
from graph.files import read
from graph.model import Project
from graph.objectives import minimised
from make import EXAMPLES, FOLDER
from twins import Batch, Compiled, Loss, Nets, Numbers, all_twins, apart, threads_put_back

TWINS = all_twins()


@pytest.fixture(scope="module", autouse=True)
def _threads() -> Iterator[None]:
    with threads_put_back():
        yield


@lru_cache(maxsize=1)
def compiled(example: str) -> Compiled:
    return Compiled(read(FOLDER / f"{example}.loom"), FOLDER)


def test_every_objective_of_an_example_has_a_twin_and_every_twin_an_objective() -> None:
    objectives = {
        (name, one.name)
        for name in EXAMPLES
        for one in read(FOLDER / f"{name}.loom").objectives()
        if minimised(one) is not None
    }
    assert objectives - set(TWINS) == set(), "drawn, and nobody wrote it by hand"
    assert set(TWINS) - objectives == set(), "written by hand, and nobody drew it"


@pytest.mark.parametrize(("example", "objective"), sorted(TWINS))
def test_a_drawn_loss_is_the_one_written_by_hand(example: str, objective: str) -> None:
    mine, by_hand = compiled(example), TWINS[example, objective]
    drawn, expected = (mine.outcome(objective, loss) for loss in (mine.drawn(objective), by_hand.loss))
    assert list(apart(drawn, expected, same_operations=by_hand.same_operations)) == []
    assert any(one is not None and one.abs().sum() > 0 for one in drawn.gradients), "nothing would move"


def noisy() -> Project:
    """A classifier of points that are moved a little."""
    project = Project(data={"source": "moons", "moons.samples": 60, "split.method": "random"})
    project.training.update({"batch_size": 16, "threads": 1})
    add(
        project,
        "classifier",
        {
            "point": part("Input", field="point"),
            "hidden": part("Linear", out_features=8),
            "norm": part("BatchNorm1d"),
            "relu": part("ReLU"),
            "linear": part("Linear", out_features=2),
            "label": part("Output", field="class"),
        },
        "point > hidden > norm > relu > linear > label",
    )
    add(
        project,
        "learn",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "noise": part("randn_like"),
            "moved": part("add"),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise"),
            "seen": part("LogValue"),
        },
        "point > noise > moved.tensors.0",
        "point > moved.tensors.1",
        "moved > score > surprise > loss",
        "surprise > seen",
        "label > surprise",
        order=0,
    )
    return project


def right(nets: Nets, batch: Batch, _step: int) -> Numbers:
    moved = torch.randn_like(batch["point"]) + batch["point"]
    surprise = functional.cross_entropy(nets["classifier"](moved), batch["class"])
    return {"loss": surprise, "seen": surprise}


def a_bit_more(value: Tensor) -> Tensor:
    return torch.nextafter(value, torch.tensor(torch.inf))


def a_bit_off(nets: Nets, batch: Batch, step: int) -> Numbers:
    numbers = right(nets, batch, step)
    return numbers | {"loss": a_bit_more(numbers["loss"])}


def logs_another_number(nets: Nets, batch: Batch, step: int) -> Numbers:
    numbers = right(nets, batch, step)
    return numbers | {"seen": a_bit_more(numbers["seen"])}


def logs_nothing(nets: Nets, batch: Batch, step: int) -> Tensor:
    return right(nets, batch, step)["loss"]


def twice_the_slope(nets: Nets, batch: Batch, step: int) -> Numbers:
    numbers = right(nets, batch, step)
    return numbers | {"loss": numbers["loss"] + (numbers["loss"] - numbers["loss"].detach())}


def one_more_number(nets: Nets, batch: Batch, step: int) -> Numbers:
    numbers = right(nets, batch, step)
    torch.rand(())
    return numbers


def moves_statistics(nets: Nets, batch: Batch, step: int) -> Numbers:
    nets["classifier"].get_buffer("norm.num_batches_tracked").add_(1)
    return right(nets, batch, step)


def leaves_eval(nets: Nets, batch: Batch, step: int) -> Numbers:
    numbers = right(nets, batch, step)
    nets["classifier"].eval()
    return numbers


def other_operations(nets: Nets, batch: Batch, _step: int) -> Numbers:
    moved = batch["point"] + torch.randn_like(batch["point"])
    surprise = functional.cross_entropy(nets["classifier"](moved), batch["class"], reduction="none")
    loss = functional.cross_entropy(nets["classifier"](moved), batch["class"]) + 0 * surprise.sum()
    return {"loss": loss, "seen": loss}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (right, []),
        (a_bit_off, ["the loss"]),
        (logs_another_number, ["the seen"]),
        (logs_nothing, ["which numbers there are"]),
        (twice_the_slope, ["the gradient of weight"] * 6),
        (one_more_number, ["the random numbers"]),
        (moves_statistics, ["what is in classifier.norm.num_batches_tracked"]),
        (leaves_eval, ["which parts train"]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_wrong_twin_is_found_out(wrong: Loss, told: list[str]) -> None:
    mine = Compiled(noisy(), Path())
    outcomes = [mine.outcome("learn", loss) for loss in (mine.drawn("learn"), wrong)]
    found = list(apart(*outcomes, same_operations=False))
    assert len(found) == len(told), found
    assert all(text.startswith(words) for text, words in zip(found, told, strict=True)), found


def test_other_operations_are_found_out_where_they_must_be_the_same() -> None:
    mine = Compiled(noisy(), Path())
    drawn, same, other = (mine.outcome("learn", loss) for loss in (mine.drawn("learn"), right, other_operations))
    assert list(apart(drawn, same, same_operations=True)) == []
    assert any(text.startswith("the operations") for text in apart(drawn, other, same_operations=True))
