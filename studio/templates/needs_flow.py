"""The bar that tells what data a template takes, while the data at hand are none or others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject

from graph.edits import SetSetting
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars, Offer
from studio.document import Change, Document
from studio.templates.needs import class_fix, need_sentence, size_edit

BAR: Final = "needs"
_ORIGIN: Final = "bar"


class NeedsFlow(QObject):
    """Says a thing once: a bar that was answered or closed comes back only with other words, or another project."""

    def __init__(
        self, document: Document, analysis: AnalysisFlow, bars: Bars, choose_data: Callable[[], object]
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._bars, self._choose_data = document, analysis, bars, choose_data
        self._said = ""
        document.changed.connect(self._on_changed)
        analysis.changed.connect(self._show)

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._said = ""
            self._bars.hide_bar(BAR)
            self._show()

    def _show(self) -> None:
        """Hold the drawing against the data; where none are chosen, that can be said before the data are known."""
        analysis, project = self._analysis.analysis, self._document.project
        is_known = analysis is not None and self._analysis.is_current
        if project.data.get("source") and not is_known:
            return
        fields = analysis.fields if analysis is not None and is_known else ()
        sentence, offers = need_sentence(project, fields), self._offers()
        found = class_fix(project, fields, self._analysis.problems)
        if found is not None:
            fix = found[1]
            mend: Offer = (fix.label, partial(self._document.apply, fix.edit, fix.label, origin=_ORIGIN))
            sentence, offers = (sentence, [mend, *offers]) if sentence else (found[0], [mend])
        if sentence == self._said:
            return
        self._said = sentence
        if sentence:
            self._bars.show_bar(BAR, sentence, "info", offers)
        else:
            self._bars.hide_bar(BAR)

    def _offers(self) -> list[Offer]:
        source = str(self._document.project.data.get("source", ""))
        found: list[Offer] = []
        edit = size_edit(self._document.project, source)
        if edit is not None:
            label = self.tr("Bring pictures to {}").replace("{}", str(edit.value))
            found.append((label, partial(self._resize, edit)))
        found.append((self.tr("Choose other data") if source else self.tr("Choose data"), self._choose_data))
        return found

    def _resize(self, edit: SetSetting) -> None:
        self._document.apply(edit, self.tr("Change size of pictures"), origin=_ORIGIN)
