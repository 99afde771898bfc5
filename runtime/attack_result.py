"""What an attack found: answers with and without it, and some of the changed inputs; torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from graph.fields import Field
from runtime.attack_protocol import AttackError, AttackOrder
from runtime.media import Array, MediaError, Part, load, pack

_MOST_BYTES: Final = 64 * 2**20
Unit = Literal["data", "share"]
"""What an epsilon counts in: the unit of the data, or shares of the range of each column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class under an attack: how many samples, the share that is right without and with it.

    `taken_for` is the number of the class that its samples are most often mistaken for, None where they are not.
    """

    number: int
    name: str
    samples: int
    clean: float
    attacked: float
    taken_for: int | None
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackResult:
    """Answers for n samples of one part of the data: without a change, and at each of k epsilons.

    `target` (n,), `clean` (n,) and `attacked` (k, n) are class numbers; `sure` (k + 1, n) how sure the answers are,
    the clean ones first. `shown` (m,) are positions of samples whose inputs were kept, `originals` (m, ...) and
    `changed` (k, m, ...), in the unit of the data. `low` and `high`: what the attack keeps the inputs within, one
    number or one for each column or channel. `total`: how many samples the part has.
    """

    order: AttackOrder
    unit: Unit
    field: Field
    answer: Field
    part: Part
    total: int
    weights: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    target: Array
    clean: Array
    attacked: Array
    sure: Array
    shown: Array
    originals: Array
    changed: Array

    @property
    def epsilons(self) -> tuple[float, ...]:
        """The epsilons that were tried, in rising order."""
        return self.order.epsilons

    @property
    def count(self) -> int:
        """How many samples were attacked."""
        return len(self.target)

    def answers(self, place: int) -> Array:
        """The answers (n,) at a place among the epsilons; 0 is without a change."""
        found: Array = self.clean if place == 0 else self.attacked[place - 1]
        return found

    def accuracy(self, place: int) -> float:
        """The share of samples that are answered rightly; place 0 is without a change."""
        return float((self.answers(place) == self.target).mean()) if self.count else math.nan

    def curve(self) -> tuple[tuple[float, float], ...]:
        """Accuracy over epsilon, beginning at 0."""
        return tuple((epsilon, self.accuracy(place)) for place, epsilon in enumerate((0.0, *self.epsilons)))

    def classes(self, place: int) -> tuple[ClassRow, ...]:
        """The classes that occur, in their order."""
        rows = []
        attacked = self.answers(place)
        for number, name in enumerate(self.answer.classes):
            there = self.target == number
            samples = int(there.sum())
            if not samples:
                continue
            wrong = np.bincount(attacked[there & (attacked != number)], minlength=len(self.answer.classes))
            times = int(wrong.max())
            rows.append(
                ClassRow(
                    number=number,
                    name=name,
                    samples=samples,
                    clean=float((self.clean[there] == number).mean()),
                    attacked=float((attacked[there] == number).mean()),
                    taken_for=int(wrong.argmax()) if times else None,
                    times=times,
                )
            )
        return tuple(rows)

    def fooled(self, place: int) -> Array:
        """The rows among the kept samples that were right without a change and are wrong at this place."""
        target = self.target[self.shown]
        is_right, is_wrong = self.clean[self.shown] == target, self.answers(place)[self.shown] != target
        return np.flatnonzero(is_right & is_wrong)

    def smallest(self, row: int) -> float | None:
        """The smallest epsilon tried at which a kept sample is answered wrongly; None where it stood."""
        at = int(self.shown[row])
        wrong = np.flatnonzero(self.attacked[:, at] != self.target[at])
        return self.epsilons[int(wrong[0])] if len(wrong) else None


_ARRAYS: Final = ("target", "clean", "attacked", "sure", "shown", "originals", "changed")


def packed_attack(result: AttackResult) -> bytes:
    """The content of a file, as `runtime.media` has them."""
    about = {
        "order": result.order.to_json(),
        "unit": result.unit,
        "field": result.field.to_json(),
        "answer": result.answer.to_json(),
        "part": result.part,
        "total": result.total,
        "weights": result.weights,
        "low": list(result.low),
        "high": list(result.high),
    }
    return pack({name: getattr(result, name) for name in _ARRAYS}, about)


def attack_in(path: Path) -> AttackResult | None:
    """What a file holds, None where there is none; MediaError when it is damaged."""
    found = load(path, _MOST_BYTES)
    if found is None:
        return None
    try:
        return _result_of(found)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError, AttackError) as error:
        raise MediaError(f"{path} is damaged and is not shown ({error!r:.80}).") from error


def _result_of(found: Mapping[str, Any]) -> AttackResult:
    about = found["about"]
    result = AttackResult(
        order=AttackOrder.from_json(about["order"]),
        unit=about["unit"],
        field=Field.from_json(about["field"]),
        answer=Field.from_json(about["answer"]),
        part=about["part"],
        total=int(about["total"]),
        weights=str(about["weights"]),
        low=tuple(float(value) for value in about["low"]),
        high=tuple(float(value) for value in about["high"]),
        **{name: found[name] for name in _ARRAYS},
    )
    count, tried, kept = result.count, len(result.epsilons), len(result.shown)
    _ask(result.unit in ("data", "share") and result.part in ("validation", "test") and tried > 0, "about")
    _ask(count <= result.total and len(result.low) == len(result.high) > 0, "count")
    _ask(all(math.isfinite(value) for value in (*result.low, *result.high)), "range")
    names = (result.field.name, *result.field.columns, *result.answer.classes)
    _ask(all(isinstance(name, str) for name in names), "names")
    _ask(all(values.dtype.kind == "f" for values in (result.sure, result.originals, result.changed)), "numbers")
    for numbers, shape in ((result.target, (count,)), (result.clean, (count,)), (result.attacked, (tried, count))):
        _ask(numbers.shape == shape and _is_within(numbers, len(result.answer.classes)), "classes")
    _ask(result.sure.shape == (tried + 1, count), "sure")
    _ask(result.shown.ndim == 1 and _is_within(result.shown, count), "shown")
    _ask(result.originals.ndim == 1 + len(result.field.shape) and len(result.originals) == kept, "originals")
    _ask(result.changed.shape == (tried, *result.originals.shape), "changed")
    return result


def _is_within(numbers: Array, count: int) -> bool:
    return numbers.dtype.kind in "iu" and (not numbers.size or 0 <= int(numbers.min()) <= int(numbers.max()) < count)


def _ask(is_so: bool, what: str) -> None:
    if not is_so:
        raise ValueError(what)
