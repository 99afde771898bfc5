"""The error that loaders raise when data cannot be used."""


class BadData(ValueError):  # noqa: N818 - it is read as a word in the scripts
    """The data cannot be used; the text says what is wrong, where, and what to do."""
