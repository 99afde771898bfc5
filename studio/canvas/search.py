"""The add-a-layer popup: type a few letters, choose with the arrows, Return places it."""

from __future__ import annotations

from typing import Final, Literal

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from studio import assets
from studio.theme import Theme

WIDTH: Final = 360
ROW: Final = 40
ROWS: Final = 8
KEY_ROLE: Final = Qt.ItemDataRole.UserRole
SPEC_ROLE: Final = Qt.ItemDataRole.UserRole + 1
Needs = Literal["any", "input", "output"]
_KEYS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SearchPopup(QFrame):
    """Offers ops that have an input (or output) port when a wire waits for one. `chosen` carries the op's key."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAutoFillBackground(True)
        self.setStyleSheet(
            f"#search_popup {{ background: {theme.panel.name()}; border: 1px solid {theme.control.name()};"
            " border-radius: 8px; }"
        )
        self.setAccessibleName(self.tr("Add a layer"))
        self.setObjectName("search_popup")
        self._catalog = catalog
        self._needs: Needs = "any"
        self._is_shut = False
        self._first: tuple[OpSpec, ...] = ()
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Search layers"))
        self.field.setAccessibleName(self.tr("Search layers"))
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Layers found"))
        self.list.setItemDelegate(_Row(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._choose)
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(8, 8, 8, 8)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        box.addWidget(self.field)
        box.addWidget(self.list)
        box.addWidget(self.nothing)
        self.setFixedWidth(WIDTH)

    def open_at(self, place: QPoint, needs: Needs = "any", first: tuple[OpSpec, ...] = ()) -> None:
        """Show the popup at a place of the screen, inside the window; `first` are offered while nothing is typed."""
        self._needs, self._first = needs, first
        self._fill("")
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        at, room = parent.mapFromGlobal(place), parent.rect()
        self.move(max(4, min(at.x(), room.right() - WIDTH - 4)), max(4, min(at.y(), room.bottom() - self.height() - 4)))
        self.show()
        self.raise_()
        self.field.setFocus()

    def offered(self) -> tuple[str, ...]:
        """What is offered, best first."""
        return tuple(str(self.list.item(row).data(KEY_ROLE)) for row in range(self.list.count()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.shut()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # what is typed here is no shortcut of the window
            return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.shut()
                return True
            if event.key() in _KEYS:
                step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS}.get(Qt.Key(event.key()), ROWS)
                count = self.list.count()
                if count:
                    self.list.setCurrentRow(min(count - 1, max(0, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
                item = self.list.currentItem()
                if item is not None:
                    self._choose(item)
                return True
        return super().eventFilter(watched, event)

    def shut(self) -> None:
        """Close without a choice."""
        if not self._is_shut and shiboken6.isValid(self):
            self._is_shut = True
            self.hide()
            self.closed.emit()
            self.deleteLater()

    def _choose(self, item: QListWidgetItem) -> None:
        key = str(item.data(KEY_ROLE))
        self.shut()
        self.chosen.emit(key)

    def _fill(self, text: str) -> None:
        found = list(self._catalog.search(text, limit=400))
        if not text.strip() and self._first:
            keys = {spec.key for spec in self._first}
            found = [*self._first, *(spec for spec in found if spec.key not in keys)]
        if self._needs == "input":
            found = [spec for spec in found if spec.inputs]
        elif self._needs == "output":
            found = [spec for spec in found if spec.outputs]
        self.list.clear()
        for spec in found[:200]:
            item = QListWidgetItem(spec.title)
            item.setData(KEY_ROLE, spec.key)
            item.setData(SPEC_ROLE, spec)
            item.setToolTip(spec.doc)
            item.setSizeHint(QSize(WIDTH - 20, ROW))
            self.list.addItem(item)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        if found:
            self.list.setCurrentRow(0)
            self.list.setFixedHeight(ROW * min(ROWS, len(found)) + 2)
        else:
            near = self._catalog.suggest(text)
            hint = self.tr(" Did you mean {0}?").replace("{0}", near) if near else ""
            self.nothing.setText(self.tr("No layer called '{0}'.").replace("{0}", text.strip()) + hint)
        self.adjustSize()


class _Row(QStyledItemDelegate):
    """Paints an op: pictogram, title with group at the right, doc line below."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bold, self._small = theme.font(13, bold=True), theme.font(11)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        spec, theme = index.data(SPEC_ROLE), self._theme
        rect = option.rect
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(rect, 6, 6)
        strong, weak = (theme.on_accent, theme.on_accent) if is_current else (theme.text, theme.text3)
        picture = assets.pixmap(spec.icon, QColor(strong), 20, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.left() + 8, rect.top() + (rect.height() - 20) // 2, picture)
        words = rect.adjusted(38, 4, -8, -4)
        painter.setFont(self._small)
        metrics = painter.fontMetrics()
        painter.setPen(weak)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, spec.group)
        doc = metrics.elidedText(spec.doc, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, doc)
        room = words.width() - metrics.horizontalAdvance(spec.group) - 8
        painter.setFont(self._bold)
        painter.setPen(strong)
        title = painter.fontMetrics().elidedText(spec.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
