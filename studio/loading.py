"""Tells when reading the data takes longer than a second, and lets the person stop it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer

from studio.analysis_client import AnalysisClient
from studio.analysis_flow import AnalysisFlow
from studio.panels.data import DataPanel

_LONG_MS: Final = 1000


class LoadingFlow(QObject):
    """Joins what the analysis process says while it reads, and the line in the Data tab."""

    def __init__(self, client: AnalysisClient, analysis: AnalysisFlow, panel: DataPanel) -> None:
        super().__init__()
        self._client, self._analysis, self._panel = client, analysis, panel
        self._share = -1.0
        self._is_long = False
        self._long = QTimer(self)
        self._long.setSingleShot(True)
        self._long.setInterval(_LONG_MS)
        self._long.timeout.connect(self._on_long)
        client.reading.connect(self._on_reading)
        client.analysed.connect(self._on_answer)
        client.data_described.connect(self._on_answer)
        analysis.changed.connect(self._show)
        panel.stop_wanted.connect(analysis.stop_reading)
        panel.again_wanted.connect(analysis.read_again)

    def close(self) -> None:
        """Tell nothing any more."""
        self._long.stop()
        self._client.reading.disconnect(self._on_reading)

    def _on_reading(self, share: float) -> None:
        self._share = share
        if self._is_long:
            self._show()
        elif not self._long.isActive():
            self._long.start()

    def _on_long(self) -> None:
        self._is_long = self._client.is_reading
        self._show()

    def _on_answer(self, _answer: object) -> None:
        self._long.stop()
        self._is_long, self._share = False, -1.0
        self._show()

    def _show(self) -> None:
        if self._analysis.is_stopped:
            self._long.stop()
            self._is_long = False
            self._panel.show_loading("stopped")
        else:
            self._panel.show_loading("loading" if self._is_long else "none", self._share)
