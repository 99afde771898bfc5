"""A lesson on a projector: the drawing and what is watched, in large type, with one slim bar to train from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPlainTextEdit, QToolBar, QToolButton, QWidget

from studio.actions import Actions
from studio.canvas.view import Spot
from studio.canvas.widget import CanvasWidget
from studio.theme import BODY, ThemeHolder
from studio.window import MainWindow, Parts

TYPE_SCALE: Final = 1.35
_MOST_SCALE: Final = 1.8  # of the drawing
_SHARE: Final = 0.46  # of the width, for what is watched
_NAME: Final = "view.presentation"
_BUTTONS: Final = ("train.train", "train.stop", "train.step", "train.slow")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """How the window was."""

    layout: bytes
    state: Qt.WindowState
    geometry: QByteArray
    shown: tuple[bool, ...]
    is_folded: bool
    open_width: int
    widths: tuple[int, ...]
    page: str
    spot: Spot | None
    focused: QWidget | None
    selected: frozenset[str]


class Presentation(QObject):
    """Enters and leaves; leaving puts everything back as it was."""

    def __init__(
        self, window: MainWindow, parts: Parts, canvas: CanvasWidget, actions: Actions, holder: ThemeHolder
    ) -> None:
        super().__init__()
        self._window, self._parts, self._canvas = window, parts, canvas
        self._actions, self._holder = actions, holder
        self._before: _Before | None = None
        self.bar = _Bar(actions, holder)
        self.bar.hide()
        window.add_below(self.bar)
        actions[_NAME].triggered.connect(lambda on: self.enter() if on else self.leave())

    @property
    def is_on(self) -> bool:
        """Whether the lesson is on."""
        return self._before is not None

    def enter(self) -> None:
        """Leave only the drawing and what is watched."""
        if self._before is not None:
            return
        window, watch = self._window, self._window.watch_dock
        self._before = _Before(
            layout=window.kept_layout(),
            state=window.windowState(),
            geometry=window.saveGeometry(),
            shown=tuple(not widget.isHidden() for widget in self._rims()),
            is_folded=watch.is_folded,
            open_width=watch.open_width,
            widths=tuple(dock.width() for dock in window.docks()),
            page=self._parts.watch.current_key(),
            spot=self._canvas.spot(),
            focused=window.focusWidget(),
            selected=self._canvas.selection(),
        )
        for widget in self._rims():
            widget.hide()
        for dock in window.docks():
            dock.setVisible(dock is watch)
        watch.setFloating(False)
        watch.open_page("curves")
        self._holder.set_type_scale(TYPE_SCALE)
        self.bar.show()
        self._actions[_NAME].setChecked(True)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        window.showFullScreen()
        window.resizeDocks([watch], [round(window.width() * _SHARE)], Qt.Orientation.Horizontal)
        self._canvas.select(())
        self._canvas.frame_all(most=_MOST_SCALE)
        self._canvas.setFocus()

    def leave(self) -> None:
        """Put everything back."""
        before, self._before = self._before, None
        if before is None:
            return
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._actions[_NAME].setChecked(False)
        self.bar.hide()
        self._holder.set_type_scale(1.0)
        window = self._window
        window.setWindowState(before.state)
        for widget, was_shown in zip(self._rims(), before.shown, strict=True):
            widget.setVisible(was_shown)
        window.restore_layout(bytes(before.geometry.data()), before.layout, before.is_folded)
        window.watch_dock.open_width = before.open_width
        self._parts.watch.show_page(before.page)
        window.set_widths(before.widths)
        QTimer.singleShot(0, window, partial(window.set_widths, before.widths))  # hidden docks are measured by then
        if before.spot is None:
            self._canvas.frame_all()
        else:
            self._canvas.go_to(before.spot)
        self._canvas.select(before.selected)
        if before.focused is not None:
            before.focused.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leaves, once no gesture on the drawing and no field wants it."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() != Qt.Key.Key_Escape:
            return False
        is_ours = isinstance(watched, QWidget) and watched.window() is self._window
        if not is_ours or isinstance(watched, QLineEdit | QPlainTextEdit) or self._canvas.is_busy:
            return False
        self.leave()
        return True

    def _rims(self) -> tuple[QWidget, ...]:
        window = self._window
        tools = window.findChild(QToolBar, "Tools")
        assert tools is not None
        return window.menuBar(), tools, self._parts.tabs, window.statusBar()


class _Bar(QWidget):
    """Train, stop, step, slow, and the way out."""

    def __init__(self, actions: Actions, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setObjectName("PresentationBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("surface", "raised")
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        for name in _BUTTONS:
            row.addWidget(self._button(actions, name))
        row.addStretch(1)
        leave = self._dressed(QToolButton())
        leave.setText(self.tr("Leave (Esc)"))
        leave.clicked.connect(lambda: actions[_NAME].trigger())
        self.buttons[_NAME] = leave
        row.addWidget(leave)
        self._restyle()
        holder.changed.connect(self._restyle)

    def _button(self, actions: Actions, name: str) -> QToolButton:
        button = self._dressed(QToolButton())
        button.setDefaultAction(actions[name])
        self.buttons[name] = button
        return button

    @staticmethod
    def _dressed(button: QToolButton) -> QToolButton:
        button.setObjectName("Boxed")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(18, 18))
        button.setMinimumHeight(34)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _restyle(self) -> None:
        for button in self.buttons.values():
            button.setFont(self._holder.theme.font(BODY))
