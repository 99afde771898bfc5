"""A project as a card: its drawing, its name and two lines; and a grid of as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
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
LEAST_WIDTH: Final = 228
_MOST_COLUMNS: Final = 4
_GAP: Final = 12
_ICON: Final = 14
_LINE: Final = 4  # between the name and what stands under it
_WRAP: Final = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class Card(QAbstractButton):
    """A button that opens a project. Without its picture, which comes later, the place for it is empty.

    `shows` wraps, or is shortened in the middle when the card is that of a file (`is_file`), which can be taken out
    of its list; `is_missing` greys it, and a press then asks for that with `remove_wanted`. An `icon` stands in a
    corner of the picture.
    """

    remove_wanted = Signal()

    def __init__(
        self, holder: ThemeHolder, name: str, shows: str, takes: str = "", *, icon: str = "", is_file: bool = False
    ) -> None:
        super().__init__()
        self._holder, self._shows, self._takes, self._icon, self._is_file = holder, shows, takes, icon, is_file
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

    def picture(self) -> QImage:
        """The drawing that is shown."""
        return self._picture

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
        high = sum(
            QFontMetrics(font).boundingRect(0, 0, room, 1000, _WRAP, text).height() + _LINE
            for font, _, text in self._lines(room)
        )
        return max(PICTURE.height(), high) + 2 * _PAD

    def sizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, self.heightForWidth(LEAST_WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete and self._is_file:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._is_file:
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
            self._paint_icon(painter, "search", box.center(), 28)
        if self._icon:
            corner = QPointF(box.right() - _ICON / 2 - 2, box.bottom() - _ICON / 2 - 2)
            self._paint_icon(painter, self._icon, corner, _ICON)
        painter.restore()

    def _paint_icon(self, painter: QPainter, name: str, middle: QPointF, side: int) -> None:
        icon = assets.pixmap(name, self._holder.theme.text3, side, self.devicePixelRatioF())
        painter.drawPixmap(middle - QPointF(side / 2, side / 2), icon)

    def _paint_words(self, painter: QPainter) -> None:
        left, top, room = 2 * _PAD + PICTURE.width(), float(_PAD), self._room(self.width())
        for font, color, text in self._lines(room):
            painter.setFont(font)
            painter.setPen(color)
            high = painter.fontMetrics().boundingRect(0, 0, room, 1000, _WRAP, text).height()
            painter.drawText(QRectF(left, top, room, high), _WRAP, text)
            top += high + _LINE

    def _room(self, width: int) -> int:
        return max(40, width - 3 * _PAD - PICTURE.width())

    def _lines(self, room: int) -> list[tuple[QFont, QColor, str]]:
        """The words of the card, each with its font and colour; they wrap at the width of `room`."""
        theme = self._holder.theme
        strong, plain = theme.font(BODY, bold=True), theme.font(LABEL)
        name, shows = self.text(), self._shows
        if self._is_file:
            name = QFontMetrics(strong).elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            shows = QFontMetrics(plain).elidedText(shows, Qt.TextElideMode.ElideMiddle, room)
        pale = theme.text3
        lines = [
            (strong, pale if self.is_missing else theme.text, name),
            (plain, pale if self.is_missing else theme.text2, shows),
            (theme.font(CAPTION), pale, self._takes),
        ]
        return [line for line in lines if line[2]]


class CardGrid(QWidget):
    """Cards side by side, those in a row of one height, in as many columns as the width allows.

    Cards that are hidden take no place.
    """

    def __init__(self, least_width: int = LEAST_WIDTH) -> None:
        super().__init__()
        self.cards: tuple[Card, ...] = ()
        self._least_width = least_width

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
        """The words of a card have changed, or which of them are shown."""
        self._lay()

    def set_least_width(self, width: int) -> None:
        """No card shall be narrower, but where there is no room for one."""
        self._least_width = width
        self._lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay()

    def _lay(self) -> None:
        columns = max(1, min(_MOST_COLUMNS, (self.width() + _GAP) // (self._least_width + _GAP)))
        width = (self.width() - (columns - 1) * _GAP) // columns
        top = 0
        cards = [card for card in self.cards if not card.isHidden()]
        for start in range(0, len(cards), columns):
            row = cards[start : start + columns]
            high = max(card.heightForWidth(width) for card in row)
            for column, card in enumerate(row):
                card.setGeometry(column * (width + _GAP), top, width, high)
            top += high + _GAP
        self.setFixedHeight(max(0, top - _GAP))
