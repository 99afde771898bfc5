"""Shapes by torch itself: cold, and after one edit, for drawings of 20, 200 and 2,000 nodes."""

from __future__ import annotations

import statistics
import time

from graph.edits import AddNode, Connect, SetParam
from graph.fields import Field
from graph.model import Node, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer

FIELDS = {"features": Field(name="features", shape=(32,), dtype="float32", kind="vector")}


def chain(count: int) -> Project:
    """Input, then Linear and ReLU in turn, then Output; widths differ so that nothing is seen twice by accident."""
    project = empty_project()
    network = project.main()
    rows = [("Input", {"field": "features"})]
    rows += [("Linear", {"out_features": 8 + i % 64}) if i % 2 == 0 else ("ReLU", {}) for i in range(count - 2)]
    rows += [("Output", {"field": "features"})]
    for index, (op, params) in enumerate(rows):
        node = Node(uid=f"u{index:05}", op=op, name=f"n{index:05}", params=params)
        AddNode(network="network", node=node, position=(0, 0)).apply(project)
        if index:
            Connect(network="network", wire=Wire(f"u{index - 1:05}", "output", f"u{index:05}", "input")).apply(project)
    assert len(network.nodes()) == count
    return project


def main() -> None:
    catalog = load_catalog()
    infer(catalog, chain(4).main(), FIELDS, ShapeMemo())  # the first use of meta takes seconds
    print("\nShapes (torch on the meta device)")
    for count in (20, 200, 2_000):
        project = chain(count)
        cold, warm, edited = [], [], []
        for turn in range(5):
            memo = ShapeMemo()
            for times, width in ((cold, None), (warm, None), (edited, 100 + turn)):
                if width is not None:
                    SetParam(network="network", uid=f"u{count // 2 | 1:05}", name="out_features", value=width).apply(
                        project
                    )
                start = time.perf_counter()
                infer(catalog, project.main(), FIELDS, memo)
                times.append(time.perf_counter() - start)
        figures = [statistics.median(times) * 1e3 for times in (cold, edited, warm)]
        print(f"  {count:>5} nodes   cold {figures[0]:9.2f} ms   after one edit {figures[1]:9.2f} ms   ", end="")
        print(f"nothing changed {figures[2]:9.2f} ms")


if __name__ == "__main__":
    main()
