"""Expressions: what they compute, how they are written, and what they never do."""

from __future__ import annotations

import ast

import black
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.expressions import ExpressionError, evaluate, names_in, python_text, read, substituted
from graph.ops.spec import Value

NAMES: dict[str, Value] = {"a": 3, "b": 4, "flag": True, "word": "same", "sizes": (1, 2, 4)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=a * 2", 6),
        ("= (a + b) // 2 - 1", 2),
        ("=-a % b", 1),
        ("=a if flag else b", 3),
        ("=not flag", False),
        ("=a < b <= 4 and word == 'same'", True),
        ("=a > b or b", 4),
        ("=(a, b * 2)", (3, 8)),
        ("=sizes[-1]", 4),
        ("=max(a, b, 9)", 9),
        ("=2 ** a", 8),
        ("=-a ** 2 // (a + 1) ** 2", -1),
        ("=b ** -1", 0.25),
        ("=int(b / a)", 1),
        ("plain", "plain"),
        (("=a", 1, "x"), (3, 1, "x")),
    ],
)
def test_expressions_compute_as_python_does(text: Value, value: Value) -> None:
    assert evaluate(text, NAMES) == value
    assert type(evaluate(text, NAMES)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "=",
        "=a +",
        "=a ** 9 ** 9 ** 9",
        "=(a ** 9) ** 9",
        "=9 ** 999999999",
        "=(-a) ** 0.5",
        "=0 ** -1",
        "=1 << 99999",
        "='x' * 999999999",
        "=sizes * 999999999",
        "=[a for a in sizes]",
        "=lambda: 1",
        "=a.real",
        "=().__class__.__bases__",
        "=open('x')",
        "=max()",
        "=max(a, key=b)",
        "=f'{a}'",
        "=a := 1",
        "=9999999999999999999",
        "=9007199254740991 * 9",
        "=1e400",
        "=a / 0",
        "=a % 0",
        "=sizes[9]",
        "=a[0]",
        "=nowhere",
        "=" + "(" * 150 + ")" * 40,
        "=" + "-" * 190 + "1",
        "=" + "1+" * 400 + "1",
        "=word + 1",
        "=int('x')",
        "=\x00",
    ],
)
def test_what_is_no_expression_answers_with_a_sentence(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    assert str(caught.value)[-1] == "."


def test_names_are_found_written_and_replaced() -> None:
    assert names_in("=max(a, b) if flag else 1") == {"a", "b", "flag"}
    assert python_text("=a*( b+1 )", {"a": "self.a"}) == "self.a * (b + 1)"
    assert substituted("=a * 2", {"a": "=b + 1"}) == "=(b + 1) * 2"
    assert substituted("=a * 2", {"a": 4}) == 8
    assert substituted("=a", {"a": (1, 2)}) == (1, 2)
    assert substituted("=a if b == 0 else 1", {"a": 1}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2**a",
        "a**-1",
        "(a + 1) ** 2",
        "sizes[0] ** 2",
        "sizes[1**a]",
        "2 ** (a - 1)",
        "-(a**2)",
        "-(2 ** (a + b)) * b**2",
    ],
)
def test_powers_are_written_as_black_writes_them(text: str) -> None:
    written = python_text(f"={text}")
    assert black.format_str(f"x = {written}", mode=black.Mode()) == f"x = {written}\n"
    assert eval(written, dict(NAMES)) == evaluate(f"={text}", NAMES)


@given(st.text(alphabet="ab()[]+-*/%<>=! ,.'\"0123456789ifelsnotrd_:{}\\\n", max_size=60))
def test_hostile_text_is_refused_or_stays_within_its_grammar(text: str) -> None:
    try:
        tree = read(f"={text}")
    except ExpressionError:
        return
    kinds = {type(node) for node in ast.walk(tree)}
    assert not kinds & {ast.Attribute, ast.Lambda, ast.JoinedStr, ast.ListComp, ast.NamedExpr, ast.Await, ast.Starred}
    assert ast.dump(read(f"={python_text(f'={text}')}")) == ast.dump(tree)
