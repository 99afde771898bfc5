"""Values are written as people write them, and read back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING, ParamSpec, Value
from studio.widgets.values import read, stepped, written

INT = ParamSpec(name="n", type="int", label="Count", minimum=1, maximum=100)
FLOAT = ParamSpec(name="x", type="float")
INTS = ParamSpec(name="k", type="ints", choices=("same", "valid"))
NUMBERS = st.integers(-(10**9), 10**9)


@given(st.one_of(NUMBERS, st.tuples(NUMBERS), st.tuples(NUMBERS, NUMBERS), st.sampled_from(["same", "valid"])))
def test_what_is_written_is_read_back(value: Value) -> None:
    assert read(INTS, written(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_back_to_the_last_bit(value: float) -> None:
    assert read(FLOAT, written(value)) == value


def test_every_default_of_the_catalogue_is_read_back() -> None:
    catalog = load_catalog()
    tables = (catalog.ops, catalog.losses, catalog.optimizers, catalog.schedulers)
    for spec in (spec for table in tables for spec in table.values()):
        for param in spec.params:
            if param.default is MISSING or param.default == "" or param.type == "any":
                continue
            assert read(param, written(param.default)) == param.default, (spec.key, param.name)


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (INT, " 12 ", 12),
        (FLOAT, "3", 3.0),
        (FLOAT, "1e-3", 0.001),
        (INTS, "(3, 5)", (3, 5)),
        (INTS, "3×5", (3, 5)),
        (INTS, "[7]", 7),
        (INTS, "(7,)", (7,)),
        (ParamSpec(name="b", type="bool", optional=True), "off", False),
        (ParamSpec(name="b", type="int", optional=True), "none", None),
        (ParamSpec(name="k", type="ints", optional=True, none_word="as the window"), "As the window", None),
        (ParamSpec(name="k", type="ints", optional=True, none_word="as the window"), "none", None),
        (ParamSpec(name="w", type="str"), "any words", "any words"),
    ],
)
def test_several_ways_of_writing_are_understood(spec: ParamSpec, text: str, value: Value) -> None:
    found = read(spec, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("spec", "text", "sentence"),
    [
        (INT, "0", "Count must be at least 1, not 0."),
        (INT, "2.5", "Count must be a whole number, not 2.5."),
        (FLOAT, "inf", "x must be a finite number, not inf."),
        (FLOAT, "__import__('os')", "x must be a number, not \"__import__('os')\"."),
    ],
)
def test_what_does_not_fit_gets_a_sentence(spec: ParamSpec, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read(spec, text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("spec", "value", "steps", "after"),
    [
        (INT, 9, 1, 10),
        (INT, 1, -1, None),
        (FLOAT, 0.001, 1, 0.002),
        (FLOAT, 0.001, -1, 0.0009),
        (FLOAT, 0.009, 1, 0.01),
        (FLOAT, 0.0, 1, 0.1),
        (INTS, (3, 3), 1, None),
        (INT, True, 1, None),
    ],
)
def test_arrows_step_by_what_is_natural(spec: ParamSpec, value: Value, steps: int, after: Value) -> None:
    assert stepped(spec, value, steps) == after
