"""Draw again: what the drawing of a training step shows, by the trained networks and with any seed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from runtime.again_protocol import MOST_DRAWN, MOST_SEED, AgainAnswer
from runtime.shown_media import MOST_PICTURES
from studio.panels.results.shown import ShownView
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

_SEED_WIDTH = 96  # ten digits
_SAMPLES_WIDTH = 104
_AIR = 4


class AgainPage(QWidget):
    """`draw_wanted` carries the seed and how many samples, 0: as many as in training.

    It asks by itself when it is seen first, and when there are new weights. `leave_given`: the person agrees that the
    data of the run are read.
    """

    draw_wanted = Signal(int, int)
    leave_given = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._is_old = False  # what is shown is not of the newest weights
        self.draw = QPushButton(self.tr("Draw again"))
        self.draw.setToolTip(self.tr("New samples and new noise, with the next seed"))
        self.draw.clicked.connect(self._on_draw)
        self.seed = self._spin(self.tr("Seed"), MOST_SEED, _SEED_WIDTH)
        self.seed.setToolTip(self.tr("The same seed draws the same"))
        self.samples = self._spin(self.tr("Samples"), MOST_DRAWN, _SAMPLES_WIDTH)
        self.samples.setSpecialValueText(self.tr("as in training"))
        self.samples.setGroupSeparatorShown(True)
        some = self.tr("How many are drawn: 1 to {:,}, or as many as while it trained.").format(MOST_DRAWN)
        most = self.tr("No more than there are to look at, and at most {:,} pictures.").format(MOST_PICTURES)
        self.samples.setToolTip(f"{some} {most}")
        self.note = Sentence(holder)
        self.leave = QPushButton(self.tr("Read it"))
        self.leave.clicked.connect(self.leave_given)
        self.leave.hide()
        self.weights = words("", "caption")
        self.view = ShownView(holder)
        line = QHBoxLayout()
        line.setContentsMargins(14, 8, 14, 4)
        line.setSpacing(8)
        line.addWidget(self.draw)
        for spin in (self.seed, self.samples):
            line.addWidget(words(spin.accessibleName(), "label"))
            line.addWidget(spin)
        line.addStretch(1)
        by = QHBoxLayout()
        by.setContentsMargins(14, 0, 14, 0)
        by.addWidget(self.weights)
        told = QHBoxLayout()
        told.setContentsMargins(14, 0, 14, 0)
        told.setSpacing(8)
        told.addWidget(self.note, 1)
        told.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        nest(column, line)
        nest(column, by)
        nest(column, told)
        column.addWidget(self.view, 1)

    def begin(self, seed: int) -> None:
        """Another run is followed: what was drawn of the one before goes."""
        self.view.clear()
        self.weights.setText("")
        self.note.say("")
        self.leave.hide()
        self.seed.blockSignals(True)
        self.seed.setValue(min(max(seed, 0), MOST_SEED))
        self.seed.blockSignals(False)
        self.refresh()

    def refresh(self) -> None:
        """Draw with the seed that is set: it changed, or the weights did. What is not seen is not drawn."""
        self._is_old = True
        if self.isVisible():
            self._ask()

    def ask_leave(self, text: str) -> None:
        """Say what must be read before anything can be drawn."""
        self.note.say(text, "warning")
        self.leave.show()
        self.weights.setText("")

    def show_answer(self, answer: AgainAnswer) -> None:
        """Show what was drawn, or the sentence that says why nothing was."""
        self.leave.hide()
        self.note.say(answer.problem or answer.note, "error" if answer.problem else "info")
        kept = self.tr("by the kept weights of the run")
        if answer.epoch:
            kept = self.tr("by the weights of epoch {} (last checkpoint)").format(answer.epoch)
        self.weights.setText("" if answer.problem else kept)
        if answer.shown is not None:
            self.view.set_shown(answer.shown, {})

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_old:
            self._ask()

    def minimumSizeHint(self) -> QSize:
        """While it is not seen it takes no room from what is."""
        return super().minimumSizeHint() if self.isVisible() else QSize(0, 0)

    def _ask(self) -> None:
        self._is_old = False
        self.weights.setText(self.tr("drawing…"))
        self.draw_wanted.emit(self.seed.value(), self.samples.value())

    def _spin(self, name: str, most: int, width: int) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(0, most)
        spin.setKeyboardTracking(False)
        spin.setFixedWidth(width)
        spin.lineEdit().setTextMargins(_AIR, 0, _AIR, 0)
        spin.setAccessibleName(name)
        spin.valueChanged.connect(self.refresh)
        return spin

    def _on_draw(self) -> None:
        at = self.seed.value()
        self.seed.setValue(0 if at == MOST_SEED else at + 1)
