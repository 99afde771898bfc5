"""The data panel begins with a question, then shows what was found and edits the data settings."""

from __future__ import annotations

from pathlib import Path

from panel_kit import FIELDS, drawn, holder, retype, shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from graph.edits import SetSetting
from graph.fields import Field
from graph.ops.spec import MISSING
from graph.problems import Problem
from runtime.protocol import ColumnReport, DataReport, FieldReport, ImageSample
from runtime.sources import SOURCES
from studio.document import Document
from studio.panels.data import DataPanel
from studio.widgets.paths import PathField
from studio.widgets.split import moved, with_share

PICTURE = ImageSample(width=2, height=2, channels=1, pixels=bytes((0, 255, 128, 64)))
REPORT = DataReport(
    revision=1,
    source="digits",
    rows=1797,
    fields=(
        FieldReport(field=FIELDS[0], minimum=0.0, maximum=1.0, mean=0.305),
        FieldReport(field=FIELDS[1], counts=(178, 182, 177, 183, 181, 182, 181, 179, 174, 180)),
    ),
    splits={"train": 1257, "validation": 270, "test": 270},
    captions=tuple("0" for _ in range(24)),
    images={"image": (PICTURE,) * 24},
    notes=("3 rows with missing values left out",),
)


def data(qtbot: QtBot, document: Document, source: str = "") -> DataPanel:
    if source:
        document.apply(SetSetting(section="data", key="source", value=source))
    return shown(qtbot, DataPanel(document, holder()))


