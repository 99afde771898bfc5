"""A module's text as a person wants to read it, without type hints or comments; Python does the same with it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph.pretty import WIDTH, Atom, Group, render

_FOR_TOOLS = re.compile(r"#\s*(type:|noqa)")
_RECORDS = frozenset({"NamedTuple", "TypedDict", "Protocol", "dataclass"})
"""What makes a class of which the annotations are what it is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeStyle:
    """What generated code says beside what it does; without comments the first words of docstrings stay."""

    hints: bool = True
    comments: bool = True


@dataclass(frozen=True, slots=True)
class Styled:
    """A text, and for each line of the text it was made from (1-based) the lines that it became."""

    text: str
    rows: Mapping[int, tuple[int, ...]]

    def lines(self, lines: Mapping[str, Iterable[int]]) -> dict[str, tuple[int, ...]]:
        """Lines by node, of the text it was made from, as lines of this one."""
        moved = {uid: {new for old in known for new in self.rows.get(old, ())} for uid, known in lines.items()}
        return {uid: tuple(sorted(numbers)) for uid, numbers in moved.items()}


def styled(text: str, style: CodeStyle, own: Collection[int] = ()) -> Styled:
    """The text in a style; where the style leaves nothing out it is the same text.

    `own` are lines that a person wrote, which stay as they are.
    """
    page = _Page.of(text, frozenset(own))
    if not style.comments:
        page = page.changed(_without_comments(page.text))
    if not style.hints:
        page = page.changed(_without_hints(page.text))
        while (after := page.changed(_unused(page.text, text))).text != page.text:
            page = after
    rows: dict[int, list[int]] = {}
    for new, olds in enumerate(page.sources, 1):
        for old in olds:
            rows.setdefault(old, []).append(new)
    return Styled(page.text, {old: tuple(news) for old, news in rows.items()})


@dataclass(frozen=True, slots=True)
class _Change:
    """Other rows in place of those from `first` to `last`, 1-based and both included."""

    first: int
    last: int
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows, and the lines of the first text that each of them comes from."""

    rows: Sequence[str]
    sources: Sequence[tuple[int, ...]]
    kept: frozenset[int]

    @staticmethod
    def of(text: str, kept: frozenset[int]) -> _Page:
        rows = text.split("\n")
        return _Page(rows, [(number,) for number in range(1, len(rows) + 1)], kept)

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def changed(self, changes: Iterable[_Change]) -> _Page:
        """The page with changes, which do not overlap; where rows go, the space around them closes."""
        rows, sources = list(self.rows), list(self.sources)
        for change in sorted(changes, key=lambda one: -one.first):
            first, last = change.first - 1, change.last
            if any(old in self.kept for part in sources[first:last] for old in part):
                continue
            came = [tuple(sorted({old for part in sources[first:last] for old in part}))] * len(change.rows)
            if len(change.rows) == last - first:
                came = sources[first:last]  # row for row
            rows[first:last], sources[first:last] = change.rows, came
            if not change.rows:
                above = _empty_rows(rows[:first][::-1])
                below = _empty_rows(rows[first:])
                gone = min(above, below)
                del rows[first : first + gone], sources[first : first + gone]
        return _Page(rows, sources, self.kept)


def _empty_rows(rows: Sequence[str]) -> int:
    return next((count for count, row in enumerate(rows) if row), len(rows))


def _without_comments(text: str) -> Iterator[_Change]:
    """Comments go, those that speak to a type checker or linter stay; of a docstring its first paragraph stays."""
    rows = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not _FOR_TOOLS.match(token.string):
            number, column = token.start
            before = rows[number - 1][:column].rstrip()
            yield _Change(number, number, (before,) if before else ())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _short_docstring(node, rows)


def _short_docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, rows: Sequence[str]
) -> Iterator[_Change]:
    said = node.body[0] if node.body and ast.get_docstring(node) is not None else None
    if said is None or said.end_lineno is None or said.end_lineno == said.lineno:
        return
    paragraph = rows[said.lineno - 1 : said.end_lineno]
    end = next((at for at, row in enumerate(paragraph) if not row.strip()), 0)
    quotes = paragraph[0].strip()[:3]
    if not end or quotes != '"""':
        return
    *before, row = paragraph[:end]
    if len(row) + len(quotes) > WIDTH:
        row, _, word = row.rpartition(" ")
        before, row = [*before, row], " " * said.col_offset + word
    yield _Change(said.lineno, said.lineno + end - 1, (*before, row + quotes))
    yield _Change(said.lineno + end, said.end_lineno)


