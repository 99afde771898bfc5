"""The drawings that ship are what their script draws, and nothing is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.blocks import catalog_of
from graph.check import check
from graph.files import dump, read
from graph.ops.catalog import load_catalog
from make import EXAMPLES, FOLDER


def test_every_file_is_drawn_by_the_script() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.loom")) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_what_the_script_draws(name: str) -> None:
    assert (FOLDER / f"{name}.loom").read_text(encoding="utf-8") == dump(EXAMPLES[name]())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_has_no_problem(name: str) -> None:
    project = read(Path(FOLDER / f"{name}.loom"))
    assert check(catalog_of(load_catalog(), project), project) == ()
