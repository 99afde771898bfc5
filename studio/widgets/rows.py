"""One setting as a row: its name, whether it differs, its field, and a sentence below when there is one to say."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from graph.model import new_uid
from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from studio.plain_words import AUTO
from studio.theme import ThemeHolder
from studio.widgets.fields import FIELD_HEIGHT, SwitchField, ValueField, field_for
from studio.widgets.icons import IconButton
from studio.widgets.labels import ElidedLabel, Sentence, words

ROW_HEIGHT = 36
FIELD_WIDTH = 114
WIDE_FIELD_WIDTH = 176


class _Dot(QWidget):
    """Six pixels that say: this was changed."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setFixedSize(6, 6)
        self.setToolTip(self.tr("Changed from the default"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._holder.theme.accent)
        painter.drawEllipse(QRectF(self.rect()))


class ParamRow(QWidget):
    """A param with its field. `edited` carries the name and a value, or MISSING to unset it.

    `merge` changes each time the field gets the focus: what is typed in one go becomes one undo step.
    """

    edited = Signal(str, object)
    reset_wanted = Signal(str)
    help_wanted = Signal(str)  # the sentence while the field has the focus, then nothing

    def __init__(
        self,
        holder: ThemeHolder,
        spec: ParamSpec,
        *,
        titles: Mapping[str, str] | None = None,
        field: ValueField | None = None,
        field_width: int = FIELD_WIDTH,
        technical_name: str = "",
    ) -> None:
        super().__init__()
        self.spec = spec
        self.field = field if field is not None else field_for(holder, spec, titles)
        self._visit = new_uid()
        self._refusal = ""
        self._problem = ""
        self._label = ElidedLabel(spec.label or spec.name, "label")
        self.setToolTip(_tooltip(spec, technical_name))
        self._aside = words("", "caption")
        self._aside.hide()
        self._dot = _Dot(holder)
        self._reset = IconButton(holder, "reset-arrow", self.tr("Back to the default"), size=14, box=22)
        self._sentence = Sentence(holder)
        self._lay(field_width)
        self.show_value(MISSING, MISSING)
        self.field.edited.connect(lambda value: self.edited.emit(self.spec.name, value))
        self.field.refused.connect(self._on_refused)
        self.field.focused.connect(self._on_focus)
        self._reset.clicked.connect(lambda: self.reset_wanted.emit(self.spec.name))

    @property
    def merge(self) -> str:
        """A key for undo steps that belong together: the same param, the same visit to its field."""
        return f"{self.spec.name}.{self._visit}"

    def show_value(
        self,
        value: Value | Missing,
        fallback: Value | Missing,
        *,
        auto: str = "",
        baseline: Value | Missing = MISSING,
    ) -> None:
        """`fallback` holds when nothing is set; a set value that is neither it nor `baseline` gets the dot."""
        rest = fallback if baseline is MISSING else baseline
        differs = value is not MISSING and (value != rest or isinstance(value, bool) != isinstance(rest, bool))
        self._dot.setVisible(differs)
        self._reset.setVisible(differs)
        self.field.show_value(value, fallback, auto)

    def show_aside(self, text: str, tip: str = "") -> None:
        """A value beside the field, pale, such as what an expression comes to; or nothing."""
        self._aside.setText(text)
        self._aside.setToolTip(tip)
        self._aside.setVisible(bool(text))

    def aside(self) -> str:
        """What stands beside the field."""
        return self._aside.text()

    def is_changed(self) -> bool:
        """Whether the row has the dot."""
        return not self._dot.isHidden()

    def show_problem(self, sentence: str, severity: str = "error") -> None:
        """A sentence of the analysis under the row, or nothing."""
        self._problem = sentence
        if not self._refusal:
            self._sentence.say(sentence, severity)

    def sentence(self) -> str:
        """What is said under the row now."""
        return self._sentence.text()

    def _lay(self, field_width: int) -> None:
        line = QWidget()
        line.setFixedHeight(ROW_HEIGHT)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._label, 1)
        row.addWidget(self._aside)
        row.addWidget(self._dot)
        row.addWidget(self._reset)
        row.addWidget(self.field)
        self.field.setFixedSize(field_width, FIELD_HEIGHT)
        if isinstance(self.field, SwitchField):
            self.field.setFixedSize(FIELD_WIDTH if field_width <= FIELD_WIDTH else field_width, FIELD_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addWidget(self._sentence)

    def _on_refused(self, sentence: str) -> None:
        self._refusal = sentence
        self._sentence.say(sentence or self._problem, "error")

    def _on_focus(self, has_focus: bool) -> None:
        if has_focus:
            self._visit = new_uid()
        self.help_wanted.emit(self.spec.doc if has_focus else "")


def _tooltip(spec: ParamSpec, technical_name: str) -> str:
    """The sentence, and below it torch's own name in a fixed font."""
    name = technical_name or spec.name
    sentences = [spec.doc, AUTO if spec.auto is not None else ""]
    doc = "".join(f"<p style='margin:0'>{escape(one)}</p>" for one in sentences if one)
    return f"{doc}<code style='font-size:11px'>{escape(name)}</code>"
