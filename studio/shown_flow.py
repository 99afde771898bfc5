"""What drawn training steps show: reads what the run that is followed has kept of it, and shows it as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from runtime.media import MediaError
from runtime.rundir import RunDir
from runtime.shown_media import Shown, ShownReader
from studio.look_reader import LookReader
from studio.panels.results.panel import ResultsPanel

Points = dict[tuple[str, str], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ShownWanted:
    """What is to be read: what was seen after a number of steps; None is the newest."""

    run: RunDir
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFound:
    """What was read, with the earlier places of points whose ways are drawn; `problem` is a sentence in its place."""

    wanted: ShownWanted
    shown: Shown | None = None
    trails: Mapping[tuple[str, str], tuple[NDArray[Any], ...]] = field(default_factory=dict)
    steps: tuple[int, ...] = ()
    problem: str = ""


class ShownFlow(QObject):
    """It follows the newest until another step is chosen."""

    def __init__(self, panel: ResultsPanel) -> None:
        super().__init__()
        self._panel = panel
        self._run: RunDir | None = None
        self._steps: tuple[int, ...] = ()
        self._planned = 0
        self._chosen: int | None = None
        self._reader = LookReader(ShownReading())
        self._reader.found.connect(self._on_found)
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._ask)
        panel.steps.epoch_chosen.connect(self.choose)
        panel.steps.newest_wanted.connect(self.follow)

    def begin(self, run: RunDir | None) -> None:
        """Follow a run from now on, or none."""
        self._due.stop()
        self._reader.forget()
        self._run, self._steps, self._planned, self._chosen = run, (), 0, None

    def close(self) -> None:
        """Stop reading."""
        self._due.stop()
        self._reader.close()

    def add_event(self, row: Mapping[str, Any]) -> None:
        """Take a record of the run that is followed."""
        kind, step = row.get("kind"), row.get("step")
        if kind == "started":
            self._planned = int(row.get("total_steps") or 0)
            self._steps = tuple(one for one in self._steps if one <= int(row.get("step") or 0))
        elif kind == "shown" and isinstance(step, int):
            self._steps = tuple(sorted({*self._steps, step}))
            self._place()
            if self._chosen is None:
                self._due.start(0)

    def choose(self, step: int) -> None:
        """Show what was seen after a step, until `follow`."""
        self._chosen = step
        self._place()
        self._ask()

    def choose_near(self, step: int) -> None:
        """Show what was seen nearest to a step, until `follow`."""
        near = min(self._steps, key=lambda there: abs(there - step), default=None)
        if near is not None and near != self._chosen:
            self.choose(near)

    def follow(self) -> None:
        """Show the newest again."""
        self._chosen = None
        self._place()
        self._ask()

    def _ask(self) -> None:
        if self._run is not None:
            self._reader.ask(ShownWanted(self._run, self._chosen))

    def _on_found(self, found: ShownFound) -> None:
        if found.wanted.run != self._run:
            return
        self._steps = found.steps or self._steps
        if found.shown is not None:
            self._panel.show_shown(found.shown, found.trails)
        elif found.problem:
            self._panel.say_of_shown(found.problem)
        self._place()

    def _place(self) -> None:
        """Say on the slider which step is shown."""
        steps = self._panel.steps
        steps.set_epochs(self._steps, planned=self._planned, kept=None)
        newest = self._steps[-1] if self._steps else None
        steps.show_epoch(newest if self._chosen is None else self._chosen, newest=self._chosen is None)


class ShownReading:
    """Reads on the thread of the reader; it remembers where points lay, so that each file is read once.

    `known` are those places, by the steps that the run still keeps.
    """

    def __init__(self) -> None:
        self._run: RunDir | None = None
        self.known: dict[int, Points] = {}

    def __call__(self, wanted: ShownWanted) -> ShownFound:
        reader = ShownReader(wanted.run.media)
        steps = reader.steps()
        at = steps[-1] if wanted.step is None and steps else wanted.step
        if at is None:
            return ShownFound(wanted=wanted)
        try:
            shown = reader.shown(at)
            trails = {} if shown is None else self._trails(wanted.run, reader, steps, shown)
        except MediaError as error:
            return ShownFound(wanted=wanted, steps=steps, problem=str(error))
        return ShownFound(wanted=wanted, shown=shown, trails=trails, steps=steps)

    def _trails(
        self, run: RunDir, reader: ShownReader, steps: tuple[int, ...], shown: Shown
    ) -> dict[tuple[str, str], tuple[NDArray[Any], ...]]:
        keys = [(show.objective, show.node) for show in shown.shows if show.trace]
        if not keys:
            return {}
        if run != self._run:
            self._run, self.known = run, {}
        before = [step for step in steps if step < shown.step]
        self.known = {step: points for step, points in self.known.items() if step in steps}
        for step in before:
            if step not in self.known:
                self.known[step] = _points_after(reader, step)
        ways = [self.known[step] for step in before]
        return {key: tuple(points[key] for points in ways if key in points) for key in keys}


def _points_after(reader: ShownReader, step: int) -> Points:
    """Where points lay; nowhere where the file is gone by now or damaged, which only leaves a gap in the ways."""
    try:
        shown = reader.shown(step)
    except MediaError:
        return {}
    shows = shown.shows if shown is not None else ()
    return {(show.objective, show.node): show.points for show in shows if show.points is not None}
