"""The legend of a map: each group with its colour; a click takes its samples out of the picture, or back in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.panels.map.shades import Group, group_color
from studio.panels.results.regions import Legend
from studio.theme import CAPTION, ThemeHolder

_CHIP: Final = 10
_MOST: Final = 60


class ToggleLegend(Legend):
    """Shows groups; `hidden_changed` when other ones are shown than before. Arrows and Space do what clicks do."""

    hidden_changed = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder)
        self._groups: tuple[Group, ...] = ()
        self._at = 0
        self.hidden_places: frozenset[int] = frozenset()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("Click a name to hide or show its samples; double click to show it alone"))

    def show_groups(self, groups: tuple[Group, ...]) -> None:
        """Show these groups; of the same ones as before those that were hidden stay so."""
        if [one.name for one in groups] != [one.name for one in self._groups]:
            self.hidden_places, self._at = frozenset(), 0
        self._groups = groups
        self.show_names([one.name for one in groups[:_MOST]])

    def toggle(self, place: int) -> None:
        """Hide a group, or show it again."""
        self._hide_these(self.hidden_places ^ {place})

    def show_alone(self, place: int) -> None:
        """Hide all groups but one; where that is so already, show all."""
        others = frozenset(range(len(self._groups))) - {place}
        self._hide_these(frozenset() if self.hidden_places == others else others)

    def place_of(self, name: str) -> QPoint:
        """The middle of the entry with this name."""
        return next(
            box.center() for (box, _), one in zip(self._places(), self._groups, strict=False) if one.name == name
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(CAPTION))
        for place, ((box, name), group) in enumerate(zip(self._places(), self._groups, strict=False)):
            is_hidden = place in self.hidden_places
            color = group_color(theme, group.color)
            painter.setPen(QPen(color, 1.2) if is_hidden else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if is_hidden else color)
            painter.drawRoundedRect(QRectF(box.left() + 1, box.center().y() - _CHIP / 2 + 0.5, _CHIP, _CHIP), 2, 2)
            painter.setPen(theme.text3 if is_hidden else theme.text2)
            painter.drawText(box.adjusted(_CHIP + 5, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)
            if self.hasFocus() and place == self._at:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.accent, 1))
                painter.drawRoundedRect(QRectF(box).adjusted(-0.5, 1.5, 0.5, -0.5), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._hit(event.position().toPoint())
        if place is not None:
            self.toggle(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._hit(event.position().toPoint())
        if place is not None:
            self.toggle(place)  # what the first press did is taken back
            self.show_alone(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._groups:
            self._at = (self._at + step) % min(len(self._groups), _MOST)
            self.update()
        elif event.key() == Qt.Key.Key_Space and self._groups:
            self.toggle(self._at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        QWidget.changeEvent(self, event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _hit(self, place: QPoint) -> int | None:
        return next((at for at, (box, _) in enumerate(self._places()) if box.contains(place)), None)

    def _hide_these(self, places: frozenset[int]) -> None:
        self.hidden_places = places
        self.update()
        self.hidden_changed.emit()
