"""What stands in the cells of a table: rows of a text file, gaps, numbers, dates, and names of parts of a split."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import TextIO

from runtime.library.errors import BadDataError


def read_rows(
    file: TextIO,
    *,
    delimiter: str,
    header: bool,
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """The rows of a table with the lines they end on, at most ten thousand at a time.

    Empty lines are left out. Every row must be as wide as the first.
    """
    reader = csv.reader(file, delimiter=delimiter)
    lines: list[int] = []
    rows: list[list[str]] = []
    width = 0
    for row in reader:
        if not width or len(row) != width:
            if not any(cell.strip() for cell in row):
                continue
            if not width:
                width = len(row)
                if header:
                    continue
            if len(row) < width or any(cell.strip() for cell in row[width:]):
                text = f"{file.name}, line {reader.line_num}: {len(row)} cells instead "
                text += f"of {width}. Mend that line, or put its text in quotes."
                raise BadDataError(text)
            row = row[:width]
        lines.append(reader.line_num)
        rows.append(row)
        if len(rows) == 10_000:
            yield lines, rows
            lines, rows = [], []
    if rows:
        yield lines, rows


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    word = cell.strip().lower()
    return word in ("", "?", "-", "na", "n/a", "#n/a", "nan", "null", "none", "<na>")


def read_number(cell: str, how: str | None) -> float:
    """The number of a cell, not-a-number for a gap; ValueError when it is none.

    `how` it is written: None plainly, "1,234.5", "1.234,5", "yes" for yes and no, or the
    order of a date, such as "dmy". Signs of currencies and % are passed over.
    """
    if is_missing(cell):
        return float("nan")
    if how == "yes":
        return float(("no", "false", "yes", "true").index(cell.strip().lower()) > 1)
    if how in ("ymd", "dmy", "mdy"):
        return read_day(cell, how)
    text = re.sub(r"[\s$€£¥%']", "", cell)
    if how == "1,234.5":
        text = text.replace(",", "")
    elif how == "1.234,5":
        text = text.replace(".", "").replace(",", ".")
    return float(text)


def read_day(cell: str, order: str) -> float:
    """Days since 1970, the time of day as a fraction; ValueError when it is no date."""
    numbers = [int(text) for text in re.findall(r"\d+", cell)]
    if len(numbers) < 3:
        raise ValueError(f"{cell} is no date")
    day = date(*(numbers[order.index(letter)] for letter in "ymd"))
    hour, minute, second = [*numbers[3:6], 0, 0, 0][:3]
    past = (hour * 3600 + minute * 60 + second) / 86400
    return (day - date(1970, 1, 1)).days + past


def part_named(word: str) -> str:
    """The part of the split that a word stands for; nothing when it is none."""
    word = word.strip().lower()
    if word in ("train", "training", "learn"):
        return "train"
    if word in ("validation", "val", "valid", "dev"):
        return "validation"
    return "test" if word in ("test", "testing", "holdout") else ""
