"""Joins the network summary: asks what the drawing costs while it is looked at, and goes to the rows chosen there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from graph.declared import declared_field
from runtime.cost_protocol import MAX_BATCH, CostAnswer
from runtime.setting_table import setting_row
from runtime.settings import task_of
from studio.analysis_client import AnalysisClient
from studio.analysis_flow import AnalysisFlow
from studio.cost_client import CostClient
from studio.dialogs.summary import SummaryDialog
from studio.document import Document
from studio.theme import ThemeHolder

_WAIT_MS: Final = 150


class SummaryFlow(QObject):
    """Owns the dialog, which follows the drawing and its batch size until another one is chosen there."""

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        client: AnalysisClient,
        holder: ThemeHolder,
        window: QWidget,
        go_to_node: Callable[[str, str], None],
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._holder, self._window = document, analysis, holder, window
        self._client, self._go_to_node = client, go_to_node
        self.costs = CostClient(client, self)
        self.dialog: SummaryDialog | None = None
        self._chosen = 0
        self._asked: object = None
        self._awaited = -1
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        analysis.changed.connect(self._on_changed)
        self.costs.reckoned.connect(self._on_reckoned)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"view.summary": self.show}

    def show(self) -> None:
        """Open the summary, or bring it to the front."""
        if self.dialog is None:
            self.dialog = SummaryDialog(self._holder, self._window)
            self.dialog.node_chosen.connect(self._go_to_node)
            self.dialog.batch_chosen.connect(self._on_batch)
            self.dialog.closed.connect(self._on_closed)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self._on_changed()
        self.dialog.batch.selectAll()

    def stop(self) -> None:
        """Ask no more, and close the dialog."""
        self._wait.stop()
        self.costs.stop()
        if self.dialog is not None:
            self.dialog.close()

    def _on_closed(self) -> None:
        self._wait.stop()
        self._chosen, self._asked, self._awaited = 0, None, -1

    def _on_batch(self, batch: int) -> None:
        self._chosen = batch
        self._on_changed()

    def _on_changed(self) -> None:
        if self.dialog is None or not self.dialog.isVisible():
            return
        if not self._chosen:
            self.dialog.set_batch(self._usual_batch())
        if self._key() != self._asked:
            self._asked, self._awaited = None, -1  # what is under way is of a drawing from before
            self.dialog.show_waiting()
            self._wait.start()

    def _key(self) -> object:
        """What the costs depend on."""
        analysis = self._analysis.analysis
        fields = None if analysis is None or not self._analysis.is_current else analysis.fields
        batch = self.dialog.batch.value() if self.dialog is not None else 0
        return self._document.revision, fields, batch, self._analysis.token()

    def _ask(self) -> None:
        analysis, dialog = self._analysis.analysis, self.dialog
        if dialog is None:
            return
        if self._client.state == "dead":
            dialog.show_problem(self.tr("The analysis process does not start. Start the app again to retry."))
            return
        if analysis is None or not self._analysis.is_current:
            return  # the analysis will come, and be told
        self._asked = self._key()
        data = [row for row in self._analysis.problems if row.section == "data" and row.severity == "error"]
        if data and not analysis.fields and not self._says_shapes():
            dialog.show_problem(data[0].message)
            return
        text, token = self._document.text(), self._analysis.token()
        self._awaited = self.costs.reckon(text, analysis.fields, dialog.batch.value(), trusted=token)

    def _says_shapes(self) -> bool:
        """Whether every Input says a shape that it is drawn for, so that no data are needed."""
        project = self._document.project
        inputs = [node for node in project.main().nodes() if node.op == "Input"] if project.has_main else []
        return bool(inputs) and all(declared_field(node) is not None for node in inputs)

    def _on_reckoned(self, answer: CostAnswer) -> None:
        if self.dialog is not None and answer.id == self._awaited:
            self.dialog.show_answer(answer)

    def _usual_batch(self) -> int:
        """The batch size that the project trains with; where that is all samples, the usual one."""
        row = setting_row("training", "batch_size")
        assert row is not None
        chosen, usual = self._document.project.training.get("batch_size"), row.default(self._task())
        found = chosen if isinstance(chosen, int) and chosen > 0 else usual
        return min(int(found), MAX_BATCH) if isinstance(found, int) else 1

    def _task(self) -> str:
        """The task of the first Output, or nothing while that is not known."""
        project, analysis = self._document.project, self._analysis.analysis
        fields = {one.name: one for one in analysis.fields} if analysis is not None else {}
        nodes = project.main().nodes() if project.has_main else ()
        asked = [fields.get(str(node.params.get("field"))) for node in nodes if node.op == "Output"]
        first = next((one for one in asked if one is not None), None)
        return "" if first is None else task_of(project, first)
