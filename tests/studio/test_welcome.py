"""What an untouched window offers: own data, recent projects and examples; it goes away with the first stroke."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph import files
from graph.edits import AddNetwork, Batch, SetObjective
from graph.lower import SHOWN
from graph.model import Network, Note, Objective, Project
from runtime.shown_media import Show
from studio.assets import icon_names
from studio.new_project import project_for
from studio.theme import ThemeHolder
from studio.welcome.cards import PICTURE, Card, CardGrid
from studio.welcome.examples import EXAMPLES, GROUPS, example_names, example_text
from studio.welcome.first_look_flow import noted_network
from studio.welcome.learned import learned, learned_picture


@pytest.fixture
def room(qtbot: QtBot, lender: Lender, tmp_path: Path) -> Iterator[Room]:
    with open_room(qtbot, tmp_path, lender) as room:
        yield room
        room.session.document.undo_stack.setClean()


def colours(picture: QImage) -> set[str]:
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


def test_it_is_there_while_nothing_is_and_goes_with_the_first_layer(room: Room) -> None:
    welcome, canvas = room.session.welcome, room.session.canvas
    assert welcome.is_shown
    assert welcome.page.geometry() == canvas.rect()
    room.session.panels.palette.op_chosen.emit("Linear")
    assert not welcome.is_shown
    room.session.actions["edit.undo"].trigger()
    assert welcome.is_shown


def test_one_click_opens_an_example_and_a_second_trains_it(room: Room) -> None:
    welcome = room.session.welcome
    QTest.mouseClick(welcome.page.examples["digits-dense"], Qt.MouseButton.LeftButton)
    assert room.session.document.project.data["source"] == "digits"
    assert not welcome.is_shown
    assert room.session.training.face.press in ("train", "queue")


def test_a_double_click_on_a_card_chooses_nothing_in_the_drawing_that_opens(room: Room) -> None:
    canvas, document = room.session.canvas, room.session.document
    QTest.mouseClick(room.session.welcome.page.examples["digits-dense"], Qt.MouseButton.LeftButton)
    node = next(node for node in document.network.nodes() if node.name == "hidden")
    place = QPoint(*(round(at) for at in canvas.view.to_widget(*document.network.position(node.uid))))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place)
    assert not canvas.selection()

    def is_chosen() -> bool:
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
        return canvas.selection() == {node.uid}

    room.wait(is_chosen)


def test_an_opened_example_says_what_it_teaches_beside_the_way_to_train_it(room: Room) -> None:
    bars, session = room.session.parts.bars, room.session
    room.open_example("spirals")
    assert EXAMPLES["spirals"].shows in bars.text("example")
    room.wait(lambda: session.training.face.press == "train")
    bars.press("example", "Train")
    room.wait(lambda: session.controller.run is not None)
    assert bars.text("example") == ""
    session.controller.stop()
    session.files.open_example("fashion-cnn")
    assert bars.text("example") == ""  # its files are asked for first
    session.files.open_example("digits-dense")
    session.files.begin(project_for("moons"), "mine")
    assert bars.text("example") == ""


def test_a_drawn_training_step_is_shown_first_where_it_alone_has_a_note() -> None:
    project = project_for("digits")
    Batch(edits=(AddNetwork(name="learn"), SetObjective(network="learn", objective=Objective()))).apply(project)
    assert noted_network(project) == project.main().name
    project.networks["learn"].put_note(Note(uid="a", text="Watch the pictures.", at=(0.0, 0.0, 90.0, 40.0)))
    assert noted_network(project) == "learn"
    project.main().put_note(Note(uid="b", text="Begin here.", at=(0.0, 0.0, 90.0, 40.0)))
    assert noted_network(project) == project.main().name
    assert noted_network(Project()) == ""


def test_typing_finds_examples_and_their_keys_walk_through_what_is_left(room: Room) -> None:
    page = room.session.welcome.page
    page.search.setFocus()
    room.wait(page.search.hasFocus)
    QTest.keyClicks(page.search, "no labels")
    assert page.shown_examples() == [name for name in example_names() if EXAMPLES[name].fits("no labels")]
    page.search.setText("zebra")
    assert page.shown_examples() == []
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert room.session.welcome.is_shown
    page.search.setText("digits")
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.examples["digits-dense"].hasFocus()
    QTest.keyClick(page.examples["digits-dense"], Qt.Key.Key_Right)
    assert page.examples["digits-cnn"].hasFocus()
    QTest.keyClick(page.examples["digits-cnn"], Qt.Key.Key_Escape)
    assert page.shown_examples() == example_names()
    page.search.setText("digits cnn")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert room.session.files.title == "digits-cnn"


def test_the_menu_has_the_examples_in_their_groups(room: Room) -> None:
    menu = QMenu()
    room.session.files.fill_examples(menu)
    seen = {}
    for action in menu.actions():
        part = action.menu()
        assert isinstance(part, QMenu)
        seen[action.text()] = [one.text() for one in part.actions()]
    used = {EXAMPLES[name].group for name in example_names()}
    assert list(seen) == [GROUPS[group].title for group in GROUPS if group in used]
    assert [text for texts in seen.values() for text in texts] == [EXAMPLES[name].title for name in example_names()]
    menu.deleteLater()


def test_pictures_are_made_after_the_first_paint_in_the_colours_of_the_theme(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender, start=False) as room:
        welcome, theme = room.session.welcome, room.session.holder.theme
        assert welcome.page.pictures_waiting() == len(example_names())
        room.wait(lambda: welcome.page.pictures_waiting() == 0)
        cards = welcome.page.examples
        assert all(card.has_picture() for card in cards.values())
        picture = cards["digits-dense"].picture()
        assert theme.flow("image").name() in colours(picture)
        assert theme.flow("vector").name() in colours(picture)
        room.session.navigation.choose_theme("dark")
        room.wait(lambda: welcome.page.pictures_waiting() == 0 and cards["digits-dense"].picture() != picture)
        assert room.session.holder.theme.canvas.name() in colours(cards["digits-dense"].picture())


def test_keys_go_through_the_cards_and_return_opens_one(room: Room, qtbot: QtBot) -> None:
    page = room.session.welcome.page
    room.wait(page.tile.file.hasFocus)
    seen: list[str] = []
    for _ in range(20):
        focused = QApplication.focusWidget()
        assert focused is not None
        if isinstance(focused, Card):
            seen.append(focused.text())
            if focused is page.examples["spirals"]:
                break
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == [EXAMPLES[name].title for name in example_names()[: len(seen)]]
    QTest.keyClick(page.examples["spirals"], Qt.Key.Key_Return)
    assert room.session.document.project.data["source"] == "spirals"
    room.wait(room.session.canvas.hasFocus)


def test_escape_leaves_it_and_help_brings_it_back(room: Room) -> None:
    welcome = room.session.welcome
    QTest.keyClick(welcome.page.tile.file, Qt.Key.Key_Escape)
    assert not welcome.is_shown
    room.wait(room.session.canvas.hasFocus)
    room.open_example("spirals")
    room.session.actions["help.welcome"].trigger()
    assert welcome.is_shown
    assert welcome.page.leave.text() == "Back to the drawing"
    welcome.page.leave.click()
    assert not welcome.is_shown
    room.session.document.new(project_for(""))
    assert welcome.is_shown


def test_an_empty_canvas_that_was_asked_for_stays_one(room: Room) -> None:
    def choose() -> object:
        room.session.welcome.skip()
        return project_for("")

    room.session.files.choose_source = choose  # type: ignore[assignment]
    room.session.actions["file.new"].trigger()
    assert not room.session.welcome.is_shown


def test_recent_projects_have_their_drawing_and_a_missing_one_can_be_removed(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    here, gone, broken = tmp_path / "waves.loom", tmp_path / "gone.loom", tmp_path / "broken.loom"
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        for path in (here, gone, broken):
            files.write(path, project_for("moons"))
            session.settings.add_recent(path)
        gone.unlink()
        broken.write_text("nothing")
        session.actions["help.welcome"].trigger()
        page = session.welcome.page
        session.welcome.leave()
        session.welcome.call()
        room.wait(lambda: page.pictures_waiting() == 0)
        cards = {path.name: card for path, card in page.recent.items()}
        assert list(cards) == ["broken.loom", "gone.loom", "waves.loom"]
        assert cards["gone.loom"].is_missing
        assert not cards["waves.loom"].is_missing
        assert len(colours(cards["broken.loom"].picture())) < len(colours(cards["waves.loom"].picture()))
        QTest.mouseClick(cards["gone.loom"], Qt.MouseButton.LeftButton)
        assert gone.resolve() not in session.settings.all_recent
        cards = {path.name: card for path, card in page.recent.items()}
        QTest.mouseClick(cards["waves.loom"], Qt.MouseButton.LeftButton)
        assert session.document.path == here.resolve()


@pytest.mark.parametrize("width", [250, 520, 730, 960])
def test_every_card_has_room_for_its_words(qtbot: QtBot, width: int) -> None:
    grid = CardGrid()
    qtbot.addWidget(grid)
    look = holder()
    about = "Tells malignant tumours from benign ones by 30 measurements of their cells, in a long sentence."
    grid.show_cards([Card(look, "A name that is long", about, "Trains in a second or two") for _ in range(5)])
    grid.resize(width, 100)
    with qtbot.waitExposed(grid):
        grid.show()
    for card in grid.cards:
        assert card.geometry().right() < width
        assert card.height() >= card.heightForWidth(card.width())
    assert grid.height() == max(card.geometry().bottom() for card in grid.cards) + 1


def test_each_example_has_a_row_and_each_row_an_example() -> None:
    files_there = sorted(path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.loom"))
    assert sorted(EXAMPLES) == files_there
    assert sorted(example_names()) == files_there
    assert example_names()[:2] == ["digits-dense", "digits-cnn"]
    groups = [EXAMPLES[name].group for name in example_names()]
    assert groups == sorted(groups, key=list(GROUPS).index)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_row_is_said_in_two_lines_with_a_picture_that_exists(name: str) -> None:
    row = EXAMPLES[name]
    assert row.icon in icon_names()
    assert row.shows.endswith(".")
    assert len(row.shows) <= 90, "more than two lines of a card"
    assert row.takes.startswith("Trains in ")
    assert not row.takes.endswith(".")
    assert row.title[0].isupper()


def test_what_an_example_learned_is_painted_in_the_colours_of_a_theme() -> None:
    theme = ThemeHolder("dark").theme
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.2]], np.float32)
    show = Show(objective="a", node="b", name="b", kind="points", points=points, labels=np.array([0, 1, 0]))
    seen = colours(learned_picture(show, theme, PICTURE, 1.0))
    assert {theme.canvas.name(), theme.run_colors[0].name(), theme.run_colors[1].name()} <= seen
    for count, side in ((1, 96), (5, 28), (36, 8)):
        ink = np.full((count, side, side, 1), 200, np.uint8)
        show = Show(objective="a", node="b", name="b", kind="pictures", pictures=ink)
        picture = learned_picture(show, theme, PICTURE, 2.0)
        assert (picture.width(), picture.height()) == (2 * PICTURE.width(), 2 * PICTURE.height())
        assert "#c8c8c8" in colours(picture)


def test_what_is_kept_of_examples_is_of_those_there_are_and_can_be_read() -> None:
    kept = sorted(path.name for path in (Path(__file__).parents[2] / "resources/learned").iterdir())
    shows = {name: any(node.op in SHOWN for one in drawn(name) for node in one.nodes()) for name in EXAMPLES}
    assert set(kept) <= {name for name, has_any in shows.items() if has_any}
    assert [name for name in kept if learned(name) is None] == []


def drawn(name: str) -> tuple[Network, ...]:
    return files.parse(example_text(name)).objectives()
