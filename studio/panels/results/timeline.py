"""The epochs of which answers were kept, on a slider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QWidget

from studio.style import set_look
from studio.widgets.labels import words

_NARROWEST: Final = 48


class EpochSlider(QWidget):
    """`epoch_chosen` when it is moved, `newest_wanted` when the newest, or what was kept, is asked for again.

    After the end its last place stands for the weights that were kept.
    """

    epoch_chosen = Signal(int)
    newest_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._epochs: tuple[int, ...] = ()
        self._planned = 0
        self._kept: int | None = None
        self._at: int | None = None
        self._is_newest = True
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumWidth(_NARROWEST)
        self.slider.setAccessibleName(self.tr("Epoch of the results"))
        self.slider.setToolTip(self.tr("The answers after another epoch"))
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderReleased.connect(self._show_back)
        self.label = words("", "caption")
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.back = QPushButton()
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_look(self.back, "chip", True)
        self.back.clicked.connect(self.newest_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addStrut(self.back.sizeHint().height())  # what stands below stays where it is when the button comes
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        row.addWidget(self.back)
        self.set_epochs((), planned=0, kept=None)

    def set_epochs(self, epochs: Sequence[int], *, planned: int, kept: int | None) -> None:
        """Offer these epochs, of so many planned; `kept` is the epoch of the kept weights after the end."""
        self._epochs, self._planned, self._kept = tuple(epochs), planned, kept
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self._epochs) - (kept is None)))
        self.slider.blockSignals(False)
        self.back.setText(self.back_words())
        self.slider.setVisible(len(self._epochs) + (kept is not None) > 1)
        self.setVisible(bool(self._epochs) or kept is not None)
        self.show_epoch(self._at)

    def show_epoch(self, epoch: int | None, *, newest: bool = True) -> None:
        """Stand at an epoch; None is what was kept. Nobody is told. `newest`: it goes on with the run by itself."""
        self._at = epoch
        place = len(self._epochs) if epoch is None else _nearest(self._epochs, epoch)
        self.slider.blockSignals(True)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        self.label.setText(self._words())
        metrics = self.label.fontMetrics()
        self.label.setMinimumWidth(max(map(metrics.horizontalAdvance, (self._widest(), self._words()))) + 2)
        self._is_newest = newest
        if not self.slider.isSliderDown():  # it takes room: the slider must not shrink under the hand
            self._show_back()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:  # words may be larger once the label has taken its style
            QTimer.singleShot(0, self, lambda: self.show_epoch(self._at, newest=self._is_newest))

    def back_words(self) -> str:
        """What is said of the way back to the newest, or to what was kept."""
        return self.tr("Now") if self._kept is None else self.tr("Kept")

    def epochs(self) -> tuple[int, ...]:
        """The epochs that can be chosen."""
        return self._epochs

    def _show_back(self) -> None:
        self.back.setVisible(not self._is_newest)

    def _on_moved(self, place: int) -> None:
        if place >= len(self._epochs):
            self.newest_wanted.emit()
        else:
            self.epoch_chosen.emit(self._epochs[place])

    def _words(self) -> str:
        if self._at is None:
            return self.tr("kept, epoch {:,}").format(self._kept) if self._kept else ""
        return self.tr("epoch {:,}").format(self._at)  # of how many stands in the status bar; tabs need the room

    def _widest(self) -> str:
        most = max(self._planned, *self._epochs, 0) if self._epochs else self._planned
        return self.tr("epoch {:,}").format(most)


def _nearest(epochs: Sequence[int], epoch: int) -> int:
    """The place of the epoch that is nearest."""
    return min(range(len(epochs)), key=lambda place: abs(epochs[place] - epoch), default=0)
