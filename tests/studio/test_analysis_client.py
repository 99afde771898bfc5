"""The client of the analysis process: latest wins, hangs and kills are survived, and blame falls on the right node."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from window_kit import kill

from graph.files import dump
from graph.model import Node, empty_project
from runtime.protocol import Analysis, DataReport
from studio.analysis_client import AnalysisClient

Make = Callable[..., AnalysisClient]

FAKE = """
import json, os, sys, time
def say(row):
    print(json.dumps(row), flush=True)
starts = open(sys.argv[1], "a"); starts.write("x"); starts.close()
count = os.path.getsize(sys.argv[1])
say({"kind": "ready"})
for line in sys.stdin:
    row = json.loads(line)
    text = row["project"]
    if "python:" in text and not row.get("stopped"):
        say({"kind": "node", "uid": "u-loop1", "name": "loop1", "network": "net"})
        time.sleep(600)
    if text.startswith("hang") and not (text == "hang once" and count > 1):
        say({"kind": "node", "uid": "u1", "name": "conv1", "network": "net"})
        time.sleep(600)
    if text == "die":
        say({"kind": "node", "uid": "u2", "name": "linear1", "network": "net"})
        os._exit(3)
    if text == "slow":
        time.sleep(0.3)
    if text == "noise":
        print("a library prints this", flush=True)
    answer = {"revision": row["revision"], "problems": [], "fields": []}
    if row["kind"] == "data":
        answer |= {"kind": "data_report", "source": "fake", "rows": 3, "splits": {}, "captions": [], "images": {}}
        more = {"rows_found": 3, "columns": [], "split_method": "", "values": {}, "scatter": [], "notes": []}
        say(answer | more)
    else:
        answer |= {"kind": "analysis", "ports": [], "autos": {}, "weights": {}, "frozen": {}, "parameters": {}}
        answer |= {"code": {}, "lines": {}, "definitions": {}, "step_lines": {}}
        say(answer | {"device": "cpu", "device_reason": text, "threads": 1, "start": None, "names": {}, "skipped": []})
