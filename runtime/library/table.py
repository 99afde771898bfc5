"""Tables in CSV files, read by an explicit list of columns."""

import csv
import math

import torch
from torch import Tensor

from runtime.library.errors import BadDataError


def load_csv(
    path: str,
    *,
    delimiter: str,
    header: bool,
    features: dict[int, tuple[str, ...] | None],
    target: int,
    name: str,
    classes: tuple[str, ...] | None,
) -> dict[str, Tensor]:
    """Features (N, F) and the target column; rows with an empty cell are left out.

    Columns are counted from 0. A column is a number (None) or one of the words given,
    which become one number each: 1 for the word that stands there, 0 for the others.
    """
    rows: list[list[float]] = []
    answers: list[float] = []
    width = max(target, *features) + 1
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=delimiter)
            if header:
                next(reader, None)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                line = reader.line_num
                if len(cells) < width:
                    text = f"{path}, line {line}: {len(cells)} cells instead of {width}"
                    raise BadDataError(text + " or more. Mend that line.")
                wanted = [cells[column].strip() for column in (*features, target)]
                if any(is_missing(cell) for cell in wanted):
                    continue
                row: list[float] = []
                for column, words in features.items():
                    row += read_cell(path, line, column, cells[column].strip(), words)
                answer = cells[target].strip()
                if classes is None:
                    answers += read_cell(path, line, target, answer, None)
                elif answer in classes:
                    answers.append(classes.index(answer))
                else:
                    text = f"{path}, line {line}: {answer!r} is not one of the classes "
                    raise BadDataError(text + f"{', '.join(classes)}.")
                rows.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        text = f"{path} cannot be read as a table ({error}). Save it as CSV in UTF-8."
        raise BadDataError(text) from error
    if not rows:
        raise BadDataError(f"{path} has no row without empty cells. Fill in the gaps.")
    kind = torch.float32 if classes is None else torch.int64
    return {"features": torch.tensor(rows), name: torch.tensor(answers, dtype=kind)}


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    return cell.lower() in ("", "?", "na", "n/a", "nan", "null", "none")


def read_cell(
    path: str,
    line: int,
    column: int,
    cell: str,
    words: tuple[str, ...] | None,
) -> list[float]:
    """A number as it is, or a word as ones and zeros."""
    place = f"{path}, line {line}, column {column + 1}"
    if words is None:
        try:
            number = float(cell)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise BadDataError(f"{place}: {cell!r} is not a number. Mend that cell.")
        return [number]
    if cell not in words:
        raise BadDataError(f"{place}: {cell!r} is a word that was not there before.")
    return [1.0 if cell == word else 0.0 for word in words]
