"""The network summary in the window: its figures are torch's, and it follows the drawing, the batch and the pointer."""

from __future__ import annotations

from pathlib import Path

import torch
from lender import Lender
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTreeWidgetItem, QTreeWidgetItemIterator
from pytestqt.qtbot import QtBot
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from window_kit import Room, hold, open_room

from graph.edits import Disconnect, SetParam, SetSetting
from runtime.cost_protocol import CostAnswer, CostRow
from studio.cost_client import CostClient
from studio.cost_words import as_columns, as_markdown, as_tabs, cells, count_words, flops_words
from studio.dialogs.summary import SummaryDialog


def digits_by_torch(batch: int) -> tuple[int, int]:
    """Weights and operations of the digits network, written by hand, by torch alone."""
    net = nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.25), nn.Linear(256, 10)),
    )
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(batch, 1, 8, 8))
    return sum(one.numel() for one in net.parameters()), counter.get_total_flops()


def open_summary(room: Room) -> SummaryDialog:
    room.session.actions["view.summary"].trigger()
    dialog = room.session.summary.dialog
    assert dialog is not None
    return dialog


def items(dialog: SummaryDialog) -> dict[str, QTreeWidgetItem]:
    found = {}
    walk = QTreeWidgetItemIterator(dialog.table)
    while (item := walk.value()) is not None:
        found[item.text(0)] = item
        walk += 1
    return found


