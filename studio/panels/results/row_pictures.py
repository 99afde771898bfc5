"""Paints shown pictures that are rows of numbers: a name at each row, and one over each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QResizeEvent

from runtime.shown_media import Show
from studio.panels.results.picture import Picture
from studio.theme import CAPTION, ThemeHolder

_BETWEEN: Final = 12  # two pictures
_LINE: Final = 6  # between two lines of pictures
_HIGH: Final = 13  # a cell
_ROOM: Final = 4  # around the name of a column
_NARROWEST: Final = 9.0
_WIDEST: Final = 26.0
_AT_SIDE: Final = 8  # between the name of a row and its cells
_MOST_AT_SIDE: Final = 0.3  # of the width
_SHORT: Final = 3  # letters that fit over a column


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where everything stands: pictures `across`, cells so wide, names so far to the left and above."""

    across: int
    cell: float
    side: int
    head: int
    line: int


class RowPictures(Picture):
    """Pictures side by side, or one of them alone; each a table whose cells are brighter for a larger number."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 40)
        self.setAccessibleName(self.tr("Pictures"))
        self._show: Show | None = None
        self._one: int | None = None

    def set_show(self, show: Show, one: int | None) -> None:
        """Show the pictures of a moment that have named rows and columns; with `one` only that."""
        assert show.pictures is not None
        self._show = show
        self._one = None if one is None else min(one, len(show.pictures) - 1)
        self._fit()
        told = self.tr("{:,} pictures, each with the rows {} and the columns {}")
        names = (", ".join(show.rows), ", ".join(show.columns))
        self.tell(is_empty=False, description=told.format(len(show.pictures), *names))

    def show_one(self, place: int) -> None:
        """Show another of them alone."""
        if self._show is not None and self._show.pictures is not None:
            self._one = min(place, len(self._show.pictures) - 1)
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        show = self._show
        assert show is not None
        assert show.pictures is not None
        places = self._places(show)
        painter.setFont(self.theme.font(CAPTION))
        pictures = show.pictures if self._one is None else show.pictures[self._one : self._one + 1]
        wide = places.cell * len(show.columns)
        for at, picture in enumerate(pictures[..., 0].tolist()):
            line, column = divmod(at, places.across)
            left, top = places.side + column * (wide + _BETWEEN), line * places.line
            if not column:
                self._draw_row_names(painter, show, places, top)
            self._draw_head(painter, show, places, left, top)
            self._draw_cells(painter, picture, QRectF(left, top + places.head, places.cell, _HIGH))

    def _draw_row_names(self, painter: QPainter, show: Show, places: _Places, top: float) -> None:
        painter.setPen(self.theme.text2)
        for number, name in enumerate(show.rows):
            box = QRectF(0, top + places.head + number * _HIGH, places.side - _AT_SIDE, _HIGH)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(box.width()) + 1)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
            painter.drawText(box, int(flags), shown)

    def _draw_head(self, painter: QPainter, show: Show, places: _Places, left: float, top: float) -> None:
        painter.setPen(self.theme.text2)
        for number, name in enumerate(heads_of(show)):
            box = QRectF(left + number * places.cell, top, places.cell, places.head)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), name)

    def _draw_cells(self, painter: QPainter, picture: list[list[int]], first: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for row, numbers in enumerate(picture):
            for column, grey in enumerate(numbers):
                box = first.translated(column * first.width(), row * first.height())
                painter.fillRect(box.toAlignedRect(), QColor(grey, grey, grey))
        painter.setPen(QPen(self.theme.text3, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, numbers in enumerate(picture):
            whole = QRectF(first.left(), first.top() + row * _HIGH, first.width() * len(numbers), _HIGH)
            painter.drawRect(whole.toAlignedRect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _places(self, show: Show) -> _Places:
        metrics = QFontMetrics(self.theme.font(CAPTION))
        count = len(show.columns)
        asked = max(metrics.horizontalAdvance(name) for name in show.rows) + _AT_SIDE + 1
        side = min(asked, int(self.width() * _MOST_AT_SIDE))
        room = self.width() - side - 1
        least = max(_NARROWEST, *(metrics.horizontalAdvance(name) + _ROOM for name in heads_of(show)))
        across = max(1, int((room + _BETWEEN) // (least * count + _BETWEEN)))
        if self._one is not None or show.across is not None:
            across = 1 if self._one is not None else min(across, show.across or 1)
        cell = min(_WIDEST, ((room + _BETWEEN) / across - _BETWEEN) / count)
        head = metrics.height()
        return _Places(across=across, cell=cell, side=side, head=head, line=head + len(show.rows) * _HIGH + _LINE)

    def _fit(self) -> None:
        show = self._show
        if show is None or show.pictures is None:
            return
        places = self._places(show)
        lines = 1 if self._one is not None else -(-len(show.pictures) // places.across)
        self.setFixedHeight(lines * places.line - _LINE + 1)


def heads_of(show: Show) -> tuple[str, ...]:
    """What stands over the columns: their names where they are short, else their numbers."""
    is_short = max((len(name) for name in show.columns), default=0) <= _SHORT
    return show.columns if is_short else tuple(str(number) for number in range(len(show.columns)))
