"""The bar above the curves: what x counts, how much is smoothed, and a menu of more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from studio.curves.history import AXES, Axis

Command = tuple[str, Callable[[], object]]
"""A name in the menu and what it does."""

_SMOOTHING = 60
_MOST_SMOOTHING = 99
_SLIDER_WIDTH = 96


class CurvesBar(QWidget):
    """Chooses how curves are shown; `menu` is also the context menu of the plots."""

    axis_chosen = Signal(str)
    smoothing_changed = Signal()
    previous_toggled = Signal(bool)
    plot_wanted = Signal(str)

    def __init__(
        self,
        commands: Sequence[Command | None],
        more_plots: Callable[[], dict[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """`commands` are further lines of the menu, None a rule between them; `more_plots` is what can be added."""
        super().__init__(parent)
        self._more_plots = more_plots
        self._axis_menu = QMenu(self)
        self._axis_actions: dict[str, QAction] = {}
        self.axis_button = QToolButton(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.menu = self._make_menu(commands)
        self._fill_axes()
        self._lay_out()

    @property
    def smoothing(self) -> float:
        """What a point of the smoothed line keeps of the one before, 0 to 0.99."""
        return self.slider.value() / 100

    def set_smoothing(self, weight: float) -> None:
        """Move the slider."""
        self.slider.setValue(round(weight * 100))

    def show_axis(self, axis: Axis) -> None:
        """Say what x counts."""
        self._axis_actions[axis].setChecked(True)
        self.axis_button.setText(self.tr(axis))

    def show_previous(self, on: bool) -> None:
        """Say whether the previous run is shown, without telling anyone."""
        self._previous.blockSignals(True)
        self._previous.setChecked(on)
        self._previous.blockSignals(False)

    def _make_menu(self, commands: Sequence[Command | None]) -> QMenu:
        menu = QMenu(self)
        self._plot_menu = menu.addMenu(self.tr("Add a plot"))
        self._plot_menu.addAction("")  # an empty menu would not open
        self._plot_menu.aboutToShow.connect(self._fill_plot_menu)
        previous = menu.addAction(self.tr("Show the previous run behind"))
        previous.setCheckable(True)
        previous.setChecked(True)
        self._previous = previous
        previous.toggled.connect(self.previous_toggled)
        for command in commands:
            if command is None:
                menu.addSeparator()
            else:
                menu.addAction(*command)
        return menu

    def _fill_axes(self) -> None:
        group = QActionGroup(self)
        for axis in AXES:
            action = self._axis_menu.addAction(self.tr(axis))
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, axis=axis: self.axis_chosen.emit(axis))
            group.addAction(action)
            self._axis_actions[axis] = action
        self.show_axis(AXES[0])

    def _fill_plot_menu(self) -> None:
        self._plot_menu.clear()
        found = self._more_plots()
        for quantity, title in found.items():
            action = self._plot_menu.addAction(title)
            action.triggered.connect(lambda _=False, quantity=quantity: self.plot_wanted.emit(quantity))
        if not found:
            self._plot_menu.addAction(self.tr("Nothing else was measured yet")).setEnabled(False)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 8, 0)  # its words then stand over the titles
        row.setSpacing(6)
        self.axis_button.setToolTip(self.tr("What x counts (X)"))
        self.axis_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.axis_button.setMenu(self._axis_menu)
        word = QLabel(self.tr("Smoothing"), self)
        word.setProperty("role", "caption")
        self.slider.setRange(0, _MOST_SMOOTHING)
        self.slider.setValue(_SMOOTHING)
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self.slider.setAccessibleName(self.tr("Smoothing"))
        self.slider.setToolTip(self.tr("Smooths the training line; validation stays as measured ([ and ])"))
        self.slider.valueChanged.connect(self.smoothing_changed)
        more = QToolButton(self)
        more.setText("…")
        more.setAccessibleName(self.tr("More"))
        more.setToolTip(self.tr("More plots, and ways to take the curves along"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self.menu)
        row.addWidget(self.axis_button)
        row.addStretch(1)
        row.addWidget(word)
        row.addWidget(self.slider)
        row.addWidget(more)
