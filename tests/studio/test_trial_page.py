"""Trying a trained network by hand: strokes, sliders, files and clicks are answered by the real process."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder, shown
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_kit import hold, kill, open_room

from graph.fields import Field
from graph.files import dump, read
from runtime.media import MediaReader
from runtime.rundir import RunDir, create_run
from runtime.scaling import read_scaling
from runtime.trial_protocol import HeadAnswer
from runtime.worker import run_training
from studio.panels.results.plane import PlaneView
from studio.panels.trial.answers import AnswerView, told_class
from studio.panels.trial.editor import in_pixels, pixel_range
from studio.panels.trial.ink import Stroke, as_digits, as_drawn, as_mnist
from studio.panels.trial.pad import SIDE, DigitPad
from studio.panels.trial.page import EMPTY, TryPage
from studio.panels.trial.picture import PictureEditor, PictureError, fitted_picture
from studio.panels.trial.point import PointEditor
from studio.panels.trial.row import RowEditor
from studio.panels.trial.series import SeriesEditor
from studio.plane_flow import PlaneFlow
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.trial_client import TrialClient
from studio.trial_flow import TrialFlow, fields_of, has_weights

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RUNS = {
    "digits-dense": 15,
    "digits-autoencoder": 1,
    "spirals": 1,
    "sine-lstm": 1,
    "breast-cancer-hinge": 1,
    "two-inputs": 1,
}
ONE = [(0.4, 0.3), (0.52, 0.18), (0.52, 0.5), (0.52, 0.82)]
Show = Callable[[str], TrialFlow]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    """Small runs that were trained once."""
    folder = tmp_path_factory.mktemp("runs")
    found = {}
    for name, epochs in RUNS.items():
        project = read(EXAMPLES / f"{name}.loom")
        project.training |= {"epochs": epochs, "threads": 1}
        found[name] = create_run(None, dump(project), run_dir=folder / name)
        assert run_training(found[name])["reason"] in ("completed", "early_stopping")
    return found


@pytest.fixture
def show(lender: Lender, qtbot: QtBot, runs: dict[str, RunDir]) -> Iterator[Show]:
    """A page that follows a run, with the real analysis process behind it."""
    client, controller = lender.client(), TrainingController()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    made: list[TrialFlow] = []

    def make(name: str) -> TrialFlow:
        flow = TrialFlow(client, controller, ThemeHolder("light"))
        made.append(flow)
        flow.page.resize(464, 700)
        flow.page.show()
        if name:
            flow.follow(runs[name])
        return flow

    yield make
    for flow in made:
        qtbot.waitUntil(lambda flow=flow: not flow.trials.is_busy, timeout=20_000)
        flow.stop()
        flow.page.hide()
        flow.page.deleteLater()
        flow.deleteLater()
    controller.close()


def _draw(pad: DigitPad, points: list[tuple[float, float]], button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    places = [QPointF(x * SIDE, y * SIDE) for x, y in points]
    QTest.mousePress(pad, button, Qt.KeyboardModifier.NoModifier, places[0].toPoint())
    for place in places[1:]:
        kind, none = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
        move = QMouseEvent(kind, place, QPointF(pad.mapToGlobal(place)), Qt.MouseButton.NoButton, button, none)
        QApplication.sendEvent(pad, move)
    QTest.mouseRelease(pad, button, Qt.KeyboardModifier.NoModifier, places[-1].toPoint())


def _pictures(page: TryPage) -> PictureEditor:
    return next(editor for editor in page.editors.values() if isinstance(editor, PictureEditor))


def test_bars_follow_a_stroke_on_the_pad(show: Show, qtbot: QtBot) -> None:
    flow = show("digits-dense")
    page, editor = flow.page, _pictures(flow.page)
    view = page.answers.heads["output"]
    assert editor.pad is not None
    assert not page.hint.isHidden()
    _draw(editor.pad, ONE)
    qtbot.waitUntil(lambda: bool(view.bars.rows) and not flow.trials.is_busy)
    assert [name for name, _ in view.bars.rows] == list("0123456789")
    assert sum(share for _, share in view.bars.rows) == pytest.approx(1)
    assert view.figure.text().endswith("%")
    assert page.hint.isHidden()
    before = view.bars.rows
    _draw(editor.pad, [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8)])
    qtbot.waitUntil(lambda: view.bars.rows != before)
    editor.clear.click()
    assert not page.hint.isHidden()
    assert editor.values() is None
    turns = [math.radians(10 * step) for step in range(37)]
    _draw(editor.pad, [(0.3 + 0.1 * math.sin(turn), 0.6 - 0.2 * math.cos(turn)) for turn in turns])
    qtbot.waitUntil(lambda: not flow.trials.is_busy)
    assert view.figure.text().startswith("0 ")  # small and to one side, and yet as in the data


def test_a_stroke_is_rubbed_out_with_the_right_button(qtbot: QtBot) -> None:
    pad = DigitPad(ThemeHolder("light"))
    qtbot.addWidget(pad)
    _draw(pad, ONE)
    inked = pad.picture().sum()
    _draw(pad, [(0.52, 0.1), (0.52, 0.5)], Qt.MouseButton.RightButton)
    assert pad.picture().sum() > 0
    assert not np.array_equal(pad.picture(), inked)
    pad.set_target(28, 28, is_digits=False)
    half = pad.picture()
    assert half[:11].sum() < half[15:].sum()
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.is_blank()
    assert not pad.picture().any()


def test_the_pad_is_drawn_on_with_the_keys_alone(qtbot: QtBot) -> None:
    pad = DigitPad(ThemeHolder("light"))
    qtbot.addWidget(pad)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Space, *[Qt.Key.Key_Down] * 5, Qt.Key.Key_Space):
        QTest.keyClick(pad, key)
    inked = pad.picture().sum()
    assert inked > 0
    QTest.keyClick(pad, Qt.Key.Key_Left)
    assert pad.picture().sum() == inked


def test_a_digit_is_rasterised_as_the_data_were() -> None:
    small = [Stroke(False, [(x * 0.4 + 0.5, y * 0.4 + 0.1) for x, y in ONE])]
    large = [Stroke(False, ONE)]
    for strokes in (small, large):
        picture = as_digits(strokes)
        assert picture.shape == (8, 8)
        assert set(np.unique(picture * 16)) <= set(range(17))
        assert picture[0].any()
        assert picture[7].any()  # from top to bottom, as in the data
        assert 0.2 < picture.mean() < 0.36
    mnist = as_mnist(small, 28, 28)
    rows, columns = mnist.sum(axis=1), mnist.sum(axis=0)
    places = np.arange(28) + 0.5
    assert (rows * places).sum() / rows.sum() == pytest.approx(14, abs=0.6)
    assert (columns * places).sum() / columns.sum() == pytest.approx(14, abs=0.6)
    assert 18 <= np.flatnonzero(rows > 0.2).size <= 22
    assert not as_digits([]).any()
    assert as_drawn(large, 10, 6).shape == (6, 10)


def test_a_picture_file_is_dropped_and_answered(show: Show, qtbot: QtBot, tmp_path: Path) -> None:
    flow = show("digits-dense")
    page, editor = flow.page, _pictures(flow.page)
    file = tmp_path / "paper.png"
    paper = np.full((40, 40), 255, dtype=np.uint8)
    paper[5:35, 18:23] = 0
    Image.fromarray(paper).save(file)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    none = Qt.KeyboardModifier.NoModifier
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(editor, QDragEnterEvent(QPoint(5, 5), copy, mime, left, none))
    QApplication.sendEvent(editor, QDropEvent(QPointF(5, 5), copy, mime, left, none))
    qtbot.waitUntil(lambda: bool(page.answers.heads["output"].bars.rows))
    values = editor.values()
    assert values is not None
    assert values.shape == (1, 8, 8)
    assert values[0, :, 0].max() < 0.2 < values[0, 3].max()  # ink on paper became light on dark
    assert "swapped" in editor.problem.text()


def test_pictures_are_upright_and_fitted_and_others_are_refused(tmp_path: Path) -> None:
    tall = np.zeros((30, 60, 3), dtype=np.uint8)
    tall[:, :30, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by a quarter
    Image.fromarray(tall).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    upright = fitted_picture(tmp_path / "turned.jpg", (3, 8, 4))
    assert upright.shape == (3, 8, 4)
    assert upright[0, 0].min() > 0.8
    assert upright[0, -1].max() < 0.2
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert fitted_picture(tmp_path / "clear.png", (1, 4, 4)).min() == 1.0
    (tmp_path / "notes.png").write_text("no picture", encoding="utf-8")
    (tmp_path / "torn.png").write_bytes((tmp_path / "clear.png").read_bytes()[:40])
    for name in ("notes.png", "torn.png", "missing.png"):
        with pytest.raises(PictureError, match="no picture that can be read"):
            fitted_picture(tmp_path / name, (1, 4, 4))


def test_sliders_and_typing_change_the_answer_and_leaving_the_range_is_said(show: Show, qtbot: QtBot) -> None:
    flow = show("breast-cancer-hinge")
    page = flow.page
    (editor,) = page.editors.values()
    assert isinstance(editor, RowEditor)
    assert len(editor.rows) == 30
    qtbot.waitUntil(lambda: editor.height() > page.height())  # they scroll
    view = page.answers.heads["output"]
    qtbot.waitUntil(lambda: bool(view.bars.rows))
    before = view.bars.rows
    row = editor.rows[0]
    row.slider.setValue(row.slider.maximum())
    qtbot.waitUntil(lambda: view.bars.rows != before)
    assert row.value == pytest.approx(editor.range_at(0)[1], rel=1e-3)
    assert not page.notes.text()
    row.number.selectAll()
    QTest.keyClicks(row.number, "9999")
    qtbot.waitUntil(lambda: "lies outside what it was trained on" in page.notes.text())
    assert row.value == 9999
    assert row.slider.value() == row.slider.maximum()


def test_a_sample_fills_the_row_and_its_truth_is_told(show: Show, qtbot: QtBot) -> None:
    flow = show("breast-cancer-hinge")
    page = flow.page
    (editor,) = page.editors.values()
    assert isinstance(editor, RowEditor)
    page.sample.click()
    qtbot.waitUntil(lambda: "it is" in page.truth.text())
    first = editor.values()
    page.sample.click()
    assert not np.array_equal(editor.values(), first)
    page.back.click()
    np.testing.assert_array_equal(editor.values(), first)
    editor.rows[3].slider.setValue(7)
    assert page.truth.text() == ""


def test_a_click_on_the_plane_is_answered(show: Show, qtbot: QtBot) -> None:
    flow = show("spirals")
    (editor,) = flow.page.editors.values()
    assert isinstance(editor, PointEditor)
    view = flow.page.answers.heads["output"]
    qtbot.waitUntil(lambda: bool(view.bars.rows))
    before = view.bars.rows
    QTest.mouseClick(editor.plane, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 30))
    qtbot.waitUntil(lambda: view.bars.rows != before)
    x, y = editor.plane.point
    assert editor.plane.place_of(x, y).toPoint() == QPoint(30, 30)
    QTest.mouseClick(editor.plane, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(1, 1))
    qtbot.waitUntil(lambda: "outside" in flow.page.notes.text())
    QTest.keyClick(editor.plane, Qt.Key.Key_Down)
    assert editor.plane.point[1] < y + 10


def test_a_window_of_a_sequence_shows_its_forecast(show: Show, qtbot: QtBot) -> None:
    flow = show("sine-lstm")
    (editor,) = flow.page.editors.values()
    assert isinstance(editor, SeriesEditor)
    qtbot.waitUntil(lambda: editor.plot.forecast is not None)
    first = editor.plot.forecast
    assert first is not None
    assert first.shape == (1,)
    flow.page.sample.click()
    qtbot.waitUntil(lambda: editor.plot.forecast is not None and editor.plot.forecast[0] != first[0])


def test_several_inputs_have_an_editor_each(show: Show, qtbot: QtBot) -> None:
    flow = show("two-inputs")
    assert {type(editor) for editor in flow.page.editors.values()} == {PictureEditor, RowEditor}
    flow.page.sample.click()
    qtbot.waitUntil(lambda: bool(next(iter(flow.page.answers.heads.values())).bars.rows))


def test_an_autoencoder_shows_what_it_rebuilt(show: Show, qtbot: QtBot) -> None:
    flow = show("digits-autoencoder")
    editor = _pictures(flow.page)
    assert editor.pad is not None
    _draw(editor.pad, ONE)
    picture = flow.page.answers.heads["output"].picture
    qtbot.waitUntil(lambda: picture.image().width() == 8)
    assert not picture.isHidden()


def test_a_place_of_the_bottleneck_is_decoded_while_the_pointer_moves(
    show: Show, runs: dict[str, RunDir], qtbot: QtBot
) -> None:
    flow, run = show(""), runs["digits-autoencoder"]
    reader = MediaReader(run.media)
    look = reader.look(reader.epochs()[-1])
    assert look is not None
    assert look.plane is not None
    view = PlaneView(ThemeHolder("light"))
    qtbot.addWidget(view)
    plane = PlaneFlow(flow.trials, view)
    plane.set_plane(run, look.plane.node)
    shown: list[QImage] = []
    view.show_decoded = shown.append  # type: ignore[method-assign]  # seen on its way to the picture
    view.place_pointed.emit(0.0, 0.0)
    qtbot.waitUntil(lambda: len(shown) == 1)
    view.place_pointed.emit(3.0, -2.0)
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert shown[0].size() == shown[1].size() == QSize(8, 8)
    assert shown[0] != shown[1]
    plane.set_plane(run, "nobody")
    view.place_pointed.emit(0.0, 0.0)
    qtbot.waitUntil(lambda: not flow.trials.is_busy)
    assert len(shown) == 2


def test_before_any_weights_it_asks_for_training(show: Show, tmp_path: Path) -> None:
    flow = show("")
    assert flow.page.empty.text() == EMPTY
    run = create_run(None, dump(read(EXAMPLES / "spirals.loom")), run_dir=tmp_path / "new")
    flow.follow(run)
    assert not has_weights(run)
    assert flow.page.empty.isVisible()
    assert fields_of(run) == ()


def test_new_weights_are_asked_about_what_is_still_there(show: Show, runs: dict[str, RunDir], qtbot: QtBot) -> None:
    flow = show("spirals")
    (editor,) = flow.page.editors.values()
    assert isinstance(editor, PointEditor)
    editor.plane.set_point(0.5, 0.25)
    run = runs["spirals"]
    with qtbot.waitSignal(flow.trials.tried, timeout=20_000) as told:
        flow.follow(run)
    assert told.args is not None
    assert told.args[1].problem == ""
    assert editor.plane.point == (0.5, 0.25)


def test_of_many_questions_the_last_is_answered_and_a_killed_process_is_asked_again(
    lender: Lender, runs: dict[str, RunDir], qtbot: QtBot
) -> None:
    client = lender.client()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    trials = TrialClient(client)
    answered: list[int] = []
    trials.tried.connect(lambda number, answer: answered.append(number))
    point = {"point": np.zeros(2)}
    asked = [trials.try_input(runs["spirals"].path, point) for _ in range(50)]
    qtbot.waitUntil(lambda: not trials.is_busy)
    assert answered[-1] == asked[-1]
    assert len(answered) < 50
    hold(client.process_id)
    last = trials.try_input(runs["spirals"].path, point)
    kill(client.process_id)
    qtbot.waitUntil(lambda: answered[-1] == last, timeout=60_000)
    trials.deleteLater()


def test_a_process_that_hangs_is_not_waited_for(lender: Lender, runs: dict[str, RunDir], qtbot: QtBot) -> None:
    client = lender.client()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    trials = TrialClient(client, patience_seconds=0.3)
    hold(client.process_id)
    with qtbot.waitSignal(trials.tried, timeout=20_000) as told:
        trials.try_input(runs["spirals"].path, {"point": np.zeros(2)})
    assert told.args is not None
    assert "did not answer in time" in told.args[1].problem
    qtbot.waitUntil(lambda: client.state == "ready", timeout=60_000)
    trials.deleteLater()


def test_pixels_follow_the_range_of_the_data(runs: dict[str, RunDir]) -> None:
    numbers = read_scaling(runs["digits-dense"].scaling)
    assert numbers is not None
    assert pixel_range(numbers["image"]) == (0.0, 1.0)
    wide = type(numbers["image"])(low=(0.0,), high=(254.0,))
    assert pixel_range(wide) == (0.0, 255.0)
    signed = type(numbers["image"])(low=(-1.0,), high=(1.0,))
    assert in_pixels(np.array([-1.0, 0.0, 1.0]), signed).tolist() == [0.0, 0.5, 1.0]


def test_a_damaged_run_is_told_in_a_sentence(show: Show, runs: dict[str, RunDir], tmp_path: Path) -> None:
    flow = show("")
    run = create_run(None, runs["spirals"].project_text(), run_dir=tmp_path / "bad")
    (run.path / "weights.safetensors").write_bytes(b"x")
    (run.path / "run.json").write_text(json.dumps({"fields": [{"name": 3}]}), encoding="utf-8")
    flow.follow(run)
    assert "Train again" in flow.page.empty.text()
    (run.path / "scaling.json").write_text("[]", encoding="utf-8")
    flow.follow(run)
    assert "damaged" in flow.page.empty.text()


def test_in_the_window_a_trained_network_is_tried_in_the_results(qtbot: QtBot, tmp_path: Path, lender: Lender) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense", epochs=2)
        session = room.session
        panel, page = session.runs.results.panel, session.trial.page
        assert page.empty.text() == EMPTY
        session.training.press()
        room.wait(lambda: session.controller.state.kind == "finished" and page.run == session.controller.run)
        panel.show_try_page()
        room.wait(page.isVisible)
        editor = _pictures(page)
        assert editor.pad is not None
        _draw(editor.pad, ONE)
        bars = page.answers.heads["output"].bars
        room.wait(lambda: len(bars.rows) == 10 and not session.trial.trials.is_busy)
        assert page.weights.text() == "With the kept weights of the run"
        session.files.open_example("spirals")
        room.wait(lambda: page.run is None)


def test_pictures_that_are_answered_stand_side_by_side_where_there_is_little_room(qtbot: QtBot) -> None:
    picture = Field(name="picture", kind="image", shape=(1, 8, 8), dtype="float32", role="target")
    answers = shown(qtbot, AnswerView(holder()), 400)
    answers.set_outputs({"picture": picture, "variance": replace(picture, name="variance")}, {})
    values = np.zeros((1, 8, 8), np.float32)
    heads = [HeadAnswer(node=name, field=name, task="reconstruction", values=values) for name in answers.heads]
    answers.show_answers(heads)
    first, second = answers.heads.values()
    qtbot.waitUntil(lambda: second.y() > first.y())
    answers.set_brief(True)
    qtbot.waitUntil(lambda: second.y() == first.y() and second.x() > first.x())
    answers.set_brief(False)
    qtbot.waitUntil(lambda: second.y() > first.y())


def test_an_answer_that_is_called_0_or_yes_names_what_it_answers() -> None:
    target = {"shape": (), "dtype": "int64", "role": "target"}
    survived = Field(name="Survived", kind="class", classes=("0", "1"), **target)  # type: ignore[arg-type]
    digit = Field(name="digit", kind="class", classes=tuple("0123456789"), **target)  # type: ignore[arg-type]
    assert told_class(survived, "0") == "Survived: 0"
    assert told_class(digit, "0") == "0"
