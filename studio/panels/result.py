"""The outcome under the curves: one figure, what it counts, the test looked at once, and the code to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.metric_words import metric_name
from studio.states import duration, goal_figure
from studio.widgets.labels import ElidedLabel, words


class ResultStrip(QWidget):
    """Follows the records of a run; `export_wanted` from its button once there are weights."""

    export_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._splits: Mapping[str, int] = {}
        self._goal = self._baseline = ""
        self._last: tuple[float, str] | None = None
        self.headline = words("", "headline")
        self.meaning = ElidedLabel("", "body")
        self.detail = ElidedLabel("", "label")
        self.export = QPushButton(self.tr("Export code"))
        self.export.clicked.connect(self.export_wanted)
        self.export.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # it goes away with the next run, the keys must not
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.headline)
        line.addWidget(self.meaning, 1)
        line.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 12, 10)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self.detail)
        self.clear()

    def clear(self) -> None:
        """Another run begins, or none is followed."""
        self._last, self._baseline = None, ""
        self.export.hide()
        self.hide()

    def set_splits(self, splits: Mapping[str, int]) -> None:
        """How many samples train, validate and test."""
        self._splits = splits

    def add_event(self, row: Mapping[str, Any]) -> None:
        """Take a record of the run."""
        kind = row.get("kind")
        if kind == "started":
            self.clear()
            self._goal = str(row.get("goal") or "")
            baseline = (row.get("baseline") or {}).get(self._goal)
            self._baseline = goal_figure(self._goal, float(baseline)) if isinstance(baseline, int | float) else ""
        elif kind == "epoch" and isinstance(row.get("goal"), int | float):
            self._show(float(row["goal"]), "validation")
        elif kind == "finished":
            self._finish(row)

    def _show(self, value: float, split: str) -> None:
        figure = goal_figure(self._goal, value)
        is_share = figure.endswith("%") and self._goal == "accuracy"
        count = f"{self._splits[split]:,} " if split in self._splits else ""
        self.headline.setText(figure[:1].upper() + figure[1:])
        self.meaning.setText(f"of {count}{split} samples right" if is_share else f"on {count}{split} samples")
        self.detail.setText(f"always guessing: {_bare(self._baseline, self._goal)}" if self._baseline else "")
        self.detail.setVisible(bool(self.detail.text()))
        self.show()

    def _finish(self, row: Mapping[str, Any]) -> None:
        goal = row.get("goal") or {}
        if isinstance(goal.get("value"), int | float):
            self._goal = str(goal.get("name") or self._goal)
            self._show(float(goal["value"]), str(goal.get("split") or "validation"))
        parts = [self.detail.text()] if self.detail.text() else []
        test = (row.get("test") or {}).get(self._goal)
        if isinstance(test, int | float):
            figure = goal_figure(self._goal, float(test))
            count = f" of {self._splits['test']:,}" if "test" in self._splits and self._goal == "accuracy" else ""
            parts.insert(0, f"test, looked at once: {_bare(figure, self._goal)}{count}")
        if isinstance(row.get("seconds"), int | float):
            parts.append(duration(float(row["seconds"])))
        self.detail.setText(" · ".join(parts))
        self.detail.setVisible(bool(parts))
        self.export.setVisible(bool(row.get("weights_sha256")))


def _bare(figure: str, goal: str) -> str:
    """A figure without the name of its metric, which the headline has said."""
    return figure.removeprefix(metric_name(goal)).strip()
