"""The answers: a bar a class, a number, or a picture, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from graph.fields import Field
from runtime.scaling import FieldNumbers
from runtime.trial_protocol import HeadAnswer
from studio.panels.trial.editor import in_pixels
from studio.panels.trial.pad import SmallPicture
from studio.panels.trial.series import SeriesPlot
from studio.plain_numbers import plain_number
from studio.theme import LABEL, ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_BAR: Final = 20
_FEW: Final = 10
_TOP: Final = 5
_BRIEF: Final = 3
_NAME_WIDTH: Final = 120
_MOST_NUMBERS: Final = 12
_BARE: Final = frozenset({"0", "1", "2", "-1", "0.0", "1.0", "yes", "no", "true", "false", "y", "n", "t", "f"})


class AnswerBars(QWidget):
    """A bar a class: all of them in their order when they are few, else the likeliest. Bars never animate."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.rows: tuple[tuple[str, float], ...] = ()
        self._classes: Sequence[tuple[str, float]] = ()
        self._is_brief = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, classes: Sequence[tuple[str, float]]) -> None:
        """Show classes with their probabilities."""
        self._classes = classes
        rows = list(classes)
        most = _BRIEF if self._is_brief else _FEW
        if len(rows) > most:
            rows = sorted(rows, key=lambda row: -row[1])[: _BRIEF if self._is_brief else _TOP]
        self.rows = tuple(rows)
        self.setFixedHeight(len(rows) * _BAR)
        self.setAccessibleDescription(", ".join(f"{name}: {share:.0%}" for name, share in rows))
        self.update()

    def set_brief(self, is_brief: bool) -> None:
        """Show the three likeliest alone, where there is little room."""
        if is_brief != self._is_brief:
            self._is_brief = is_brief
            self.show_shares(self._classes)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rows:
            return
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        best = max(share for _, share in self.rows)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(LABEL, bold=True))
        widest = max(painter.fontMetrics().horizontalAdvance(name) for name, _ in self.rows)
        names = min(_NAME_WIDTH, widest) + 12
        figures = painter.fontMetrics().horizontalAdvance("100 %") + 10
        for place, (name, share) in enumerate(self.rows):
            is_best = share == best
            box = QRectF(0, place * _BAR, self.width(), _BAR)
            painter.setFont(theme.font(LABEL, bold=is_best))
            painter.setPen(theme.text if is_best else theme.text2)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, names - 10)
            painter.drawText(box, int(middle), shown)
            painter.drawText(box, int(middle | Qt.AlignmentFlag.AlignRight), f"{share:.0%}".replace("%", " %"))
            room = max(0.0, box.width() - names - figures)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.raised)
            painter.drawRoundedRect(QRectF(names, box.top() + 5, room, 10), 3, 3)
            painter.setBrush(theme.accent if is_best else theme.control)
            painter.drawRoundedRect(QRectF(names, box.top() + 5, max(2.0, room * min(1.0, share)), 10), 3, 3)


def told_class(field: Field, name: str) -> str:
    """A class in words that stand alone: of two that are called 0 and 1, or yes and no, the field is named too."""
    is_bare = len(field.classes) == 2 and all(one.strip().lower() in _BARE for one in field.classes)
    return f"{field.name}: {name}" if is_bare else name


class HeadView(QWidget):
    """What one Output answers: its name above when there are several."""

    def __init__(self, holder: ThemeHolder, field: Field, numbers: FieldNumbers | None, *, has_name: bool) -> None:
        super().__init__()
        self._field, self._numbers = field, numbers or FieldNumbers()
        self.is_picture = field.kind == "image"
        self.title = words(field.name, "strong")
        self.title.setVisible(has_name or not field.classes)
        self.figure = words("", "headline")
        self.detail = words("", "label", wrap=True)
        self.bars = AnswerBars(holder)
        self.picture = SmallPicture(holder, 160)
        self.line = SeriesPlot(holder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.figure)
        layout.addWidget(self.bars)
        row = QHBoxLayout()
        row.addWidget(self.picture)
        row.addStretch(1)
        nest(layout, row)
        layout.addWidget(self.line)
        layout.addWidget(self.detail)
        layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.clear()

    def clear(self) -> None:
        """No answer yet."""
        for part in (self.figure, self.bars, self.picture, self.line, self.detail):
            part.hide()

    def show_answer(self, answer: HeadAnswer) -> None:
        """Show what was answered."""
        self.clear()
        if answer.classes:
            name, share = max(answer.classes, key=lambda row: row[1])
            self._say(f"{told_class(self._field, name)}  {share:.0%}".replace("%", " %"))
            self.bars.show_shares(answer.classes)
            self.bars.show()
        elif answer.values is not None:
            self._show_values(answer)

    def _show_values(self, answer: HeadAnswer) -> None:
        values = answer.values
        assert values is not None
        if self._field.kind == "image" and values.ndim == 3:
            self.picture.show_picture(in_pixels(values, self._numbers))
            self.picture.show()
        elif values.size == 1:
            self._say(plain_number(float(values.ravel()[0])))
        elif self._field.kind == "sequence" or values.size > _MOST_NUMBERS:
            self.line.span = (float(values.min()), float(values.max()))
            self.line.show_series(values)
            self.line.show()
        else:
            names = self._field.columns or tuple(str(place + 1) for place in range(values.size))
            pairs = zip(names, np.ravel(values).tolist(), strict=False)
            self.detail.setText("\n".join(f"{name}  {plain_number(value)}" for name, value in pairs))
            self.detail.show()

    def _say(self, text: str) -> None:
        self.figure.setText(text)
        self.figure.show()


class AnswerView(QWidget):
    """The answers of all Outputs, one below the other; pictures side by side where there is little room."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.heads: dict[str, HeadView] = {}
        self._is_brief = False
        self._column = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def set_outputs(self, outputs: Mapping[str, Field], numbers: Mapping[str, FieldNumbers]) -> None:
        """One view an Output, by its node's name."""
        for view in self.heads.values():
            view.hide()
            self._column.removeWidget(view)
            view.deleteLater()
        self.heads = {
            node: HeadView(self._holder, field, numbers.get(field.name), has_name=len(outputs) > 1)
            for node, field in outputs.items()
        }
        for view in self.heads.values():
            self._column.addWidget(view)
        self.set_brief(self._is_brief)

    def set_brief(self, is_brief: bool) -> None:
        """Show fewer bars, where there is little room, and pictures side by side."""
        self._is_brief = is_brief
        for view in self.heads.values():
            view.bars.set_brief(is_brief)
        is_row = is_brief and all(view.is_picture for view in self.heads.values())
        ways = QBoxLayout.Direction
        self._column.setDirection(ways.LeftToRight if is_row else ways.TopToBottom)

    def show_answers(self, answers: Sequence[HeadAnswer]) -> None:
        """Show what was answered; nothing where there is no answer."""
        found = {answer.node: answer for answer in answers}
        for node, view in self.heads.items():
            if node in found:
                view.show_answer(found[node])
            else:
                view.clear()
