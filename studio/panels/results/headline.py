"""The headline of the results: one figure and what it counts, the test looked at once, and what to do with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runtime.media import Part
from studio.panels.results.run_figures import Headline
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.labels import ElidedLabel, words
from studio.widgets.layouts import nest


class HeadlineRow(QWidget):
    """`part_chosen` when validation or test is asked for; the others from their buttons."""

    part_chosen = Signal(str)
    export_wanted = Signal()
    try_wanted = Signal()
    attack_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.figure = words("", "headline")
        self.meaning = ElidedLabel("", "label", at_end=True)
        self.detail = ElidedLabel("", "label", at_end=True)
        self.test = ElidedLabel("", "label", at_end=True)
        self.export = QPushButton(self.tr("Export code"))
        self.export.clicked.connect(self.export_wanted)
        self.attempt = QPushButton(self.tr("Try it"))
        self.attempt.clicked.connect(self.try_wanted)
        self.attack = QPushButton(self.tr("Attack it…"))
        self.attack.setToolTip(self.tr("See how small a change of its input fools it"))
        self.attack.clicked.connect(self.attack_wanted)
        for button in (self.export, self.attempt, self.attack):
            set_look(button, "chip" if button is self.attack else "compact", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # they go away with the next run, the keys must not
        self._parts = {part: self._part_button(part) for part in ("validation", "test")}
        self._lay_out()
        self.clear()

    def clear(self) -> None:
        """Nothing is known."""
        self.say(None)
        self.say_test("")
        self.offer(export=False, attempt=False, attack=False)
        for button in self._parts.values():
            keeps = button.sizePolicy()
            keeps.setRetainSizeWhenHidden(False)
            button.setSizePolicy(keeps)
        self.show_part(None)

    def say(self, headline: Headline | None) -> None:
        """Put these words; None takes the headline away."""
        self.setVisible(headline is not None)
        if headline is None:
            for label in (self.figure, self.meaning, self.detail):
                label.setText("")
            return
        self.figure.setText(headline.figure)
        self.figure.setToolTip(headline.tip)
        self.meaning.setText(headline.meaning)
        self.detail.setText(headline.detail)
        self.detail.setVisible(bool(headline.detail))

    def say_test(self, sentence: str) -> None:
        """Put the line about the test, or nothing."""
        self.test.setText(sentence)
        self.test.setVisible(bool(sentence))

    def offer(self, *, export: bool, attempt: bool, attack: bool) -> None:
        """Show the buttons that can be used."""
        self.export.setVisible(export)
        self.attempt.setVisible(attempt)
        self.attack.setVisible(attack)

    def show_part(self, part: Part | None) -> None:
        """Mark the part that is shown; None takes the choice away."""
        for name, button in self._parts.items():
            keeps = button.sizePolicy()
            keeps.setRetainSizeWhenHidden(part is not None or keeps.retainSizeWhenHidden())
            button.setSizePolicy(keeps)  # once there, their line stays: what is below must not jump from epoch to epoch
            button.setVisible(part is not None)
            button.setChecked(name == part)

    def part_button(self, part: Part) -> QPushButton:
        """The button that asks for a part."""
        return self._parts[part]

    def _part_button(self, part: str) -> QPushButton:
        button = QPushButton(self.tr("Validation") if part == "validation" else self.tr("Test"))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(
            self.tr("What was checked after each epoch, with the kept weights")
            if part == "validation"
            else self.tr("Looked at once, at the end, with the kept weights")
        )
        set_look(button, "chip", True)
        button.clicked.connect(lambda _checked=False: self.part_chosen.emit(part))
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignBaseline)
        line.addWidget(self.meaning, 1)
        line.addWidget(self.export)
        line.addWidget(self.attempt)
        beside = QHBoxLayout()
        beside.setSpacing(4)
        beside.addWidget(self.detail, 1)
        beside.addWidget(self.attack)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.test, 1)
        for button in self._parts.values():
            below.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 12, 2)
        layout.setSpacing(0)
        nest(layout, line)
        nest(layout, beside)
        nest(layout, below)
