"""How exported code is written: in one file, in two or as a package, with type hints and comments or without."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from graph.code_style import CodeStyle
from runtime.code_layout import LAYOUTS, CodeForm, Layout
from studio.widgets.labels import words

_LAYOUTS: dict[Layout, str] = {
    "files": "Two files",
    "single": "One file",
    "package": "A package",
}


class CodeOptions(QWidget):
    """Three choices in a row. `changed` when one of them is made."""

    changed = Signal()

    def __init__(self, chosen: CodeForm) -> None:
        super().__init__()
        self.label = words(self.tr("Written as"), "label")
        self.layout_box = QComboBox()
        self.layout_box.addItems([self.tr(_LAYOUTS[layout]) for layout in LAYOUTS])
        self.layout_box.setCurrentIndex(LAYOUTS.index(chosen.layout))
        self.layout_box.setAccessibleName(self.tr("Written as"))
        self.hints = QCheckBox(self.tr("Type hints"))
        self.hints.setChecked(chosen.style.hints)
        self.comments = QCheckBox(self.tr("Comments"))
        self.comments.setToolTip(self.tr("Shapes, your notes, and whole docstrings."))
        self.comments.setChecked(chosen.style.comments)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.layout_box)
        row.addWidget(self.hints)
        row.addWidget(self.comments)
        row.addStretch(1)
        self.layout_box.currentIndexChanged.connect(self.changed)
        self.hints.toggled.connect(self.changed)
        self.comments.toggled.connect(self.changed)

    def form(self, name: str) -> CodeForm:
        """What is chosen, for a file or package of that name."""
        style = CodeStyle(hints=self.hints.isChecked(), comments=self.comments.isChecked())
        return CodeForm(style=style, layout=LAYOUTS[self.layout_box.currentIndex()], name=name)
