"""Training steps come into a person's project from the gallery, with their networks, and go again with one undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_kit import open_room

from graph import files
from graph.fields import Field
from graph.files import dump
from graph.model import Project
from graph.objectives import calls_of
from graph.ops.catalog import load_catalog
from graph.step_copies import brought_step
from runtime.preparation import prepare
from runtime.sources import fields_named
from studio.new_project import project_for
from studio.step_templates.facts import STEP_TEMPLATES
from studio.step_templates.needs import asks_for_unlabelled, step_sentence, unlabelled_edit
from studio.welcome.examples import EXAMPLES, example_text


def step_of(name: str) -> Project:
    return files.parse(example_text(STEP_TEMPLATES[name].example))


@pytest.mark.parametrize("name", STEP_TEMPLATES)
def test_what_is_said_of_a_training_step_is_what_its_example_draws(name: str) -> None:
    row, step = STEP_TEMPLATES[name], step_of(name)
    assert row.example in EXAMPLES
    assert row.about.endswith(".")
    assert len(row.about) <= 90
    assert row.published[-4:].isdigit()
    assert step.objectives()
    if row.own:
        assert row.own in {called for one in step.objectives() for _, called in calls_of(one)}
        ends = sorted(node.op for node in step.networks[row.own].nodes() if node.op in ("Input", "Output"))
        assert ends == ["Input", "Output"]


@pytest.mark.parametrize("name", STEP_TEMPLATES)
def test_a_training_step_trains_where_it_was_brought_to(name: str, tmp_path: Path) -> None:
    row, step = STEP_TEMPLATES[name], step_of(name)
    source = str(step.data["source"])
    project = project_for(source)
    project.data.update({key: value for key, value in step.data.items() if key.partition(".")[0] == source})
    before = dump(project)
    known = fields_named(project.data)
    brought = brought_step(load_catalog(), project, step, known=known, asked=fields_named(step.data))
    undos = [brought.edit.apply(project)]
    if asks_for_unlabelled(brought):
        few = unlabelled_edit(step)
        assert few is not None
        undos.append(few.apply(project))
    else:
        assert not brought.missing
        assert step_sentence(row.title, brought, known, known) == ""
    prepare(dump(project), tmp_path)  # refused where anything is wrong with the drawing
    for undo in reversed(undos):
        undo.apply(project)
    assert dump(project) == before


def test_a_step_is_chosen_by_keys_trained_and_taken_back(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        document, bars = session.document, session.parts.bars
        session.files.begin(project_for("digits"), "mine")
        document.project.training.update({"epochs": 1, "threads": 1})
        room.wait_for_analysis()
        before = dump(document.project)
        session.actions["step.template"].trigger()
        gallery = session.step_templates.gallery
        assert gallery is not None
        room.wait(gallery.search.hasFocus)
        assert not gallery.mine.isVisible()
        QTest.keyClicks(gallery.search, "madry")
        assert gallery.shown() == ["adversarial"]
        QTest.keyClick(gallery.search, Qt.Key.Key_Return)
        assert not gallery.isVisible()
        assert [one.name for one in document.project.objectives()] == [
            one.name for one in step_of("adversarial").objectives()
        ]
        assert document.network.objective is not None
        assert bars.offers("step") == ("Train",)
        room.wait_for_analysis()
        bars.press("step", "Train")
        room.wait(lambda: session.controller.state.kind == "finished")
        document.undo()
        assert dump(document.project) == before
        assert bars.text("step") == ""


def test_a_network_of_mine_is_offered_where_there_is_one(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("digits-dense")
        before = dump(session.document.project)
        session.actions["step.template"].trigger()
        gallery = session.step_templates.gallery
        assert gallery is not None
        assert gallery.mine.isVisible()
        assert gallery.uses_mine()
        gallery.reject()
        name = next(name for name, row in STEP_TEMPLATES.items() if row.own)
        assert session.step_templates.bring(name, uses_mine=True)
        project = session.document.project
        assert [one.name for one in project.networks.values() if one.is_trainable] == [project.main().name]
        assert {called for one in project.objectives() for _, called in calls_of(one)} == {project.main().name}
        session.document.undo()
        assert dump(session.document.project) == before


def test_what_the_data_lack_is_said_in_a_sentence() -> None:
    step = step_of("adversarial")
    asked = fields_named(step.data)
    for source, wanted in (("", "Choose the data"), ("iris", "4 numbers a sample")):
        project = project_for(source)
        known = fields_named(project.data)
        brought = brought_step(load_catalog(), project, step, known=known, asked=asked)
        assert wanted in step_sentence("It", brought, known, asked)
    photo = Field(name="photo", shape=(3, 32, 32), dtype="float32", kind="image")
    label = Field(name="animal", shape=(), dtype="int64", kind="class", role="target", classes=("cat", "dog"))
    for fields, wanted in (([photo], "the class of each sample"), ([photo, label], "pictures of 3 × 32 × 32")):
        brought = brought_step(load_catalog(), project_for("digits"), step, known=fields, asked=asked)
        assert wanted in step_sentence("It", brought, fields, asked)
