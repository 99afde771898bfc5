"""Fields that take an expression over the parameters of a block, `channels * 2`, where they else take a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QHBoxLayout

from graph.expressions import SIGN, ExpressionError, evaluate, is_expression, read
from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from studio.theme import ThemeHolder
from studio.widgets.fields import TextField, ValueField, field_for, takes_text
from studio.widgets.icons import IconButton
from studio.widgets.values import written

Judge = Callable[[Value], str | None]
"""Why an expression cannot stand here, as a sentence, or None."""


class ExpressionField(TextField):
    """A line for a value or an expression; `=` before an expression is needed only where a word would be meant."""

    def __init__(self, holder: ThemeHolder, spec: ParamSpec, judge: Judge) -> None:
        self._judge = judge
        super().__init__(holder, spec)

    def read(self, text: str) -> Value:
        """The value or expression that a text means; ValueError with a sentence when it means neither."""
        bare = text.strip()
        if bare.startswith(SIGN):
            return self._judged(bare)
        try:
            return super().read(text)
        except ValueError as problem:
            try:
                read(SIGN + bare)
            except ExpressionError:
                if any(sign.isalpha() for sign in bare) and self.spec.type not in ("choice", "bool"):
                    raise ValueError(self._said(SIGN + bare)) from None
                raise problem from None
            return self._judged(SIGN + bare)

    def written(self, value: Value | Missing) -> str:
        """The text that means a value."""
        if not isinstance(value, str) or not is_expression(value):
            return super().written(value)
        bare = value.removeprefix(SIGN).strip()
        try:
            return bare if self.read(bare) == SIGN + bare else value
        except ValueError:
            return value

    def _judged(self, value: str) -> Value:
        made = SIGN + value.removeprefix(SIGN).strip()
        sentence = self._judge(made)
        if sentence is not None:
            raise ValueError(sentence)
        return made

    def _said(self, value: str) -> str:
        return self._judge(value) or ""


class EitherField(ValueField):
    """A switch or a list to choose from and, after a press on its `=`, a line for an expression."""

    def __init__(
        self, holder: ThemeHolder, spec: ParamSpec, judge: Judge, titles: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(spec)
        self._value: Value | Missing = MISSING
        self.plain, self.typed = field_for(holder, spec, titles), ExpressionField(holder, spec, judge)
        self.button = IconButton(holder, "maths", self.tr("Say it by the parameters of the block"), size=14, box=22)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for part in (self.plain, self.typed, self.button):
            row.addWidget(part)
        for field in (self.plain, self.typed):
            field.edited.connect(self._on_edited)
            field.refused.connect(self.refused)
            field.focused.connect(self.focused)
        self.typed.focused.connect(self._on_focus)
        self.button.clicked.connect(self._on_pressed)
        self._show_typed(False)

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        self._value = value
        if is_expression(value):
            self._show_typed(True)
        elif not self.typed.has_cursor():
            self._show_typed(False)
        if not is_expression(value):
            self.plain.show_value(value, fallback, auto)
        self.typed.show_value(value, fallback, auto)

    def text(self) -> str:
        """What stands in the field."""
        return self.typed.text() if not self.typed.isHidden() else self.plain.text()

    def _show_typed(self, is_typed: bool) -> None:
        self.plain.setVisible(not is_typed)
        self.typed.setVisible(is_typed)
        self.setFocusProxy(self.typed if is_typed else self.plain)

    def _on_edited(self, value: Value | Missing) -> None:
        self._value = value
        self.edited.emit(value)

    def _on_pressed(self) -> None:
        if not self.typed.isHidden():
            if is_expression(self._value):
                self.edited.emit(MISSING)
            self._show_typed(False)
            return
        self._show_typed(True)
        self.typed.setFocus()

    def _on_focus(self, has_focus: bool) -> None:
        if not has_focus and not is_expression(self._value):
            self._show_typed(False)


def flexible_field(
    holder: ThemeHolder, spec: ParamSpec, judge: Judge, titles: Mapping[str, str] | None = None
) -> ValueField:
    """The control for a param of a node in a block: what suits it, and an expression as well."""
    is_line = takes_text(spec)
    return ExpressionField(holder, spec, judge) if is_line else EitherField(holder, spec, judge, titles)


def first_value(value: Value | Missing, names: Mapping[str, Value]) -> str:
    """What an expression comes to for these parameters, as it is written; nothing where it comes to nothing."""
    if value is MISSING or not is_expression(value):
        return ""
    try:
        return written(evaluate(value, names))
    except ExpressionError:
        return ""
