"""The training panel is made from the table of settings and writes only what was set."""

from __future__ import annotations

from panel_kit import FIELDS, NETWORK, analysis, drawn, holder, retype, shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, SetSetting
from graph.fields import Field
from graph.model import Node
from graph.ops.catalog import load_catalog
from graph.problems import Problem
from graph.step_settings import shown_params
from runtime.settings import losses_for, setting_rows
from studio.document import Document
from studio.panels.training import TrainingPanel
from studio.panels.training_words import SECTIONS
from studio.widgets.fields import ChoiceField, Switch, TextField
from studio.widgets.section import SectionHeader

PROGRESSION = Field(name="progression", shape=(), dtype="float32", kind="number", role="target")


def training(qtbot: QtBot, document: Document) -> TrainingPanel:
    panel = shown(qtbot, TrainingPanel(document, holder()))
    panel.set_analysis(analysis())
    qtbot.wait(1)
    return panel


def text(panel: TrainingPanel, key: str) -> str:
    field = panel.row(key).field
    assert isinstance(field, TextField | ChoiceField)
    return field.text()


def pick(panel: TrainingPanel, key: str, words: str) -> None:
    combo = panel.row(key).findChildren(QComboBox)[0]
    combo.setFocus()
    for _ in range(combo.count() * 2):
        if combo.currentText() == words:
            return
        step = Qt.Key.Key_Down if combo.findText(words) > combo.currentIndex() else Qt.Key.Key_Up
        QTest.keyClick(combo, step)
        combo = panel.row(key).findChildren(QComboBox)[0]
    raise AssertionError(f"{words} is not among the choices of {key}")


def test_every_setting_has_a_row(qtbot: QtBot) -> None:
    document = drawn()
    document.project.training["adversarial"] = "pgd"
    document.project.data["split.unlabelled"] = True
    keys = set(training(qtbot, document).shown_keys())
    table = {row.key for row in setting_rows() if row.section == "training"}
    assert table - keys == {"start_from", "start_from.drop", "start_from.add"}  # which have a note of their own
    adam = {f"optimizer.Adam.{param.name}" for param in shown_params(load_catalog().optimizers["Adam"])}
    assert adam <= keys


def test_every_group_of_the_table_has_a_section() -> None:
    groups = {row.group for row in setting_rows() if row.section == "training"}
    assert {group for section in SECTIONS for group in section.groups} == groups


def test_the_first_four_sections_are_open_and_the_rest_tell_their_state(qtbot: QtBot) -> None:
    panel = training(qtbot, drawn())
    assert [panel.section(words.title).is_open() for words in SECTIONS] == [True] * 4 + [False] * 2
    assert panel.section("Schedule").header.state() == "none"
    assert panel.section("Optimizer").header.state() == "Adam, 0.001"


