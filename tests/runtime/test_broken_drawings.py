"""Shapes and types that do not fit: the node is blamed alone, and a repair was tried that makes the network valid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from broken_drawings import BLOCKS, BROKEN, FIELDS, FORMS, JOINS, LAYERS, TYPES

from graph.blocks import catalog_of
from graph.codegen import class_name, emit_model
from graph.files import read
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.problems import Problem
from graph.shapes import ShapeMemo
from runtime.fix_trials import tried
from runtime.judging import Judgement, judge
from runtime.plan import LoadPlan
from runtime.settings import resolve_data
from runtime.sources import READY, known_fields
from studio.document import Document

CATALOG = load_catalog()
MEMO = ShapeMemo()
EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN = LoadPlan(source=READY[0], fields=FIELDS)


def judged(project: Project) -> Judgement:
    return judge(CATALOG, project, PLAN, MEMO)


def errors(project: Project) -> list[Problem]:
    return [row for row in judged(project).problems if row.severity == "error"]


def runs(project: Project) -> bool:
    """Whether the written code takes two samples and gives an answer for each."""
    network, namespace = project.main(), dict[str, Any]()
    text = emit_model(catalog_of(CATALOG, project), network, judged(project).reports[network.name]).text
    exec(text, namespace)
    fed = {str(node.params["field"]) for node in network.nodes() if node.op == "Input"}
    batches = [
        torch.rand(2, *row.shape) if row.dtype == "float32" else torch.randint(0, 16, (2, *row.shape))
        for row in FIELDS
        if row.name in fed
    ]
    answer = namespace[class_name(network)]()(*batches)
    return bool(answer.shape == (2, 10) and answer.dtype == torch.float32)


def shapes_at(verdict: Judgement, project: Project, problem: Problem) -> list[str]:
    """What arrives at the blamed node, in words."""
    network, ports = project.networks[problem.network], verdict.reports[problem.network].ports
    wires = network.wires_in(problem.node)
    return [ports[wire.source, wire.source_port].full_label() for wire in wires]


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_node_is_blamed_alone_with_what_arrives_and_the_repair_makes_the_network_run(name: str) -> None:
    broken = BROKEN[name]
    document = Document(CATALOG, broken.project())
    verdict = judged(document.project)
    (problem,) = [row for row in verdict.problems if row.severity == "error"]
    assert (problem.code, problem.node) == ("shape", f"uid_{broken.node}")
    assert problem.message.startswith(broken.node)
    assert "PyTorch says" not in problem.message
    arriving = shapes_at(verdict, document.project, problem)
    is_told = [shape in problem.message for shape in arriving]
    if "repeat" not in problem.message:  # the shapes of a block are those of its first use
        assert any(is_told) if "by hand" in problem.message or "not there" in problem.message else all(is_told)
    before = document.text()
    (problem,) = tried(document.project, [problem], lambda project: judged(project).problems)
    assert document.text() == before
    assert [fix.label for fix in problem.fixes[:1]] == ([broken.fix] if broken.fix else [])
    for place, fix in enumerate(problem.fixes):
        assert document.apply(fix.edit, fix.label)
        after = errors(document.project)
        assert problem.node not in {row.node for row in after if row.code == "shape"}
        if place == 0:
            assert after == []
            assert runs(document.project)
        document.undo()
        assert document.text() == before


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.loom")), ids=lambda path: path.stem)
def test_the_examples_that_ship_give_no_cause_for_a_warning(path: Path) -> None:
    project = read(path)
    settings = resolve_data(project)
    garments = replace(PLAN.fields[0], shape=(1, 28, 28)), replace(PLAN.fields[-1], name="label")
    fields = known_fields(settings.source.key, settings.options) or garments
    plan = LoadPlan(source=settings.source, fields=fields)
    if settings.second is not None:
        second = settings.second
        found = known_fields(second.source.key, second.options)
        plan = replace(plan, second=LoadPlan(source=second.source, fields=found))
    assert judge(CATALOG, project, plan, MEMO).problems == []


def test_nine_in_ten_are_mended_by_a_click() -> None:
    assert len(BROKEN) == sum(map(len, (LAYERS, FORMS, TYPES, JOINS, BLOCKS))) >= 55
    assert sum(bool(broken.fix) for broken in BROKEN.values()) / len(BROKEN) >= 0.9
