"""From how sure on a sample is called the second of two classes: a slider, and what comes of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from runtime.figures import ThresholdFigures
from studio.widgets.labels import words
from studio.widgets.layouts import nest

USUAL: Final = 50


class ThresholdSlider(QWidget):
    """`moved` when the threshold changes, in per cent."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._asks = words("", "label")
        self._now = words("", "strong")
        self.figures = words("", "label", wrap=True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(1, 99)
        self.slider.setValue(USUAL)
        self.slider.setPageStep(5)
        self.slider.setAccessibleName(self.tr("Threshold"))
        self.slider.valueChanged.connect(self.moved)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._asks)
        line.addWidget(self._now)
        line.addWidget(self.slider, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        nest(column, line)
        column.addWidget(self.figures)

    @property
    def share(self) -> float:
        """The threshold, 0 to 1."""
        return self.slider.value() / 100

    def show_figures(self, name: str, figures: ThresholdFigures, of: str) -> None:
        """Say what precision and recall of the second class are at this threshold; `of` names split and count."""
        self._asks.setText(self.tr("Called {} from").format(name))
        self._now.setText(f"{self.slider.value()} %")
        self._now.setMinimumWidth(self._now.fontMetrics().horizontalAdvance("99 %") + 2)
        said, there = figures.counts.sum(0)[1], figures.counts.sum(1)[1]
        told = [
            self.tr("precision {}").format(f"{100 * figures.precision:.1f} %" if said else "–"),
            self.tr("recall {}").format(f"{100 * figures.recall:.1f} %" if there else "–"),
        ]
        self.figures.setText(f"{name}: {', '.join(told)} · {of}")
        self.figures.setToolTip(
            self.tr(
                "Precision: of what is called {0}, how much is {0}. Recall: of what is {0}, how much is found."
            ).format(name)
        )
