"""Words on a panel: in one of the theme's roles, shortened, or a sentence with an icon."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.icons import IconView


def words(text: str = "", role: str = "body", *, wrap: bool = False) -> QLabel:
    """A plain label in a role of the stylesheet: title, heading, strong, label, caption, problem, ..."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    if wrap:
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        label.setMinimumWidth(1)
    return label


class ElidedLabel(QLabel):
    """A line that is shortened where there is no room, in the middle or at its end; the tooltip then has all of it."""

    def __init__(self, text: str = "", role: str = "body", *, at_end: bool = False) -> None:
        super().__init__(text)
        self._mode = Qt.TextElideMode.ElideRight if at_end else Qt.TextElideMode.ElideMiddle
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setMinimumWidth(20)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._explain()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        painter.drawText(self.contentsRect(), int(self.alignment()), self._shown())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def _shown(self) -> str:
        return self.fontMetrics().elidedText(self.text(), self._mode, max(0, self.contentsRect().width()))

    def _explain(self) -> None:
        self.setToolTip(self.text() if self._shown() != self.text() else "")


class Sentence(QWidget):
    """An icon and a wrapped sentence under a field or a section; hidden while there is nothing to say."""

    def __init__(self, holder: ThemeHolder, role: str = "problem", icon: str = "error", token: str = "error") -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(6)
        self._icon = IconView(holder, icon, 16, token)
        self._words = words("", role, wrap=True)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.hide()

    def say(self, text: str, severity: str = "") -> None:
        """Show a sentence, or nothing when it is empty; `severity` is error, warning or info."""
        if severity:
            role = {"error": "problem", "warning": "warning"}.get(severity, "caption")
            set_look(self._words, "role", role)
            self._icon.show_icon(severity, {"error": "error", "warning": "warning"}.get(severity, "text3"))
        self._words.setText(text)
        self.setVisible(bool(text))

    def text(self) -> str:
        """What is said now."""
        return self._words.text()
