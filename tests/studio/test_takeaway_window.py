"""What a drawn training step has trained is tried, attacked and exported from the window, averages of weights too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from lender import Lender
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from safetensors.torch import load_file
from window_kit import Room, open_room

from drawing import add, part
from graph.files import dump
from graph.model import Project
from runtime.attack_result import attack_in
from runtime.attack_words import share
from runtime.kept_attacks import attacks_of
from runtime.run_networks import RunNetwork
from runtime.rundir import RunDir
from runtime.trial_protocol import TrialAnswer
from studio.panels.results.shown import PicturesSection
from studio.panels.trial.room import TryRoom

LONG = 240.0  # seconds, for processes that load torch


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def mean_teacher() -> Project:
    """A classifier that learns from an average of itself, and a look at what both answer for noise."""
    project = Project(data={"source": "moons", "moons.samples": 100})
    project.training.update({"epochs": 2, "batch_size": 32, "threads": 1, "optimizer": "SGD", "optimizer.SGD.lr": 0.1})
    add(
        project,
        "classifier",
        {
            "point": part("Input", field="point"),
            "linear": part("Linear", out_features=2),
            "label": part("Output", field="class"),
        },
        "point > linear > label",
    )
    add(
        project,
        "learn",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "student": part("call:classifier"),
            "teacher": part("call:classifier", detached=True, average=0.5),
            "supervised": part("cross_entropy"),
            "apart": part("mse_loss"),
            "total": part("add"),
            "loss": part("Minimise"),
            "noise": part("noise", shape=(2,)),
            "made": part("call:classifier", average=0.5),
            "pixel": part("reshape", shape=(-1, 1, 1, 2)),
            "pictures": part("ShowPictures", low=-1.0),
        },
        "point > student > supervised > total > loss",
        "label > supervised",
        "student > apart > total",
        "point > teacher > apart",
        "point > noise > made > pixel > pictures",
        order=0,
    )
    return project


def trained(room: Room, path: Path) -> RunDir:
    session = room.session
    session.files.open(path)
    room.wait_for_analysis()
    session.training.press()
    room.wait(lambda: session.controller.state.kind == "finished")
    assert session.controller.run is not None
    return session.controller.run


def greys(section: PicturesSection) -> list[int]:
    return [image.pixelColor(x, 0).red() for image in section.grid.images for x in (0, 1)]


def test_a_drawn_step_is_drawn_again_exported_and_attacked_by_its_average(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = tmp_path / "teacher.loom"
    path.write_text(dump(mean_teacher()), encoding="utf-8")
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        run = trained(room, path)
        draw_again(room)
        export(room, run, tmp_path / "out")
        attack(room, run)
        session.document.undo_stack.setClean()


def draw_again(room: Room) -> None:
    session = room.session
    session.runs.results.panel.show_try_page()
    place = session.trial.room
    assert isinstance(place, TryRoom)
    assert place.choice.isVisible()
    offered = [place.choice.itemText(at) for at in range(place.choice.count())]
    assert offered == ["The network classifier", "The network classifier (average)", "Pictures of the step"]
    session.trial.page.editors["point"].show_values(np.array([0.5, 0.25], np.float32))
    answers = []
    for at, is_average in ((0, False), (1, True)):
        told: list[TrialAnswer] = []
        session.trial.trials.tried.connect(lambda _id, answer, told=told: told.append(answer))
        place.choice.setCurrentIndex(at)
        session.trial.page.refresh()
        room.wait(lambda told=told: bool(told) and not session.trial.trials.is_busy, LONG)
        assert session.trial.page.network == RunNetwork(name="classifier", is_average=is_average)
        answers.append(dict(told[-1].heads[0].classes))
    assert answers[0].keys() == answers[1].keys()
    assert answers[0] != answers[1]
    page = session.again.page
    assert not page.view.sections()
    place.choice.setCurrentIndex(2)
    room.wait(lambda: len(page.view.sections()) == 1, LONG)
    (section,) = page.view.sections()
    assert isinstance(section, PicturesSection)
    first, seed = greys(section), page.seed.value()
    page.draw.click()
    assert page.seed.value() == seed + 1
    room.wait(lambda: greys(section) != first)
    page.seed.setValue(seed)
    room.wait(lambda: greys(section) == first)
    assert page.weights.text() == "by the kept weights of the run"
    assert page.samples.text() == "as in training"
    page.samples.setValue(3)
    room.wait(lambda: len(section.grid.images) == 3)
    page.samples.setValue(1000)
    room.wait(lambda: "all of them were drawn" in page.note.text())
    page.samples.setValue(0)
    room.wait(lambda: not page.note.text())
    assert greys(section) == first


def export(room: Room, run: RunDir, folder: Path) -> None:
    session = room.session
    session.actions["file.export"].trigger()
    dialog = session.export.dialog
    assert dialog is not None
    assert "averages.safetensors" in dialog.files.text()
    assert not dialog.network.isVisible()
    dialog.form.setCurrentIndex(dialog.form.findData("safetensors"))
    assert [dialog.network.itemText(at) for at in (0, 1)] == ["classifier", "classifier (average)"]
    assert dialog.network.isVisible()
    dialog.network.setCurrentIndex(1)
    assert not dialog.export.isEnabled()
    room.wait(dialog.export.isEnabled, LONG)
    dialog.folder.setText(str(folder))
    dialog.export.click()
    room.wait(lambda: dialog.answer.text().startswith("Written to"))
    written, kept = (load_file(path) for path in (folder / "weights.safetensors", run.averages))
    assert written.keys() == kept.keys()
    assert all(torch.equal(written[key], kept[key]) for key in kept)
    dialog.close()


def attack(room: Room, run: RunDir) -> None:
    session = room.session
    session.actions["train.attack"].trigger()
    dialog = session.attack.dialog
    assert dialog is not None
    form = dialog.form
    assert [form.network.itemText(at) for at in (0, 1)] == ["classifier", "classifier (average)"]
    form.network.setCurrentIndex(1)
    form.method.setCurrentIndex(form.method.findData("fgsm"))
    form.epsilons.setText("0.5")
    form.go.click()
    room.wait(lambda: dialog.result_shown is not None, LONG)
    result = attack_in(run.media / "attack-fgsm-classifier-average.npz")
    assert result is not None
    assert (result.order.network, result.order.average) == ("classifier", True)
    assert "on classifier (average)" in dialog.curve.accessibleDescription()

    form.network.setCurrentIndex(0)
    form.network.activated.emit(0)
    assert dialog.note.text() == "classifier was not attacked yet; what is shown is of another network."
    form.epsilons.setText("0.5, 1")
    form.go.click()
    room.wait(lambda: dialog.result_shown is not None and len(dialog.result_shown.epsilons) == 2, LONG)
    assert [one.title() for one in attacks_of(run)] == ["FGSM on classifier", "FGSM on classifier (average)"]
    assert dialog.others.currentText().endswith("FGSM on classifier (average)")
    assert [name for name, _ in dialog.curve.results] == [
        "FGSM, one step on classifier",
        "FGSM, one step on classifier (average)",
    ]
    dialog.slider.setValue(1)
    name = "FGSM, one step on classifier (average)"
    assert dialog.beside.text() == f"{name}: {share(result.accuracy(1))}, instead of {share(result.accuracy(0))}."
    dialog.slider.setValue(2)
    assert dialog.beside.text() == f"{name}: not tried at 1; unchanged {share(result.accuracy(0))}."
    dialog.copy.click()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == f"epsilon\tFGSM, one step on classifier\t{name}"
    assert lines[2].endswith(f"\t{share(result.accuracy(1))}")
    form.network.setCurrentIndex(1)
    form.network.activated.emit(1)
    assert dialog.result_shown is not None
    assert dialog.result_shown.order.average
    assert form.epsilons.text() == "0.5"
    assert "FGSM, one step on classifier: " in dialog.curve.accessibleDescription()
    dialog.close()
