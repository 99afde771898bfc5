"""The training panel while the step is drawn: it shows what is drawn, and a change of a setting changes the drawing."""

from __future__ import annotations

from panel_kit import FIELDS, analysis, drawn, holder, shown
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from graph.edits import SetParam, SetSetting
from graph.model import Node, Project
from graph.simple_step import drawn_from
from runtime.simple_step import judged_of
from studio.document import Document
from studio.panels.training import TrainingPanel


def with_step(qtbot: QtBot) -> tuple[Document, TrainingPanel]:
    """The panel of a project whose settings were drawn."""
    document = drawn()
    document.apply(SetSetting(section="training", key="loss", value="FocalLoss"))
    judged = judged_of(document.catalog, document.project, FIELDS, {})
    assert document.apply(drawn_from(document.catalog, document.project, judged, "learn"))
    panel = shown(qtbot, TrainingPanel(document, holder()))
    panel.set_analysis(analysis())
    qtbot.waitUntil(lambda: "target.output" in panel.shown_keys())
    return document, panel


def loss_node(project: Project) -> Node:
    """The node of the drawn loss."""
    return next(node for node in project.networks["learn"].nodes() if node.op.endswith(("_loss", "_entropy")))


def test_a_setting_changes_the_drawing_and_the_drawing_what_the_panel_shows(qtbot: QtBot) -> None:
    document, panel = with_step(qtbot)
    assert panel.row("loss").field.text().startswith("Focal")
    node = loss_node(document.project)
    panel.row("loss").edited.emit("loss", "CrossEntropyLoss")
    changed = loss_node(document.project)
    assert (changed.uid, changed.name, changed.op) == (node.uid, node.name, "cross_entropy")
    qtbot.waitUntil(lambda: "loss.CrossEntropyLoss.label_smoothing" in panel.shown_keys())
    document.undo()
    assert loss_node(document.project) == node
    qtbot.waitUntil(lambda: "loss.FocalLoss.gamma" in panel.shown_keys())
    document.apply(SetParam(network="learn", uid=node.uid, name="gamma", value=0.5))
    qtbot.waitUntil(lambda: panel.row("loss.FocalLoss.gamma").field.text() == "0.5")
    assert "loss.FocalLoss.gamma" not in document.project.training


def test_a_drawing_that_says_more_is_not_shown_as_settings(qtbot: QtBot) -> None:
    document, panel = with_step(qtbot)
    end = document.project.networks["learn"].by_name("loss")
    assert end is not None
    document.apply(SetParam(network="learn", uid=end.uid, name="weight", value=2.0))
    qtbot.waitUntil(lambda: "loss" not in panel.shown_keys())
    assert not panel.is_simple
    assert not {"adversarial", "class_weights", "target.output"} & {*panel.shown_keys()}
    document.undo()
    qtbot.waitUntil(lambda: "loss" in panel.shown_keys())


def test_rows_that_change_leave_the_page_where_it_is(qtbot: QtBot) -> None:
    _, panel = with_step(qtbot)
    bar = panel.area.verticalScrollBar()
    combo = panel.row("loss").findChildren(QComboBox)[0]
    combo.setFocus()
    place = bar.value()
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    qtbot.waitUntil(lambda: "loss.CrossEntropyLoss.label_smoothing" in panel.shown_keys())
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == place
