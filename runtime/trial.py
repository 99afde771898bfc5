"""Trying a trained network on an input of one's own: requests of the window, answered from what a run folder holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from graph.fields import Field
from graph.ops.catalog import Catalog
from runtime.answers import Scaling, likelihoods, numbers_of, scaled, unscaled
from runtime.lane_answers import answered
from runtime.run_networks import RunNetwork, wanted_network
from runtime.rundir import RunDir
from runtime.settings import Head
from runtime.trial_model import Opened, TrialError, fill, open_run_model, weights_of
from runtime.trial_protocol import ALL_CLASSES, TOP, Array, HeadAnswer, TrialAnswer, fitted

KINDS: Final = ("try", "decode")
_KEPT: Final = 4  # networks that stay loaded
_TOLD: Final = 3  # columns that one note names
_SLACK: Final = 1e-3  # of the range, which sliders and rounding may overstep


class Trials:
    """Answers `try` and `decode` requests; the networks asked last stay loaded. It belongs to one thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._opened: dict[tuple[str, str, RunNetwork | None], tuple[object, Opened]] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request as a row, whatever is wrong with it."""
        return answered(request, self.ask, TrialAnswer, "This could not be tried")

    def ask(self, number: int, request: Mapping[str, Any]) -> TrialAnswer:
        """What the network of a run answers. LoomError says what is missing or wrong."""
        cut = str(request.get("node", "")) if request.get("kind") == "decode" else ""
        run, wanted = RunDir(Path(str(request.get("run", "")))), None
        if request.get("network"):
            wanted = wanted_network(run, str(request["network"]), is_average=request.get("average") is True)
        opened = self._open(run, cut, wanted, str(request.get("trusted", "")))
        given = {opened.inputs[0].name: request.get("values")} if cut else request.get("inputs")
        if not isinstance(given, Mapping):
            raise TrialError("There is nothing to try: the inputs are missing.")
        values = [_values(one, given) for one in opened.inputs]
        notes = [note for one, value in zip(opened.inputs, values, strict=True) for note in _notes(opened, one, value)]
        given_as_seen = [_as_seen(one, value, opened.scaling) for one, value in zip(opened.inputs, values, strict=True)]
        answers = _run(opened, given_as_seen)
        judged = {head.uid: head for head in opened.heads}
        heads = tuple(
            _read(judged[one.uid], answer, opened.scaling) if one.uid in judged else _plain(one.name, answer)
            for one, answer in sorted(
                zip(opened.code.program.answers, answers, strict=True), key=lambda row: row[0].uid not in judged
            )
        )
        return TrialAnswer(id=number, heads=heads, notes=tuple(notes), epoch=opened.epoch)

    def _open(self, run: RunDir, cut: str, wanted: RunNetwork | None, trusted: str) -> Opened:
        weights = weights_of(run, is_average=wanted is not None and wanted.is_average)
        key, drawing = (str(run.path), cut, wanted), _stamp(run.path / "project.loom")
        known = self._opened.pop(key, None)
        opened = known[1] if known is not None and known[0] == drawing else None
        if opened is None or opened.python not in ("", trusted):
            opened = open_run_model(self._catalog, run, cut, wanted=wanted, trusted=trusted)
        if opened.weights != weights:
            opened.weights = None  # until they are whole
            fill(opened, weights, is_part=bool(cut))
        self._opened[key] = (drawing, opened)
        while len(self._opened) > _KEPT:
            del self._opened[next(iter(self._opened))]
        return opened


def _stamp(path: Path) -> object:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def _values(field: Field, given: Mapping[str, Any]) -> Array:
    if field.name not in given:
        raise TrialError(f"{field.name} is missing. Fill it in.")
    try:
        found = fitted(given[field.name], field.shape)
    except ValueError as problem:
        raise TrialError(f"{field.name} {problem}") from None
    if field.kind == "class" and field.classes:
        last = len(field.classes) - 1
        wrong = found[(found < 0) | (found > last)]
        if wrong.size:
            raise TrialError(f"{field.name} needs a whole number from 0 to {last:,}, and got {float(wrong[0]):,.10g}.")
    return found


def _as_seen(field: Field, values: Array, scaling: Scaling) -> Tensor:
    """A batch of one, in the numbers that the network was trained on."""
    return scaled(field.name, torch.from_numpy(values).unsqueeze(0), scaling).to(getattr(torch, field.dtype))


def _run(opened: Opened, arguments: Sequence[Tensor]) -> tuple[Tensor, ...]:
    try:
        with torch.inference_mode():
            answer = opened.network(*arguments)
    except IndexError:
        raise TrialError("A number of the input is larger than any the network knows. Use a smaller one.") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a person's own Python may raise anything
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise TrialError(f"The network could not compute this: {first}.") from None
    answers = answer if isinstance(answer, tuple) else (answer,)
    for end, one in zip(opened.code.program.answers, answers, strict=True):
        if not bool(one.isfinite().all()):
            raise TrialError(f"What {end.name} answers is no number. Its weights were spoiled while it trained.")
    return answers


def _plain(name: str, answer: Tensor) -> HeadAnswer:
    """The numbers of an Output that no field of the data is held against."""
    return HeadAnswer(field=name, node=name, task="", values=answer[0].float().numpy())


def _read(head: Head, answer: Tensor, scaling: Scaling) -> HeadAnswer:
    """An output as a person reads it."""
    if head.task == "classification" and head.field.classes:
        classes = _classes(head, likelihoods(head.loss.key, answer)[0])
        return HeadAnswer(field=head.field.name, node=head.node, task=head.task, classes=classes)
    values = unscaled(head.field.name, numbers_of(head, answer), scaling)[0]
    return HeadAnswer(field=head.field.name, node=head.node, task=head.task, values=values.float().numpy())


def _classes(head: Head, likely: Tensor) -> tuple[tuple[str, float], ...]:
    names = head.field.classes
    shares = likely.tolist()
    order: Sequence[int] = range(len(shares))
    if len(shares) > ALL_CLASSES:
        order = likely.topk(TOP).indices.tolist()
    return tuple((names[place] if place < len(names) else str(place), shares[place]) for place in order)


def _notes(opened: Opened, field: Field, values: Array) -> list[str]:
    """A sentence about numbers outside of what the network was trained on, or nothing."""
    numbers = opened.numbers.get(field.name)
    if numbers is None or not numbers.low:
        return []
    low, high = np.asarray(numbers.low), np.asarray(numbers.high)
    flat = _by_place(field, values, len(low))
    slack = np.maximum((high - low) * _SLACK, 1e-6 * np.maximum(np.abs(low), np.abs(high)))
    least, most = flat.min(axis=0), flat.max(axis=0)
    outside = [int(place) for place in np.flatnonzero((least < low - slack) | (most > high + slack))]
    if not outside:
        return []
    names = [_place_name(field, place, len(low)) for place in outside[:_TOLD]]
    if len(outside) == 1:
        (place,) = outside
        is_day = place < len(field.columns) and field.columns[place] in field.dates
        tell = _days if is_day else _edges
        edges = tell(float(low[place]), float(high[place]))
        return [f"{names[0]} lies outside what it was trained on ({edges}), so the answer is a guess."]
    more = f" and {len(outside) - _TOLD:,} more" if len(outside) > _TOLD else ""
    return [f"{', '.join(names)}{more} lie outside what it was trained on, so the answer is a guess."]


def _by_place(field: Field, values: Array, places: int) -> Array:
    """The numbers of an input as rows of `places` columns: by column, feature or channel, or all in one."""
    if places == 1:
        return values.reshape(-1, 1)
    if field.kind == "image":
        return values.reshape(places, -1).T
    return values.reshape(-1, places)


def _place_name(field: Field, place: int, places: int) -> str:
    if place < len(field.columns):
        return field.columns[place]
    if places == 1:
        return field.name
    return f"Channel {place + 1} of {field.name}" if field.kind == "image" else f"Number {place + 1} of {field.name}"


def _days(low: float, high: float) -> str:
    """A range of days since 1970 as dates."""
    first = date(1970, 1, 1)
    return " to ".join((first + timedelta(days=round(day))).isoformat() for day in (low, high))


def _edges(low: float, high: float) -> str:
    """A range with as many digits as its width calls for."""
    width = high - low or abs(low) or 1.0
    digits = max(0, 2 - math.floor(math.log10(width)))
    return " to ".join(f"{round(value, digits) + 0.0:,.10g}" for value in (low, high))
