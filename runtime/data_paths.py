"""Where a project's data and first weights lie, and whether that is outside the project's own folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from graph.model import Project
from graph.ops.spec import Value
from graph.problems import Problem
from runtime.sources import SOURCES

_PATHS = ("path", "image_folder", "content", "style")
SECOND_BEFORE = "second."
"""What the keys of the second data begin with."""
UNCONFIRMED = "unconfirmed"
START_FROM = "start_from"
"""The training setting that names the file of the first weights."""
_ELSEWHERE = re.compile(r"[\\/]{2}|[A-Za-z][A-Za-z0-9+.-]+:[\\/]{2}")


def data_path(data: Mapping[str, Value], base: Path) -> str:
    """The file or folder that the data settings name, absolute; relative ones start at `base`. Nothing where none is.

    A path on another machine stays as it is written: only to look at one can send a password there.
    """
    return next(iter(data_paths(data, base)), "")


def data_paths(data: Mapping[str, Value], base: Path) -> tuple[str, ...]:
    """All of them, the source's own first; a table can name a folder of pictures too."""
    return tuple(_absolute(given, base) for given in _given(data))


def _given(data: Mapping[str, Value]) -> list[str]:
    """The paths as they stand in the settings of the source that is chosen, and of the second data."""
    values: list[Value | None] = []
    for before in ("", SECOND_BEFORE):
        source = SOURCES.get(str(data.get(f"{before}source")))
        if source is not None:
            values += [data.get(f"{before}{source.key}.{name}") for name in _PATHS if source.param(name) is not None]
    return [value for value in values if isinstance(value, str) and value and "\0" not in value]


def _absolute(given: str, base: Path) -> str:
    if is_on_network(given):
        return given
    return os.path.abspath(os.path.join(base, os.path.expanduser(given)))


def start_path(training: Mapping[str, Value], base: Path) -> str:
    """The file of weights that training starts from, absolute; nothing where it starts anew."""
    given = training.get(START_FROM)
    return _absolute(given, base) if isinstance(given, str) and given and "\0" not in given else ""


def project_paths(project: Project, base: Path) -> tuple[str, ...]:
    """All files and folders that a project reads: those of its data, and its first weights."""
    start = start_path(project.training, base)
    return (*data_paths(project.data, base), *([start] if start else []))


def path_keys(settings: Mapping[str, Value]) -> tuple[str, ...]:
    """The keys of settings that name a file or folder of the person's, also of sources not in use."""
    known = {START_FROM} | {
        f"{before}{spec.key}.{name}"
        for spec in SOURCES.values()
        for name in _PATHS
        for before in ("", SECOND_BEFORE)
        if spec.param(name) is not None
    }
    return tuple(key for key in sorted(settings) if key in known)


def stored(path: str, folder: Path | None) -> str:
    """How a project in `folder` names a path: from there when it lies beside or below it, so that both can move."""
    place = Path(path)
    if folder is not None and place.is_absolute() and place.is_relative_to(folder):
        return place.relative_to(folder).as_posix()
    return path


def moved(settings: Mapping[str, Value], old: Path, new: Path) -> dict[str, Value]:
    """The paths among settings that must be written otherwise when the project goes from folder to folder."""
    found: dict[str, Value] = {}
    for key in path_keys(settings):
        value = moved_path(settings[key], old, new)
        if value != settings[key]:
            found[key] = value
    return found


def moved_path(value: Value, old: Path, new: Path) -> Value:
    """A path that named a place from the folder `old`, written so that it names the same from `new`."""
    if not isinstance(value, str) or not value or "\0" in value or value.startswith("~") or is_on_network(value):
        return value
    return stored(os.path.abspath(os.path.join(old, value)), new)


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
    own = [key for key in path_keys(data) if key.startswith(f"{data.get('source')}.") and data[key]]
    key = own[-1] if own else SECOND_BEFORE + "source"  # `path` comes after other names
    message = (
        f"The data are not read yet: {' or '.join(_given(data))} is outside the folder of the project. "
        "Say in the message above that it may be read, or choose other data."
    )
    return Problem(code=UNCONFIRMED, message=message, section="data", key=key)


def unconfirmed_start(training: Mapping[str, Value]) -> Problem:
    """The same for the weights that training starts from."""
    message = (
        f"The weights to start from are not read yet: {training.get(START_FROM)} is outside the folder of the "
        "project. Say in the message above that they may be read, or start anew."
    )
    return Problem(code=UNCONFIRMED, message=message, section="training", key=START_FROM)


def _holds(folder: str, path: str) -> bool:
    return Path(path).is_relative_to(folder)