def test_the_summary_has_the_figures_of_torch_and_follows_batch_drawing_and_pointer(
    qtbot: QtBot, tmp_path: Path, lender: Lender
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn", batch_size=16)
        session, document = room.session, room.session.document
        dialog = open_summary(room)
        assert dialog.note.text() == "Working it out…"
        assert dialog.batch.value() == 16
        assert not any(button.isEnabled() for button in dialog.copies)
        room.wait(lambda: dialog.answer is not None)
        assert dialog.answer is not None
        assert (dialog.answer.weights, dialog.answer.flops) == digits_by_torch(16)
        shown = items(dialog)
        assert next(iter(shown)) == "input"
        assert shown["conv2"].text(2) == "16 × 64 × 4 × 4"
        assert shown["Total"].text(3) == count_words(dialog.answer.weights)

        dialog.batch.setValue(5)
        room.wait(lambda: dialog.answer is not None and dialog.answer.batch == 5)
        assert (dialog.answer.weights, dialog.answer.flops) == digits_by_torch(5)
        document.apply(SetSetting(section="training", key="batch_size", value=9))
        assert dialog.batch.value() == 5, "who chose a batch keeps it"

        dialog.table.setCurrentItem(items(dialog)["conv2"])
        conv2 = document.network.by_name("conv2")
        assert conv2 is not None
        assert session.canvas.selection() == {conv2.uid}

        document.apply(SetParam(network=document.network_name, uid=conv2.uid, name="out_channels", value=8))
        assert dialog.note.text() == "Working it out…"
        room.wait(lambda: items(dialog)["conv2"].text(2) == "5 × 8 × 4 × 4")
        assert dialog.table.currentItem() is items(dialog)["conv2"], "what was chosen stays so"

        (wire,) = document.network.wires_in(conv2.uid)
        document.apply(Disconnect(network=document.network_name, wire=wire))
        room.wait(lambda: dialog.problem.text().startswith("conv2 is missing an input"))
        assert not any(button.isEnabled() for button in dialog.copies)
        assert items(dialog) == {}
        document.undo()
        room.wait(lambda: dialog.answer is not None)
        assert dialog.problem.text() == ""

        for button, write in zip(dialog.copies, (as_columns, as_markdown, as_tabs), strict=True):
            button.click()
            assert QGuiApplication.clipboard().text() == write(dialog.answer)
        dialog.close()
        document.undo()
        room.wait_for_analysis()
        assert not session.summary.costs.is_busy, "nobody looks, so nothing is asked"


def test_a_project_without_data_says_so_in_the_summary(qtbot: QtBot, tmp_path: Path, lender: Lender) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.wait_for_analysis()
        dialog = open_summary(room)
        room.wait(lambda: bool(dialog.problem.text()))
        assert dialog.answer is None
        assert dialog.problem.text().endswith(".")
        close = [button for button in dialog.findChildren(QPushButton) if button.text() == "Close"]
        close[0].click()
        assert not dialog.isVisible()


def test_a_process_that_hangs_over_the_costs_is_not_waited_for(qtbot: QtBot, lender: Lender) -> None:
    client = lender.client()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    costs = CostClient(client, patience_seconds=0.2)
    told: list[CostAnswer] = []
    costs.reckoned.connect(told.append)
    hold(client.process_id)
    asked = costs.reckon("{}", (), 4)
    qtbot.waitUntil(lambda: [one.id for one in told] == [asked], timeout=20_000)
    assert "not worked out in time" in told[0].problem
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    costs.deleteLater()


def an_answer() -> CostAnswer:
    rows = (
        CostRow(uid="a", network="net", name="body", title="Block", shapes=((4, 8), (4, 2)), weights=1_234_567),
        CostRow(uid="b", network="block", name="x|y", title="Linear", depth=1),
        CostRow(uid="c", network="net", name="last", title="Linear", shapes=((4, 2),), flops=3_400, kept_bytes=2_048),
    )
    return CostAnswer(
        id=1, network="net", batch=4, rows=rows, weights=1_234_567, weight_bytes=4_938_268, flops=3_400, kept_bytes=2048
    )


def test_the_table_is_copied_in_aligned_columns_as_markdown_and_with_exact_numbers_between_tabs() -> None:
    text = as_columns(an_answer()).splitlines()
    assert text[0] == "net, a batch of 4"
    assert text[2] == "Layer  Kind    Shape         Weights  Calculations  Memory while training"
    assert text[4] == "body   Block   4 × 8, 4 × 2    1.2 M"
    assert text[5] == "  x|y  Linear"
    assert text[8] == "Total                          1.2 M    3.4 kFLOPs                 2.0 KB"
    markdown = as_markdown(an_answer()).splitlines()
    assert markdown[2] == "| Layer | Kind | Shape | Weights | Calculations | Memory while training |"
    assert markdown[3] == "| --- | --- | --- | ---: | ---: | ---: |"
    assert markdown[5] == r"| · x\|y | Linear |  |  |  |  |"
    assert markdown[7] == "| **Total** |  |  | **1.2 M** | **3.4 kFLOPs** | **2.0 KB** |"
    tabs = [line.split("\t") for line in as_tabs(an_answer()).splitlines()]
    assert tabs[1] == ["body", "Block", "4 × 8, 4 × 2", "1234567", "0", "0"]
    assert tabs[-1] == ["Total", "", "", "1234567", "3400", "2048"]
    assert {len(row) for row in tabs} == {6}


def test_what_is_frozen_is_told_in_the_table_and_below_it() -> None:
    whole, part = (CostRow(uid="a", network="net", name="a", title="Linear", weights=20, frozen=at) for at in (20, 5))
    assert [cells(row)[3] for row in (whole, part)] == ["20, frozen", "20, 5 frozen"]
    answer = CostAnswer(id=1, network="net", batch=1, rows=(whole, part), weights=40, frozen=25)
    assert "25 of 40 are frozen." in as_columns(answer)


def test_figures_have_units_that_a_person_reads() -> None:
    assert [count_words(one) for one in (0, 18_496, 99_999, 1_234_567, 25_557_032)] == [
        *("0", "18,496", "99,999", "1.2 M", "26 M"),
    ]
    assert [flops_words(one) for one in (640, 999_600, 3.4e9, 1e13)] == [
        "640 FLOPs",
        "1.0 MFLOPs",
        "3.4 GFLOPs",
        "10 TFLOPs",
    ]
    assert cells(an_answer().rows[0])[3:] == ("1.2 M", "", "")


def test_without_an_analysis_process_the_summary_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path) as room:
        room.session.client.close()
        dialog = open_summary(room)
        room.wait(lambda: "Start the app again" in dialog.problem.text())
