"""A drawing that is only begun is not wrong: what the next strokes mend anyway is not told."""

from __future__ import annotations

from graph.check import check
from graph.edits import AddNode, Connect
from graph.model import Node, Project, Wire, new_uid
from graph.ops.catalog import load_catalog
from studio.calm import calm, is_begun
from studio.new_project import project_for


def told(project: Project) -> list[str]:
    return [problem.code for problem in calm(project, check(load_catalog(), project))]


def placed(project: Project, op: str) -> Node:
    network = project.main()
    node = Node(uid=new_uid(), op=op, name=op.lower())
    AddNode(network=network.name, node=node, position=(0.0, 100.0)).apply(project)
    return node


def test_a_new_project_and_an_empty_one_tell_nothing() -> None:
    for project in (project_for("digits"), project_for("")):
        assert is_begun(project.main())
        assert told(project) == []


def test_while_the_output_waits_only_the_output_is_told() -> None:
    project = project_for("digits")
    placed(project, "ReLU")
    assert not is_begun(project.main())
    assert told(project) == ["unwired"]


def test_a_branch_that_leads_nowhere_is_told_once_the_output_is_wired() -> None:
    project = project_for("digits")
    network = project.main()
    start, end = (next(node for node in network.nodes() if node.op == op) for op in ("Input", "Output"))
    Connect(network=network.name, wire=Wire(start.uid, "output", end.uid, "input")).apply(project)
    placed(project, "ReLU")
    assert told(project) == ["dead"]


def test_nobody_is_asked_to_name_a_part_of_data_that_are_not_known_yet() -> None:
    project = project_for("csv", "table.csv")
    found = check(load_catalog(), project)
    assert [problem.code for problem in found].count("no-field") == 2
    assert calm(project, found, knows_fields=False) == ()
    assert [problem.code for problem in calm(project, found)] == ["no-field", "no-field"]
