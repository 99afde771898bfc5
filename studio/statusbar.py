"""The status bar: state, weights and speed at the left; data and where the work is kept at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio import assets
from studio.states import Level
from studio.theme import LABEL, Theme, ThemeHolder

HEIGHT = 24


class StatusBar(QWidget):
    """One line of words. `state_clicked` tells a click on the state."""

    state_clicked = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._state: tuple[str, str, Level] = ("", "idle", "plain")
        self.setObjectName("StatusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._sign, self.state = QLabel(), _Line()
        self.work, self.data, self.saved = _Line(), _Line(), _Line()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(6)
        layout.addWidget(self._sign)
        layout.addWidget(self.state)
        layout.addSpacing(22)
        layout.addWidget(self.work)
        layout.addStretch(1)
        layout.addWidget(self.data)
        self.saved.setContentsMargins(12, 0, 0, 0)  # not a gap of the row: nothing may be said there
        layout.addWidget(self.saved)
        self._restyle()
        holder.changed.connect(self._restyle)

    def show_state(self, text: str, icon: str, level: Level) -> None:
        """Say the state, with its icon; colour never stands alone."""
        self._state = (text, icon, level)
        theme = self._holder.theme
        color = _color(theme, level)
        self._sign.setPixmap(assets.pixmap(icon, color, 14, self.devicePixelRatioF()))
        self.state.set_words(text)
        self.state.setStyleSheet(f"color: {color.name()};")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() <= self.state.geometry().right():
            self.state_clicked.emit()

    def _restyle(self) -> None:
        theme = self._holder.theme
        for line in (self.work, self.data, self.saved):
            line.setFont(theme.font(LABEL))
            line.setStyleSheet(f"color: {theme.text2.name()};")
        self.state.setFont(theme.font(LABEL, bold=True))
        self.show_state(*self._state)


class _Line(QLabel):
    """Words that give way when the window is narrow: they are cut in the middle and stand whole in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.hide()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(0)

    @property
    def words(self) -> str:
        """The whole text."""
        return self._words

    def set_words(self, words: str) -> None:
        """Say something else."""
        if words != self._words:
            self._words = words
            self.setVisible(bool(words))
            self.updateGeometry()
            self._cut()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._words) + self.contentsMargins().left() + 4, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, self.contentsRect().width())
        self.setText(shown)
        self.setToolTip(self._words if shown != self._words else "")


def _color(theme: Theme, level: Level) -> QColor:
    colors = {"accent": theme.accent, "ok": theme.ok, "warning": theme.warning, "error": theme.error}
    return colors.get(level, theme.text2)
