"""Numbers as people write them: few digits, marks between thousands instead of exponents, years and days as such."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

_WHOLE_FROM: Final = 1000
_MOST: Final = 1e12
_NOTHING: Final = "–"
_YEARS: Final = (1500, 2200)
_NEARLY: Final = 0.002  # numbers that were scaled and scaled back
_FIRST_DAY: Final = date(1970, 1, 1)


def plain_number(value: float, sign: str = "") -> str:
    """`0.1234`, `28,320`, `1.2e-05`; `sign` is "+" where it shall always be written."""
    if math.isnan(value):
        return _NOTHING
    if _WHOLE_FROM <= abs(value) < _MOST:
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.4g}"


def rough_number(value: float) -> str:
    """The two digits that matter: `44`, `0.065`, `1,240`."""
    if not math.isfinite(value):
        return _NOTHING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.2g}'):g}"


def score(value: float | None, *, is_share: bool) -> str:
    """What a run reached: `97.4 %` for a share, else a plain number."""
    if value is None or math.isnan(value):
        return _NOTHING
    return f"{100 * value:.1f} %" if is_share else plain_number(value)


def axis_number(value: float, step: float) -> str:
    """A number as it stands at an axis, with the digits that the step between two needs."""
    if not math.isfinite(value):
        return _NOTHING
    if abs(step) >= 1e-4 and abs(value) < 1e6:
        digits = max(0, -math.floor(math.log10(abs(step)) + 1e-9))
        digits += 0 if math.isclose(step * 10**digits, round(step * 10**digits), abs_tol=1e-6) else 1
        return f"{value:,.{digits}f}"
    return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.3g}"


def are_years(values: Iterable[float]) -> bool:
    """Whether the numbers of a column look like years, which nobody writes with a mark between thousands."""
    known = [value for value in values if not math.isnan(value)]
    return bool(known) and all(
        _YEARS[0] <= value <= _YEARS[1] and abs(value - round(value)) < _NEARLY for value in known
    )


def day_words(day: float) -> str:
    """`2024-05-17` for a number of days since 1970."""
    try:
        return (_FIRST_DAY + timedelta(days=math.floor(day + 2 * _NEARLY))).isoformat()
    except (OverflowError, ValueError):
        return plain_number(day)


def day_number(words: str) -> float:
    """The days since 1970 of a date such as `2024-05-17`; ValueError when it is none."""
    return float((date.fromisoformat(words.strip()) - _FIRST_DAY).days)
