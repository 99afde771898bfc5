"""A side panel's page: it scrolls, and a foot tells about the row that has the focus."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.widgets.labels import words

MARGIN = 14
_FOOT_HEIGHT = 56


class Page(QWidget):
    """Rows one below the other in `rows`, which scroll. The foot is there while it has something to tell.

    It takes room from below, so that no row moves under the pointer.
    """

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.holder = holder
        self._inner = Inner()
        self._inner.setProperty("surface", "panel")
        self.rows = QVBoxLayout(self._inner)
        self.rows.setContentsMargins(MARGIN, 12, MARGIN, 12)
        self.rows.setSpacing(0)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self._inner)
        self._foot = words("", "foot", wrap=True)
        self._foot.setFixedHeight(_FOOT_HEIGHT)
        self._foot.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._foot.hide()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.timeout.connect(self._settle_foot)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.area, 1)
        self._column.addWidget(self._foot)

    def put_under(self, widget: QWidget) -> None:
        """Put a widget between what scrolls and the foot."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def show_help(self, sentence: str) -> None:
        """Put a sentence at the foot, or nothing."""
        self._foot.setText(sentence)
        self._settle.start()

    def help_text(self) -> str:
        """The sentence at the foot."""
        return self._foot.text()

    def _settle_foot(self) -> None:
        self._foot.setVisible(bool(self._foot.text()))
        focused = self.focusWidget()
        if self._foot.text() and isinstance(focused, QLineEdit) and self._inner.isAncestorOf(focused):
            self.area.ensureWidgetVisible(focused, 0, MARGIN)


class Inner(QWidget):
    """What scrolls: as high as it needs to be at the width it has; wrapped words would count as if it were narrow."""

    def minimumSizeHint(self) -> QSize:
        layout, least = self.layout(), super().minimumSizeHint()
        if layout is None or not layout.hasHeightForWidth() or self.width() < least.width():
            return least
        return QSize(least.width(), layout.totalHeightForWidth(self.width()))


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
