"""Looks at what a network answers while it trains and at its end, and leaves it for the results; it changes nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graph.whole import write_whole
from runtime.looker import Looker, worst_rebuilt_first
from runtime.media import MediaReader, Part, final_path, look_path, packed, packed_samples
from runtime.preparation import Prepared
from runtime.run_clock import Timed
from runtime.thinning import thin_out

_SAMPLES = 256
_REBUILT = 16
_FIXED = 8  # of the rebuilt samples of a final look, however well they were rebuilt
_LEAST_SECONDS = 1.0
_SHARE = 0.02  # of the training's time
_MOST_FINAL = 10_000
_TARGET_BYTES = 16 * 2**20
_INPUT_BYTES = 16 * 2**20
_REBUILT_BYTES = 16 * 2**20
_LOOK_INPUT_BYTES = 8 * 2**20
Guard = Callable[[Callable[[], None]], None]
Note = Callable[..., None]


class Observer:
    """Asks the network about the same validation samples again and again, seldom enough to cost next to nothing.

    `guard` does the writing and outwaits a full disk; `note` writes the event that says what there is to see.
    """

    def __init__(self, folder: Path, training: Any, prepared: Prepared, *, guard: Guard, note: Note) -> None:
        self._folder = folder
        self._training = training
        self._looker = Looker(training, prepared)
        self._guard = guard
        self._note = note
        self._spent = 0.0
        self._cost = 0.0
        self._looked_at = 0.0
        self._looked_epoch = 0
        self._is_within = False  # the last look was taken before the end of its epoch
        self._rows: Tensor | None = None
        for part in ("validation", "test"):  # of a stop before; they are not what this training comes to
            with contextlib.suppress(OSError):
                final_path(folder, part).unlink(missing_ok=True)

    @property
    def has_looked(self) -> bool:
        """Whether there is anything to see yet."""
        return self._looked_at > 0.0

    def look(self, epoch: int, elapsed: float, *, is_last: bool = False, is_within: bool = False) -> None:
        """Keep a look after an epoch, unless the last one was a moment ago or looking would cost too much.

        `elapsed` are the seconds trained so far. The last look is taken in any case. One that `is_within` an epoch
        stands in for it until it ends, and is taken only where there is time for the one at its end as well.
        """
        began = time.perf_counter()
        cost = self._cost * (2 if is_within else 1)
        is_too_soon = began - self._looked_at < _LEAST_SECONDS or self._spent + cost > _SHARE * elapsed
        is_same = epoch == self._looked_epoch
        is_owed = is_last or (is_same and self._is_within and not is_within)
        if (self._looked_at and is_too_soon and not is_owed) or (is_same and not self._is_within):
            return
        self._take(epoch, is_within=is_within)

    def look_at_rest(self, epoch: int, *, is_within: bool) -> None:
        """Keep a look while the run stands still, which costs the training no time."""
        if epoch == self._looked_epoch and not self._is_within:
            return
        spent, cost = self._spent, self._cost
        self._take(epoch, is_within=is_within)
        self._spent, self._cost = spent, cost or self._cost

    def _take(self, epoch: int, *, is_within: bool) -> None:
        began = time.perf_counter()
        is_first = self._rows is None
        if self._rows is None:
            self._rows = self._looker.chosen("validation", _SAMPLES, _TARGET_BYTES)
        if not len(self._rows):
            return
        before = self._spent
        look = self._looker.look(
            epoch, "validation", self._rows, most_rebuilt=_REBUILT, most_input_bytes=_LOOK_INPUT_BYTES
        )
        self._spent += time.perf_counter() - began
        if is_first:
            self._write(self._folder / "samples.npz", packed_samples(look))
        self._write(look_path(self._folder, epoch), packed(look, with_samples=False))
        thin_out(MediaReader(self._folder).epochs(), partial(look_path, self._folder))
        self._cost = 0.0 if is_first else self._spent - before  # the first finds things out that the next will not
        self._looked_at, self._looked_epoch, self._is_within = time.perf_counter(), epoch, is_within
        self._note("media", epoch=epoch)

    def finish(self, epoch: int, *, most: int | None = None) -> None:
        """Keep what the kept weights, those of `epoch`, answer for validation and test: for `most` samples of each."""
        if self._is_within:  # the epoch did not come to its end
            look_path(self._folder, self._looked_epoch).unlink(missing_ok=True)
        for part in ("validation", "test"):
            rows = self._looker.chosen(part, most or _MOST_FINAL, _TARGET_BYTES)
            if len(rows):
                self._write(final_path(self._folder, part), self._final(epoch, part, rows))
                self._note("media", part=part, epoch=epoch)

    def _final(self, epoch: int, part: Part, rows: Tensor) -> bytes:
        most = max(_REBUILT, _REBUILT_BYTES // self._looker.bytes_of_rebuilt)
        look = self._looker.look(epoch, part, rows, most_rebuilt=most, most_input_bytes=_INPUT_BYTES)
        order = worst_rebuilt_first(look, _FIXED)
        if order is not None:
            rows = rows[torch.from_numpy(order)]
            look = self._looker.look(epoch, part, rows, most_rebuilt=most, most_input_bytes=_INPUT_BYTES)
        return packed(look, with_samples=True)

    def _write(self, path: Path, content: bytes) -> None:
        writing = Timed(lambda: write_whole(path, content))
        self._guard(writing)
        self._spent += writing.seconds
