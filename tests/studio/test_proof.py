"""Prove it: the exported script gives the app's losses and weights, or it is said why not."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from studio.dialogs.export import ExportDialog
from studio.proof import Script, why_not


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def exported(room: Room, folder: Path) -> ExportDialog:
    """A trained run whose code was written by the dialog."""
    session = room.session
    room.open_example("digits-dense", epochs=2, early_stopping=False)
    room.wait(lambda: session.training.face.press == "train")
    session.actions["train.train"].trigger()
    room.wait(lambda: session.controller.state.kind == "finished")
    session.actions["file.export"].trigger()
    dialog = session.export.dialog
    assert dialog is not None
    dialog.folder.setText(str(folder))
    dialog.code.layout_box.setCurrentIndex(2)
    dialog.code.hints.setChecked(False)
    assert not dialog.prove.isVisible()
    dialog.export.click()
    room.wait(dialog.prove.isVisible)
    return dialog


def test_the_script_lands_on_the_curve_and_is_sealed_and_a_changed_one_is_not(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    folder = tmp_path / "code"
    with open_room(qtbot, tmp_path, lender) as room:
        dialog = exported(room, folder)
        layout = dialog.layout()
        assert layout is not None
        room.wait(lambda: dialog.height() == layout.totalHeightForWidth(dialog.width()))
        proof, run = room.session.export.proof, room.session.controller.run
        assert run is not None
        weights = (folder / "weights.safetensors").read_bytes()
        with qtbot.waitSignal(proof.ended, timeout=60_000):
            dialog.prove.click()
            assert dialog.proof.isVisible()
            assert not dialog.prove.isVisible()
        assert dialog.proof.sentence.text() == f"✓ Identical weights {run.summary().weights_sha256[:12]}…"
        assert dialog.proof.drawn == len(run.series()["train/loss"][0])
        assert (folder / "weights.safetensors").read_bytes() == weights
        package = next(folder.glob("*/train.py")).parent
        command = ("-m", f"{package.name}.train")
        text = (package / "train.py").read_text(encoding="utf-8")
        assert "def load_splits():" in text
        (package / "train.py").write_text(re.sub(r"SEED = \d+", "SEED = 99", text), encoding="utf-8")
        with qtbot.waitSignal(proof.ended, timeout=60_000) as told:
            proof.start(folder, run, dialog.proof, command)
        assert told.args is not None
        assert told.args[0].startswith("Other weights: already the first loss is another.")
        (package / "model.py").write_text("raise ValueError('not today')\n", encoding="utf-8")
        with qtbot.waitSignal(proof.ended, timeout=60_000) as told:
            proof.start(folder, run, dialog.proof, command)
        assert told.args == ["The script ended before its time: ValueError: not today", False]
        proof.start(folder, run, dialog.proof, command)
        dialog.proof.cancel.click()
        assert not proof.is_running
        assert dialog.proof.sentence.text().startswith("Cancelled.")
        proof.start(folder, run, dialog.proof, command)
        dialog.reject()
        assert not proof.is_running


def test_what_a_script_says_is_understood_in_any_pieces() -> None:
    said = "4 steps on cpu\nstep 1 loss 0x1.8000000000000p+0\nstep 2 loss nan\nepoch 1 of 3, the best so far\n"
    whole, pieces = Script(), Script()
    whole.hear(said + f"weights_sha256 {'a' * 64}\n")
    for letter in said + f"weights_sha256 {'a' * 64}\n":
        pieces.hear(letter)
    assert whole.losses[1] == pieces.losses[1] == 1.5
    assert math.isnan(pieces.losses[2])
    assert (pieces.epoch, pieces.epochs, pieces.weights) == (1, 3, "a" * 64)


@pytest.mark.parametrize(
    ("settings", "reason", "words"),
    [
        ({}, "stopped", "was stopped"),
        ({"device": "cuda:0"}, "completed", "a GPU adds up in another order"),
        ({"versions": {"torch": "2.0"}}, "completed", "trained with torch 2.0, and here is 2.13"),
        ({"device": "cuda:0", "settings": {"deterministic": True}}, "completed", "from step 2 on"),
    ],
)
def test_each_reason_is_said_in_words(settings: dict[str, object], reason: str, words: str) -> None:
    script = Script(losses={1: 0.5, 2: 0.4})
    said = why_not(script, losses={1: 0.5, 2: 0.3}, settings=settings, reason=reason, versions={"torch": "2.13"})
    assert said.startswith("Other weights: ")
    assert words in said
