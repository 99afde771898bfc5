"""Awkward CSV files: each is read rightly and what was decided is told, or it is refused in a sentence."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from graph.model import Project
from graph.ops.spec import Value
from runtime.data import DataError, Dataset, read_source
from runtime.settings import resolve_data

NAN = math.nan


@dataclass(frozen=True, kw_only=True)
class Good:
    """A file that is read: its columns, the first rows, the target, and words that its notes must hold."""

    raw: bytes
    columns: tuple[str, ...]
    rows: list[list[float]]
    target: list[float]
    classes: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    options: dict[str, Value] = field(default_factory=dict)


def lines(*rows: str, encoding: str = "utf-8") -> bytes:
    return ("\n".join(rows) + "\n").encode(encoding)


GOOD = {
    "semicolons and decimal commas": Good(
        raw=lines("a;b;y", "1,5;1.234,5;0,25", "2,5;2.000,0;0,5", "-3,25;17,5;1,75"),
        columns=("a", "b"),
        rows=[[1.5, 1234.5], [2.5, 2000], [-3.25, 17.5]],
        target=[0.25, 0.5, 1.75],
        told=("a has numbers written as 1.234,5 or 1,5",),
    ),
    "decimal commas without a heading": Good(
        raw=lines("1,5;2,5;0,1", "3,5;4,5;0,2", "5,5;6,5;0,3"),
        columns=("column 1", "column 2"),
        rows=[[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]],
        target=[0.1, 0.2, 0.3],
    ),
    "tabs": Good(
        raw=lines("a\tb\ty", "1\tone, two\t0.5", "2\tone, two\t1.5", "3\tthree\t2.5"),
        columns=("a", "b: one, two", "b: three"),
        rows=[[1, 1, 0], [2, 1, 0], [3, 0, 1]],
        target=[0.5, 1.5, 2.5],
    ),
    "bars between cells": Good(
        raw=lines("a|b|y", "1|2|0.5", "3|4|1.5", "5|6|2.5"),
        columns=("a", "b"),
        rows=[[1, 2], [3, 4], [5, 6]],
        target=[0.5, 1.5, 2.5],
    ),
    "thousands in quotes": Good(
        raw=lines("a,price,y", '1,"1,234.50",0.5', '2,"12,000",1.5', "3,999,2.5"),
        columns=("a", "price"),
        rows=[[1, 1234.5], [2, 12000], [3, 999]],
        target=[0.5, 1.5, 2.5],
        told=("price has numbers written as 1,234.5",),
    ),
    "commas that may be one thing or the other": Good(
        raw=lines("a,price,y", '1,"1,234",0.5', '2,"12,000",1.5', "3,999,2.5"),
        columns=("a", "price"),
        rows=[[1, 1234], [2, 12000], [3, 999]],
        target=[0.5, 1.5, 2.5],
        told=("price has commas, which are read as a mark between thousands",),
    ),
    "a byte order mark": Good(
        raw=b"\xef\xbb\xbf" + lines("a,b,y", "1,2,0.5", "3,4,1.5", "5,6,2.5"),
        columns=("a", "b"),
        rows=[[1, 2]],
        target=[0.5, 1.5, 2.5],
    ),
    "UTF-16": Good(
        raw="größe,stadt,y\r\n1,Köln,0.5\r\n2,Łódź,1.5\r\n3,Köln,2.5\r\n".encode("utf-16"),
        columns=("größe", "stadt: Köln", "stadt: Łódź"),
        rows=[[1, 1, 0], [2, 0, 1], [3, 1, 0]],
        target=[0.5, 1.5, 2.5],
    ),
    "the encoding of Windows": Good(
        raw=lines("größe,preis,y", "1,5€,0.5", "2,7€,1.5", "3,9€,2.5", encoding="cp1252"),
        columns=("größe", "preis"),
        rows=[[1, 5], [2, 7], [3, 9]],
        target=[0.5, 1.5, 2.5],
        told=("not in UTF-8; it is read in the encoding of Windows", "preis has € in every cell"),
    ),
    "delimiters, quotes and line breaks in quotes": Good(
        raw=b'a,text,y\r\n1,"one, ""two""\r\nthree",x\r\n2,plain,y\r\n3,"one, ""two""\r\nthree",x\r\n4,plain,y\r\n',
        columns=("a", 'text: one, "two"\r\nthree', "text: plain"),
        rows=[[1, 1, 0], [2, 0, 1], [3, 1, 0], [4, 0, 1]],
        target=[0, 1, 0, 1],
        classes=("x", "y"),
    ),
    "empty columns, also at the end of each line": Good(
        raw=lines("a,nothing,y,", "1,,0.5,", "3,,1.5,", "5,?,2.5,"),
        columns=("a",),
        rows=[[1], [3], [5]],
        target=[0.5, 1.5, 2.5],
        told=("'nothing' is empty", "'column 4' is empty"),
    ),
    "names that come twice": Good(
        raw=lines("a,a,a,y", "1,2,3,0.5", "4,5,6,1.5", "7,8,9,2.5"),
        columns=("a", "a again", "a again again"),
        rows=[[1, 2, 3], [4, 5, 6]],
        target=[0.5, 1.5, 2.5],
        told=("Column 2 has the name of another; it is called 'a again'",),
    ),
    "no heading and classes of numbers": Good(
        raw=lines("5.1,3.5,0", "4.9,3.0,0", "7.0,3.2,1", "6.4,3.1,1"),
        columns=("column 1", "column 2"),
        rows=[[5.1, 3.5], [4.9, 3.0], [7.0, 3.2], [6.4, 3.1]],
        target=[0, 0, 1, 1],
        classes=("0", "1"),
    ),
    "gaps of every kind": Good(
        raw=lines("age,town,y", "31,Oslo,a", "?,,b", "n/a,Rome,a", "22,NaN,b", "60,Oslo,", "7,Oslo,a"),
        columns=("age", "town: Oslo", "town: Rome", "town: (empty)"),
        rows=[[31, 1, 0, 0], [NAN, 0, 0, 1], [NAN, 0, 1, 0], [22, 0, 0, 1], [7, 1, 0, 0]],
        target=[0, 1, 0, 1, 0],
        classes=("a", "b"),
        told=(
            "1 of 6 rows was left out, because the target is empty",
            "age: 2 empty cells become the middle value of the training samples",
            "Its 2 empty cells become a word of their own",
        ),
    ),
    "rows with gaps left out": Good(
        raw=lines("age,town,y", "31,Oslo,a", "?,Oslo,b", "22,Rome,b", "60,,a", "7,Oslo,a"),
        columns=("age", "town: Oslo", "town: Rome"),
        rows=[[31, 1, 0], [22, 0, 1], [7, 1, 0]],
        target=[0, 1, 0],
        classes=("a", "b"),
        told=("2 of 5 rows were left out, because age, town is empty there",),
        options={"csv.missing": "leave out"},
    ),
    "dates in three styles": Good(
        raw=lines("iso,german,us,y", "1970-01-02,3.1.1970,1/31/1970,1", "1970-01-02 12:00,4.1.1970,2/1/1970,2.5"),
        columns=("iso", "german", "us"),
        rows=[[1, 2, 30], [1.5, 3, 31], [1, 2, 30]],
        target=[1, 2.5, 1],
        told=("german holds dates (as day, month, year); each is read as its day number. It could also be month",),
    ),
    "a date that can be two days": Good(
        raw=lines("when,y", "1/2/1970,0.5", "1/3/1970,1.5", "1/4/1970,2.5"),
        columns=("when",),
        rows=[[1], [2], [3]],
        target=[0.5, 1.5, 2.5],
        told=("(as month, day, year)", "It could also be day, month, year"),
    ),
    "yes and no, true and false": Good(
        raw=lines("a,b,y", "yes,TRUE,no", "no,False,yes", "yes,,no", "no,true,yes"),
        columns=("a", "b"),
        rows=[[1, 1], [0, 0], [1, NAN], [0, 1]],
        target=[0, 1, 0, 1],
        classes=("no", "yes"),
        told=("a is read as 1 for yes or true",),
    ),
    "percent and money": Good(
        raw=lines("share,cost,y", '5%,"$1,200.50",0.5', "12.5 %,$3,1.5", "100%,$40,2.5"),
        columns=("share", "cost"),
        rows=[[5, 1200.5], [12.5, 3], [100, 40]],
        target=[0.5, 1.5, 2.5],
        told=("share has % in every cell", "cost has numbers written as 1,234.5 and $ in every cell"),
    ),
    "numbers of rows and names": Good(
        raw=lines("PassengerId,Name,a,y", *(f"{n},Person {n},{n % 5},{n % 3}.5" for n in range(1, 41))),
        columns=("a",),
        rows=[[1], [2], [3], [4], [0]],
        target=[n % 3 + 0.5 for n in range(1, 41)],
        told=("'PassengerId' only numbers the rows", "'Name' is text with 40 different words"),
    ),
    "numbers of rows that are wanted": Good(
        raw=lines("id,a,y", *(f"{n},{n % 5},{n % 3}.5" for n in range(1, 41))),
        columns=("id", "a"),
        rows=[[1, 1], [2, 2]],
        target=[n % 3 + 0.5 for n in range(1, 41)],
        options={"csv.ignore": ()},
    ),
    "numbers and words in one column": Good(
        raw=lines("a,b,y", "1,2,0.5", "one,4,1.5", "1,6,2.5", "two,8,3.5"),
        columns=("a: 1", "a: one", "a: two", "b"),
        rows=[[1, 0, 0, 2], [0, 1, 0, 4], [1, 0, 0, 6], [0, 0, 1, 8]],
        target=[0.5, 1.5, 2.5, 3.5],
    ),
    "tickets, of which most are numbers": Good(
        raw=lines("ticket,b,y", *(f"{n * 7919 if n % 4 else f'A/{n}'},{n},{n % 2}" for n in range(1, 61))),
        columns=("b",),
        rows=[[1], [2]],
        target=[n % 2 for n in range(1, 61)],
        classes=("0", "1"),
        told=("'ticket' is text with 60 different words",),
    ),
    "codes that stand for kinds": Good(
        raw=lines("code,b,y", "10,1,0.5", "20,2,1.5", "10,3,2.5"),
        columns=("code: 10", "code: 20", "b"),
        rows=[[1, 0, 1], [0, 1, 2], [1, 0, 3]],
        target=[0.5, 1.5, 2.5],
        options={"csv.categories": ("code",)},
    ),
    "signs of many peoples": Good(
        raw=lines("年齢,город,種類", "1,Москва,犬", "2,Пермь,🐱", "3,Москва,犬", "4,Пермь,🐱"),
        columns=("年齢", "город: Москва", "город: Пермь"),
        rows=[[1, 1, 0], [2, 0, 1], [3, 1, 0], [4, 0, 1]],
        target=[0, 1, 0, 1],
        classes=("犬", "🐱"),
    ),
}
GOOD["dates in three styles"] = Good(
    **{
        **{name: getattr(GOOD["dates in three styles"], name) for name in Good.__dataclass_fields__},
        "raw": GOOD["dates in three styles"].raw + lines("1970-01-02,3.1.1970,1/31/1970,1"),
    }
)


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


BAD = {
    "ragged, too short": (lines("a,b,y", "1,2,3", "1,2", "3,4,5"), "line 3: 2 cells instead of 3"),
    "ragged, too long": (lines("a,b,y", "1,2,3", '"x', 'y",2,3', "3,4,5,6"), "line 5: 4 cells instead of 3"),
    "zero bytes": (lines("a,b,y", "1,2,3", "1,\0,3", "3,4,5"), "line 3 holds a zero byte"),
    "a workbook that was renamed": (workbook(), "is a workbook of Excel or an archive, not a table"),
    "bytes": (bytes(range(128, 256)) * 40 + b"\0\0", "holds a zero byte"),
    "one class": (lines("a,y", "1,x", "2,x", "3,x"), "the same in every row"),
    "another class in each row": (lines("a,y", *(f"{n},person {n}" for n in range(40))), "another word in every row"),
    "nothing": (b"\n\n", "is empty"),
    "a heading alone": (lines("a,b,y"), "0 rows without empty cells"),
    "one column": (lines("a", "1", "2", "3"), "only one column"),
    "a damaged number": (lines("a,y", *("1,2",) * 40, "1O,3"), "line 42, column 1 .a.: '1O' is not a number"),
    "no column but the target": (lines("id,y", *(f"{n},{n % 2}" for n in range(30))), "no column to learn from"),
    "a split column of other words": (lines("a,s,y", "1,train,2", "2,monday,3", "3,test,4"), "says 'monday'"),
    "nothing to train on": (lines("a,s,y", "1,test,2.5", "2,test,3", "3,test,4"), "names no row for training"),
}
OPTIONS: dict[str, dict[str, Value]] = {
    "a split column of other words": {"csv.split_column": "s"},
    "nothing to train on": {"csv.split_column": "s"},
}


def read(folder: Path, raw: bytes, options: dict[str, Value]) -> Dataset:
    (folder / "table.csv").write_bytes(raw)
    data: dict[str, Value] = {"source": "csv", "csv.path": "table.csv", **options}
    return read_source(resolve_data(Project(data=data)), folder)


@pytest.mark.parametrize("name", list(GOOD))
def test_an_awkward_table_is_read_rightly_and_what_was_decided_is_told(name: str, tmp_path: Path) -> None:
    case = GOOD[name]
    dataset = read(tmp_path, case.raw, case.options)
    features, target = dataset.fields
    assert features.columns == case.columns
    assert target.classes == case.classes
    rows = dataset.tensors["features"][: len(case.rows)]
    assert torch.allclose(rows, torch.tensor(case.rows, dtype=torch.float32), equal_nan=True)
    assert dataset.tensors[target.name].tolist() == pytest.approx(case.target)
    told = "\n".join(dataset.notes)
    for words in case.told:
        assert words in told
    assert dataset.plan is not None
    assert {row.name for row in dataset.plan.columns if row.role == "target"} == {target.name}


@pytest.mark.parametrize("name", list(BAD))
def test_a_table_that_cannot_be_used_gets_a_sentence_with_place_and_remedy(name: str, tmp_path: Path) -> None:
    raw, words = BAD[name]
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, raw, OPTIONS.get(name, {}))
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_large_table_is_looked_at_and_read_in_blocks_and_a_gap_at_its_end_is_seen(tmp_path: Path) -> None:
    rows = [f"{n / 7:.4f},{n % 11},{'red' if n % 3 else 'blue'},{n % 5 + 0.5}" for n in range(60_000)]
    rows[-1] = ",3,red,1.5"
    dataset = read(tmp_path, lines("a,b,colour,y", *rows), {})
    features = dataset.tensors["features"]
    assert features.shape == (60_000, 4)
    assert features[59_998].tolist() == pytest.approx([59_998 / 7, 59_998 % 11, 0, 1], rel=1e-5)
    assert bool(features[59_999, 0].isnan())
    assert "a: 1 empty cell becomes the middle value" in "\n".join(dataset.notes)
    assert dataset.plan is not None
    a, b, colour, _ = dataset.plan.columns
    assert (a.kind, a.missing, a.minimum, a.maximum) == ("number", 1, 0, pytest.approx(59_998 / 7, rel=1e-4))
    assert (b.distinct, b.minimum, b.maximum) == (11, 0, 10)
    assert colour.common == (("red", 40_000), ("blue", 20_000))


def test_a_damaged_cell_far_down_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f'{n},"two\nlines",{n % 2}' for n in range(12_000)]
    rows[11_000] = 'oops,"two\nlines",1'
    with pytest.raises(DataError, match=f"line {2 * 11_000 + 3}, column 1"):
        read(tmp_path, lines("a,b,y", *rows), {"csv.ignore": ("b",)})
