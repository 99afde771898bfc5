"""What a panel shows while it has nothing to show: an icon, one sentence, and a button where there is a way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.widgets.icons import IconView
from studio.widgets.labels import words

ICON = 32


class EmptyState(QWidget):
    """Stands in the middle of its panel. `pressed` when the button is."""

    pressed = Signal()

    def __init__(
        self, holder: ThemeHolder, icon: str, sentence: str, button: str = "", *, token: str = "text3"
    ) -> None:
        super().__init__()
        self.sentence = words(sentence, "label", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = QPushButton(button)
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(IconView(holder, icon, ICON, token), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.button.setVisible(bool(button))
        column.addStretch(1)
