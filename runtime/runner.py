"""Drives one training: the generated script computes, this writes, listens and keeps checkpoints between its yields."""

from __future__ import annotations

import gc
import math
import time
from functools import partial
from types import ModuleType
from typing import Any

from graph.objectives import steps_of
from graph.whole import write_whole
from runtime.checkpoint import load_latest, save_checkpoint, weights_bytes
from runtime.control import Command, Control
from runtime.disk_room import LOOK_SECONDS, DiskRoom, StopRequestedError
from runtime.extension import is_longer
from runtime.journal import Event, Journal
from runtime.load_progress import LoadProgress
from runtime.observer import Observer
from runtime.offers import nan_offers
from runtime.onlookers import Onlookers
from runtime.passes import PassEndedError, Passes
from runtime.plan import DataError
from runtime.preparation import Prepared
from runtime.rhythm import Cadence, Rhythm
from runtime.run_clock import RunClock
from runtime.run_facts import idle_objectives, losses_apart, notes_of, progress_of, started_facts
from runtime.rundir import RunDir
from runtime.scaling import scaling_text
from runtime.series import SeriesWriter
from runtime.telemetry import EpochRecord, StepRecord, Telemetry
from runtime.wishes import Wishes

_FLUSH_SECONDS = 0.05
_SLOW_SECONDS = 0.1  # per step, when the person wants to see it happen
FIRST_LOOK_SECONDS = 3.0  # then there are answers to see, though the first epoch may be long
_FEW = 256  # samples that the results show of a run that was stopped and has no time to look at more


