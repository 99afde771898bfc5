"""Try it: an editor for each input of the network that was trained, and below or beside them what it answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from graph.errors import LoomError
from graph.fields import Field
from graph.model import Network
from runtime.media import HeadLook, Look, MediaReader
from runtime.network_ends import NetworkEnds, noted_ends
from runtime.run_networks import RunNetwork, project_of
from runtime.rundir import RunDir
from runtime.scaling import FieldNumbers, read_scaling
from runtime.trial_protocol import TrialAnswer
from studio.panels.trial.answers import AnswerView, told_class
from studio.panels.trial.background import Background
from studio.panels.trial.editor import InputEditor, Values
from studio.panels.trial.picture import Ask, PictureEditor
from studio.panels.trial.point import PointEditor
from studio.panels.trial.row import MOST_ROWS, RowEditor
from studio.panels.trial.series import SeriesEditor
from studio.plain_numbers import plain_number
from studio.theme import ThemeHolder
from studio.widgets.icons import IconButton, IconView
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest
from studio.widgets.page import MARGIN, Page, clear

EMPTY: Final = "Train once, then try it on something of your own."
WAITING: Final = "It can be tried once the run has kept its first weights."
_WIDE: Final = 640
_LEFT: Final = 216 + 2 * MARGIN
_ANY_WIDTH: Final = 16_777_215
_NOISE: Final = FieldNumbers(low=(-3.0,), high=(3.0,), mean=(0.0,))
"""The range of an Input that no field feeds, such as the code of a generator."""
_Ends = dict[str, list[tuple[str, Field | None]]]


class TryPage(QWidget):
    """Follows one run. `ask_wanted` carries the inputs, arrays by field; `show_answer` takes what came of it."""

    ask_wanted = Signal(object)

    def __init__(self, holder: ThemeHolder, *, ask: Ask | None = None) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._holder, self._ask_file = holder, ask
        self._run: RunDir | None = None
        self.network: RunNetwork | None = None  # what is tried, None where it is the main one
        self._look: Look | None = None
        self._sample = -1
        self._shown: object = None  # the ends and ranges that the editors are made for
        self._background = Background(self)
        self._noise = np.random.default_rng(0)
        self.editors: dict[str, InputEditor] = {}
        self.empty = words(self.tr(EMPTY), "label", wrap=True)
        self.weights = words("", "caption")
        self.sample = QPushButton(self.tr("From a sample"))
        self.back = IconButton(holder, "chevron-left", self.tr("The sample before"))
        self.truth = words("", "caption")
        self.answers = AnswerView(holder)
        self.hint = words(self.tr("The answer appears here."), "label", wrap=True)
        self.notes = Sentence(holder, "warning", "warning", "warning")
        self.sample.setToolTip(self.tr("Fill in a sample that it did not learn from; again: the next one"))
        self.random = QPushButton(self.tr("Random numbers"))
        self.random.setToolTip(self.tr("Normal noise in what no field of the data feeds; again: other noise"))
        self.random.hide()
        self.random.clicked.connect(self._draw_random)
        self.sample.clicked.connect(lambda: self._step(1))
        self.back.clicked.connect(lambda: self._step(-1))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_page(holder))
        self._stack.addWidget(self._trial_page(holder))

    @property
    def run(self) -> RunDir | None:
        """The run whose network is tried."""
        return self._run

    def show_empty(self, sentence: str = EMPTY) -> None:
        """Nothing to try yet; say why."""
        self._run, self.network = None, None
        self.empty.setText(self.tr(sentence))
        self._stack.setCurrentIndex(0)

    def set_run(self, run: RunDir, fields: Sequence[Field], wanted: RunNetwork | None = None) -> None:
        """Make an editor for each Input of the network that was trained; a sentence where it cannot be read.

        `wanted`: this one of several networks, else the main one.
        """
        try:
            network = project_of(run, wanted).main()
            numbers = read_scaling(run.scaling) or {}
        except LoomError as problem:
            self.show_empty(str(problem))
            return
        known = {field.name: field for field in fields}
        noted = noted_ends(run).get(network.name, NetworkEnds(inputs={}, outputs={})) if wanted is not None else None
        ends = _ends_of(network, known, noted)
        if not known:
            self.show_empty(self.tr("The data of this run are not noted, so it cannot be tried. Train again."))
            return
        ends["Output"] = [(name, field) for name, field in ends["Output"] if field is not None]
        numbers |= _numbers_of_noted(ends, known, numbers)
        if not all(field for _, field in ends["Input"]) or not ends["Input"] or not ends["Output"]:
            self.show_empty(self.tr("What this network takes or answers is none of the data, so it is not tried here."))
            return
        self.network = wanted
        shown = (ends, {name: (row.low, row.high) for name, row in numbers.items()})
        is_same = shown == self._shown and self._stack.currentIndex() == 1
        self._run, self._look, self._sample, self._shown = run, None, -1, shown
        self._stack.setCurrentIndex(1)
        if is_same:  # what was drawn for the run before is tried with this one
            self.refresh()
            return
        self.sample.setVisible(any(field is not None and field.name in known for _, field in ends["Output"]))
        self.random.setVisible(any(field is not None and field.name not in known for _, field in ends["Input"]))
        self._make_editors([field for _, field in ends["Input"] if field is not None], known, numbers)
        self.answers.set_outputs({node: field for node, field in ends["Output"] if field is not None}, numbers)
        self._show_hint(True)
        self.weights.setText("")
        self.truth.setText("")
        self.refresh()
        if any(isinstance(editor, SeriesEditor) for editor in self.editors.values()):
            self._step(1)  # a sequence is not made by hand

    def refresh(self) -> None:
        """Ask again about what stands in the editors: it changed, or the weights did."""
        found = {name: editor.values() for name, editor in self.editors.items()}
        inputs = {name: values for name, values in found.items() if values is not None}
        if self._run is None or len(inputs) < len(found):
            self._show_hint(True)
            return
        self.ask_wanted.emit(inputs)

    def show_answer(self, answer: TrialAnswer) -> None:
        """Show what the network answers, or the sentence that says why it does not."""
        if any(editor.values() is None for editor in self.editors.values()):
            return  # the pad was wiped meanwhile
        self._show_hint(False)
        self.answers.show_answers(answer.heads)
        self.notes.say(answer.problem or " ".join(answer.notes), "error" if answer.problem else "warning")
        kept = self.tr("With the kept weights of the run")
        if answer.epoch:
            kept = self.tr("With the weights of epoch {} (last checkpoint)").format(answer.epoch)
        self.weights.setText("" if answer.problem else kept)
        for editor in self.editors.values():
            if isinstance(editor, SeriesEditor):
                numbers = [head.values for head in answer.heads if head.task == "regression"]
                editor.show_forecast(numbers[0] if numbers else None)

    def _show_hint(self, is_shown: bool) -> None:
        self.hint.setVisible(is_shown)
        self.answers.setVisible(not is_shown)
        if is_shown:
            self.notes.say("")

    def _empty_page(self, holder: ThemeHolder) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(IconView(holder, "digits", 32, "text3"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.empty)
        column.addStretch(2)
        return page

    def _trial_page(self, holder: ThemeHolder) -> QWidget:
        """The inputs scroll; the answers stay in sight beside or above them."""
        page = QWidget()
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, page)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._left = Page(holder)
        self._left.rows.setSpacing(10)
        self._inputs = QVBoxLayout()
        self._inputs.setSpacing(10)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.random)
        row.addWidget(self.sample)
        row.addWidget(self.back)
        row.addWidget(self.truth)
        row.addStretch(1)
        self._given = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._given.setSpacing(10)
        nest(self._given, self._inputs)
        nest(self._given, row)
        nest(self._left.rows, self._given)
        self._left.rows.addStretch(1)
        self.back.hide()
        outcome = QVBoxLayout()
        outcome.setContentsMargins(MARGIN, 12, MARGIN, 8)
        outcome.setSpacing(8)
        outcome.addWidget(self.hint)
        outcome.addWidget(self.answers)
        outcome.addWidget(self.notes)
        outcome.addWidget(self.weights)
        outcome.addStretch(1)
        self._body.addWidget(self._left)
        nest(self._body, outcome)
        return page

    def _make_editors(
        self, inputs: Sequence[Field], known: Mapping[str, Field], numbers: Mapping[str, FieldNumbers]
    ) -> None:
        clear(self._inputs)
        is_digits = any(field.classes == tuple("0123456789") for field in known.values())
        self.editors = {}
        for field in sorted(inputs, key=lambda one: bool(one.shape)):  # one choice, before long rows of numbers
            if field.name in self.editors:
                continue
            editor = self._editor(field, numbers.get(field.name), is_digits=is_digits)
            editor.changed.connect(self._on_edited)
            if len(inputs) > 1:
                self._inputs.addWidget(words(field.name, "strong"))
            self._inputs.addWidget(editor)
            self.editors[field.name] = editor
        self._arrange()

    def _editor(self, field: Field, numbers: FieldNumbers | None, *, is_digits: bool) -> InputEditor:
        if field.kind == "image" and len(field.shape) == 3 and field.shape[0] in (1, 3):
            return PictureEditor(self._holder, field, numbers, is_digits=is_digits, ask=self._ask_file)
        if field.kind == "vector" and field.shape == (2,):
            return PointEditor(self._holder, field, numbers)
        is_row = len(field.shape) <= 1 and 0 < math.prod(field.shape) <= MOST_ROWS
        return RowEditor(field, numbers) if is_row else SeriesEditor(self._holder, field, numbers)

    def minimumSizeHint(self) -> QSize:
        """While it is not seen it takes no room from what is."""
        return super().minimumSizeHint() if self.isVisible() else QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()
        self.updateGeometry()

    def _arrange(self) -> None:
        """Answers beside a picture or a point, and beside anything where there is room; else above, few of them."""
        is_slim = len(self.editors) == 1 and isinstance(next(iter(self.editors.values())), PictureEditor | PointEditor)
        is_beside = is_slim or self.width() >= _WIDE
        self._left.setMinimumWidth(_LEFT if is_slim else 0)
        self._left.setMaximumWidth(_LEFT if is_slim else self.width() // 2 if is_beside else _ANY_WIDTH)
        ways = QBoxLayout.Direction
        self._body.setDirection(ways.LeftToRight if is_beside else ways.BottomToTop)
        self._given.setDirection(ways.TopToBottom if is_slim else ways.BottomToTop)
        self._body.setStretch(0, 0 if is_slim else 1)
        self._body.setStretch(1, 1 if is_beside else 0)
        self.answers.set_brief(not is_beside)

    def _on_edited(self) -> None:
        self.truth.setText("")
        self.refresh()

    def _draw_random(self) -> None:
        for editor in self.editors.values():
            if editor.numbers is _NOISE:
                blocked = editor.blockSignals(True)
                editor.show_values(self._noise.standard_normal(editor.field.shape).astype(np.float32))
                editor.blockSignals(blocked)
        self._on_edited()

    # Samples of the data.

    def _step(self, step: int) -> None:
        """The next sample that was kept for the results, or the one before."""
        if self._look is not None:
            self._take(step)
            return
        run = self._run
        if run is not None:
            self._background.run(lambda: _newest_look(run), lambda found: self._on_look(run, found, step))

    def _on_look(self, run: RunDir, found: object, step: int) -> None:
        if run != self._run:
            return
        if not isinstance(found, Look) or not len(found.shown):
            self.truth.setText(str(found or self.tr("Samples are there after the first epoch.")))
            return
        self._look = found
        self._take(step)

    def _take(self, step: int) -> None:
        look = self._look
        assert look is not None
        self._sample = (self._sample + step) % len(look.shown)
        position = int(look.shown[self._sample])
        inputs = look.input_of(position)
        for name, editor in self.editors.items():
            if name in inputs and np.shape(inputs[name]) == editor.field.shape:
                was_blocked = editor.blockSignals(True)
                editor.show_values(inputs[name])
                editor.blockSignals(was_blocked)
        self.back.show()
        told = [_truth(head, position) for head in look.heads]
        shown = self.tr("{} of {}").format(self._sample + 1, len(look.shown))
        self.truth.setText("  ".join([shown, *(one for one in told if one)]))
        self.refresh()


def _ends_of(network: Network, known: Mapping[str, Field], noted: NetworkEnds | None) -> _Ends:
    """The Inputs and Outputs of a network in order, each with its field of the data, else what was noted of it."""
    found: _Ends = {"Input": [], "Output": []}
    for node in network.nodes():
        if node.op in found:
            held = {} if noted is None else noted.inputs if node.op == "Input" else noted.outputs
            found[node.op].append((node.name, known.get(str(node.params.get("field"))) or held.get(node.name)))
    return found


def _numbers_of_noted(
    ends: _Ends, known: Mapping[str, Field], numbers: Mapping[str, FieldNumbers]
) -> dict[str, FieldNumbers]:
    """From where to where that goes which is no field: noise, moments, and pictures as those of the data are."""
    found = {field.name: _NOISE for _, field in ends["Input"] if field is not None and field.shape}
    for _, field in ends["Output"]:
        like = next((one for one in known.values() if field is not None and one.shape == field.shape), None)
        if field is not None and like is not None and like.name in numbers:
            found[field.name] = numbers[like.name]
    return {name: row for name, row in found.items() if name not in known}


def _newest_look(run: RunDir) -> Look | str | None:
    reader = MediaReader(run.media)
    epochs = reader.epochs()
    try:
        return reader.look(epochs[-1]) if epochs else None
    except LoomError as problem:
        return str(problem)


def _truth(head: HeadLook, position: int) -> str:
    """What the right answer to a sample is, in a word; nothing where it takes more."""
    value: Values = head.target[position]
    if np.ndim(value) != 0:
        return ""
    if head.field.classes:
        number = int(value)
        is_known = 0 <= number < len(head.field.classes)
        return f"it is {told_class(head.field, head.field.classes[number])}" if is_known else ""
    return f"it is {plain_number(float(value))}"
