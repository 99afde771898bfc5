"""What the app and the run have said: messages, and what the processes print."""

from __future__ import annotations

import time

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout

from studio.theme import LABEL, ThemeHolder
from studio.widgets.empty import EmptyState

MAX_LINES = 5000


class LogPanel(QPlainTextEdit):
    """A list of lines that grows, and lets the oldest go."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setReadOnly(True)
        self.setMaximumBlockCount(MAX_LINES)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        sentence = self.tr("What the app and the runs say is kept here.")
        self.empty = EmptyState(holder, "log", sentence)
        layout = QVBoxLayout(self.viewport())
        layout.addWidget(self.empty)
        self._restyle()
        holder.changed.connect(self._restyle)

    def add(self, text: str, level: str = "info") -> None:
        """Add a message of the app with the time; `level` is info, warning or error."""
        theme = self._holder.theme
        color = {"warning": theme.warning, "error": theme.error}.get(level, theme.text)
        self._append(f"{time.strftime('%H:%M:%S')}  {text}\n", color)

    def add_output(self, text: str) -> None:
        """Add what a process printed."""
        self._append(text, self._holder.theme.text2)

    def _append(self, text: str, color: QColor) -> None:
        self.empty.hide()
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        shape = QTextCharFormat()
        shape.setForeground(color)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, shape)
        if at_end:
            bar.setValue(bar.maximum())

    def _restyle(self) -> None:
        theme = self._holder.theme
        self.setFont(theme.font(LABEL, mono=True))
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.panel.name()}; color: {theme.text.name()}; border: none;"
            " padding: 8px 12px; }"
        )
