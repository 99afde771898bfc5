"""Choosing what to learn from: three tiles while nothing is chosen, a grouped list afterwards."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from runtime.sources import SOURCES, SourceSpec
from studio import assets
from studio.style import blend
from studio.theme import BODY, CAPTION, RADIUS_NODE, ThemeHolder
from studio.widgets.fields import Combo
from studio.widgets.labels import words

GROUPS: Final = (
    ("ready", "Ready-made", "Small classics, here in the app.", "ready-made"),
    ("own", "Your file or folder", "A table, pictures in a folder, or arrays.", "folder"),
    ("made", "Made up", "Moons, spirals, waves and more.", "made-up"),
)


class Tile(QAbstractButton):
    """A button with a pictogram, a title and a line below it."""

    def __init__(self, holder: ThemeHolder, icon: str, title: str, doc: str, *, height: int, icon_size: int) -> None:
        super().__init__()
        self._holder, self._icon, self._doc, self._icon_size = holder, icon, doc, icon_size
        self.setText(title)
        self.setAccessibleDescription(doc)
        self.setToolTip(doc)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_near = self.underMouse() or self.isDown()
        ground = blend(theme.panel, theme.accent, 0.16) if self.isChecked() else theme.panel
        painter.setBrush(theme.raised if is_near and not self.isChecked() else ground)
        painter.setPen(
            theme.accent if self.hasFocus() or self.isChecked() else theme.control if is_near else theme.line
        )
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_NODE, RADIUS_NODE)
        if self.hasFocus():
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), RADIUS_NODE, RADIUS_NODE)
        size = self._icon_size
        color = theme.accent if self.isChecked() else theme.text2
        picture = assets.pixmap(self._icon, color, size, self.devicePixelRatioF())
        painter.drawPixmap(14, (self.height() - size) // 2, picture)
        left = 14 + size + 14
        half = self.height() / 2
        room = self.width() - left - 10
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(theme.font(BODY, bold=True))
        painter.setPen(theme.text)
        title = painter.fontMetrics().elidedText(self.text(), elide, room)
        painter.drawText(QRectF(left, half - 19, room, 18), int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text2)
        doc = painter.fontMetrics().elidedText(self._doc, elide, room)
        painter.drawText(QRectF(left, half + 1, room, 16), int(Qt.AlignmentFlag.AlignVCenter), doc)


class SourceTiles(QWidget):
    """Three tiles; the one that is pressed shows its sources below. `chosen` carries a source's key."""

    chosen = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.tiles: dict[str, Tile] = {}
        self.sources: dict[str, Tile] = {}
        self._parts: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        question = words(self.tr("What should it learn from?"), "title", wrap=True)
        question.setContentsMargins(0, 0, 0, 6)
        column.addWidget(question)
        for group, title, doc, icon in GROUPS:
            tile = Tile(holder, icon, self.tr(title), self.tr(doc), height=72, icon_size=28)
            tile.setCheckable(True)
            part = self._part(holder, group)
            part.setVisible(False)
            tile.clicked.connect(lambda _=False, group=group: self._open(group))
            self.tiles[group], self._parts[group] = tile, part
            column.addWidget(tile)
            column.addWidget(part)

    def _part(self, holder: ThemeHolder, group: str) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(12, 0, 0, 4)
        column.setSpacing(4)
        for spec in SOURCES.values():
            if spec.group == group:
                tile = Tile(holder, spec.pictogram, spec.title, spec.doc, height=48, icon_size=20)
                tile.clicked.connect(lambda _=False, key=spec.key: self.chosen.emit(key))
                self.sources[spec.key] = tile
                column.addWidget(tile)
        return part

    def _open(self, group: str) -> None:
        for key, part in self._parts.items():
            is_open = key == group and self.tiles[key].isChecked()
            self.tiles[key].setChecked(is_open)
            part.setVisible(is_open)


class SourceCombo(Combo):
    """All sources under the headings of their groups. `chosen` carries a source's key."""

    chosen = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        model = QStandardItemModel(self)
        for group, title, _, _ in GROUPS:
            heading = QStandardItem(self.tr(title))
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            heading.setFont(holder.theme.font(CAPTION, bold=True))
            model.appendRow(heading)
            for spec in SOURCES.values():
                if spec.group == group:
                    model.appendRow(_item(spec))
        self.setModel(model)
        self.setMaxVisibleItems(24)
        self.setAccessibleName(self.tr("Data"))
        self.activated.connect(self._on_activated)

    def show_source(self, key: str) -> None:
        """Show which source is chosen."""
        self.setCurrentIndex(self.findData(key))

    def _on_activated(self, index: int) -> None:
        key = self.itemData(index)
        if key:
            self.chosen.emit(str(key))


def _item(spec: SourceSpec) -> QStandardItem:
    item = QStandardItem(spec.title)
    item.setData(spec.key, Qt.ItemDataRole.UserRole)
    item.setToolTip(spec.doc)
    return item
