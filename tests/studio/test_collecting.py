"""Garbage is taken apart in the thread of the window, whichever thread made the heap full."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import open_room


class Loop:
    """Is reached from itself alone once its name is gone."""

    def __init__(self) -> None:
        self.itself = self


def fill_the_heap() -> None:
    kept = [[number] for number in range(50 * gc.get_threshold()[0])]
    assert len(kept) == 50 * gc.get_threshold()[0]


def test_a_thread_that_fills_the_heap_takes_nothing_of_the_window_apart(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    gc.enable()  # as it is when the app begins
    ended_in: list[threading.Thread] = []
    with open_room(qtbot, tmp_path, lender, start=False) as room:
        loop = Loop()
        weakref.finalize(loop, lambda: ended_in.append(threading.current_thread()))
        del loop
        thread = threading.Thread(target=fill_the_heap)
        thread.start()
        thread.join()
        assert ended_in == []
        fill_the_heap()
        room.wait(lambda: ended_in != [])
        assert ended_in == [threading.main_thread()]
    assert gc.isenabled()
