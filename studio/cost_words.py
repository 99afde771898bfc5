"""The costs of a network in words: units that a person reads, exact figures, and the table as text to be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from runtime.cost_protocol import CostAnswer, CostRow
from studio.states import size

NOTHING: Final = "–"
TITLES: Final = ("Layer", "Kind", "Shape", "Weights", "Calculations", "Memory while training")
FIGURES_FROM: Final = 3
"""The columns from this one on are figures."""
TOTAL: Final = "Total"
_EXACT_BELOW: Final = 100_000
_INDENT: Final = "  "


def count_words(count: float) -> str:
    """`18,496`, and above 99,999 `1.2 M`."""
    return f"{count:,.0f}" if count < _EXACT_BELOW else " ".join(_scaled(count))


def flops_words(count: float) -> str:
    """`640 FLOPs`, `3.4 GFLOPs`."""
    number, prefix = _scaled(count)
    return f"{number} {prefix}FLOPs"


def shape_words(row: CostRow) -> str:
    """`64 × 16 × 8 × 8`; of a node with several outputs each."""
    return ", ".join(" × ".join(str(one) for one in shape) or "1" for shape in row.shapes)


def cells(row: CostRow) -> tuple[str, ...]:
    """One row of the table as it is read; what costs nothing is left empty."""
    flops = flops_words(row.flops) if row.flops else ""
    kept = size(row.kept_bytes) if row.kept_bytes else ""
    weights = count_words(row.weights) if row.weights else ""
    if row.frozen:
        weights += ", frozen" if row.frozen == row.weights else f", {count_words(row.frozen)} frozen"
    return row.name, row.title, shape_words(row), weights, flops, kept


def total_cells(answer: CostAnswer) -> tuple[str, ...]:
    """The last row of the table."""
    figures = count_words(answer.weights), flops_words(answer.flops), size(answer.kept_bytes)
    return TOTAL, "", "", *figures


def as_columns(answer: CostAnswer) -> str:
    """The table in columns of one width, for letters of one width; figures to the right."""
    table = [TITLES, *_indented(answer), total_cells(answer)]
    widths = [max(len(row[at]) for row in table) for at in range(len(TITLES))]
    lines = [
        "  ".join(
            cell.rjust(width) if at >= FIGURES_FROM else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    rule = "-" * max(len(line) for line in lines)
    return "\n".join([heading(answer), "", lines[0], rule, *lines[1:-1], rule, lines[-1], "", _below(answer)]) + "\n"


def as_markdown(answer: CostAnswer) -> str:
    """The table as Markdown has them."""
    marks = ["---:" if at >= FIGURES_FROM else "---" for at in range(len(TITLES))]
    table = [TITLES, marks, *_indented(answer, "· "), [f"**{cell}**" if cell else "" for cell in total_cells(answer)]]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table]
    return "\n".join([f"**{heading(answer)}**", "", *lines, "", _below(answer)]) + "\n"


def as_tabs(answer: CostAnswer) -> str:
    """The table for a spreadsheet: exact numbers between tabs."""
    total = (TOTAL, "", "", *map(str, (answer.weights, answer.flops, answer.kept_bytes)))
    table: list[Sequence[str]] = [(*TITLES[:FIGURES_FROM], "Weights", "FLOPs", "Bytes while training")]
    for row in answer.rows:
        figures = map(str, (row.weights, row.flops, row.kept_bytes))
        table.append((_INDENT * row.depth + row.name, row.title, shape_words(row), *figures))
    return "\n".join("\t".join(row) for row in (*table, total)) + "\n"


def heading(answer: CostAnswer) -> str:
    """Which network it is, and for how many samples: `digits_cnn, a batch of 64`."""
    return f"{answer.network}, a batch of {answer.batch:,}"


def _below(answer: CostAnswer) -> str:
    frozen = f" {answer.frozen:,} of {answer.weights:,} are frozen." if answer.frozen else ""
    return f"Weights take {size(answer.weight_bytes)}.{frozen} Memory while answering: {size(answer.peak_bytes)}."


def _indented(answer: CostAnswer, mark: str = _INDENT) -> list[tuple[str, ...]]:
    return [(mark * row.depth + (shown := cells(row))[0], *shown[1:]) for row in answer.rows]


def _scaled(count: float) -> tuple[str, str]:
    """A number below 1,000 with a letter for the thousands: k, M, G, T."""
    for prefix in ("", "k", "M", "G", "T", "P"):
        if count < 999.5 or prefix == "P":
            break
        count /= 1000
    return (f"{count:.1f}" if prefix and count < 9.95 else f"{count:,.0f}"), prefix
