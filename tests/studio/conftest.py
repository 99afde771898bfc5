"""Every test of the window leaves no thread, process, timer or window behind."""

from __future__ import annotations

import gc
import inspect
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lender import Lender, LentClient
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid
from window_kit import item_objects

from studio.collecting import collect

_SECONDS_TO_END = 15.0


@pytest.fixture(scope="session")
def lender() -> Iterator[Lender]:
    """Real processes that go from test to test."""
    owner = Lender()
    yield owner
    owner.end()


@pytest.fixture(autouse=True, scope="session")
def _clipboard_is_left_to_qt() -> Iterator[None]:
    """The offscreen platform ends the process when it finds data of Python on the clipboard after Python is gone."""
    yield
    if QApplication.instance() is not None:
        QApplication.clipboard().setText("")


@pytest.fixture(autouse=True)
def _garbage_is_collected_in_this_thread() -> Iterator[None]:
    """As in the app, and for parts of the window that are tested without one."""
    gc.disable()
    yield
    collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest, lender: Lender) -> Iterator[None]:
    has_session = "lender" in inspect.signature(request.function).parameters
    threads, children, windows = set(threading.enumerate()), _children(lender), _windows()
    timers = _running_timers() if has_session else set()
    yield
    assert set(threading.enumerate()) <= threads
    end = time.monotonic() + _SECONDS_TO_END
    while (
        _children(lender) - children - lender.pids() and QApplication.instance() is not None and time.monotonic() < end
    ):
        QTest.qWait(20)  # what was killed has ended when Qt hears of it
    assert _children(lender) - children - lender.pids() == set(), "processes are left"
    assert _windows() - windows == set(), "windows are left"
    assert item_objects() == [], "objects for items of layouts are left"
    if has_session:
        assert _running_timers() - timers == set(), "timers still run"


def _children(lender: Lender) -> set[int]:
    """The child processes of this one, with dead ones that nobody asked after, and workers that were lent.

    None where the system hides them.
    """
    found = lender.workers()
    for task in Path("/proc/self/task").glob("*/children"):
        found |= {int(pid) for pid in task.read_text().split()}
    return found - {os.getpid()}


def _windows() -> set[str]:
    if QApplication.instance() is None:
        return set()
    return {f"{type(row).__name__} {id(row)}" for row in QApplication.topLevelWidgets() if row.isVisible()}


def _running_timers() -> set[str]:
    """Timers of this process that run, but for those of the lent client."""
    # by type, not isinstance: asking some of torch's objects for their class is a deprecated use of them
    timers = [row for row in gc.get_objects() if issubclass(type(row), QTimer) and isValid(row)]
    running = [timer for timer in timers if timer.isActive() and not isinstance(timer.parent(), LentClient)]
    return {f"{timer.parent()} every {timer.interval()} ms" for timer in running}
