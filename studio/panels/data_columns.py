"""The columns of a table as a list: what each is for, what it holds, and what was decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runtime.protocol import ColumnReport, ColumnRole
from studio.column_roles import ROLES
from studio.plain_numbers import are_years, day_words
from studio.theme import ThemeHolder
from studio.widgets.fields import Combo
from studio.widgets.labels import ElidedLabel, words
from studio.widgets.layouts import nest
from studio.widgets.page import clear

_MOST_ROWS: Final = 60
_ROLE_WIDTH: Final = 104
_BARS: Final = QSize(56, 20)
_KINDS: Final[Mapping[str, str]] = {
    "number": "number",
    "words": "words",
    "yes/no": "yes or no",
    "date": "date",
    "text": "text",
    "empty": "empty",
}
_ROLE_WORDS: Final[Mapping[ColumnRole, tuple[str, str]]] = {
    "feature": ("Learn from", "What the network is given."),
    "target": ("Predict", "What the network must answer."),
    "image": ("Picture file", "The column holds the paths of pictures."),
    "group": (
        "Group",
        "Rows with the same value here, such as the pictures of one patient, stay together: all of them train, all"
        " validate, or all test. The network is not given the column.",
    ),
    "split": (
        "Split",
        "The column says for each row whether it is to train, validation or test, in place of a split by chance."
        " The network is not given the column.",
    ),
    "ignore": ("Leave out", "The column is not used."),
}


class MiniBars(QWidget):
    """How often the values of a column come, as a row of bars."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._counts: tuple[int, ...] = ()
        self._kind = "vector"
        self.setFixedSize(_BARS)

    def show_counts(self, counts: Sequence[int], kind: str) -> None:
        """Show these counts in the colour of what flows."""
        self._counts, self._kind = tuple(counts), kind
        self.setVisible(bool(counts))
        self.update()

    def counts(self) -> tuple[int, ...]:
        """The counts that are shown."""
        return self._counts

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, most = self._holder.theme, max(self._counts, default=0)
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.flow(self._kind))
        step = min(self.width() / max(1, len(self._counts)), 12.0)
        left = self.width() - step * len(self._counts)
        for index, count in enumerate(self._counts):
            high = self.height() * count / most if most else 0.0
            high = max(high, 1.0) if count else 0.0
            painter.drawRect(QRectF(left + index * step, self.height() - high, max(1.0, step - 1.5), high))


