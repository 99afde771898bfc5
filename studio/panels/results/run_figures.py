"""What a run's events say of its results: metrics epoch by epoch, guessing, the test; and how a headline puts it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from runtime.figures import wilson
from runtime.fit import METRICS
from runtime.media import Part
from studio.metric_words import metric_name
from studio.plain_numbers import rough_number, score
from studio.states import duration

Metrics = Mapping[str, float]
_ROOM: Final = 50  # characters of the line below a headline beside which there is room for the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """`97.4 %` (figure) `of 270 validation images right` (meaning), and the lines below it."""

    figure: str
    meaning: str
    detail: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is spoken of: how many samples of which part, what they are called, and the Output of several."""

    part: Part
    count: int = 0
    noun: str = "samples"
    prefix: str = ""

    def words(self) -> str:
        """`270 validation images`."""
        part = _tr("test") if self.part == "test" else _tr("validation")
        return f"{self.count:,} {part} {self.noun}" if self.count else f"{part} {self.noun}"


class RunFigures:
    """The figures of one run, told event by event."""

    def __init__(self) -> None:
        self.goal = ""
        self.epochs = 0
        self.is_unjudged = False  # nothing that is answered can be held against the data
        self.result: Mapping[str, Any] | None = None
        self._baseline: Metrics = {}
        self._rows: dict[int, Metrics] = {}
        self._best = 0

    def add_event(self, row: Mapping[str, Any]) -> bool:
        """Take an event; whether any figure has changed by it."""
        kind = row.get("kind")
        if kind == "started":
            self.goal = str(row.get("goal") or "")
            self.epochs = int(row.get("epochs") or 0)
            self._baseline = _numbers(row.get("baseline"))
            self.is_unjudged = row.get("losses") == []
            self.result = None
            self._rows = {at: there for at, there in self._rows.items() if at <= int(row.get("epoch") or 0)}
        elif kind == "epoch" and isinstance(row.get("epoch"), int):
            self._rows[row["epoch"]] = _numbers(row.get("validation"))
            self._best = row["epoch"] if row.get("best") else self._best
        elif kind == "finished":
            self.result = row
            self._best = int(row.get("best_epoch", self._best) or 0)  # 0 where the last weights are kept
        else:
            return False
        return True

    @property
    def last_epoch(self) -> int:
        """The epoch that has ended last; 0 before the first."""
        return max(self._rows, default=0)

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights are kept; 0 before the first."""
        return self._best or self.last_epoch

    @property
    def has_weights(self) -> bool:
        """Whether the run has ended and left weights."""
        return bool((self.result or {}).get("weights_sha256"))

    def tells(self, epoch: int) -> bool:
        """Whether the figures of an epoch are known."""
        return epoch in self._rows

    def headline(self, about: Subject, epoch: int | None = None) -> Headline | None:
        """The figures of an epoch; without one the kept ones after the end, before it the newest. None without any."""
        if about.part == "test":
            metrics = _numbers((self.result or {}).get("test"))
        else:
            at = epoch if epoch is not None else self.best_epoch if self.result is not None else self.last_epoch
            metrics = self._rows.get(at, {})
        found = _headline(self.goal, metrics, self._baseline, about)
        if found is None:
            return None
        parts = [found.detail] if found.detail else []
        is_newest = about.part == "validation" and epoch is None
        if is_newest and self.result is not None and len(found.detail) < _ROOM:
            parts.append(duration_words(self.result))
        return Headline(
            figure=found.figure, meaning=found.meaning, detail=" · ".join(filter(None, parts)), tip=found.tip
        )

    def test_words(self, about: Subject) -> str:
        """`Test, looked at once: 96.3 % of 270 images right`, or nothing."""
        found = _headline(self.goal, _numbers((self.result or {}).get("test")), {}, about)
        if found is None:
            return ""
        figure = found.figure[:1].lower() + found.figure[1:]
        return _tr("Test, looked at once: {}").format(f"{figure} {_bare_meaning(found.meaning)}".strip())


def duration_words(result: Mapping[str, Any]) -> str:
    """`trained for 6 s`, or nothing."""
    seconds = result.get("seconds")
    return _tr("trained for {}").format(duration(float(seconds))) if isinstance(seconds, int | float) else ""


def _headline(goal: str, metrics: Metrics, baseline: Metrics, about: Subject) -> Headline | None:
    if not metrics:
        return None
    for name, make in (("accuracy", _of_classes), ("mae", _of_numbers), ("reconstruction_mse", _of_rebuilt)):
        if about.prefix + name in metrics:
            return make(goal, metrics, baseline, about)
    value = metrics.get(goal)
    if value is None:
        return None
    is_share = any(goal.endswith(name) for name, _ in METRICS["classification"])
    figure = score(value, is_share=is_share)
    return Headline(figure=f"{metric_name(goal).capitalize()} {figure}", meaning=_tr("on {}").format(about.words()))


def _of_classes(goal: str, metrics: Metrics, baseline: Metrics, about: Subject) -> Headline:
    value = metrics[about.prefix + "accuracy"]
    details = []
    if goal != about.prefix + "accuracy" and goal in metrics and goal != "loss":
        details.append(f"{metric_name(goal)} {100 * metrics[goal]:.1f} %")
    guess = baseline.get(about.prefix + "accuracy")
    if guess is not None:
        details.append(_tr("always guessing the commonest: {:.1f} %").format(100 * guess))
    once = _tr(", looked at once") if about.part == "test" else ""
    return Headline(
        figure=f"{100 * value:.1f} %",
        meaning=_tr("of {} right{}").format(about.words(), once),
        detail=" · ".join(details),
        tip=interval_words(value, about),
    )


def interval_words(share: float, about: Subject) -> str:
    """The Wilson 95 % interval of a share of so many samples, with split and count; nothing without a count."""
    if not about.count:
        return ""
    found = wilson(round(share * about.count), about.count)
    return _tr("{:,} of {}. 95 % interval (Wilson): {:.1f} to {:.1f} %").format(
        found.hits, about.words(), 100 * found.low, 100 * found.high
    )


def _of_numbers(goal: str, metrics: Metrics, baseline: Metrics, about: Subject) -> Headline:
    off, guess = metrics[about.prefix + "mae"], baseline.get(about.prefix + "mae")
    details = [_tr("guessing the mean: {}").format(rough_number(guess))] if guess is not None else []
    if about.prefix + "r2" in metrics:
        details.append(_tr("R² {:.2f}").format(metrics[about.prefix + "r2"]))
    once = _tr(", looked at once") if about.part == "test" else ""
    details.append(about.words() + once)
    return Headline(
        figure=_tr("Off by {}").format(rough_number(off)),
        meaning=_tr("on average"),
        detail=" · ".join(details),
        tip=_tr("The mean absolute error over {}.").format(about.words()),
    )


def _of_rebuilt(goal: str, metrics: Metrics, baseline: Metrics, about: Subject) -> Headline:
    value, guess = metrics[about.prefix + "reconstruction_mse"], baseline.get(about.prefix + "reconstruction_mse")
    one = _tr("mean image") if about.noun == "images" else _tr("mean sample")
    once = _tr(", looked at once") if about.part == "test" else ""
    return Headline(
        figure=_tr("Error {}").format(rough_number(value)),
        meaning=f"({one}: {rough_number(guess)})" if guess is not None else "",
        detail=about.words() + once,
        tip=_tr("The mean squared error of what is rebuilt, over {}.").format(about.words()),
    )


def _bare_meaning(meaning: str) -> str:
    return meaning.replace(_tr(", looked at once"), "").replace(_tr("test") + " ", "")


def _numbers(row: object) -> Metrics:
    if not isinstance(row, Mapping):
        return {}
    return {
        str(name): float(value)
        for name, value in row.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunFigures", text)
