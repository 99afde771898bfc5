"""Joins attacks: opens the dialog for a run, lets a process attack it, and shows what is kept in the runs' folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from graph.errors import LoomError
from graph.files import parse
from runtime.attack_protocol import AttackOrder
from runtime.attack_reach import Reach, reach_of, targets_of
from runtime.attack_result import AttackResult
from runtime.attack_words import how
from runtime.kept_attacks import KeptAttack, attacks_of
from runtime.run_networks import RunNetwork
from runtime.rundir import RunDir
from studio.attack_client import AttackClient
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.dialogs.attack import AttackDialog
from studio.picture_flow import PATTERN, png_of
from studio.runs_flow import RunsFlow
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.trial_flow import has_weights

_BAR: Final = "attack"
_MOST_OTHERS: Final = 40


class AttackFlow(QObject):
    """Owns the dialog, which belongs to one run, and the process that works for it."""

    def __init__(
        self,
        controller: TrainingController,
        runs: RunsFlow,
        consent: DataConsent,
        bars: Bars,
        asker: Asker,
        holder: ThemeHolder,
        window: QWidget,
    ) -> None:
        super().__init__()
        self._controller, self._runs, self._consent, self._bars = controller, runs, consent, bars
        self._asker, self._holder, self._window = asker, holder, window
        self._run: RunDir | None = None
        self._others: tuple[tuple[str, RunDir, KeptAttack], ...] = ()
        self.dialog: AttackDialog | None = None
        self.client = AttackClient()
        self.client.progressed.connect(self._on_progress)
        self.client.attacked.connect(self._on_attacked)
        self.client.failed.connect(self._on_failed)
        runs.results.panel.attack_wanted.connect(lambda: self._open(runs.current))

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"train.attack": lambda: self._open(self._runs.chosen())}

    def close(self) -> None:
        """End the process, and close the dialog."""
        if self.dialog is not None:
            self.dialog.close()
        self.client.close()

    def _open(self, run: RunDir | None) -> None:
        """Show the dialog for a run, or say why it cannot be attacked."""
        self._bars.hide_bar(_BAR)
        if run is None or not has_weights(run):
            self._bars.show_bar(_BAR, self.tr("There are no weights yet. Train once, then attack what it has learned."))
            return
        try:
            targets = targets_of(run)
            reach = reach_of(run, targets[0])
            waiting = self._consent.waiting(parse(run.project_text()))
        except LoomError as problem:
            self._bars.show_bar(_BAR, str(problem), "warning")
            return
        if waiting:
            text = self.tr("This run was trained on {}, outside the folder of the project.").format(waiting)
            self._bars.show_bar(_BAR, text, "warning", [(self.tr("Read it"), partial(self._allow, waiting, run))])
            return
        self._show(run, reach, targets)

    def _allow(self, path: str, run: RunDir) -> None:
        self._consent.allow(path)
        self._open(run)

    def _show(self, run: RunDir, reach: Reach, targets: Sequence[RunNetwork]) -> None:
        if self.dialog is not None:
            self.dialog.close()
        dialog = AttackDialog(run.title(), reach, self._holder, self._window)
        self._run, self.dialog = run, dialog
        dialog.form.offer_networks(targets)
        dialog.form.ordered.connect(self._on_order)
        dialog.form.cancelled.connect(self._on_cancel)
        dialog.form.network_chosen.connect(self._on_network)
        dialog.other_chosen.connect(self._on_other)
        dialog.picture_wanted.connect(self._save_picture)
        dialog.closed.connect(self._on_closed)
        there = attacks_of(run)
        if there:
            self._show_kept(run, there[0])
        dialog.show()

    def _show_kept(self, run: RunDir, kept: KeptAttack) -> None:
        """Show what the folder of the run holds, over what it holds of the same attack on another of its networks."""
        dialog = self.dialog
        assert dialog is not None
        found, problem = _read(kept)
        dialog.form.end(problem)
        if found is None:
            return
        dialog.form.show_order(found.order)
        dialog.show_result(found)
        self._others = tuple(row for row in self._kept() if row[2] != kept)
        dialog.set_others([title for title, _, _ in self._others])
        twins = [at for at, row in enumerate(self._others) if row[1] == run and row[2].method == kept.method]
        if twins:
            dialog.others.setCurrentIndex(twins[0] + 1)
            self._on_other(twins[0])
        if found.weights != run.summary().weights_sha256:
            dialog.say(self.tr("This run was trained on since. Attack it again to see how it stands now."))

    def _kept(self) -> list[tuple[str, RunDir, KeptAttack]]:
        """All attacks on the runs of the project: of this run, then of the others, the newest first."""
        runs = [run for run in reversed(self._controller.runs()) if run != self._run]
        runs = [self._run, *runs] if self._run is not None else runs
        rows = [(run, kept) for run in runs for kept in attacks_of(run)]
        return [(f"{run.title()} · {kept.title()}", run, kept) for run, kept in rows[:_MOST_OTHERS]]

    def _on_network(self, network: RunNetwork) -> None:
        """Show what is kept of attacks on a network that was chosen, by the method that is chosen if there is one."""
        dialog, run = self.dialog, self._run
        if dialog is None or run is None or dialog.result_shown is None or dialog.form.is_busy:
            return
        found = [kept for kept in attacks_of(run) if kept.network == network]
        method = dialog.form.method.currentData()
        found.sort(key=lambda kept: kept.method != method)
        if found:
            self._show_kept(run, found[0])
        else:
            text = self.tr("{} was not attacked yet; what is shown is of another network.")
            dialog.say(text.format(network.title()))

    def _on_order(self, order: AttackOrder) -> None:
        if self._run is not None and self.dialog is not None:
            self.dialog.form.begin()
            self.client.start(self._run, order, trusted=self._controller.token_of(self._run))

    def _on_cancel(self) -> None:
        self.client.stop()
        if self.dialog is not None:
            self.dialog.form.end()
            self.dialog.say(self.tr("Cancelled. Nothing was kept of it."))

    def _on_progress(self, done: int, of: int) -> None:
        if self.dialog is not None:
            self.dialog.form.show_progress(done, of)

    def _on_attacked(self, name: str) -> None:
        run, dialog = self._run, self.dialog
        if run is None or dialog is None:
            return
        kept = next((one for one in attacks_of(run) if one.path.name == name), None)
        if kept is None:
            dialog.form.end(self.tr("What was found is gone from the folder of the run. Attack it again."))
        else:
            self._show_kept(run, kept)

    def _on_failed(self, text: str) -> None:
        if self.dialog is not None:
            self.dialog.form.end(text)

    def _on_other(self, place: int) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        if not 0 <= place < len(self._others):
            dialog.show_other("", None)
            return
        title, run, kept = self._others[place]
        found, problem = _read(kept)
        if found is not None and dialog.result_shown is not None and found.unit != dialog.result_shown.unit:
            found, problem = None, self.tr("Its epsilons are of another unit, so the two cannot be compared.")
        dialog.say(problem)
        is_own = run == self._run
        if found is not None:
            title = how(found.order) if is_own else f"{run.title()} · {how(found.order)}"
        dialog.show_other(title, found, is_of_this_run=is_own)

    def _save_picture(self) -> None:
        dialog, run = self.dialog, self._run
        if dialog is None or run is None:
            return
        path = self._asker.file_to_write(self.tr("Save picture"), Path.home() / f"attack-{run.name}.png", PATTERN)
        if path is None:
            return
        if path.suffix.lower() != ".png":
            path = path.with_name(path.name + ".png")
        try:
            path.write_bytes(png_of(dialog.picture()))
        except OSError as error:
            dialog.say(self.tr("{} was not written: {}.").format(path.name, error.strerror))
            return
        dialog.say(self.tr("Written to {}.").format(path))

    def _on_closed(self) -> None:
        self.client.stop()
        dialog, self.dialog, self._run, self._others = self.dialog, None, None, ()
        if dialog is not None:
            dialog.deleteLater()


def _read(kept: KeptAttack) -> tuple[AttackResult | None, str]:
    """What is kept of an attack, or why it cannot be shown."""
    try:
        return kept.read(), ""
    except LoomError as problem:
        return None, str(problem)
