"""What the tests of runs share: small projects, run folders, and processes that train them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from branches import Branches
from same_weights import told_alone, trained

from graph.files import dump, read
from graph.ops.spec import Value
from runtime.rundir import RunDir, create_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def project_text() -> Callable[..., str]:
    def text(example: str, **training: Value) -> str:
        project = read(EXAMPLES / f"{example}.loom")
        project.training.update({"threads": 1, **{key.replace("__", "."): value for key, value in training.items()}})
        return dump(project)

    return text


@pytest.fixture
def new_run(tmp_path: Path, project_text: Callable[..., str]) -> Callable[..., RunDir]:
    def make(example: str = "spirals", **training: Value) -> RunDir:
        return create_run(tmp_path / "a.runs", project_text(example, **training))

    return make


class Worker:
    """A worker process as the window keeps it: a spare until it is given a job."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "runtime.worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, text=True, **pipes)  # type: ignore[call-overload]

    def wait_ready(self) -> None:
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def give(self, run: RunDir, **job: Any) -> None:
        self.process.stdin.write(json.dumps({"run_dir": str(run.path), "resume": False, **job}) + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


@pytest.fixture
def new_worker() -> Iterator[Callable[[], Worker]]:
    """Begins a worker, which gets warm meanwhile."""
    workers = []

    def begin() -> Worker:
        workers.append(Worker())
        return workers[-1]

    yield begin
    for worker in workers:
        worker.end()


@pytest.fixture(scope="module")
def plain_runs(
    texts: dict[str, str], branches: Branches, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, RunDir]:
    """The projects of a file, which gives them as `texts`, each trained without a disturbance."""
    return trained(texts, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def script_outputs(
    plain_runs: dict[str, RunDir], branches: Branches, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What the exported scripts of these runs tell, each by itself."""
    return told_alone(plain_runs, branches, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="session")
def branches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branches]:
    """A process with torch that lends its children to scripts and runs."""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    lent = Branches(tmp_path_factory.mktemp("branches"))
    yield lent
    lent.end()


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., None]:
    def wait(what: Callable[[], object], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)

    return wait