def test_a_heading_unfolds_by_click_and_stays_so(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    header = panel.section("Schedule").header
    assert isinstance(header, SectionHeader)
    QTest.mouseClick(header, Qt.MouseButton.LeftButton)
    assert panel.section("Schedule").is_open()
    document.apply(SetSetting(section="training", key="optimizer", value="SGD"))
    qtbot.waitUntil(lambda: "optimizer.SGD.lr" in panel.shown_keys())
    assert panel.section("Schedule").is_open()


def test_only_what_is_set_is_stored(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    assert text(panel, "batch_size") == "64"
    assert document.project.training == {}
    retype(qtbot, panel.row("batch_size").field, "128")
    assert document.project.training == {"batch_size": 128}
    qtbot.waitUntil(panel.row("batch_size").is_changed)
    panel.row("batch_size").reset_wanted.emit("batch_size")
    assert document.project.training == {}
    qtbot.waitUntil(lambda: not panel.row("batch_size").is_changed())


def test_another_optimizer_brings_its_own_rows_and_keeps_the_focus(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    pick(panel, "optimizer", "SGD")
    qtbot.waitUntil(lambda: "optimizer.SGD.momentum" in panel.shown_keys())
    assert document.project.training["optimizer"] == "SGD"
    assert "optimizer.Adam.lr" not in panel.shown_keys()
    qtbot.waitUntil(lambda: panel.row("optimizer").findChildren(QComboBox)[0].hasFocus())


def test_a_param_of_the_optimizer_is_set_under_its_name(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    retype(qtbot, panel.row("optimizer.Adam.lr").field, "3e-4")
    assert document.project.training == {"optimizer.Adam.lr": 3e-4}


def test_numbers_answered_make_it_regression(qtbot: QtBot) -> None:
    panel = training(qtbot, drawn())
    number = Field(name="digit", shape=(), dtype="float32", kind="number", role="target")
    panel.set_analysis(analysis(fields=(FIELDS[0], number)))
    qtbot.waitUntil(lambda: text(panel, "task") == "Regression")
    assert text(panel, "epochs") == "200"
    combo = panel.row("loss").findChildren(QComboBox)[0]
    assert combo.count() == len(losses_for("regression"))
    assert "class_weights" not in panel.shown_keys()  # numbers have no classes


def test_patience_hides_while_it_never_stops_early(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    QTest.mouseClick(panel.row("early_stopping").findChildren(Switch)[0], Qt.MouseButton.LeftButton)
    assert document.project.training == {"early_stopping": False}
    qtbot.waitUntil(lambda: "early_stopping.patience" not in panel.shown_keys())


def test_how_an_attack_goes_is_asked_while_training_is_adversarial(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    assert not [key for key in panel.shown_keys() if key.startswith("adversarial.")]
    pick(panel, "adversarial", "FGSM")
    qtbot.waitUntil(lambda: "adversarial.epsilon" in panel.shown_keys())
    assert "adversarial.steps" not in panel.shown_keys()
    pick(panel, "adversarial", "PGD")
    qtbot.waitUntil(lambda: {"adversarial.steps", "adversarial.step_size"} <= set(panel.shown_keys()))
    assert document.project.training == {"adversarial": "pgd"}
    assert panel.section("Regularization").header.state() == "attacked, ε 0.1"


def test_several_outputs_have_a_loss_and_a_weight_each(qtbot: QtBot) -> None:
    document = drawn()
    second = Node(uid="rebuilt", op="Output", name="rebuilt", params={"field": "image"})
    document.apply(AddNode(network=NETWORK, node=second, position=(0.0, 0.0)))
    panel = training(qtbot, document)
    qtbot.waitUntil(lambda: "head.rebuilt.weight" in panel.shown_keys())
    assert {"head.output.loss", "head.output.weight", "head.rebuilt.loss"} <= set(panel.shown_keys())
    assert "loss" not in panel.shown_keys()
    assert text(panel, "head.rebuilt.loss") == "Squared error (MSE)"
    retype(qtbot, panel.row("head.rebuilt.weight").field, "0.5")
    assert document.project.training == {"head.rebuilt.weight": 0.5}


def test_a_problem_stands_under_its_row(qtbot: QtBot) -> None:
    panel = training(qtbot, drawn())
    said = Problem(code="setting", message="MSELoss does not fit.", section="training", key="loss")
    panel.set_analysis(analysis(problems=(said,)))
    qtbot.waitUntil(lambda: panel.row("loss").sentence() == "MSELoss does not fit.")


def test_a_value_out_of_range_is_refused_with_a_sentence(qtbot: QtBot) -> None:
    document = drawn()
    panel = training(qtbot, document)
    retype(qtbot, panel.row("epochs").field, "0")
    assert panel.row("epochs").sentence() == "Epochs must be at least 1, not 0."
    assert document.project.training == {}


def test_a_setting_is_shown_even_inside_a_folded_section(qtbot: QtBot) -> None:
    panel = training(qtbot, drawn())
    panel.show_setting("seed")
    assert panel.section("Seed and device").is_open()
    qtbot.waitUntil(lambda: panel.row("seed").field.focusProxy().hasFocus())


def test_the_reason_for_the_device_is_told(qtbot: QtBot) -> None:
    panel = training(qtbot, drawn())
    qtbot.waitUntil(lambda: panel.row("device").sentence() == "There is no graphics card here.")


def test_params_of_a_schedule_that_follow_are_shown_as_auto(qtbot: QtBot) -> None:
    document = drawn()
    document.apply(SetSetting(section="training", key="scheduler", value="CosineAnnealingLR"))
    panel = training(qtbot, document)
    key = "scheduler.CosineAnnealingLR.T_max"
    assert text(panel, key) == "20  auto"
    document.apply(SetSetting(section="training", key="epochs", value=7))
    qtbot.waitUntil(lambda: text(panel, key) == "7  auto")
    document.apply(SetSetting(section="training", key=key, value=20))
    qtbot.waitUntil(lambda: text(panel, key) == "20")
    assert panel.row(key).is_changed()
