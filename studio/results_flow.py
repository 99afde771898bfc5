"""Results: reads what the run that is followed has kept, off the window's thread, and shows it as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from graph.errors import LoomError
from runtime.media import Look, Part
from runtime.run_networks import mapped_networks
from runtime.rundir import RunDir
from studio.look_reader import Found, LookReader, Wanted
from studio.panels.results.panel import ResultsPanel
from studio.panels.results.run_figures import RunFigures, Subject
from studio.shown_flow import ShownFlow
from studio.theme import ThemeHolder

_TEST: Final[Part] = "test"
_PAUSE_MS: Final = 1000  # between two pictures of a run that trains


class ResultsFlow(QObject):
    """Owns the results panel. It follows the newest look until another epoch is chosen."""

    export_wanted = Signal()
    run_changed = Signal(object)  # RunDir that is followed, or None
    look_shown = Signal(object, bool)  # Look, and whether it is the newest
    figures_changed = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.panel = ResultsPanel(holder)
        self.shown = ShownFlow(self.panel)
        self.figures = RunFigures()
        self._run: RunDir | None = None
        self._mapped_run: RunDir | None = None
        self._has_places = False
        self._splits: Mapping[str, int] = {}
        self._totals: dict[Part, int] = {}
        self._noun = "samples"
        self._epochs: tuple[int, ...] = ()
        self._finals: tuple[Part, ...] = ()
        self._chosen: int | None = None
        self._part: Part = "validation"
        self._shown: Found | None = None
        self._reader = LookReader()
        self._reader.found.connect(self._on_found)
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._ask)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_PAUSE_MS)
        self._rest.timeout.connect(self._on_rested)
        self._is_behind = False
        self.panel.export_wanted.connect(self.export_wanted)
        self.panel.epoch_chosen.connect(self.choose_epoch)
        self.panel.newest_wanted.connect(self.follow)
        self.panel.part_chosen.connect(self._on_part)
        self.panel.output_chosen.connect(self._on_output)

    def begin(self, run: RunDir) -> None:
        """Follow a run from now on."""
        self._let_go()
        self._run = run
        self.shown.begin(run)
        self._announce()
        self.run_changed.emit(run)

    def end(self) -> None:
        """The process of the run that is followed is gone: what it has not looked at until now does not come."""
        if self._run is not None and self._shown is None and not self._epochs and not self._finals:
            self.panel.show_sentence(self._nothing())

    def _nothing(self) -> str:
        """Why there is nothing to see of a run that has ended."""
        if self.figures.is_unjudged:
            return self.tr(
                "No answer here can be held against the data, so none is counted right or wrong. The curves tell how "
                "it learns. Where the network that is trained answers a part of the data, choose the Field of its "
                "Output, and that of its Input, and train again. To see pictures, add Show pictures to the training "
                "step."
            )
        return self.tr("This run kept none of its answers. Train again to see them.")

    def forget(self) -> None:
        """Follow no run."""
        self._let_go()
        self.panel.forget_choices()
        self.run_changed.emit(None)

    def _let_go(self) -> None:
        self._due.stop()
        self._rest.stop()
        self._reader.forget()
        self.shown.begin(None)
        self._run, self._shown, self._chosen = None, None, None
        self._epochs, self._finals, self._part = (), (), "validation"
        self._totals = {}
        self.figures = RunFigures()
        self.panel.set_unjudged(False)
        self.panel.show_nothing()

    def close(self) -> None:
        """Stop reading."""
        self._due.stop()
        self._rest.stop()
        self._reader.close()
        self.shown.close()

    def set_splits(self, splits: Mapping[str, int]) -> None:
        """How many samples train, validate and test."""
        self._splits = splits
        self._say()

    def add_event(self, run: RunDir, row: Mapping[str, Any]) -> None:
        """Take a record of the run that is followed."""
        if run != self._run:
            return
        kind = row.get("kind")
        self.shown.add_event(row)
        if kind == "media":
            self._on_media(row)
        elif self.figures.add_event(row):
            if kind == "started":
                self._on_started(row)
            self._say()
            if kind == "finished" and self._shown is None:
                self._want()  # a run of another version, or without samples to look at: say so

    def choose_epoch(self, epoch: int) -> None:
        """Show the look nearest to an epoch, until `follow`."""
        near = min(self._epochs, key=lambda there: abs(there - epoch), default=None)
        if near is None or (near == self._chosen and self._part == "validation"):
            return
        self._chosen, self._part = near, "validation"
        self._show_place()
        self._say()
        self._ask()

    def follow(self) -> None:
        """Show the newest look again, or after the end what was kept."""
        self._chosen = None
        self._show_place()
        self._say()
        self._ask()

    def _on_started(self, row: Mapping[str, Any]) -> None:
        """A run begins, or goes on from a checkpoint: what was looked at later is void."""
        at = int(row.get("epoch") or 0)
        self._epochs = tuple(epoch for epoch in self._epochs if epoch <= at)
        self._finals = ()
        self._part = "validation"
        self._show_place()
        self._announce()

    def _announce(self) -> None:
        """A run is followed, though nothing of it is there yet."""
        self.panel.show_run()
        if self._shown is None:
            self.panel.show_sentence(self.tr("Its answers come with the first epoch."))

    def _on_media(self, row: Mapping[str, Any]) -> None:
        part, epoch = row.get("part"), row.get("epoch")
        if part in ("validation", "test"):
            self._finals = tuple(dict.fromkeys((*self._finals, part)))
        elif isinstance(epoch, int):
            self._epochs = tuple(sorted({*self._epochs, epoch}))
        self._show_place()
        if self._chosen is None:
            self._want()

    def _want(self) -> None:
        """Read the newest soon, but not more often than once a second."""
        if self._rest.isActive():
            self._is_behind = True
        else:
            self._due.start(0)

    def _on_rested(self) -> None:
        if self._is_behind:
            self._is_behind = False
            self._ask()

    def _ask(self) -> None:
        """Read what is to be shown now."""
        if self._run is None:
            return
        epoch = self._chosen
        if epoch is None and not self._finals:
            epoch = self._epochs[-1] if self._epochs else 0
        self._reader.ask(Wanted(self._run, epoch, self._part))
        self._rest.start()

    def _on_found(self, found: Found) -> None:
        if found.wanted.run != self._run:
            return
        if found.epochs:
            self._epochs = found.epochs
        if found.problem:
            self.panel.show_sentence(found.problem)
        elif found.look is not None:
            self._shown = found
            self._noun = noun_of(found.look)
            self._totals[found.look.part] = found.look.total
            self.panel.show_look(found.look)
            self.look_shown.emit(found.look, self._chosen is None)
        elif self._shown is None and self.figures.result is not None:
            self.panel.show_sentence(self._nothing())
        self._show_place()
        self._say()

    def _on_part(self, part: Part) -> None:
        self._part, self._chosen = part, None
        self._show_place()
        self._say()
        self._ask()

    def _on_output(self, _place: int) -> None:
        if self._shown is not None and self._shown.look is not None:
            self.panel.show_look(self._shown.look)
        self._say()

    def _show_place(self) -> None:
        """Say on the slider which epoch is shown."""
        kept = self.figures.best_epoch if "validation" in self._finals else None
        timeline = self.panel.timeline
        timeline.set_epochs(self._epochs, planned=self.figures.epochs, kept=kept)
        newest = None if kept is not None or not self._epochs else self._epochs[-1]
        is_newest = self._chosen is None
        timeline.show_epoch(newest if is_newest else self._chosen, newest=is_newest)
        timeline.setVisible(not timeline.isHidden() and self._part == "validation")
        both = self._chosen is None and len(self._finals) == 2
        self.panel.headline.show_part(self._part if both else None)

    def _say(self) -> None:
        """Put the figures of what is shown."""
        prefix = self._prefix()
        about, test = (
            Subject(part=part, count=self._count(part), noun=self._noun, prefix=prefix) for part in (self._part, _TEST)
        )
        self.panel.headline.say(self.figures.headline(about, self._epoch()))
        is_told = self._part == "validation" and self._chosen is None
        self.panel.headline.say_test(self.figures.test_words(test) if is_told else "")
        self.panel.offer(export=self.figures.has_weights)
        unjudged = self.figures.is_unjudged
        self.panel.set_unjudged(unjudged, can_map=unjudged and self._can_map())
        self.figures_changed.emit()

    def _can_map(self) -> bool:
        """Whether samples have a place in a network of the run, which its drawing tells once for all."""
        if self._run is not None and self._mapped_run != self._run:
            self._mapped_run = self._run
            try:
                self._has_places = bool(mapped_networks(self._run))
            except LoomError:
                self._has_places = False  # who asks for the map is told
        return self._has_places

    def _epoch(self) -> int | None:
        """The epoch that the headline tells of: while it trains that of the picture, so that both are of one."""
        look = self._shown.look if self._shown is not None else None
        if self._chosen is not None or self.figures.result is not None or look is None:
            return self._chosen
        return look.epoch if self.figures.tells(look.epoch) else None

    def _count(self, part: Part) -> int:
        """How many samples the part has: those of the run, or while that is not known those of the data now."""
        return self._totals.get(part) or self._splits.get(part, 0)

    def _prefix(self) -> str:
        """What precedes the metrics of the Output that is looked at, where there are several."""
        look = self._shown.look if self._shown is not None else None
        if look is None or len(look.heads) < 2:
            return ""
        return prefix_of(look.heads[min(self.panel.output, len(look.heads) - 1)].field.name)


def prefix_of(field: str) -> str:
    """What precedes the metrics of a field where there are several Outputs."""
    return "".join(letter if letter.isalnum() else "_" for letter in field).strip("_").lower() + "_"


def noun_of(look: Look) -> str:
    """What the samples of a look are called."""
    kinds = {field.kind for field in look.fields}
    return "images" if "image" in kinds else "sequences" if kinds == {"sequence"} else "samples"
