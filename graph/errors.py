"""The errors of the document layer; each message is a sentence for the person: what, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.problems import Problem


class LoomError(Exception):
    """Something the person can mend; its text says what is wrong, where, and what to do."""


class FileFormatError(LoomError):
    """A project file cannot be read: damaged, foreign, too new or over a limit."""


class EditError(LoomError):
    """An edit does not fit the project it is applied to; the project is unchanged."""


class UntrustedError(LoomError):
    """Python of a person would have to run that is not trusted; nothing of it ran."""


class UnknownOpError(LoomError):
    """A node names an op that the catalogue does not have."""


class DrawingError(LoomError):
    """A drawing cannot be turned into code; carries the problems that say why."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems
