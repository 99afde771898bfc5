"""Drawn training steps in the window: made of the panel's settings, changed, trained, and left again."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import torch
from lender import Lender
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from safetensors.torch import load_file
from window_kit import Room, open_room

from graph.edits import SetParam, SetSetting
from graph.files import dump
from graph.ops.spec import OpSpec, Value


def trained(room: Room) -> dict[str, torch.Tensor]:
    """Train to the end; the weights that came of it."""
    session = room.session
    before = session.controller.run
    room.wait_for_analysis()
    session.training.press()
    room.wait(lambda: session.controller.run not in (None, before))
    run = session.controller.run
    assert run is not None
    room.wait(lambda: not run.is_alive() and run.weights.exists())
    return load_file(run.weights)


def mended_from_the_list(room: Room) -> None:
    """Let the step end before it begins, and mend that by the button in the list of problems."""
    document, problems = room.session.document, room.session.panels.problems
    end = next(node for node in document.network.nodes() if node.op == "Minimise")
    document.apply(SetParam(network="learn", uid=end.uid, name="last_step", value=0))
    document.apply(SetParam(network="learn", uid=end.uid, name="first_step", value=1))
    room.wait(lambda: [row.code for row in problems.problems if row.severity == "error"] == ["never-runs"])
    texts = [label.text() for label in problems.findChildren(QLabel)]
    assert any("from step 1 to step 0, which is never" in text for text in texts)
    button = next(one for one in problems.findChildren(QPushButton) if "to the end" in one.text())
    button.click()
    room.wait(lambda: not [row for row in problems.problems if row.severity == "error"])
    for _ in range(3):
        document.undo()


def test_what_the_panel_says_is_drawn_trained_to_the_same_weights_and_taken_back(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("spirals", epochs=2)
        session = room.session
        document, note = session.document, session.panels.training.drawn
        before = dump(document.project)
        by_panel = trained(room)
        note.draw.click()
        assert document.network.objective is not None
        assert [node.op for node in document.network.nodes()].count("Minimise") == 1
        assert list(note.buttons) == ["learn"]
        mended_from_the_list(room)
        drawn = trained(room)
        assert drawn.keys() == by_panel.keys()
        assert all(torch.equal(drawn[key], by_panel[key]) for key in by_panel)
        code = session.panels.code
        call = next(node for node in document.network.nodes() if node.op.startswith("call:"))
        session.canvas.select({call.uid})
        lit = [row for row in code.text("train.py").split("\n") if f"{call.name} = nets[" in row]
        assert len(lit) == 1
        shown = {one.cursor.blockNumber() for one in code.view("train.py").extraSelections()}
        assert code.text("train.py").split("\n").index(lit[0]) in shown
        session.canvas.driver().double_click_at(*document.network.position(call.uid))
        assert document.network_name == document.project.main().name
        note.back.click()
        assert not document.project.objectives()
        document.undo()
        document.undo()
        assert dump(document.project) == before


def placed(room: Room, *steps: tuple[str, dict[str, Value]], x: float = 0.0) -> list[str]:
    """Drop ops below one another and pull a wire from each to the next, with the mouse; the names that they got."""
    canvas, document = room.session.canvas, room.session.document
    driver = canvas.driver()
    names: list[str] = []
    for place, (op, params) in enumerate(steps):
        name = driver.drop(op, (x, 100.0 * place))
        assert name, op
        for key, value in params.items():
            document.apply(SetParam(network=document.network_name, uid=driver.uid(name), name=key, value=value))
        names.append(name)
        canvas.frame_all()
    for giver, taker in itertools.pairwise(names):
        wire(room, giver, taker)
    return names


def wire(room: Room, giver: str, taker: str) -> None:
    """Pull a wire from the output of one node to the first free input of another, unless there is one."""
    document, driver = room.session.document, room.session.canvas.driver()
    network, catalog = document.network, document.catalog
    source, target = driver.uid(giver), driver.uid(taker)
    if any(one.source == source for one in network.wires_in(target)):
        return  # what is dropped under a node is wired to it
    free = [port for port in ports_of(catalog.op(network.node(target).op)) if network.wire_into(target, port) is None]
    out = catalog.op(network.node(source).op).outputs[0].name
    driver.connect(f"{giver}.{out}", f"{taker}.{free[0]}")
    assert network.wire_into(target, free[0]) is not None, (giver, taker)


def ports_of(spec: OpSpec) -> list[str]:
    return [
        name
        for port in spec.inputs
        for name in ([f"{port.name}.{at}" for at in range(4)] if port.many else [port.name])
    ]


def test_two_networks_and_two_objectives_are_drawn_by_mouse_and_each_trains_its_own(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        document, actions = session.document, session.actions
        document.apply(SetSetting(section="data", key="source", value="moons"))
        for key, value in {"batch_size": 32, "limit_steps": 20, "threads": 1, "optimizer": "Adam"}.items():
            document.apply(SetSetting(section="training", key=key, value=value))
        main = document.network_name
        placed(
            room,
            ("Input", {}),
            ("Linear", {"out_features": 16}),
            ("ReLU", {}),
            ("Linear", {"out_features": 1}),
            ("Output", {}),
        )
        actions["network.new"].trigger()
        maker = document.network_name
        placed(
            room,
            ("Input", {}),
            ("Linear", {"out_features": 16}),
            ("BatchNorm1d", {}),
            ("ReLU", {}),
            ("Linear", {"out_features": 2}),
            ("Output", {}),
        )
        actions["step.new"].trigger()
        fool = document.network_name
        steps = placed(
            room,
            ("Input", {"field": "point"}),
            ("noise", {"shape": (4,)}),
            (f"call:{maker}", {}),
            (f"call:{main}", {}),
            ("neg", {}),
            ("Softplus", {}),
            ("mean", {}),
        )
        wire(room, steps[-1], "loss")
        document.apply(
            SetParam(network=fool, uid=document.network.by_name("loss").uid, name="networks", value=(maker,))
        )
        actions["step.new"].trigger()
        tell = document.network_name
        real = placed(
            room, ("Input", {"field": "point"}), (f"call:{main}", {}), ("neg", {}), ("Softplus", {}), ("mean", {})
        )
        fake = placed(
            room,
            ("noise", {"shape": (4,)}),
            (f"call:{maker}", {"detached": True}),
            (f"call:{main}", {}),
            ("Softplus", {}),
            ("mean", {}),
            ("add", {}),
            x=420.0,
        )
        wire(room, real[0], fake[0])
        wire(room, real[-1], fake[-1])
        wire(room, fake[-1], "loss")
        for _ in range(6):  # means are over one axis and the score stands for the class while nobody says otherwise
            room.wait_for_analysis()
            wrong = [row for row in session.analysis.problems if row.severity == "error" and row.fixes]
            if wrong:
                session.edits.apply_fix(wrong[0].fixes[0])
        room.wait_for_analysis()
        assert [row.message for row in session.analysis.problems if row.severity == "error"] == []
        trained(room)
        run = session.controller.run
        assert run is not None
        names = {json.loads(row).get("name") for row in (run.path / "series.jsonl").read_text().splitlines()}
        assert {f"train/{fool}", f"train/{tell}", "train/loss"} <= names
        room.wait(lambda: set(session.runs.curves.plots[0]._members) == {fool, tell})


def test_an_objective_that_begins_after_the_run_has_ended_is_told_above_the_drawing(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("distillation", epochs=1)
        session, bars = room.session, room.session.parts.bars
        session.document.apply(SetSetting(section="training", key="limit_steps", value=4))
        trained(room)
        room.wait(lambda: session.controller.state.kind == "finished")
        told = "follow trains nothing: it begins after 200 steps, and the run takes 4 steps."
        assert bars.text("said").startswith(told)
        assert told in session.panels.log.toPlainText()
        session.training.train()
        room.wait(lambda: session.controller.state.is_active)
        assert bars.text("said") == ""  # until it is told anew
        room.wait(lambda: session.controller.state.kind == "finished")
        assert bars.text("said").startswith(told)
        session.document.save(tmp_path / "distillation.loom")
        session.files.open_example("spirals")
        assert bars.text("said") == ""
