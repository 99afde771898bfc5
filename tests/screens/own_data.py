"""A person's own data in the window: a table with its columns, a folder of pictures, and a file that is gone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from steps import open_nothing, wait_for_analysis

from graph.edits import SetSetting
from stage import Stage

Pictures = Iterator[str]


def table(stage: Stage) -> Pictures:
    """A table of houses, some of its cells empty; then it is moved away."""
    open_nothing(stage)
    path = _houses(stage.folder)
    session = stage.session
    session.own_data.take(str(path))
    wait_for_analysis(stage)
    session.navigation.show_inspector("data")
    yield "table"
    stage.scroll_down(session.panels.data)
    yield "table-below"
    path.rename(path.with_name("houses of last year.csv"))
    session.document.apply(SetSetting(section="data", key="split.seed", value=1))
    stage.wait(lambda: bool(session.parts.bars.text("find")), "the question where it is")
    yield "table-gone"


def pictures(stage: Stage) -> Pictures:
    """A folder with one folder of pictures for each class."""
    open_nothing(stage)
    session = stage.session
    session.own_data.take(str(_shapes(stage.folder / "shapes")))
    wait_for_analysis(stage)
    session.navigation.show_inspector("data")
    yield "pictures"
    stage.scroll_down(session.panels.data)
    yield "pictures-below"


def _houses(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(0)
    path = folder / "houses.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "area", "rooms", "town", "year_of_the_last_renovation", "sold", "price"))
        for number in range(240):
            area = float(chance.uniform(35, 210))
            rooms = max(1, round(area / 28 + chance.normal()))
            year = "" if number % 9 == 0 else int(chance.integers(1950, 2024))
            town = chance.choice(["Bern", "Genf", "Basel", "Chur"])
            price = 2_000 * area + 15_000 * rooms + 20_000 * chance.normal()
            sold = ["yes", "no"][number % 2]
            rows.writerow((number, f"{area:.1f}", rooms, town, year, sold, f"{price:.0f}"))
    return path


def _shapes(folder: Path) -> Path:
    chance = np.random.default_rng(0)
    y, x = np.mgrid[:48, :48]
    for name in ("circle", "square", "stripe"):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            left, top, size = (int(v) for v in chance.integers((14, 14, 8), (34, 34, 14)))
            inside = {
                "circle": (x - left) ** 2 + (y - top) ** 2 < size**2,
                "square": (abs(x - left) < size) & (abs(y - top) < size),
                "stripe": abs(x + y - left - top) < size // 2,
            }[name]
            pixels = np.where(inside[..., None], chance.integers(120, 255, 3), chance.integers(0, 60, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number:02}.png")
    return folder


STATES = (table, pictures)
