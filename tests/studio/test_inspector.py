"""The inspector shows and changes a node's settings with real keys and clicks."""

from __future__ import annotations

from dataclasses import replace

from panel_kit import NETWORK, add, analysis, drawn, holder, retype, shown
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, SetSetting
from graph.model import Node
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING, ParamSpec
from graph.problems import Problem
from studio.document import Document
from studio.panels.inspector import InspectorPanel
from studio.widgets.fields import Switch, TextField, field_for
from studio.widgets.section import Section


def inspector(qtbot: QtBot, document: Document, *uids: str) -> InspectorPanel:
    panel = shown(qtbot, InspectorPanel(document, holder()))
    panel.set_analysis(analysis())
    panel.show_nodes(uids)
    return panel


def params(document: Document, uid: str) -> dict[str, object]:
    return dict(document.project.network(NETWORK).node(uid).params)


def words_of(panel: InspectorPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def test_a_number_is_typed_and_one_undo_takes_it_back(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    retype(qtbot, panel.row("out_channels").field, "128")
    assert params(document, "conv2")["out_channels"] == 128
    document.undo()
    assert params(document, "conv2")["out_channels"] == 64


def test_two_visits_to_a_field_are_two_steps(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    retype(qtbot, panel.row("out_channels").field, "128")
    panel.row("stride").field.setFocus()
    retype(qtbot, panel.row("out_channels").field, "256")
    document.undo()
    assert params(document, "conv2")["out_channels"] == 128


def test_the_same_setting_of_two_nodes_is_two_steps(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    retype(qtbot, panel.row("out_channels").field, "8")
    panel.show_nodes({"conv2"})
    retype(qtbot, panel.row("out_channels").field, "16")
    document.undo()
    assert params(document, "conv1")["out_channels"] == 8
    assert params(document, "conv2")["out_channels"] == 64


def test_several_numbers_become_a_tuple(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    retype(qtbot, panel.row("kernel_size").field, "5, 3")
    assert params(document, "conv2")["kernel_size"] == (5, 3)


def test_a_list_that_is_not_finished_changes_nothing_yet(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    seen: list[object] = []
    document.changed.connect(lambda change: seen.append(params(document, "conv2")["kernel_size"]))
    retype(qtbot, panel.row("kernel_size").field, "5, 3")
    assert seen == [5, (5, 3)]


def test_what_does_not_fit_gets_a_sentence_and_changes_nothing(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    row = panel.row("out_channels")
    retype(qtbot, row.field, "many")
    assert params(document, "conv2")["out_channels"] == 64
    assert row.sentence() == "Filters must be a whole number, not 'many'."
    QTest.keyClick(row.field.focusProxy(), Qt.Key.Key_Escape)
    assert row.sentence() == ""
    assert isinstance(row.field, TextField)
    assert row.field.text() == "64"


def test_a_required_number_cannot_be_emptied(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    retype(qtbot, panel.row("out_channels").field, "")
    assert panel.row("out_channels").sentence() == "Filters needs a value."
    assert params(document, "conv2")["out_channels"] == 64


def test_escape_takes_typing_back(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    field = panel.row("out_channels").field
    retype(qtbot, field, "12")
    assert params(document, "conv2")["out_channels"] == 12
    QTest.keyClick(field.focusProxy(), Qt.Key.Key_Escape)
    assert params(document, "conv2")["out_channels"] == 64


def test_an_auto_value_is_shown_pale_and_can_be_fixed_and_freed(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    row = panel.row("in_channels")
    assert isinstance(row.field, TextField)
    qtbot.waitUntil(lambda: row.field.text() == "32  auto")
    retype(qtbot, row.field, "16")
    assert params(document, "conv2")["in_channels"] == 16
    qtbot.waitUntil(row.is_changed)
    retype(qtbot, row.field, "")
    assert "in_channels" not in params(document, "conv2")
    qtbot.waitUntil(lambda: not row.is_changed())


def test_arrows_step_whole_numbers(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    edit = panel.row("out_channels").field.focusProxy()
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_Up)
    QTest.keyClick(edit, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert params(document, "conv2")["out_channels"] == 75


def test_the_wheel_changes_no_value(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "input")
    before = params(document, "input")
    combo = panel.findChildren(QComboBox)[0]
    combo.setFocus()
    middle = QPointF(combo.rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(combo.mapToGlobal(combo.rect().center())),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, wheel)
    assert params(document, "input") == before


def test_a_switch_is_flipped_by_click_and_reset_by_its_arrow(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    row = panel.row("bias")
    switch = row.findChildren(Switch)[0]
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert params(document, "conv2")["bias"] is False
    qtbot.waitUntil(row.is_changed)
    row.reset_wanted.emit("bias")
    assert "bias" not in params(document, "conv2")
    qtbot.waitUntil(switch.isChecked)


def test_a_fresh_nodes_own_values_are_its_defaults(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    assert not panel.row("padding").is_changed()
    retype(qtbot, panel.row("padding").field, "1")
    qtbot.waitUntil(panel.row("padding").is_changed)
    panel.row("padding").reset_wanted.emit("padding")
    assert params(document, "conv1")["padding"] == "same"


def test_an_input_offers_the_fields_of_the_data(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "input")
    combo = panel.findChildren(QComboBox)[0]
    assert [combo.itemText(index).split()[0] for index in range(combo.count())] == ["image", "digit", "given"]
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert params(document, "input")["field"] == "digit"


def test_a_node_is_renamed_by_typing(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    panel.focus_name()
    edit = panel.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    QTest.keyClicks(edit, "edges")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert document.project.network(NETWORK).node("conv2").name == "edges"


def test_a_name_that_is_taken_gets_a_sentence_and_is_put_back(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv2")
    panel.focus_name()
    edit = panel.findChild(QLineEdit)
    assert isinstance(edit, QLineEdit)
    QTest.keyClicks(edit, "conv1")
    assert "There is already a node called 'conv1'" in words_of(panel)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "conv2"
    assert document.project.network(NETWORK).node("conv2").name == "conv2"


def test_the_help_of_the_focused_row_stands_at_the_foot(qtbot: QtBot) -> None:
    panel = inspector(qtbot, drawn(), "conv2")
    row = panel.row("stride")
    row.field.setFocus()
    assert row.spec.doc
    qtbot.waitUntil(lambda: panel.help_text() == row.spec.doc)


def test_a_problem_stands_under_its_setting(qtbot: QtBot) -> None:
    panel = inspector(qtbot, drawn(), "conv2")
    said = Problem(code="kernel", message="conv2 leaves nothing.", node="conv2", key="kernel_size")
    panel.set_analysis(analysis(problems=(said,)))
    qtbot.waitUntil(lambda: panel.row("kernel_size").sentence() == "conv2 leaves nothing.")


def test_shape_and_weights_are_told(qtbot: QtBot) -> None:
    panel = inspector(qtbot, drawn(), "conv2")
    qtbot.waitUntil(lambda: "32×8×8 out · 18,496 weights" in words_of(panel))


def test_nothing_chosen_shows_the_network(qtbot: QtBot) -> None:
    panel = inspector(qtbot, drawn())
    qtbot.waitUntil(lambda: "18,816" in words_of(panel))
    assert "Layers\n4" in words_of(panel)


def test_several_nodes_are_changed_together(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1", "conv2")
    qtbot.waitUntil(lambda: "2 nodes" in words_of(panel))
    retype(qtbot, panel.row("out_channels").field, "16")
    assert [params(document, uid)["out_channels"] for uid in ("conv1", "conv2")] == [16, 16]
    document.undo()
    assert [params(document, uid)["out_channels"] for uid in ("conv1", "conv2")] == [32, 64]


def test_a_removed_node_leaves_the_inspector(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "relu")
    add(document, "relu", "ReLU")
    panel.show_nodes({"relu"})
    document.undo()
    qtbot.waitUntil(lambda: "Choose a node to see its settings." in words_of(panel))


def test_a_setting_that_is_empty_says_what_that_comes_to(qtbot: QtBot) -> None:
    document = drawn()
    node = Node(uid="pool9", op="MaxPool2d", name="pool9", params={"kernel_size": 2})
    document.apply(AddNode(network=NETWORK, node=node, position=(900.0, 0.0)))
    panel = inspector(qtbot, document, "pool9")
    field = panel.row("stride").field
    assert field.text() == "as the window"
    retype(qtbot, field, "1")
    assert params(document, "pool9")["stride"] == 1
    retype(qtbot, field, "as the window")
    assert params(document, "pool9")["stride"] is None


CONV = {"weight": (32, 1, 3, 3), "bias": (32,)}
KNOWN = analysis(parameters={"conv1": CONV, "conv2": {"weight": (32, 1, 3, 3)}}, weights={"conv1": 320, "conv2": 288})


def choose(panel: InspectorPanel, name: str, text: str) -> None:
    combo = panel.row(name).field.findChild(QComboBox)
    assert combo is not None
    at = combo.findText(text)
    assert at >= 0, [combo.itemText(one) for one in range(combo.count())]
    combo.setCurrentIndex(at)
    combo.activated.emit(at)


def weights_part(panel: InspectorPanel) -> Section | None:
    return next((one for one in panel.findChildren(Section) if one.header.text() == "Weights"), None)


def test_weights_have_a_folded_section_with_the_parameters_that_the_layer_has(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    panel.set_analysis(KNOWN)
    qtbot.waitUntil(lambda: "@init.bias" in panel.rows_shown())
    part = weights_part(panel)
    assert part is not None
    assert not part.is_open()
    assert part.header.state() == "as torch has them"
    rows = [name for name in panel.rows_shown() if name.startswith("@")]
    assert rows == ["@frozen", "@lr", "@init.weight", "@init.bias", "@norm", "@tie"]
    assert "dirac_" in panel.row("@init.weight").spec.choices
    assert set(panel.row("@init.bias").spec.choices) & {"dirac_", "kaiming_normal_"} == set()
    panel.show_nodes({"flatten"})
    assert weights_part(panel) is None


def test_a_start_brings_its_arguments_and_takes_them_along_when_it_goes(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    panel.set_analysis(KNOWN)
    qtbot.waitUntil(lambda: "@init.weight" in panel.rows_shown())
    before = params(document, "conv1")
    choose(panel, "@init.weight", "normal_")
    qtbot.waitUntil(lambda: "@init.weight.std" in panel.rows_shown())
    retype(qtbot, panel.row("@init.weight.std").field, "0.02")
    assert params(document, "conv1") == {**before, "@init.weight": "normal_", "@init.weight.std": 0.02}
    choose(panel, "@init.weight", "zeros_")
    qtbot.waitUntil(lambda: "@init.weight.std" not in panel.rows_shown())
    assert params(document, "conv1") == {**before, "@init.weight": "zeros_"}
    part = weights_part(panel)
    assert part is not None
    assert part.header.state() == "weight zeros_"
    document.undo()
    assert params(document, "conv1")["@init.weight.std"] == 0.02
    choose(panel, "@init.weight", "default start")
    assert params(document, "conv1") == before


def test_the_weights_unfold_when_something_is_wrong_among_them(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    panel.set_analysis(KNOWN)
    qtbot.waitUntil(lambda: "@init.weight" in panel.rows_shown())
    choose(panel, "@init.weight", "dirac_")
    wrong = Problem(code="bad-weights", message="It cannot be.", network=NETWORK, node="conv1", key="@init.weight")
    panel.set_analysis(replace(KNOWN, problems=(wrong,)))
    qtbot.waitUntil(lambda: panel.row("@init.weight").sentence() == "It cannot be.")
    part = weights_part(panel)
    assert part is not None
    assert part.is_open()


def test_a_weight_is_tied_to_one_of_the_same_size_and_a_frozen_layer_says_so(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "conv1")
    panel.set_analysis(KNOWN)
    qtbot.waitUntil(lambda: "@tie" in panel.rows_shown())
    assert panel.row("@tie").spec.choices == ("", "conv2.weight")
    choose(panel, "@tie", "conv2.weight")
    assert params(document, "conv1")["@tie"] == "conv2.weight"
    qtbot.waitUntil(lambda: "@init.weight" not in panel.rows_shown())
    document.undo()
    switch = panel.row("@frozen").field.findChild(Switch)
    assert switch is not None
    switch.click()
    assert params(document, "conv1")["@frozen"] is True
    panel.set_analysis(replace(KNOWN, frozen={"conv1": 320}))
    qtbot.waitUntil(lambda: "320 weights · frozen" in words_of(panel))
    qtbot.waitUntil(lambda: "@thaw" in panel.rows_shown())
    retype(qtbot, panel.row("@thaw").field, "3")
    retype(qtbot, panel.row("@lr").field, "0.1")
    assert (params(document, "conv1")["@thaw"], params(document, "conv1")["@lr"]) == (3, 0.1)
    part = weights_part(panel)
    assert part is not None
    qtbot.waitUntil(lambda: part.header.state() == "frozen until epoch 3 is over, learning rate × 0.1")
    retype(qtbot, panel.row("@lr").field, "1")
    panel.row("@frozen").field.findChild(Switch).click()
    assert not {"@frozen", "@thaw", "@lr"} & params(document, "conv1").keys()
    assert "@anew" not in panel.rows_shown()
    document.apply(SetSetting(section="training", key="start_from", value="a.safetensors"))
    panel.set_analysis(KNOWN)
    qtbot.waitUntil(lambda: "@anew" in panel.rows_shown())


def test_a_click_into_what_only_holds_lets_it_be_typed_over_and_another_sets_the_cursor(qtbot: QtBot) -> None:
    spec = ParamSpec(name="shape", type="ints", default=None, optional=True, none_word="not said")
    field = TextField(holder(), spec)
    field.show_value(MISSING, None)
    shown(qtbot, field, 200)
    line = field.focusProxy()
    assert isinstance(line, QLineEdit)
    line.clearFocus()
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.selectedText() == "not said"
    QTest.keyClicks(line, "16")
    assert line.text() == "16"
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert not line.hasSelectedText()


def test_a_step_says_what_holds_where_nothing_is_chosen_for_it(qtbot: QtBot) -> None:
    minimise = load_catalog().op("Minimise")
    said = {}
    for name in ("networks", "optimizer", "lr", "scheduler"):
        spec = minimise.param(name)
        assert spec is not None
        field = field_for(holder(), spec)
        qtbot.addWidget(field)
        field.show_value(MISSING, spec.default)
        said[name] = field.text()
    assert said == {"networks": "all called"} | dict.fromkeys(("optimizer", "lr", "scheduler"), "as the panel")


def test_an_input_that_a_training_step_feeds_can_name_no_field(qtbot: QtBot) -> None:
    document = drawn()
    panel = inspector(qtbot, document, "input")
    combo = panel.row("field").field.focusProxy()
    assert isinstance(combo, QComboBox)
    assert [combo.itemText(at) for at in range(combo.count())][-1] == "given by a step"
    combo.setCurrentIndex(combo.count() - 1)
    combo.activated.emit(combo.count() - 1)
    assert not params(document, "input").get("field")
    assert combo.currentText() == "given by a step"
