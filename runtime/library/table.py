"""Tables in CSV files, read by an explicit list of columns."""

import csv
from collections.abc import Sequence

import torch
from torch import Tensor

from runtime.library.cells import is_missing, read_number, read_rows
from runtime.library.errors import BadDataError


def load_csv(
    path: str,
    *,
    delimiter: str,
    header: bool,
    features: dict[int, str | tuple[str, ...] | None],
    target: int,
    name: str,
    classes: tuple[str, ...] | None,
    needed: tuple[int, ...],
    how: str | None = None,
    kept: dict[str, int] | None = None,
    encoding: str = "utf-8-sig",
) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    """Features (N, F) and the target column; and the words of the columns `kept`.

    Columns are counted from 0. A column is a number (None, or how it is written), or one
    of the words given, which become one number each: 1 for the word that stands there, 0
    for the others; an empty cell is the word "". An empty cell among numbers becomes
    not-a-number. Rows with an empty cell in one of the columns `needed` are left out.
    """
    tables: list[Tensor] = []
    answers: list[Tensor] = []
    words: dict[str, list[str]] = {key: [] for key in kept or {}}
    try:
        with open(path, newline="", encoding=encoding) as file:
            for lines, rows in read_rows(file, delimiter=delimiter, header=header):
                lines, rows = complete_rows(lines, rows, needed)
                if not rows:
                    continue
                columns = list(zip(*rows, strict=True))
                parts = [torch.empty(len(rows), 0)]
                for column, kind in features.items():
                    place = f"{path}, column {column + 1}"
                    parts.append(read_column(place, lines, columns[column], kind))
                tables.append(torch.cat(parts, 1))
                place = f"{path}, column {target + 1}"
                if classes is None:
                    answer = read_column(place, lines, columns[target], how)[:, 0]
                else:
                    answer = read_places(place, lines, columns[target], classes)
                answers.append(answer)
                for key, column in (kept or {}).items():
                    words[key] += [cell.strip() for cell in columns[column]]
    except (OSError, UnicodeError, csv.Error) as error:
        text = f"{path} cannot be read as a table ({error}). Save it as CSV in UTF-8."
        raise BadDataError(text) from error
    if not tables:
        raise BadDataError(f"{path} has no row without empty cells. Fill in the gaps.")
    data = {"features": torch.cat(tables)} if features else {}
    return {**data, name: torch.cat(answers)}, words


def complete_rows(
    lines: list[int],
    rows: list[list[str]],
    needed: tuple[int, ...],
) -> tuple[list[int], list[list[str]]]:
    """The rows without an empty cell in the columns needed, and their lines."""
    gaps = set()
    for column in needed:
        gaps |= {place for place, row in enumerate(rows) if is_missing(row[column])}
    if not gaps:
        return lines, rows
    full = [place for place in range(len(rows)) if place not in gaps]
    return [lines[place] for place in full], [rows[place] for place in full]


def read_column(
    place: str,
    lines: list[int],
    cells: Sequence[str],
    kind: str | tuple[str, ...] | None,
) -> Tensor:
    """The numbers of a column (N, 1), or its words as ones and zeros (N, words)."""
    if isinstance(kind, tuple):
        return torch.eye(len(kind))[read_places(place, lines, cells, kind)]
    numbers = read_numbers(place, lines, cells, kind)
    values = torch.tensor(numbers, dtype=torch.float32)
    if bool(values.isinf().any()):
        first = int(values.isinf().nonzero()[0])
        text = f"{place}, line {lines[first]}: {cells[first].strip()!r} is too large. "
        raise BadDataError(text + "Mend that cell.")
    return values.unsqueeze(1)


def read_numbers(
    place: str,
    lines: list[int],
    cells: Sequence[str],
    how: str | None,
) -> list[float]:
    """The numbers of cells, not-a-number for gaps."""
    if how is None:
        try:
            return [float(cell) for cell in cells]
        except ValueError:
            pass  # there are gaps, or signs beside the numbers
    known: dict[str, float] = {}
    for line, cell in zip(lines, cells, strict=True):
        if cell not in known:
            try:
                known[cell] = read_number(cell, how)
            except ValueError:
                text = f"{place}, line {line}: {cell.strip()!r} is not a number. "
                raise BadDataError(text + "Mend that cell.") from None
    return [known[cell] for cell in cells]


def read_places(
    place: str,
    lines: list[int],
    cells: Sequence[str],
    words: tuple[str, ...],
) -> Tensor:
    """Which of the words stands in each cell, counted from 0."""
    places = {word: index for index, word in enumerate(words)}
    known = {cell: "" if is_missing(cell) else cell.strip() for cell in set(cells)}
    try:
        return torch.tensor([places[known[cell]] for cell in cells])
    except KeyError:
        first = [known[cell] in places for cell in cells].index(False)
        line, cell = lines[first], cells[first]
        text = f"{place}, line {line}: {cell.strip()!r} was not there before. "
        raise BadDataError(text + f"Known are {', '.join(words[:30])}.") from None
