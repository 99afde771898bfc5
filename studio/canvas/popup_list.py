"""A popup over the canvas with a field and the rows it finds: arrows choose, Return takes, Escape closes."""

from __future__ import annotations

from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.canvas.search_rows import ROW, WIDTH, RowPainter
from studio.theme import Theme
from studio.widgets.labels import words

ROWS: Final = 8
_STEPS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}


class PopupList(QFrame):
    """What the popups for layers and for ports share. Subclasses fill the rows and say what taking one means."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, *, title: str, prompt: str, rows: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAutoFillBackground(True)
        self.setStyleSheet(
            f"#search_popup {{ background: {theme.panel.name()}; border: 1px solid {theme.control.name()};"
            " border-radius: 8px; }"
        )
        self.setAccessibleName(title)
        self.setObjectName("search_popup")
        self._is_shut = False
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.field.textChanged.connect(self._refill)
        self.field.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.field)  # a click beside it does not shut the list
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(8, 4, 8, 4)
        self.list = QListWidget(self)
        self.list.setAccessibleName(rows)
        self.list.setItemDelegate(RowPainter(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._choose)
        self.hint = words("", "caption", wrap=True)
        self.hint.setContentsMargins(8, 2, 8, 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        for widget in (self.field, self.nothing, self.list, self.hint):
            box.addWidget(widget)
        self.setFixedWidth(WIDTH)

    def show_at(self, place: QPoint) -> None:
        """Show the popup at a place of the screen, inside the window."""
        self._refill(self.field.text())
        parent = self.parentWidget()
        assert parent is not None
        at, room = parent.mapFromGlobal(place), parent.rect()
        self.move(max(4, min(at.x(), room.right() - WIDTH - 4)), max(4, min(at.y(), room.bottom() - self.height() - 4)))
        self.show()
        self.raise_()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.shut()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # what is typed here is no shortcut of the window
            return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key == Qt.Key.Key_Escape:
                self.shut()
                return True
            if key in _STEPS:
                self._step(_STEPS[key])
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
                self._accept()
                return True
        return super().eventFilter(watched, event)

    def shut(self) -> None:
        """Close without a choice."""
        if not self._is_shut and shiboken6.isValid(self):
            self._is_shut = True
            self.hide()
            self.closed.emit()
            self.deleteLater()

    def _step(self, by: int) -> None:
        count = self.list.count()
        if count:
            self.list.setCurrentRow(min(count - 1, max(0, self.list.currentRow() + by)))

    def _accept(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._choose(item)

    def _choose(self, item: QListWidgetItem) -> None:
        raise NotImplementedError

    def _fill(self, text: str) -> None:
        """Put the rows for what was typed into the list, and words into `nothing` and `hint`."""
        raise NotImplementedError

    def _refill(self, text: str) -> None:
        self.list.clear()
        self._fill(text.strip())
        count = self.list.count()
        self.list.setVisible(count > 0)
        if count:
            self.list.setFixedHeight(ROW * min(ROWS, count) + 2)
        self.nothing.setVisible(bool(self.nothing.text()))
        self.hint.setVisible(bool(self.hint.text()))
        self.adjustSize()
