"""Figures of what a network answered, computed from stored answers with numpy alone; every one says of how many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from runtime.media import Array, HeadLook

_SURE_OF_95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `count`, and the interval in which the true share lies in 95 of 100 cases."""

    hits: int
    count: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; nan of nothing."""
        return self.hits / self.count if self.count else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """How well one class is recognised, of `support` samples.

    Precision: of the answers that said it, how many were right; recall: of its samples, how many were found; f1:
    their harmonic mean. Each is 0 where there was nothing to be right about.
    """

    number: int
    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """`count` samples of class `true` were taken for `predicted`, of `support` samples of that class."""

    true: int
    predicted: int
    count: int
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFigures:
    """What a threshold of the second class's probability makes of two classes; `counts` are true rows, said columns."""

    threshold: float
    counts: Array
    precision: float
    recall: float
    accuracy: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`counts` (n,) of residuals between `edges` (n + 1,)."""

    counts: Array
    edges: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonError:
    """The mean absolute error of one of several numbers, counted from 1, and that of guessing its mean."""

    step: int
    mae: float
    guess_mae: float


# Classes.


def confusion(head: HeadLook) -> Array:
    """Counts (true class, predicted class), int64."""
    return counts_of(head.target, head.predicted, len(head.field.classes))


def counts_of(target: Array, predicted: Array, classes: int) -> Array:
    """Counts (true class, predicted class) of class numbers, int64."""
    pairs = target.astype(np.int64) * classes + predicted.astype(np.int64)
    found: Array = np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
    return found


def accuracy(counts: Array) -> Share:
    """The share that is right."""
    return wilson(int(np.trace(counts)), int(counts.sum()))


def wilson(hits: int, count: int) -> Share:
    """A share with its 95 % interval of Wilson's score.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
    Statistical Association 22 (1927), pages 209-212.
    """
    if not count:
        return Share(hits=0, count=0, low=0.0, high=1.0)
    share, z2 = hits / count, _SURE_OF_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _SURE_OF_95 / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return Share(hits=hits, count=count, low=max(0.0, middle - half), high=min(1.0, middle + half))


def per_class(counts: Array, names: tuple[str, ...]) -> tuple[ClassFigures, ...]:
    """The figures of every class, in the order of the classes."""
    hits, said, there = np.diagonal(counts), counts.sum(0), counts.sum(1)
    return tuple(
        ClassFigures(
            number=number,
            name=name,
            precision=_part(hits[number], said[number]),
            recall=_part(hits[number], there[number]),
            f1=_part(2 * hits[number], said[number] + there[number]),
            support=int(there[number]),
        )
        for number, name in enumerate(names)
    )


def most_confused(counts: Array, most: int = 12) -> tuple[Confusion, ...]:
    """The pairs of classes that are taken for each other most often, most first; only real mistakes."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    support = counts.sum(1)
    pairs = [(int(true), int(predicted)) for true, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True)]
    return tuple(
        Confusion(true=true, predicted=predicted, count=int(wrong[true, predicted]), support=int(support[true]))
        for true, predicted in pairs
        if wrong[true, predicted]
    )


def worst_mistakes(head: HeadLook, most: int = 12) -> Array:
    """Positions of wrong answers, the most confident first."""
    wrong = np.flatnonzero(head.predicted != head.target)
    sure = np.zeros(len(wrong)) if head.sure is None else head.sure[wrong]
    found: Array = wrong[np.argsort(-sure, kind="stable")][:most]
    return found


def at_threshold(head: HeadLook, threshold: float) -> ThresholdFigures | None:
    """Two classes told apart by how likely the second is: it is answered above the threshold. None for other heads."""
    if head.likely is None or head.likely.shape[1] != 2 or len(head.field.classes) != 2:
        return None
    counts = counts_of(head.target, (head.likely[:, 1] > threshold).astype(np.int64), 2)
    second = per_class(counts, head.field.classes)[1]
    return ThresholdFigures(
        threshold=threshold,
        counts=counts,
        precision=second.precision,
        recall=second.recall,
        accuracy=accuracy(counts),
    )


# Numbers.


@np.errstate(invalid="ignore", over="ignore")  # of answers that are no numbers
def residuals(head: HeadLook) -> Array:
    """What was answered less what is true, float64, like the target."""
    found: Array = head.predicted.astype(np.float64) - head.target.astype(np.float64)
    return found


def by_sample(values: Array) -> Array:
    """The numbers of each sample in a row, (n, F)."""
    return values.reshape(len(values), math.prod(values.shape[1:]))


def histogram(values: Array, most: int = 40) -> Histogram:
    """How the residuals are spread, in bins of equal width around 0, so that none of them straddles it.

    About the square root of the count, at least 4 and at most `most` bins; numbers that are none are left out.
    """
    there = values[np.isfinite(values)].reshape(-1)
    far = float(np.abs(there).max()) if len(there) else 0.0
    half = min(most, max(4, math.ceil(math.sqrt(len(there))))) // 2
    edges = np.linspace(-far or -1.0, far or 1.0, 2 * half + 1)
    counts, _ = np.histogram(there, edges)
    return Histogram(counts=counts, edges=edges)


@np.errstate(invalid="ignore", over="ignore")  # of answers that are no numbers
def worst_rows(head: HeadLook, most: int = 10) -> Array:
    """Positions of the answers that are farthest off, the farthest first."""
    off = np.abs(by_sample(residuals(head))).mean(1)
    found: Array = np.argsort(-np.nan_to_num(off, nan=np.inf), kind="stable")[:most]
    return found


@np.errstate(invalid="ignore", over="ignore")  # of answers that are no numbers
def by_horizon(head: HeadLook) -> tuple[HorizonError, ...]:
    """The error of each of several numbers that are foretold; nothing for a single one."""
    if head.target.ndim != 2 or head.target.shape[1] < 2 or not len(head.target):
        return ()
    target = head.target.astype(np.float64)
    guess = target.mean(0) if head.guess is None else head.guess.astype(np.float64)
    mae, guess_mae = np.abs(residuals(head)).mean(0), np.abs(guess - target).mean(0)
    return tuple(
        HorizonError(step=number + 1, mae=float(mae[number]), guess_mae=float(guess_mae[number]))
        for number in range(len(mae))
    )


# What is rebuilt.


def worst_rebuilt(head: HeadLook, most: int = 8) -> Array:
    """Positions of what was rebuilt worst, the worst first, among those that were kept rebuilt."""
    if head.errors is None:
        return np.zeros(0, np.int64)
    there = head.errors[: len(head.predicted)]
    found: Array = np.argsort(-np.nan_to_num(there, nan=np.inf), kind="stable")[:most]
    return found


def _part(hits: float, count: float) -> float:
    return float(hits) / float(count) if count else 0.0