def _without_hints(text: str) -> Iterator[_Change]:
    rows = text.split("\n")
    tree = ast.parse(text)
    fields = {
        id(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_record(node) for one in node.body
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _bare_head(node, rows)
        elif isinstance(node, ast.AnnAssign) and id(node) not in fields:
            yield from _bare_assignment(node, rows)


def _is_record(node: ast.ClassDef) -> bool:
    makers = [*node.bases, *(one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)]
    names = {
        one.id if isinstance(one, ast.Name) else one.attr for one in makers if isinstance(one, ast.Name | ast.Attribute)
    }
    return bool(names & _RECORDS) or all(isinstance(one, ast.AnnAssign | ast.Expr) for one in node.body)


def _bare_head(node: ast.FunctionDef | ast.AsyncFunctionDef, rows: Sequence[str]) -> Iterator[_Change]:
    """The head of a function by names and defaults alone; a head with comments in it stays as it is."""
    last = _end_of_head(node, rows)
    if not last or node.body[0].lineno <= last:
        return
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    items = tuple(Atom(one) for one in _arguments(node.args, rows))
    head = render("", Group(f"{word} {node.name}(", items, ")"), node.col_offset, ":")
    yield _Change(node.lineno, last, tuple(head.split("\n")))


def _end_of_head(node: ast.FunctionDef | ast.AsyncFunctionDef, rows: Sequence[str]) -> int:
    """The line of the colon that ends the head; 0 where a comment stands in the head."""
    depth = 0
    text = "\n".join(rows[node.lineno - 1 : node.body[0].end_lineno]) + "\n"
    for token in tokenize.generate_tokens(io.StringIO(text.lstrip()).readline):
        if token.type == tokenize.COMMENT:
            return 0
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and not depth:
                is_alone = not token.line[token.end[1] :].strip()
                return node.lineno + token.start[0] - 1 if is_alone else 0
    return 0


def _arguments(arguments: ast.arguments, rows: Sequence[str]) -> Iterator[str]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    for place, (one, default) in enumerate(zip(plain, [*defaults, *arguments.defaults], strict=True), 1):
        yield _argument(one, default, rows)
        if place == len(arguments.posonlyargs):
            yield "/"
    if arguments.vararg is not None:
        yield f"*{arguments.vararg.arg}"
    elif arguments.kwonlyargs:
        yield "*"
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _argument(one, default, rows)
    if arguments.kwarg is not None:
        yield f"**{arguments.kwarg.arg}"


def _argument(one: ast.arg, default: ast.expr | None, rows: Sequence[str]) -> str:
    if default is None:
        return one.arg
    if default.lineno != default.end_lineno:
        return f"{one.arg}={ast.unparse(default)}"
    raw = rows[default.lineno - 1].encode()[default.col_offset : default.end_col_offset]
    return f"{one.arg}={raw.decode()}"


def _bare_assignment(node: ast.AnnAssign, rows: Sequence[str]) -> Iterator[_Change]:
    """`name = value` for `name: kind = value`; nothing for `name: kind`."""
    assert node.end_lineno is not None
    first, last = node.lineno, node.end_lineno
    if node.value is None:
        yield _Change(first, last)
        return
    kind = node.annotation
    assert kind.end_lineno is not None
    assert kind.end_col_offset is not None
    margin = rows[first - 1][: _column(rows[first - 1], node.col_offset)]
    row = rows[kind.end_lineno - 1]
    rest = row[_column(row, kind.end_col_offset) :]
    yield _Change(first, last, _joined((f"{margin}{ast.unparse(node.target)}{rest}", *rows[kind.end_lineno : last])))


def _joined(rows: tuple[str, ...]) -> tuple[str, ...]:
    """Rows of one statement on one row where they fit, as black would, unless the last comma asks for several."""
    whole = rows[0]
    for row in rows[1:]:
        closes = row.lstrip()[0] in ")]}"
        if closes and whole.endswith(","):
            return rows
        whole += row.lstrip() if closes or whole[-1] in "([{" else f" {row.lstrip()}"
    return (whole,) if len(whole) <= WIDTH else rows


def _column(row: str, offset: int) -> int:
    """A place in a row that was told in bytes."""
    return len(row.encode()[:offset].decode())


def _unused(text: str, before: str) -> Iterator[_Change]:
    """Imports and names of types that hints alone used."""
    rows = text.split("\n")
    tree = ast.parse(text)
    gone = _used(ast.parse(before)) - _used(tree)
    for node in tree.body:
        assert node.end_lineno is not None
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [one for one in node.names if (one.asname or one.name).partition(".")[0] not in gone]
            if len(kept) == len(node.names):
                continue
            row = rows[node.lineno - 1]
            listed = ", ".join(f"{one.name} as {one.asname}" if one.asname else one.name for one in kept)
            comment = row.partition("  #")[1] + row.partition("  #")[2]
            changed = (f"{row.partition(' import ')[0]} import {listed}{comment}",) if kept else ()
            yield _Change(node.lineno, node.end_lineno, changed)
        elif isinstance(node, ast.Assign) and all(isinstance(one, ast.Name) and one.id in gone for one in node.targets):
            yield _Change(node.lineno, node.end_lineno)


def _used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
