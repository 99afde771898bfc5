"""What an untouched window offers: choose data, or open an example; it goes away with the first stroke."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from studio.document import Document
from studio.widgets.labels import words

_ABOVE = 64  # from the middle of the canvas, where the guide stands


class Welcome(QWidget):
    """Stands on the canvas above the guide while the project is empty."""

    def __init__(self, document: Document, canvas: QWidget, examples: QMenu, choose: Callable[[], object]) -> None:
        super().__init__(canvas)
        self._document, self._canvas = document, canvas
        self.data = QPushButton(self.tr("Choose data…"))
        self.data.setProperty("primary", True)
        self.data.setToolTip(self.tr("Digits, flowers, spirals, waves, or your own file."))
        self.data.clicked.connect(choose)
        self.example = QPushButton(self.tr("Open an example"))
        self.example.setToolTip(self.tr("A finished drawing that trains in seconds."))
        self.example.setMenu(examples)
        for button in (self.data, self.example):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.ArrowCursor)
        buttons, column = QHBoxLayout(), QVBoxLayout(self)
        buttons.setSpacing(8)
        buttons.addWidget(self.data)
        buttons.addWidget(self.example)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(words(self.tr("What should it learn from?"), "title"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        canvas.installEventFilter(self)
        document.changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Come or go, as the project is empty or not."""
        project = self._document.project
        is_empty = not project.data.get("source") and not any(net.nodes() for net in project.networks.values())
        self.setVisible(is_empty)
        if is_empty:
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        self.adjustSize()
        room = self._canvas.rect()
        self.move(
            (room.width() - self.width()) // 2,
            max(16, room.height() // 2 - _ABOVE - self.height()),
        )
