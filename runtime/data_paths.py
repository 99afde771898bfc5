"""Where a project's data lie, and whether that is outside the project's own folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from graph.ops.spec import Value
from graph.problems import Problem
from runtime.sources import SOURCES

_ELSEWHERE = re.compile(r"[\\/]{2}|[A-Za-z][A-Za-z0-9+.-]+:[\\/]{2}")


def data_path(data: Mapping[str, Value], base: Path) -> str:
    """The file or folder that the data settings name, absolute; relative ones start at `base`. Nothing where none is.

    A path on another machine stays as it is written: only to look at one can send a password there.
    """
    source = SOURCES.get(str(data.get("source")))
    given = data.get(f"{source.key}.path") if source is not None and source.reads_files else None
    if not isinstance(given, str) or not given or "\0" in given:
        return ""
    if is_on_network(given):
        return given
    return os.path.abspath(os.path.join(base, os.path.expanduser(given)))


def is_on_network(path: str) -> bool:
    r"""Whether a path names another machine: `\\server\share`, `//server/share`, `smb://server/share`."""
    return _ELSEWHERE.match(path) is not None


def is_outside(path: str, folder: Path | None) -> bool:
    """Whether an absolute path leads out of a project's folder, through links as well.

    Without a folder, as for a project that was never saved, everything is outside.
    """
    if folder is None:
        return True
    home = os.path.abspath(folder)
    if not _holds(home, path):
        return is_on_network(path) or not _holds(os.path.realpath(home), path)
    return not _holds(os.path.realpath(home), os.path.realpath(path))


def unconfirmed(data: Mapping[str, Value]) -> Problem:
    """What stands in the list of problems until the person says that the data may be read."""
    key = f"{data.get('source')}.path"
    message = (
        f"The data are not read yet: {data.get(key)} is outside the folder of the project. "
        "Say in the message above that it may be read, or choose other data."
    )
    return Problem(code="unconfirmed", message=message, section="data", key=key)


def _holds(folder: str, path: str) -> bool:
    return Path(path).is_relative_to(folder)
