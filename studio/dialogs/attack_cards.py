"""What fooled a network: samples as they were, what was changed, and what came out, with both answers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from runtime.attack_result import AttackResult
from runtime.attack_words import number
from studio.panels.results.rebuilt import difference_image
from studio.pixels import picture, span_of
from studio.plain_numbers import plain_number
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.frame import paint_frame

_SIDE: Final = 72
_GAP: Final = 8
_BETWEEN: Final = 20  # between two cards
_COLUMNS_TOLD: Final = 3
_MOST: Final = 24
Values = NDArray[Any]


class FooledCards(QWidget):
    """Cards side by side, as high as they need: three pictures each, or in words where there are no pictures."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._result: AttackResult | None = None
        self._place = 0
        self._rows: tuple[int, ...] = ()
        self._images: dict[tuple[int, str], QImage] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Samples that fooled it"))
        holder.changed.connect(self._on_theme)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows among the kept samples that are shown."""
        return self._rows

    def show_result(self, result: AttackResult | None, place: int) -> None:
        """Show what fools the network at a place among the epsilons; the smallest changes first."""
        self._result, self._place, self._images = result, place, {}
        rows = [] if result is None else result.fooled(place).tolist()
        if result is not None:
            rows.sort(key=lambda row: (result.smallest(row) or np.inf, row))
        self._rows = tuple(rows[:_MOST])
        self.setAccessibleDescription("; ".join(self.words(row)[2] for row in self._rows))
        self._fit()
        self.update()

    def words(self, row: int) -> tuple[str, str, str]:
        """What stands below the three parts of a card."""
        result = self._result
        assert result is not None
        at, names = int(result.shown[row]), result.answer.classes
        epsilon = (0.0, *result.epsilons)[self._place]
        before = f"{names[int(result.clean[at])]} · {_sure(result.sure[0, at])}"
        after = f"{names[int(result.answers(self._place)[at])]} · {_sure(result.sure[self._place, at])}"
        return before, self.tr("at most {}").format(number(epsilon)), after

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._result is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = self._columns()
        for at, row in enumerate(self._rows):
            left = at % columns * (self._card_width() + _BETWEEN)
            top = at // columns * self._card_height()
            box = QRect(left, top, self._card_width(), self._card_height())
            if box.intersects(event.rect()):
                self._draw_card(painter, box, row)

    def _draw_card(self, painter: QPainter, box: QRect, row: int) -> None:
        theme = self._holder.theme
        line = self._line()
        painter.setFont(theme.font(CAPTION))
        if self._kind() == "row":
            self._draw_row(painter, box, row)
            return
        for part, text in enumerate(self.words(row)):
            place = QRect(box.left() + part * (_SIDE + _GAP), box.top(), _SIDE, _SIDE)
            if self._kind() == "image":
                self._draw_picture(painter, place, row, ("original", "change", "changed")[part])
            else:
                self._draw_line(painter, place, row, part)
            painter.setFont(theme.font(CAPTION, bold=part != 1))
            painter.setPen(theme.text if part != 1 else theme.text3)
            below = QRect(place.left(), place.bottom() + 3, _SIDE + _GAP - 2, line)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, below.width())
            painter.drawText(below, int(Qt.AlignmentFlag.AlignVCenter), shown)
        self._draw_smallest(painter, QRect(box.left(), box.top() + _SIDE + 4 + line, box.width(), line), row)

    def _draw_smallest(self, painter: QPainter, box: QRect, row: int) -> None:
        assert self._result is not None
        theme = self._holder.theme
        smallest = self._result.smallest(row)
        text = self.tr("The smallest change that fools it: {}").format(number(smallest or 0.0))
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text3)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _draw_picture(self, painter: QPainter, box: QRect, row: int, part: str) -> None:
        image = self._image(row, part)
        inside = QRect(0, 0, *image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio).toTuple())
        inside.moveCenter(box.center())
        painter.drawImage(inside, image)
        painter.setPen(self._holder.theme.line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(inside).adjusted(0.5, 0.5, -0.5, -0.5))

    def _image(self, row: int, part: str) -> QImage:
        result = self._result
        assert result is not None
        if (row, part) not in self._images:
            before, after = self._values(row)
            span = (min(result.low), max(result.high))
            epsilon = result.epsilons[self._place - 1]
            made = {
                "original": lambda: picture(before, span),
                "change": lambda: difference_image(self._holder.theme, after - before, epsilon),
                "changed": lambda: picture(after, span),
            }
            self._images[row, part] = made[part]()
        return self._images[row, part]

    def _draw_line(self, painter: QPainter, box: QRect, row: int, part: int) -> None:
        """A sequence: its first series, or the difference over the range of epsilon."""
        theme = self._holder.theme
        before, after = (values.reshape(len(values), -1)[:, 0] for values in self._values(row))
        epsilon = max(float(np.abs(after - before).max()), 1e-12)
        low, high = span_of(np.concatenate([before, after])) if part != 1 else (-epsilon, epsilon)
        values = (before, after - before, after)[part]
        paint_frame(painter, theme, QRectF(box))
        inner = QRectF(box).adjusted(5, 6, -5, -6)
        shares = np.clip((np.nan_to_num(values) - low) / (high - low), 0, 1).tolist()
        across = inner.width() / max(1, len(shares) - 1)
        line = [
            QPointF(inner.left() + at * across, inner.bottom() - one * inner.height()) for at, one in enumerate(shares)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.flow("vector" if part == 1 else "sequence"), 1.5))
        painter.drawPolyline(QPolygonF(line))

    def _draw_row(self, painter: QPainter, box: QRect, row: int) -> None:
        """Numbers: both answers, and the columns that were changed the most."""
        theme, line = self._holder.theme, self._line()
        before, _, after = self.words(row)
        painter.setFont(theme.font(CAPTION, bold=True))
        painter.setPen(theme.text)
        painter.drawText(QRect(box.left(), box.top() + 2, box.width(), line), 0, f"{before}  →  {after}")
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text2)
        text = "   ".join(self.changes(row))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QRect(box.left(), box.top() + 2 + line, box.width(), line), 0, shown)
        self._draw_smallest(painter, QRect(box.left(), box.top() + 2 + 2 * line, box.width(), line), row)

    def changes(self, row: int) -> list[str]:
        """The columns of a sample that were changed the most, for the range of each: `petal length 4.7 → 4.4`."""
        result = self._result
        assert result is not None
        before, after = (values.reshape(-1) for values in self._values(row))
        width = np.maximum(np.subtract(result.high, result.low), 1e-12)
        order = np.argsort(-np.abs(after - before) / width, kind="stable")[:_COLUMNS_TOLD]
        names = result.field.columns
        told = []
        for place in sorted(order.tolist()):
            name = names[place] if place < len(names) else f"{result.field.name} {place + 1}"
            told.append(f"{name} {plain_number(float(before[place]))} → {plain_number(float(after[place]))}")
        return told

    def _values(self, row: int) -> tuple[Values, Values]:
        result = self._result
        assert result is not None
        return result.originals[row], result.changed[self._place - 1, row]

    def _kind(self) -> str:
        assert self._result is not None
        kind, shape = self._result.field.kind, self._result.originals.ndim
        if kind == "image" and shape == 4:
            return "image"
        return "line" if kind == "sequence" else "row"

    def _line(self) -> int:
        return max(15, self._holder.theme.size(CAPTION) + 4)

    def _card_width(self) -> int:
        is_row = self._result is not None and self._kind() == "row"
        return max(1, min(self.width(), 420)) if is_row else 3 * _SIDE + 2 * _GAP

    def _card_height(self) -> int:
        is_row = self._result is not None and self._kind() == "row"
        return 3 * self._line() + 14 if is_row else _SIDE + 2 * self._line() + 20

    def _columns(self) -> int:
        return max(1, (self.width() + _BETWEEN) // (self._card_width() + _BETWEEN))

    def _fit(self) -> None:
        rows = -(-len(self._rows) // self._columns())
        self.setFixedHeight(max(1, rows * self._card_height()))

    def _on_theme(self, _theme: object) -> None:
        self._images = {}
        self._fit()
        self.update()


def _sure(share: float) -> str:
    return f"{100 * float(share):.0f} %"
