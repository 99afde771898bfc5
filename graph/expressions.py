"""Expressions over the parameters of a block, `=channels * 2`: a small grammar with limits, never `eval`.

A setting whose text begins with `=` is an expression. It is read by Python's own parser, of which only a few forms are
let through, computed by this module, and written into generated code in the same form.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from graph.errors import LoomError
from graph.ops.spec import Value

SIGN: Final = "="
MAX_LENGTH: Final = 200
MAX_NUMBER: Final = 2**53
_MAX_POWER: Final = 64
_MAX_ITEMS: Final = 64
_MAX_DEPTH: Final = 24

_Number = int | float


def _power(base: _Number, exponent: _Number) -> _Number:
    if not -_MAX_POWER <= exponent <= _MAX_POWER:
        raise ValueError(f"the power must be at most {_MAX_POWER}")
    found = base**exponent
    if isinstance(found, complex):
        raise ValueError("a number below zero has no such power")
    return found


_ARITHMETIC: Final[Mapping[type[ast.operator], tuple[str, Callable[[_Number, _Number], _Number]]]] = {
    ast.Add: ("+", lambda a, b: a + b),
    ast.Sub: ("-", lambda a, b: a - b),
    ast.Mult: ("*", lambda a, b: a * b),
    ast.Div: ("/", lambda a, b: a / b),
    ast.FloorDiv: ("//", lambda a, b: a // b),
    ast.Mod: ("%", lambda a, b: a % b),
    ast.Pow: ("**", _power),
}
_ORDER: Final[Mapping[type[ast.cmpop], Callable[[_Number, _Number], bool]]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
FUNCTIONS: Final[Mapping[str, Callable[..., _Number]]] = {"max": max, "min": min, "int": int, "round": round}


class ExpressionError(LoomError):
    """An expression cannot be read, or has no value; the message begins with its text."""


def is_expression(value: object) -> bool:
    """Whether a value is an expression, or holds one."""
    if isinstance(value, tuple):
        return any(is_expression(item) for item in value)
    return isinstance(value, str) and value.startswith(SIGN)


def names_in(value: Value) -> frozenset[str]:
    """The parameters that a value's expressions speak of; nothing for one that cannot be read."""
    if isinstance(value, tuple):
        return frozenset().union(*(names_in(item) for item in value))
    if not isinstance(value, str) or not is_expression(value):
        return frozenset()
    try:
        tree = read(value)
    except ExpressionError:
        return frozenset()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return frozenset(names - calls)


def expressions_in(value: Value) -> tuple[str, ...]:
    """The expressions that a value is or holds."""
    if isinstance(value, tuple):
        return tuple(text for item in value for text in expressions_in(item))
    return (value,) if isinstance(value, str) and is_expression(value) else ()


def evaluate(value: Value, names: Mapping[str, Value]) -> Value:
    """The value with its expressions computed from these parameters; ExpressionError says why there is none."""
    if isinstance(value, tuple):
        return tuple(evaluate(item, names) for item in value)
    if not isinstance(value, str) or not is_expression(value):
        return value
    tree = read(value)
    try:
        return _value(tree, names)
    except ZeroDivisionError:
        raise ExpressionError(f"{_shown(value)} divides by zero.") from None
    except (TypeError, ValueError, OverflowError) as problem:
        raise ExpressionError(f"{_shown(value)} has no value: {problem}.") from None


def is_true(value: Value) -> bool:
    """Whether a condition with this value holds."""
    return bool(value)


