"""Wires that are offered tell what would become of them, and leave the drawing as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.files import dump, read
from graph.model import Wire
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo
from runtime.analysis import Analyser
from runtime.joining import joined
from runtime.sources import fields_named

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_shape_behind_a_wire_is_that_of_the_node_it_leads_to() -> None:
    project = read(EXAMPLES / "digits-cnn.loom")
    network, before = project.main(), dump(project)
    uids = {node.name: node.uid for node in network.nodes()}
    ends = (("pool1", "relu2"), ("input", "conv2"), ("relu1", "output"), ("flatten", "conv2"))
    wires = [Wire(uids[source], "output", uids[target], "input") for source, target in ends]

    def ask(seconds: float) -> list[str]:
        fields = fields_named(project.data)
        return joined(load_catalog(), project, network.name, wires, fields, ShapeMemo(), seconds=seconds)

    # 8 by 8 is halved once; a wire takes the place of the one there is; an Output gives nothing; a row is no picture
    assert ask(600.0) == ["32×4×4", "64×8×8", "", ""]
    assert ask(-1.0) == [""] * 4
    assert dump(project) == before


def test_what_cannot_be_read_is_answered_all_the_same(capfd: Any) -> None:
    analyser = Analyser(lambda _row: None)
    for text in ("{", dump(read(EXAMPLES / "digits-cnn.loom"))):
        row = {"kind": "join", "id": "a", "project": text, "network": "gone", "wires": [["1", "output", "2", "input"]]}
        assert analyser.answer(row) == {"kind": "joined", "id": "a", "shapes": []}
    assert "Traceback" in capfd.readouterr().err
