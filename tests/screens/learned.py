"""Trains examples and keeps what they show at the end, for their cards: python tests/screens/learned.py [NAME...]

Without names all examples whose training steps show something. Writes resources/learned/NAME/shown-000000.npz.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from graph.files import dump, read  # noqa: E402  # the project's own packages come first
from graph.model import Project  # noqa: E402
from runtime.rundir import create_run  # noqa: E402
from runtime.shown_media import Show, Shown, ShownReader, packed_shown, shown_path  # noqa: E402
from runtime.worker import run_training  # noqa: E402

_CHOSEN: Final = dict.fromkeys(
    ("vae", "conditional-vae", "gan-digits", "dcgan", "wasserstein-gan", "diffusion"), "samples"
) | {"transfer-learning": "sorted_pretrained"}
"""The node whose pictures stand for an example, where that is not the first that shows any."""
_LEFT_OUT: Final = frozenset({"optimizers-compared", "backpropagation-by-hand"})
"""What shows ways through time, or numbers on its wires: its last picture alone says nothing."""
_MOST_PICTURES: Final = 36
_MOST_SIDE: Final = 96
_MOST_POINTS: Final = 400


def shows_something(project: Project) -> bool:
    """Whether a drawn training step shows pictures or points."""
    return any(node.op in ("ShowPictures", "ShowPoints") for one in project.objectives() for node in one.nodes())


def small(show: Show) -> Show:
    """No more of it than a card has room for."""
    if show.pictures is not None:
        skip = -(-max(show.pictures.shape[1:3]) // _MOST_SIDE)
        return replace(show, pictures=show.pictures[:_MOST_PICTURES, ::skip, ::skip])
    assert show.points is not None
    skip = -(-len(show.points) // _MOST_POINTS)
    labels = None if show.labels is None else show.labels[::skip]
    return replace(show, points=show.points[::skip].astype(np.float32), labels=labels)


def keep(name: str) -> str:
    """Train an example and keep what it shows; what was kept, in words."""
    project = read(ROOT / "examples" / f"{name}.loom")
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "a.runs", dump(project), base=ROOT / "examples")
        run_training(run)
        reader = ShownReader(run.path / "media")
        steps = reader.steps()
        shown = reader.shown(steps[-1]) if steps else None
    if shown is None or not shown.shows:
        return "shows nothing"
    show = next((one for one in shown.shows if one.name == _CHOSEN.get(name)), None)
    show = show or next((one for one in shown.shows if not one.as_slider), shown.shows[0])
    place = ROOT / "resources" / "learned" / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    data = packed_shown(Shown(step=0, epoch=shown.epoch, shows=(small(show),)))
    shown_path(place, 0).write_bytes(data)
    return f"{show.objective}.{show.name}, {len(data):,} bytes"


def main() -> None:
    """Keep what was asked for."""
    every = sorted(path.stem for path in (ROOT / "examples").glob("*.loom"))
    found = [name for name in every if shows_something(read(ROOT / "examples" / f"{name}.loom"))]
    names = sys.argv[1:] or [name for name in found if name not in _LEFT_OUT]
    for name in names:
        begin = time.monotonic()
        print(f"{name}: {keep(name)}, {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