@lru_cache(maxsize=4096)
def read(text: str) -> ast.expr:
    """The syntax tree of an expression with its `=`; ExpressionError when it says more than it may."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"{_shown(text)} is longer than {MAX_LENGTH} characters, the most an expression may be.")
    try:
        tree = ast.parse(text.removeprefix(SIGN).strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"{_shown(text)} cannot be read. Write it such as channels * 2.") from None
    _admit(tree, text, 0)
    return tree


def python_text(value: str, names: Mapping[str, str] | None = None) -> str:
    """An expression as it is written in code, with other names for its parameters where `names` gives them."""
    tree = ast.parse(ast.unparse(read(value)), mode="eval").body  # a copy
    return ast.unparse(_Hugged().visit(_Renamed(names or {}).visit(tree)))


def choice_of(text: str) -> tuple[str, str, str] | None:
    """What `one if condition else other` is made of, each as it is written there; None where it is no such choice."""
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.IfExp) or tree.test.end_col_offset is None:
        return None
    raw, begin, end = text.encode(), tree.test.col_offset, tree.test.end_col_offset
    one, _, opened = raw[:begin].decode().rpartition(" if ")
    closed, _, other = raw[end:].decode().partition(" else ")
    return one, opened + raw[begin:end].decode() + closed, other


def substituted(value: Value, given: Mapping[str, Value]) -> Value:
    """The value with literals or other expressions in the place of parameters."""
    if isinstance(value, tuple):
        return tuple(substituted(item, given) for item in value)
    if not isinstance(value, str) or not is_expression(value):
        return value
    tree = ast.parse(ast.unparse(read(value)), mode="eval").body
    made = _Replaced(given).visit(tree)
    text = SIGN + ast.unparse(made)
    if names_in(text):
        return text
    try:
        made = evaluate(text, {})
    except ExpressionError:
        return text
    is_reckoned = isinstance(made, float) and isinstance(read(text), ast.BinOp)
    return text if is_reckoned else made  # 0.2 * 3 / 16 says more than 0.037500000000000006


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast asks for this name
        return ast.Name(id=self._names.get(node.id, node.id), ctx=ast.Load())


class _Hugged(ast.NodeTransformer):
    """Powers of what is simple without spaces, `2**index`, as people and `black` write them."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:  # ast asks for this name
        if isinstance(node.op, ast.Pow) and _is_simple(node.left) and _is_simple(node.right):
            return ast.Name(id=f"{ast.unparse(node.left)}**{ast.unparse(node.right)}", ctx=ast.Load())
        self.generic_visit(node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:  # ast asks for this name
        if isinstance(node.op, ast.USub) and _is_power(node.operand):
            return ast.Name(id=f"-({ast.unparse(self.visit(node.operand))})", ctx=ast.Load())
        self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:  # ast asks for this name
        node.slice = self.visit(node.slice)
        return node


def _is_power(tree: ast.expr) -> bool:
    if isinstance(tree, ast.UnaryOp):
        return _is_power(tree.operand)
    return isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow)


def _is_simple(tree: ast.expr) -> bool:
    if isinstance(tree, ast.UnaryOp):
        tree = tree.operand if isinstance(tree.op, ast.USub) and isinstance(tree.operand, ast.Constant) else tree
    return isinstance(tree, ast.Name) or (isinstance(tree, ast.Constant) and isinstance(tree.value, int | float))


