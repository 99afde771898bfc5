"""Where the network answers with too many or too few numbers, the offered repair mends it in one edit."""

from __future__ import annotations

import pytest
from training_projects import Layer, project_of

from graph.files import dump
from graph.model import Project
from runtime.analysis import Analyser
from runtime.protocol import Analysis


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(lambda row: None)


def analysed(analyser: Analyser, project: Project) -> Analysis:
    request = {"kind": "analyse", "revision": 1, "project": dump(project), "base": "", "may_read": True}
    return Analysis.from_json(analyser.answer(request))


IMAGE: Layer = ("input", "Input", {"field": "image"})
DIGIT: Layer = ("output", "Output", {"field": "digit"})
ROW: Layer = ("input", "Input", {"field": "features"})
NUMBER: Layer = ("output", "Output", {"field": "progression"})


@pytest.mark.parametrize(
    ("layers", "source", "label"),
    [
        ([ROW, ("last", "Linear", {"out_features": 10}), NUMBER], "diabetes", "Set neurons of last to 1"),
        ([ROW, NUMBER], "diabetes", "Insert Linear with 1 output"),
        (
            [IMAGE, ("flat", "Flatten", {}), ("last", "Linear", {"out_features": 12}), ("relu", "ReLU", {}), DIGIT],
            "digits",
            "Set neurons of last to 10",
        ),
        (
            [IMAGE, ("conv", "Conv2d", {"out_channels": 4, "kernel_size": 3}), DIGIT],
            "digits",
            "Insert Flatten and Linear with 10 outputs",
        ),
        (
            [IMAGE, ("conv", "Conv2d", {"out_channels": 4, "kernel_size": 3}), ("flat", "Flatten", {}), DIGIT],
            "digits",
            "Insert Linear with 10 outputs",
        ),
    ],
)
def test_the_repair_mends_it(analyser: Analyser, layers: list[Layer], source: str, label: str) -> None:
    project = project_of(layers, data={"source": source})
    errors = [problem for problem in analysed(analyser, project).problems if problem.severity == "error"]
    assert [problem.fixes[0].label for problem in errors] == [label]
    errors[0].fixes[0].edit.apply(project)
    assert not [problem for problem in analysed(analyser, project).problems if problem.severity == "error"]
