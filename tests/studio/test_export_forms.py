"""A trained network is exported in other forms from the dialog: tried first, then written, and told of its nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import AddNode, Batch, Connect, Disconnect
from graph.model import Node, Wire
from runtime.conversion_protocol import onnx_missing
from studio.dialogs.export import ExportDialog


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def add_noise(room: Room) -> None:
    """Put random numbers onto what flows into the last layer."""
    document = room.session.document
    network = document.network
    assert network is not None
    last = network.by_name("linear") or network.by_name("hidden2")
    assert last is not None
    (wire,) = network.wires_in(last.uid)
    name = document.network_name
    noise, add = Node(uid="noise", op="randn_like", name="noise"), Node(uid="sum", op="add", name="sum")
    edits = [
        Disconnect(network=name, wire=wire),
        AddNode(network=name, node=noise, position=(400.0, 300.0)),
        AddNode(network=name, node=add, position=(400.0, 420.0)),
        Connect(network=name, wire=Wire(wire.source, wire.source_port, "noise", "input")),
        Connect(network=name, wire=Wire(wire.source, wire.source_port, "sum", "tensors.0")),
        Connect(network=name, wire=Wire("noise", "output", "sum", "tensors.1")),
        Connect(network=name, wire=Wire("sum", "output", wire.target, wire.target_port)),
    ]
    assert document.apply(Batch(edits=tuple(edits)))


def opened(room: Room) -> ExportDialog:
    room.session.actions["file.export"].trigger()
    dialog = room.session.export.dialog
    assert dialog is not None
    return dialog


def choose(dialog: ExportDialog, form: str) -> None:
    dialog.form.setCurrentIndex(dialog.form.findData(form))


def test_a_trained_network_is_tried_then_written_and_its_node_is_shown(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("spirals", epochs=1)
        dialog = opened(room)
        choose(dialog, "pt2")
        assert "Train once" in dialog.answer.text()
        assert not dialog.export.isEnabled()
        dialog.close()
        add_noise(room)
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.kind == "finished")

        dialog = opened(room)
        dialog.folder.setText(str(tmp_path / "out"))
        choose(dialog, "safetensors")
        assert not dialog.weights.isVisible()
        room.wait(dialog.export.isEnabled)
        dialog.export.click()
        room.wait(lambda: dialog.answer.text().startswith("Written to"))
        run = session.controller.run
        assert run is not None
        assert (tmp_path / "out" / "weights.safetensors").read_bytes() == run.weights.read_bytes()

        choose(dialog, "onnx")
        if onnx_missing():
            assert dialog.answer.text() == onnx_missing()
            assert not dialog.export.isEnabled()
        dialog.folder.setText(str(tmp_path / "program"))
        choose(dialog, "pt2")
        assert not dialog.export.isEnabled()
        assert dialog.progress.isVisible()
        assert dialog.remarks.texts() == ()
        room.wait(dialog.export.isEnabled)
        assert dialog.answer.text() == "It can be exported."
        (said,) = dialog.remarks.texts()
        assert said.startswith("noise draws random numbers")
        dialog.export.click()
        room.wait(lambda: dialog.answer.text().startswith("Written to"))
        module = torch.export.load(tmp_path / "program" / "model.pt2").module()
        assert module(torch.zeros(2, 2)).shape == (2, 3)

        room.asker.answers = ["cancel"]
        dialog.export.click()
        assert room.asker.asked[-1] == "program already has model.pt2, model.json."
        dialog.remarks.node_wanted.emit("noise")
        assert not dialog.isVisible()
        assert session.canvas.selection() == {"noise"}
        assert not session.export.conversion.is_running
        session.document.undo_stack.setClean()
