"""Show values in the window: by itself for a tiny drawing, of the step that comes next, and gone when not wanted."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from runtime.value_media import ValuesReader
from studio.canvas.look import ValueMark
from studio.value_words import exact_number, numbers_words


def mark(room: Room, node: str, port: str = "output") -> ValueMark:
    return room.session.canvas.look.values[node, port]


def caption(room: Room) -> str:
    return room.session.canvas.look.values_caption


def test_a_tiny_drawing_shows_what_each_step_computes_until_it_shall_not(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("backpropagation-by-hand")
        session, action = room.session, room.session.actions["view.values"]
        room.wait(lambda: caption(room).startswith("Step 1, before it is taken · 1 sample"))
        assert action.isChecked()
        assert mark(room, "tiny-lower").value == "2  -1  -1  2"  # the first weights
        assert mark(room, "tiny-point").value == "0  1"
        assert mark(room, "tiny-point").grad == ""
        assert mark(room, "learn-mean").grad == "1"
        first = mark(room, "tiny-bias")

        session.actions["train.step"].trigger()  # where no run is, it begins one that pauses after its first step
        room.wait(lambda: caption(room).startswith("Step 2, before it is taken"))
        assert session.controller.state.step == 1
        assert float(mark(room, "tiny-bias").value) == round(float(first.value) - float(first.grad), 3)
        session.actions["train.step"].trigger()
        room.wait(lambda: caption(room).startswith("Step 3, before it is taken"))

        run = session.controller.run
        assert run is not None
        kept = ValuesReader(run.media).values(2)
        assert kept is not None
        lower = next(one for one in kept.weights if one.node == "tiny-lower")
        assert lower.grad is not None
        assert lower.change is not None
        session.canvas.select({"tiny-lower"})
        view = session.values._view
        assert not view.isHidden()
        head, *rows = view.rows()
        assert (head.place, head.value) == ("weight", "2 × 2")
        assert [row.value for row in rows] == [exact_number(one) for one in lower.value.values]
        assert [row.grad for row in rows] == [exact_number(one) for one in lower.grad.values]
        assert [row.change for row in rows] == [exact_number(one) for one in lower.change.values]
        assert mark(room, "tiny-lower").grad == numbers_words(lower.grad)

        action.trigger()
        assert not session.canvas.look.values
        assert caption(room) == ""
        assert view.isHidden()
        session.actions["train.step"].trigger()
        room.wait(lambda: session.controller.state.step == 3)
        assert not session.canvas.look.values
        action.trigger()
        room.wait(lambda: caption(room).startswith("Step 4, before it is taken"))


def test_a_large_drawing_shows_values_only_when_asked(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session, action = room.session, room.session.actions["view.values"]
        room.wait(lambda: session.pace.pace is not None)
        assert not session.canvas.look.values
        assert not action.isChecked()
        action.trigger()
        room.wait(lambda: caption(room).startswith("Step 1, before it is taken · 32 samples"))
        input_uid = next(node.uid for node in session.document.network.nodes() if node.op == "Input")
        assert " ± " in mark(room, input_uid).value
