"""The rows of the add-a-layer popup: pictogram, title with a note at the right, and a line below."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from graph.ops.spec import OpSpec
from studio import assets
from studio.theme import Theme

WIDTH: Final = 360
ROW: Final = 40
KEY_ROLE: Final = Qt.ItemDataRole.UserRole
SPEC_ROLE: Final = Qt.ItemDataRole.UserRole + 1
NOTE_ROLE: Final = Qt.ItemDataRole.UserRole + 2
LINE_ROLE: Final = Qt.ItemDataRole.UserRole + 3


def row_of(spec: OpSpec, *, title: str = "", note: str = "", line: str = "", chosen: bool = True) -> QListWidgetItem:
    """A row for an op; without `note` its group stands at the right, without `line` its description below.

    A row that is not `chosen` alone is part of a whole, and cannot be picked by itself.
    """
    item = QListWidgetItem(title or spec.title)
    item.setData(KEY_ROLE, spec.key)
    item.setData(SPEC_ROLE, spec)
    item.setData(NOTE_ROLE, note or spec.group)
    item.setData(LINE_ROLE, line or spec.doc)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title or spec.title}. {line or spec.doc}")
    item.setToolTip(spec.doc)
    item.setSizeHint(QSize(WIDTH - 20, ROW))
    if not chosen:
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


class RowPainter(QStyledItemDelegate):
    """Paints the rows."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bold, self._small = theme.font(13, bold=True), theme.font(11)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        spec, theme = index.data(SPEC_ROLE), self._theme
        note, line = str(index.data(NOTE_ROLE)), str(index.data(LINE_ROLE))
        rect = option.rect
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(rect, 6, 6)
        strong, weak = (theme.on_accent, theme.on_accent) if is_current else (theme.text, theme.text3)
        picture = assets.pixmap(spec.icon, QColor(strong), 20, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.left() + 8, rect.top() + (rect.height() - 20) // 2, picture)
        words = rect.adjusted(38, 4, -8, -4)
        painter.setFont(self._small)
        metrics = painter.fontMetrics()
        painter.setPen(weak)
        rise = QFontMetrics(self._bold).ascent() - metrics.ascent()  # both stand on one line
        painter.drawText(words.translated(0, rise), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, note)
        below = metrics.elidedText(line, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, below)
        room = words.width() - metrics.horizontalAdvance(note) - 8
        painter.setFont(self._bold)
        painter.setPen(strong)
        title = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
