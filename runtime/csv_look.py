"""A look at a CSV file: what each column is for and how it is read, which rows are left out, and why; torch-free."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from graph.ops.spec import Value
from runtime.csv_column import MOST_CLASSES, MOST_WORDS, Column, Kind, widest
from runtime.csv_form import CsvForm, form_of
from runtime.library.cells import is_missing, part_named, read_rows
from runtime.library.errors import BadDataError
from runtime.protocol import ColumnReport, ColumnRole

Tell = Callable[[float], None]
Reading = str | tuple[str, ...] | None
_MOST_CLASS_NUMBERS: Final = 20
_FEWEST_NAMED: Final = 10
"""So many rows, each with another word, make a column of names."""
_COMMON: Final = 8
MIDDLE: Final = "the middle value of the training samples."
_NUMBERING: Final = re.compile(r"(.*[\W_])?(id|ids|index|idx|no|nr|number|row|key|uuid|guid|unnamed)([\W_]+\d+)?", re.I)
_CAMEL_ID: Final = re.compile(r".*[a-z](Id|ID)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLook:
    """What a table holds and how it is read.

    `features` maps columns to how they are read: None plainly, a form of numbers, or words. `needed` columns have no
    empty cell in the rows that are used. `kept` names the columns whose words are kept: group, part, image; `words`
    are these, row by row. `gaps` are the columns with empty cells to be filled.
    """

    form: CsvForm
    features: Mapping[int, Reading]
    target: int
    target_how: str | None
    classes: tuple[str, ...] | None
    class_counts: tuple[int, ...]
    needed: tuple[int, ...]
    kept: Mapping[str, int]
    words: Mapping[str, Sequence[str]]
    gaps: Mapping[int, int]
    rows: int
    rows_found: int
    columns: tuple[ColumnReport, ...]
    notes: tuple[str, ...]


class RefusedTableError(BadDataError):
    """A table that was read but cannot be used as it is. `columns` are what was seen of it, to choose otherwise."""

    def __init__(self, message: str, columns: tuple[ColumnReport, ...]) -> None:
        super().__init__(message)
        self.columns = columns


@dataclass(slots=True)
class _Scan:
    """What was counted in one reading of the file: rows without gaps in the columns needed, and all rows."""

    columns: list[Column]
    words: dict[str, list[str]]
    rows: int = 0
    found: int = 0
    gaps: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roles:
    """What the person said of the columns, by number; None where she left it to us."""

    target: int | None
    kept: Mapping[str, int]
    features: frozenset[int] | None
    ignore: frozenset[int] | None
    categories: frozenset[int]


def look_at_csv(path: Path, options: Mapping[str, Value], tell: Tell | None = None) -> CsvLook:
    """Read the table, keeping counts; BadDataError when it cannot be used. `tell` gets the share that is read."""
    try:
        form = form_of(path, str(options.get("header", "auto")))
        roles = _roles(path, form.names, options)
        target = roles.target if roles.target is not None else _last(path, form, roles)
        needed = [target, *(column for key, column in roles.kept.items() if key != "group")]
        scan = _scan(path, form, needed, roles.kept, tell)
        features, notes = _features(path, form, scan, roles, target)
        if options.get("missing") == "leave out" and any(scan.columns[index].missing for index in features):
            needed = sorted({*needed, *features, *roles.kept.values()})
            scan = _scan(path, form, needed, roles.kept, tell)
            features, notes = _features(path, form, scan, roles, target)
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadDataError(f"{path} cannot be read as a table ({error}). Save it as CSV in UTF-8.") from error
    kinds = _kinds(form, scan)
    with _telling_columns(form, scan, roles, target):
        if scan.rows < 3:
            text = f"{path} has {scan.rows} rows without empty cells; at least 3 are needed. Fill in the gaps."
            raise BadDataError(text)
        if not features and "image" not in roles.kept:
            raise BadDataError(f"{path} has no column to learn from besides the target. Choose other input columns.")
        _check_parts(path, form, scan, roles.kept)
        is_class = target in roles.categories or str(options.get("predict", "auto")) == "class"
        wanted = "class" if is_class else str(options.get("predict", "auto"))
        classes = _classes(path, scan.columns[target], kinds[target], form.names[target], wanted)
    return CsvLook(
        form=form,
        features=features,
        target=target,
        target_how=None if classes else kinds[target].how,
        classes=classes,
        class_counts=tuple(scan.columns[target].words[word] for word in classes or ()),
        needed=tuple(needed),
        kept=roles.kept,
        words=scan.words,
        gaps=_numeric_gaps(scan, features),
        rows=scan.rows,
        rows_found=scan.found,
        columns=_reports(form, scan, kinds, roles, {*features}, target, notes),
        notes=(*form.notes, *_left_out(form, scan, needed, target), *notes.values()),
    )


@contextlib.contextmanager
def _telling_columns(form: CsvForm, scan: _Scan, roles: _Roles, target: int) -> Iterator[None]:
    """Give a refusal the columns that were seen, so that the one in the way can be left out or read otherwise."""
    try:
        yield
    except BadDataError as error:
        kinds, notes, features = list(_kinds(form, scan)), dict[int, str](), set[int]()
        for index, (name, column) in enumerate(zip(form.names, scan.columns, strict=True)):
            if column.is_damaged and index not in roles.categories:
                line, word = column.first_word
                kinds[index] = Kind(kind="number")
                notes[index] = f"{name}: {word[:80]!r} in line {line} is not a number."
            if _is_asked(index, roles, target):
                reason = _needless(name, column, kinds[index], roles, index)
                features |= set() if reason else {index}
                notes |= {index: reason} if reason else {}
        columns = _reports(form, scan, kinds, roles, features, target, notes)
        raise RefusedTableError(str(error), columns) from error


def _kinds(form: CsvForm, scan: _Scan) -> list[Kind]:
    return [column.kind(form.delimiter) for column in scan.columns]


def _is_asked(index: int, roles: _Roles, target: int) -> bool:
    """Whether a column is to be learned from, as far as the person said."""
    is_chosen = roles.features is None or index in roles.features
    return is_chosen and index != target and index not in (*roles.kept.values(), *(roles.ignore or ()))


def _roles(path: Path, names: Sequence[str], options: Mapping[str, Value]) -> _Roles:
    def one(key: str) -> int | None:
        wanted = str(options.get(key) or "").strip()
        return _find(path, names, wanted) if wanted else None

    def known(key: str) -> frozenset[int]:
        given = options.get(key)
        rows = given if isinstance(given, tuple) else ()
        return frozenset(names.index(name) for name in map(str, rows) if name in names)

    chosen = str(options.get("features") or "")
    kept = {word: one(key) for word, key in (("group", "group"), ("part", "split_column"), ("image", "image"))}
    target = one("target")
    for word, column in kept.items():
        if column is not None and column == target:
            raise BadDataError(
                f"{path}: the column {names[column]!r} is the target; the {word} column must be another."
            )
    return _Roles(
        target=target,
        kept={word: column for word, column in kept.items() if column is not None},
        features=frozenset(_find(path, names, part.strip()) for part in chosen.split(",") if part.strip()) or None,
        ignore=None if options.get("ignore") is None else known("ignore"),
        categories=known("categories"),
    )


def _find(path: Path, names: Sequence[str], wanted: str) -> int:
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    raise BadDataError(f"{path} has no column {wanted!r}. Its columns are {listed}.")


def _last(path: Path, form: CsvForm, roles: _Roles) -> int:
    """The last column that is not empty at the start of the file and has no other role."""
    with path.open(newline="", encoding=form.encoding) as file:
        _, rows = next(read_rows(file, delimiter=form.delimiter, header=form.header), ([], []))
    taken = {*roles.kept.values(), *(roles.ignore or ())}
    free = [index for index in range(len(form.names)) if index not in taken]
    filled = [index for index in free if any(not is_missing(row[index]) for row in rows)]
    if not free:
        raise BadDataError(f"{path} has no column left to predict. Choose a target column.")
    return (filled or free)[-1]


def _scan(path: Path, form: CsvForm, needed: Sequence[int], kept: Mapping[str, int], tell: Tell | None) -> _Scan:
    scan = _Scan(columns=[Column() for _ in form.names], words={key: [] for key in kept})
    size = path.stat().st_size or 1
    with path.open("rb") as raw, io.TextIOWrapper(raw, form.encoding, newline="") as file:
        for lines, rows in read_rows(file, delimiter=form.delimiter, header=form.header):
            scan.found += len(rows)
            gaps = set()
            for index in needed:
                found = {place for place, row in enumerate(rows) if is_missing(row[index])}
                if found:
                    scan.gaps[index] = scan.gaps.get(index, 0) + len(found)
                gaps |= found
            if gaps:
                lines = [line for place, line in enumerate(lines) if place not in gaps]
                rows = [row for place, row in enumerate(rows) if place not in gaps]
            if not rows:
                continue
            scan.rows += len(rows)
            cells = list(zip(*rows, strict=True))
            for column, values in zip(scan.columns, cells, strict=True):
                column.see(lines, values)
            for key, index in kept.items():
                scan.words[key] += [cell.strip() for cell in cells[index]]
            if tell is not None:
                tell(min(raw.tell() / size, 1.0))
    return scan


def _features(
    path: Path, form: CsvForm, scan: _Scan, roles: _Roles, target: int
) -> tuple[dict[int, Reading], dict[int, str]]:
    """How each column to learn from is read, and a sentence on every column of which something was decided."""
    features: dict[int, Reading] = {}
    notes: dict[int, str] = {}
    for index, (name, column, kind) in enumerate(zip(form.names, scan.columns, _kinds(form, scan), strict=True)):
        if index == target:
            notes |= {index: f"{name} {kind.note}."} if kind.note and kind.kind != "yes/no" else {}
        if not _is_asked(index, roles, target):
            continue
        reason = _needless(name, column, kind, roles, index)
        if reason:
            notes[index] = reason
            continue
        with _telling_columns(form, scan, roles, target):
            _check_damage(path, index, name, column, roles)
        if index in roles.categories or kind.kind == "words":
            features[index] = tuple(sorted(column.words)) + (("",) if column.missing else ())
            notes[index] = _words_note(name, column)
        else:
            features[index] = kind.how
            if said := _number_note(name, column, kind):
                notes[index] = said
    return features, notes


def _needless(name: str, column: Column, kind: Kind, roles: _Roles, index: int) -> str:
    """Why a column is not learned from, or nothing."""
    if kind.kind == "empty":
        return f"The column {name!r} is empty; it is left out."
    if index in roles.categories:
        if len(column.words) <= MOST_CLASSES:
            return ""
        return f"The column {name!r} has more than {MOST_CLASSES} different words; it is left out."
    is_chosen = roles.ignore is not None or roles.features is not None
    if not is_chosen and column.present >= 3 and column.is_distinct and kind.kind in ("number", "words", "text"):
        is_numbering = _NUMBERING.fullmatch(name) or _CAMEL_ID.fullmatch(name)
        if is_numbering and (kind.kind != "number" or column.whole):
            return f"The column {name!r} only numbers the rows; it is left out."
        if kind.kind == "words" and column.present >= _FEWEST_NAMED and not column.is_damaged:
            return f"The column {name!r} has another word in every row; it is left out."
    if kind.kind == "text" and not column.is_damaged:
        count = len(column.distinct)
        more = f"{kind.note}, so that it is" if kind.note else "is"
        return f"The column {name!r} {more} text with {count:,} different words; it is left out."
    return ""


def _check_damage(path: Path, index: int, name: str, column: Column, roles: _Roles) -> None:
    if column.is_damaged and index not in roles.categories:
        line, word = column.first_word
        raise BadDataError(
            f"{path}, line {line}, column {index + 1} ({name}): {word!r} is not a number. Mend that cell, read the "
            "column as words, or leave it out."
        )


def _words_note(name: str, column: Column) -> str:
    note = f"The column {name!r} holds words; each of its {len(column.words)} becomes a column of 0 and 1."
    if column.missing:
        note += f" Its {_cells(column.missing)} a word of their own."
    return note


def _number_note(name: str, column: Column, kind: Kind) -> str:
    notes = [f"{name} {kind.note}."] if kind.note else []
    if column.missing:
        notes.append(f"{name}: {_cells(column.missing)} {MIDDLE}")
    return " ".join(notes)


def _cells(count: int) -> str:
    return f"{count:,} empty cell becomes" if count == 1 else f"{count:,} empty cells become"


def _left_out(form: CsvForm, scan: _Scan, needed: Sequence[int], target: int) -> list[str]:
    """How many rows are not used, and why."""
    count = scan.found - scan.rows
    if not count:
        return []
    names = [form.names[column] for column in needed if column in scan.gaps]
    why = "the target is empty" if {*scan.gaps} == {target} else f"{', '.join(names[:6])} is empty there"
    verb = "was" if count == 1 else "were"
    return [f"{count:,} of {scan.found:,} rows {verb} left out, because {why}."]


def _numeric_gaps(scan: _Scan, features: Mapping[int, Reading]) -> dict[int, int]:
    return {
        index: scan.columns[index].missing
        for index, how in features.items()
        if not isinstance(how, tuple) and scan.columns[index].missing
    }


def _check_parts(path: Path, form: CsvForm, scan: _Scan, kept: Mapping[str, int]) -> None:
    words = dict.fromkeys(scan.words.get("part", ()))
    name = form.names[kept["part"]] if "part" in kept else ""
    strange = [word for word in words if not part_named(word)]
    if strange:
        raise BadDataError(
            f"{path}: the split column {name!r} says {', '.join(map(repr, strange[:5]))}. Use train, validation and "
            "test, or choose another way to draw samples."
        )
    if words and "train" not in map(part_named, words):
        raise BadDataError(f"{path}: the split column {name!r} names no row for training. Write train in some rows.")


def _classes(path: Path, column: Column, kind: Kind, name: str, wanted: str) -> tuple[str, ...] | None:
    """The classes of the target column, or None when it is a number."""
    line, word = column.first_word
    is_number = kind.kind in ("number", "date")
    if wanted == "auto" and column.is_damaged:
        raise BadDataError(f"{path}, line {line}: the target {name!r} is {word!r} among numbers. Mend that cell.")
    few_whole = kind.kind == "number" and column.whole and 2 <= len(column.words) <= _MOST_CLASS_NUMBERS
    few_whole = few_whole and max(column.words.values()) > 1
    if wanted == "number" or (wanted == "auto" and is_number and not few_whole):
        if not is_number and kind.how is None:
            raise BadDataError(
                f"{path}, line {line}: the target {name!r} is {word!r}, which is not a number. Mend that cell."
            )
        return None
    if len(column.words) > MOST_CLASSES:
        raise BadDataError(f"{path}: the target {name!r} has more than {MOST_CLASSES} classes. Choose another column.")
    if len(column.words) < 2:
        raise BadDataError(f"{path}: the target {name!r} is the same in every row. Choose another column.")
    if column.is_distinct and column.present >= _FEWEST_NAMED and wanted == "auto":
        raise BadDataError(f"{path}: the target {name!r} is another word in every row. Choose another column.")
    try:
        return tuple(sorted(column.words, key=float))
    except ValueError:
        return tuple(sorted(column.words))


def _reports(
    form: CsvForm,
    scan: _Scan,
    kinds: Sequence[Kind],
    roles: _Roles,
    features: set[int],
    target: int,
    notes: Mapping[int, str],
) -> tuple[ColumnReport, ...]:
    named: dict[int, ColumnRole] = {target: "target"}
    for index in features:
        named[index] = "feature"
    words: dict[str, ColumnRole] = {"group": "group", "part": "split", "image": "image"}
    named |= {column: words[key] for key, column in roles.kept.items()}
    rows = []
    for index, (name, column, kind) in enumerate(zip(form.names, scan.columns, kinds, strict=True)):
        is_words = index in roles.categories and len(column.words) <= MOST_CLASSES
        shown = replace(kind, kind="words") if is_words else kind
        low, high = widest(column.ranges, kind.how) if shown.kind in ("number", "date", "yes/no") else (None, None)
        has_words = shown.kind in ("words", "yes/no") or len(column.words) <= MOST_WORDS
        rows.append(
            ColumnReport(
                name=name,
                role=named.get(index, "ignore"),
                kind=shown.kind,
                missing=column.missing,
                distinct=len(column.distinct),
                minimum=low,
                maximum=high,
                common=(
                    tuple((word[:80], count) for word, count in column.words.most_common(_COMMON)) if has_words else ()
                ),
                samples=tuple(sample[:80] for sample in column.samples),
                note=notes.get(index, ""),
            )
        )
    return tuple(rows)
