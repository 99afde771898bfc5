"""Training as the window sees it: a spare worker kept warm, the run under way, its numbers, and its end."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from graph.errors import LoomError
from runtime.rundir import RunDir, RunTail, bring_runs_home, create_run, runs_of, runs_root
from studio.step_rate import StepRate
from studio.training_state import TrainingState, after_event, after_points
from studio.worker_process import WorkerProcess

_TICK_MS = 40
_LOOKS_AT_LOCK = 12  # ticks between looks at the lock of a run that another process started
_PROGRESS_SECONDS = 0.1
_STOP_PATIENCE_SECONDS = 3.0
_RELEASE_SECONDS = 5.0
_COMMAND = (sys.executable, "-P", "-m", "runtime.worker")


class TrainingController(QObject):
    """Starts runs in worker processes, follows one of them, and hands its commands over.

    A worker with a job belongs to its run folder: it outlives this object and the window. `points`, `points_cut`
    and `recorded` carry the run's own numbers and events; after `points_cut` the points from that step on are void,
    as the run was resumed before it.
    """

    state_changed = Signal(object)  # TrainingState
    points = Signal(object, object)  # RunDir, series -> (steps, values)
    points_cut = Signal(object, int)  # RunDir, step
    recorded = Signal(object, object)  # RunDir, event (a dict)
    run_started = Signal(object)  # RunDir: followed from now on, its records come next
    run_list_changed = Signal()
    log_text = Signal(object, str)  # RunDir, what the process printed
    said = Signal(str, str)  # a sentence of the run that is followed, and its level

    def __init__(self, parent: QObject | None = None, *, command: Sequence[str] = _COMMAND) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._spare: WorkerProcess | None = None
        self._worker: WorkerProcess | None = None
        self._retired: list[WorkerProcess] = []
        self._keeps_spare = False
        self.token_of: Callable[[RunDir], str] = lambda _run: ""  # the fingerprint of the Python that may run
        self._tail: RunTail | None = None
        self._old_events = 0
        self._log_position = 0
        self._rate = StepRate()
        self._ticks = 0
        self._told_at = self._stop_asked_at = self._continue_at = 0.0
        self._project_path: Path | None = None
        self._state = TrainingState()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def state(self) -> TrainingState:
        """How training stands now."""
        return self._state

    @property
    def run(self) -> RunDir | None:
        """The run that is followed."""
        return self._state.run

    @property
    def worker_pid(self) -> int:
        """The id of the process that was given the run followed, 0 when it was not started here."""
        return self._worker.pid if self._worker is not None else 0

    @property
    def spare_pid(self) -> int:
        """The id of the spare worker, 0 while there is none."""
        return self._spare.pid if self._spare is not None else 0

    def is_spare_ready(self) -> bool:
        """Whether a spare has warmed up, so that a run begins at once."""
        return self._spare is not None and self._spare.is_ready()

    def ask_spare(self, request: Mapping[str, Any]) -> bool:
        """Ask the spare worker how long a training takes; False while none is warm."""
        return self._spare is not None and self._spare.is_ready() and self._spare.ask(request)

    def spare_answer(self) -> dict[str, Any] | None:
        """What the spare worker answered since it was asked last, if it did."""
        return self._spare.answer() if self._spare is not None else None

    def children_running(self) -> int:
        """How many processes started here still run."""
        return sum(worker.is_running() for worker in (self._spare, self._worker, *self._retired) if worker is not None)

    def set_project(self, path: Path | None) -> None:
        """Tell which file's runs to list; follows a run of it that is still training, if there is one."""
        self._project_path = path
        if path is not None and not self._state.is_active:
            bring_runs_home(path)
        self.run_list_changed.emit()
        run = self.run if self._state.is_active else None
        if run is not None and run.path.parent != runs_root(path) and run not in self.runs():
            self._let_go()
        if not self._state.is_active:
            alive = next((run for run in reversed(self.runs()) if run.is_alive()), None)
            if alive is not None:
                self.attach(alive)
            else:
                self._let_go()

    def runs(self) -> list[RunDir]:
        """The runs of the project, oldest first."""
        return runs_of(self._project_path)

    def start_spare(self) -> None:
        """Keep one worker warm from now on, except while a run is under way."""
        self._keeps_spare = True
        if self._spare is None and not self._state.is_active:
            self._spare = self._new_worker()

    def _new_worker(self) -> WorkerProcess:
        return WorkerProcess(self._command)

    def train(
        self,
        project_text: str,
        base: Path | str | None = None,
        run_root: Path | None = None,
        *,
        is_single: bool = False,
        of: str = "",
    ) -> RunDir | None:
        """Begin a run of that project text; `base` is what its relative paths start from. None when it cannot be.

        `is_single`: it pauses after its first step. `of`: what a project without a file is called.
        """
        if self._state.is_active:
            return None
        root = run_root if run_root is not None else runs_root(self._project_path)
        try:
            run = create_run(root, project_text, base=Path(base) if base else None, of=of)
        except LoomError as error:
            self._set(TrainingState(kind="failed", message=str(error), estimate_seconds=self._state.estimate_seconds))
            return None
        if is_single:
            with contextlib.suppress(OSError):  # a run that cannot be written to says so itself
                run.send("step")
        self._begin(run, resume=False)
        return run

    def resume_new(self, run: RunDir) -> None:
        """Begin a run that goes on from another one: its folder was made for that."""
        if not self._state.is_active:
            self._begin(run, resume=True)

    def continue_crashed(self) -> None:
        """Go on from the last checkpoint of the run followed, after its process ended or it was stopped."""
        run = self.run
        if run is not None and not self._state.is_active:
            self._continue_at = time.monotonic() + _RELEASE_SECONDS
            self._continue(run)

    def continue_run(self, run: RunDir) -> None:
        """Follow a run that ended before its time, and go on from its last checkpoint."""
        if not self._state.is_active:
            self.attach(run)
            self.continue_crashed()

    def _continue(self, run: RunDir) -> None:
        """Begin once the process that has just ended has let go of the run, which takes it a moment."""
        if self.run != run or self._state.is_active:
            return
        if run.is_alive() and time.monotonic() < self._continue_at:
            QTimer.singleShot(_TICK_MS, self, lambda: self._continue(run))
        elif not run.is_alive():
            self._begin(run, resume=True)
        else:
            text = self.tr("The run is still being written by another process. Try again in a moment.")
            self._set(replace(self._state, message=text))

    def attach(self, run: RunDir) -> None:
        """Follow a run from its first record, whether it still trains or not."""
        self._let_go()
        self._follow(run)
        self._on_tick()

    def pause(self) -> None:
        """Ask for a halt after the step under way."""
        self._send("pause")

    def resume(self) -> None:
        """Ask to go on after a pause, or after the disk was full."""
        self._send("resume")

    def stop(self) -> None:
        """Ask for the end, weights kept; asked again after some seconds without an answer, the process is killed."""
        now = time.monotonic()
        if self._stop_asked_at and now - self._stop_asked_at > _STOP_PATIENCE_SECONDS and self._worker is not None:
            self._worker.kill()
            return
        self._stop_asked_at = self._stop_asked_at or now
        if self._send("stop"):
            self._set(replace(self._state, is_ending=True))

    def step(self) -> None:
        """Ask for one batch, then a pause."""
        self._send("step")

    def snapshot(self) -> None:
        """Ask for a checkpoint at this step."""
        self._send("snapshot")

    def set_slow(self, on: bool) -> None:
        """Ask for training at the speed of a lesson, or full speed again."""
        self._send("slow", on=on)

    def set_values(self, on: bool) -> None:
        """Ask for the numbers inside of its steps, or for none."""
        self._send("values", on=on)

    def set_lr(self, value: float) -> None:
        """Ask for another learning rate from the next step on."""
        self._send("set_lr", value=value)

    def close(self) -> None:
        """End the spare and stop following; a run under way goes on by itself."""
        self._keeps_spare = False
        self._let_go()
        self._dismiss_spare()
        self._reap()
        self._timer.stop()

    def _begin(self, run: RunDir, *, resume: bool) -> None:
        self._let_go()
        if not run.path.is_dir():
            text = self.tr("The folder {} of this run is gone. Train again for a new one.").format(run.path)
            self._set(TrainingState(kind="failed", message=text, estimate_seconds=self._state.estimate_seconds))
            self.run_list_changed.emit()
            return
        old_events = len(run.events())  # how it stood before a resume does not count any more
        worker, self._spare = self._spare, None
        job = {"run_dir": str(run.path), "resume": resume, "control_start": run.control_size()}
        job["trusted"] = self.token_of(run)
        if worker is None or not worker.is_running() or not worker.give(job):
            if worker is not None:
                worker.dismiss()
            worker = self._new_worker()
            worker.give(job)
        self._worker = worker
        self._follow(run, old_events=old_events)
        self.run_list_changed.emit()

    def _follow(self, run: RunDir, *, old_events: int = 0) -> None:
        self._tail = run.tail()
        self._old_events = old_events
        self._log_position = 0
        self._rate = StepRate()
        self._stop_asked_at = 0.0
        self._set(TrainingState(kind="starting", run=run, estimate_seconds=self._state.estimate_seconds))
        self.run_started.emit(run)
        self._timer.start()

    def _let_go(self) -> None:
        """Stop following; the worker, if any, is only remembered so that its end is noticed."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None
        if self._worker is not None:
            self._retired.append(self._worker)
            self._worker = None
        if self._state.run is not None:
            self._set(TrainingState(estimate_seconds=self._state.estimate_seconds))

    def _on_tick(self) -> None:
        self._ticks += 1
        if self._tail is not None:
            # Whether it has ended is asked first: what it wrote before its end is then surely read.
            ending = self._ending()
            self._read_records(self._tail)
            if ending is not None and self._state.is_active:
                self._set(replace(self._state, kind="crashed", is_ending=False, message=ending, seconds_left=None))
                self._read_log()
            if not self._state.is_active:
                self._finish_following()
        if self._ticks % _LOOKS_AT_LOCK == 0:
            self._read_log()
            self._reap()
        if self._tail is None and not self._retired:
            self._timer.stop()

    def _read_records(self, tail: RunTail) -> None:
        run = self._state.run
        assert run is not None
        try:
            poll = tail.poll()
        except OSError as error:
            self._set(replace(self._state, kind="failed", message=f"{run.path} cannot be read: {error.strerror}."))
            return
        state = self._state
        if poll.cut is not None:
            self.points_cut.emit(run, poll.cut)
            state = replace(state, step=min(state.step, poll.cut - 1))
        fresh = poll.events[self._old_events :]
        for row in fresh:
            state = after_event(state, row)
        self._old_events = max(0, self._old_events - len(poll.events))
        if poll.points:
            state = after_points(state, poll.points)
        state = self._with_time_left(state)
        for row in poll.events:
            self.recorded.emit(run, row)
        for row in fresh:
            if row.get("kind") == "message":
                self.said.emit(str(row.get("text", "")), str(row.get("level", "info")))
        if poll.points:
            self.points.emit(run, poll.points)
        if self._state.run == run:  # a listener may have turned to another run
            self._set(state)

    def _with_time_left(self, state: TrainingState) -> TrainingState:
        if state.kind != "training":
            self._rate.rest()
            return replace(state, seconds_left=None)
        self._rate.add(state.step, time.monotonic())
        return replace(state, seconds_left=self._rate.seconds_for(state.total_steps - state.step))

    def _ending(self) -> str | None:
        """A sentence about how the process ended, or None while it lives.

        A process that was started elsewhere is known by the lock alone, which is looked at twice a second.
        """
        run = self._state.run
        assert run is not None
        if self._worker is not None:
            if self._worker.is_running():
                return None
            last = "" if self._state.step else self._worker.last_words()
            return self._death_sentence(self._worker.how_it_ended(), last)
        if self._ticks % _LOOKS_AT_LOCK and self._state.kind != "starting":
            return None
        return None if run.is_alive() else self._death_sentence("", "")

    def _death_sentence(self, how: str, last_words: str) -> str:
        told = f" ({how})" if how else ""
        sentence = self.tr("The training process ended{}. Nothing of your drawing is lost.").format(told)
        return f"{sentence} {last_words}" if last_words else sentence

    def _finish_following(self) -> None:
        """The run has ended: keep its state to be seen, and warm a new spare."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None
        self._read_log()
        if self._worker is not None:
            self._retired.append(self._worker)
            self._worker = None
        self.run_list_changed.emit()
        if self._keeps_spare:
            self.start_spare()

    def _read_log(self) -> None:
        run = self._state.run
        if run is None:
            return
        try:
            with (run.path / "log.txt").open("rb") as stream:
                stream.seek(self._log_position)
                fresh = stream.read()
        except OSError:
            return
        if fresh:
            self._log_position += len(fresh)
            self.log_text.emit(run, fresh.decode("utf-8", errors="replace"))

    def _send(self, command: str, **values: object) -> bool:
        """Whether the run was told."""
        run = self.run
        if run is None or not self._state.is_active:
            return False
        try:
            run.send(command, **values)
        except OSError as error:
            text = self.tr("The run could not be told to {}: {}.").format(command, error.strerror)
            self._set(replace(self._state, message=text))
            return False
        return True

    def _dismiss_spare(self) -> None:
        if self._spare is not None:
            self._spare.dismiss()
            self._spare = None

    def _reap(self) -> None:
        for worker in list(self._retired):
            if not worker.is_running():
                worker.forget()
                self._retired.remove(worker)

    def _set(self, state: TrainingState) -> None:
        """Take a new state; mere progress is told ten times a second, all else at once."""
        old, self._state = self._state, state
        if old == state:
            return
        now = time.monotonic()
        is_same = (old.run, old.message, old.is_ending) == (state.run, state.message, state.is_ending)
        is_progress = old.kind == state.kind == "training" and is_same
        if is_progress and now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = now
        self.state_changed.emit(state)
