"""The confusion matrix: a row for each true class, a column for each answer, mistakes in a colour of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from studio.style import blend
from studio.theme import CAPTION, Theme, ThemeHolder, contrast

MOST_CLASSES: Final = 20
Cell = tuple[int, int]
"""(true class, answer)"""

_SPAN: Final = 200  # what the cells of a matrix take up when there is no reason for more
_LEAST, _MOST = 16, 40
_NAME_MOST: Final = 92
_GAP: Final = 6
_FOOT: Final = 18
_WIDE_CELL: Final = (76, 44)  # of two classes, whose words then fit above


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Where things lie, in pixels: the corner of the first cell, and the size of a cell."""

    left: int
    top: int
    cell: QSize
    is_upright: bool  # the words above the columns read from below

    def box(self, row: int, column: int) -> QRect:
        return QRect(
            self.left + column * self.cell.width(),
            self.top + row * self.cell.height(),
            self.cell.width(),
            self.cell.height(),
        )


class ConfusionMatrix(QWidget):
    """Counts of answers by class. `cell_chosen` with a click or Return; nothing is chosen with (-1, -1)."""

    cell_chosen = Signal(int, int)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._names: tuple[str, ...] = ()
        self._counts: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._room = 436
        self._plan = _Plan(left=0, top=0, cell=QSize(_LEAST, _LEAST), is_upright=False)
        self._chosen: Cell | None = None
        self._at: Cell = (0, 0)
        self._hovered: Cell | None = None
        self._picture: QPixmap | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Confusion matrix"))
        holder.changed.connect(self._on_theme)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many samples of each class (row) got each answer (column)."""
        return self._counts

    @property
    def chosen(self) -> Cell | None:
        """The cell whose samples are shown."""
        return self._chosen

    def show_counts(self, names: Sequence[str], counts: NDArray[np.int64]) -> None:
        """Show these counts (C, C) of classes with these names."""
        if tuple(names) == self._names and np.array_equal(counts, self._counts):
            return
        if tuple(names) != self._names:
            self._chosen, self._at, self._hovered = None, (0, 0), None
        self._names, self._counts = tuple(names), counts
        self.setAccessibleDescription(self._told())
        self._lay_out()

    def set_room(self, width: int) -> None:
        """How wide it may be."""
        if width != self._room:
            self._room = width
            self._lay_out()

    def choose(self, cell: Cell | None) -> None:
        """Mark a cell; None marks none. Nobody is told."""
        self._chosen = cell
        if cell is not None:
            self._at = cell
        self.update()

    def words(self, row: int, column: int) -> str:
        """A cell in words: `8 taken for 1: 2 of 27 (7 %)`."""
        count, total = int(self._counts[row, column]), int(self._counts[row].sum())
        share = f"{100 * count / total:.0f} %" if total else "–"
        of = self.tr("{:,} of {:,} ({})").format(count, total, share)
        if row == column:
            return self.tr("{} recognised: {}").format(self._names[row], of)
        return self.tr("{} taken for {}: {}").format(self._names[row], self._names[column], of)

    def box(self, row: int, column: int) -> QRect:
        """Where a cell lies in this widget."""
        return self._plan.box(row, column)

    def cell_at(self, place: QPoint) -> Cell | None:
        """The cell that lies there."""
        column = (place.x() - self._plan.left) // self._plan.cell.width()
        row = (place.y() - self._plan.top) // self._plan.cell.height()
        size = len(self._names)
        return (row, column) if 0 <= row < size and 0 <= column < size else None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), self.words(*cell) if cell else self._name_at(event.pos()), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.cell_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._press(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and self._names:
            last = len(self._names) - 1
            self._at = (min(max(self._at[0] + step[0], 0), last), min(max(self._at[1] + step[1], 0), last))
            self.setAccessibleDescription(self.words(*self._at))
            self.update()
            QToolTip.showText(self.mapToGlobal(self.box(*self._at).bottomRight()), self.words(*self._at), self)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._names:
            self._press(self._at)
        elif event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self._press(self._chosen)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._names:
            return
        if self._picture is None or self._picture.devicePixelRatioF() != self.devicePixelRatioF():
            self._picture = self._draw()
        theme = self._holder.theme
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._hovered is not None:
            painter.setPen(theme.text2)
            painter.drawRect(self.box(*self._hovered).adjusted(0, 0, -2, -2))
        if self._chosen is not None:
            for inset in (0, 1):
                painter.setPen(theme.text)
                painter.drawRect(self.box(*self._chosen).adjusted(inset - 1, inset - 1, -1 - inset, -1 - inset))
        if self.hasFocus():
            painter.setPen(theme.accent)
            painter.drawRect(self.box(*self._at).adjusted(0, 0, -2, -2))
            painter.drawRect(self.box(*self._at).adjusted(1, 1, -3, -3))

    def _press(self, cell: Cell) -> None:
        self._at = cell
        self._chosen = None if cell == self._chosen else cell
        self.update()
        self.cell_chosen.emit(*(self._chosen or (-1, -1)))

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            has_samples = cell is not None and self._counts[cell] > 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if has_samples else Qt.CursorShape.ArrowCursor)
            self.update()

    def _on_theme(self, _theme: object = None) -> None:
        self._picture = None
        self.update()

    def _lay_out(self) -> None:
        size = len(self._names)
        self._picture = None
        if not size:
            self.setFixedSize(1, 1)
            return
        metrics = QFontMetrics(self._holder.theme.font(CAPTION))
        names = [metrics.horizontalAdvance(name) + 2 for name in self._names]
        left = min(max(names), _NAME_MOST) + _GAP
        side = min(max(_SPAN // size, _LEAST), _MOST)
        figures = max(metrics.horizontalAdvance(f"{count:,}") for count in self._counts.reshape(-1).tolist()) + 6
        width, height = max(side, figures), side
        if size == 2:
            width, height = max(width, min(max(*names) + 12, _WIDE_CELL[0])), _WIDE_CELL[1]
        width = max(_LEAST, min(width, (self._room - left) // size))
        is_upright = max(names) > width
        top = (min(max(names), _NAME_MOST) if is_upright else metrics.height()) + _GAP
        self._plan = _Plan(left=left, top=top, cell=QSize(width, height), is_upright=is_upright)
        foot = QFontMetrics(self._holder.theme.font(CAPTION)).horizontalAdvance(self._foot())
        self.setFixedSize(max(left + size * width + 1, foot), top + size * height + _FOOT)
        self.update()

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        theme = self._holder.theme
        painter.setFont(theme.font(CAPTION))
        self._draw_names(painter, theme)
        totals = np.maximum(self._counts.sum(axis=1), 1)
        for row in range(len(self._names)):
            for column in range(len(self._names)):
                self._draw_cell(painter, theme, row, column, float(self._counts[row, column] / totals[row]))
        painter.end()
        return picture

    def _draw_cell(self, painter: QPainter, theme: Theme, row: int, column: int, share: float) -> None:
        box = self.box(row, column).adjusted(0, 0, -1, -1)
        count = int(self._counts[row, column])
        ground = shade(theme, share, is_right=row == column) if count else theme.raised
        painter.fillRect(box, ground)
        text = f"{count:,}"
        if not count or painter.fontMetrics().horizontalAdvance(text) > box.width():
            return
        painter.setFont(theme.font(CAPTION, bold=row != column))
        painter.setPen(ink(ground))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _draw_names(self, painter: QPainter, theme: Theme) -> None:
        plan, metrics = self._plan, painter.fontMetrics()
        painter.setPen(theme.text2)
        middle = Qt.AlignmentFlag.AlignVCenter
        for index, name in enumerate(self._names):
            row, column = plan.box(index, 0), plan.box(0, index)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, plan.left - _GAP)
            at = QRect(0, row.top(), plan.left - _GAP, row.height())
            painter.drawText(at, int(middle | Qt.AlignmentFlag.AlignRight), shown)
            if plan.is_upright:
                painter.save()
                painter.translate(column.left(), plan.top - _GAP)
                painter.rotate(-90)
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, plan.top - _GAP)
                painter.drawText(QRectF(0, 0, plan.top - _GAP, column.width()), int(middle), shown)
                painter.restore()
            else:
                above = QRect(column.left(), 0, column.width(), plan.top - _GAP)
                painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), name)
        painter.setPen(theme.text3)
        foot = QRect(0, self.height() - _FOOT, self.width(), _FOOT)
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom), self._foot())

    def _foot(self) -> str:
        return self.tr("rows: what it is · columns: predicted")

    def _name_at(self, place: QPoint) -> str:
        """The whole name of the class beside or above a place, where it may be shortened."""
        row = (place.y() - self._plan.top) // self._plan.cell.height()
        column = (place.x() - self._plan.left) // self._plan.cell.width()
        index = row if place.x() < self._plan.left else column if place.y() < self._plan.top else -1
        return self._names[index] if 0 <= index < len(self._names) else ""

    def _told(self) -> str:
        right = int(np.trace(self._counts))
        return self.tr("{:,} of {:,} right").format(right, int(self._counts.sum()))


_STEPS: Final = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


def shade(theme: Theme, share: float, *, is_right: bool) -> QColor:
    """The ground of a cell that has a share (above 0, to 1) of its row."""
    if is_right:
        return blend(theme.raised, theme.flow("image"), 0.2 + 0.65 * share)
    return blend(theme.raised, theme.flow("vector"), 0.55 + 0.4 * share)


def ink(ground: QColor) -> QColor:
    """Black or white, whichever reads better on a ground."""
    light, dark = QColor("#FFFFFF"), QColor("#14171B")
    return light if contrast(light, ground) >= contrast(dark, ground) else dark
