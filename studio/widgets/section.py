"""A part of a panel under a heading that folds; folded, the heading tells the state of what it hides."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from studio import assets
from studio.theme import LABEL, RADIUS_CHIP, ThemeHolder

_HEIGHT = 32
_ARROW = 12


class SectionHeader(QAbstractButton):
    """The heading: an arrow, the title and, while folded, the state at its right. Checked means open."""

    def __init__(self, holder: ThemeHolder, title: str, *, quiet: bool = False) -> None:
        super().__init__()
        self._holder, self._state, self._quiet = holder, "", quiet
        self.setText(title)
        self.setCheckable(True)
        self.setFixedHeight(_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def tell(self, state: str) -> None:
        """The state told while folded, such as `none` of "Schedule: none"."""
        self._state = state
        self.setAccessibleDescription(state)
        self.update()

    def state(self) -> str:
        """What is told while folded."""
        return self._state

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = theme.text if self.underMouse() else theme.text2
        arrow = assets.pixmap(
            "chevron-down" if self.isChecked() else "chevron-right", color, _ARROW, self.devicePixelRatioF()
        )
        painter.drawPixmap(0, (self.height() - _ARROW) // 2, arrow)
        box = QRectF(self.rect()).adjusted(_ARROW + 6, 0, 0, 0)
        title = self.text() if self.isChecked() or not self._state else f"{self.text()}:"
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(LABEL, bold=not self._quiet))
        painter.setPen(color if self._quiet else theme.text)
        painter.drawText(box, int(middle), title)
        if not self.isChecked() and self._state:
            box.adjust(painter.fontMetrics().horizontalAdvance(title) + 6, 0, 0, 0)
            painter.setFont(theme.font(LABEL))
            painter.setPen(theme.text2)
            state = painter.fontMetrics().elidedText(self._state, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(box, int(middle), state)
        if self.hasFocus():
            painter.setPen(theme.accent)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 3.5, -0.5, -3.5), RADIUS_CHIP, RADIUS_CHIP)


class Section(QWidget):
    """A heading and, below it, what it folds away; a `quiet` one stands inside another section."""

    def __init__(self, holder: ThemeHolder, title: str, *, is_open: bool = True, quiet: bool = False) -> None:
        super().__init__()
        self.header = SectionHeader(holder, title, quiet=quiet)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, 8)
        self.rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body)
        self.header.toggled.connect(self.body.setVisible)
        self.header.setChecked(is_open)
        self.body.setVisible(is_open)

    def is_open(self) -> bool:
        """Whether what is below the heading shows."""
        return self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold."""
        self.header.setChecked(is_open)

    def add(self, widget: QWidget) -> None:
        """Put a row at the end."""
        self.rows.addWidget(widget)
