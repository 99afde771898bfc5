"""Fields for one value each: text for numbers and words, a list of choices, a switch; the wheel changes none."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStyledItemDelegate,
    QWidget,
)

from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.icons import IconButton
from studio.widgets.values import read, stepped, written, written_as

FIELD_HEIGHT = 28


class ValueField(QWidget):
    """A control for one value. `edited` carries a new value, or MISSING when it was emptied."""

    edited = Signal(object)
    refused = Signal(str)
    focused = Signal(bool)

    def __init__(self, spec: ParamSpec) -> None:
        super().__init__()
        self.spec = spec

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        """Show what is set, or pale what holds when nothing is; `auto` is such a value found from the data."""
        raise TypeError(f"{type(self).__name__} does not show values.")

    def text(self) -> str:
        """What stands in the field."""
        raise TypeError(f"{type(self).__name__} does not say what stands in it.")

    def lay(self, widget: QWidget) -> None:
        """Fill the field with its control, which takes the focus and the name for screen readers."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(widget)
        widget.setAccessibleName(self.spec.label or self.spec.name)
        widget.setAccessibleDescription(self.spec.doc)
        self.setFocusProxy(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.focused.emit(event.type() == QEvent.Type.FocusIn)
        return False


class _Line(QLineEdit):
    """A line of text: arrows step it, Escape takes the typing back.

    `is_pale`: what stands in it only tells what holds; the first click chooses it all, to be typed over.
    """

    stepped = Signal(int)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_pale = self._is_entered = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._is_entered = self._is_entered and event.button() == Qt.MouseButton.LeftButton
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._is_entered and self.is_pale and not self.hasSelectedText():
            self.selectAll()
        self._is_entered = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is not None:
            far = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(steps * 10 if far else steps)
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._is_entered = event.reason() == Qt.FocusReason.MouseFocusReason
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()


class TextField(ValueField):
    """A number, several numbers, or a word. Every valid state is told at once; the other gets a sentence."""

    def __init__(self, holder: ThemeHolder, spec: ParamSpec) -> None:
        super().__init__(spec)
        self._edit = _Line()
        self._shown: tuple[Value | Missing, Value | Missing, str] = (MISSING, MISSING, "")
        self._before: Value | Missing = MISSING
        self._is_told = False  # what is shown next is how what was just typed is kept
        self.lay(self._edit)
        if spec.choices:
            self._add_choices(holder)
        self._edit.textEdited.connect(self._on_typed)
        self._edit.stepped.connect(self._on_stepped)
        self._edit.given_up.connect(self._on_given_up)
        self._edit.editingFinished.connect(self._tidy)
        self.focused.connect(self._on_focus)

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        is_answer, self._is_told = self._is_told and self._edit.isModified(), False
        if self._shown == (value, fallback, auto) and type(self._shown[0]) is type(value):
            return
        self._shown = (value, fallback, auto)
        if not self._edit.hasFocus() or not (is_answer or self._says(value)):
            self._tidy()  # else more may be typed: a 0 that is kept as the default may be the start of 0.2

    def text(self) -> str:
        """What stands in the field."""
        return self._edit.text() or self._edit.placeholderText()

    def read(self, text: str) -> Value:
        """The value that a text means; ValueError with a sentence when it means none."""
        return read(self.spec, text)

    def written(self, value: Value | Missing) -> str:
        """The text that means a value."""
        return written_as(self.spec, value)

    def has_cursor(self) -> bool:
        """Whether it is being typed into."""
        return self._edit.hasFocus()

    def _add_choices(self, holder: ThemeHolder) -> None:
        words = self.tr("Choices")
        button = IconButton(holder, "chevron-down", words, size=12, box=20, parent=self._edit)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QHBoxLayout(self._edit)
        inner.setContentsMargins(0, 0, 3, 0)
        inner.addStretch(1)
        inner.addWidget(button)
        self._edit.setTextMargins(0, 0, 20, 0)
        menu = QMenu(self)
        for choice in self.spec.choices:
            action = QAction(choice, menu)
            action.triggered.connect(lambda _=False, choice=choice: self.edited.emit(choice))
            menu.addAction(action)
        button.clicked.connect(lambda: menu.popup(self.mapToGlobal(self.rect().bottomLeft())))

    def _says(self, value: Value | Missing) -> bool:
        """Whether what is typed means this value, so that the typing is left as it is."""
        text = self._edit.text().strip()
        if not text or value is MISSING:
            return not text and value is MISSING
        try:
            return self.read(text) == value
        except ValueError:
            return False

    def _tidy(self) -> None:
        value, fallback, auto = self._shown
        is_auto = value is MISSING and bool(auto)
        pale = value is MISSING and not is_auto
        shown = self.written(fallback if pale else value)
        if self._edit.text() != shown:
            self._edit.setText(shown)
        self._edit.setCursorPosition(0)
        self._edit.setModified(False)
        self._edit.setPlaceholderText(auto if is_auto else "")
        self._edit.is_pale = pale
        set_look(self._edit, "pale", pale)
        set_look(self._edit, "auto", is_auto)
        self._refuse("")

    def _refuse(self, sentence: str) -> None:
        set_look(self._edit, "refused", bool(sentence))
        self.refused.emit(sentence)

    def _on_focus(self, has_focus: bool) -> None:
        if has_focus:
            self._before = self._shown[0]

    def _on_typed(self, text: str) -> None:
        set_look(self._edit, "pale", False)
        if text.rstrip().endswith(",") and self.spec.type != "str":
            return  # another number follows
        if not text.strip() and self.spec.type != "str":
            self._on_emptied()
            return
        try:
            value = self.read(text)
        except ValueError as problem:
            self._refuse(str(problem))
            return
        self._tell(value)

    def _on_emptied(self) -> None:
        if self._shown[1] is MISSING and not self.spec.auto:
            self._refuse(self.tr("%1 needs a value.").replace("%1", self.spec.label or self.spec.name))
            return
        self._tell(MISSING)

    def _tell(self, value: Value | Missing) -> None:
        self._refuse("")
        self._shown = (value, *self._shown[1:])
        self._is_told = True
        self.edited.emit(value)

    def _on_stepped(self, steps: int) -> None:
        try:
            now: Value | Missing = self.read(self._edit.text())
        except ValueError:
            return
        value = stepped(self.spec, now, steps)
        if value is not None:
            self._edit.setText(self.written(value))
            self._edit.setModified(True)
            self._on_typed(self._edit.text())

    def _on_given_up(self) -> None:
        self._tell(self._before)
        self._tidy()


class Combo(QComboBox):
    """A list to choose from; the wheel scrolls the panel instead."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setItemDelegate(QStyledItemDelegate(self))  # the usual one ignores the stylesheet
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceField(ValueField):
    """One of some words. `titles` are how they are shown."""

    def __init__(self, spec: ParamSpec, titles: Mapping[str, str] | None = None) -> None:
        super().__init__(spec)
        self._combo = Combo()
        self._keys: list[Value] = [*spec.choices, *([None] if spec.optional else [])]
        for key in self._keys:
            words = written_as(spec, key)
            self._combo.addItem(self.tr((titles or {}).get(words, words)))
        self.lay(self._combo)
        self._combo.activated.connect(lambda index: self.edited.emit(self._keys[index]))

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        shown = fallback if value is MISSING else value
        for foreign in () if shown is MISSING or shown in self._keys else (shown,):
            self._keys.append(foreign)
            self._combo.addItem(written(foreign))
        self._combo.setCurrentIndex(-1 if shown is MISSING else self._keys.index(shown))
        set_look(self._combo, "pale", value is MISSING)
        self._combo.setToolTip(self._combo.currentText())

    def text(self) -> str:
        """The words of the chosen one."""
        return self._combo.currentText()


class Switch(QAbstractButton):
    """On or off, 34 by 20; on is also told by the place of the knob."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setCheckable(True)
        self.setFixedSize(38, 24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(38, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(2.5, 2.5, self.width() - 5, self.height() - 5)
        on = self.isChecked()
        painter.setPen(theme.accent if on else theme.control)
        painter.setBrush(theme.accent if on else theme.panel)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.on_accent if on else theme.control)
        radius = 6.0
        middle = track.right() - radius - 3.5 if on else track.left() + radius + 3.5
        painter.drawEllipse(QPointF(middle, track.center().y()), radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.text)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)


class SwitchField(ValueField):
    """A switch with the word for its state beside it."""

    def __init__(self, holder: ThemeHolder, spec: ParamSpec) -> None:
        super().__init__(spec)
        self._switch = Switch(holder)
        self._word = QLabel()
        self._word.setProperty("role", "label")
        self.lay(self._switch)
        row = self.layout()
        if row is not None:
            row.addWidget(self._word)
        self._switch.toggled.connect(self._on_toggled)

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        is_on = bool(fallback if value is MISSING else value) and (value, fallback) != (MISSING, MISSING)
        self._switch.blockSignals(True)
        self._switch.setChecked(is_on)
        self._switch.blockSignals(False)
        self._word.setText(self.tr("on") if is_on else self.tr("off"))

    def _on_toggled(self, is_on: bool) -> None:
        self.edited.emit(is_on)

    def text(self) -> str:
        """on or off."""
        return "on" if self._switch.isChecked() else "off"


def field_for(holder: ThemeHolder, spec: ParamSpec, titles: Mapping[str, str] | None = None) -> ValueField:
    """The control that suits a param."""
    if takes_text(spec):
        return TextField(holder, spec)
    return SwitchField(holder, spec) if spec.type == "bool" else ChoiceField(spec, titles)


def takes_text(spec: ParamSpec) -> bool:
    """Whether a param is typed into a line; the others are switched or chosen from a list."""
    return (
        spec.type != "choice"
        and not (spec.type == "bool" and not spec.optional)
        and not (spec.type == "str" and spec.choices)
    )