def words_of(panel: DataPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def test_without_data_it_asks_and_a_tile_leads_to_a_source(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document)
    assert "What should it learn from?" in words_of(panel)
    QTest.mouseClick(panel.tiles.tiles["made"], Qt.MouseButton.LeftButton)
    moons = panel.tiles.sources["moons"]
    assert moons.isVisible()
    with qtbot.waitSignal(panel.preview_wanted):
        QTest.mouseClick(moons, Qt.MouseButton.LeftButton)
    assert document.project.data == {"source": "moons"}
    qtbot.waitUntil(panel.row("moons.noise").isVisible)


def test_one_group_is_open_at_a_time(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn())
    QTest.mouseClick(panel.tiles.tiles["made"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.tiles.tiles["ready"], Qt.MouseButton.LeftButton)
    assert not panel.tiles.sources["moons"].isVisible()
    assert panel.tiles.sources["digits"].isVisible()


def test_ones_own_table_asks_for_the_file_and_keeps_it_relative(qtbot: QtBot, tmp_path: Path) -> None:
    document = drawn()
    document.save(tmp_path / "mine.loom")
    panel = data(qtbot, document)
    panel.ask_path = lambda spec: str(tmp_path / "tables" / "flowers.csv")
    panel.choose("csv")
    assert document.project.data == {"source": "csv", "csv.path": "tables/flowers.csv"}
    document.undo()
    assert document.project.data == {}


def test_a_pair_for_style_is_the_samples_until_a_picture_of_ones_own_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    document = drawn()
    document.save(tmp_path / "mine.loom")
    panel = data(qtbot, document)
    chosen: list[str] = []
    panel.path_chosen.connect(chosen.append)
    panel.choose("pictures_for_style")
    assert document.project.data == {"source": "pictures_for_style"}
    assert document.project.training["batch_size"] == 1
    qtbot.waitUntil(lambda: "see the same samples" in words_of(panel))
    panel.ask_path = lambda spec: str(tmp_path / "cat.png")
    field = panel.row("pictures_for_style.content").field
    assert isinstance(field, PathField)
    field.button.click()
    assert document.project.data["pictures_for_style.content"] == "cat.png"
    assert chosen == [str(tmp_path / "cat.png")]


def test_a_cancelled_dialog_changes_nothing(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "moons")
    panel.ask_path = lambda spec: ""
    panel.choose("csv")
    assert document.project.data == {"source": "moons"}
    assert panel.combo.currentText() == SOURCES["moons"].title


def test_options_are_set_under_the_sources_name(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "moons")
    retype(qtbot, panel.row("moons.noise").field, "0.3")
    assert document.project.data == {"source": "moons", "moons.noise": 0.3}


def test_a_report_is_shown_as_pictures_classes_and_notes(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn(), "digits")
    assert "Looking at the data…" in words_of(panel)
    panel.set_report(REPORT)
    assert panel.view.count_text() == "1,797 samples"
    assert panel.view.grid.isVisible()
    assert panel.view.grid.count() == 24
    assert panel.view.bars.rows()[0] == ("0", 178)
    assert panel.view.range_text() == "image · 0 to 1 · mean 0.305"
    assert "3 rows with missing values left out" in words_of(panel)
    assert "1,257" in words_of(panel)


def test_points_in_the_plane_are_shown_as_points(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn(), "moons")
    panel.set_report(DataReport(revision=1, rows=2, scatter=((0.0, 1.0, 0), (1.0, 0.0, 1)), captions=("a", "b")))
    assert panel.view.scatter.isVisible()
    assert not panel.view.grid.isVisible()


def test_sequences_are_shown_as_lines(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn(), "sines")
    past = Field(name="past", shape=(3, 1), dtype="float32", kind="sequence")
    values = {"past": ((0.0, 0.5, 1.0), (1.0, 0.5, 0.0))}
    fields = (FieldReport(field=past, minimum=0.0, maximum=1.0, mean=0.5),)
    panel.set_report(DataReport(revision=1, rows=2, fields=fields, captions=("", ""), values=values))
    assert panel.view.lines.isVisible()
    assert panel.view.lines.count() == 2
    assert not panel.view.table.isVisible()


def test_a_table_is_shown_with_its_target_first(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn(), "iris")
    features, species = SOURCES["iris"].fields
    values = {"features": ((5.1, 3.5, 1.4, 0.2),), "species": ((0.0,),)}
    fields = (FieldReport(field=features), FieldReport(field=species, counts=(1, 0, 0)))
    panel.set_report(DataReport(revision=1, rows=1, fields=fields, captions=("setosa",), values=values))
    model = panel.view.table.model()
    row = [model.index(0, column).data() for column in range(model.columnCount())]
    assert row == ["setosa", "5.1", "3.5", "1.4", "0.2"]
    assert model.headerData(0, Qt.Orientation.Horizontal) == "species"


def test_problems_stand_where_they_belong(qtbot: QtBot) -> None:
    panel = data(qtbot, drawn(), "csv")
    said = (
        Problem(code="data", message="There is no such column.", section="data", key="csv.target"),
        Problem(code="data", message="The table is empty.", section="data"),
    )
    panel.set_report(DataReport(revision=1, problems=said))
    assert panel.row("csv.target").sentence() == "There is no such column."
    assert "The table is empty." in words_of(panel)


def test_the_split_is_dragged_as_one_step(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "digits")
    panel.set_report(REPORT)
    bar = panel.bar
    start = QPoint(round(bar.width() * 0.7), 12)
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.65, 0.6, 0.5):
        QTest.mouseMove(bar, QPoint(round(bar.width() * share), 12))
        qtbot.wait(5)
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.width() * 0.5), 12))
    shares = [document.project.data[f"split.{part}"] for part in ("train", "validation", "test")]
    assert shares == [0.5, 0.35, 0.15]
    document.undo()
    assert document.project.data == {"source": "digits"}


def test_the_split_is_moved_by_keys_and_by_typing(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "digits")
    panel.bar.setFocus()
    QTest.keyClick(panel.bar, Qt.Key.Key_Right)
    assert document.project.data["split.train"] == 0.75
    retype(qtbot, panel.shares[2].field, "10")
    shares = [document.project.data[f"split.{part}"] for part in ("train", "validation", "test")]
    assert shares == [0.8, 0.1, 0.1]


