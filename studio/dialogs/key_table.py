"""The keys of all commands as a table in which each can be changed, taken away or put back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.actions import MENUS, Actions
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_NAME = Qt.ItemDataRole.UserRole
_WHERE = {"window": "", "canvas": "on the canvas", "code": "in the code"}


class KeyTable(QWidget):
    """Commands by menu with their keys. `keys_chosen` and `keys_reset` tell the name of the action; "" is all."""

    keys_chosen = Signal(str, object)
    keys_reset = Signal(str)

    def __init__(self, actions: Actions, holder: ThemeHolder) -> None:
        super().__init__()
        self._actions, self._holder = actions, holder
        self.setProperty("surface", "panel")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search commands and keys"))
        self.search.textChanged.connect(self._filter)
        self.rows = QTreeWidget()
        self.rows.setHeaderLabels([self.tr("Command"), self.tr("Keys"), ""])
        self.rows.setColumnWidth(0, 290)
        self.rows.setColumnWidth(1, 180)
        self.rows.currentItemChanged.connect(lambda _now, _before: self._show_chosen())
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName(self.tr("New keys"))
        self.edit.keySequenceChanged.connect(self._on_typed)
        self.take = _button(self.tr("Use these keys"), self._on_take)
        self.none = _button(self.tr("No keys"), lambda: self._tell(()))
        self.reset = _button(self.tr("Reset"), lambda: self._reset(self._chosen()))
        self.reset_all = _button(self.tr("Reset all keys"), lambda: self._reset(""))
        self.message = words("", "label", wrap=True)
        foot = QHBoxLayout()
        for widget in (self.edit, self.take, self.none, self.reset):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(self.reset_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        for row in (self.search, self.rows):
            layout.addWidget(row)
        nest(layout, foot)
        layout.addWidget(self.message)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._groups: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._fill()
        self._show_chosen()

    def choose(self, name: str) -> None:
        """Select the row of an action."""
        self.rows.setCurrentItem(self._items[name])

    def text(self, name: str) -> str:
        """The keys that a row shows."""
        return self._items[name].text(1)

    def _fill(self) -> None:
        for menu in MENUS:
            items: list[QTreeWidgetItem] = []
            group = QTreeWidgetItem(self.rows, [menu])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for name, spec in self._actions.specs.items():
                if spec.menu == menu:
                    label = f"{spec.submenu}: {spec.label}" if spec.submenu else spec.label.rstrip("…")
                    item = QTreeWidgetItem(group, [label, "", self.tr(_WHERE[spec.scope])])
                    item.setData(0, _NAME, name)
                    item.setToolTip(0, spec.tip)
                    self._items[name] = item
                    items.append(item)
            group.setExpanded(True)
            self._groups.append((group, items))
        self._refresh()

    def _refresh(self) -> None:
        form = QKeySequence.SequenceFormat.NativeText
        for name, item in self._items.items():
            item.setText(1, ", ".join(QKeySequence(keys).toString(form) for keys in self._actions.keys_of(name)))

    def _filter(self, typed: str) -> None:
        for item in self._items.values():
            item.setHidden(typed.lower() not in f"{item.text(0)} {item.text(1)}".lower())
        for group, items in self._groups:
            group.setHidden(all(item.isHidden() for item in items))

    def _chosen(self) -> str:
        item = self.rows.currentItem()
        return str(item.data(0, _NAME) or "") if item is not None else ""

    def _show_chosen(self) -> None:
        name = self._chosen()
        for widget in (self.edit, self.none, self.reset):
            widget.setEnabled(bool(name))
        self.edit.clear()
        self.take.setEnabled(False)
        self.message.setText("" if name else self.tr("Choose a command, then press its new keys in the field."))

    def _on_typed(self, keys: QKeySequence) -> None:
        name = self._chosen()
        self.take.setEnabled(bool(name) and not keys.isEmpty())
        owner = self._actions.owner(keys.toString(), name) if name and not keys.isEmpty() else None
        if owner is None:
            self.message.setText("")
            return
        text = self.tr("{} belongs to “{}”, which would lose it.")
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self.message.setText(text.format(shown, owner.label.rstrip("…")))

    def _on_take(self) -> None:
        self._tell((self.edit.keySequence().toString(),))

    def _tell(self, keys: tuple[str, ...]) -> None:
        self.keys_chosen.emit(self._chosen(), keys)
        self._refresh()
        self._show_chosen()

    def _reset(self, name: str) -> None:
        self.keys_reset.emit(name)
        self._refresh()
        self._show_chosen()


def _button(text: str, press: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: press())
    return button
