"""Migrations: how a file of an older version becomes one of the current version, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graph.errors import FileFormatError

VERSION = 1

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version they read; each returns the object of the next version."""


def migrate(
    data: dict[str, Any], *, migrations: Mapping[int, Migration] = MIGRATIONS, current: int = VERSION
) -> dict[str, Any]:
    """The object of the current version; FileFormatError when the file is newer or its version is no version."""
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FileFormatError('The file does not say its version (a whole number under "version"); it may be damaged.')
    if version > current:
        raise FileFormatError(
            f"The file was written by a newer Layerloom (format version {version}; this one reads up to {current}). "
            "Update Layerloom to open it."
        )
    while version < current:
        data = {**migrations[version](data), "version": version + 1}
        version += 1
    return data
