"""Kept weights go when nothing names them any more, and never while anything does."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.unused_weights import drop_unused

NAME = "2026-01-31_10-20-30.safetensors"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("runtime.unused_weights.runs_root", lambda _path: tmp_path / "home" / "unsaved.runs")
    (tmp_path / "a.weights").mkdir()
    (tmp_path / "a.weights" / NAME).write_bytes(b"weights")
    (tmp_path / "a.loom").write_text("{}", encoding="utf-8")
    return tmp_path / "a.loom"


def test_what_nothing_names_goes_with_its_empty_folder(project: Path) -> None:
    again = project.parent / "a.weights" / NAME.replace(".safe", "-2+2.safe")
    again.write_bytes(b"others")
    gone = drop_unused(project, {"", "b.weights/other.safetensors"}, project.parent / "none")
    assert {file.name for file in gone} == {NAME, again.name}
    assert not again.parent.exists()
    assert drop_unused(project, (), project.parent / "none") == ()


@pytest.mark.parametrize(
    "place",
    [
        "a.loom",
        "copy.loom",
        "a.runs/2026-02-01_00-00-00/project.loom",
        "b.runs/x/project.loom",
        "home/unsaved.runs/x/project.loom",
        "copies/x.loom",
    ],
)
def test_what_a_project_a_run_or_a_copy_names_stays(place: str, project: Path) -> None:
    file = project.parent / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{{"training": {{"start_from": "a.weights/{NAME}"}}}}', encoding="utf-8")
    assert drop_unused(project, (), project.parent / "copies") == ()


@pytest.mark.parametrize("named", [f"a.weights/{NAME}", f"C:\\work\\a.weights\\{NAME}"])
def test_what_is_named_now_stays(named: str, project: Path) -> None:
    assert drop_unused(project, (named,), project.parent) == ()


def test_files_of_another_kind_and_links_stay(project: Path) -> None:
    root = project.parent / "a.weights"
    (root / "mine.safetensors").write_bytes(b"mine")
    (root / "2026-01-31_10-20-30.txt").write_bytes(b"mine")
    (root / NAME.replace("30.", "31.")).symlink_to(root / "mine.safetensors")
    assert [file.name for file in drop_unused(project, (), project.parent)] == [NAME]
    assert len(list(root.iterdir())) == 3


def test_what_cannot_be_read_may_name_anything(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert drop_unused(project, (), project.parent) == ()
