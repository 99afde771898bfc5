"""What becomes of each weight when training starts from a file: counts on top, a table to search, names to mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from runtime.start_names import StartNames
from runtime.start_report import STATES, StartReport, StartRow, size_words
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

_SIZE: Final = (760, 560)
_AIR: Final = 24
_FIGURES: Final[Mapping[str, str]] = {
    "taken": "Taken over",
    "misfit": "Do not fit",
    "missing": "Not in the file",
    "anew": "Begin anew",
    "left": "Left over",
}
_WORDS: Final[Mapping[str, str]] = {
    "taken": "taken over",
    "misfit": "does not fit, begins anew",
    "missing": "not in the file, begins anew",
    "anew": "begins anew, as its node says",
    "left": "in the file alone, left out",
}


class StartReportDialog(QDialog):
    """A row for each weight. `naming_chosen`: names in the file shall lose one prefix and get another."""

    naming_chosen = Signal(str, str)

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: StartReport | None = None
        self._names = StartNames()
        self._items: list[QTreeWidgetItem] = []
        self.setWindowTitle(self.tr("Weights to start from"))
        self.title = words("", "title")
        self.figures = {state: words("0", "headline") for state in STATES}
        self.search = QLineEdit()
        self.search.setProperty("search", True)
        self.search.setPlaceholderText(self.tr("Search names and sizes"))
        self.search.textChanged.connect(lambda _text: self._filter())
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(self.tr("Which weights are listed"))
        self.kinds.addItem(self.tr("All weights"), "")
        for state in STATES:
            self.kinds.addItem(self.tr(_FIGURES[state]), state)
        self.kinds.currentIndexChanged.connect(lambda _at: self._filter())
        self.naming = Sentence(holder, "label", "info", "text2")
        self.rename = QPushButton()
        self.rename.setAutoDefault(False)
        self.rename.clicked.connect(self._on_rename)
        self.table = QTreeWidget()
        self.note = words("", "caption", wrap=True)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setAutoDefault(False)
        self.copy.setToolTip(self.tr("Copy the rows that are listed, for a spreadsheet."))
        self.copy.clicked.connect(self._on_copy)
        self._prepare_table()
        self._lay_out()
        self.resize(*_SIZE)

    def show_report(self, title: str, report: StartReport | None, names: StartNames, why_not: str = "") -> None:
        """Show what becomes of the weights of `title`; without a report, why there is none."""
        self.report, self._names = report, names
        self.title.setText(title)
        self.table.clear()
        for state, label in self.figures.items():
            label.setText(f"{report.counts.get(state, 0):,}" if report is not None else "–")
        rows = report.rows if report is not None else ()
        self._items = [QTreeWidgetItem(list(self._cells(row))) for row in rows]
        self.table.addTopLevelItems(self._items)
        for column in (1, 2, 3):
            self.table.setColumnWidth(column, self.table.sizeHintForColumn(column) + _AIR)
        self._show_naming(why_not)
        self._filter()

    def listed(self) -> list[tuple[str, ...]]:
        """The rows that fit the search, as they are shown."""
        return [tuple(item.text(column) for column in range(4)) for item in self._items if not item.isHidden()]

    def _cells(self, row: StartRow) -> tuple[str, ...]:
        return row.name, self.tr(_WORDS[row.state]), size_words(row.held), size_words(row.wanted)

    def _show_naming(self, why_not: str) -> None:
        """Offer to read names otherwise where more would fit, or as they are where they are read otherwise."""
        offer, names = self.report.offer if self.report is not None else None, self._names
        text, label = why_not, ""
        if offer is not None:
            text = self.tr("Most names in the file begin otherwise: {} of {} weights would fit.")
            text = text.format(offer.fitting, self.report.total if self.report is not None else 0)
            label = offer.words()
        elif names.drop or names.add:
            text = self.tr("Names in the file that begin with {} are read with {} in its place.")
            nothing = self.tr("nothing")
            text, label = text.format(names.drop or nothing, names.add or nothing), self.tr("Read names as they are")
        self.naming.say(text, "warning" if why_not else "info")
        self.rename.setText(label)
        self.rename.setVisible(bool(label))

    def _on_rename(self) -> None:
        offer = self.report.offer if self.report is not None else None
        self.naming_chosen.emit(offer.drop if offer is not None else "", offer.add if offer is not None else "")

    def _filter(self) -> None:
        typed, wanted = self.search.text().strip().lower(), self.kinds.currentData()
        rows = self.report.rows if self.report is not None else ()
        shown = 0
        for row, item in zip(rows, self._items, strict=True):
            fits = wanted in ("", row.state) and typed in " ".join(self._cells(row)).lower()
            item.setHidden(not fits)
            shown += fits
        total = sum(self.report.counts.values()) if self.report is not None else 0
        self.note.setText(self.tr("{:,} of {:,} listed.").format(shown, total) if self.report is not None else "")
        self.copy.setEnabled(shown > 0)

    def _on_copy(self) -> None:
        head = [self.table.headerItem().text(column) for column in range(4)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in [head, *self.listed()]))
        self.note.setText(self.tr("{:,} rows were copied.").format(len(self.listed())))

    def _prepare_table(self) -> None:
        view = self.table
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAlternatingRowColors(False)
        titles = ("Weight", "What becomes of it", "In the file", "In the drawing")
        view.setHeaderLabels([self.tr(title) for title in titles])
        view.setAccessibleName(self.tr("What becomes of each weight"))
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        figures, tools, mending, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        figures.setSpacing(24)
        for state, label in self.figures.items():
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label)
            column.addWidget(words(self.tr(_FIGURES[state]), "label"))
            nest(figures, column, 1)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.kinds)
        mending.addWidget(self.naming, 1)
        mending.addWidget(self.rename, 0, Qt.AlignmentFlag.AlignTop)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.note, 1)
        buttons.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(24, 20, 24, 20)
        rows.setSpacing(14)
        rows.addWidget(self.title)
        nest(rows, figures)
        nest(rows, mending)
        nest(rows, tools)
        rows.addWidget(self.table, 1)
        nest(rows, buttons)
