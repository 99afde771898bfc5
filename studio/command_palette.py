"""The command palette: every action by its name, with its keys, found by typing some of its letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.actions import Actions
from studio.theme import BODY, CAPTION, ThemeHolder

_WIDTH, _ROW, _ROWS = 520, 32, 11
_DETAIL = Qt.ItemDataRole.UserRole
_CHOICE = Qt.ItemDataRole.UserRole + 1


_SHOWING: Final = frozenset({"show", "open", "see", "view"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row: what it says, what stands at its right, and the action it triggers."""

    words: str
    detail: str
    action: QAction


_WHY_OFF: Final[Mapping[str, str]] = {
    "edit.undo": "nothing to take back",
    "edit.redo": "nothing was taken back",
    "train.train": "something is missing yet",
    "train.stop": "nothing is training",
    "train.step": "nothing is ready to train",
    "train.checkpoint": "nothing is training",
    "train.resume": "no run to continue",
    "train.again": "nothing is ready to train",
    "network.remove": "a project needs a network",
}
"""What stands in place of the keys while a command is off."""


def commands_of(actions: Actions, recent: Sequence[str] = ()) -> tuple[Command, ...]:
    """Every action of the table as `Menu: Label`; those used lately come first."""
    found = []
    order = [*(name for name in recent if name in actions.specs), *actions.specs]
    for name in dict.fromkeys(order):
        spec, action = actions.specs[name], actions[name]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if not action.isEnabled():
            keys = _WHY_OFF.get(name, keys)
        where = f"{spec.menu}: {spec.submenu}: " if spec.submenu else f"{spec.menu}: "
        found.append(Command(words=where + action.text().rstrip("…"), detail=keys, action=action))
    return tuple(found)


def match_score(typed: str, words: str) -> int | None:
    """How well letters fit words, higher is better, or None when they do not occur in this order.

    Letters that follow one another and letters that begin a word count more.
    """
    text, at, score, last = words.lower(), 0, 0, -2
    for letter in typed.lower().replace(" ", ""):
        found = _next_place(text, letter, at, last)
        if found < 0:
            return None
        begins = found == 0 or not text[found - 1].isalnum()
        score += 1 + (4 if found == last + 1 else 0) + (6 if begins else 0)
        last, at = found, found + 1
    return score * 100 - len(words)


def search_score(typed: str, words: str) -> int | None:
    """The same; who asks to be shown something need not find the word for that: "show log" is `Window: Log`."""
    score = match_score(typed, words)
    verb, _, rest = typed.lower().partition(" ")
    if verb in _SHOWING and rest and rest in words.lower() and (named := match_score(rest, words)) is not None:
        named += 500 * len(verb)  # as much as letters count that follow one another
        return named if score is None else max(score, named)
    return score


def _next_place(text: str, letter: str, start: int, last: int) -> int:
    """Where to take a letter from: right after the last one, else at the beginning of a word, else anywhere."""
    first = text.find(letter, start)
    if first < 0 or first == last + 1:
        return first
    for at in range(first, len(text)):
        if text[at] == letter and (at == 0 or not text[at - 1].isalnum()):
            return at
    return first


class CommandPalette(QFrame):
    """A box over the window: type, choose with the arrows, Return does it, Esc leaves."""

    def __init__(self, parent: QWidget, holder: ThemeHolder, placeholder: str) -> None:
        super().__init__(parent)
        self._owner, self._holder = parent, holder
        self._commands: Sequence[Command] = ()
        self.chosen: Callable[[str], None] = lambda _name: None
        self.setObjectName("CommandPalette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit()
        self.field.setPlaceholderText(placeholder)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setItemDelegate(_Rows(holder, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.hide()

    def open(self, commands: Sequence[Command]) -> None:
        """Show these commands over the upper middle of the window."""
        self._commands = commands
        self.field.setFont(self._holder.theme.font(BODY))
        self.field.clear()
        owner = self._owner
        width = min(_WIDTH, owner.width() - 40)
        self.setGeometry(QRect((owner.width() - width) // 2, 76, width, _ROW))
        self._fill()
        self.show()
        self.raise_()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(Qt.Key(event.key()))
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)

    def _on_key(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS, Qt.Key.Key_PageUp: -_ROWS}
        if key in steps and self.list.count():
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + steps[key])))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.list.currentItem()
            if item is not None:
                self._on_clicked(item)
            return True
        if key == Qt.Key.Key_Escape:
            self._leave()
            return True
        return False

    def _on_clicked(self, item: QListWidgetItem) -> None:
        command: Command = item.data(_CHOICE)
        if command.action.isEnabled():
            self._leave()
            self.chosen(command.action.objectName())
            command.action.trigger()

    def _leave(self) -> None:
        self.hide()
        self._owner.setFocus()

    def _fill(self) -> None:
        typed = self.field.text().strip()
        scored = [(search_score(typed, command.words), command) for command in self._commands]
        fitting = [(score, command) for score, command in scored if score is not None]
        if typed:
            fitting.sort(key=lambda row: -row[0])
        self.list.clear()
        for _, command in fitting:
            item = QListWidgetItem(command.words)
            item.setData(_DETAIL, command.detail)
            item.setData(_CHOICE, command)
            item.setToolTip(command.action.toolTip())
            if not command.action.isEnabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        shown = max(1, min(self.list.count(), _ROWS))
        self.resize(self.width(), min(_ROW * shown + 64, self._owner.height() - 100))


class _Rows(QStyledItemDelegate):
    """Paints a row: words at the left, keys at the right."""

    def __init__(self, holder: ThemeHolder, parent: QObject) -> None:
        super().__init__(parent)
        self._holder = holder

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._holder.theme
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.raised)
            painter.fillRect(QRect(box.left(), box.top(), 2, box.height()), theme.accent)
        is_usable = bool(state & QStyle.StateFlag.State_Enabled)
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.text if is_usable else theme.text3)
        inner = box.adjusted(12, 0, -12, 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, left, index.data(Qt.ItemDataRole.DisplayRole))
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text3)
        painter.drawText(inner, right, index.data(_DETAIL) or "")
