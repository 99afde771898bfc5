"""Numbers inside a training as words: short ones for the drawing, and rows of all of them for a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from runtime.value_media import Numbers, PortValue, Values, WeightValue
from studio.canvas.look import ValueMark

_LISTED: Final = 4
_EXACT: Final = 1  # more numbers in a row have a digit less
_TIP_LINES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """A row of the table: the place of a number and what stands there; a heading has the shape as its value."""

    place: str
    value: str = ""
    grad: str = ""
    change: str = ""
    is_heading: bool = False


def short_number(value: float, digits: int = 3) -> str:
    """Few digits that matter: `0.531`, `-12.3`, `1,240`, `2.1e-05`."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}" if value else "0"


def numbers_words(numbers: Numbers) -> str:
    """A few numbers one by one; of more their mean and how far they spread."""
    if numbers.values and len(numbers.values) <= _LISTED:
        digits = 3 if len(numbers.values) <= _EXACT else 2
        return "  ".join(short_number(one, digits) for one in numbers.values)
    return f"{short_number(numbers.mean)} ± {short_number(numbers.spread)}"


def shape_words(numbers: Numbers) -> str:
    """`1 × 2`, or nothing for a single number."""
    return " × ".join(f"{size:,}" for size in numbers.shape)


def marks_of(values: Values) -> dict[tuple[str, str], ValueMark]:
    """What the drawing says beside each port."""
    return {(one.node, one.port): _mark(one) for one in values.ports}


def _mark(one: PortValue) -> ValueMark:
    grad = "" if one.grad is None else numbers_words(one.grad)
    return ValueMark(value=numbers_words(one.value), grad=grad, tip="\n".join(_tip(one)))


def _tip(one: PortValue) -> Iterator[str]:
    rows = list(_number_rows(one.value, one.grad, None))
    yield f"value {numbers_words(one.value)}" + (f"   grad {numbers_words(one.grad)}" if one.grad is not None else "")
    if _LISTED < len(rows) <= _TIP_LINES:
        yield from (f"{row.place}  {row.value}   {row.grad}".rstrip() for row in rows)


def rows_of(ports: Iterable[PortValue], weights: Iterable[WeightValue]) -> list[ValueRow]:
    """All that is known of a node: what leaves it, then its weights."""
    found: list[ValueRow] = []
    weights = list(weights)
    is_itself = {one.name for one in weights} == {""}  # a tensor that is learned leaves as it is
    for one in () if is_itself else ports:
        found.append(ValueRow(place=one.port, value=shape_words(one.value), is_heading=True))
        found += _number_rows(one.value, one.grad, None)
    for weight in weights:
        found.append(ValueRow(place=weight.name or "weight", value=shape_words(weight.value), is_heading=True))
        found += _number_rows(weight.value, weight.grad, weight.change)
    return found


def _number_rows(value: Numbers, grad: Numbers | None, change: Numbers | None) -> Iterator[ValueRow]:
    if not value.values:
        for place, pick in (("mean", "mean"), ("spread", "spread")):
            cells = ["" if one is None else short_number(getattr(one, pick)) for one in (value, grad, change)]
            yield ValueRow(place=place, value=cells[0], grad=cells[1], change=cells[2])
        return
    places = product(*(range(size) for size in value.shape))
    for at, (where, number) in enumerate(zip(places, value.values, strict=False)):
        yield ValueRow(
            place=f"[{', '.join(map(str, where))}]" if where else "",
            value=exact_number(number),
            grad=_at(grad, at),
            change=_at(change, at),
        )


def _at(numbers: Numbers | None, at: int) -> str:
    return exact_number(numbers.values[at]) if numbers is not None and at < len(numbers.values) else ""


def exact_number(value: float) -> str:
    """Five digits that matter, enough to go on reckoning with."""
    return f"{value or 0.0:.5g}" if math.isfinite(value) else short_number(value)


def losses_words(values: Values) -> str:
    """`loss 0.353`, or each loss by the name of its objective."""
    if len(values.losses) == 1:
        return f"loss {short_number(next(iter(values.losses.values())))}"
    return ", ".join(f"{name} {short_number(loss)}" for name, loss in list(values.losses.items())[:3])
