"""How a CSV file is written: its encoding, its delimiter, whether it has a heading, and the names of its columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from runtime.csv_column import readings
from runtime.library.cells import is_missing
from runtime.library.errors import BadDataError

MOST_BYTES: Final = 500_000_000
_HEAD: Final = 65536
_BLOCK: Final = 1 << 20
_NO_TEXT: Final = (
    (b"PK", "a workbook of Excel or an archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite", "a database"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvForm:
    """How a table is written, and what had to be guessed or changed to read it."""

    encoding: str
    delimiter: str
    header: bool
    names: tuple[str, ...]
    notes: tuple[str, ...]


def form_of(path: Path, header: str) -> CsvForm:
    """The form of a file; `header` is "yes", "no" or "auto". BadDataError when it is no table."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BadDataError(
            f"{path} has {size // 1_000_000:,} MB; at most {MOST_BYTES // 1_000_000} can be read. Use a part of it."
        )
    encoding, notes = _encoding(path)
    with path.open(newline="", encoding=encoding) as file:
        head = file.read(_HEAD)
    delimiter = _delimiter(head)
    first = next((row for row in _rows(head, delimiter) if any(cell.strip() for cell in row)), [])
    if not first:
        raise BadDataError(f"{path} is empty. Choose another file.")
    if len(first) < 2:
        raise BadDataError(f"{path} has only one column. At least one to learn from and one to predict are needed.")
    has_header = _has_header(head, delimiter) if header == "auto" else header == "yes"
    names = _names(first, has_header, notes)
    return CsvForm(encoding=encoding, delimiter=delimiter, header=has_header, names=tuple(names), notes=tuple(notes))


def _encoding(path: Path) -> tuple[str, list[str]]:
    """The encoding of a file, all of which is looked through, and what to tell of it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, line = True, 1
    with path.open("rb") as file:
        start = file.read(8)
        for sign, what in _NO_TEXT:
            if start.startswith(sign):
                raise BadDataError(f"{path} is {what}, not a table in a text file. Save it as CSV.")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", []
        file.seek(0)
        while block := file.read(_BLOCK):
            if b"\0" in block:
                line += block.count(b"\n", 0, block.index(b"\0"))
                raise BadDataError(
                    f"{path}, line {line} holds a zero byte, which no text has. Save the table again as CSV in UTF-8."
                )
            line += block.count(b"\n")
            try:
                decoder.decode(block) if is_utf8 else None
            except UnicodeDecodeError:
                is_utf8 = False
        try:
            decoder.decode(b"", final=True) if is_utf8 else None
        except UnicodeDecodeError:
            is_utf8 = False
    if is_utf8:
        return "utf-8-sig", []
    encoding = "cp1252" if _fits(path, "cp1252") else "latin-1"
    words = "Windows (1252)" if encoding == "cp1252" else "Latin-1"
    return encoding, [f"The file is not in UTF-8; it is read in the encoding of {words}."]


def _fits(path: Path, encoding: str) -> bool:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                block.decode(encoding)
            except UnicodeDecodeError:
                return False
    return True


def _rows(head: str, delimiter: str) -> list[list[str]]:
    """The first rows; the last is left out where it may be cut off."""
    try:
        rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), 31))
    except csv.Error:
        return []
    return rows[:-1] if len(rows) > 1 and (len(head) == _HEAD or len(rows) == 31) else rows


def _delimiter(head: str) -> str:
    """The sign between cells: the first that makes all rows equally wide; the comma last, as it stands in numbers."""
    best = ","
    for sign in ("\t", ";", "|", ","):
        widths = {len(row) for row in _rows(head, sign) if any(cell.strip() for cell in row)}
        if len(widths) == 1 and max(widths) > 1:
            return sign
    for sign in (",", ";", "\t", "|"):
        if any(len(row) > 1 for row in _rows(head, sign)) and best not in head:
            best = sign
    return best


def _has_header(head: str, delimiter: str) -> bool:
    rows = [row for row in _rows(head, delimiter) if any(row)]
    if any(readings(cell.strip()) for cell in rows[0] if not is_missing(cell)):
        return False
    below = rows[1:]
    columns_of_numbers = any(
        all(is_missing(row[index]) or readings(row[index].strip()) for row in below if index < len(row))
        for index in range(len(rows[0]))
    )
    return columns_of_numbers or not any(
        cell in {row[index] for row in below if index < len(row)} for index, cell in enumerate(rows[0])
    )


def _names(first: Sequence[str], header: bool, notes: list[str]) -> list[str]:
    names: list[str] = []
    for index, cell in enumerate(first):
        name = (cell.strip() if header else "") or f"column {index + 1}"
        while name in names:
            name += " again"
        if header and name != cell.strip() and cell.strip():
            notes.append(f"Column {index + 1} has the name of another; it is called {name!r}.")
        names.append(name)
    return names
