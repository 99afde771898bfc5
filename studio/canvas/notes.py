"""Notes on the canvas: their Markdown laid out and painted, nearer in more detail, and what lies under a point."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFontMetrics,
    QPainter,
    QPalette,
    QPen,
    QTextCursor,
    QTextDocument,
)

from graph.model import Note
from studio.canvas.geometry import Rect
from studio.canvas.look import Hit, Look
from studio.canvas.view import DETAIL_CHIPS, DETAIL_NAMES, View
from studio.theme import BODY, LABEL, RADIUS_CHIP, TITLE, Theme

LEAST: Final = (96.0, 40.0)
FIRST: Final = (240.0, 96.0)
PAD: Final = 10.0
CORNER: Final = 14.0
_BAR: Final = 3.0
_MAX_LAID: Final = 300
_FEATURES: Final = (
    QTextDocument.MarkdownFeature.MarkdownDialectCommonMark | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


class NoteDocument(QTextDocument):
    """The laid-out words of a note. It loads nothing: a note of another person must not open files or pages."""

    def __init__(self, text: str, theme: Theme, width: float) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setDefaultFont(theme.font(BODY))
        self.setIndentWidth(16)
        lines = text.replace("![", "[").split("\n")
        self.setMarkdown("\n".join(f"{line}  " for line in lines), _FEATURES)  # a line stays a line
        _dress(self, theme)
        self.setTextWidth(width)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return None


def _dress(document: QTextDocument, theme: Theme) -> None:
    """Give headings, words and code the sizes and fonts of the theme."""
    found = []
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            found.append((block.blockFormat().headingLevel(), piece.position(), piece.length(), piece.charFormat()))
            pieces += 1
        block = block.next()
    for level, start, length, form in found:
        font = theme.font(_size(level), bold=level > 0 or form.fontWeight() > 500, mono=form.fontFixedPitch())
        font.setItalic(form.fontItalic())
        form.clearProperty(form.Property.FontSizeAdjustment)
        form.setFont(font)
        form.setForeground(theme.text)
        form.setAnchor(False)
        cursor = QTextCursor(document)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(form)


def _size(level: int) -> int:
    return {0: BODY, 1: TITLE, 2: BODY + 2}.get(level, BODY)


def rect_of(note: Note) -> Rect:
    """The edges of a note."""
    left, top, width, height = note.at
    return left, top, left + width, top + height


def around(notes: Collection[Note]) -> Rect | None:
    """The rectangle around notes, or None when there are none."""
    if not notes:
        return None
    edges = [rect_of(note) for note in notes]
    return (min(e[0] for e in edges), min(e[1] for e in edges), max(e[2] for e in edges), max(e[3] for e in edges))


def notes_in(notes: Sequence[Note], rect: Rect) -> list[int]:
    """The notes that meet a rectangle."""
    left, top, right, bottom = rect
    found = []
    for row, note in enumerate(notes):
        a, b, c, d = rect_of(note)
        if c >= left and a <= right and d >= top and b <= bottom:
            found.append(row)
    return found


def note_hit(notes: Sequence[Note], look: Look, view: View, x: float, y: float) -> Hit | None:
    """The topmost note at a point of the scene, or the corner by which a selected one is stretched."""
    rows = sorted(notes_in(notes, (x, y, x, y)), key=lambda row: (notes[row].uid in look.selected_notes, row))
    if not rows:
        return None
    note = notes[rows[-1]]
    _, _, right, bottom = rect_of(note)
    is_corner = note.uid in look.selected_notes and right - x + bottom - y <= CORNER / min(view.scale, 1.0)
    return Hit(what="note_corner" if is_corner else "note", row=rows[-1])


class NotePainter:
    """Paints notes under everything else; keeps what was laid out, for one theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._laid: dict[tuple[str, float], NoteDocument] = {}

    def paint(self, painter: QPainter, notes: Sequence[Note], view: View, look: Look, seen: Rect) -> None:
        """Paint the notes that meet the part of the scene which is `seen`."""
        for row in notes_in(_placed(notes, look.moved_notes), seen):
            note = notes[row]
            left, top, width, height = look.moved_notes.get(note.uid, note.at)
            x, y = view.to_widget(left, top)
            box = QRectF(round(x), round(y), width * view.scale, height * view.scale)
            self._paint_ground(painter, box, view, is_selected=note.uid in look.selected_notes)
            if note.uid == look.edited_note or view.scale < DETAIL_CHIPS:
                continue
            painter.save()
            painter.setClipRect(box.adjusted(1, 1, -1, -1), Qt.ClipOperation.IntersectClip)
            if view.scale >= DETAIL_NAMES:
                self._paint_text(painter, note.text, box, view.scale)
            else:
                self._paint_first_lines(painter, note.text, box)
            painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRectF, view: View, *, is_selected: bool) -> None:
        theme = self._theme
        painter.setBrush(theme.raised)
        painter.setPen(QPen(theme.control, 1))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP, RADIUS_CHIP)
        painter.fillRect(QRectF(box.left(), box.top() + 4, _BAR, max(0.0, box.height() - 8)), theme.text3)
        if not is_selected:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.accent, 2))
        painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), RADIUS_CHIP + 3, RADIUS_CHIP + 3)
        if view.scale >= DETAIL_CHIPS:
            corner = box.bottomRight() - QPointF(3, 3)
            for reach in (4.0, 8.0):
                painter.drawLine(corner - QPointF(reach, 0), corner - QPointF(0, reach))

    def _paint_text(self, painter: QPainter, text: str, box: QRectF, scale: float) -> None:
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, self._theme.text)
        width = round(box.width() / scale - 2 * PAD)
        painter.translate(box.left() + (PAD + 1) * scale, box.top() + PAD * scale * 0.8)
        painter.scale(scale, scale)
        self.laid(text, width).documentLayout().draw(painter, context)

    def _paint_first_lines(self, painter: QPainter, text: str, box: QRectF) -> None:
        """The far view: as many of the first words as have room, at a size that can be read."""
        inner = box.adjusted(7, 3, -4, -3)
        painter.setFont(self._theme.font(LABEL - 1))
        painter.setPen(self._theme.text2)
        metrics = painter.fontMetrics()
        most = max(1, int(inner.height() // metrics.lineSpacing()))
        top = inner.top() + metrics.ascent()
        for row, line in enumerate(first_lines(text, metrics, int(inner.width()), most)):
            painter.drawText(QPointF(inner.left(), top + row * metrics.lineSpacing()), line)

    def laid(self, text: str, width: float) -> NoteDocument:
        """The words of a note at a width in scene units."""
        found = self._laid.get((text, width))
        if found is None:
            if len(self._laid) >= _MAX_LAID:
                self._laid.clear()
            found = self._laid[text, width] = NoteDocument(text, self._theme, width)
        return found


def first_lines(text: str, metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """The first words of a note in lines of that width, the last of them shortened where more would follow."""
    lines: list[str] = []
    for paragraph in text[: width * most].split("\n"):  # a letter is at least a pixel wide
        line = ""
        for word in paragraph.strip("#*-` ").split():
            longer = f"{line} {word}" if line else word
            if line and metrics.horizontalAdvance(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines += [line] if line else []
    if len(lines) > most:
        lines[most - 1 :] = [" ".join(lines[most - 1 :])]
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]


def _placed(notes: Sequence[Note], moved: Mapping[str, tuple[float, float, float, float]]) -> Sequence[Note]:
    if not moved:
        return notes
    return [Note(uid=note.uid, text=note.text, at=moved.get(note.uid, note.at)) for note in notes]
