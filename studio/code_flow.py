"""The code panel's flow: shows the code of each analysis, asks for it anew where only words change, keeps how it is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer

from graph.code_style import CodeStyle
from studio.actions import Actions
from studio.analysis_client import AnalysisClient
from studio.analysis_flow import AnalysisFlow
from studio.document import Change, Document
from studio.panels.code import CodePanel
from studio.settings import AppSettings

_WAIT_MS = 40
_IDS = itertools.count(1)


class CodeFlow(QObject):
    """Joins the code panel with the analysis. Notes and their places stand in the code, but mean nothing to shapes."""

    def __init__(
        self,
        document: Document,
        client: AnalysisClient,
        analysis: AnalysisFlow,
        panel: CodePanel,
        actions: Actions,
        settings: AppSettings,
    ) -> None:
        super().__init__()
        self._document, self._client, self._analysis = document, client, analysis
        self._panel, self._actions, self._settings = panel, actions, settings
        self._id = ""
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        actions.bind("code", panel)
        client.code_style = settings.code_style
        for name, is_on in dataclasses.asdict(settings.code_style).items():
            action = actions[f"view.code_{name}"]
            action.setChecked(is_on)
            action.toggled.connect(self._on_toggled)
            panel.options.addAction(action)
        analysis.changed.connect(self._on_analysis)
        analysis.code_changed.connect(self._show)
        document.changed.connect(self._on_changed)
        client.told.connect(self._on_told)

    def stop(self) -> None:
        """Ask no more."""
        self._wait.stop()
        self._analysis.is_code_old = False

    def choose(self, style: CodeStyle) -> None:
        """Write code in another style, here and in exports."""
        for name, is_on in dataclasses.asdict(style).items():
            self._actions[f"view.code_{name}"].setChecked(is_on)

    def _on_toggled(self) -> None:
        chosen = {name: self._actions[f"view.code_{name}"].isChecked() for name in ("hints", "comments")}
        self._settings.code_style = self._client.code_style = CodeStyle(**chosen)
        self._ask_soon()

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only:
            self.stop()  # the code comes with the shapes
        elif change.notes or any(network.notes() for network in self._document.project.networks.values()):
            self._ask_soon()

    def _ask_soon(self) -> None:
        self._analysis.is_code_old, self._id = True, ""  # what is on its way is of before
        self._wait.start()

    def _ask(self) -> None:
        if not self._analysis.is_code_old or not self._analysis.is_current:
            return  # an analysis that comes is asked about then
        self._id = f"{id(self)}-{next(_IDS)}"
        is_told = self._client.tell(
            {
                "kind": "code",
                "id": self._id,
                "revision": self._document.revision,
                "project": self._document.text(),
                **dataclasses.asdict(self._client.code_style),
            }
        )
        if not is_told and self._client.state == "dead":
            self._analysis.is_code_old = False  # there is no other
            self._analysis.code_changed.emit()

    def _on_told(self, row: Mapping[str, Any]) -> None:
        if row.get("kind") != "code" or row.get("id") != self._id or row["code"] is None:
            return  # what is lost is asked for again when the next analysis comes
        if self._analysis.is_code_old and self._analysis.is_current:
            kinds = ("lines", "step_lines", "definitions")
            lines = [{uid: tuple(found) for uid, found in row[key].items()} for key in kinds]
            self._analysis.take_code(row["code"], *lines)

    def _on_analysis(self) -> None:
        self._show()
        if self._analysis.is_code_old:
            self._wait.start()

    def _show(self) -> None:
        analysis = self._analysis.analysis
        if analysis is not None and self._analysis.is_current:
            self._panel.set_code(analysis.code, analysis.lines, analysis.step_lines, analysis.definitions)