class _Replaced(ast.NodeTransformer):
    def __init__(self, given: Mapping[str, Value]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast asks for this name
        if node.id not in self._given:
            return node
        value = self._given[node.id]
        if isinstance(value, str) and is_expression(value):
            return ast.parse(ast.unparse(read(value)), mode="eval").body  # a copy of what was let through
        return ast.parse(repr(value), mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:  # ast asks for this name
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.Constant(value=int(left)), right=ast.Constant(value=int(right))):
                if isinstance(node.op, ast.Add | ast.Sub | ast.Mult) and (made := _whole(node.op, left, right)) >= 0:
                    return ast.Constant(made)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:  # ast asks for this name
        self.generic_visit(node)
        return node.body if ast.dump(node.body) == ast.dump(node.orelse) else node


def _whole(op: ast.operator, left: int, right: int) -> int:
    """The sum, difference or product of two whole numbers; -1 where it is too large to be written."""
    made = _ARITHMETIC[type(op)][1](left, right)
    return int(made) if made <= MAX_NUMBER else -1


def _shown(text: str) -> str:
    inner = text.removeprefix(SIGN).strip()
    return inner if len(inner) <= 60 else f"{inner[:57]}..."


def _admit(tree: ast.AST, text: str, depth: int) -> None:
    """Only numbers, words, names, arithmetic, comparisons, conditions, tuples and a few functions pass."""

    def refuse(why: str) -> ExpressionError:
        return ExpressionError(f"{_shown(text)} {why}")

    if depth > _MAX_DEPTH:
        raise refuse("is nested too deep.")
    match tree:
        case ast.Constant(value=value):
            if value is not None and not isinstance(value, bool | int | float | str):
                raise refuse("holds something that is neither a number nor a word.")
            if isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
                raise refuse("holds a number that is too large.")
        case ast.Name():
            pass
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) not in _ARITHMETIC:
                raise refuse("uses a sign that is not known here; use + - * / // % **.")
            if isinstance(op, ast.Pow) and (_is_power(left) or _is_power(right)):
                raise refuse("raises to a power twice; once is enough.")
            _admit(left, text, depth + 1)
            _admit(right, text, depth + 1)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            _admit(operand, text, depth + 1)
        case ast.BoolOp(values=values):
            for part in values:
                _admit(part, text, depth + 1)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(type(op) not in _ORDER and not isinstance(op, ast.Eq | ast.NotEq) for op in ops):
                raise refuse("compares with a word that is not known here; use == != < <= > >=.")
            for part in (left, *others):
                _admit(part, text, depth + 1)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            for part in (test, body, orelse):
                _admit(part, text, depth + 1)
        case ast.Tuple(elts=items) if len(items) <= _MAX_ITEMS:
            for part in items:
                _admit(part, text, depth + 1)
        case ast.Subscript(value=inner, slice=place):
            _admit(inner, text, depth + 1)
            _admit(place, text, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            for part in args:
                _admit(part, text, depth + 1)
        case _:
            raise refuse(
                "says more than an expression may: use names of parameters, numbers, + - * / // % **, comparisons, "
                "`a if b else c`, min, max, int and round."
            )


def _value(tree: ast.expr, names: Mapping[str, Value]) -> Value:
    match tree:
        case ast.Constant(value=value):
            assert value is None or isinstance(value, bool | int | float | str)
            return value
        case ast.Name(id=name):
            if name not in names:
                raise ExpressionError(f"There is no parameter called {name!r} here.")
            return names[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _bounded(_ARITHMETIC[type(op)][1](_number(_value(left, names)), _number(_value(right, names))))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not is_true(_value(operand, names))
        case ast.UnaryOp(operand=operand):
            return -_number(_value(operand, names))
        case ast.BoolOp(op=op, values=values):
            found: Value = None
            for part in values:
                found = _value(part, names)
                if is_true(found) != isinstance(op, ast.And):
                    return found
            return found
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(_value(left, names), ops, [_value(part, names) for part in others])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if is_true(_value(test, names)) else orelse, names)
        case ast.Tuple(elts=items):
            return tuple(_value(item, names) for item in items)
        case ast.Subscript(value=inner, slice=place):
            return _item(_value(inner, names), _value(place, names))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _bounded(FUNCTIONS[name](*(_number(_value(part, names)) for part in args)))
    raise AssertionError(f"{type(tree).__name__} was not admitted")


def _number(value: Value) -> _Number:
    if isinstance(value, int | float):
        return value
    raise TypeError(f"{value!r} is not a number")


def _bounded(value: _Number) -> _Number:
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueError("the number is too large")
    return value


def _compared(left: Value, ops: list[ast.cmpop], others: list[Value]) -> bool:
    for op, right in zip(ops, others, strict=True):
        if isinstance(op, ast.Eq | ast.NotEq):
            holds = (left == right) == isinstance(op, ast.Eq)
        else:
            holds = _ORDER[type(op)](_number(left), _number(right))
        if not holds:
            return False
        left = right
    return True


def _item(value: Value, place: Value) -> Value:
    if not isinstance(value, tuple):
        raise TypeError(f"{value!r} has no parts")
    if not isinstance(place, int) or isinstance(place, bool) or not -len(value) <= place < len(value):
        raise ValueError(f"there is no part {place!r} of {len(value)}")
    return value[place]
