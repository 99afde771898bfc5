"""A project as a card: its drawing, its name and two lines; and a grid of as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from studio import assets
from studio.theme import BODY, CAPTION, LABEL, RADIUS_NODE, ThemeHolder

PICTURE: Final = QSize(88, 104)
_PAD: Final = 12
_LEAST_WIDTH: Final = 236
_MOST_COLUMNS: Final = 4
_GAP: Final = 12
_LINE: Final = 4  # between the name and what stands under it
_WRAP: Final = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class Card(QAbstractButton):
    """A button that opens a project. Without its picture, which comes later, the place for it is empty.

    `is_missing` greys it; a press then asks with `remove_wanted` to take it out of the list.
    """

    remove_wanted = Signal()

    def __init__(
        self, holder: ThemeHolder, name: str, shows: str, takes: str = "", *, can_remove: bool = False
    ) -> None:
        super().__init__()
        self._holder, self._shows, self._takes, self._can_remove = holder, shows, takes, can_remove
        self._picture = QImage()
        self.is_missing = False
        self.setText(name)
        self.setToolTip(shows)
        self.setAccessibleName(name)
        self.setAccessibleDescription(f"{shows} {takes}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_picture(self, picture: QImage) -> None:
        """Show the drawing."""
        self._picture = picture
        self.update()

    def has_picture(self) -> bool:
        """Whether its drawing is there."""
        return not self._picture.isNull()

    def show_missing(self) -> None:
        """Say that the file is gone."""
        self.is_missing = True
        self._takes = self.tr("Not found. Click to remove it from the list.")
        self.setAccessibleDescription(f"{self._shows} {self._takes}")
        self.updateGeometry()
        self.update()

    def words(self) -> tuple[str, str]:
        """What stands under the name."""
        return self._shows, self._takes

    def heightForWidth(self, width: int) -> int:
        room = self._room(width)
        fonts = self._fonts()
        high = fonts[0].height() + _LINE
        for metrics, text in zip(fonts[1:], (self._shows, self._takes), strict=True):
            if text:
                high += metrics.boundingRect(0, 0, room, 1000, _WRAP, text).height() + _LINE
        return max(PICTURE.height(), high) + 2 * _PAD

    def sizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, self.heightForWidth(_LEAST_WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete and self._can_remove:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._can_remove:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.tr("Remove from this list")).triggered.connect(lambda: self.remove_wanted.emit())
            menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_near = self.underMouse() or self.isDown()
        painter.setBrush(theme.raised if self.isDown() else theme.panel)
        painter.setPen(theme.accent if self.hasFocus() else theme.control if is_near else theme.line)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, RADIUS_NODE, RADIUS_NODE)
        if self.hasFocus():
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS_NODE - 1, RADIUS_NODE - 1)
        painter.setOpacity(0.55 if self.is_missing else 1.0)
        self._paint_picture(painter)
        painter.setOpacity(1.0)
        self._paint_words(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        theme = self._holder.theme
        box = QRectF(_PAD, _PAD, PICTURE.width(), PICTURE.height())
        path = QPainterPath()
        path.addRoundedRect(box, RADIUS_NODE - 2, RADIUS_NODE - 2)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(box, theme.canvas)
        if self.has_picture():
            painter.drawImage(box.topLeft(), self._picture)
        elif self.is_missing:
            side = 28
            icon = assets.pixmap("search", theme.text3, side, self.devicePixelRatioF())
            painter.drawPixmap(round(box.center().x() - side / 2), round(box.center().y() - side / 2), icon)
        painter.restore()

    def _paint_words(self, painter: QPainter) -> None:
        theme, room = self._holder.theme, self._room(self.width())
        left, top = 2 * _PAD + PICTURE.width(), float(_PAD)
        painter.setFont(theme.font(BODY, bold=True))
        painter.setPen(theme.text3 if self.is_missing else theme.text)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(left, top, room, metrics.height()), name)
        top += metrics.height() + _LINE
        for size, color, text in (
            (LABEL, theme.text3 if self.is_missing else theme.text2, self._shows),
            (CAPTION, theme.text3, self._takes),
        ):
            painter.setFont(theme.font(size))
            painter.setPen(color)
            high = painter.fontMetrics().boundingRect(0, 0, room, 1000, _WRAP, text).height() if text else 0
            painter.drawText(QRectF(left, top, room, high), _WRAP, text)
            top += high + _LINE

    def _room(self, width: int) -> int:
        return max(40, width - 3 * _PAD - PICTURE.width())

    def _fonts(self) -> tuple[QFontMetrics, QFontMetrics, QFontMetrics]:
        theme = self._holder.theme
        fonts = theme.font(BODY, bold=True), theme.font(LABEL), theme.font(CAPTION)
        return QFontMetrics(fonts[0]), QFontMetrics(fonts[1]), QFontMetrics(fonts[2])


class CardGrid(QWidget):
    """Cards side by side, all of one height, in as many columns as the width allows."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: tuple[Card, ...] = ()

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards in place of those before."""
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = tuple(cards)
        for card in cards:
            card.setParent(self)
            card.show()
        self._lay()

    def lay_again(self) -> None:
        """The words of a card have changed."""
        self._lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay()

    def _lay(self) -> None:
        columns = max(1, min(_MOST_COLUMNS, (self.width() + _GAP) // (_LEAST_WIDTH + _GAP)))
        width = (self.width() - (columns - 1) * _GAP) // columns
        high = max((card.heightForWidth(width) for card in self.cards), default=0)
        for index, card in enumerate(self.cards):
            row, column = divmod(index, columns)
            card.setGeometry(column * (width + _GAP), row * (high + _GAP), width, high)
        rows = -(-len(self.cards) // columns)
        self.setFixedHeight(max(0, rows * (high + _GAP) - _GAP))
