"""Says above curves and results that they are of a drawing before the changes, and makes them pale."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_WASH = 0.55
_LEAST_HEIGHT = 240


class StaleNote(QWidget):
    """A sentence with two ways on: `restore_wanted` and `again_wanted`."""

    restore_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._veil: _Veil | None = None
        self.setObjectName("StaleNote")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sentence = words("", "label", wrap=True)
        self.restore = QPushButton(self.tr("Restore"))
        self.restore.setToolTip(
            self.tr("Bring back the drawing and settings that this run trained; Undo takes it back.")
        )
        self.restore.clicked.connect(self.restore_wanted)
        self.again = QPushButton(self.tr("Train again"))
        self.again.clicked.connect(self.again_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.restore, self.again):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(self.sentence)
        nest(layout, buttons)
        self.hide()
        self._restyle()
        holder.changed.connect(self._restyle)

    def pales(self, body: QWidget) -> None:
        """Name the widget that is pale while the note is shown."""
        self._veil = _Veil(body, self._holder)
        body.setMinimumHeight(_LEAST_HEIGHT)  # it gives the note its room, else the window would grow

    def say(self, differences: str, *, may_train: bool) -> None:
        """Say what was changed since; nothing takes the note away."""
        text = self.tr("These results are of the drawing before your changes: {}.").format(differences)
        self.sentence.setText(text if differences else "")
        self.again.setEnabled(may_train)
        self.setVisible(bool(differences))
        if self._veil is not None:
            self._veil.setVisible(bool(differences))
            self._veil.raise_()

    def _restyle(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(
            f"#StaleNote {{ background: {theme.raised.name()}; border-left: 3px solid {theme.accent.name()}; }}"
        )


class _Veil(QWidget):
    """Lies over a widget as a thin wash of the ground's colour, and lets the mouse through.

    An opacity effect of Qt would be less to write, but paints the plots black.
    """

    def __init__(self, body: QWidget, holder: ThemeHolder) -> None:
        super().__init__(body)
        self._holder = holder
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(body.rect())
        self.hide()
        body.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        color = QColor(self._holder.theme.panel)
        color.setAlphaF(_WASH)
        QPainter(self).fillRect(self.rect(), color)
