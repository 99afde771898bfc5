"""The rows of the palette: headings and layers, how they are drawn, their star and their tooltip."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Sequence
from html import escape
from typing import Final

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QMimeData,
    QModelIndex,
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QHelpEvent, QPainter, QPen, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from graph.ops.spec import OpSpec
from studio import assets
from studio.panels.palette_groups import Heading, PaletteRow, Rest
from studio.style import blend
from studio.theme import BODY, CAPTION, RADIUS_CHIP, RADIUS_CONTROL, Theme, ThemeHolder

OP_MIME: Final = "application/x-layerloom-op"
ROW_HEIGHT: Final = 28
PICTOGRAM: Final = (96, 54)
KEY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
GROUP_ROLE: Final = Qt.ItemDataRole.UserRole + 5
REST_ROLE: Final = Qt.ItemDataRole.UserRole + 6
_HEADING_HEIGHT: Final = 30
_ICON: Final = 20
_STAR: Final = 16
_ICON_ROLE: Final = Qt.ItemDataRole.UserRole + 2
_DOC_ROLE: Final = Qt.ItemDataRole.UserRole + 3
_TARGET_ROLE: Final = Qt.ItemDataRole.UserRole + 4
_OPEN_ROLE: Final = Qt.ItemDataRole.UserRole + 7
_CHEVRON: Final = 12


class PaletteRows(QStandardItemModel):
    """Headings and ops; an op is dragged as its key."""

    def mimeTypes(self) -> list[str]:
        return [OP_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        keys = [str(index.data(KEY_ROLE)) for index in indexes if index.data(KEY_ROLE)]
        if keys:
            data.setData(OP_MIME, keys[0].encode())
        return data

    def fill(self, rows: Sequence[PaletteRow]) -> None:
        """Show these rows."""
        self.clear()
        for row in rows:
            self.appendRow(_op_item(row) if isinstance(row, OpSpec) else _group_item(row))

    def row_of(self, group: str, *, rest: bool = False) -> QModelIndex | None:
        """The row of a group's heading, or of what stands for its rare layers."""
        rows = (self.index(row, 0) for row in range(self.rowCount()))
        return next((row for row in rows if row.data(GROUP_ROLE) == group and bool(row.data(REST_ROLE)) == rest), None)


def _group_item(row: Heading | Rest) -> QStandardItem:
    """A heading, or the row that brings the rare layers of a group; both fold, but for headings of no group."""
    folds = "Palette", "{0}, open" if row.is_open else "{0}, folded, {1} layers"
    if isinstance(row, Heading):
        item = QStandardItem(row.title)
        spoken = QCoreApplication.translate(*folds) if row.is_open is not None else "{0}"
    else:
        fewer, more = QCoreApplication.translate("Palette", "Fewer"), QCoreApplication.translate("Palette", "{1} more")
        item = QStandardItem((fewer if row.is_open else more).replace("{1}", str(row.count)))
        spoken = item.text()
    item.setData(spoken.replace("{0}", item.text()).replace("{1}", str(row.count)), Qt.ItemDataRole.AccessibleTextRole)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    if row.is_open is not None:
        item.setData(row.title if isinstance(row, Heading) else row.group, GROUP_ROLE)
        item.setData(isinstance(row, Rest), REST_ROLE)
        item.setData(row.is_open, _OPEN_ROLE)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item


def _op_item(spec: OpSpec) -> QStandardItem:
    item = QStandardItem(spec.title)
    item.setData(spec.key, KEY_ROLE)
    item.setData(spec.icon, _ICON_ROLE)
    item.setData(spec.doc, _DOC_ROLE)
    item.setData(spec.target, _TARGET_ROLE)
    item.setData(f"{spec.title}: {spec.doc}", Qt.ItemDataRole.AccessibleTextRole)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


def star_box(row: QRect) -> QRect:
    """Where the star of a row is, and can be hit."""
    return QRect(row.right() - 32, row.top() + 2, 26, row.height() - 4)


