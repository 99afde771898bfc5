"""Samples as cards: the picture, the line or the row of each, what was said of it and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.panels.results.answers import Answers
from studio.theme import CAPTION, Theme, ThemeHolder
from studio.widgets.frame import paint_frame

PICTURE: Final = 48
_LINE_HEIGHT: Final = 36
_LINE_WIDTH: Final = 72
_WIDEST: Final = 112
_GAP: Final = 6
_BELOW: Final = 12
_TEXT: Final = 15  # a line of caption
_ROW_AIR: Final = 10  # above and below the two lines of a row


class CardGrid(QWidget):
    """Cards side by side; as high as they need. Only those in sight are drawn, so there may be thousands."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._answers: Answers | None = None
        self._positions: Sequence[int] = ()
        self._text_width = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(PICTURE)
        holder.changed.connect(self._on_theme)

    @property
    def positions(self) -> tuple[int, ...]:
        """The samples that are shown, by their place among those of the look."""
        return tuple(self._positions)

    def show_cards(self, answers: Answers | None, positions: Sequence[int]) -> None:
        """Show these samples, in this order."""
        self._answers, self._positions = answers, positions
        self._text_width = self._measure()
        told = [f"{answers.said_words(at)}, {answers.true_words(at)}" for at in positions[:12]] if answers else []
        self.setAccessibleName(self.tr("%1 samples").replace("%1", f"{len(positions):,}"))
        self.setAccessibleDescription("; ".join(told))
        self._fit()
        self.update()

    def columns(self) -> int:
        """How many cards stand side by side."""
        return 1 if self._is_rows() else max(1, (self.width() + _GAP) // (self._card().width() + _GAP))

    def sizeHint(self) -> QSize:
        return QSize(3 * (self._card().width() + _GAP) - _GAP, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.position_at(event.pos())
            text = "" if at is None or self._answers is None else self._answers.tip(at)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def position_at(self, place: QPoint) -> int | None:
        """The sample whose card lies there."""
        card, columns = self._card(), self.columns()
        index = (place.y() // card.height()) * columns + min(place.x() // (card.width() + _GAP), columns - 1)
        return self._positions[index] if 0 <= index < len(self._positions) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        answers = self._answers
        if answers is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card, columns = self._card(), self.columns()
        first = event.rect().top() // card.height() * columns
        last = (event.rect().bottom() // card.height() + 1) * columns
        for index in range(first, min(last, len(self._positions))):
            row, column = divmod(index, columns)
            box = QRect(QPoint(column * (card.width() + _GAP), row * card.height()), card)
            if self._is_rows():
                self._draw_row(painter, box, answers, self._positions[index])
            else:
                self._draw_card(painter, box, answers, self._positions[index])

    def _on_theme(self) -> None:
        """Words may be larger now."""
        self._text_width = self._measure()
        self._fit()
        self.updateGeometry()
        self.update()

    @property
    def _line(self) -> int:
        """The height of a line of words."""
        return self._holder.theme.size(_TEXT)

    def _draw_card(self, painter: QPainter, box: QRect, answers: Answers, position: int) -> None:
        theme = self._holder.theme
        size = self._picture()
        place = QRect(box.topLeft(), size)
        image = answers.faces.image(position)
        if image is not None:
            inside = QRect(QPoint(0, 0), image.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
            inside.moveCenter(place.center())
            painter.drawImage(inside, image)
            painter.setPen(theme.line)
            painter.drawRect(QRectF(inside).adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            _draw_line(painter, theme, QRectF(place), answers.faces.line(position))
        words = QRect(box.left(), place.bottom() + 4, box.width(), self._line)
        painter.setFont(theme.font(CAPTION, bold=True))
        painter.setPen(theme.text)
        _write(painter, words, answers.said_words(position))
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text2)
        _write(painter, words.translated(0, self._line), answers.true_words(position))

    def _draw_row(self, painter: QPainter, box: QRect, answers: Answers, position: int) -> None:
        theme = self._holder.theme
        upper = QRect(box.left(), box.top() + 2, box.width(), self._line + 1)
        painter.setFont(theme.font(CAPTION, bold=True))
        painter.setPen(theme.text)
        said = answers.said_words(position)
        _write(painter, upper, said)
        used = painter.fontMetrics().horizontalAdvance(said) + _GAP
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text2)
        _write(painter, upper.adjusted(used, 0, 0, 0), answers.true_words(position))
        painter.setPen(theme.text3)
        row = " · ".join(answers.faces.words(position, 6)) or self.tr("its row was not kept")
        _write(painter, upper.translated(0, self._line + 1), row, Qt.TextElideMode.ElideRight)
        painter.setPen(theme.line)
        painter.drawLine(box.left(), box.bottom(), box.right(), box.bottom())

    def _is_rows(self) -> bool:
        return self._answers is not None and self._answers.faces.kind == "row"

    def _picture(self) -> QSize:
        is_line = self._answers is not None and self._answers.faces.kind == "line"
        return QSize(_LINE_WIDTH, _LINE_HEIGHT) if is_line else QSize(PICTURE, PICTURE)

    def _card(self) -> QSize:
        """The room of one card with what is below it."""
        if self._is_rows():
            return QSize(max(1, self.width()), 2 * self._line + _ROW_AIR)
        size = self._picture()
        width = max(size.width(), min(self._text_width, self._holder.theme.size(_WIDEST)))
        return QSize(width, size.height() + 4 + 2 * self._line + _BELOW)

    def _measure(self) -> int:
        """How wide the words below a picture are at most, by the longest names."""
        answers = self._answers
        if answers is None or not len(self._positions):
            return 0
        theme = self._holder.theme
        some = self._positions if len(self._positions) <= 200 else self._positions[:200]
        bold, plain = QFontMetrics(theme.font(CAPTION, bold=True)), QFontMetrics(theme.font(CAPTION))
        said = {answers.said_words(at) for at in some}
        true = {answers.true_words(at) for at in some}
        widths = [bold.horizontalAdvance(text) for text in said] + [plain.horizontalAdvance(text) for text in true]
        return max(widths, default=0) + 1

    def _fit(self) -> None:
        rows = -(-len(self._positions) // self.columns())
        self.setFixedHeight(max(1, rows * self._card().height()))


def _write(painter: QPainter, box: QRect, text: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
    shown = painter.fontMetrics().elidedText(text, mode, box.width())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def _draw_line(
    painter: QPainter, theme: Theme, box: QRectF, values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    """A frame with a sequence in it; without one, with a dash."""
    paint_frame(painter, theme, box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = box.adjusted(5, 6, -5, -6)
    if not len(values):
        painter.setPen(theme.text3)
        painter.drawLine(
            QPointF(box.center().x() - 4, box.center().y()), QPointF(box.center().x() + 4, box.center().y())
        )
        return
    across = inner.width() / max(1, len(values) - 1)
    places = [
        QPointF(inner.left() + at * across, inner.bottom() - float(value) * inner.height())
        for at, value in enumerate(values.tolist())
    ]
    painter.setPen(QPen(theme.flow("sequence"), 1.5))
    painter.drawPolyline(places)
