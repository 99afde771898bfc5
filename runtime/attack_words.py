"""What an attack found, in words and as a table; torch-free."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runtime.attack_protocol import AttackOrder
from runtime.attack_reach import Reach
from runtime.attack_result import AttackResult, Unit
from runtime.run_networks import RunNetwork


def number(value: float) -> str:
    """An epsilon as people write it."""
    return f"{value:.4g}"


def share(value: float) -> str:
    """A share as a figure: `93.2 %`."""
    return "–" if value != value else f"{100 * value:.1f} %"


def meaning(reach: Reach) -> str:
    """What an epsilon is, in one sentence, for the field of a run."""
    start = "ε (epsilon) is the most by which any single number of an input may be changed"
    name = reach.field.name
    if reach.unit == "share":
        return f"{start}, as a share of the range of its column: 0.1 is a tenth of the way from its least to its most."
    low, high = min(reach.low), max(reach.high)
    if reach.field.kind == "image" and (low, high) == (0.0, 1.0):
        return f"{start}: pixels of {name} go from 0 (black) to 1 (white), so 0.1 is a tenth of the way."
    return f"{start}, in the unit of the data: {name} goes from {number(low)} to {number(high)}."


def how(order: AttackOrder) -> str:
    """The attack in words: `PGD, 40 steps, 3 starts`, and on which network where that was said."""
    named = RunNetwork(name=order.network, is_average=order.average).title()
    return f"{_steps(order)} on {named}" if order.network else _steps(order)


def _steps(order: AttackOrder) -> str:
    if order.method == "fgsm":
        return "FGSM, one step"
    size = f" of {number(order.step_size)}" if order.step_size else ""
    starts = f", {order.restarts} starts" if order.restarts > 1 else ""
    return f"PGD, {order.steps:,} step{'' if order.steps == 1 else 's'}{size}{starts}"


def of_what(result: AttackResult) -> str:
    """`1,000 of 1,797 test samples`."""
    known = f"{result.count:,}" if result.count == result.total else f"{result.count:,} of {result.total:,}"
    return f"{known} {result.part} samples"


def found_words(result: AttackResult, place: int) -> str:
    """What an attack came to at one place among the epsilons, in a sentence."""
    clean, now = share(result.accuracy(0)), share(result.accuracy(place))
    if place == 0:
        return f"Unchanged, {clean} of the samples are answered rightly."
    epsilon = number((0.0, *result.epsilons)[place])
    return f"Changed by at most {epsilon}, {now} of the samples are still answered rightly, instead of {clean}."


def beside_words(name: str, other: AttackResult, epsilon: float) -> str:
    """What another attack, `name`, came to at the same epsilon, in a sentence."""
    clean, now = share(other.accuracy(0)), dict(other.curve()).get(epsilon)
    if now is None:
        return f"{name}: not tried at {number(epsilon)}; unchanged {clean}."
    return f"{name}: {clean}." if epsilon == 0 else f"{name}: {share(now)}, instead of {clean}."


def smallest_words(result: AttackResult) -> str:
    """The smallest epsilon that fools the network more often than not, in a sentence."""
    half = result.accuracy(0) / 2
    found = next((epsilon for epsilon, accuracy in result.curve()[1:] if accuracy < half), None)
    if found is None:
        return "No change that was tried fools it in more than half of what it had right."
    return f"The smallest change tried that fools it in more than half of what it had right: {number(found)}."


def unit_words(unit: Unit) -> str:
    """What stands at the axis of epsilons."""
    return "epsilon, share of each column's range" if unit == "share" else "epsilon, in the unit of the data"


def curve_rows(result: AttackResult, other: AttackResult | None = None) -> list[tuple[str, ...]]:
    """Accuracy over epsilon as rows of a table, and beside it that of another attack at the same epsilons."""
    rows: list[tuple[str, ...]] = [(number(epsilon), share(accuracy)) for epsilon, accuracy in result.curve()]
    if other is None:
        return rows
    found = dict(other.curve())
    beside = [share(found.get(epsilon, math.nan)) for epsilon, _ in result.curve()]
    return [(*row, one) for row, one in zip(rows, beside, strict=True)]


def class_rows(result: AttackResult, place: int) -> list[tuple[str, str, str, str, str]]:
    """For each class: name, samples, accuracy without and with the attack, and what it is mistaken for."""
    names = result.answer.classes
    rows = []
    for row in result.classes(place):
        taken = "–" if row.taken_for is None else f"{names[row.taken_for]} ({row.times:,})"
        rows.append((row.name, f"{row.samples:,}", share(row.clean), share(row.attacked), taken))
    return rows


CLASS_TITLES = ("class", "samples", "right", "attacked", "most often mistaken for")


def as_text(result: AttackResult, place: int) -> str:
    """Both tables as columns of text; `place` of the epsilon that the classes are told of."""
    epsilon = (0.0, *result.epsilons)[place]
    curve = _columns([("epsilon", "accuracy"), *curve_rows(result)])
    classes = _columns([CLASS_TITLES, *class_rows(result, place)])
    head = f"{how(result.order)}; {of_what(result)}; {unit_words(result.unit)}"
    return f"{head}\n\n{curve}\n\nepsilon {number(epsilon)}, class by class\n\n{classes}\n"


def as_tabs(result: AttackResult, place: int, other: tuple[str, AttackResult] | None = None) -> str:
    """Both tables for a spreadsheet; `other`: an attack that is compared with, and its name."""
    if other is None:
        rows: list[Sequence[str]] = [("epsilon", "accuracy"), *curve_rows(result), ()]
    else:
        rows = [("epsilon", how(result.order), other[0]), *curve_rows(result, other[1]), ()]
    rows += [CLASS_TITLES, *class_rows(result, place)]
    return "".join("\t".join(row) + "\n" for row in rows)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            f"{cell:<{width}}" if not column else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
