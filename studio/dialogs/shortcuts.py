"""The sheet of all keys, and the words about the app."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.actions import MENUS, Actions
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest
from studio.widgets.page import Inner

_CANVAS_KEYS = (
    ("Wheel", "Zoom at the pointer"),
    ("Middle drag, Space + drag", "Move the view"),
    ("Double click", "Add a layer here"),
    ("Drag from a port", "Draw a wire; dropped on nothing: what could follow"),
    ("Arrows, Shift+arrows", "Nudge what is selected by 8, by 64"),
    ("Alt+arrows", "Walk along the wires"),
    ("Esc", "Let go of what is under way"),
)
_CURVES_KEYS = (
    ("Y", "Count the loss in powers of ten, or not"),
    ("X", "Count epochs, steps or minutes"),
    ("[, ]", "Smooth less, more"),
    ("Home", "Show everything"),
)


class ShortcutsDialog(QDialog):
    """Every action that has keys, by menu, in three columns; what does not fit the search is hidden."""

    def __init__(self, actions: Actions, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder = holder
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.search = QLineEdit()
        self.search.setProperty("search", True)
        self.search.setPlaceholderText(self.tr("Search keys and commands"))
        self.search.textChanged.connect(self._filter)
        self._rows: list[tuple[str, tuple[QLabel, QLabel], QWidget]] = []
        columns = [QVBoxLayout() for _ in range(3)]
        sections: list[tuple[str, list[tuple[str, str]]]] = [(menu, _rows_of(actions, menu)) for menu in MENUS]
        sections += [("Mouse and canvas", list(_CANVAS_KEYS)), ("Curves", list(_CURVES_KEYS))]
        lengths = [0, 0, 0]
        for title, rows in sections:
            if rows:
                at = lengths.index(min(lengths))
                lengths[at] += len(rows) + 2
                section = QWidget()
                inner = QVBoxLayout(section)
                inner.setContentsMargins(0, 0, 0, 12)
                inner.addWidget(words(title, "strong"))
                nest(inner, self._grid(rows, section))
                columns[at].addWidget(section)
        content = Inner()
        content.setProperty("surface", "panel")
        layout = QHBoxLayout(content)
        layout.setSpacing(28)
        for column in columns:
            column.addStretch(1)
            nest(layout, column, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.addWidget(self.search)
        outer.addWidget(scroll)
        self.resize(1000, 640)

    def _grid(self, rows: list[tuple[str, str]], section: QWidget) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.setVerticalSpacing(5)
        for at, (keys, label) in enumerate(rows):
            pair = words(label, "label", wrap=True), words(keys, "caption")
            grid.addWidget(pair[0], at, 0)
            grid.addWidget(pair[1], at, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows.append((f"{label} {keys}".lower(), pair, section))
        return grid

    def found(self) -> list[str]:
        """The commands that fit the search."""
        return [pair[0].text() for _, pair, _ in self._rows if not pair[0].isHidden()]

    def _filter(self, typed: str) -> None:
        shown: set[QWidget] = set()
        for text, pair, section in self._rows:
            fits = typed.strip().lower() in text
            shown |= {section} if fits else set()
            for part in pair:
                part.setVisible(fits)
        for _, _, section in self._rows:
            section.setVisible(section in shown)


def _rows_of(actions: Actions, menu: str) -> list[tuple[str, str]]:
    rows = []
    for name, spec in actions.specs.items():
        keys = [keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in actions[name].shortcuts()]
        if keys and spec.menu == menu:
            rows.append((", ".join(keys), spec.label.rstrip("…")))
    return rows


def about_words() -> str:
    """Version and licence."""
    try:
        number = version("layerloom")
    except PackageNotFoundError:
        number = ""
    return (
        f"Layerloom {number}\n\nDraw a neural network as a graph, train it, watch it learn, and take the code away.\n\n"
        "MIT licence. Nothing you draw or train leaves this machine."
    )
