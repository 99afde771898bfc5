"""What is shown of what a network gets right and wrong: figures, samples, epochs, and runs that kept nothing."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder, shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from run_kit import trained
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from window_kit import Room, open_room

from graph.fields import Field
from runtime.media import HeadLook, Look, MediaReader, look_path, packed
from runtime.rundir import RunDir
from studio.panels.curves_and_results import CurvesAndResults
from studio.panels.results.classes_view import ClassesView
from studio.panels.results.faces import Faces
from studio.panels.results.headline import HeadlineRow
from studio.panels.results.panel import ResultsPanel, can_attack
from studio.panels.results.run_figures import RunFigures, Subject
from studio.panels.results.samples import SamplesView
from studio.plain_numbers import rough_number
from studio.results_flow import ResultsFlow
from studio.theme import ThemeHolder

Runs = dict[str, RunDir]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    quick = {"digits-dense": {"epochs": 6}, "breast-cancer-hinge": {"epochs": 5}, "two-inputs": {"epochs": 2}}
    numbers = {"diabetes-regression": {"epochs": 5}, "digits-autoencoder": {"epochs": 2}}
    return trained(tmp_path_factory.mktemp("trained"), quick | numbers)


def final(run: RunDir, part: Any = "validation") -> Look:
    look = MediaReader(run.media).final(part)
    assert look is not None
    return look


def head(look: Look) -> HeadLook:
    return look.heads[0]


def classes_view(qtbot: QtBot, look: Look, width: int = 440) -> ClassesView:
    view = shown(qtbot, ClassesView(holder()), width)
    view.set_look(look)
    return view


def press(view: ClassesView, true: int, said: int) -> None:
    QTest.mouseClick(view.matrix, Qt.MouseButton.LeftButton, pos=view.matrix.box(true, said).center())


def table_rows(view: ClassesView) -> list[list[str]]:
    model = view.table.model()
    return [[model.index(row, column).data() for column in range(5)] for row in range(model.rowCount())]


def test_an_attack_is_offered_where_classes_are_said_of_one_input_of_numbers(runs: Runs) -> None:
    assert {name for name, run in runs.items() if can_attack(final(run))} == {"digits-dense", "breast-cancer-hinge"}


def test_matrix_and_classes_say_what_scikit_learn_says_of_the_same_answers(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"], "test")
    view = classes_view(qtbot, look)
    truth, said = head(look).target, head(look).predicted
    np.testing.assert_array_equal(view.matrix.counts, confusion_matrix(truth, said, labels=range(10)))
    expected = np.array(precision_recall_fscore_support(truth, said, labels=range(10), zero_division=0))
    rows = table_rows(view)
    assert len(rows) == 10
    for row in rows:
        precision, recall, f1, support = expected[:, int(row[0])]
        assert row[1:] == [f"{100 * precision:.1f} %", f"{100 * recall:.1f} %", f"{100 * f1:.1f} %", f"{support:.0f}"]
    scores = [float(row[3].split()[0]) for row in rows]
    assert scores == sorted(scores)


def test_a_cell_that_is_clicked_shows_exactly_its_samples(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"])
    view = classes_view(qtbot, look)
    truth, said = head(look).target, head(look).predicted
    wrong = np.argwhere(view.matrix.counts * (1 - np.eye(10)) > 0)
    assert len(wrong)
    for true, answer in wrong[:3].tolist():
        press(view, true, answer)
        found = np.flatnonzero((truth == true) & (said == answer)).tolist()
        assert view.beside.cards.positions == tuple(found[:12])
        assert view.beside.title.text() == f"{true} taken for {answer} · {len(found)}"
    press(view, *wrong[min(2, len(wrong) - 1)].tolist())
    assert view.chosen() is None
    assert view.beside.title.text() == "Worst mistakes"


def test_the_matrix_is_reached_with_keys_and_says_its_cells_in_words(qtbot: QtBot, runs: Runs) -> None:
    view = classes_view(qtbot, final(runs["digits-dense"]))
    view.matrix.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(view.matrix, key)
    assert view.chosen() == (2, 1)
    QTest.keyClick(view.matrix, Qt.Key.Key_Escape)
    assert view.chosen() is None
    count, total = int(view.matrix.counts[2, 2]), int(view.matrix.counts[2].sum())
    assert view.matrix.words(2, 2) == f"2 recognised: {count} of {total} ({100 * count / total:.0f} %)"
    assert view.matrix.words(2, 1).startswith("2 taken for 1: ")


def test_the_worst_mistakes_are_those_of_which_it_was_surest(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"])
    view = classes_view(qtbot, look)
    wrong = np.flatnonzero(head(look).target != head(look).predicted)
    sure = head(look).sure
    assert sure is not None
    expected = sorted(wrong.tolist(), key=lambda at: -sure[at])[:12]
    assert [sure[at] for at in view.beside.cards.positions] == [sure[at] for at in expected]
    first = expected[0]
    told = f"said {head(look).predicted[first]}, is {head(look).target[first]} · {100 * sure[first]:.0f} %"
    assert view.beside.cards.accessibleDescription().startswith(told)


def test_a_matrix_fits_its_room_and_samples_go_below_where_it_is_narrow(qtbot: QtBot, runs: Runs) -> None:
    view = classes_view(qtbot, final(runs["digits-dense"]), 440)
    qtbot.waitUntil(lambda: view.beside.x() > view.matrix.width())
    view.resize(300, 800)
    qtbot.waitUntil(lambda: view.beside.y() > view.matrix.height())
    assert view.matrix.width() <= 300


def test_a_threshold_moves_the_answers_of_two_classes(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["breast-cancer-hinge"])
    view = classes_view(qtbot, look)
    likely, truth = head(look).likely, head(look).target
    assert likely is not None
    assert view.threshold.isVisible()
    for percent in (50, 80, 20):
        view.threshold.slider.setValue(percent)
        said = (likely[:, 1] > percent / 100).astype(int)
        np.testing.assert_array_equal(view.matrix.counts, confusion_matrix(truth, said, labels=(0, 1)))
        precision, recall, *_ = precision_recall_fscore_support(truth, said, average="binary", zero_division=0)
        told = re.findall(r"[\d.]+ %", view.threshold.figures.text())
        assert told == [f"{100 * precision:.1f} %", f"{100 * recall:.1f} %"]
        name = head(look).field.classes[1]
        assert f"{len(truth)} validation samples" in view.threshold.figures.text()
        assert view.threshold.figures.text().startswith(name)
        assert all(truth[at] != said[at] for at in view.beside.cards.positions)


def test_more_than_twenty_classes_are_a_list_of_the_most_confused_pairs(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"])
    names = tuple(f"sign {number}" for number in range(30))
    target = np.arange(60) % 30
    predicted = target.copy()
    predicted[[1, 31]], predicted[2] = 5, 7
    many = HeadLook(
        field=Field(name="sign", shape=(), dtype="int64", kind="class", role="target", classes=names),
        task="classification",
        target=target,
        predicted=predicted,
        sure=np.full(60, 0.5, np.float32),
    )
    seen = dataclasses.replace(look, heads=(many,), count=60, total=60, shown=np.arange(0), inputs={})
    view = classes_view(qtbot, seen)
    assert not view.matrix.isVisible()
    assert [view.pairs.item(row).text() for row in range(2)] == [
        "sign 1 taken for sign 5: 2 of 2",
        "sign 2 taken for sign 7: 1 of 2",
    ]
    view.pairs.itemClicked.emit(view.pairs.item(0))
    assert view.beside.cards.positions == (1, 31)


def test_samples_are_those_behind_the_choice(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"])
    samples = shown(qtbot, SamplesView(holder()), 440)
    samples.set_look(look)
    is_wrong = head(look).target != head(look).predicted
    expected = {"All": range(len(is_wrong)), "Right": np.flatnonzero(~is_wrong)}
    for words, positions in expected.items():
        samples.choice.setCurrentText(words)
        assert samples.cards.positions == tuple(positions)
    samples.choice.setCurrentText("Wrong")
    assert set(samples.cards.positions) == set(np.flatnonzero(is_wrong).tolist())
    assert samples.count.text() == f"{int(is_wrong.sum())} of 270 validation images"
    samples.show_cell((3, 3))
    assert samples.choice.currentText() == "is 3, said 3"
    assert samples.cards.positions == tuple(np.flatnonzero((head(look).target == 3) & (head(look).predicted == 3)))
    at = samples.cards.positions[0]
    assert samples.cards.position_at(QPoint(5, 5)) == at


def test_a_picture_has_the_pixels_of_its_sample(runs: Runs) -> None:
    look = final(runs["digits-dense"])
    faces = Faces(look)
    image = faces.image(7)
    assert image is not None
    (values,) = look.input_of(7).values()
    low, high = (
        float(edge) for edge in (min(x.min() for x in look.inputs.values()), next(iter(look.inputs.values())).max())
    )
    shades = np.rint(np.clip((values[0] - low) / (high - low), 0, 1) * 255)
    assert image.format() == QImage.Format.Format_Grayscale8
    assert [[image.pixelColor(x, y).red() for x in range(8)] for y in range(8)] == shades.tolist()


def test_rows_are_told_with_the_names_of_their_columns(runs: Runs) -> None:
    look = final(runs["breast-cancer-hinge"])
    faces = Faces(look)
    assert faces.kind == "row"
    (values,) = look.input_of(0).values()
    (field,) = (field for field in look.fields if field.name in look.inputs)
    assert faces.words(0, 2) == [f"{field.columns[at]} {values[at]:.4g}" for at in range(2)]


def test_headlines_name_the_figure_what_it_counts_and_what_guessing_reaches(runs: Runs) -> None:
    told = {}
    for name in ("digits-dense", "diabetes-regression", "digits-autoencoder"):
        figures = RunFigures()
        for row in runs[name].events():
            figures.add_event(row)
        headline = figures.headline(Subject(part="validation", count=270, noun="images"))
        assert headline is not None
        told[name] = (figures, headline)
    figures, headline = told["digits-dense"]
    ended = runs["digits-dense"].events()[-1]
    assert headline.figure == f"{100 * ended['goal']['value']:.1f} %"
    assert headline.meaning == "of 270 validation images right"
    assert headline.detail.startswith("always guessing the commonest: 10.0 %")
    test = Subject(part="test", count=270, noun="images")
    assert figures.test_words(test) == (
        f"Test, looked at once: {100 * ended['test']['accuracy']:.1f} % of 270 images right"
    )
    _, headline = told["diabetes-regression"]
    epochs = {row["epoch"]: row for row in runs["diabetes-regression"].events() if row["kind"] == "epoch"}
    best = epochs[runs["diabetes-regression"].events()[-1]["best_epoch"]]["validation"]
    assert headline.figure == f"Off by {rough_number(best['mae'])}"
    assert headline.meaning == "on average"
    assert headline.detail.startswith(f"guessing the mean: 66 · R² {best['r2']:.2f}")
    _, headline = told["digits-autoencoder"]
    assert headline.figure.startswith("Error 0.0")
    assert headline.meaning == "(mean image: 0.073)"


def test_a_line_that_is_too_long_keeps_its_figure(qtbot: QtBot) -> None:
    row = HeadlineRow(ThemeHolder("light"))
    qtbot.addWidget(row)
    row.say_test("Test, looked at once: 90.4 % of 270 images right")
    room = row.test.fontMetrics().horizontalAdvance("Test, looked at once: 90.4 % of 270")
    row.test.resize(room, 20)
    assert row.test._shown().startswith("Test, looked at once: 90.4 %")
    assert row.test._shown().endswith("…")


def test_the_interval_of_a_share_stands_in_the_tooltip() -> None:
    figures = RunFigures()
    figures.add_event({"kind": "started", "goal": "accuracy", "epochs": 2})
    figures.add_event({"kind": "epoch", "epoch": 1, "validation": {"accuracy": 0.8, "loss": 1.0}, "best": True})
    headline = figures.headline(Subject(part="validation", count=10))
    assert headline is not None
    assert headline.tip == "8 of 10 validation samples. 95 % interval (Wilson): 49.0 to 94.3 %"


@pytest.fixture
def flow(qtbot: QtBot) -> Any:
    made = ResultsFlow(holder())
    shown(qtbot, made.panel, 464)
    yield made
    made.close()


def follow(flow: ResultsFlow, run: RunDir) -> None:
    flow.begin(run)
    for row in run.events():
        flow.add_event(run, row)


def test_a_run_is_shown_with_what_its_kept_weights_answer_and_every_epoch_can_be_had(
    flow: ResultsFlow, qtbot: QtBot, runs: Runs, tmp_path: Path
) -> None:
    run = with_looks(runs["digits-dense"], tmp_path, (1, 3, 6))
    flow.set_splits({"validation": 270, "test": 270})
    follow(flow, run)
    panel = flow.panel
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.count == 270)
    assert panel.timeline.label.text() == f"kept, epoch {run.events()[-1]['best_epoch']}"
    flow.choose_epoch(4)  # as the pin of the crosshair does
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.epoch == 3)
    assert panel.timeline.label.text() == "epoch 3"
    figure = next(row for row in run.events() if row["kind"] == "epoch" and row["epoch"] == 3)["goal"]
    assert panel.headline.figure.text() == f"{100 * figure:.1f} %"
    flow.follow()
    panel.timeline.slider.setSliderDown(True)
    panel.timeline.slider.setValue(0)
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.epoch == 1)
    assert panel.timeline.back.isHidden()  # it would push the slider from under the hand
    panel.timeline.slider.setSliderDown(False)
    assert not panel.timeline.back.isHidden()
    QTest.mouseClick(panel.timeline.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.count == 270)
    QTest.mouseClick(panel.headline.part_button("test"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.look is not None and panel.look.part == "test")
    assert panel.headline.figure.text() == f"{100 * run.events()[-1]['test']['accuracy']:.1f} %"
    assert panel.headline.meaning.text() == "of 270 test images right, looked at once"


def with_looks(run: RunDir, folder: Path, epochs: tuple[int, ...]) -> RunDir:
    """A copy of a run that looked after these epochs; each answers as the last did."""
    copy = RunDir(folder / run.name)
    shutil.copytree(run.path, copy.path)
    reader = MediaReader(copy.media)
    look = reader.look(reader.epochs()[-1])
    assert look is not None
    for epoch in epochs:
        content = packed(dataclasses.replace(look, epoch=epoch), with_samples=False)
        look_path(copy.media, epoch).write_bytes(content)
    return copy


def test_a_run_without_answers_and_a_damaged_file_are_told_in_a_sentence(
    flow: ResultsFlow, qtbot: QtBot, runs: Runs, tmp_path: Path
) -> None:
    old, damaged = RunDir(tmp_path / "old"), RunDir(tmp_path / "damaged")
    for copy in (old, damaged):
        shutil.copytree(runs["digits-dense"].path, copy.path)
    for path in old.media.iterdir():
        path.unlink()
    flow.begin(old)
    for row in old.events():
        if row["kind"] != "media":
            flow.add_event(old, row)
    qtbot.waitUntil(lambda: "kept none of its answers" in flow.panel.sentence())
    assert flow.panel.headline.figure.text().endswith(" %")
    for path in damaged.media.iterdir():
        path.write_bytes(path.read_bytes()[:-200])
    follow(flow, damaged)
    qtbot.waitUntil(lambda: "damaged" in flow.panel.sentence())


def test_a_run_that_nothing_judges_says_how_answers_come_to_be_counted(flow: ResultsFlow, runs: Runs) -> None:
    run = runs["digits-dense"]
    flow.begin(run)
    started = next(row for row in run.events() if row["kind"] == "started")
    flow.add_event(run, {**started, "losses": []})
    flow.end()
    for words in ("held against the data", "choose the Field of its Output", "Show pictures"):
        assert words in flow.panel.sentence()


def test_without_a_run_one_sentence_says_what_to_do(flow: ResultsFlow) -> None:
    assert flow.panel.empty_sentence.isVisible()
    assert flow.panel.empty_sentence.text() == "Train once to see what it gets right and wrong."


def test_of_several_outputs_one_is_chosen(qtbot: QtBot, runs: Runs) -> None:
    look = final(runs["digits-dense"])
    other = dataclasses.replace(head(look), field=dataclasses.replace(head(look).field, name="twin"))
    flipped = dataclasses.replace(other, predicted=(head(look).predicted + 1) % 10)
    panel = shown(qtbot, ResultsPanel(holder()), 464)
    panel.show_run()
    panel.show_look(dataclasses.replace(look, heads=(head(look), flipped)))
    assert panel.outputs.isVisible()
    assert [panel.outputs.itemText(at) for at in range(2)] == [head(look).field.name, "twin"]
    with qtbot.waitSignal(panel.output_chosen):
        panel.outputs.setCurrentIndex(1)
    panel.show_look(dataclasses.replace(look, heads=(head(look), flipped)))
    assert panel.look is not None
    assert panel.look.heads == (flipped,)


def test_try_it_has_its_tab_and_button_only_with_a_page(qtbot: QtBot, runs: Runs) -> None:
    panel = shown(qtbot, ResultsPanel(holder()), 464)
    panel.show_run()
    panel.show_look(final(runs["digits-dense"]))
    panel.headline.say(RunFigures().headline(Subject(part="validation")))
    panel.offer(export=True)
    assert panel.tabs.keys == ("shown", "overview", "samples")
    page = CurvesAndResults(ClassesView(holder()), ClassesView(holder()))
    panel.set_try_page(page)
    assert panel.tabs.keys == ("shown", "overview", "samples", "try")
    panel.headline.try_wanted.emit()
    assert page.isVisible()


def test_curves_stand_beside_the_results_where_it_is_wide_and_shares_are_kept(qtbot: QtBot) -> None:
    page = shown(qtbot, CurvesAndResults(ResultsPanel(holder()), ResultsPanel(holder())), 464)
    upper, lower = page.splitter.sizes()
    assert upper / (upper + lower) == pytest.approx(0.45, abs=0.02)
    page.splitter.moveSplitter(500, 1)
    kept = page.kept()
    page.resize(860, 800)
    qtbot.waitUntil(page.is_side_by_side)
    again = shown(qtbot, CurvesAndResults(ResultsPanel(holder()), ResultsPanel(holder()), kept), 464)
    assert again.splitter.sizes()[0] == pytest.approx(500, abs=12)
    again.reset()
    assert again.kept() == bytes((45, 50))
    assert again.splitter.sizes()[0] / again.splitter.height() == pytest.approx(0.45, abs=0.02)


def train(room: Room) -> None:
    room.wait(lambda: room.session.training.face.press in ("train", "queue"))
    room.session.training.press()
    room.wait(lambda: room.session.controller.state.is_active)


def test_results_come_while_it_trains_and_again_when_the_project_is_opened(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = tmp_path / "digits.loom"
    with open_room(qtbot, tmp_path / "first", lender) as room:
        room.open_example(epochs=4)
        room.session.document.save(path)
        panel = room.session.runs.results.panel
        assert panel.look is None
        train(room)
        room.wait(lambda: panel.look is not None)
        room.wait(lambda: room.session.controller.state.kind == "finished")
        room.wait(lambda: panel.look is not None and panel.look.count == 270)
        room.wait(panel.headline.export.isVisible)
        matrix = panel.overview.view("classes").matrix
        counts = matrix.counts
        right = int(np.trace(counts))
        assert panel.headline.figure.text() == f"{100 * right / counts.sum():.1f} %"
        room.session.actions["window.results"].trigger()
        assert panel.tabs.hasFocus()
    with open_room(qtbot, tmp_path / "second", lender) as room:
        assert room.session.files.open(path)
        panel = room.session.runs.results.panel
        room.wait(lambda: panel.look is not None and panel.look.count == 270)
        np.testing.assert_array_equal(panel.overview.view("classes").matrix.counts, counts)
        assert panel.headline.figure.text() == f"{100 * right / counts.sum():.1f} %"
        assert panel.headline.export.isVisibleTo(panel)
