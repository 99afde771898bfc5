"""The errors of the document layer; each message is a sentence for the person: what, where, what to do."""


class LoomError(Exception):
    """Something the person can mend; its text says what is wrong, where, and what to do."""


class FileFormatError(LoomError):
    """A project file cannot be read: damaged, foreign, too new or over a limit."""


class EditError(LoomError):
    """An edit does not fit the project it is applied to; the project is unchanged."""


class UnknownOpError(LoomError):
    """A node names an op that the catalogue does not have."""


class DrawingError(LoomError):
    """A drawing cannot be turned into code; carries the problems that say why."""
