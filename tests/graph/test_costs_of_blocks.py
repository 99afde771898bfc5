"""Costs over random nested drawings: all that torch counts is put down to one layer, and to each block around it."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from test_blocks import FIELDS, drawings, emitted

from graph.errors import DrawingError
from graph.model import Project
from runtime.costs import costs_of


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(drawings())
def test_costs_of_random_nested_drawings_are_those_of_their_layers(project: Project) -> None:
    try:
        code, report, catalog = emitted(project, may_fail=True)
    except DrawingError:
        assume(False)
    costs = costs_of(catalog, project.main(), report, code, FIELDS, 2)
    nodes = [node for network in project.networks.values() for node in network.nodes() if node.uid in costs.nodes]
    layers = [costs.nodes[node.uid] for node in nodes if catalog.block(node.op) is None]
    whole = [costs.nodes[node.uid] for node in project.main().nodes() if node.uid in costs.nodes]
    for parts in (layers, whole):
        assert sum(one.flops for one in parts) == costs.total.flops
        assert sum(one.kept_bytes for one in parts) == costs.total.kept_bytes
        assert sum(one.weights for one in parts) == costs.total.weights
