"""Notes on the canvas: written in place, moved, stretched, deleted, undone; they load nothing and mean nothing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtTest import QTest

from graph import files
from graph.model import MAX_NOTE_TEXT, Note
from studio.canvas.driver import CanvasDriver
from studio.canvas.look import Look
from studio.canvas.notes import NoteDocument, NotePainter, first_lines
from studio.canvas.view import View
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.theme import dark, light

_LEFT = Qt.MouseButton.LeftButton


def only(document: Document) -> Note:
    (note,) = document.network.notes()
    return note


def write(canvas: CanvasWidget, hands: CanvasDriver, words: str, at: tuple[float, float] = (0.0, 0.0)) -> None:
    canvas.notes.add(at)
    assert canvas.notes.editor is not None
    QTest.keyClicks(canvas.notes.editor, words)
    QTest.keyClick(canvas.notes.editor, Qt.Key.Key_Escape)


def test_the_key_n_opens_a_note_that_is_written_in_place(canvas: CanvasWidget, document: Document) -> None:
    canvas.driver().key(Qt.Key.Key_N)
    editor = canvas.notes.editor
    assert editor is not None
    assert editor.hasFocus()
    QTest.keyClicks(editor, "Fan all of it")  # letters that are keys of the canvas
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert canvas.notes.editor is None
    assert canvas.hasFocus()
    assert only(document).text == "Fan all of it"
    assert canvas.look.selected_notes == {only(document).uid}


def test_one_writing_is_one_step_of_undo_and_an_empty_note_is_none(
    canvas: CanvasWidget, hands: CanvasDriver, document: Document
) -> None:
    revision = document.revision
    write(canvas, hands, "one")
    write(canvas, hands, "")
    canvas.notes.edit(only(document).uid)
    assert canvas.notes.editor is not None
    QTest.keyClicks(canvas.notes.editor, " two")
    canvas.notes.finish()
    assert only(document).text == "one two"
    document.undo()
    assert only(document).text == "one"
    document.undo()
    assert document.network.notes() == ()
    document.redo()
    assert only(document).text == "one"
    assert document.revision == revision  # nothing that torch is asked about has changed


def test_a_new_note_lies_clear_of_the_nodes(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    row = canvas.scene.geometry.rect(0)
    write(canvas, chain, "seen whole", (row[0] - 100.0, row[1]))
    left, top, width, height = only(document).at
    assert left < row[0] - width
    assert not len(canvas.scene.geometry.nodes_in((left, top, left + width, top + height)))


def test_a_note_is_dragged_alone_and_with_the_nodes_that_are_selected(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    write(canvas, chain, "words", (-400.0, -40.0))
    spot = chain.point(-380, -20)
    chain.drag(spot, spot + QPoint(0, 60))
    assert only(document).at[:2] == (-400.0, 20.0)
    before = document.network.position(chain.uid("linear1"))
    canvas.select_all()
    chain.move("linear1", 40, 0)
    assert only(document).at[:2] == (-360.0, 20.0)
    assert document.network.position(chain.uid("linear1")) == (before[0] + 40, before[1])
    document.undo()
    assert only(document).at[:2] == (-400.0, 20.0)
    assert document.network.position(chain.uid("linear1")) == before


def test_the_corner_of_a_selected_note_stretches_it(
    canvas: CanvasWidget, hands: CanvasDriver, document: Document
) -> None:
    canvas.zoom_to(1.0)
    write(canvas, hands, "words")
    left, top, width, height = only(document).at
    corner = hands.point(left + width - 4, top + height - 4)
    hands.drag(corner, corner + QPoint(50, 30))
    assert only(document).at == (left, top, width + 50, height + 30)
    hands.drag(hands.point(left + width + 46, top + height + 26), hands.point(left - 400, top - 400))
    assert only(document).at[2:] == (96.0, 40.0)


def test_notes_are_selected_by_the_rubber_band_nudged_and_deleted(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    write(canvas, chain, "words", (150.0, -40.0))
    canvas.select(())
    chain.rubber(110, -100, 380, 80)
    assert canvas.look.selected_notes == {only(document).uid}
    assert canvas.selection() == frozenset()
    chain.key(Qt.Key.Key_Right)
    assert only(document).at[0] == 158.0
    canvas.select_all()
    chain.key(Qt.Key.Key_Delete)
    assert document.network.notes() == ()
    assert document.network.nodes() == ()
    document.undo()
    assert only(document).text == "words"
    assert len(document.network.nodes()) == 3


def test_a_double_click_writes_in_a_note_again(canvas: CanvasWidget, hands: CanvasDriver, document: Document) -> None:
    write(canvas, hands, "words")
    QTest.mouseDClick(canvas, _LEFT, Qt.KeyboardModifier.NoModifier, hands.point(60, 40))
    assert canvas.notes.editor is not None
    assert canvas.notes.editor.toPlainText() == "words"
    QTest.mouseClick(canvas, _LEFT, Qt.KeyboardModifier.NoModifier, hands.point(-200, -200))
    assert canvas.notes.editor is None


def test_notes_are_copied_with_the_nodes(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    write(canvas, chain, "# Head", (150.0, -40.0))
    canvas.select_all()
    canvas.commands.copy()
    canvas.commands.paste()
    assert [note.text for note in document.network.notes()] == ["# Head", "# Head"]
    assert len(document.network.nodes()) == 6
    assert len(canvas.look.selected_notes) == 1


def test_a_note_changes_no_line_of_the_file_but_its_own(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    before = document.text().splitlines()
    write(canvas, chain, "words", (150.0, -40.0))
    after = document.text().splitlines()
    added = [line for line in after if line not in before]
    assert added == [
        '      "notes": [',
        f'        {{"at": [150.0, -40.0, 240.0, 96.0], "text": "words", "uid": "{only(document).uid}"}}',
    ]
    assert files.dump(files.parse(document.text())) == document.text()


def test_frame_all_shows_notes_too(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    write(canvas, chain, "far away", (2000.0, 0.0))
    canvas.frame_all()
    x, _ = canvas.view.to_widget(2240.0, 0.0)
    assert x <= canvas.width()


@pytest.mark.usefixtures("qapp")
def test_a_note_reads_no_picture_from_the_disk(tmp_path: Path) -> None:
    picture = tmp_path / "big.png"
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    assert image.save(str(picture))
    text = f'![a]({picture.as_uri()}) ![b]({picture}) <img src="{picture}">'
    assert NoteDocument(text, light(), 500).size().height() < 120


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])
def test_markdown_is_laid_out_in_the_colours_and_sizes_of_the_theme(theme: object) -> None:
    chosen = dark() if getattr(theme, "dark", False) else light()
    document = NoteDocument("# Head\nplain `code`\n- one\n- two", chosen, 300)
    assert document.toPlainText().split("\n") == ["Head", "plain code", "one", "two"]
    block, sizes = document.begin(), []
    while block.isValid():
        form = block.begin().fragment().charFormat()
        assert form.foreground().color() == chosen.text
        sizes.append(form.font().pixelSize())
        block = block.next()
    assert sizes == [17, 13, 13, 13]


@pytest.mark.parametrize("scale", [0.1, 0.4, 0.7, 1.0, 3.0])
def test_notes_are_painted_at_every_distance(chain: CanvasDriver, canvas: CanvasWidget, scale: float) -> None:
    canvas.zoom_to(scale)
    bare = canvas.grab().toImage()
    write(canvas, chain, "# Head")
    assert canvas.grab().toImage() != bare


def test_a_far_note_shows_as_many_lines_as_it_has_room_for(qapp: object) -> None:
    def painted(text: str, high: float) -> QImage:
        image = QImage(160, 80, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        note = Note(uid="note", text=text, at=(0.0, 0.0, 240.0, high))
        NotePainter(light()).paint(painter, [note], View(scale=0.5), Look(), (0.0, 0.0, 320.0, 160.0))
        painter.end()
        return image

    assert painted("many words " * 2 + "two", 96.0) != painted("many words " * 2 + "three", 96.0)
    assert painted("many words " * 2 + "two", 40.0) == painted("many words " * 2 + "three", 40.0), "no room"
    metrics = QFontMetrics(light().font(11))
    width = metrics.horizontalAdvance("one two three")
    assert first_lines("# one two\n\nthree four five", metrics, width, 3) == ["one two", "three four", "five"]
    assert first_lines("one two", metrics, width, 3) == ["one two"]
    (line,) = first_lines("# one two\n\nthree four five", metrics, width, 1)
    assert line.startswith("one two")
    assert line.endswith("…")


def test_a_note_is_no_longer_than_its_limit(canvas: CanvasWidget, hands: CanvasDriver, document: Document) -> None:
    canvas.notes.add((0.0, 0.0))
    assert canvas.notes.editor is not None
    canvas.notes.editor.setPlainText("x" * (MAX_NOTE_TEXT + 50))
    canvas.notes.finish()
    assert len(only(document).text) == MAX_NOTE_TEXT


def test_a_second_note_at_the_same_place_stands_below_the_first(
    canvas: CanvasWidget, hands: CanvasDriver, document: Document
) -> None:
    write(canvas, hands, "one")
    write(canvas, hands, "two")
    write(canvas, hands, "three")
    tops = sorted((note.at[1], note.text) for note in document.network.notes())
    assert [text for _, text in tops] == ["one", "two", "three"]
    heights = {note.text: note.at[3] for note in document.network.notes()}
    assert all(lower - upper > heights[text] for (upper, text), (lower, _) in pairwise(tops))


def test_a_new_note_beside_the_drawing_is_brought_into_view(
    canvas: CanvasWidget, hands: CanvasDriver, document: Document
) -> None:
    hands.drop("Linear", (0, 0))
    canvas.resize(360, 500)
    canvas.frame_all()
    canvas.notes.add((40.0, 0.0))
    editor = canvas.notes.editor
    assert editor is not None
    assert canvas.rect().contains(editor.geometry())
    QTest.keyClicks(editor, "seen")
    assert canvas.rect().contains(editor.geometry())
