"""The process that tries to convert a trained network, and writes it when told; it ends with what it was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from runtime.conversion_protocol import Format, Remark
from runtime.run_networks import RunNetwork
from runtime.rundir import RunDir
from studio.line_process import LineProcess


class ConversionClient(QObject):
    """Owns one process at a time. What went wrong comes as `failed`, a sentence."""

    tried = Signal(object, bool, object)  # the remarks, whether it can be written, the difference (float or None)
    written = Signal(object)  # the paths
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process = LineProcess()
        self._process.said.connect(self._take)
        self._process.ended.connect(self._on_ended)
        self._process.missing.connect(self._on_missing)

    @property
    def is_running(self) -> bool:
        """Whether a process is there that may still write."""
        return self._process.is_running

    def start(self, run: RunDir, form: Format, network: RunNetwork | None = None, *, trusted: str = "") -> None:
        """Try a conversion of a network, the main one unless another is named; one that is under way is given up.

        `trusted`: the fingerprint of the Python that may run.
        """
        which = ("", "") if network is None else (network.name, "average" if network.is_average else "")
        self._process.start("runtime.conversion_process", str(run.path), form, trusted, *which)

    def write(self, folder: Path, *, force: bool) -> None:
        """Write what was tried into a folder; `written` or `failed` follows."""
        self._process.tell({"to": str(folder), "force": force})

    def stop(self) -> None:
        """Let the process go, if there is one."""
        self._process.stop()

    def close(self) -> None:
        """Let the process go, and wait for its end."""
        self._process.close()

    def _take(self, row: dict[str, Any]) -> None:
        if row["kind"] == "tried":
            remarks = tuple(Remark.from_json(one) for one in row["remarks"])
            self.tried.emit(remarks, bool(row["ready"]), row["difference"])
        elif row["kind"] == "written":
            self.written.emit(tuple(Path(name) for name in row["files"]))
        else:
            self.failed.emit(str(row["text"]))

    def _on_ended(self, code: int) -> None:
        if code not in (0, 1):  # 1: it has said why
            self.failed.emit(self.tr("The process that converts the network ended. Try again."))

    def _on_missing(self) -> None:
        self.failed.emit(self.tr("The network cannot be converted: Python could not be started."))