class Runner:
    """One training of one run folder, from its first or next step to its end."""

    def __init__(
        self,
        run: RunDir,
        prepared: Prepared,
        journal: Journal,
        control: Control,
        *,
        reading: LoadProgress,
        cadence: Cadence | None = None,
        retry_when_full: bool = False,
    ) -> None:
        self.run_dir = run
        self.journal = journal
        self.control = control
        self.prepared = prepared
        self.cadence = cadence or Cadence()
        self.module: ModuleType = prepared.load()
        reading.watch(self.module)
        self.training: Any = self._load_data()
        self.step = 0
        self.epoch = 0
        self._resumed_step = 0
        self._wishes = Wishes()
        self._clock = RunClock()
        room = DiskRoom(
            run.path,
            journal,
            self._wishes,
            listen=self._listen,
            step=lambda: self.step,
            clock=self._clock,
            retries=retry_when_full,
        )
        self._guard, self._note = room.write, room.note
        self._series: SeriesWriter
        self._telemetry: Telemetry
        self._observer = Observer(run.media, self.training, prepared, guard=self._guard, note=self._note)
        self._passes = Passes(self.module, self.training, self._in_pass)
        watched = (run.media, self.module, self.training, prepared, self._wishes)
        self._onlookers = Onlookers(*watched, guard=self._guard, note=self._note)
        self._seconds_before = 0.0
        self._next_look = 0.0
        self._next_flush = 0.0
        self._kept = Rhythm(self._clock)
        self._bad_step: int | None = None
        self._best_epoch = 0
        self._best_goal: float | None = None

    def _load_data(self) -> Any:
        try:
            return self.module.Training(device=self.prepared.choice.device)
        except getattr(self.module, "BadDataError", ()) as error:  # the script's own, where it reads files
            raise DataError(str(error)) from error

    # The course of a run.

    def run(self, *, resume: bool) -> Event:
        """Train to the end, or to a stop; the event that says how it ended."""
        if resume:
            self._load_checkpoint()
        try:
            self._guard(self.journal.keep_reserve)
            with self._guard(lambda: SeriesWriter(self.run_dir.path, start=self.step + 1)) as series:
                is_drawn = bool(steps_of(self.prepared.project))
                self._series, self._telemetry = series, Telemetry(series, steps_tell_all=is_drawn)
                numbers = scaling_text(self.training, self.prepared.plan.fields)
                self._guard(lambda: write_whole(self.run_dir.scaling, numbers))
                self._tell_started()
                self._onlookers.look(self.step, self.epoch)
                self._clock.begin()
                gc.freeze()  # torch's many objects stay; looking through them again and again costs 7 us a step
                return self._finish(self._train_watched())
        except StopRequestedError:
            return self._end("disk_full")
        finally:
            gc.unfreeze()

    def _train_watched(self) -> str:
        """Train until something ends it; the reason. The script itself stops at a loss that is no number."""
        try:
            return self._train()
        except self.module.TrainingStopped as stopped:
            self._flush()
            self._bad_step = stopped.step
            return "nan"
        except PassEndedError:
            return "stopped in a pass"
        finally:
            self._passes.is_open = False

    def _train(self) -> str:
        step_type = self.module.Step
        telemetry = self._telemetry
        clock = time.perf_counter
        reason = "completed"
        self._passes.is_open = True
        for record in self.training.run():
            if type(record) is step_type:
                telemetry.steps.append(record)
                if clock() < self._next_look:
                    continue
                self._after_step(record)
            else:
                self._after_epoch(record)
                if record.stopped:
                    reason = "early_stopping"
            if self._bad_step is not None:
                return "nan"
            if self._wishes.stop and self._kept.step == self.step < self.training.total_steps:
                return "stopped"
        self._flush()
        return "nan" if self._bad_step is not None else reason

    def _after_step(self, record: StepRecord) -> None:
        self.step, self.epoch = record.step, record.epoch
        now = time.perf_counter()
        self._next_look = now + LOOK_SECONDS
        self._obey(self.control.take())
        if now >= self._next_flush:
            self._flush()
        if self._wishes.single:
            self._flush()
            self._wishes.pause, self._wishes.single = True, False
        if self._wishes.slow:
            self._sleep(_SLOW_SECONDS)
        if self._wishes.single or self._wishes.pause or self._wishes.slow or self._onlookers.follows(record.step):
            self._next_look = 0.0
        # the last step of an epoch and the epoch itself belong together: no checkpoint parts them
        if record.step % self.training.steps_per_epoch and record.step < self.training.total_steps:
            is_awaited = not self._observer.has_looked and self._clock.seconds() >= FIRST_LOOK_SECONDS
            if self._wishes.slow or is_awaited:
                self._observer.look(record.epoch, self._clock.seconds(), is_within=True)
            self._onlookers.look_if_due(record.step, record.epoch, self._clock.seconds())
            self._at_safe_point(best=False, least=self.cadence.within_epoch)

    def _in_pass(self) -> None:
        """Between two batches of the validation samples: no checkpoint can be taken here, nor the rate be changed."""
        self.step = int(self.training.step)
        if time.perf_counter() >= self._next_flush:
            self._flush()
        self._obey(self._put_off_rates(self.control.take()))
        if self._wishes.pause and not self._wishes.stop:
            self._flush()
            self._stand_still(best=False, is_in_pass=True)
        if self._wishes.stop:
            self._passes.end_soon()

    def _after_epoch(self, record: EpochRecord) -> None:
        self.step, self.epoch = record.step, record.epoch
        self._obey(self.control.take())
        self._telemetry.take_epoch(record)
        if time.perf_counter() >= self._next_flush:
            self._flush()
        if self._bad_step is not None:
            return
        best = self._note_best(record.epoch, record.goal)
        values = {"epoch": record.epoch, "step": record.step, "train": record.train, "validation": record.validation}
        self._note("epoch", **values, goal=record.goal, best=best, seconds=self._seconds())
        self._observer.look(record.epoch, self._clock.seconds())
        self._onlookers.look_if_due(record.step, record.epoch, self._clock.seconds())
        self._at_safe_point(best=best, least=self.cadence.epoch_end)

    def _note_best(self, epoch: int, goal: float | None) -> bool:
        if goal is None or not math.isfinite(goal):
            return False
        before = self._best_goal
        is_best = before is None or (goal > before if self.training.goal_direction == "max" else goal < before)
        if is_best:
            self._best_goal, self._best_epoch = goal, epoch
        return is_best

    def _at_safe_point(self, *, best: bool, least: float) -> None:
        if self._bad_step is not None:
            return
        if self._kept.is_due(least) or self._wishes.snapshot or self._wishes.stop:
            self._checkpoint(best=best)
        if self._wishes.pause and not self._wishes.stop:
            self._pause(best=best)

    # Standing still.

    def _pause(self, *, best: bool) -> None:
        self._flush()
        if self._bad_step is not None:
            return
        self._checkpoint(best=best)
        self._stand_still(best=best)

    def _stand_still(self, *, best: bool, is_in_pass: bool = False) -> None:
        """Wait for Continue, Step or Stop."""
        with self._clock.standing():
            self._wait_at_rest(best=best, is_in_pass=is_in_pass)
        self._wishes.pause = False
        if not self._wishes.single and not self._wishes.stop:
            self._note("state", state="running")
        self._next_look = 0.0

    def _wait_at_rest(self, *, best: bool, is_in_pass: bool) -> None:
        self._note("state", state="paused", step=self.step)
        is_seen = is_in_pass  # the look after the pass comes soon
        while self._wishes.pause and not self._wishes.stop:
            time.sleep(LOOK_SECONDS)
            asked = self.control.take()
            is_seen = is_seen and (is_in_pass or not any(one["command"] == "values" for one in asked))
            if not asked and not is_seen:
                is_within = self.step % self.training.steps_per_epoch > 0
                self._observer.look_at_rest(self.epoch, is_within=is_within)
                self._onlookers.look(self.step, self.epoch)
                is_seen = True
            if is_in_pass:
                asked = self._put_off_rates(asked)
            self._obey(asked)
            if self._wishes.snapshot and not is_in_pass:
                self._checkpoint(best=best)
            if self._wishes.single:
                break

    def _sleep(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while self._wishes.slow and not self._wishes.stop and (left := end - time.perf_counter()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
            self._obey(self.control.take())

    # What is asked of the run.

    def _listen(self) -> None:
        """Hear the person while the disk is full."""
        self._obey(self.control.take(), in_need=True)

    def _obey(self, commands: list[Command], *, in_need: bool = False) -> None:
        for command in commands:
            kind = command["command"]
            self._wishes.take(command)
            if kind == "slow":
                self._note("slow", on=self._wishes.slow)
            elif kind == "set_lr":
                self._set_lr(command.get("value"))
            if in_need:
                self.journal.add_in_need("done_command", id=command.get("id", ""))
            elif command.get("id"):
                self._note("done_command", id=command["id"])

    def _put_off_rates(self, asked: list[Command]) -> list[Command]:
        """What is asked of a run within a pass, where the rate cannot be changed: that is heard after it."""
        self.control.give_back([one for one in asked if one["command"] == "set_lr"])
        return [one for one in asked if one["command"] != "set_lr"]

    def _set_lr(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value < math.inf):
            self._note("message", text=f"{value!r} cannot be a learning rate; use a number above 0.", level="warning")
            return
        schedule = self.prepared.settings.scheduler
        if schedule is not None and self.prepared.settings.schedules_each_step:
            text = f"{schedule.key} sets the learning rate at every step, so it cannot be changed by hand."
            self._note("message", text=text, level="warning")
            return
        changes = (*self.prepared.changes, (self.step, "lr", float(value)))
        self.prepared = self.prepared.with_changes(changes)
        self._guard(lambda: self.prepared.write(self.run_dir.path))  # on the disk first: a crash then replays it
        self.training.set_lr(float(value))
        self._note("message", text=f"Learning rate {value:g} from step {self.step + 1} on.", level="info")

    # Writing.

    def _flush(self) -> None:
        now = time.perf_counter()
        self._next_flush = now + _FLUSH_SECONDS
        bad = self._telemetry.collect(self._clock.seconds())
        if self._bad_step is None:
            self._bad_step = bad
        self._guard(self._series.flush)
        self.journal.tell(self._progress())

    def _progress(self) -> Event:
        done = max(1, self.step - self._resumed_step)
        return progress_of(self.training, self._telemetry, self.step, self.epoch, self._clock.seconds() / done)

    def _checkpoint(self, *, best: bool) -> None:
        self._wishes.snapshot = False
        if self.step == self._kept.step:
            return
        self._flush()
        if self._bad_step is not None:
            return
        began = self._clock.seconds()
        self._guard(self._series.sync)
        self._guard(self.journal.sync)
        state = self.training.state()
        self._guard(lambda: save_checkpoint(self.run_dir.checkpoints, self.step, state, best=best))
        self._kept.note(self.step, began)
        self._note("checkpoint", step=self.step, epoch=self.epoch, seconds=self._seconds())

    def _seconds(self) -> float:
        return self._seconds_before + self._clock.seconds()

    # Beginning and end.

    def _load_checkpoint(self) -> None:
        checkpoint, notes = load_latest(self.run_dir.checkpoints)
        for note in notes:
            self._note("message", text=note, level="warning")
        if checkpoint is None:
            self._note("message", text="There is no checkpoint yet; the run begins anew.", level="info")
            return
        self.training.load(checkpoint.state)
        if self.training.done and is_longer(self.module, self.training):
            self.training.done = False
        self.step = self._resumed_step = self._kept.step = checkpoint.step
        earlier = self.run_dir.events()
        for event in earlier:  # that of the checkpoint may be lost: a disk was full, or the process was ended
            if event.get("kind") in ("checkpoint", "epoch") and event.get("step", 0) <= checkpoint.step:
                self._seconds_before = float(event.get("seconds") or 0.0)
                self.epoch = int(event.get("epoch") or 0)
            if event.get("kind") == "epoch" and event.get("step", 0) <= checkpoint.step:
                self._note_best(int(event["epoch"]), event.get("goal"))

    def _tell_started(self) -> None:
        self._note("started", **started_facts(self.training, self.prepared, self.step, self.epoch))
        self._note("state", state="running")
        for note in notes_of(self.training, self.prepared) if not self.step else ():
            self._note("message", text=note, level="info")
        for warning in idle_objectives(self.training):
            self._note("message", text=warning, level="warning")

    def _finish(self, reason: str) -> Event:
        if reason == "nan":
            return self._end_with_nan()
        if reason == "stopped in a pass":
            return self._finish_at_once()
        if self._kept.step != self.step and reason != "stopped":
            self._checkpoint(best=False)
        self._note("state", state="saving")
        self._onlookers.look(self.step, self.epoch)
        if self.training.epoch and not self.training.position:
            self._observer.look(self.training.epoch, 0.0, is_last=True)
        try:
            self._passes.is_open = reason == "stopped"  # who stops a run does not wait for a long last look
            result = self.training.finish()
        except PassEndedError:
            return self._finish_at_once()
        finally:
            self._passes.is_open = False
        self._keep_weights()
        self._observer.finish(self._kept_epoch() or self.training.epoch)
        reached = {"goal": result.goal, "test": result.test, "weights_sha256": result.weights_sha256}
        reached["losses"] = losses_apart(self.training, self.prepared.project)
        return self._end(reason, **reached, epochs=result.epochs, steps=result.steps)

    def _finish_at_once(self) -> Event:
        """End without another look at all samples: what is kept is known from the epoch that it is of."""
        training = self.training
        nets = {**training.networks, **getattr(training, "averages", {})}
        for name, kept in getattr(training, "kept", {}).items():
            nets[name].load_state_dict(kept)
        self._keep_weights()
        text = "Stopped at once: the test samples were not looked at. Train to the end to see how well it does on them."
        self._note("message", text=text, level="info")
        self._observer.finish(self._best_epoch or self.epoch, most=_FEW)
        goal = {"name": training.goal_name, "value": self._best_goal, "split": "validation"}
        digest = self.module.weights_sha256(training.networks)
        return self._end("stopped", goal=goal if getattr(training, "kept", {}) else None, weights_sha256=digest)

    def _keep_weights(self) -> None:
        """Write the weights as they are, and before them the averages that are kept of some."""
        averages = getattr(self.training, "averages", {})
        for path, nets in ((self.run_dir.averages, averages), (self.run_dir.weights, self.training.networks)):
            if nets:
                raw = weights_bytes({name: network.state_dict() for name, network in nets.items()})
                self._guard(partial(write_whole, path, raw))

    def _end_with_nan(self) -> Event:
        step = self._bad_step or self.step
        lr = self._telemetry.lr
        text = f"The loss stopped being a number at step {step}. The learning rate ({lr:g}) is probably too large."
        self._note("problem", text=text, offers=nan_offers(self.prepared, lr), step=step)
        return self._end("nan", step=step)

    def _end(self, reason: str, **values: object) -> Event:
        told: dict[str, object] = {"reason": reason, "epochs": self.epoch, "steps": self.step}
        told |= {"goal": None, "test": {}, "weights_sha256": "", **values}
        told |= {"seconds": self._seconds(), "best_epoch": self._kept_epoch()}
        if reason == "disk_full":
            self.journal.add_in_need("finished", **told)
        else:
            self._note("finished", **told)
        return {"kind": "finished", **told}

    def _kept_epoch(self) -> int:
        """The epoch whose weights are kept, where that is the best one; else 0."""
        settings = self.prepared.settings
        return self._best_epoch if settings.keep_best or settings.early_stopping else 0
