"""The legend of the curves: a table of what each line is at now, at its best, and under the crosshair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QBrush, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from studio.curves.history import Axis, RunHistory, is_share
from studio.curves.lines import Look
from studio.metric_words import metric_name
from studio.plain_numbers import score

_ROW_HEIGHT = 22
_NARROWEST = 62
_MOST_ROWS_SHOWN = 6
_SWATCH_WIDTH, _SWATCH_HEIGHT = 20, 10


class FiguresTable(QTableWidget):
    """One row for training and one for validation of loss and goal of every run that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(_NARROWEST)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(self.tr("Figures of the curves"))
        self._rows: list[tuple[str, str]] = []

    def show_figures(
        self, runs: Sequence[RunHistory], looks: Mapping[str, Look], axis: Axis, cursor: float | None
    ) -> None:
        """Show the figures of these runs; `cursor` is where the crosshair stands, on that axis."""
        here = "" if cursor is None else self.tr("at {}").format(_place(cursor, axis))
        self.setHorizontalHeaderLabels(["", here, self.tr("now"), self.tr("best"), self.tr("at epoch")])
        shown = [(run, look, name) for run in reversed(runs) for look in [looks[run.key]] for name in _names(run, look)]
        self.setColumnHidden(1, cursor is None)
        self.setRowCount(len(shown))
        alone = sum(not looks[run.key].is_ghost for run in runs) == 1
        for row, (run, look, name) in enumerate(shown):
            self._fill(row, run, look, name, axis, cursor, alone=alone)
        row_height = max(_ROW_HEIGHT, self.fontMetrics().height() + 6)
        self.verticalHeader().setDefaultSectionSize(row_height)
        height = self.horizontalHeader().sizeHint().height() + row_height * min(max(len(shown), 1), _MOST_ROWS_SHOWN)
        self.setFixedHeight(height + 4)

    def _fill(
        self, row: int, run: RunHistory, look: Look, name: str, axis: Axis, cursor: float | None, *, alone: bool
    ) -> None:
        split, _, metric = name.partition("/")
        is_per_cent = is_share(metric)
        greater = is_per_cent or (metric == run.goal and run.is_goal_greater_better)
        pyramid = run.series[name]
        best = run.best_of(name, greater=greater)
        now: float | None = float(pyramid.y[-1]) if len(pyramid) else None
        if name == "train/loss" and run.epoch_losses():  # that of one batch, the luckiest even, says little
            now, best = run.epoch_losses()[-1][0], min(run.epoch_losses())
        under = None if cursor is None else run.value_at(name, run.step_at(cursor, axis))
        words = self.tr("{} {}").format(_split_word(split), metric_name(metric))
        cells = (
            words if alone else f"{run.title} · {words}",
            "" if cursor is None else score(under, is_share=is_per_cent),
            score(now, is_share=is_per_cent),
            score(best[0] if best else None, is_share=is_per_cent),
            f"{best[1]:.0f}" if best and best[1] >= 1 else (f"{best[1]:.2f}" if best else ""),
        )
        for column, text in enumerate(cells):
            item = self.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.setItem(row, column, item)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if item.text() != text:
                item.setText(text)
        first = self.item(row, 0)
        if first is not None:
            first.setIcon(_swatch(look, is_validation=split == "validation"))
            first.setToolTip(cells[0])


def _names(run: RunHistory, look: Look) -> list[str]:
    if look.is_ghost:
        return []
    wanted = [*run.names("loss"), *(run.names("goal") if run.goal != "loss" else ())]
    return [name for name in wanted if name in run.series and len(run.series[name])]


def _split_word(split: str) -> str:
    return QCoreApplication.translate("FiguresTable", "training" if split == "train" else split)


def _place(x: float, axis: Axis) -> str:
    if axis == "steps":
        return QCoreApplication.translate("FiguresTable", "step {:,.0f}").format(x)
    if axis == "minutes":
        return QCoreApplication.translate("FiguresTable", "{:.1f} min").format(x)
    return QCoreApplication.translate("FiguresTable", "{:.2f}").format(x)


def _swatch(look: Look, *, is_validation: bool) -> QIcon:
    """A short piece of the line as it is drawn."""
    picture = QPixmap(_SWATCH_WIDTH, _SWATCH_HEIGHT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    style = Qt.PenStyle.DashLine if look.is_dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QBrush(look.color), 2.5 if is_validation else 1.5, style))
    middle = _SWATCH_HEIGHT // 2
    painter.drawLine(2, middle, _SWATCH_WIDTH - 2, middle)
    if is_validation:
        painter.setBrush(look.color)
        painter.drawEllipse(_SWATCH_WIDTH // 2 - 2, middle - 2, 4, 4)
    painter.end()
    return QIcon(picture)
