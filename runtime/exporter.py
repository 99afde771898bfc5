"""Export: the code in a folder, in the form that is wanted, with the weights of a run if wanted."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graph.errors import LoomError
from graph.files import parse
from graph.meaning import meaning
from graph.python_texts import fingerprint
from graph.whole import sync_folder, write_synced
from runtime.checkpoint import are_weights, kept_averages, kept_weights
from runtime.code_layout import CodeForm, laid_out
from runtime.durable import is_disk_full
from runtime.preparation import Prepared, prepare
from runtime.rundir import AVERAGES_FILE, RunDir
from runtime.script_start import START_FILE, with_start_beside

WEIGHTS_FILE = "weights.safetensors"


class ExportError(LoomError):
    """The code cannot be written there; the text says why and what to do."""


def export(
    text: str,
    base: Path,
    to: Path,
    *,
    weights: RunDir | None = None,
    force: bool = False,
    begun: Mapping[str, Any] | None = None,
    form: CodeForm | None = None,
    trusted: str = "",
) -> tuple[Path, ...]:
    """Write the scripts of a project into a folder; the paths that were written.

    Files there that differ are overwritten only with `force`. `weights` adds the kept weights of that run, and
    `begun` is the `run.json` of the run that is exported. `form` says how the code is written out. All files appear,
    or none. `trusted`: the fingerprint of the Python that may run.
    """
    form = form or CodeForm()
    prepared = prepare(text, base, begun=begun, trusted=trusted)
    files = files_of(prepared, form)
    if prepared.start:
        files[form.folder + START_FILE] = _start_weights(prepared.start)
    if weights is not None:
        files[WEIGHTS_FILE] = _fitting_weights(weights, prepared, trusted)
        if (averages := averages_of(weights)) is not None:
            files[AVERAGES_FILE] = averages
    return write_files(to, files, force=force)


def export_run(
    run: RunDir,
    to: Path,
    *,
    force: bool = False,
    with_weights: bool = True,
    form: CodeForm | None = None,
    trusted: str = "",
) -> tuple[Path, ...]:
    """Write what trained a run, live changes of it included, and its kept weights."""
    weights = run if with_weights else None
    text, begun = run.project_text(), run.settings()
    return export(text, run.path, to, weights=weights, force=force, begun=begun, form=form, trusted=trusted)


def _fitting_weights(run: RunDir, prepared: Prepared, trusted: str) -> bytes:
    text = run.project_text()
    is_same = fingerprint(parse(text)) == fingerprint(prepared.project)
    trained = prepare(text, run.path, begun=run.settings(), trusted=trusted) if is_same else None
    if trained is None or meaning(trained.scripts.model) != meaning(prepared.scripts.model):
        raise ExportError(f"{run.path} trained another drawing, so its weights do not fit. Train this one first.")
    return weights_of(run)


def _start_weights(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ExportError(f"{path}, which training starts from, cannot be read: {error.strerror}.") from None


def files_of(prepared: Prepared, form: CodeForm) -> dict[str, bytes]:
    """The files of an export by name."""
    scripts = prepared.scripts
    texts = {"model.py": scripts.model, "train.py": scripts.train, "requirements.txt": scripts.requirements}
    if prepared.start:
        texts = with_start_beside(texts, prepared.start)
    return {name: text.encode("utf-8") for name, text in laid_out(texts, form, scripts.origins).items()}


def weights_of(run: RunDir) -> bytes:
    """The kept weights of a run: of its end, else of its last checkpoint."""
    with contextlib.suppress(FileNotFoundError):
        raw = run.weights.read_bytes()
        if not are_weights(raw):
            raise ExportError(f"{run.weights} is damaged. Train again, or export another run.")
        return raw
    found = kept_weights(run.checkpoints)
    if found is None:
        raise ExportError(f"{run.path} has no weights yet: it ended before its first checkpoint.")
    return found


def averages_of(run: RunDir) -> bytes | None:
    """The kept averages of a run, as its weights; None for a run that was kept before averages were."""
    with contextlib.suppress(FileNotFoundError):
        raw = run.averages.read_bytes()
        if not are_weights(raw):
            raise ExportError(f"{run.averages} is damaged. Train again, or export another run.")
        return raw
    return None if run.weights.exists() else kept_averages(run.checkpoints)


def write_files(to: Path, files: Mapping[str, bytes], *, force: bool = False) -> tuple[Path, ...]:
    """Write files into a folder, all or none; ExportError when others are in the way."""
    folder = to.absolute()
    places = dict.fromkeys([folder, *folder.parents, *((folder / name).parent for name in files)])
    blocked = next((part for part in places if part.is_file()), None)
    if blocked is not None:
        raise ExportError(f"{blocked} is a file; name a folder for the code.")
    in_the_way = next((name for name in files if (folder / name).is_dir()), None)
    if in_the_way is not None:
        raise ExportError(f"{to} has a folder called {in_the_way}; choose another folder for the code.")
    foreign = [name for name, raw in files.items() if _is_other(folder / name, raw)]
    if foreign and not force:
        raise ExportError(f"{to} already has another {' and '.join(foreign)}; choose another folder, or use --force.")
    mark = secrets.token_hex(4)
    partials = {name: (folder / name).with_name(f".{Path(name).name}.{mark}.tmp") for name in files}
    try:
        for place in {partial.parent for partial in partials.values()}:
            place.mkdir(parents=True, exist_ok=True)
        for name, raw in files.items():
            write_synced(partials[name], raw)
        for name, partial in partials.items():
            os.replace(partial, folder / name)
        sync_folder(folder)
    except OSError as error:
        for partial in partials.values():
            with contextlib.suppress(OSError):
                partial.unlink()
        if is_disk_full(error):
            raise ExportError(f"The disk is full: the code does not fit into {to}. Free some space.") from None
        raise ExportError(f"The code cannot be written into {to}: {error.strerror}. Choose another folder.") from None
    return tuple(folder / name for name in files)


def _is_other(path: Path, raw: bytes) -> bool:
    try:
        return path.read_bytes() != raw
    except FileNotFoundError:
        return False
    except OSError:
        return True