"""


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    script, starts = tmp_path / "fake.py", tmp_path / "starts"
    script.write_text(FAKE, encoding="utf-8")
    made: list[AnalysisClient] = []

    def build(seconds: float = 0.6, command: tuple[str, ...] | None = None) -> AnalysisClient:
        fake = (sys.executable, "-P", str(script), str(starts))
        client = AnalysisClient(command=command or fake, request_seconds=seconds, data_seconds=seconds)
        made.append(client)
        return client

    yield build
    for client in made:
        client.close()
        assert client.process_id == 0
        client.deleteLater()


def _answers(client: AnalysisClient) -> list[Analysis]:
    seen: list[Analysis] = []
    client.analysed.connect(seen.append)
    return seen


def test_requests_made_before_the_process_is_up_are_answered(make: Make, qtbot: QtBot) -> None:
    client = make(seconds=5.0)
    with qtbot.waitSignals([client.analysed, client.data_described], timeout=20_000):
        client.analyse(3, "noise", None)
        client.describe_data(3, "x", "/some/where")
    qtbot.waitUntil(lambda: client.state == "ready")


def test_only_the_latest_of_many_requests_is_answered(make: Make, qtbot: QtBot) -> None:
    client = make(seconds=5.0)
    seen = _answers(client)
    client.analyse(1, "slow", None)
    qtbot.waitUntil(lambda: client.state == "busy", timeout=20_000)
    for revision in range(2, 30):
        client.analyse(revision, f"text {revision}", None)
    qtbot.waitUntil(lambda: client.state == "ready", timeout=20_000)
    assert [(answer.revision, answer.device_reason) for answer in seen] == [(29, "text 29")]


def test_a_hang_is_killed_tried_again_and_then_blamed_on_the_node(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    client = make()
    messages: list[str] = []
    client.message.connect(messages.append)
    with qtbot.waitSignal(client.analysed, timeout=30_000) as answer:
        client.analyse(7, "hang", None)
    analysis = answer.args[0]
    (problem,) = analysis.problems
    assert (analysis.revision, problem.node, problem.network) == (7, "u1", "net")
    assert "conv1 did not come back" in problem.message
    assert len((tmp_path / "starts").read_text()) >= 2
    assert len(messages) == 2
    with qtbot.waitSignal(client.analysed, timeout=20_000) as answer:
        client.analyse(8, "fine", None)
    assert (answer.args[0].revision, answer.args[0].problems) == (8, ())


def test_a_hang_that_passes_the_second_time_is_answered(make: Make, qtbot: QtBot) -> None:
    client = make()
    with qtbot.waitSignal(client.analysed, timeout=30_000) as answer:
        client.analyse(7, "hang once", None)
    assert answer.args[0].problems == ()


def test_an_end_of_the_process_is_blamed_on_the_node_that_was_run(make: Make, qtbot: QtBot) -> None:
    client = make(seconds=5.0)
    with qtbot.waitSignal(client.analysed, timeout=30_000) as answer:
        client.analyse(7, "die", None)
    (problem,) = answer.args[0].problems
    assert problem.node == "u2"
    assert "linear1 ended the analysis process" in problem.message


def test_python_that_hangs_is_left_alone_from_then_on_and_all_else_is_answered(
    make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    project = empty_project("net")
    project.main().put_node(Node(uid="u-loop1", op="python:loop", name="loop1"))
    project.texts["loop"] = "def loop(input: Tensor) -> Tensor:\n    while True:\n        pass\n"
    client = make()
    seen = _answers(client)
    for revision in (1, 2):  # of the second drawing nothing has to hang any more
        project.training["epochs"] = revision
        with qtbot.waitSignal(client.analysed, timeout=30_000):
            client.analyse(revision, dump(project), None)
    assert [one.problems for one in seen] == [(), ()]
    assert (tmp_path / "starts").read_text() == "xxx"
    project.texts["loop"] += "\n"
    with qtbot.waitSignal(client.analysed, timeout=30_000):
        client.analyse(3, dump(project), None)
    assert (tmp_path / "starts").read_text() == "xxx"


def test_hanging_data_becomes_a_problem_of_the_data(make: Make, qtbot: QtBot) -> None:
    client = make()
    with qtbot.waitSignal(client.data_described, timeout=30_000) as answer:
        client.describe_data(4, "hang", None)
    report: DataReport = answer.args[0]
    assert report.revision == 4
    assert [problem.section for problem in report.problems] == ["data"]


def test_a_kill_while_idle_is_told_and_the_last_drawing_is_worked_out_anew(make: Make, qtbot: QtBot) -> None:
    client = make(seconds=5.0)
    with qtbot.waitSignal(client.analysed, timeout=20_000):
        client.analyse(1, "fine", None)
    qtbot.waitUntil(lambda: client.state == "ready")
    with qtbot.waitSignals([client.message, client.analysed], timeout=20_000):
        kill(client.process_id)


def test_a_process_that_never_starts_leaves_a_sentence_and_a_dead_client(make: Make, qtbot: QtBot) -> None:
    client = make(command=(sys.executable, "-P", "-c", "raise SystemExit('torch is broken here')"))
    with qtbot.waitSignal(client.message, timeout=30_000, check_params_cb=lambda text: "torch is broken here" in text):
        client.analyse(1, "x", None)
    assert client.state == "dead"


def test_a_missing_program_leaves_a_sentence(make: Make, qtbot: QtBot) -> None:
    client = make(command=("/no/such/program",))
    with qtbot.waitSignal(client.message, timeout=10_000):
        client.start()
    assert client.state == "dead"


def test_nothing_is_answered_after_closing(make: Make, qtbot: QtBot) -> None:
    client = make(seconds=5.0)
    seen = _answers(client)
    client.analyse(1, "slow", None)
    qtbot.waitUntil(lambda: client.state == "busy", timeout=20_000)
    client.close()
    client.analyse(2, "fine", None)
    qtbot.wait(400)
    assert (seen, client.state) == ([], "dead")
