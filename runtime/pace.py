"""How long a training will take, from a few timed steps that leave no trace in the process that measures them."""

from __future__ import annotations

import contextlib
import gc
import linecache
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from graph.files import parse
from graph.whole import write_whole
from runtime.data_paths import data_paths, is_on_network
from runtime.load_progress import LoadProgress
from runtime.preparation import Prepared, prepare
from runtime.value_look import ValueLook
from runtime.value_media import packed_values

_STEPS = 3
_MOST_STEPS = 40  # small steps are timed more often, for the clock and the system are rough
_ENOUGH_SECONDS = 0.05
_PATIENCE = 5.0  # seconds after which a slow network is judged by what was timed until then
_MOST_BYTES = 64_000_000  # larger files are not read for an estimate
Cancelled = Callable[[], bool]


class _GivenUpError(Exception):
    """There is no figure: it would take too long, or something else is wanted."""


def estimate(
    text: str,
    base: Path,
    cancelled: Cancelled = lambda: False,
    *,
    trusted: str = "",
    values_to: Path | None = None,
    all_values: bool = False,
) -> dict[str, Any]:
    """`seconds` that training this project takes, None when that cannot be said, and whether it may end sooner.

    `values_to`: a file for the numbers inside of the first step, where the network is so small that a person can follow
    them, or `all_values` are wanted; `values` says whether they were written.

    Generators, threads, default dtype and modules are as before when it returns. `cancelled` is asked between
    steps, and while data are read. A project that cannot be trained has no figure either: what is wrong with it is
    told elsewhere.
    """
    nothing: dict[str, Any] = {"seconds": None, "at_most": False, "values": False}
    with untouched():
        try:
            _refuse_large(text, base)
            reading = LoadProgress(lambda _share: _go_on(cancelled), every_seconds=0.0)
            prepared = prepare(text, base, tell=reading.looked, trusted=trusted)
            course = _Course(prepared, cancelled, reading)
            is_written = values_to is not None and course.write_values(values_to, all_values)
            seconds = course.seconds()
        except (Exception, SystemExit):  # noqa: BLE001  the entry of the estimate: it will be told when it trains
            return nothing
    return {"seconds": seconds, "at_most": prepared.settings.early_stopping, "values": is_written}


class _Course:
    """A training of which some steps and one look at the validation samples are timed."""

    def __init__(self, prepared: Prepared, cancelled: Cancelled, reading: LoadProgress) -> None:
        self._cancelled = cancelled
        self._deadline = time.perf_counter() + _PATIENCE
        self._go_on()
        self._prepared, self._module = prepared, prepared.load()
        reading.watch(self._module)
        self._training: Any = self._module.Training(device=prepared.choice.device)

    def write_values(self, path: Path, is_wanted: bool) -> bool:
        """Write the numbers inside of the first step, unless they are too many or cannot be seen; whether it did."""
        if not is_wanted and not ValueLook.is_small(self._training):
            return False
        try:
            write_whole(path, packed_values(ValueLook(self._module, self._training, self._prepared).values(0, 0)))
        except Exception:  # noqa: BLE001  what is only looked at keeps no figure from being found
            return False
        return True

    def seconds(self) -> float:
        training = self._training
        step = self._step_seconds()
        look = self._look_seconds("validation")
        epochs = -(-training.total_steps // training.steps_per_epoch)
        return float(step * training.total_steps + look * (epochs + 1) + self._look_seconds("test"))

    def _step_seconds(self) -> float:
        training = self._training
        batches = training.batches(1)
        for network in training.networks.values():
            network.train()
        times: list[float] = []
        for number in range(_MOST_STEPS + 1):
            self._go_on()
            began = time.perf_counter()
            training.train_step(batches[number % len(batches)])
            self._wait()
            times.append(time.perf_counter() - began)
            timed = times[1:]  # the first pays for what torch sets up
            late = time.perf_counter() > self._deadline
            if late or (len(timed) >= _STEPS and sum(timed) > _ENOUGH_SECONDS):
                break
        return statistics.median(times[1:] or times)

    def _look_seconds(self, part: str) -> float:
        """One pass over a part of the data, by its first batch where it is long."""
        split = self._training.splits[part]
        count = len(next(iter(split.values()))) if split else 0
        if not count:
            return 0.0
        few = min(count, 1024)
        self._training.splits[part] = {name: values[:few] for name, values in split.items()}
        self._go_on()
        began = time.perf_counter()
        self._training.evaluate(part)
        self._wait()
        return (time.perf_counter() - began) * count / few

    def _wait(self) -> None:
        if self._training.device.type == "cuda":
            torch.cuda.synchronize(self._training.device)

    def _go_on(self) -> None:
        _go_on(self._cancelled)


def _go_on(cancelled: Cancelled) -> None:
    if cancelled():
        raise _GivenUpError


def _refuse_large(text: str, base: Path) -> None:
    for path in data_paths(parse(text).data, base):
        if is_on_network(path) or _bytes_at(Path(path)) > _MOST_BYTES:
            raise _GivenUpError


def _bytes_at(path: Path) -> int:
    """How many bytes a file has, or the files of a folder; counting ends where it is enough."""
    if not path.is_dir():
        return path.stat().st_size
    total = 0
    for file in path.rglob("*"):
        total += file.stat().st_size
        if total > _MOST_BYTES:
            break
    return total


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Put back what a training sets in its process: generators, threads, dtype, determinism, modules, variables."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    strict, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    modules, environment = set(sys.modules), dict(os.environ)
    cards = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]  # torch's
    with torch.random.fork_rng(devices=cards):
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_default_dtype(dtype)
            torch.use_deterministic_algorithms(strict, warn_only=warns)
            for name in set(sys.modules) - modules:
                if name.startswith(("layerloom_model_", "layerloom_train_")):
                    linecache.cache.pop(sys.modules.pop(name).__file__ or "", None)
            for key in set(os.environ) - set(environment):
                del os.environ[key]
            gc.collect()