class ColumnRow(QWidget):
    """One column. `role_chosen` and `kind_chosen` tell what the person wants of it."""

    role_chosen = Signal(str)
    kind_chosen = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._kind = ""
        self.name = ElidedLabel("", "strong")
        self.role = Combo()
        self.role.setFixedWidth(_ROLE_WIDTH)
        for role in ROLES:
            title, tip = _ROLE_WORDS[role]
            self.role.addItem(self.tr(title), role)
            self.role.setItemData(self.role.count() - 1, self.tr(tip), Qt.ItemDataRole.ToolTipRole)
        self.role.activated.connect(lambda index: self.role_chosen.emit(str(self.role.itemData(index))))
        self.facts = words("", "caption", wrap=True)
        self.bars = MiniBars(holder)
        self.kind = QPushButton()
        self.kind.setProperty("quiet", True)
        self.kind.clicked.connect(lambda: self.kind_chosen.emit(self._kind))
        self.note = words("", "caption", wrap=True)
        head, middle, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(8)
        head.addWidget(self.name, 1)
        head.addWidget(self.role)
        middle.setSpacing(8)
        middle.addWidget(self.facts, 1)
        middle.addWidget(self.bars)
        middle.addWidget(self.kind)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(2)
        nest(column, head)
        nest(column, middle)
        column.addWidget(self.note)

    def show_column(self, column: ColumnReport, other_kind: str) -> None:
        """Show what was found; `other_kind` is what else it could be read as."""
        self.name.setText(column.name)
        self.role.setCurrentIndex(self.role.findData(column.role))
        self.role.setAccessibleName(self.tr("What {} is for").format(column.name))
        model = self.role.model()
        is_target = column.role == "target"
        for index, role in enumerate(ROLES):
            item = model.item(index) if isinstance(model, QStandardItemModel) else None
            if item is not None:
                item.setEnabled(role == "target" or not is_target)
        target_tip = self.tr("To predict something else, choose Predict at another column.")
        self.role.setToolTip(target_tip if is_target else self.tr(_ROLE_WORDS[column.role][1]))
        self.facts.setText(facts_of(column))
        self.facts.setToolTip(", ".join(column.samples))
        self._show_bars(column)
        self.note.setText(column.note)
        self.note.setVisible(bool(column.note))
        self._kind = other_kind
        words_for = {"words": self.tr("As words"), "number": self.tr("As number")}
        tips = {
            "words": self.tr("Its numbers stand for kinds: each becomes a column of 0 and 1."),
            "number": self.tr("Its numbers are amounts."),
        }
        if is_target:
            words_for = {"words": self.tr("As classes"), "number": self.tr("As number")}
            tips = {
                "words": self.tr("Predict one of its values."),
                "number": self.tr("Predict how much it is."),
            }
        self.kind.setToolTip(tips.get(other_kind, ""))
        self.kind.setText(words_for.get(other_kind, ""))
        self.kind.setVisible(bool(other_kind))

    def _show_bars(self, column: ColumnReport) -> None:
        if column.histogram and column.kind != "yes/no":
            self.bars.show_counts(column.histogram, "vector")
        elif column.kind in ("words", "yes/no") or column.role == "target":
            self.bars.show_counts([count for _, count in column.common], "tokens")
        else:
            self.bars.show_counts((), "vector")


class ColumnList(QWidget):
    """All columns of a table, in its order. Both signals carry the name of a column first."""

    role_chosen = Signal(str, str)
    kind_chosen = Signal(str, str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.rows: dict[str, ColumnRow] = {}
        self._more = words("", "caption", wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        nest(outer, self._column)
        outer.addWidget(self._more)

    def show_columns(self, columns: Sequence[ColumnReport], other_kinds: Mapping[str, str]) -> None:
        """Show these columns; the rows stay while their names do, so that the focus stays as well."""
        shown = columns[:_MOST_ROWS]
        if [column.name for column in shown] != list(self.rows):
            clear(self._column)
            self.rows = {}
            for column in shown:
                self.rows[column.name] = self._row(column.name)
        for column in shown:
            self.rows[column.name].show_column(column, other_kinds.get(column.name, ""))
        rest = len(columns) - len(shown)
        self._more.setText(self.tr("and {} more columns, which are learned from").format(f"{rest:,}"))
        self._more.setVisible(rest > 0)

    def _row(self, name: str) -> ColumnRow:
        row = ColumnRow(self._holder)
        row.role_chosen.connect(lambda role: self.role_chosen.emit(name, role))
        row.kind_chosen.connect(lambda kind: self.kind_chosen.emit(name, kind))
        self._column.addWidget(row)
        return row


def facts_of(column: ColumnReport) -> str:
    """A column in a line: `number · 0 to 5 · 177 empty`, `words · male 577, female 314`."""
    parts = [_KINDS[column.kind]]
    if column.kind in ("words", "yes/no"):
        parts.append(", ".join(f"{word} {count:,}" for word, count in column.common[:3]))
    elif column.minimum is not None and column.maximum is not None:
        both = (column.minimum, column.maximum)
        is_year = column.kind == "number" and are_years(both)
        low, high = (f"{value:.0f}" if is_year else _written(value, column.kind) for value in both)
        parts.append(f"{low} to {high}")
    elif column.kind == "text":
        parts.append(f"{column.distinct:,} different")
    if column.missing:
        parts.append(f"{column.missing:,} empty")
    return " · ".join(part for part in parts if part)


def _written(value: float, kind: str) -> str:
    return day_words(value) if kind == "date" else f"{value:,.6g}"
