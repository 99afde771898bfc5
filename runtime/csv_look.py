"""A look at a CSV file: delimiter, header, which columns are numbers, words or the target; torch-free."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from graph.ops.spec import Value
from runtime.library.errors import BadDataError

MOST_BYTES: Final = 500_000_000
MOST_WORDS: Final = 30
MOST_CLASSES: Final = 1000
MOST_NUMBER: Final = 3.4e38  # what a float32 holds
_MISSING: Final = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
_MOST_CLASS_NUMBERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLook:
    """What a table holds. `features` maps columns to None (numbers) or their words; `names` names them."""

    delimiter: str
    header: bool
    features: Mapping[int, tuple[str, ...] | None]
    names: Mapping[int, str]
    target: int
    target_name: str
    classes: tuple[str, ...] | None
    class_counts: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Column:
    """What one column was seen to hold."""

    numbers: int = 0
    others: int = 0
    missing: int = 0
    words: Counter[str] = field(default_factory=Counter)
    whole: bool = True
    first_word: tuple[int, str] = (0, "")


def look_at_csv(path: Path, options: Mapping[str, Value]) -> CsvLook:
    """Read the table once, keeping counts only; BadDataError when it cannot be used."""
    if path.stat().st_size > MOST_BYTES:
        raise BadDataError(f"{path} has more than {MOST_BYTES // 1_000_000} MB. Use a part of it.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = file.read(65536)
            delimiter = _delimiter(head)
            first = next(
                (row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if any(row)), []
            )
            if not first:
                raise BadDataError(f"{path} is empty. Choose another file.")
            if len(first) < 2:
                raise BadDataError(
                    f"{path} has only one column. At least one to learn from and one to predict are needed."
                )
            header = _has_header(head, delimiter, str(options.get("header", "auto")))
            names = _names(first, header)
            target = _find(path, names, str(options.get("target", "")), len(names) - 1)
            used = _used(path, names, str(options.get("features", "")), target)
            file.seek(0)
            columns, left_out, rows = _count(path, csv.reader(file, delimiter=delimiter), header, used, len(names))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadDataError(f"{path} cannot be read as a table ({error}). Save it as CSV in UTF-8.") from error
    if rows < 3:
        raise BadDataError(f"{path} has {rows} rows without empty cells; at least 3 are needed. Fill in the gaps.")
    notes = [f"{left_out:,} of {rows + left_out:,} rows were left out, because cells are empty."] if left_out else []
    features = _features(path, columns, [index for index in used if index != target], names, notes)
    classes = _classes(path, columns[target], names[target], str(options.get("predict", "auto")))
    return CsvLook(
        delimiter=delimiter,
        header=header,
        features=features,
        names={index: names[index] for index in features},
        target=target,
        target_name=names[target] if names[target] != "features" else "features_target",
        classes=classes,
        class_counts=tuple(columns[target].words[word] for word in classes or ()),
        notes=tuple(notes),
    )


def _delimiter(head: str) -> str:
    lines = [line for line in re.split(r"\r\n|\r|\n", head) if line.strip()][:20]
    if len(lines) > 1 and len(head) == 65536:
        lines = lines[:-1]  # the last one may be cut off
    best = ","
    for sign in (",", ";", "\t", "|"):
        widths = {len(row) for row in csv.reader(lines, delimiter=sign)}
        if len(widths) == 1 and max(widths) > 1:
            return sign
        if any(width > 1 for width in widths) and best not in head:
            best = sign
    return best


def _has_header(head: str, delimiter: str, wanted: str) -> bool:
    if wanted != "auto":
        return wanted == "yes"
    rows = [row for row in islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), 30) if any(row)]
    if any(_number(cell) is not None for cell in rows[0]):
        return False
    below = rows[1:-1] or rows[1:]
    columns_of_numbers = any(
        all(
            _number(row[index]) is not None or row[index].strip().lower() in _MISSING
            for row in below
            if index < len(row)
        )
        for index in range(len(rows[0]))
    )
    return columns_of_numbers or not any(
        cell in {row[i] for row in below if i < len(row)} for i, cell in enumerate(rows[0])
    )


def _names(first: Sequence[str], header: bool) -> list[str]:
    names: list[str] = []
    for index, cell in enumerate(first):
        name = (cell.strip() if header else "") or f"column {index + 1}"
        while name in names:
            name += " again"
        names.append(name)
    return names


def _find(path: Path, names: Sequence[str], wanted: str, default: int) -> int:
    wanted = wanted.strip()
    if not wanted:
        return default
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise BadDataError(f"{path} has no column {wanted!r}. Its columns are {_list(names)}.")


def _used(path: Path, names: Sequence[str], wanted: str, target: int) -> list[int]:
    chosen = [_find(path, names, part, 0) for part in wanted.split(",") if part.strip()]
    indices = sorted(set(chosen)) if chosen else list(range(len(names)))
    return sorted({*indices, target})


def _count(
    path: Path, reader: object, header: bool, used: Sequence[int], most: int
) -> tuple[dict[int, _Column], int, int]:
    """What the used columns hold, how many rows have gaps, and how many have none."""
    columns = {index: _Column() for index in used}
    left_out = rows = 0
    width = max(used) + 1
    skip = header
    for cells in reader:  # type: ignore[attr-defined]  # csv gives its reader no public name
        if not any(cell.strip() for cell in cells):
            continue
        if skip:
            skip = False
            continue
        line: int = reader.line_num  # type: ignore[attr-defined]
        if len(cells) < width:
            raise BadDataError(f"{path}, line {line}: {len(cells)} cells instead of {width} or more. Mend that line.")
        if any(cell.strip() for cell in cells[most:]):
            raise BadDataError(
                f"{path}, line {line}: {len(cells)} cells instead of {most}. Mend that line, or put its text in quotes."
            )
        values = {index: cells[index].strip() for index in used}
        gaps = [index for index, cell in values.items() if cell.lower() in _MISSING]
        if gaps:
            left_out += 1
            for index in gaps:
                columns[index].missing += 1
            continue
        rows += 1
        for index, cell in values.items():
            _see(columns[index], cell, line)
    return columns, left_out, rows


def _see(column: _Column, cell: str, line: int) -> None:
    number = _number(cell)
    if number is not None:
        column.numbers += 1
        column.whole = column.whole and number == int(number)
    else:
        column.others += 1
        column.first_word = column.first_word if column.first_word[1] else (line, cell)
    if len(column.words) <= MOST_CLASSES:
        column.words[cell] += 1


def _features(
    path: Path, columns: Mapping[int, _Column], indices: Sequence[int], names: Sequence[str], notes: list[str]
) -> dict[int, tuple[str, ...] | None]:
    features: dict[int, tuple[str, ...] | None] = {}
    for index in indices:
        column, name = columns[index], names[index]
        if not column.first_word[1]:
            features[index] = None
            continue
        line, word = column.first_word
        is_damaged = column.numbers > 9 * (column.numbers + column.others) / 10 or column.numbers > MOST_WORDS
        if is_damaged or _is_infinite(word):
            raise BadDataError(
                f"{path}, line {line}, column {index + 1} ({name}): {word!r} is not a number. Mend that cell."
            )
        if len(column.words) > MOST_WORDS:
            notes.append(f"The column {name!r} is text with more than {MOST_WORDS} different words; it is left out.")
            continue
        features[index] = tuple(sorted(column.words))
        notes.append(f"The column {name!r} holds words; each of its {len(column.words)} becomes a column of 0 and 1.")
    if not features:
        raise BadDataError(f"{path} has no column to learn from besides the target. Choose other input columns.")
    return features


def _classes(path: Path, column: _Column, name: str, wanted: str) -> tuple[str, ...] | None:
    """The classes of the target column, or None when it is a number."""
    line, word = column.first_word
    if word and wanted == "auto" and column.numbers > 9 * (column.numbers + column.others) / 10:
        raise BadDataError(f"{path}, line {line}: the target {name!r} is {word!r} among numbers. Mend that cell.")
    few_whole = not word and column.whole and 2 <= len(column.words) <= _MOST_CLASS_NUMBERS
    few_whole = few_whole and max(column.words.values()) > 1
    if wanted == "number" or (wanted == "auto" and not word and not few_whole):
        if word:
            raise BadDataError(
                f"{path}, line {line}: the target {name!r} is {word!r}, which is not a number. Mend that cell."
            )
        return None
    if len(column.words) > MOST_CLASSES:
        raise BadDataError(f"{path}: the target {name!r} has more than {MOST_CLASSES} classes. Choose another column.")
    if len(column.words) < 2:
        raise BadDataError(f"{path}: the target {name!r} is the same in every row. Choose another column.")
    if word:
        return tuple(sorted(column.words))
    return tuple(sorted(column.words, key=float))


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) <= MOST_NUMBER else None


def _is_infinite(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
