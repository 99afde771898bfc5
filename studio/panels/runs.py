"""The runs panel: every training of this project, to overlay, name, continue, take back or delete."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QIcon, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QMenu,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from graph.errors import LoomError
from runtime.fit import direction_of
from runtime.rundir import RunDir, RunSummary
from studio import assets
from studio.curves.history import is_share
from studio.dialogs.ask import Answer, Asker
from studio.plain_numbers import score
from studio.states import loss_words
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.widgets.empty import EmptyState

MOST_SHOWN = 12
_NAME, _GOAL, _TIME, _STATE, _BEGUN = range(5)
_KEY_ROLE = Qt.ItemDataRole.UserRole
_REFRESH_MS = 1000
_SWATCH = 10
_FINAL = frozenset({"finished", "stopped", "nan", "failed", "disk_full"})
_STATES: Mapping[str, tuple[str, str, str]] = {
    "new": ("idle", "text3", "not begun"),
    "starting": ("busy", "text2", "starting"),
    "training": ("play", "accent", "training"),
    "paused": ("pause", "text2", "paused"),
    "disk_full": ("error", "error", "disk full"),
    "finished": ("check", "ok", "finished"),
    "stopped": ("stop", "text2", "stopped"),
    "nan": ("error", "error", "not a number"),
    "failed": ("error", "error", "failed"),
    "crashed": ("error", "error", "process ended"),
}
"""Icon, colour and word of each state of a run."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A summary with what the folder looked like when it was made."""

    stamp: tuple[int, ...]
    summary: RunSummary


