"""A copy of unsaved work beside the settings, so that a crash or a power cut costs at most some seconds."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from graph import files
from graph.errors import LoomError
from graph.model import Project
from runtime.locks import FileLock
from studio.document import Document

_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """Work that a window left behind when it ended without asking.

    `path` is the file it belongs to, if any, and `file_hash` what stood in it then; `time` is when the copy was made.
    """

    copy: Path
    path: Path | None
    title: str
    file_hash: str = ""
    time: str = ""

    def project(self) -> Project | None:
        """The work, or None when the copy cannot be read."""
        try:
            return files.read(self.copy)
        except (LoomError, OSError):
            return None

    def forget(self) -> None:
        """Delete the copy."""
        for suffix in (".loom", ".json", ".lock"):
            self.copy.with_suffix(suffix).unlink(missing_ok=True)


class Autosave(QObject):
    """Keeps a copy of the document some seconds after each change, until it is saved. `kept` carries the time.

    The copy lies beside the settings; the person's own file is written by saving alone. It is written on a thread of
    its own: of a large drawing on a slow disk it takes far longer than a frame.
    """

    kept = Signal(str)
    _written = Signal(bool)  # from the thread

    def __init__(self, document: Document, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._folder = document, folder
        self._copy = folder / f"{secrets.token_hex(6)}.loom"
        self._lock = FileLock(self._copy.with_suffix(".lock"))
        self._title = ""
        self._is_on = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(int(_SECONDS * 1000))
        self._timer.timeout.connect(self._keep)
        self._thread: threading.Thread | None = None
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        document.changed.connect(self._on_changed)
        document.clean_changed.connect(self._on_clean)

    def set_title(self, title: str) -> None:
        """What the work is called in the question after a crash."""
        self._title = title

    def set_on(self, on: bool) -> None:
        """Keep copies or not, as the person chose."""
        self._is_on = on
        if on:
            self._on_changed(None)
        else:
            self._timer.stop()
            self._drop()

    def flush(self) -> bool:
        """Write the copy now, and wait for it; whether there is one."""
        self._timer.stop()
        self._wait()
        if not self._document.is_changed():
            self._drop()
            return False
        is_kept = self._write(self._document.project, self._row())
        if is_kept:
            self.kept.emit(time.strftime("%H:%M"))
        return is_kept

    def close(self) -> None:
        """The window was closed and asked: the copy is not needed any more."""
        self._timer.stop()
        self._drop()

    def _keep(self) -> None:
        """Write the copy while the person goes on."""
        if self._thread is not None:
            self._timer.start()  # the disk is slow: again when that copy is written
        elif self._document.is_changed():
            work = (self._document.project.copy(), self._row())
            self._thread = threading.Thread(target=self._write_apart, args=work, name="autosave", daemon=True)
            self._thread.start()
        else:
            self._drop()

    def _row(self) -> dict[str, str]:
        document = self._document
        place = str(document.path) if document.path else ""
        return {"path": place, "title": self._title, "hash": document.file_hash, "time": time.strftime("%H:%M")}

    def _write_apart(self, project: Project, row: dict[str, str]) -> None:
        self._written.emit(self._write(project, row))

    def _write(self, project: Project, row: dict[str, str]) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            files.write(self._copy, project)
            self._copy.with_suffix(".json").write_text(json.dumps(row), "utf-8")
        except (LoomError, OSError):
            return False  # no room for copies: the work itself is untouched, and saving will say so
        return True

    def _on_written(self, is_kept: bool) -> None:
        if self._thread is not None:  # else it was waited for
            self._wait()
            if is_kept:
                self.kept.emit(time.strftime("%H:%M"))

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _drop(self) -> None:
        self._wait()
        self._lock.release()
        Rescue(copy=self._copy, path=None, title="").forget()

    def _on_changed(self, _change: object) -> None:
        if self._is_on and self._document.is_changed() and not self._timer.isActive():
            self._timer.start()

    def _on_clean(self, is_clean: bool) -> None:
        if is_clean:
            self._timer.stop()
            self._drop()


def rescues(folder: Path) -> list[Rescue]:
    """Work left behind by windows that are gone, latest first."""
    found: list[tuple[float, Rescue]] = []
    for copy in folder.glob("*.loom") if folder.is_dir() else ():
        lock = FileLock(copy.with_suffix(".lock"))
        try:
            if not lock.acquire():
                continue
            lock.release()
            row = json.loads(copy.with_suffix(".json").read_text("utf-8"))
            place = Path(row["path"]) if row.get("path") else None
            words = {key: str(row.get(key, "")) for key in ("title", "hash", "time")}
            rescue = Rescue(copy=copy, path=place, title=words["title"], file_hash=words["hash"], time=words["time"])
            found.append((copy.stat().st_mtime, rescue))
        except (OSError, ValueError, KeyError, AttributeError):
            continue
    return [rescue for _, rescue in sorted(found, key=lambda row: -row[0])]
