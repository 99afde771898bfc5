"""Opens the gallery of training steps, and brings the chosen one into the project as one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from graph import files
from graph.edits import SetSetting
from graph.errors import LoomError
from graph.fields import Field
from graph.model import Project
from graph.step_copies import BroughtStep, brought_step, why_not_own
from runtime.sources import fields_named
from studio.actions import Actions
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars, Offer
from studio.canvas.thumbnail import Thumbnails
from studio.canvas.widget import CanvasWidget
from studio.document import Change, Document
from studio.step_templates.facts import STEP_TEMPLATES
from studio.step_templates.gallery import StepGallery
from studio.step_templates.needs import asks_for_unlabelled, step_sentence, unlabelled_edit
from studio.theme import ThemeHolder
from studio.welcome.cards import PICTURE
from studio.welcome.examples import example_text
from studio.welcome.learned import learned, learned_picture
from studio.welcome.second_click import SecondClick

BAR = "step"
ORIGIN = "steps"


class StepTemplateFlow(QObject):
    """Owns the gallery, which is made when it is first wanted, and the bar that says what the step still needs."""

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        holder: ThemeHolder,
        bars: Bars,
        canvas: CanvasWidget,
        actions: Actions,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._holder = document, analysis, holder
        self._bars, self._canvas, self._actions = bars, canvas, actions
        self._thumbnails: Thumbnails | None = None
        self._second = SecondClick(canvas)
        self.gallery: StepGallery | None = None
        holder.changed.connect(self._on_theme)
        document.changed.connect(self._on_changed)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"step.template": self.show}

    def show(self) -> None:
        """Open the gallery."""
        if self.gallery is None:
            self.gallery = StepGallery(self._holder, STEP_TEMPLATES, self._canvas.window())
            self.gallery.paint = self._paint
            self.gallery.chosen.connect(self._on_chosen)
        project = self._document.project
        self.gallery.offer_mine("" if why_not_own(project) else project.main().name)
        self.gallery.open_anew()

    def bring(self, name: str, *, uses_mine: bool) -> bool:
        """Bring a training step into the project; whether it is there now."""
        row, document = STEP_TEMPLATES[name], self._document
        known = self._fields()
        try:
            step = files.parse(example_text(row.example))
            asked = fields_named(step.data)
            own = row.own if uses_mine and not why_not_own(document.project) else ""
            brought = brought_step(document.catalog, document.project, step, known=known, asked=asked, own=own)
        except (LoomError, OSError) as problem:
            self._bars.show_bar("refused", str(problem), "warning")
            return False
        if not document.apply(brought.edit, self.tr("Add a training step"), origin=ORIGIN):
            return False
        told = [one for one in brought.objectives if any(document.project.networks[one].notes())]
        document.show_network((told or list(brought.objectives))[0])
        self._tell(row.name(), step, brought, step_sentence(row.name(), brought, known, asked))
        return True

    def _tell(self, title: str, step: Project, brought: BroughtStep, needs: str) -> None:
        """Say what is there and what it still needs, with the way on."""
        train: Offer = (self.tr("Train"), self._actions["train.train"].trigger)
        data: Offer = (self.tr("Choose data"), self._actions["window.data"].trigger)
        ready = self.tr("{} is there, with its networks. Press Train, or change the drawing first.")
        offers = [train] if not needs or (brought.unfit and not brought.missing) else [data]
        few = unlabelled_edit(step) if asks_for_unlabelled(brought) else None
        if few is not None:
            count = few.edits[0].value if isinstance(few.edits[0], SetSetting) else 0
            label = self.tr("Keep {} labels of each class").replace("{}", str(count))
            offers.insert(0, (label, partial(self._document.apply, few, label, origin=ORIGIN)))
        self._bars.show_bar(BAR, needs or ready.replace("{}", title), "info", offers)

    def _fields(self) -> Sequence[Field]:
        analysis = self._analysis.analysis
        if analysis is not None and analysis.fields:
            return analysis.fields
        return tuple(fields_named(self._document.project.data))

    def _on_chosen(self, name: str) -> None:
        if self.gallery is None:
            return
        self.gallery.accept()
        self._second.expect()
        if self.bring(name, uses_mine=self.gallery.uses_mine()):
            self._canvas.setFocus()

    def _on_changed(self, change: Change) -> None:
        if change.whole or change.networks:
            self._bars.hide_bar(BAR)

    def _on_theme(self, _theme: object) -> None:
        self._thumbnails = None

    def _paint(self, name: str) -> QImage | None:
        ratio = self._canvas.devicePixelRatioF()
        show = learned(STEP_TEMPLATES[name].example)
        if show is not None:
            return learned_picture(show, self._holder.theme, PICTURE, ratio)
        if self._thumbnails is None:
            self._thumbnails = Thumbnails(self._document.catalog, self._holder.theme, ratio)
        try:
            step: Project = files.parse(example_text(STEP_TEMPLATES[name].example))
            return self._thumbnails.picture(step, PICTURE, step.objectives()[0].name)
        except (LoomError, OSError, IndexError):
            return None
