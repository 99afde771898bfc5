"""How a network is attacked: the method, the epsilons, steps, starts and samples; and how far an attack is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QSpinBox, QVBoxLayout, QWidget

from runtime.attack_protocol import (
    MOST_RESTARTS,
    MOST_SAMPLES,
    MOST_STEPS,
    USUAL_SAMPLES,
    USUAL_STEPS,
    AttackError,
    AttackOrder,
    Method,
    epsilons_in,
)
from runtime.attack_words import number
from runtime.run_networks import RunNetwork
from studio.theme import ThemeHolder
from studio.widgets.fields import Combo
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

_SPIN_WIDTH = 92


class AttackForm(QWidget):
    """`ordered` with an AttackOrder by its button; `cancelled` while one is carried out.

    `network_chosen` with the RunNetwork that the person wants to attack, of those that are offered.
    """

    ordered = Signal(object)
    network_chosen = Signal(object)
    cancelled = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.method = Combo()
        titles: tuple[tuple[Method, str], ...] = (
            ("pgd", self.tr("PGD: many small steps")),
            ("fgsm", self.tr("FGSM: one step")),
        )
        for key, title in titles:
            self.method.addItem(title, key)
        self.method.setMinimumContentsLength(22)
        self.method.setToolTip(
            self.tr(
                "PGD finds more (Madry et al. 2018); FGSM is quick (Goodfellow et al. 2015). Both follow the loss up."
            )
        )
        self.network = Combo()
        self.network.setMinimumContentsLength(16)
        self.network.setToolTip(self.tr("Which of the networks that were trained together"))
        self.network.activated.connect(lambda _at: self.network_chosen.emit(self.network.currentData()))
        self.epsilons = QLineEdit()
        self.epsilons.setToolTip(self.tr("How much each number may change at most: several, each is tried."))
        self.steps = _spin(1, MOST_STEPS, USUAL_STEPS, self.tr("Steps of 2.5 ε / steps each."))
        self.starts = _spin(1, MOST_RESTARTS, 1, self.tr("Random starts; for each sample the best one counts."))
        self.samples = _spin(1, MOST_SAMPLES, USUAL_SAMPLES, self.tr("At most so many, chosen by the seed of the run."))
        self.samples.setSingleStep(100)
        self.go = QPushButton(self.tr("Attack"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.how_far = words("", "caption")
        self.problem = Sentence(holder)
        self._lay_out()
        self.method.currentIndexChanged.connect(self._on_method)
        self.go.clicked.connect(self._order)
        self.cancel.clicked.connect(self.cancelled)
        self.end()

    @property
    def is_busy(self) -> bool:
        """Whether an attack is shown as under way."""
        return not self.go.isEnabled()

    def propose(self, epsilons: Sequence[float]) -> None:
        """Propose epsilons that suit the data."""
        self.epsilons.setText(", ".join(number(value) for value in epsilons))

    def offer_networks(self, networks: Sequence[RunNetwork]) -> None:
        """Offer the networks of the run that can be attacked, where there are several."""
        self.network.clear()
        for one in networks:
            self.network.addItem(one.title(), one)
        self._of.setVisible(len(networks) > 1)

    def show_order(self, order: AttackOrder) -> None:
        """Fill in how it was attacked before."""
        self.method.setCurrentIndex(self.method.findData(order.method))
        titles = [self.network.itemText(at) for at in range(self.network.count())]
        named = RunNetwork(name=order.network, is_average=order.average).title()
        self.network.setCurrentIndex(titles.index(named) if named in titles else 0)
        self.propose(order.epsilons)
        if order.method == "pgd":
            self.steps.setValue(order.steps)
            self.starts.setValue(order.restarts)
        self.samples.setValue(order.samples)

    def begin(self) -> None:
        """An attack is under way."""
        self.problem.say("")
        self.bar.setRange(0, 0)
        self.how_far.setText(self.tr("Reading the run and its samples…"))
        self._show_busy(True)

    def show_progress(self, done: int, of: int) -> None:
        """So many of all passes through the network are done."""
        self.bar.setRange(0, of)
        self.bar.setValue(done)
        self.how_far.setText(self.tr("Attacking: {} %").format(100 * done // max(1, of)))

    def end(self, problem: str = "") -> None:
        """It is over; `problem` says why it came to nothing."""
        self._show_busy(False)
        self.problem.say(problem)

    def _show_busy(self, on: bool) -> None:
        self.go.setEnabled(not on)
        for widget in (self.bar, self.how_far, self.cancel):
            widget.setVisible(on)
        if on:
            self.cancel.setFocus()

    def _on_method(self) -> None:
        is_walk = self.method.currentData() == "pgd"
        self.steps.setEnabled(is_walk)
        self.starts.setEnabled(is_walk)

    def _order(self) -> None:
        try:
            epsilons = epsilons_in(self.epsilons.text())
        except AttackError as problem:
            self.problem.say(str(problem))
            self.epsilons.setFocus()
            return
        network: RunNetwork | None = self.network.currentData() if self.network.count() > 1 else None
        self.ordered.emit(
            AttackOrder(
                network=network.name if network is not None else "",
                average=network is not None and network.is_average,
                method=self.method.currentData(),
                epsilons=epsilons,
                steps=self.steps.value(),
                restarts=self.starts.value(),
                samples=self.samples.value(),
            )
        )

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        rows = (
            (self.tr("Method"), self.method, 0),
            (self.tr("Epsilons"), self.epsilons, 1),
            (self.tr("Steps"), self.steps, 0),
            (self.tr("Starts"), self.starts, 0),
            (self.tr("Samples"), self.samples, 0),
        )
        for title, widget, stretch in rows:
            widget.setAccessibleName(title)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(words(title, "label"))
            column.addWidget(widget)
            nest(line, column, stretch)
        line.addWidget(self.go, 0, Qt.AlignmentFlag.AlignBottom)
        self._of = QWidget()
        which = QHBoxLayout(self._of)
        which.setContentsMargins(0, 0, 0, 0)
        which.setSpacing(8)
        which.addWidget(words(self.tr("Network"), "label"))
        which.addWidget(self.network)
        which.addStretch(1)
        self._of.hide()
        self.network.setAccessibleName(self.tr("Network"))
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.bar, 1)
        below.addWidget(self.how_far)
        below.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._of)
        nest(column, line)
        nest(column, below)
        column.addWidget(self.problem)


def _spin(low: int, high: int, value: int, tip: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(value)
    spin.setGroupSeparatorShown(True)
    spin.setFixedWidth(_SPIN_WIDTH)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight)
    spin.lineEdit().setTextMargins(6, 0, 6, 0)
    spin.setToolTip(tip)
    return spin
