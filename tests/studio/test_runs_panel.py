"""The runs panel: what is listed, overlaid, named, deleted and continued."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from graph.files import dump
from graph.model import empty_project
from runtime.locks import FileLock
from runtime.rundir import RunDir, create_run, runs_root
from studio.dialogs.ask import Answer, Asker
from studio.panels.runs import RunsPanel, begun_words, time_words
from studio.theme import ThemeHolder
from studio.training import TrainingController


class Answerer(Asker):
    """Answers every question with the same key, and remembers the questions."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.asked: list[str] = []

    def choose(self, title: str, text: str, answers: Sequence[Answer]) -> str:
        self.asked.append(f"{title} {text}")
        return self.key


@pytest.fixture
def controller(qtbot: QtBot, tmp_path: Path) -> Iterator[TrainingController]:
    made = TrainingController()
    made.set_project(tmp_path / "digits.loom")
    yield made
    made.close()
    made.deleteLater()


def _run(tmp_path: Path, goal: float | None = 0.5, reason: str = "completed", seconds: float = 3.0) -> RunDir:
    run = create_run(runs_root(tmp_path / "digits.loom"), dump(empty_project()), base=tmp_path)
    rows: list[dict[str, object]] = [{"kind": "started", "epochs": 2, "total_steps": 20, "goal": "accuracy"}]
    rows.append({"kind": "checkpoint", "step": 10})
    if reason:
        result = {"name": "accuracy", "value": goal, "split": "validation"}
        rows.append({"kind": "finished", "reason": reason, "goal": result, "seconds": seconds, "steps": 20})
    with (run.path / "events.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    return run


def _opponents(tmp_path: Path) -> RunDir:
    """A run of two losses, judged by nothing else."""
    run = create_run(runs_root(tmp_path / "digits.loom"), dump(empty_project()), base=tmp_path)
    result = {"name": "loss", "value": 0.34, "split": "train"}
    rows: list[dict[str, object]] = [
        {"kind": "started", "epochs": 1, "total_steps": 20, "goal": "loss", "steps": ["tell_apart", "fool"]},
        {"kind": "epoch", "epoch": 1, "step": 20, "goal": 0.34, "best": False, "validation": {}},
        {"kind": "finished", "reason": "completed", "goal": result, "losses": {"tell_apart": -0.34, "fool": 0.68}},
    ]
    (run.path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return run


def _panel(qtbot: QtBot, controller: TrainingController, asker: Asker | None = None) -> RunsPanel:
    panel = RunsPanel(controller, ThemeHolder("light"), asker)
    qtbot.addWidget(panel)
    return panel


def _rows(panel: RunsPanel) -> list[list[str]]:
    items = [panel.list.topLevelItem(row) for row in range(panel.list.topLevelItemCount())]
    return [[item.text(column) for column in range(4)] for item in items if item is not None]


def _check(panel: RunsPanel, row: int, state: Qt.CheckState = Qt.CheckState.Checked) -> None:
    item = panel.list.topLevelItem(row)
    assert item is not None
    item.setCheckState(0, state)


def test_a_sum_of_several_losses_is_no_goal_to_be_ranked_by(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    _opponents(tmp_path)
    panel = _panel(qtbot, controller)
    panel.refresh()
    item = panel.list.topLevelItem(0)
    assert item is not None
    assert (item.text(1), item.toolTip(1)) == ("–", "Losses: tell_apart -0.34 · fool 0.68")


def test_runs_stand_newest_first_with_goal_time_and_state(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    first, second = _run(tmp_path, 0.974), _run(tmp_path, 0.5, "stopped", 200.0)
    panel = _panel(qtbot, controller)
    assert (first.title(), second.title()) == ("first run", "same settings")
    assert _rows(panel) == [
        [second.title(), "50.0 %", "3 min 20 s", "stopped"],
        [first.title(), "97.4 %", "3.0 s", "finished"],
    ]


def test_a_new_run_and_a_changed_one_appear_on_refresh(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    panel = _panel(qtbot, controller)
    assert _rows(panel) == []
    run = _run(tmp_path, reason="")
    controller.run_list_changed.emit()
    assert [row[3] for row in _rows(panel)] == ["process ended"]
    with (run.path / "events.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": "finished", "reason": "nan"}) + "\n")
    controller.run_list_changed.emit()
    assert [row[3] for row in _rows(panel)] == ["not a number"]


def test_checks_choose_what_is_overlaid_and_survive_a_refresh(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    runs = [_run(tmp_path) for _ in range(3)]
    panel = _panel(qtbot, controller)
    seen: list[tuple[RunDir, ...]] = []
    panel.shown_changed.connect(seen.append)
    _check(panel, 0)
    _check(panel, 2)
    panel.set_colors({runs[0].name: QColor("#ff0000")})
    assert seen == [(runs[2],), (runs[2], runs[0])]
    assert panel.shown() == (runs[2], runs[0])
    _check(panel, 0, Qt.CheckState.Unchecked)
    assert panel.shown() == (runs[0],)


def test_of_more_than_twelve_the_best_are_shown_and_it_is_said(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    runs = [_run(tmp_path, number / 100) for number in range(14)]
    panel = _panel(qtbot, controller)
    panel.show()
    for row in range(14):
        _check(panel, row)
    assert {run.name for run in panel.shown()} == {run.name for run in runs[2:]}
    assert any("14 are chosen" in label.text() for label in panel.findChildren(type(panel._note)))


def test_a_name_typed_into_the_list_is_kept(qtbot: QtBot, controller: TrainingController, tmp_path: Path) -> None:
    run = _run(tmp_path)
    panel = _panel(qtbot, controller)
    item = panel.list.topLevelItem(0)
    assert item is not None
    with qtbot.waitSignal(panel.run_renamed):
        item.setText(0, "wider ×2")
    assert run.title() == "wider ×2"
    assert _rows(panel)[0][0] == "wider ×2"
    item.setText(0, "")
    assert _rows(panel)[0][0] == run.title() != "wider ×2"


@pytest.mark.parametrize(("key", "left"), [("keep", 2), ("delete", 1)])
def test_deleting_asks_first(qtbot: QtBot, controller: TrainingController, tmp_path: Path, key: str, left: int) -> None:
    runs = [_run(tmp_path), _run(tmp_path)]
    asker = Answerer(key)
    panel = _panel(qtbot, controller, asker)
    panel.list.setCurrentItem(panel.list.topLevelItem(0))
    panel.delete(panel.selected())
    assert len(asker.asked) == 1
    assert len(_rows(panel)) == left
    assert runs[0].path.exists()
    assert runs[1].path.exists() == (key == "keep")


def test_a_run_that_trains_is_not_deleted(qtbot: QtBot, controller: TrainingController, tmp_path: Path) -> None:
    run = _run(tmp_path, reason="")
    lock = FileLock(run.path / "run.lock")
    assert lock.acquire()
    asker = Answerer("delete")
    panel = _panel(qtbot, controller, asker)
    assert _rows(panel)[0][3] == "training"
    panel.delete((run,))
    assert run.path.exists()
    assert "still training" in asker.asked[1]
    lock.release()


def test_a_crashed_run_offers_to_go_on_and_its_drawing_to_come_back(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    run = _run(tmp_path, reason="")
    panel = _panel(qtbot, controller)
    panel.list.setCurrentItem(panel.list.topLevelItem(0))
    actions = {action.text(): action for action in panel.menu().actions()}
    assert actions["Continue from the last checkpoint"].isEnabled()
    with qtbot.waitSignal(panel.restore_wanted, check_params_cb=lambda wanted: wanted == run):
        actions["Take its drawing back"].trigger()


def test_times_are_said_in_two_units_at_most() -> None:
    said = [time_words(seconds) for seconds in (0, 0.44, 8, 59.6, 200, 7500)]
    assert said == ["0 s", "0.4 s", "8.0 s", "1 min 0 s", "3 min 20 s", "2 h 5 min"]


def test_a_run_of_today_says_the_time_and_an_older_one_its_day() -> None:
    now = datetime(2026, 3, 4, 14, 3).timestamp()
    assert begun_words(now - 60, now) == "14:02"
    assert begun_words(now - 86_400, now) == "03 Mar 14:03"
