"""The network summary: weights, calculations and memory of each layer and in all, for a batch of any size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from runtime.cost_protocol import LENGTH, MAX_BATCH, CostAnswer, CostRow
from studio.cost_words import (
    FIGURES_FROM,
    NOTHING,
    TITLES,
    as_columns,
    as_markdown,
    as_tabs,
    cells,
    count_words,
    flops_words,
    total_cells,
)
from studio.states import size
from studio.theme import LABEL, ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

_KEY_ROLE: Final = Qt.ItemDataRole.UserRole
_SHAPE: Final = 2
_SIZE: Final = (880, 600)
_INDENT: Final = 14
_AIR: Final = 20
_WIDEST: Final = 240


class SummaryDialog(QDialog):
    """A table with a row for each node; it stays open beside the drawing. A row that is chosen is `node_chosen`."""

    node_chosen = Signal(str, str)  # network, uid
    batch_chosen = Signal(int)
    closed = Signal()

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder = holder
        self._tips = self._make_tips()
        self._is_filling = False
        self.answer: CostAnswer | None = None
        self.setWindowTitle(self.tr("Network summary"))
        self.title = words(self.tr("Network summary"), "title")
        self.batch = QSpinBox()
        self.batch.setRange(1, MAX_BATCH)
        self.batch.setGroupSeparatorShown(True)
        self.batch.setFixedWidth(90)
        self.batch.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.batch.lineEdit().setTextMargins(6, 0, 6, 0)
        self.batch.setAccessibleName(self.tr("Batch size"))
        self.batch.setToolTip(self.tr("For how many samples at once the costs are worked out."))
        self.batch.valueChanged.connect(self.batch_chosen)
        self.figures = {name: words(NOTHING, "headline") for name in self._tips}
        self.table = QTreeWidget()
        self.problem = Sentence(holder)
        self.note = words("", "caption", wrap=True)
        self.copies = [
            self._button(self.tr("Copy as text"), as_columns),
            self._button(self.tr("Copy as Markdown"), as_markdown),
            self._button(self.tr("Copy for a spreadsheet"), as_tabs),
        ]
        self._prepare_table()
        self._lay_out()
        self.finished.connect(lambda _result: self.closed.emit())
        holder.changed.connect(self._on_theme)
        self.resize(*_SIZE)
        self.show_waiting()

    def set_batch(self, batch: int) -> None:
        """Show another batch size, without a word to anybody."""
        self.batch.blockSignals(True)
        self.batch.setValue(batch)
        self.batch.blockSignals(False)

    def show_waiting(self) -> None:
        """The costs are being worked out; those from before stay until then."""
        self.problem.say("")
        self.note.setText(self.tr("Working it out…"))
        self._allow_copies(False)

    def show_problem(self, sentence: str) -> None:
        """The costs cannot be worked out."""
        self.answer = None
        self.problem.say(sentence)
        self.note.setText("")
        self.title.setText(self.tr("Network summary"))
        for label in self.figures.values():
            label.setText(NOTHING)
            label.setToolTip("")
        self.table.clear()
        self._allow_copies(False)

    def show_answer(self, answer: CostAnswer) -> None:
        """The costs of the drawing as it stands; the row that was chosen stays so."""
        if answer.problem:
            self.show_problem(answer.problem)
            return
        self.answer = answer
        self.problem.say("")
        self.title.setText(answer.network)
        self._show_figures(answer)
        self._fill(answer)
        self.note.setText(self._notes(answer))
        self._allow_copies(True)

    def _make_tips(self) -> dict[str, str]:
        return {
            self.tr("Weights"): self.tr("The numbers the network learns, and what they take in memory."),
            self.tr("Calculations"): self.tr(
                "Floating point operations of one forward pass for this batch. An addition and a multiplication count "
                "apart. As torch counts them: matrix products, convolutions and attention."
            ),
            self.tr("Memory while training"): self.tr(
                "What autograd keeps of a forward pass until the way back, weights apart."
            ),
            self.tr("Memory while answering"): self.tr(
                "The most that is held at once while a batch is answered and nothing is learned, weights apart."
            ),
        }

    def _button(self, label: str, write: Callable[[CostAnswer], str]) -> QPushButton:
        button = QPushButton(label)
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._copy, write))
        return button

    def _copy(self, write: Callable[[CostAnswer], str]) -> None:
        if self.answer is not None:
            QGuiApplication.clipboard().setText(write(self.answer))
            self.note.setText(self.tr("The table was copied."))

    def _allow_copies(self, on: bool) -> None:
        for button in self.copies:
            button.setEnabled(on)

    def _show_figures(self, answer: CostAnswer) -> None:
        bytes_ = self.tr("{:,} bytes")
        told = (
            (count_words(answer.weights), f"{answer.weights:,} · {size(answer.weight_bytes)}"),
            (flops_words(answer.flops), f"{answer.flops:,} FLOPs"),
            (size(answer.kept_bytes), bytes_.format(answer.kept_bytes)),
            (size(answer.peak_bytes), bytes_.format(answer.peak_bytes)),
        )
        for label, (figure, exact) in zip(self.figures.values(), told, strict=True):
            label.setText(figure)
            label.setToolTip(exact)

    def _notes(self, answer: CostAnswer) -> str:
        notes = []
        if any(row.depth for row in answer.rows):
            notes.append(self.tr("Layers of a block stand under its first use, with the figures of all its uses."))
        if answer.frozen:
            learning = f"{answer.weights - answer.frozen:,}"
            notes.append(self.tr("{} of the weights learn; the others are frozen.").format(learning))
        if answer.has_lengths:
            notes.append(self.tr("{} steps stand for the length T.").format(LENGTH))
        return " ".join(notes)

    def _fill(self, answer: CostAnswer) -> None:
        self._is_filling = True
        chosen = self.table.currentItem()
        key = None if chosen is None else chosen.data(0, _KEY_ROLE)
        scrolled = self.table.verticalScrollBar().value()
        self.table.clear()
        parents: list[QTreeWidgetItem] = [self.table.invisibleRootItem()]
        for row in answer.rows:
            item = QTreeWidgetItem(parents[row.depth], list(cells(row)))
            item.setData(0, _KEY_ROLE, (row.network, row.uid))
            self._explain(item, row)
            parents[row.depth + 1 :] = [item]
            if key is not None and tuple(key) == (row.network, row.uid):
                self.table.setCurrentItem(item)
        total = QTreeWidgetItem(self.table, list(total_cells(answer)))
        total.setFlags(Qt.ItemFlag.ItemIsEnabled)
        for column in range(len(TITLES)):
            total.setFont(column, self._holder.theme.font(LABEL, bold=True))
        self._align(total)
        self.table.expandAll()
        self._fit_columns()
        self._make_room()
        self.table.verticalScrollBar().setValue(scrolled)
        self._is_filling = False

    def _explain(self, item: QTreeWidgetItem, row: CostRow) -> None:
        item.setToolTip(0, row.name)
        item.setToolTip(_SHAPE, cells(row)[_SHAPE])
        item.setToolTip(3, f"{row.weights:,}")
        item.setToolTip(4, f"{row.flops:,} FLOPs")
        item.setToolTip(5, self.tr("{:,} bytes").format(row.kept_bytes))
        self._align(item)

    def _align(self, item: QTreeWidgetItem) -> None:
        for column in range(FIGURES_FROM, len(TITLES)):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _prepare_table(self) -> None:
        view = self.table
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setRootIsDecorated(False)
        view.setItemsExpandable(False)
        view.setIndentation(_INDENT)
        view.setUniformRowHeights(True)
        view.setHeaderLabels([self.tr(title) for title in TITLES])
        view.setAccessibleName(self.tr("Costs of each layer"))
        view.currentItemChanged.connect(self._on_item)
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(_SHAPE, QHeaderView.ResizeMode.Stretch)
        head = view.headerItem()
        for column, title in enumerate(TITLES):
            head.setToolTip(column, self._tips.get(title, ""))
        head.setToolTip(_SHAPE, self.tr("What leaves the layer; the first number is the batch."))
        self._align(head)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Each column as wide as what stands in it, and some air; the shapes have the rest."""
        view = self.table
        for column in range(len(TITLES)):
            if column != _SHAPE:
                wide = max(view.sizeHintForColumn(column), view.header().sectionSizeHint(column))
                view.setColumnWidth(column, min(wide, _WIDEST) + _AIR)

    def _make_room(self) -> None:
        """Grow, as far as the window around allows, where the shapes would be cut off."""
        view, around = self.table, self.parentWidget()
        others = sum(view.columnWidth(column) for column in range(len(TITLES)) if column != _SHAPE)
        missing = min(view.sizeHintForColumn(_SHAPE), _WIDEST) + _AIR - (view.viewport().width() - others)
        room = around.width() - self.width() if around is not None else missing
        if min(missing, room) > 0:
            self.resize(self.width() + min(missing, room), self.height())

    def _lay_out(self) -> None:
        top, figures, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(words(self.tr("Batch size"), "label"))
        top.addWidget(self.batch)
        figures.setSpacing(24)
        for name, label in self.figures.items():
            nest(figures, self._figure(name, label), 1)
        for button in self.copies:
            buttons.addWidget(button)
        buttons.addStretch(1)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        nest(column, top)
        nest(column, figures)
        column.addWidget(self.problem)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        nest(column, buttons)

    def _figure(self, name: str, label: QLabel) -> QVBoxLayout:
        caption = words(name, "label")
        caption.setToolTip(self._tips[name])
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(label)
        column.addWidget(caption)
        return column

    def _on_item(self, item: QTreeWidgetItem | None) -> None:
        key = None if item is None or self._is_filling else item.data(0, _KEY_ROLE)
        if key is not None:
            self.node_chosen.emit(*key)

    def _on_theme(self, _theme: object) -> None:
        if self.answer is not None:
            self._fill(self.answer)
