"""Changing notes: writing in place, moving and stretching with the mouse, and the edits that this makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from graph.edits import Batch, Edit, SetNote
from graph.model import MAX_NOTE_TEXT, Network, Note, Position, new_uid
from studio.canvas.gestures import Gesture, Pointer, Stage
from studio.canvas.notes import FIRST, LEAST, PAD
from studio.theme import BODY, ThemeHolder

if TYPE_CHECKING:
    from studio.canvas.widget import CanvasWidget

_TRIES: Final = 4
_TOP: Final = 5
_GAP: Final = 24.0
Place = tuple[float, float, float, float]


def moved_notes(network: Network, uids: Collection[str], by: Position) -> list[SetNote]:
    """The edits that move notes by a vector."""
    found = []
    for note in network.notes():
        if note.uid in uids:
            left, top, width, height = note.at
            moved = dataclasses.replace(note, at=(left + by[0], top + by[1], width, height))
            found.append(SetNote(network=network.name, uid=note.uid, note=moved))
    return found


def copied_notes(network: Network, notes: Collection[Note], by: Position) -> list[SetNote]:
    """The edits that place copies of notes, moved by a vector."""
    found = []
    for note in notes:
        left, top, width, height = note.at
        copy = Note(uid=new_uid(), text=note.text, at=(left + by[0], top + by[1], width, height))
        found.append(SetNote(network=network.name, uid=copy.uid, note=copy))
    return found


def places_moved(network: Network, uids: Collection[str], by: Position) -> dict[str, Place]:
    """Where notes would be, moved by a vector."""
    moved = moved_notes(network, uids, by)
    return {edit.uid: edit.note.at for edit in moved if edit.note is not None}


class StretchNote(Gesture):
    """Pulls the lower right corner of a note."""

    def __init__(self, stage: Stage, pointer: Pointer, note: Note) -> None:
        super().__init__(stage, pointer)
        self._note = note
        self._at = note.at

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag(pointer):
            return
        left, top, width, height = self._note.at
        wide, high = width + pointer.x - self._start.x, height + pointer.y - self._start.y
        self._at = left, top, max(LEAST[0], round(wide)), max(LEAST[1], round(high))
        self._stage.look.moved_notes = {self._note.uid: self._at}
        self._stage.update()

    def release(self, pointer: Pointer) -> None:
        self._stage.look.moved_notes = {}
        if self._at != self._note.at:
            note = dataclasses.replace(self._note, at=self._at)
            edit = SetNote(network=self._stage.scene.network.name, uid=note.uid, note=note)
            self._stage.apply(edit, "Resize a note")
        self._stage.update()

    def cancel(self) -> None:
        self._stage.look.moved_notes = {}
        self._stage.update()


class PressNote(Gesture):
    """Selects a note, and moves it when dragged, with all nodes and notes that are selected."""

    def __init__(self, stage: Stage, pointer: Pointer, uid: str) -> None:
        super().__init__(stage, pointer)
        look = stage.look
        self._uid = uid
        self._before = look.selected, look.selected_notes
        if pointer.shift or pointer.ctrl:
            stage.select(look.selected, look.selected_notes ^ {uid})
        elif uid not in look.selected_notes:
            stage.select((), {uid})
        network = stage.scene.network
        self._homes = {one: network.position(one) for one in look.selected if network.has(one)}
        self._by: Position = (0.0, 0.0)

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag(pointer):
            return
        stage = self._stage
        self._by = round(pointer.x - self._start.x), round(pointer.y - self._start.y)
        stage.scene.move({uid: (x + self._by[0], y + self._by[1]) for uid, (x, y) in self._homes.items()})
        stage.show_notes_moved(self._by)
        stage.update()

    def release(self, pointer: Pointer) -> None:
        stage = self._stage
        stage.look.moved_notes = {}
        is_plain = not (self._start.shift or self._start.ctrl)
        if self._is_dragged and self._by != (0.0, 0.0):
            stage.move_selection(self._homes, self._by)
        elif not self._is_dragged and is_plain:
            stage.select((), {self._uid})
        stage.update()

    def cancel(self) -> None:
        stage = self._stage
        stage.look.moved_notes = {}
        stage.scene.move({uid: place for uid, place in self._homes.items() if stage.scene.network.has(uid)})
        stage.select(*self._before)
        stage.update()


class NoteEditor(QPlainTextEdit):
    """The words of one note while they are written; it lies over the note. Esc and a click elsewhere keep them."""

    finished = Signal()

    def __init__(self, canvas: QWidget, text: str) -> None:
        super().__init__(canvas)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlainText(text)
        self.setPlaceholderText(self.tr("# Heading, **bold**, *italics*, `code`, - list"))
        self.setAccessibleName(self.tr("Note"))
        self.setTabChangesFocus(False)
        self.moveCursor(self.textCursor().MoveOperation.End)
        self.document().setDocumentMargin(2)

    def words(self) -> str:
        """What is written, as far as a note holds it."""
        return self.toPlainText().strip()[:MAX_NOTE_TEXT]

    def event(self, event: QEvent) -> bool:
        is_claim = event.type() == QEvent.Type.ShortcutOverride
        if is_claim and isinstance(event, QKeyEvent) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.accept()  # letters are words here, not commands
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_done = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_done = is_done and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape or is_done:
            self.finished.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finished.emit()


class NoteDesk:
    """Writes the notes of one canvas: at most one at a time."""

    def __init__(self, canvas: CanvasWidget, holder: ThemeHolder) -> None:
        self._canvas, self._holder = canvas, holder
        self._note: Note | None = None
        self._writings = 0
        self.editor: NoteEditor | None = None

    def add(self, at: Position | None = None) -> None:
        """A new note at a point of the scene, or beside what is selected, clear of nodes; it is written at once."""
        self.finish()
        left, top = self._clear(*(at if at is not None else self._place()))
        note = Note(uid=new_uid(), text="", at=(round(left), round(top), *FIRST))
        self._canvas.show_place((note.at[0], note.at[1], note.at[0] + note.at[2], note.at[1] + note.at[3]))
        self._open(note)

    def _clear(self, left: float, top: float) -> Position:
        """Move a new note aside of the nodes that would cover it, to their nearer side, and below other notes."""
        geometry, (width, height) = self._canvas.scene.geometry, FIRST
        notes = self._canvas.scene.notes
        for _ in range(_TRIES + len(notes)):
            rows = geometry.nodes_in((left, top, left + width, top + height), _GAP)
            covering = geometry.bounds(rows) if len(rows) else None
            under = [note.at[1] + note.at[3] for note in notes if _meets(note.at, (left, top, width, height))]
            if covering is not None:
                is_left = left + width / 2 < (covering[0] + covering[2]) / 2
                left = covering[0] - width - _GAP - 1 if is_left else covering[2] + _GAP + 1
            elif under:
                top = max(under) + _GAP
            else:
                break
        return left, top

    def edit(self, uid: str) -> None:
        """Write in a note that is there."""
        self.finish()
        note = self._canvas.scene.network.note(uid)
        if note is not None:
            self._open(note)

    def place(self) -> None:
        """Keep the editor over its note while the view moves."""
        if self.editor is None or self._note is None:
            return
        view = self._canvas.view
        left, top, width, height = self._note.at
        x, y = view.to_widget(left, top)
        wide, high = max(width * view.scale, 160.0), max(height * view.scale, 60.0)
        inset = round(PAD * min(view.scale, 1.0)) - 2
        self.editor.setGeometry(
            QRect(round(x) + inset, round(y) + _TOP, round(wide) - 2 * inset, round(high) - 2 * _TOP)
        )
        font = self._holder.theme.font(max(11, round(BODY * view.scale)))
        self.editor.setFont(font)
        self.editor.setStyleSheet(f"background: {self._holder.theme.raised.name()}; font-size: {font.pixelSize()}px;")

    def finish(self) -> None:
        """End writing; a note without words is gone already."""
        editor, note = self.editor, self._note
        self.editor = self._note = None
        if editor is None or note is None:
            return
        canvas = self._canvas
        canvas.look.edited_note = ""
        had_focus = editor.hasFocus()
        editor.hide()
        editor.deleteLater()
        if had_focus:
            canvas.setFocus()
        canvas.select((), {note.uid} if canvas.scene.network.note(note.uid) else ())
        canvas.update()

    def _on_typed(self) -> None:
        """Each letter goes to the document, so that nothing is lost; the letters of one writing are one step."""
        if self.editor is None or self._note is None:
            return
        canvas, note, text = self._canvas, self._note, self.editor.words()
        network = canvas.scene.network
        if not text and network.note(note.uid) is None:
            return
        self._note = dataclasses.replace(note, text=text)
        edit = SetNote(network=network.name, uid=note.uid, note=self._note if text else None)
        canvas.apply(edit, "Write a note", merge=f"note {note.uid} {self._writings}")

    def drop(self) -> None:
        """Give up what is written: its drawing is gone."""
        editor, self.editor, self._note = self.editor, None, None
        self._canvas.look.edited_note = ""
        if editor is not None:
            editor.hide()
            editor.deleteLater()

    def _open(self, note: Note) -> None:
        self._note = note
        self._writings += 1
        self._canvas.look.edited_note = note.uid
        self._canvas.select((), {note.uid})
        self.editor = NoteEditor(self._canvas, note.text)
        self.editor.textChanged.connect(self._on_typed)
        self.editor.finished.connect(self.finish)
        self.place()
        self.editor.show()
        self.editor.setFocus()
        self._canvas.update()

    def _place(self) -> Position:
        """At the pointer when it is over the canvas, else beside the selection, else in the middle."""
        canvas = self._canvas
        if canvas.underMouse():
            at = canvas.mapFromGlobal(canvas.cursor().pos())
            return canvas.view.to_scene(at.x(), at.y())
        geometry = canvas.scene.geometry
        rows = [geometry.index[uid] for uid in canvas.selection() if uid in geometry.index]
        if rows:
            rects = [geometry.rect(row) for row in rows]
            return max(rect[2] for rect in rects) + _GAP, min(rect[1] for rect in rects)
        return canvas.middle()


def _meets(one: Place, other: Place) -> bool:
    """Whether two places, as left, top, width and height, have something in common."""
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def together(edits: list[Edit]) -> Edit:
    """One edit of several."""
    return edits[0] if len(edits) == 1 else Batch(edits=tuple(edits))
