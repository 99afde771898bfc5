"""The shapes behind wires that are offered by keyboard: asked of the analysis process, shown when they come."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from studio.analysis_client import AnalysisClient
from studio.analysis_flow import AnalysisFlow
from studio.build_flow import BuildFlow
from studio.canvas.port_list import PortPopup
from studio.document import Document

_IDS = itertools.count(1)


class JointFlow(QObject):
    """Asks once for each list of ports; what comes for a list that is closed is passed over."""

    def __init__(self, document: Document, client: AnalysisClient, analysis: AnalysisFlow, building: BuildFlow) -> None:
        super().__init__()
        self._document, self._client, self._analysis = document, client, analysis
        self._popup: PortPopup | None = None
        self._id = ""
        building.ports_listed.connect(self._ask)
        client.told.connect(self._on_told)

    def _ask(self, popup: PortPopup) -> None:
        self._popup, self._id = popup, f"{id(self)}-{next(_IDS)}"
        wires = [(wire.source, wire.source_port, wire.target, wire.target_port) for wire in popup.wires()]
        self._client.tell(
            {
                "kind": "join",
                "id": self._id,
                "project": self._document.text(),
                "base": str(self._analysis.base()),
                "may_read": self._analysis.may_read,
                "trusted": self._analysis.token(),
                "network": self._document.network_name,
                "wires": wires,
            }
        )

    def _on_told(self, row: Mapping[str, Any]) -> None:
        popup = self._popup
        if row.get("kind") == "joined" and row.get("id") == self._id and popup is not None:
            self._popup = None
            if shiboken6.isValid(popup):
                popup.show_results([str(shape) for shape in row.get("shapes", ())])
