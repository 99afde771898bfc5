"""Templates with data of their kind: once these are chosen nothing keeps them from training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from templates import template

from graph.ends import field_edits
from graph.files import dump
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo
from runtime.analysis import Analyser
from runtime.judging import judge
from runtime.plan import plan_source
from runtime.script import emit_script
from runtime.settings import resolve_data

Arrays = dict[str, NDArray[np.generic]]
COUNT = 120
RANDOM = np.random.default_rng(4)


def pictures(*shape: int) -> NDArray[np.uint8]:
    return RANDOM.integers(0, 256, (COUNT, *shape), dtype=np.uint8)


def numbers(*shape: int) -> NDArray[np.float32]:
    return RANDOM.random((COUNT, *shape), dtype=np.float32)


def classes(count: int) -> NDArray[np.int64]:
    return np.arange(COUNT) % count


DATA: dict[str, Callable[[], Arrays]] = {
    "lenet5": lambda: {"x": pictures(32, 32), "y": classes(10)},
    "resnet20": lambda: {"x": pictures(32, 32, 3), "y": classes(10)},
    "unet": lambda: {"x": pictures(32, 32, 3), "y": numbers(1, 32, 32)},
    "vae": lambda: {"x": pictures(28, 28), "y": classes(3)},
    "pointnet": lambda: {"x": numbers(50, 3), "y": classes(40)},
    "tcn": lambda: {"x": numbers(50, 1), "y": classes(10)},
}


@pytest.mark.parametrize("name", sorted(DATA))
def test_a_template_can_train_once_data_of_its_kind_are_chosen(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", **DATA[name]())  # type: ignore[arg-type]  # numpy's stub takes names for a flag
    project = template(name)
    project.data.update({"source": "npz", "npz.path": "data.npz"})
    plan = plan_source(resolve_data(project), tmp_path)
    for edit in field_edits(project.main(), plan.fields):
        edit.apply(project)
    judged = judge(load_catalog(), project, plan, ShapeMemo())
    assert [problem.message for problem in judged.problems] == []
    report = judged.reports[project.main().name]
    scripts = emit_script(load_catalog(), project, plan.fields, tmp_path, report=report, plan=plan)
    compile(scripts.train, "train.py", "exec")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("alexnet", "Set neurons of linear3 in classifier to 3"),
        ("vit_b_16", "Set neurons of head in heads to 3"),
        ("resnet18", "Set neurons of fc to 3"),
    ],
)
def test_one_repair_fits_a_template_to_as_many_classes_as_the_data_have(name: str, fix: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=pictures(224, 224, 3)[:12], y=classes(3)[:12])
    project = template(name)
    project.data.update({"source": "npz", "npz.path": "data.npz"})
    for edit in field_edits(project.main(), plan_source(resolve_data(project), tmp_path).fields):
        edit.apply(project)
    analyser = Analyser(lambda _row: None)
    [problem] = analyser.analyse(1, dump(project), tmp_path).problems
    assert [one.label for one in problem.fixes] == [fix]
    problem.fixes[0].edit.apply(project)
    mended = analyser.analyse(2, dump(project), tmp_path)
    assert [row.message for row in mended.problems] == []
    assert "train.py" in mended.code