class RunsPanel(QWidget):
    """Lists runs, newest first. A check shows a run's curves beside the current one, at most twelve."""

    shown_changed = Signal(object)  # tuple[RunDir, ...]
    train_wanted = Signal()
    restore_wanted = Signal(object)  # RunDir: take its drawing back
    more_wanted = Signal(object)  # RunDir: go on with it for more epochs
    weights_wanted = Signal(object)  # RunDir: let the next training start from its weights
    run_renamed = Signal(object, str)
    run_removed = Signal(object)

    def __init__(
        self,
        controller: TrainingController,
        holder: ThemeHolder,
        asker: Asker | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller, self._holder = controller, holder
        self._asker = asker or Asker(self)
        self._known: dict[Path, _Known] = {}
        self._runs: dict[str, RunDir] = {}
        self._colors: Mapping[str, QColor] = {}
        self._checked: set[str] = set()
        self._is_filling = False
        self.list = QTreeWidget(self)
        self._note = QLabel(self)
        self._note.setProperty("role", "caption")
        self._note.setWordWrap(True)
        self._note.hide()
        self._stack = QStackedLayout()
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(_REFRESH_MS)
        self._tick.timeout.connect(self.refresh)
        controller.run_list_changed.connect(self.refresh)
        controller.state_changed.connect(self._on_state)
        holder.changed.connect(self.refresh)
        self.refresh()

    def shown(self) -> tuple[RunDir, ...]:
        """The runs that are checked; the twelve best by goal when there are more."""
        checked = [self._runs[key] for key in self._runs if key in self._checked]
        if len(checked) <= MOST_SHOWN:
            return tuple(checked)
        return tuple(sorted(checked, key=self._rank)[:MOST_SHOWN])

    def selected(self) -> tuple[RunDir, ...]:
        """The runs whose rows are selected."""
        return tuple(self._runs[item.data(_NAME, _KEY_ROLE)] for item in self.list.selectedItems())

    def set_colors(self, colors: Mapping[str, QColor]) -> None:
        """Show which colour each run's curves have, by the run's name."""
        self._colors = colors
        self.refresh()

    def refresh(self) -> None:
        """Read the list anew; what has not changed on the disk is not read."""
        runs = self._controller.runs()
        self._runs = {run.name: run for run in reversed(runs)}
        self._known = {run.path: self._look(run) for run in runs}
        self._checked &= set(self._runs)
        self._stack.setCurrentIndex(1 if runs else 0)
        self._is_filling = True
        keys = list(self._runs)
        for row, key in enumerate(keys):
            item = self._item_at(row, key)
            self._fill(item, self._runs[key])
        while self.list.topLevelItemCount() > len(keys):
            self.list.takeTopLevelItem(len(keys))
        self._is_filling = False
        many = len(self._checked) > MOST_SHOWN
        self._note.setVisible(many)
        if many:
            text = self.tr("{} are chosen; the curves of the {} best by goal are shown.")
            self._note.setText(text.format(len(self._checked), MOST_SHOWN))

    def rename(self, run: RunDir, title: str) -> None:
        """Give a run a title; an empty one gives back its first name."""
        try:
            run.rename(title.strip())
        except OSError as error:
            text = self.tr("The name could not be kept: {}.").format(error.strerror)
            self._tell(text)
        self.refresh()
        self.run_renamed.emit(run, run.title())

    def delete(self, runs: tuple[RunDir, ...]) -> None:
        """Ask, and delete the folders of these runs."""
        if not runs:
            return
        title = self.tr("Delete this run?") if len(runs) == 1 else self.tr("Delete {} runs?").format(len(runs))
        names = ", ".join(run.title() for run in runs[:5]) + (" …" if len(runs) > 5 else "")
        one = self.tr("{}\nIts curves, weights and checkpoints are removed for good.")
        several = self.tr("{}\nTheir curves, weights and checkpoints are removed for good.")
        text = (one if len(runs) == 1 else several).format(names)
        answers = (
            Answer(key="delete", label=self.tr("Delete")),
            Answer(key="keep", label=self.tr("Keep"), is_default=True, is_escape=True),
        )
        if self._asker.choose(title, text, answers) != "delete":
            return
        for run in runs:
            try:
                run.delete()
            except (LoomError, OSError) as error:
                self._tell(str(error))
                continue
            self.run_removed.emit(run)
        self.refresh()
        self.shown_changed.emit(self.shown())

    def continue_run(self, run: RunDir) -> None:
        """Go on with a run that ended before its time, from its last checkpoint."""
        if not self._controller.state.is_active:
            self._controller.attach(run)
            self._controller.continue_crashed()

    def _look(self, run: RunDir) -> _Known:
        stamp = _stamp(run)
        known = self._known.get(run.path)
        if known is not None and known.stamp == stamp and known.summary.state in _FINAL:
            return known
        return _Known(stamp, run.summary())

    def _rank(self, run: RunDir) -> tuple[bool, float]:
        summary = self._known[run.path].summary
        value = summary.goal_value
        if value is None:
            return True, 0.0
        return False, -value if direction_of(summary.goal_name) == "max" else value

    def _item_at(self, row: int, key: str) -> QTreeWidgetItem:
        item = self.list.topLevelItem(row)
        if item is not None and item.data(_NAME, _KEY_ROLE) == key:
            return item
        for other in range(row + 1, self.list.topLevelItemCount()):
            moved = self.list.topLevelItem(other)
            if moved is not None and moved.data(_NAME, _KEY_ROLE) == key:
                self.list.takeTopLevelItem(other)
                self.list.insertTopLevelItem(row, moved)
                return moved
        fresh = QTreeWidgetItem()
        fresh.setData(_NAME, _KEY_ROLE, key)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        fresh.setFlags(flags | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
        for column in (_GOAL, _TIME, _BEGUN):
            fresh.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.list.insertTopLevelItem(row, fresh)
        return fresh

    def _fill(self, item: QTreeWidgetItem, run: RunDir) -> None:
        summary = self._known[run.path].summary
        theme = self._holder.theme
        icon, token, word = _STATES[summary.state]
        item.setText(_NAME, summary.title)
        checked = run.name in self._checked
        item.setCheckState(_NAME, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
        item.setIcon(_NAME, _dot(self._colors.get(run.name, QColor(Qt.GlobalColor.transparent))))
        item.setText(_GOAL, goal_words(summary))
        item.setText(_TIME, time_words(summary.seconds))
        item.setText(_STATE, self.tr(word))
        item.setText(_BEGUN, begun_words(summary.created, time.time()))
        item.setIcon(_STATE, assets.icon(icon, getattr(theme, token), 16))
        split = f" ({summary.goal_split})" if summary.goal_split else ""
        name = summary.goal_name.replace("_", " ")
        losses = loss_words(summary.result)
        item.setToolTip(_GOAL, self.tr("Losses: {}").format(losses) if losses else f"{name}{split}")
        item.setToolTip(_NAME, str(run.path))
        item.setToolTip(_STATE, summary.message or self.tr(word))

    def _lay_out(self) -> None:
        empty = EmptyState(self._holder, "runs", self.tr("Each training is kept here."), self.tr("Train"))
        empty.setParent(self)  # a stack without its widget would show it as a window
        empty.pressed.connect(self.train_wanted)
        self.train_button = empty.button
        full = QWidget(self)
        rows = QVBoxLayout(full)
        rows.setContentsMargins(0, 0, 8, 0)
        rows.setSpacing(0)
        rows.addWidget(self.list, 1)
        rows.addWidget(self._note)
        self._note.setContentsMargins(12, 6, 12, 6)
        self._stack.addWidget(empty)
        self._stack.addWidget(full)
        self.setLayout(self._stack)
        view = self.list
        view.setRootIsDecorated(False)
        view.setFrameShape(QTreeWidget.Shape.NoFrame)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setHeaderLabels([self.tr(word) for word in ("Run", "Goal", "Time", "State", "Begun")])
        view.setAccessibleName(self.tr("Runs of this project"))
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu)
        view.itemChanged.connect(self._on_item_changed)
        view.itemDoubleClicked.connect(self._on_double_click)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), view)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(lambda: self.delete(self.selected()))

    def menu(self) -> QMenu:
        """What can be done with the selected runs."""
        runs = self.selected()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(runs) == 1:
            run = runs[0]
            state = self._known[run.path].summary.state
            go_on = menu.addAction(self.tr("Continue from the last checkpoint"), lambda: self.continue_run(run))
            go_on.setEnabled(state in ("crashed", "stopped", "disk_full") and not self._controller.state.is_active)
            more = menu.addAction(self.tr("Train more epochs…"), lambda: self.more_wanted.emit(run))
            more.setEnabled(state in ("finished", "stopped") and not self._controller.state.is_active)
            menu.addAction(self.tr("Take its drawing back"), lambda: self.restore_wanted.emit(run))
            menu.addAction(self.tr("Load its weights into the drawing"), lambda: self.weights_wanted.emit(run))
            menu.addAction(self.tr("Rename"), self._edit_name)
            menu.addAction(self.tr("Open folder"), lambda: _open_folder(run.path))
            menu.addSeparator()
        menu.addAction(self.tr("Delete…"), lambda: self.delete(runs)).setEnabled(bool(runs))
        return menu

    def _edit_name(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.list.editItem(item, _NAME)

    def _on_menu(self, place: QPoint) -> None:
        if self.selected():
            self.menu().popup(self.list.viewport().mapToGlobal(place))

    def _on_double_click(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _NAME:
            self.list.editItem(item, _NAME)

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if self._is_filling or column != _NAME:
            return
        key = item.data(_NAME, _KEY_ROLE)
        run = self._runs.get(key)
        if run is None:
            return
        is_checked = item.checkState(_NAME) == Qt.CheckState.Checked
        if is_checked != (key in self._checked):
            self._checked ^= {key}
            self.refresh()
            self.shown_changed.emit(self.shown())
        elif item.text(_NAME) != self._known[run.path].summary.title:
            self.rename(run, item.text(_NAME))

    def _on_state(self, _state: object) -> None:
        """A run under way is looked at once a second; its end at once, by the list's own signal."""
        is_active = self._controller.state.is_active
        if is_active and not self._tick.isActive():
            self._tick.start()
        elif not is_active and self._tick.isActive():
            self._tick.stop()
            self.refresh()

    def _tell(self, text: str) -> None:
        answers = (Answer(key="well", label=self.tr("Close"), is_default=True, is_escape=True),)
        self._asker.choose(self.tr("That could not be done."), text, answers)


def goal_words(summary: RunSummary) -> str:
    """The goal a run reached, in few digits."""
    return score(summary.goal_value, is_share=is_share(summary.goal_name))


def time_words(seconds: float) -> str:
    """A length of time as people say it: `8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def begun_words(then: float, now: float) -> str:
    """When a run began: `14:03` today, else with its day."""
    begun = datetime.fromtimestamp(then)
    is_today = begun.date() == datetime.fromtimestamp(now).date()
    return begun.strftime("%H:%M" if is_today else "%d %b %H:%M")


def _dot(color: QColor) -> QIcon:
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(0, 0, _SWATCH, _SWATCH)
    painter.end()
    return QIcon(picture)


def _stamp(run: RunDir) -> tuple[int, ...]:
    found: list[int] = []
    for name in ("events.jsonl", "label.json"):
        try:
            facts = (run.path / name).stat()
        except OSError:
            found += [0, 0]
        else:
            found += [facts.st_mtime_ns, facts.st_size]
    return tuple(found)


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
