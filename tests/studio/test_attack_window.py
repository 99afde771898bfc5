"""A trained classifier is attacked from the window: what fooled it is shown, kept, compared, and given up when told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from runtime.attack_protocol import AttackOrder
from runtime.attack_result import attack_in
from runtime.kept_attacks import attack_path, attacks_of, keep_attack
from runtime.rundir import RunDir
from studio.dialogs.attack import AttackDialog


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def trained(room: Room) -> RunDir:
    room.open_example("digits-dense", epochs=3)
    room.wait(lambda: room.session.training.face.press == "train")
    room.session.actions["train.train"].trigger()
    room.wait(lambda: room.session.controller.state.kind == "finished")
    run = room.session.controller.run
    assert run is not None
    return run


def opened(room: Room) -> AttackDialog:
    room.session.actions["train.attack"].trigger()
    dialog = room.session.attack.dialog
    assert dialog is not None
    return dialog


def attack(room: Room, dialog: AttackDialog, method: str, epsilons: str, steps: int = 2) -> None:
    dialog.form.method.setCurrentIndex(dialog.form.method.findData(method))
    dialog.form.epsilons.setText(epsilons)
    dialog.form.steps.setValue(steps)
    dialog.form.go.click()


def test_a_run_is_attacked_shown_kept_compared_and_given_up(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.actions["train.attack"].trigger()
        assert "Train once" in session.parts.bars.text("attack")
        run = trained(room)
        button = session.runs.results.panel.headline.attack
        room.wait(lambda: not button.isHidden())
        button.click()
        dialog = session.attack.dialog
        assert dialog is not None
        assert dialog.form.epsilons.text() == "0.02, 0.05, 0.1, 0.2, 0.3"
        assert not dialog.copy.isEnabled()
        dialog.form.epsilons.setText("much")
        dialog.form.go.click()
        assert dialog.form.problem.text() == "'much' is no number. Write epsilons such as 0.1, 0.2, 0.3."
        told: list[tuple[int, int]] = []
        session.attack.client.progressed.connect(lambda done, of: told.append((done, of)))
        attack(room, dialog, "fgsm", "0.3, 0.1")
        assert dialog.form.cancel.isVisible()
        room.wait(lambda: dialog.result_shown is not None)

        assert told
        result = attack_in(run.media / "attack-fgsm.npz")
        assert result is not None
        assert result.accuracy(0) > result.accuracy(1) > result.accuracy(2)
        assert not dialog.form.cancel.isVisible()
        assert f"{100 * result.accuracy(2):.1f} % at 0.3" in dialog.curve.accessibleDescription()
        dialog.slider.setValue(1)
        assert dialog.epsilon.text() == "ε = 0.1"
        assert f"{100 * result.accuracy(1):.1f} % of the samples are still answered rightly" in dialog.found.text()
        rows = dialog.table.rows()
        assert [row[0] for row in rows] == [str(digit) for digit in range(10)]
        first = result.target == 0
        assert rows[0][3] == f"{100 * (result.attacked[0][first] == 0).mean():.1f} %"
        fooled = set(dialog.cards.rows)
        assert fooled
        for row in fooled:
            at = result.shown[row]
            assert result.clean[at] == result.target[at] != result.attacked[0][at]
        dialog.slider.setValue(0)
        assert dialog.cards.rows == ()

        dialog.slider.setValue(2)
        dialog.copy.click()
        assert f"0.3\t{100 * result.accuracy(2):.1f} %" in QApplication.clipboard().text()
        room.asker.paths = [tmp_path / "fooled"]
        dialog.save.click()
        assert QImage(str(tmp_path / "fooled.png")).width() > 600

        attack(room, dialog, "pgd", "0.3", steps=10_000)
        assert session.attack.client.is_running
        dialog.form.cancel.click()
        assert not session.attack.client.is_running
        assert [one.title() for one in attacks_of(run)] == ["FGSM"]
        assert dialog.result_shown.order.method == "fgsm"

        dialog.close()
        pgd = AttackOrder(method="pgd", epsilons=(0.1, 0.3), steps=2)
        keep_attack(run, dataclasses.replace(result, order=pgd, attacked=result.attacked[::-1]))
        dialog = opened(room)
        assert dialog.result_shown is not None
        assert dialog.result_shown.order == pgd
        assert dialog.others.count() == 2
        dialog.others.setCurrentIndex(1)
        dialog.others.activated.emit(1)
        assert "FGSM, one step: " in dialog.curve.accessibleDescription()

        dialog.close()
        assert session.attack.dialog is None
        again = opened(room)
        assert again.result_shown is not None
        assert again.result_shown.order == pgd
        attack_path(run, pgd).write_bytes(b"PK")
        again.close()
        broken = opened(room)
        assert "damaged" in broken.form.problem.text()
        broken.close()
        session.document.undo_stack.setClean()
