"""What Python of projects the person trusts: remembered as fingerprints, and the bar that asks while some is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from graph.errors import LoomError
from graph.files import parse
from graph.model import Project
from graph.python_texts import fingerprint
from runtime.rundir import RunDir
from studio.bars import Bars
from studio.document import Change, Document
from studio.settings import AppSettings

_BAR = "python"
_MOST_KNOWN = 64  # runs whose fingerprint is kept


class PythonTrust(QObject):
    """The one place that says what Python may run. `changed` when the project's own may run now, or no more.

    Trusted are all texts of a project together: with another text beside it, nothing is trusted any more. What the
    person writes here joins what she trusts, but never makes trusted what was not so before.
    """

    changed = Signal()

    def __init__(self, document: Document, settings: AppSettings, bars: Bars) -> None:
        super().__init__()
        self._document, self._settings, self._bars = document, settings, bars
        self.look: Callable[[], object] = lambda: None  # shows the code
        self._told = ""  # the fingerprint that the bar was shown for
        self._was_held = False
        self._known: dict[Path, tuple[object, str]] = {}
        document.changed.connect(self._on_changed)

    @property
    def token(self) -> str:
        """What the other processes are told: the fingerprint of the project's Python where it is trusted, else ""."""
        return self.token_for(self._document.project)

    @property
    def is_held(self) -> bool:
        """Whether the project holds Python that does not run."""
        return bool(self._document.project.texts) and not self.token

    def token_for(self, project: Project) -> str:
        """The token of another project."""
        return self._token(fingerprint(project))

    def token_of(self, run: RunDir) -> str:
        """The token of the project that a run was made of; "" where it cannot be read."""
        return self._token(self._fingerprint_of(run))

    def holds_back(self, run: RunDir) -> bool:
        """Whether a run holds Python that is not trusted."""
        found = self._fingerprint_of(run)
        return bool(found) and not self._token(found)

    def vouch(self, texts: Mapping[str, str]) -> None:
        """The person is about to make these of the project's texts: they are as trusted as those are now."""
        after = fingerprint(Project(texts=dict(texts)))
        if after and not self.is_held:
            self._settings.add_trusted_python(after)

    def trust(self) -> None:
        """The person trusts what the project holds now."""
        found = fingerprint(self._document.project)
        if found:
            self._settings.add_trusted_python(found)
        self._follow()

    def ask(self) -> None:
        """Show the question again, also after it was closed."""
        self._told = ""
        self._follow()

    def _token(self, found: str) -> str:
        return found if found in self._settings.trusted_python else ""

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._told = ""
        if change.whole or change.texts:
            self._follow()

    def _follow(self) -> None:
        """Ask about Python that was not asked about yet, and tell when it may run or may not."""
        is_held = self.is_held
        if not is_held:
            self._bars.hide_bar(_BAR)
            self._told = ""
        elif (found := fingerprint(self._document.project)) != self._told:
            self._told = found
            words = self.tr("This project holds Python code. It does not run until you trust it.")
            offers: list[tuple[str, Callable[[], object]]] = [
                (self.tr("Look at the code"), self._on_look),
                (self.tr("Trust this project"), self.trust),
            ]
            self._bars.show_bar(_BAR, words, "warning", offers)
        if is_held != self._was_held:
            self._was_held = is_held
            self.changed.emit()

    def _on_look(self) -> None:
        """Looking answers nothing yet: the question stays."""
        self.ask()
        self.look()

    def _fingerprint_of(self, run: RunDir) -> str:
        path = run.path / "project.loom"
        try:
            facts = path.stat()
        except OSError:
            return ""
        stamp = facts.st_mtime_ns, facts.st_size
        known = self._known.pop(path, None)
        found = known[1] if known is not None and known[0] == stamp else _fingerprint_in(run)
        self._known[path] = stamp, found
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return found


def _fingerprint_in(run: RunDir) -> str:
    try:
        return fingerprint(parse(run.project_text()))
    except (LoomError, OSError):
        return ""  # a damaged run folder: whoever reads it says so
