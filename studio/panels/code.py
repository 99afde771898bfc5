"""The code of the drawing as it stands: model.py and train.py, with the lines of the selected nodes lit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.panels.code_view import CodeView
from studio.theme import LABEL, ThemeHolder
from studio.widgets.layouts import nest

Lines = Mapping[str, tuple[int, ...]]
FILES: tuple[str, ...] = ("model.py", "train.py")


class CodePanel(QWidget):
    """Shows the generated files. `node_chosen` tells the node of a line that was clicked.

    `options` is the menu of how code is written.
    """

    node_chosen = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._lines: dict[str, Lines] = {name: {} for name in FILES}
        self._definitions: Lines = {}
        self._code: dict[str, str] = {}
        self._lit: tuple[str, ...] = ()
        self._tabs = QTabBar()
        self._tabs.setObjectName("CodeTabs")
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._stack = QStackedWidget()
        self._views: dict[str, CodeView] = {}
        for name in FILES:
            self._tabs.addTab(name)
            self._views[name] = CodeView(holder)
            self._views[name].setAccessibleName(name)
            self._stack.addWidget(self._views[name])
        self.note = QLabel(self.tr("The code appears here when data flows from Input to Output."))
        self.note.setObjectName("Note")
        self.note.setWordWrap(True)
        self.options = QMenu(self)
        self._more = QToolButton()
        self._more.setText("…")
        self._more.setAccessibleName(self.tr("How the code is written"))
        self._more.setToolTip(self.tr("How the code is written here and in exports"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self.options)
        self._copy = QPushButton(self.tr("Copy all"))
        self._copy.setToolTip(self.tr("Copy the file that is shown (Ctrl+Shift+C)."))
        self._find_row, self._find = self._make_find()
        self._lay_out()
        self._tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self._copy.clicked.connect(self.copy_all)
        for name, view in self._views.items():
            view.line_clicked.connect(partial(self._on_line, name))
        self.setFocusProxy(self._views["model.py"])
        self._restyle()
        holder.changed.connect(self._restyle)

    def set_code(
        self,
        code: Mapping[str, str],
        lines: Lines,
        step_lines: Lines | None = None,
        definitions: Lines | None = None,
    ) -> None:
        """Show other files, with the lines of model.py and of train.py by node.

        `definitions`: the lines of the function or class that a node calls, in model.py. Without any files the last
        ones stay, said to be old.
        """
        if not code:
            self.note.setText(
                self.tr("This is the code of the last drawing that was whole.")
                if self._code
                else self.tr("The code appears here when data flows from Input to Output.")
            )
            self.note.show()
            return
        self._code, self._definitions = dict(code), definitions or {}
        self._lines = {"model.py": lines, "train.py": step_lines or {}}
        self.note.hide()
        for name, view in self._views.items():
            view.set_text(code.get(name, ""))
        self.light(self._lit, go=False)

    def light(self, uids: Collection[str], *, go: bool = True) -> None:
        """Mark the lines of these nodes."""
        self._lit = tuple(uids)
        for name, view in self._views.items():
            found = [line for uid in uids for line in self._lines[name].get(uid, ())]
            called = [line for uid in uids for line in self._definitions.get(uid, ())] if name == "model.py" else []
            view.light(found, called, go=go)
            if found and go and name == "train.py":
                self.show_file(name)  # what is drawn of the training step stands there
            elif found and go and self._is_at_step():
                self.show_file(name)

    def _is_at_step(self) -> bool:
        """Whether train.py is shown and has lines of nodes, so that those of another node may stand in model.py."""
        return FILES[self._tabs.currentIndex()] == "train.py" and bool(self._lines["train.py"])

    def text(self, name: str) -> str:
        """The text of a file as it is shown."""
        return self._views[name].toPlainText()

    def view(self, name: str) -> CodeView:
        """Where a file is shown."""
        return self._views[name]

    def show_file(self, name: str) -> None:
        """Bring a file to the front."""
        self._tabs.setCurrentIndex(FILES.index(name))

    def copy_all(self) -> None:
        """Put the file that is shown on the clipboard."""
        QGuiApplication.clipboard().setText(self._current().toPlainText())

    def open_find(self) -> None:
        """Show the search row with what is selected in it."""
        selected = self._current().textCursor().selectedText()
        if selected:
            self._find.setText(selected)
        self._find_row.show()
        self._find.setFocus()
        self._find.selectAll()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _finds(event):
            event.accept()  # in the code the key finds words, everywhere else nodes
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _finds(event):
            self.open_find()
            return
        if event.key() == Qt.Key.Key_Escape and self._find_row.isVisible():
            self._find_row.hide()
            self._current().setFocus()
            return
        super().keyPressEvent(event)

    def _current(self) -> CodeView:
        return self._views[FILES[self._tabs.currentIndex()]]

    def _make_find(self) -> tuple[QWidget, QLineEdit]:
        row, field, before, after = QWidget(), QLineEdit(), QPushButton("↑"), QPushButton("↓")
        field.setPlaceholderText(self.tr("Find in the code"))
        field.setClearButtonEnabled(True)
        before.setToolTip(self.tr("Previous place (Shift+Return)"))
        after.setToolTip(self.tr("Next place (Return)"))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(12, 4, 12, 4)
        for part in (field, before, after):
            layout.addWidget(part)
        field.textChanged.connect(self._search)
        field.returnPressed.connect(self._search)
        before.clicked.connect(lambda: self._search(backward=True))
        after.clicked.connect(self._search)
        row.hide()
        return row, field

    def _search(self, *_unused: object, backward: bool = False) -> None:
        text = self._find.text()
        found = not text or self._current().find_next(text, backward=backward)
        theme = self._holder.theme
        self._find.setStyleSheet("" if found else f"QLineEdit {{ color: {theme.error.name()}; }}")

    def _on_line(self, name: str, line: int) -> None:
        known = self._lines[name]
        found = [uid for uid, lines in known.items() if line in lines]
        if found:
            self.node_chosen.emit(min(found, key=lambda uid: _lines_together(known[uid], line)))
            return
        callers = [uid for uid, lines in self._definitions.items() if line in lines] if name == "model.py" else []
        if callers:
            self.node_chosen.emit(callers[0])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(4, 4, 12, 4)
        head.addWidget(self._tabs)
        head.addStretch(1)
        head.addWidget(self._more)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        nest(layout, head)
        layout.addWidget(self.note)
        layout.addWidget(self._find_row)
        layout.addWidget(self._stack, 1)

    def _restyle(self) -> None:
        theme = self._holder.theme
        self.note.setFont(theme.font(LABEL))
        self.note.setStyleSheet(f"QLabel {{ color: {theme.text2.name()}; padding: 6px 14px; }}")


def _finds(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Find)


def _lines_together(lines: Collection[int], line: int) -> int:
    """How many lines in a row stand for a node around one: a layer inside of a sequence has fewer than the sequence."""
    first = last = line
    while first - 1 in lines:
        first -= 1
    while last + 1 in lines:
        last += 1
    return last - first + 1
