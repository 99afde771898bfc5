"""Code of large drawings: 200 and 2,000 nodes in one network, and 2,000 nodes as blocks inside of repeated blocks."""

from __future__ import annotations

import statistics
import time

from bench_shapes import FIELDS, chain

from graph.blocks import catalog_of
from graph.codegen import emit_model
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer


def chained(name: str, rows: list[tuple[str, dict[str, Value]]], block: Block | None) -> Network:
    """Input, these nodes, Output."""
    network = Network(name)
    ends = {"field": "features"}
    for place, (op, params) in enumerate([("Input", ends), *rows, ("Output", ends)]):
        network.put_node(Node(uid=f"{name}{place:04}", op=op, name=f"n{place:04}", params=params))
        if place:
            network.put_wire(Wire(f"{name}{place - 1:04}", "output", f"{name}{place:04}", "input"))
    network.put_block(block)
    return network


def nested() -> Project:
    """A block of 10 layers, in a block of 10 of them with different widths, 20 times in the network."""
    width = Block(parameters=(Parameter(name="width"),))
    layers: list[tuple[str, dict[str, Value]]] = [("Linear", {"out_features": "=width"}), ("ReLU", {})]
    small = chained("small", layers * 5, width)
    return Project(networks={"small": small, **_outer()})


def _outer() -> dict[str, Network]:
    networks = {}
    width = Block(parameters=(Parameter(name="width"),))
    for name, inner, count in (("large", "small", 10), ("network", "large", 20)):
        network = Network(name)
        ends = {"field": "features"}
        rows: list[tuple[str, str, dict[str, Value]]] = [("input", "Input", dict(ends))]
        for place in range(count):
            value: Value = f"=width + {place}" if name == "large" else 8 + place
            rows.append((f"n{place:02}", f"block:{inner}", {"width": value}))
        rows.append(("output", "Output", dict(ends)))
        for place, (node, op, params) in enumerate(rows):
            network.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
            if place:
                before = rows[place - 1]
                port = "output" if before[1] == "Input" or inner != "small" else "n0011"
                target = "n0000" if op.startswith("block:small") else "input"
                network.put_wire(Wire(f"{name}-{before[0]}", port, f"{name}-{node}", target))
        network.put_block(width if name == "large" else None)
        networks[name] = network
    return networks


def main() -> None:
    print("\nCode (text of model.py)")
    drawings = {"200 nodes": chain(200), "2,000 nodes": chain(2_000), "2,000 nodes in nested blocks": nested()}
    for name, project in drawings.items():
        catalog = catalog_of(load_catalog(), project)
        report = infer(catalog, project.main(), FIELDS, ShapeMemo())
        assert not report.problems, report.problems[0].message
        times = []
        for _ in range(7):
            start = time.perf_counter()
            code = emit_model(catalog, project.main(), report)
            times.append(time.perf_counter() - start)
        lines = len(code.text.splitlines())
        print(f"  {name:<30} {statistics.median(times) * 1e3:9.1f} ms   {lines:,} lines")


if __name__ == "__main__":
    main()
