"""The list of problems: order, words, choosing and mending."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, SetParam
from graph.model import Network, Node, Project, empty_project
from graph.problems import Fix, Problem
from studio.panels.problems import ProblemsPanel
from studio.theme import ThemeHolder

FIX = Fix(label="Use 3", edit=SetParam(network="network", uid="a", name="kernel_size", value=3))
WARNING = Problem(code="dead", message="Nothing uses it.", severity="warning", network="network", node="b")
ERROR = Problem(code="param", message="kernel_size must be at least 1.", network="network", node="a", fixes=(FIX,))
DATA = Problem(code="data", message="The file is gone.", section="data", key="csv.path")


def drawn() -> Project:
    project = empty_project()
    for uid, name in (("a", "conv1"), ("b", "relu1")):
        AddNode(network="network", node=Node(uid=uid, op="ReLU", name=name), position=(0, 0)).apply(project)
    return project


def panel_with(qtbot: QtBot, *problems: Problem) -> ProblemsPanel:
    panel = ProblemsPanel(ThemeHolder("light"))
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.set_problems(problems, drawn())
    panel.show()
    return panel


def texts(panel: ProblemsPanel) -> list[str]:
    return [label.text() for label in panel.widget().findChildren(QLabel) if label.text()]


def test_nothing_wrong_is_said(qtbot: QtBot) -> None:
    assert texts(panel_with(qtbot)) == ["Nothing wrong with this drawing."]


def test_errors_stand_before_warnings_with_the_names_of_their_nodes(qtbot: QtBot) -> None:
    panel = panel_with(qtbot, WARNING, ERROR, DATA)
    assert texts(panel) == [
        "conv1",
        "kernel_size must be at least 1.",
        "Data",
        "The file is gone.",
        "relu1",
        "Nothing uses it.",
    ]


def test_a_click_chooses_a_problem(qtbot: QtBot) -> None:
    panel = panel_with(qtbot, ERROR, WARNING)
    label = next(label for label in panel.widget().findChildren(QLabel) if label.text() == "relu1")
    with qtbot.waitSignal(panel.problem_chosen) as heard:
        qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    assert heard.args == [WARNING]
    assert panel.chosen() == WARNING


def test_the_button_offers_the_fix(qtbot: QtBot) -> None:
    panel = panel_with(qtbot, ERROR)
    button = panel.widget().findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert button.text() == "Use 3"
    with qtbot.waitSignal(panel.fix_chosen) as heard:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert heard.args == [FIX]


def test_after_a_fix_the_keys_stay_in_the_list(qtbot: QtBot) -> None:
    panel = panel_with(qtbot, ERROR, WARNING)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    button = panel.widget().findChild(QPushButton)
    assert isinstance(button, QPushButton)
    button.setFocus()
    assert button.hasFocus()
    panel.set_problems((WARNING,), drawn())
    focused = QApplication.focusWidget()
    assert focused is not None
    assert panel.isAncestorOf(focused)
    panel.set_problems((), drawn())
    assert QApplication.focusWidget() is panel


def test_next_goes_around_and_the_chosen_one_outlives_a_new_list(qtbot: QtBot) -> None:
    panel = panel_with(qtbot, ERROR, WARNING)
    panel.choose_next()
    panel.choose_next()
    assert panel.chosen() == WARNING
    panel.set_problems((WARNING,), drawn())
    assert panel.chosen() == WARNING
    panel.choose_next()
    assert panel.chosen() == WARNING
    panel.set_problems((), drawn())
    assert panel.chosen() is None


def test_where_there_are_several_drawings_each_problem_names_its_own(qtbot: QtBot) -> None:
    panel = panel_with(qtbot)
    project = drawn()
    project.networks["tell_apart"] = Network("tell_apart")
    project.networks["tell_apart"].put_node(Node(uid="c", op="Input", name="image"))
    other = Problem(code="unknown-field", message="It is not in the data.", network="tell_apart", node="c")
    panel.set_problems((ERROR, other), project)
    assert texts(panel)[::2] == ["network › conv1", "tell_apart › image"]
