"""Attack it: how right a trained network stays when its inputs are changed a little, and what fooled it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QScrollArea,
    QSlider,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from runtime.attack_reach import Reach
from runtime.attack_result import AttackResult
from runtime.attack_words import as_tabs, beside_words, found_words, how, meaning, number, of_what, smallest_words
from studio.dialogs.attack_cards import FooledCards
from studio.dialogs.attack_curve import AttackCurve
from studio.dialogs.attack_form import AttackForm
from studio.dialogs.attack_table import AttackTable
from studio.panels.results.picture import Titled
from studio.theme import ThemeHolder
from studio.widgets.empty import EmptyState
from studio.widgets.fields import Combo
from studio.widgets.labels import words
from studio.widgets.layouts import nest
from studio.widgets.page import Inner

_SIZE: Final = (960, 780)
_LEAST: Final = (820, 520)
_EPSILON: Final = 72  # the slider must not move with the digits
_BAR: Final = 12  # room for the scroll bar


class AttackDialog(QDialog):
    """Stays open beside the drawing. `other_chosen` with the place among the others to compare with, -1 for none."""

    other_chosen = Signal(int)
    picture_wanted = Signal()
    closed = Signal()

    def __init__(self, title: str, reach: Reach, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder = holder
        self._title = title
        self._other: tuple[str, AttackResult] | None = None
        self._is_of_one_run = False
        self.result_shown: AttackResult | None = None
        self.setWindowTitle(self.tr("Attack {}").format(title))
        self.form = AttackForm(holder)
        self.form.propose(reach.usual_epsilons())
        self.curve = AttackCurve(holder)
        self.table = AttackTable()
        self.cards = FooledCards(holder)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Epsilon that is looked at"))
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._show_place)
        self.epsilon = words("", "strong")
        self.epsilon.setMinimumWidth(_EPSILON)
        self.found = words("", "body", wrap=True)
        self.beside = words("", "body", wrap=True)
        self.smallest = words("", "label", wrap=True)
        self.scale = words("", "caption", wrap=True)
        self.others = Combo()
        self.others.setAccessibleName(self.tr("Compare with"))
        self.others.setMinimumContentsLength(18)
        self.others.activated.connect(lambda place: self.other_chosen.emit(place - 1))
        self.note = words("", "caption")
        self.copy = self._button(self.tr("Copy table"), self._copy)
        self.save = self._button(self.tr("Save picture…"), self.picture_wanted.emit)
        self._curve_title = Titled(self.tr("Right answers over epsilon"), self.curve)
        self._lay_out(reach)
        self.finished.connect(lambda _result: self.closed.emit())
        self.resize(*_SIZE)
        self.set_others(())
        self.show_result(None)

    @property
    def place(self) -> int:
        """Which epsilon is looked at; 0 is no change."""
        return self.slider.value()

    def show_result(self, result: AttackResult | None) -> None:
        """Show what an attack found, at its largest epsilon that leaves something right; None: nothing yet."""
        self.result_shown, self._other, self._is_of_one_run = result, None, False
        self._stack.setCurrentIndex(0 if result is None else 1)
        for button in (self.copy, self.save):
            button.setEnabled(result is not None)
        if result is None:
            return
        self.others.setCurrentIndex(0)
        self._curve_title.say(f"{how(result.order)} · {of_what(result)}")
        self.smallest.setText(smallest_words(result))
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(result.epsilons))
        self.slider.setValue(_first_place(result))
        self.slider.blockSignals(False)
        self.note.setText("")
        self._show_place()

    def set_others(self, names: Sequence[str]) -> None:
        """Offer other attacks to compare with."""
        self.others.clear()
        self.others.addItems([self.tr("nothing"), *names])
        self._comparing.setVisible(bool(names))

    def show_other(self, name: str, result: AttackResult | None, *, is_of_this_run: bool = False) -> None:
        """Lay the curve of another attack over this one; None takes it away."""
        self._other = None if result is None else (name, result)
        self._is_of_one_run = is_of_this_run
        self._show_curve()

    def say(self, text: str) -> None:
        """A word beside the buttons."""
        self.note.setText(text)

    def picture(self) -> QImage:
        """The curve, the classes and all cards, one below the other."""
        parts = [self._figures.grab().toImage(), self.cards.grab().toImage()]
        ratio, gap = parts[0].devicePixelRatio(), 12
        width = max(part.width() for part in parts)
        height = sum(part.height() for part in parts) + round(4 * gap * ratio)
        image = QImage(width + round(2 * gap * ratio), height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self._holder.theme.panel)
        painter, top = QPainter(image), gap
        for part in parts:
            painter.drawImage(QPoint(gap, top), part)
            top += round(part.height() / ratio) + 2 * gap
        painter.end()
        return image

    def _copy(self) -> None:
        if self.result_shown is not None:
            QGuiApplication.clipboard().setText(as_tabs(self.result_shown, self.place, self._other))
            self.say(self.tr("The table was copied."))

    def _show_place(self) -> None:
        result = self.result_shown
        if result is None:
            return
        place = self.place
        self.epsilon.setText(f"ε = {number((0.0, *result.epsilons)[place])}")
        self.found.setText(found_words(result, place))
        self.table.show_result(result, place)
        self.cards.show_result(result, place)
        self.scale.setText(self._scale_words(result, place))
        self._show_curve()

    def _show_curve(self) -> None:
        result = self.result_shown
        if result is None:
            return
        name = how(result.order) if self._is_of_one_run else f"{self._title} · {how(result.order)}"
        shown = ((name, result), *((self._other,) if self._other is not None else ()))
        self.curve.set_results(shown, self.place)
        text = "" if self._other is None else beside_words(*self._other, (0.0, *result.epsilons)[self.place])
        self.beside.setText(text)
        self.beside.setVisible(bool(text))

    def _scale_words(self, result: AttackResult, place: int) -> str:
        """What the cards show, and how the change between the pictures is made visible."""
        if place == 0:
            return self.tr("Move the slider: at 0 nothing is changed.")
        if not self.cards.rows:
            return self.tr("None of the samples that were kept is fooled at this ε.")
        if result.field.kind != "image":
            return self.tr("As it was → changed, with the answer and how sure it is. The columns that moved the most.")
        epsilon = number(result.epsilons[place - 1])
        text = self.tr("As it was, what was changed, and what came out; below each the answer and how sure it is.")
        return (
            text
            + " "
            + self.tr(
                "The change is drawn much stronger than it is: full orange is {0} more, full blue {0} less."
            ).format(epsilon)
        )

    def _button(self, label: str, handler: object) -> QPushButton:
        button = QPushButton(label)
        button.setAutoDefault(False)
        button.clicked.connect(handler)
        return button

    def _lay_out(self, reach: Reach) -> None:
        self._stack = QStackedLayout()
        sentence = self.tr("Attack it once to see how small a change of its input makes it answer wrongly.")
        self._stack.addWidget(EmptyState(self._holder, "results", sentence))
        self._stack.addWidget(self._results_page())
        holder = QWidget()
        holder.setLayout(self._stack)
        intro = self.tr(
            "Looks for the smallest changes of the inputs that fool the network, though a person would hardly see them."
        )
        self.setMinimumSize(*_LEAST)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # wrapped words would ask for too much height
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(words(self.tr("How easily is it fooled?"), "title"))
        column.addWidget(words(intro, "body", wrap=True))
        column.addWidget(words(meaning(reach), "caption", wrap=True))
        column.addWidget(self.form)
        column.addWidget(holder, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addWidget(self.save)
        buttons.addWidget(self.note, 1)
        buttons.addWidget(self._button(self.tr("Close"), self.reject))
        nest(column, buttons)

    def _results_page(self) -> QWidget:
        self._figures, page = QWidget(), Inner()
        left, right, across = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(self._figures)
        self._comparing = QWidget()
        compare = QHBoxLayout(self._comparing)
        compare.setContentsMargins(0, 0, 0, 0)
        compare.addWidget(words(self.tr("Compare with"), "label"))
        compare.addWidget(self.others, 1)
        left.addWidget(self._curve_title)
        left.addWidget(self._comparing)
        left.addStretch(1)
        place = QHBoxLayout()
        place.setSpacing(12)
        place.setContentsMargins(0, 0, _BAR, 0)
        place.addWidget(words(self.tr("Look at"), "label"))
        place.addWidget(self.epsilon)
        place.addWidget(self.slider, 1)
        right.addWidget(self.found)
        right.addWidget(self.beside)
        right.addWidget(self.smallest)
        right.addWidget(self.table)
        right.addStretch(1)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(20)
        nest(across, left, 1)
        nest(across, right, 1)
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, _BAR, 0)
        rows.setSpacing(8)
        rows.addWidget(self._figures)
        rows.addWidget(words(self.tr("What fooled it"), "strong"))
        rows.addWidget(self.scale)
        rows.addWidget(self.cards)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(10)
        nest(column, place)
        column.addWidget(area, 1)
        return whole


def _first_place(result: AttackResult) -> int:
    """The smallest epsilon that fools more than half of what was right, else the largest."""
    half = result.accuracy(0) / 2
    places = range(1, len(result.epsilons) + 1)
    return next((place for place in places if result.accuracy(place) < half), len(result.epsilons))
