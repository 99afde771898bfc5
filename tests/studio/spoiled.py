"""Projects for the tests of bad input: the spirals with something changed, put into a folder and looked at."""

from __future__ import annotations

from pathlib import Path

from window_kit import Room

from graph.files import dump, parse
from graph.ops.spec import Value

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GOOD = (EXAMPLES / "spirals.loom").read_text(encoding="utf-8")


def text_of(*changes: tuple[str, str], data: dict[str, Value] | None = None, **training: Value) -> str:
    """The spirals with words of the file replaced, other data, and other settings of the training."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    project = parse(text)
    project.training.update({"threads": 1, **{key.replace("__", "."): value for key, value in training.items()}})
    if data is not None:
        project.data.clear()
        project.data.update(data)
    return dump(project)


def put(folder: Path, text: str | bytes, name: str = "mine.loom") -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def open_and_look(room: Room, path: Path) -> str:
    """Open a file and wait until it and its data were looked at; all that is said about them."""
    session = room.session
    room.asker.answers = ["drop"] if session.document.is_changed() else []
    assert session.files.open(path), session.parts.bars.text("file")
    room.wait(lambda: session.analysis.is_current and session.analysis.report is not None, 60)
    assert session.analysis.report is not None
    return " ".join(row.message for row in (*session.analysis.problems, *session.analysis.report.problems))
