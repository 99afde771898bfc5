"""Requests for the costs of a drawing, answered from its text: what each node costs for a batch, and all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.blocks import catalog_of, used_by
from graph.check import check
from graph.check_python import refuse_untrusted
from graph.codegen import emit_model
from graph.declared import with_declared
from graph.fields import Field
from graph.files import parse
from graph.flow import BATCH, TensorInfo
from graph.lower import live_nodes, program_order
from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.problems import Problem
from graph.shapes import ShapeMemo, ShapeReport, infer
from runtime.cost_protocol import CostAnswer, CostRow, Size
from runtime.costs import Cost, CostError, Costs, costs_of
from runtime.lane_answers import answered
from runtime.protocol import marks_in

KINDS: Final = ("costs",)
_TIMES_BATCH: Final = re.compile(rf"(?:(\d+)·)?{BATCH}")


class CostRequests:
    """Answers `costs` requests; shapes that were measured are kept. It belongs to one thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._memo = ShapeMemo()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request as a row, whatever is wrong with it."""
        return answered(request, self.reckon, CostAnswer, "The costs of this network cannot be worked out")

    def reckon(self, number: int, request: Mapping[str, Any]) -> CostAnswer:
        """The costs of the network that a project text trains. LoomError says what keeps them from being found."""
        project = parse(str(request.get("project", "")))
        fields = {one.name: one for one in map(Field.from_json, request.get("fields", ()))}
        batch = request.get("batch")
        catalog = catalog_of(self._catalog, project, str(request.get("trusted", "")), marks_in(request))
        refuse_untrusted(catalog, project)
        main = project.main()
        used = used_by(project, main.name)
        _refuse([row for row in check(catalog, project) if not row.network or row.network in used])
        report = infer(catalog, main, fields, self._memo)
        entering = with_declared(main, fields.values())
        known = {node.uid for node in main.nodes() if node.op == "Output" or node.params.get("field") in entering}
        _refuse([row for row in report.problems if row.code != "unknown-field" or row.node not in known])
        emitted = emit_model(catalog, main, report)
        costs = costs_of(catalog, main, report, emitted, entering, batch if isinstance(batch, int) else 0)
        rows = _Rows(catalog=catalog, costs=costs)
        return CostAnswer(
            id=number,
            network=main.name,
            batch=costs.batch,
            rows=tuple(rows.of(main, report)),
            weights=costs.total.weights,
            frozen=costs.total.frozen,
            weight_bytes=costs.weight_bytes,
            flops=costs.total.flops,
            kept_bytes=costs.total.kept_bytes,
            peak_bytes=costs.total.peak_bytes,
            has_lengths=any(-1 in entering[entry.field].shape for entry in emitted.program.entries),
        )


def _refuse(problems: Sequence[Problem]) -> None:
    first = next((row for row in problems if row.severity == "error"), None)
    if first is not None:
        raise CostError(first.message)


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Lists nodes with their costs; the layers of a block stand under its first use."""

    catalog: Catalog
    costs: Costs
    seen: set[str] = field(default_factory=set)

    def of(self, network: Network, report: ShapeReport, depth: int = 0) -> Iterator[CostRow]:
        """The rows of one network in the order of its code, with the first reports of the blocks inside of it."""
        values = [node for node in network.nodes() if self.catalog.ops[node.op].style == "value"]
        live = live_nodes(network)
        for node in program_order(network, values):
            if node.uid not in live or node.uid in report.skipped or (depth and node.op in ("Input", "Output")):
                continue
            yield self._row(network, report, node, depth)
            inner = self.catalog.block(node.op)
            if inner is not None and inner.name not in self.seen and report.inside.get(node.uid):
                self.seen.add(inner.name)
                yield from self.of(inner, report.inside[node.uid][0], depth + 1)

    def _row(self, network: Network, report: ShapeReport, node: Node, depth: int) -> CostRow:
        cost = self.costs.nodes.get(node.uid, Cost())
        leaves = [report.ports[port] for port in self._ports(network, node) if port in report.ports]
        return CostRow(
            uid=node.uid,
            network=network.name,
            name=node.name,
            title=self.catalog.ops[node.op].title,
            depth=depth,
            shapes=tuple(_sizes(one, self.costs.batch) for one in leaves),
            weights=cost.weights,
            frozen=cost.frozen,
            flops=cost.flops,
            kept_bytes=cost.kept_bytes,
        )

    def _ports(self, network: Network, node: Node) -> list[tuple[str, str]]:
        """The ports whose shapes are told: those that are wired, else all; of an Output what feeds it."""
        if node.op == "Output":
            return [(wire.source, wire.source_port) for wire in network.wires_in(node.uid)]
        names = [port.name for port in self.catalog.ops[node.op].outputs]
        wired = {wire.source_port for wire in network.wires_out(node.uid)}
        return [(node.uid, name) for name in names if name in wired or not wired]


def _sizes(info: TensorInfo, batch: int) -> tuple[Size, ...]:
    """A shape with the number of samples in the place of N."""

    def size(one: Size) -> Size:
        found = _TIMES_BATCH.fullmatch(one) if isinstance(one, str) else None
        return one if found is None else int(found[1] or 1) * batch

    return tuple(size(one) for one in info.shape)
