"""The lane of trials, of pictures drawn again and of costs in the analysis process: no shape has to wait for them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

import torch

from graph.ops.catalog import load_catalog
from runtime import again, cost_requests, trial
from runtime.again import Agains
from runtime.cost_requests import CostRequests
from runtime.trial import Trials

Send = Callable[[Mapping[str, Any]], None]


class TrialLane:
    """Takes trials, and questions for costs, and answers them one after the other.

    Of each kind the newest waits, and older ones are dropped.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def takes(self, request: Mapping[str, Any]) -> bool:
        """Whether a request is for this lane; answered when its turn comes, unless a newer one takes its place."""
        kind = request.get("kind")
        if not isinstance(kind, str) or kind not in (*trial.KINDS, *again.KINDS, *cost_requests.KINDS):
            return False
        with self._changed:
            self._waiting[kind] = request
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="trials")
            self._thread.start()
        return True

    def _work(self) -> None:
        torch.set_num_threads(1)
        rooms: dict[str, Trials | Agains | CostRequests] = {}
        for kinds, room in (
            (trial.KINDS, Trials(load_catalog())),
            (again.KINDS, Agains()),
            (cost_requests.KINDS, CostRequests(load_catalog())),
        ):
            rooms |= dict.fromkeys(kinds, room)
        with contextlib.suppress(BrokenPipeError):  # the window is gone
            while True:
                with self._changed:
                    while not self._waiting:
                        self._changed.wait()
                    request = self._waiting.pop(next(iter(self._waiting)))
                self._send(rooms[request["kind"]].answer(request))