def test_shares_always_add_up_and_leave_something_to_train_on() -> None:
    shares = (0.7, 0.15, 0.15)
    for changed in (
        moved(shares, 0, -1.0),
        moved(shares, 0, 2.0),
        moved(shares, 1, 0.0),
        moved(shares, 1, 1.4),
        with_share(shares, 0, 0.0),
        with_share(shares, 0, 1.0),
        with_share(shares, 1, 5.0),
        with_share(shares, 2, 0.33),
        with_share((1.0, 0.0, 0.0), 0, 0.5),
    ):
        assert abs(sum(changed) - 1) < 1e-9, changed
        assert min(changed) >= 0, changed
        assert changed[0] >= 0.05, changed


def test_defaults_follow_from_the_data(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "diabetes")
    assert [panel.row(key).field.text() for key in ("split.method", "scale.inputs", "scale.targets")] == [
        "Random",
        "Standard",
        "Standard",
    ]
    document.apply(SetSetting(section="data", key="source", value="iris"))
    qtbot.waitUntil(lambda: panel.row("split.method").field.text() == "Stratified")


def test_few_training_samples_a_class_are_asked_for_where_there_are_classes(qtbot: QtBot) -> None:
    document = drawn()
    panel = data(qtbot, document, "iris")
    few = panel.row("split.per_class")
    qtbot.waitUntil(few.isVisible)
    retype(qtbot, few.field, "5")
    assert document.project.data["split.per_class"] == 5
    rest = panel.row("split.unlabelled")
    qtbot.waitUntil(rest.isVisible)
    rest.field.edited.emit(True)
    assert document.project.data["split.unlabelled"] is True
    for key in ("split.per_class", "split.unlabelled"):
        document.apply(SetSetting(section="data", key=key, value=MISSING))
    document.apply(SetSetting(section="data", key="source", value="diabetes"))
    qtbot.waitUntil(
        lambda: not panel.row("split.per_class").isVisible() and not panel.row("split.unlabelled").isVisible()
    )


def test_second_data_are_chosen_with_their_options_and_a_file_is_remembered_as_chosen(
    qtbot: QtBot, tmp_path: Path
) -> None:
    document = drawn()
    panel = data(qtbot, document, "digits")
    second = panel.second
    assert not second.is_open()
    assert second.header.state() == "none"
    second.set_open(True)
    second.source.field.edited.emit("moons")
    noise = "second.moons.noise"
    qtbot.waitUntil(lambda: noise in second.options and second.options[noise].isVisible())
    retype(qtbot, second.options[noise].field, "0.3")
    assert document.project.data == {"source": "digits", "second.source": "moons", noise: 0.3}
    panel.ask_path = lambda spec: str(tmp_path / f"{spec.key}.npz")
    second.source.field.edited.emit("npz")
    qtbot.waitUntil(lambda: "second.npz.path" in second.options and noise not in second.options)
    with qtbot.waitSignal(panel.path_chosen) as told:
        second.options["second.npz.path"].field.button.click()
    assert told.args == [document.project.data["second.npz.path"]] == [str(tmp_path / "npz.npz")]
    second.source.reset_wanted.emit("second.source")
    qtbot.waitUntil(lambda: not second.options)


COLUMNS = (
    ColumnReport(name="id", role="ignore", kind="number", minimum=1, maximum=60, note="The column 'id' is left out."),
    ColumnReport(name="age", role="feature", kind="number", missing=7, minimum=1, maximum=80, histogram=(1, 5, 2)),
    ColumnReport(name="sex", role="feature", kind="words", common=(("male", 40), ("female", 20))),
    ColumnReport(name="class", role="feature", kind="number", minimum=1, maximum=3),
    ColumnReport(name="digit", role="target", kind="words", common=(("no", 40), ("yes", 20))),
)
TABLE = DataReport(revision=1, source="Table (CSV)", rows=58, rows_found=60, columns=COLUMNS, split_method="grouped")


def table(qtbot: QtBot) -> tuple[Document, DataPanel]:
    document = drawn()
    panel = data(qtbot, document, "csv")
    panel.set_report(TABLE)
    return document, panel


