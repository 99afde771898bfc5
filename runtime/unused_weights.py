"""Takes away the weights kept with a project that no drawing and no run beside it names any more."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from runtime.rundir import runs_root
from runtime.start_from import weights_root

_OURS: Final = re.compile(
    r"(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d[-+\d]*(\+averages[+\d]*)?|[\w.]+-[0-9a-f]{8})\.safetensors", re.ASCII
)  # named as the run they are of, or as the file they came from and what is in it


def drop_unused(project_path: Path, named: Iterable[str], copies: Path) -> tuple[Path, ...]:
    """Delete what of the project's kept weights is in no use; the files that went.

    In use is what is `named` now, and what any project in the same folder, any run beside it, or any copy of unsaved
    work in the folder `copies` speaks of. Where one of them cannot be read, nothing is deleted.
    """
    root = weights_root(project_path)
    kept = [file for file in _files(root) if _OURS.fullmatch(file.name) and not file.is_symlink()]
    used = {re.split(r"[/\\]", name)[-1] for name in named}
    kept = [file for file in kept if file.name not in used]
    try:
        for text in _texts(project_path.parent, copies) if kept else ():
            kept = [file for file in kept if file.name.encode("ascii") not in text]
    except OSError:
        return ()
    for file in kept:
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others are there
        root.rmdir()
    return tuple(kept)


def _texts(folder: Path, copies: Path) -> Iterator[bytes]:
    unsaved = runs_root(None)  # some of those runs may belong to a project that has a file by now
    places = (("*.loom", folder), ("*.runs/*/project.loom", folder), ("*/project.loom", unsaved), ("*.loom", copies))
    for pattern, place in places:
        for file in place.glob(pattern):
            if file.is_file():
                yield file.read_bytes()


def _files(root: Path) -> list[Path]:
    try:
        return [file for file in root.iterdir() if file.is_file()]
    except OSError:
        return []
