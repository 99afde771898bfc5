"""More epochs for a run that has ended: asks how many, and begins the longer run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from graph.edits import Batch, SetSetting
from graph.errors import LoomError
from graph.files import parse
from runtime.differences import differences
from runtime.extension import Extension, NotLongerError, create_extension, extension_of
from runtime.rundir import RunDir
from studio.bars import Bars
from studio.dialogs.ask import Asker
from studio.document import Document
from studio.runs_flow import RunsFlow
from studio.train_flow import TrainFlow
from studio.training import TrainingController

_USUAL = 10
_MOST = 1_000_000


class MoreFlow(QObject):
    """Makes runs longer; `began` when one begins."""

    began = Signal()

    def __init__(
        self,
        document: Document,
        training: TrainFlow,
        controller: TrainingController,
        runs: RunsFlow,
        bars: Bars,
        asker: Asker,
    ) -> None:
        super().__init__()
        self._document, self._training, self._controller = document, training, controller
        self._runs, self._bars, self._asker = runs, bars, asker
        runs.more_wanted.connect(self.ask)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"train.more": lambda: self.ask(self._controller.run or self._runs.current)}

    def ask(self, run: RunDir | None) -> None:
        """Ask how many epochs more, and train them."""
        if run is None or self._controller.state.is_active:
            return
        label = self.tr("How many more epochs?\nThey go on from: {}").format(run.title())
        typed = self._asker.text(self.tr("Train more epochs"), label, str(_USUAL), self.tr("Train"))
        if typed is None:
            return
        if not typed.isdecimal() or not 0 < int(typed) <= _MOST:
            self._bars.show_bar("run", self.tr("{} is no number of epochs; type one such as 10.").format(typed))
            return
        self.train(run, int(typed))

    def train(self, run: RunDir, more: int) -> None:
        """Begin the run that goes on from this one."""
        try:
            extension = extension_of(run, more)
            is_same = not differences(parse(run.project_text()), self._document.project, base=self._document.base())
            child = create_extension(run, extension, more)
        except NotLongerError as error:
            self._offer_anew(str(error), error.epochs)
            return
        except (LoomError, OSError) as error:
            self._bars.show_bar("run", str(error), "error")
            return
        self._bars.hide_bar("run")
        if is_same:
            self._follow(extension)
        self._controller.resume_new(child)
        if is_same:
            self._training.mark_trained()
        self.began.emit()
        if extension.note:
            self._bars.show_bar("run", extension.note)

    def _follow(self, extension: Extension) -> None:
        """The drawing is the one of the run: its settings become those of the longer run."""
        values = extension.project.training
        keys = [key for key in ("epochs", "early_stopping", "keep_best") if key in values]
        edits = [SetSetting(section="training", key=key, value=values[key]) for key in keys]
        changed = [edit for edit in edits if self._document.project.training.get(edit.key) != edit.value]
        self._document.apply(Batch(edits=tuple(changed)), self.tr("Train more epochs"))

    def _offer_anew(self, why: str, epochs: int) -> None:
        label = self.tr("Train anew with {} epochs").format(epochs)

        def anew() -> None:
            self._document.apply(SetSetting(section="training", key="epochs", value=epochs), label)
            self._training.train()

        self._bars.show_bar("run", self.tr("{} It cannot be made longer.").format(why), "info", [(label, anew)])
