"""Any drawn training step: what is let through trains as the drawing says, and goes on to the same bits."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_steps import mended, random_step
from steps_by_interpreter import Interpreter
from test_objective_problems import errors
from training_projects import said

from graph.files import dump, parse
from graph.model import Project
from graph.problems import Problem
from runtime.loader import load_script
from runtime.preparation import prepare

pytestmark = pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler")  # of what goes on where all rests
_ROUNDS, _LOOKED_AT = 12, 4


def told(project: Project) -> list[Problem]:
    """What keeps from training; each in a sentence, and most on a node."""
    found = errors(project)
    for row in found:
        assert row.message.endswith("."), row
        assert row.node or row.code in ("no-minimise", "setting", "told-alike"), row
    return found


def sound(seed: int) -> Project | None:
    """A step that is drawn at random, mended until nothing is told; None where that cannot be done."""
    project = random_step(seed)
    for _ in range(_ROUNDS):
        found = told(project)
        if not found:
            return parse(dump(project))
        before = dump(project)
        if not mended(project, found[0]):
            return None
        assert dump(project) != before, found[0]
    return None


def apart(nets: dict[str, Any], training: Any) -> list[str]:
    """What is not as it was found by following the drawing, to the last bit."""
    found = {**training.networks, **getattr(training, "averages", {})}
    return [
        f"{name}.{key}"
        for name in found
        for key, one in found[name].state_dict().items()
        if not torch.allclose(one, nets[name].state_dict()[key], rtol=0, atol=0, equal_nan=True)
    ]


def assert_as_drawn(seed: int, folder: Path) -> None:
    """Train what is drawn by this seed, follow the first steps by the drawing, and go on from a step in between."""
    project = sound(seed)
    assume(project is not None)
    assert project is not None
    module = load_script(prepare(dump(project), folder).scripts)
    training = module.Training()
    interpreter, take = Interpreter(project, training), training.train_step
    left = [_LOOKED_AT]

    def step(index: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            return take(index)
        start = torch.get_rng_state()
        nets, numbers = interpreter.step(index)
        end = torch.get_rng_state()
        torch.set_rng_state(start)
        record = take(index)
        assert apart(nets, training) == []
        assert torch.equal(torch.get_rng_state(), end)
        shown = {name: float(one).hex() for name, one in record.scalars.items()}
        assert shown == {name: float(one).hex() for name, one in numbers.items() if name in shown}
        return record

    training.train_step = step
    records, states = [], []
    try:
        for record in training.run():
            records.append(said(record))
            if hasattr(record, "scalars"):
                states.append((len(records), copy.deepcopy(training.state())))
    except module.TrainingStopped:
        return
    result = repr(training.finish())
    place, state = random.Random(seed).choice(states)
    torch.manual_seed(99)
    again = module.Training()
    again.load(state)
    assert [said(record) for record in again.run()] == records[place:]
    assert repr(again.finish()) == result


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_a_drawn_step_trains_as_it_is_drawn_or_tells_why_not(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_as_drawn(seed, tmp_path_factory.getbasetemp())


@pytest.mark.full
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9))
def test_any_drawn_step_trains_as_it_is_drawn_or_tells_why_not(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_as_drawn(seed, tmp_path_factory.getbasetemp())
