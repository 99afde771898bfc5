"""Real processes, lent from one test to the next: starting torch for each window anew would take minutes."""

from __future__ import annotations

import warnings

from nursery import BornWorker, Nursery

from studio.analysis_client import AnalysisClient
from studio.training import TrainingController
from studio.worker_process import WorkerProcess


class LentClient(AnalysisClient):
    """The client of one window. Closing it gives its process back; `end` ends the process."""

    def close(self) -> None:
        own = (self.analysed, self.data_described, self.state_changed, self.message, self.logged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # where nobody listens
            for signal in (*own, self.told, self.process_ready):
                signal.disconnect()
        self._waiting.clear()
        self._last_drawing = None

    def lend(self) -> None:
        """Be told what it says again."""
        self.blockSignals(False)

    def end(self) -> None:
        """End the process."""
        super().close()


class LentController(TrainingController):
    """The controller of one window. Its spare worker comes from the lender, and goes back there."""

    def __init__(self, lender: Lender) -> None:
        super().__init__()
        self._lender = lender

    def start_spare(self) -> None:
        if self._spare is None and not self.state.is_active:
            self._spare = self._lender.take_spare()
        super().start_spare()

    def _new_worker(self) -> WorkerProcess:
        return BornWorker(self._lender.nursery())

    def _dismiss_spare(self) -> None:
        if self._spare is not None:
            self._lender.keep_spare(self._spare)
            self._spare = None


class Lender:
    """Owns the processes between the tests."""

    def __init__(self) -> None:
        self._client: LentClient | None = None
        self._spare: WorkerProcess | None = None
        self._nursery: Nursery | None = None

    def nursery(self) -> Nursery:
        """Where workers come from."""
        if self._nursery is None:
            self._nursery = Nursery()
        return self._nursery

    def client(self) -> LentClient:
        """The client, with the process of the test before."""
        if self._client is None:
            self._client = LentClient()
            self._client.start()
        self._client.lend()
        return self._client

    def controller(self) -> LentController:
        """A controller of its own, which is handed the spare worker."""
        return LentController(self)

    def take_spare(self) -> WorkerProcess | None:
        """The warm worker, if there is one."""
        spare, self._spare = self._spare, None
        if spare is not None and not spare.is_running():
            spare.dismiss()
            return None
        return spare

    def keep_spare(self, spare: WorkerProcess) -> None:
        """Keep a worker for the next test."""
        if self._spare is not None or not spare.is_running():
            spare.dismiss()
        else:
            self._spare = spare

    def pids(self) -> frozenset[int]:
        """The processes that may outlive a test."""
        client = self._client.process_id if self._client is not None else 0
        nursery = self._nursery.pid if self._nursery is not None else 0
        return frozenset({client, nursery, self._spare.pid if self._spare is not None else 0}) - {0}

    def workers(self) -> set[int]:
        """The workers that run, lent or not."""
        return self._nursery.children() if self._nursery is not None else set()

    def end(self) -> None:
        """End them all."""
        if self._client is not None:
            self._client.end()
        if self._spare is not None:
            self._spare.dismiss()
        if self._nursery is not None:
            self._nursery.end()
