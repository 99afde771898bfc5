"""What is told of people's own data: every column, every decision, how far a long look is, and what waits for a yes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from own_data import own_projects, write_own_data

from graph.files import dump
from graph.model import Project
from graph.ops.spec import Value
from runtime import analysis
from runtime.analysis import Analyser
from runtime.data_paths import data_paths
from runtime.protocol import DataReport
from runtime.rundir import create_run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_own_data(tmp_path_factory.mktemp("own"))


def report(project: Project, base: Path, said: list[Any] | None = None, *, may_read: bool = True) -> DataReport:
    analyser = Analyser((said if said is not None else []).append)
    request = {"kind": "data", "revision": 1, "project": dump(project), "base": str(base), "may_read": may_read}
    answer = json.loads(json.dumps(analyser.answer(request)))
    found = DataReport.from_json(answer)
    assert found.to_json() == answer
    return found


def test_every_column_of_a_table_is_told(place: Path) -> None:
    found = report(own_projects()["people"], place)
    assert (found.rows, found.rows_found, found.split_method) == (239, 240, "grouped")
    assert sum(found.splits.values()) == 239
    rows = {row.name: row for row in found.columns}
    assert {name: (row.role, row.kind) for name, row in rows.items()} == {
        "id": ("ignore", "number"),
        "age": ("feature", "number"),
        "town": ("feature", "words"),
        "kind": ("feature", "words"),
        "since": ("feature", "date"),
        "member": ("feature", "yes/no"),
        "person": ("group", "text"),
        "outcome": ("target", "words"),
    }
    age, town = rows["age"], rows["town"]
    assert age.missing == 40
    assert age.minimum is not None
    assert age.maximum is not None
    assert 18 <= age.minimum < age.maximum <= 80
    assert len(age.samples) == 5
    assert "," in age.samples[0]
    assert [word for word, _ in town.common] == [word for word, _ in sorted(town.common, key=lambda pair: -pair[1])]
    assert town.distinct == 3
    assert sum(count for _, count in town.common) + town.missing == 239
    assert [row.field.dates for row in found.fields if row.field.columns] == [("since",)]


def test_a_report_says_what_fills_the_gaps_and_shows_no_gap(place: Path) -> None:
    found = report(own_projects()["people"], place)
    note = next(note for note in found.notes if "age: " in note)
    assert note == next(row.note for row in found.columns if row.name == "age")
    middle = float(note.rpartition(", ")[2].removesuffix("."))
    assert "40 empty cells become the middle value of the training samples" in note
    assert 18 < middle < 80
    assert "1 of 240 rows was left out, because the target is empty." in found.notes
    features = next(row for row in found.fields if row.field.name == "features")
    assert features.minimum is not None


def test_a_table_that_is_refused_at_the_first_look_tells_its_columns_so_that_one_can_be_left_out(
    tmp_path: Path,
) -> None:
    rows = [f"{n},{20 + n % 30},{'3x.5' if n == 40 else n / 4},{'yes' if n % 3 else 'no'}" for n in range(60)]
    (tmp_path / "people.csv").write_text("\n".join(["id,age,fare,member", *rows]), encoding="utf-8")
    data: dict[str, Value] = {"source": "csv", "csv.path": "people.csv"}
    found = report(Project(data=data), tmp_path)
    assert "line 42, column 3 (fare): '3x.5' is not a number" in found.problems[0].message
    told = {row.name: (row.role, row.kind) for row in found.columns}
    assert told == {
        "id": ("ignore", "number"),
        "age": ("feature", "number"),
        "fare": ("feature", "number"),
        "member": ("target", "yes/no"),
    }
    assert "'3x.5' in line 42 is not a number" in next(row.note for row in found.columns if row.name == "fare")
    mended = report(Project(data={**data, "csv.ignore": ("id", "fare")}), tmp_path)
    assert (mended.problems, mended.rows) == ((), 60)


def test_a_target_that_is_always_the_same_tells_the_columns_to_choose_another_from(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n % 5},yes" for n in range(40)]
    (tmp_path / "same.csv").write_text("\n".join(["a,b,ok", *rows]), encoding="utf-8")
    found = report(Project(data={"source": "csv", "csv.path": "same.csv"}), tmp_path)
    assert "is the same in every row" in found.problems[0].message
    assert [(row.name, row.role) for row in found.columns] == [("a", "feature"), ("b", "feature"), ("ok", "target")]


def test_a_folder_of_pictures_is_told_with_its_damage(place: Path) -> None:
    found = report(own_projects()["photos"], place)
    assert (found.rows, found.rows_found, found.columns) == (60, 61, ())
    assert len(found.images["image"]) == 24
    assert set(found.captions) == {"dark", "light"}
    assert "damaged.png" in " ".join(found.notes)


def test_a_long_look_tells_how_far_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "_TELL_SECONDS", -1.0)
    said: list[Any] = []
    report(own_projects()["people"], place, said)
    shares = [row["share"] for row in said if row["kind"] == "data" and "share" in row]
    assert shares
    assert all(0 < share <= 1 for share in shares)


def test_what_cannot_be_shared_out_is_told_and_mended_without_another_look(place: Path) -> None:
    project = own_projects()["people"]
    project.data["split.method"] = "column"
    analyser = Analyser(lambda row: None)

    def problems() -> list[tuple[str, str]]:
        request = {"kind": "analyse", "revision": 1, "project": dump(project), "base": str(place), "may_read": True}
        return [(row["key"], row["message"]) for row in analyser.answer(request)["problems"] if row["key"]]

    assert problems() == [
        ("split.method", "Samples are to be drawn by a split column, but none is named. Choose one or another way.")
    ]
    project.data["split.method"] = "grouped"
    assert problems() == []


def test_the_folder_of_pictures_that_a_table_names_waits_for_a_yes_too(tmp_path: Path) -> None:
    data: dict[str, Value] = {
        "source": "csv",
        "csv.path": "t.csv",
        "csv.image": "file",
        "csv.image_folder": "../photos",
    }
    base = tmp_path / "project"
    assert data_paths(data, base) == (str(base / "t.csv"), str(tmp_path / "photos"))
    found = report(Project(data=data), base, may_read=False)
    assert [row.code for row in found.problems] == ["unconfirmed"]
    assert "../photos" in found.problems[0].message


def test_a_run_knows_the_folder_of_pictures_wherever_it_lies(place: Path, tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", dump(own_projects()["named"]), base=place)
    assert str(place / "photos") in run.project_text()
