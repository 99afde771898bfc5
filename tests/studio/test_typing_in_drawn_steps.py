"""Numbers typed into the training panel while the step is drawn: key by key, as people type them."""

from __future__ import annotations

import pytest
from panel_kit import FIELDS, NETWORK, analysis, drawn, holder, shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, SetParam, SetSetting
from graph.model import Node
from graph.simple_step import drawn_from
from runtime.simple_step import attack_drawn, judged_of
from studio.document import Document
from studio.panels.training import TrainingPanel

SMOOTHING, CLASS_WEIGHTS = "loss.CrossEntropyLoss.label_smoothing", "loss.CrossEntropyLoss.weight"
RATE, CLIP, SIZE, WEIGHT = "optimizer.Adam.lr", "clip.norm", "adversarial.epsilon", "head.again.weight"


def with_step(qtbot: QtBot, document: Document) -> TrainingPanel:
    """The panel of a project whose settings were drawn."""
    judged = judged_of(document.catalog, document.project, FIELDS, {})
    attack = attack_drawn(document.catalog, document.project, FIELDS)
    assert document.apply(drawn_from(document.catalog, document.project, judged, "learn", attack))
    panel = shown(qtbot, TrainingPanel(document, holder()))
    panel.set_analysis(analysis())
    qtbot.waitUntil(lambda: "target.output" in panel.shown_keys())
    return panel


def drawn_rich() -> Document:
    """A document with two Outputs and an attack; what its step says of clipping is not what its settings say."""
    document = drawn()
    second = Node(uid="again", op="Output", name="again", params={"field": "digit"})
    assert document.apply(AddNode(network=NETWORK, node=second, position=(0.0, 0.0)))
    for key, value in (("adversarial", "fgsm"), (CLIP, 2.0)):
        assert document.apply(SetSetting(section="training", key=key, value=value))
    return document


def type_into(qtbot: QtBot, panel: TrainingPanel, key: str, text: str) -> None:
    """Type over what stands in a field, with time after each key for the panel to read the drawing back."""
    panel.show_setting(key)
    line = panel.row(key).field.focusProxy()
    assert line is not None
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for letter in text:
        QTest.keyClick(line, letter)
        qtbot.wait(5)


def kept(qtbot: QtBot, document: Document, key: str) -> str:
    """What a panel that is made anew shows of a setting."""
    anew = shown(qtbot, TrainingPanel(document, holder()))
    anew.set_analysis(analysis())
    qtbot.waitUntil(lambda: "target.output" in anew.shown_keys())
    return anew.row(key).field.text()


@pytest.mark.parametrize(
    ("key", "text"), [(SMOOTHING, "0.2"), (SMOOTHING, "0.05"), (RATE, "0.05"), (CLASS_WEIGHTS, "10, 0.5")]
)
def test_a_number_of_a_drawn_step_is_typed_key_by_key(qtbot: QtBot, key: str, text: str) -> None:
    document = drawn()
    panel = with_step(qtbot, document)
    type_into(qtbot, panel, key, text)
    assert (panel.row(key).field.text(), panel.row(key).sentence()) == (text, "")
    panel.row("batch_size").field.setFocus()
    qtbot.wait(5)
    assert (panel.row(key).field.text(), kept(qtbot, document, key)) == (text, text)


@pytest.mark.parametrize(("key", "text"), [(WEIGHT, "0.25"), (SIZE, "0.05"), (CLIP, "0.5"), (RATE, "0.003")])
def test_so_is_what_its_end_and_its_sum_say(qtbot: QtBot, key: str, text: str) -> None:
    document = drawn_rich()
    panel = with_step(qtbot, document)
    end = document.project.networks["learn"].by_name("loss")
    assert end is not None
    for name, value in (("clip_norm", 1.0), ("lr", 0.01)):
        assert document.apply(SetParam(network="learn", uid=end.uid, name=name, value=value))
    qtbot.waitUntil(lambda: panel.row(CLIP).field.text() == "1")
    type_into(qtbot, panel, key, text)
    assert (panel.row(key).field.text(), panel.row(key).sentence()) == (text, "")
    panel.row("batch_size").field.setFocus()
    qtbot.wait(5)
    assert (panel.row(key).field.text(), kept(qtbot, document, key)) == (text, text)


def test_typing_over_a_number_is_one_step_to_undo(qtbot: QtBot) -> None:
    document = drawn()
    document.apply(SetSetting(section="training", key=SMOOTHING, value=0.2))
    panel = with_step(qtbot, document)
    type_into(qtbot, panel, SMOOTHING, "0.35")
    assert panel.row(SMOOTHING).field.text() == "0.35"
    document.undo()
    qtbot.waitUntil(lambda: panel.row(SMOOTHING).field.text() == "0.2")


def test_a_default_that_was_typed_is_pale_once_the_field_is_left(qtbot: QtBot) -> None:
    panel = with_step(qtbot, drawn())
    type_into(qtbot, panel, SMOOTHING, "0.")
    line = panel.row(SMOOTHING).field.focusProxy()
    assert line is not None
    assert line.property("pale") is False
    panel.row("batch_size").field.setFocus()
    qtbot.waitUntil(lambda: line.property("pale") is True)
    assert panel.row(SMOOTHING).field.text() == "0"
    assert not panel.row(SMOOTHING).is_changed()
