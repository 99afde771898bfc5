"""A project over a person's own file: Inputs and Outputs take its fields once it was read."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import open_room

from graph.edits import SetSetting
from graph.model import Project
from studio.new_project import project_for


def fields_of(project: Project) -> dict[str, object]:
    return {node.name: node.params.get("field") for node in project.main().nodes()}


def test_a_table_names_the_ends_of_a_new_drawing(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("area,rooms,price\n" + "".join(f"{40 + 3 * n},{n % 5},{100.5 + n}\n" for n in range(60)))
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.consent.allow(str(path))
        session.files.choose_source = lambda: project_for("csv", str(path))
        session.actions["file.new"].trigger()
        document = session.document
        room.wait(lambda: fields_of(document.project) == {"input": "features", "output": "price"})
        document.apply(SetSetting(section="data", key="csv.target", value="rooms"))
        room.wait(lambda: fields_of(document.project) == {"input": "features", "output": "rooms"})
