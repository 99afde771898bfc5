"""Draws again what drawn training steps show: by the networks that a run has trained, with other random numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from graph.files import dump, parse
from graph.step_code import average_name
from runtime.again_protocol import MOST_DRAWN, MOST_SEED, AgainAnswer
from runtime.data_paths import START_FROM
from runtime.lane_answers import answered
from runtime.preparation import Prepared, prepare
from runtime.rundir import RunDir
from runtime.showing import Showing
from runtime.shown_media import Show, Shown
from runtime.trial_model import TrialError, Weights, epoch_at, state_of, weights_of

KINDS: Final = ("again",)
_OLD: Final = "This run kept no averages of weights, so networks draw in their place. Train again to see the averages."


@dataclass(slots=True)
class _Room:
    """The training of a run as it was built anew, with what it has learned, and what shows something of it."""

    key: object
    showing: Showing
    weights: Weights
    note: str


class Agains:
    """Answers `again` requests; the run that was asked last stays ready. It belongs to one thread."""

    def __init__(self) -> None:
        self._room: _Room | None = None

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request as a row, whatever is wrong with it."""
        return answered(request, self.ask, AgainAnswer, "This could not be drawn")

    def ask(self, number: int, request: Mapping[str, Any]) -> AgainAnswer:
        """What is shown with a seed, of so many `samples` or of as many as in training. LoomError: what is wrong."""
        seed, samples = request.get("seed"), request.get("samples", 0)
        if not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
            raise TrialError(f"A seed is a whole number from 0 to {MOST_SEED:,}.")
        if not isinstance(samples, int) or not 0 <= samples <= MOST_DRAWN:
            raise TrialError(f"Draw from 1 to {MOST_DRAWN:,} samples, or 0 for as many as in training.")
        run = RunDir(Path(str(request.get("run", ""))))
        with _left_alone():
            room = self._opened(run, str(request.get("trusted", "")))
            summary = run.summary()
            shows = _drawn(room.showing, summary.step, seed, samples)
            total = room.showing.total
        shown = Shown(step=summary.step, epoch=summary.epoch, shows=shows)
        epoch = epoch_at(run, room.weights.step)
        few = f"There are {total:,} samples to look at, and all of them were drawn." if samples > total > 0 else ""
        return AgainAnswer(id=number, seed=seed, shown=shown, note=f"{room.note} {few}".strip(), epoch=epoch)

    def _opened(self, run: RunDir, trusted: str) -> _Room:
        weights = weights_of(run)
        text = run.project_text()
        key = (run.path, text, weights, trusted)
        if self._room is None or self._room.key != key:
            self._room = None  # its data go before others come
            self._room = _built(key, run, text, weights, trusted)
        return self._room


def _drawn(showing: Showing, step: int, seed: int, samples: int) -> tuple[Show, ...]:
    """What is shown. TrialError where a drawing cannot do with so few samples, such as a network that trains."""
    try:
        return showing.again(step, seed, samples)
    except (RuntimeError, ValueError, IndexError) as error:
        if not samples:
            raise
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        one = "1 sample" if samples == 1 else f"{samples:,} samples"
        raise TrialError(f"With {one} this could not be drawn: {first}. Draw another number of them.") from None


def _built(key: object, run: RunDir, text: str, weights: Weights, trusted: str) -> _Room:
    project = parse(text)
    project.training.pop(START_FROM, None)  # weights to begin with are not needed, and may be gone
    prepared: Prepared = prepare(dump(project), run.path, begun=run.settings(), trusted=trusted)
    module = prepared.load()
    training: Any = module.Training(device="cpu")
    for name, network in training.networks.items():
        network.load_state_dict(state_of(weights, name, network))
    note = ""
    for name in training.networks:
        average = getattr(training, "averages", {}).get(average_name(name))
        if average is None:
            continue
        try:
            held = weights_of(run, is_average=True)
        except TrialError:
            held, note = weights, _OLD
        average.load_state_dict(state_of(held, name, average))
    showing = Showing(run.media, module, training, prepared, guard=lambda action: action(), note=_nothing)
    return _Room(key, showing, weights, note)


def _nothing(*_: object, **__: object) -> None:
    """Nothing is told to the run."""


@contextlib.contextmanager
def _left_alone() -> Iterator[None]:
    """What a training sets in its process is put back."""
    threads, is_strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(is_strict)