def choose_role(panel: DataPanel, name: str, role: str) -> None:
    combo = panel.view.columns.rows[name].role
    combo.setFocus()
    item = combo.model().index(combo.findData(role), 0)
    assert item.flags() & Qt.ItemFlag.ItemIsEnabled
    combo.setCurrentIndex(item.row())
    combo.activated.emit(item.row())


def test_each_column_says_what_it_holds_and_what_was_decided(qtbot: QtBot) -> None:
    _, panel = table(qtbot)
    rows = panel.view.columns.rows
    assert list(rows) == ["id", "age", "sex", "class", "digit"]
    assert rows["age"].facts.text() == "number · 1 to 80 · 7 empty"
    assert rows["age"].bars.counts() == (1, 5, 2)
    assert rows["sex"].facts.text() == "words · male 40, female 20"
    assert rows["id"].note.text() == "The column 'id' is left out."
    assert rows["id"].role.currentText() == "Leave out"
    assert panel.view.count_text() == "58 samples of 60 rows"
    assert panel.view.aim.text().startswith("Predicts digit from 3 columns.")
    assert panel.row("split.method").field.text() == "By group"


def test_another_target_is_what_the_output_answers_from_then_on_in_one_step(qtbot: QtBot) -> None:
    document, panel = table(qtbot)
    choose_role(panel, "sex", "target")
    assert document.project.data == {"source": "csv", "csv.target": "sex"}
    assert document.network.node("output").params["field"] == "sex"
    assert panel.view.columns.rows["digit"].role.currentText() == "Learn from"
    assert panel.view.aim.text().startswith("Predicts sex")
    document.undo()
    assert document.project.data == {"source": "csv"}
    assert document.network.node("output").params["field"] == "digit"


def test_roles_are_written_as_the_settings_that_the_reader_knows(qtbot: QtBot) -> None:
    document, panel = table(qtbot)
    choose_role(panel, "age", "ignore")
    assert document.project.data["csv.ignore"] == ("id", "age")
    choose_role(panel, "age", "group")
    assert document.project.data["csv.ignore"] == ("id",)
    assert document.project.data["csv.group"] == "age"
    choose_role(panel, "class", "group")
    assert document.project.data["csv.group"] == "class"
    choose_role(panel, "class", "split")
    assert "csv.group" not in document.project.data
    assert document.project.data["csv.split_column"] == "class"
    model = panel.view.columns.rows["digit"].role.model()
    assert not model.index(0, 0).flags() & Qt.ItemFlag.ItemIsEnabled  # something must be predicted


def test_numbers_that_stand_for_kinds_are_read_as_words(qtbot: QtBot) -> None:
    document, panel = table(qtbot)
    rows = panel.view.columns.rows
    assert not rows["sex"].kind.isVisible()
    QTest.mouseClick(rows["class"].kind, Qt.MouseButton.LeftButton)
    assert document.project.data["csv.categories"] == ("class",)
    panel.set_report(TABLE)
    assert rows["class"].kind.text() == "As number"
    QTest.mouseClick(rows["class"].kind, Qt.MouseButton.LeftButton)
    assert "csv.categories" not in document.project.data


def test_what_is_wrong_with_a_table_leaves_its_columns_to_mend_it(qtbot: QtBot) -> None:
    _, panel = table(qtbot)
    wrong = Problem(code="data", message="The column 'x' is damaged.", section="data")
    panel.set_report(DataReport(revision=2, problems=(wrong,)))
    assert list(panel.view.columns.rows) == ["id", "age", "sex", "class", "digit"]


def test_reading_for_long_is_told_and_can_be_stopped_by_escape(qtbot: QtBot) -> None:
    _, panel = table(qtbot)
    panel.show_loading("loading", 0.4)
    assert panel.loading.text.text() == "Loading… 40 %"
    panel.setFocus()
    with qtbot.waitSignal(panel.stop_wanted):
        QTest.keyClick(panel, Qt.Key.Key_Escape)
    panel.show_loading("stopped")
    with qtbot.waitSignal(panel.again_wanted):
        QTest.mouseClick(panel.loading.again, Qt.MouseButton.LeftButton)
    panel.show_loading("none")
    assert not panel.loading.isVisible()