class RowPainter(QStyledItemDelegate):
    """Draws headings of 11 px and rows of 28: pictogram, title and, under the pointer or when set, a star."""

    def __init__(self, holder: ThemeHolder, parent: QObject) -> None:
        super().__init__(parent)
        self._holder = holder
        self.favourites: Collection[str] = ()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]  # persistent
        is_heading = not index.data(KEY_ROLE) and index.data(GROUP_ROLE) is None
        return QSize(100, _HEADING_HEIGHT if is_heading else ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        theme = self._holder.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        is_under = bool(state & QStyle.StateFlag.State_MouseOver) and bool(state & QStyle.StateFlag.State_Enabled)
        if is_chosen or is_under:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(blend(theme.panel, theme.accent, 0.16) if is_chosen else theme.raised)
            painter.drawRoundedRect(QRectF(rect).adjusted(6, 1, -6, -1), RADIUS_CHIP, RADIUS_CHIP)
        ratio = _ratio(painter)
        if not index.data(KEY_ROLE):
            self._paint_group(painter, rect, index, ratio)
            painter.restore()
            return
        picture = assets.pixmap(str(index.data(_ICON_ROLE)), theme.text if is_chosen else theme.text2, _ICON, ratio)
        painter.drawPixmap(rect.left() + 14, rect.top() + (ROW_HEIGHT - _ICON) // 2, picture)
        is_favourite = index.data(KEY_ROLE) in self.favourites
        room = 34 if is_favourite or is_under else 10
        if room > 10:
            corner = star_box(rect).center() - QRect(0, 0, _STAR, _STAR).center()
            color = theme.accent if is_favourite else theme.text3
            painter.drawPixmap(corner, assets.pixmap("star", color, _STAR, ratio))
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.text)
        box = rect.adjusted(14 + _ICON + 8, 0, -room, 0)
        title = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.restore()

    def _paint_group(self, painter: QPainter, rect: QRect, index: QModelIndex, ratio: float) -> None:
        theme, folds, is_rest = self._holder.theme, index.data(GROUP_ROLE) is not None, bool(index.data(REST_ROLE))
        painter.setFont(theme.font(CAPTION, bold=not is_rest))
        painter.setPen(theme.text3 if is_rest else theme.text2)
        words_box, place = rect.adjusted(14, 0, -8, -5), Qt.AlignmentFlag.AlignBottom
        if folds:
            is_open = bool(index.data(_OPEN_ROLE))
            name = ("chevron-up" if is_rest else "chevron-down") if is_open else "chevron-right"
            name = "chevron-down" if is_rest and not is_open else name
            left = rect.left() + (14 + _ICON - _CHEVRON if is_rest else 12)
            picture = assets.pixmap(name, theme.text3, _CHEVRON, ratio)
            painter.drawPixmap(left, rect.top() + (rect.height() - _CHEVRON) // 2, picture)
            words_box, place = rect.adjusted(42 if is_rest else 30, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words_box, int(place), str(index.data()))

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex,  # type: ignore[override]  # persistent
    ) -> bool:
        if not index.data(KEY_ROLE):
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), self.tooltip(index, view.devicePixelRatioF()), view)
        return True

    def tooltip(self, index: QModelIndex, ratio: float) -> str:
        """What a layer does: its pictogram in the flow, one sentence, and its name in torch."""
        picture = pictogram(str(index.data(_ICON_ROLE)), self._holder.theme, ratio)
        width, height = PICTOGRAM
        return (
            f"<img src='data:image/png;base64,{_base64(picture)}' width='{width}' height='{height}'/>"
            f"<p style='margin:4px 0'>{escape(str(index.data(_DOC_ROLE)))}</p>"
            f"<code>{escape(str(index.data(_TARGET_ROLE)))}</code>"
        )


def pictogram(icon: str, theme: Theme, ratio: float) -> QPixmap:
    """An op's pictogram of 96x54, with what comes in at its left and what goes out at its right."""
    width, height = PICTOGRAM
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.raised)
    painter.drawRoundedRect(QRectF(0, 0, width, height), RADIUS_CONTROL, RADIUS_CONTROL)
    size, middle = 36, height / 2
    left = (width - size) / 2
    painter.setPen(QPen(theme.control, 2))
    painter.drawLine(0, round(middle), round(left) - 6, round(middle))
    painter.drawLine(round(left) + size + 6, round(middle), width, round(middle))
    painter.drawPixmap(round(left), round(middle - size / 2), assets.pixmap(icon, theme.text, size, ratio))
    painter.end()
    return picture


def _base64(picture: QPixmap) -> str:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return b64encode(bytes(data.data())).decode()


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0
