"""The sentences above the pictures of the results: how far off, how well rebuilt, and of how many samples."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from runtime.media import Look


def count_words(look: Look, count: int | None = None) -> str:
    """`256 of 300 validation samples`; of the test part that it is looked at once."""
    there = look.count if count is None else count
    share = f"{there:,}" if there == look.total else _tr("{} of {}").format(f"{there:,}", f"{look.total:,}")
    if look.part == "test":
        return _tr("{} test samples, looked at once").format(share)
    return _tr("{} validation samples").format(share)


def some_words(some: int, look: Look) -> str:
    """`8 of 270 validation samples`."""
    if look.part == "test":
        return _tr("{} of {} test samples, looked at once").format(f"{some:,}", f"{look.count:,}")
    return _tr("{} of {} validation samples").format(f"{some:,}", f"{look.count:,}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultSentences", text)
