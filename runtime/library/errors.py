"""The error that loaders raise when data cannot be used."""


class BadDataError(ValueError):
    """The data cannot be used; the text says what is wrong, where, and what to do."""
