"""The small panel at a badge: what is wrong, and buttons that mend it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from graph.problems import Problem
from studio.theme import Theme
from studio.widgets.layouts import nest

WIDTH = 320


class Popover(QFrame):
    """Says each problem in its sentence; `fix_chosen` carries the Fix whose button was pressed."""

    fix_chosen = Signal(object)

    def __init__(self, problems: Sequence[Problem], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popover")
        self.setAccessibleName(self.tr("Problem"))
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setProperty("surface", "panel")
        self.setStyleSheet(
            f"#popover {{ background: {theme.panel.name()}; border: 1px solid {theme.control.name()};"
            " border-radius: 8px; }"
        )
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.text)
        self.setPalette(palette)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 10)
        box.setSpacing(8)
        for problem in problems:
            sentence = QLabel(problem.message, self)
            sentence.setTextFormat(Qt.TextFormat.PlainText)
            sentence.setWordWrap(True)
            sentence.setFont(theme.font(12))
            sentence.ensurePolished()
            width = WIDTH - 24
            sentence.setFixedSize(width, sentence.heightForWidth(width))  # not what the frame's width would take
            box.addWidget(sentence)
            if not problem.fixes:
                continue
            row = QHBoxLayout()
            for fix in problem.fixes:
                button = QPushButton(fix.label, self)
                button.clicked.connect(lambda _checked=False, fix=fix: self.fix_chosen.emit(fix))
                row.addWidget(button)
            row.addStretch(1)
            nest(box, row)

    def open_at(self, place: QPoint) -> None:
        """Show the popover near a point of its parent, inside of it."""
        self.adjustSize()
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else self.rect()
        x = max(4, min(place.x(), room.right() - self.width() - 4))
        y = max(4, min(place.y(), room.bottom() - self.height() - 4))
        self.move(x, y)
        self.show()
        self.raise_()
