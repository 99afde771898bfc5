"""Writing expressions as `black` would: on one line where they fit into 88 columns, else one item a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graph.expressions import choice_of, is_expression, python_text
from graph.ops.spec import Value

WIDTH = 88
_STEP = 4


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is never broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Items between an opening (`nn.Linear(`, `[`, `padding=(`) and a closing bracket.

    `bare`: no comma after the last item, where it would make another thing of it (`x[0]`).
    """

    opening: str
    items: tuple[Piece, ...]
    closing: str
    bare: bool = False

    def __post_init__(self) -> None:
        assert self.opening[-1:] + self.closing in ("()", "[]", "{}")


@dataclass(frozen=True, slots=True)
class Infix:
    """Operands with one operator between them."""

    operator: str
    operands: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """An item for each of something: `element for name in source`, between brackets that a Group brings."""

    element: Piece
    head: str
    source: Piece


@dataclass(frozen=True, slots=True)
class Choice:
    """`one if condition else other`, with `name=` before it."""

    one: Piece
    condition: str
    other: Piece
    prefix: str = ""


Piece = Atom | Group | Infix | Loop | Choice


def flat(piece: Piece) -> str:
    """The piece on one line."""
    if isinstance(piece, Atom):
        return piece.text
    if isinstance(piece, Infix):
        sign = "**" if piece.operator == "**" else f" {piece.operator} "  # black hugs a power of simple operands
        return sign.join(operand.text for operand in piece.operands)
    if isinstance(piece, Loop):
        return f"{flat(piece.element)} {piece.head} {flat(piece.source)}"
    if isinstance(piece, Choice):
        return f"{piece.prefix}{flat(piece.one)} if {piece.condition} else {flat(piece.other)}"
    inner = ", ".join(flat(item) for item in piece.items)
    if len(piece.items) == 1 and _is_tuple(piece):
        inner += ","
    return f"{piece.opening}{inner}{piece.closing}"


def render(head: str, piece: Piece, indent: int, tail: str = "", *, explode: bool = False) -> str:
    """`head piece tail`, indented by `indent` columns, in as many lines as it needs."""
    margin = " " * indent
    line = f"{margin}{head}{flat(piece)}{tail}"
    if len(line) <= WIDTH and not explode:
        return line
    if isinstance(piece, Group) and len(piece.items) == 1 and isinstance(piece.items[0], Loop):
        loop = piece.items[0]
        inner = [f"{margin}    {flat(loop)}"]
        if len(inner[0]) > WIDTH:
            inner = [render("", loop.element, indent + _STEP), render(f"{loop.head} ", loop.source, indent + _STEP)]
        return "\n".join([f"{margin}{head}{piece.opening}", *inner, f"{margin}{piece.closing}{tail}"])
    if isinstance(piece, Choice):
        head, piece = head + piece.prefix, replace(piece, prefix="")
        whole = f"{margin}    {flat(piece)}"
        if len(whole) <= WIDTH:
            return "\n".join([f"{margin}{head}(", whole, f"{margin}){tail}"])
        parts = [("", piece.one), (f"if {piece.condition}", None), ("else ", piece.other)]
        rows = [f"{margin}    {text}" if part is None else render(text, part, indent + _STEP) for text, part in parts]
        return "\n".join([f"{margin}{head}(", *rows, f"{margin}){tail}"])
    if isinstance(piece, Group) and piece.items:
        is_head = tail.startswith(" ->")
        is_call = piece.opening.endswith("(") and (is_head or not _is_tuple(piece)) and not explode
        inside = f"{margin}    {', '.join(flat(item) for item in piece.items)}"
        if is_call and len(inside) <= WIDTH:
            return "\n".join([f"{margin}{head}{piece.opening}", inside, f"{margin}{piece.closing}{tail}"])
        alone = len(piece.items) == 1 and not _is_tuple(piece) and not explode
        comma = "" if piece.bare or alone else ","
        inner = [render("", item, indent + _STEP, comma) for item in piece.items]
        return "\n".join([f"{margin}{head}{piece.opening}", *inner, f"{margin}{piece.closing}{tail}"])
    if isinstance(piece, Infix):
        return _render_infix(head, piece, indent, tail)
    return line


def assign(targets: Sequence[str], piece: Piece, indent: int) -> str:
    """`targets = piece` in as many lines as it needs, also where the targets alone are too long for one."""
    margin, left = " " * indent, ", ".join(targets)
    lines = render(f"{left} = ", piece, indent)
    if len(targets) == 1 or len(lines.split("\n")[0]) <= WIDTH:
        return lines
    if isinstance(piece, Group) and "[" in piece.opening[:-1]:  # `nets["name"](`: black breaks the first bracket it can
        begin, _, key = piece.opening.partition("[")
        key, _, rest = key.partition("]")
        if len(f"{margin}{left} = {begin}[") <= WIDTH:
            called = render("", Group(f"]{rest}", piece.items, piece.closing), indent)
            return "\n".join([f"{margin}{left} = {begin}[", f"{margin}{' ' * _STEP}{key}", called])
    if len(f"{margin}{left} = (") <= WIDTH:
        return "\n".join([f"{margin}{left} = (", render("", piece, indent + _STEP), f"{margin})"])
    rows = [f"{margin}{' ' * _STEP}{one}," for one in targets]
    return "\n".join([f"{margin}(", *rows, render(") = ", piece, indent)])


def _render_infix(head: str, piece: Infix, indent: int, tail: str) -> str:
    margin, inner = " " * indent, " " * (indent + _STEP)
    body = [inner + flat(piece)]
    if len(body[0]) > WIDTH and piece.operator != "**":
        first, *rest = (operand.text for operand in piece.operands)
        body = [inner + first, *(f"{inner}{piece.operator} {operand}" for operand in rest)]
    return "\n".join([f"{margin}{head}(", *body, f"{margin}){tail}"])


def literal(value: Value, prefix: str = "") -> Piece:
    """A value as source text, with `name=` before it."""
    if isinstance(value, tuple):
        return Group(f"{prefix}(", tuple(literal(item) for item in value), ")")
    if isinstance(value, str):
        return Atom(prefix + quoted(value))
    return Atom(prefix + repr(value))


def written(value: Value, prefix: str = "", names: Mapping[str, str] | None = None) -> Piece:
    """A value as source text; an expression in it as code, with other names for its parameters as `names` says."""
    if not is_expression(value):
        return literal(value, prefix)
    if isinstance(value, tuple):
        return Group(f"{prefix}(", tuple(written(item, "", names) for item in value), ")")
    text = python_text(str(value), names)
    if (parts := choice_of(text)) is None:
        return Atom(prefix + text)
    one, condition, other = parts
    return Choice(Atom(one), condition, Atom(other), prefix)


def quoted(text: str) -> str:
    """A string literal with the quotes that `black` prefers: double ones, unless single ones save a backslash."""
    single = repr("'\"" + text)[4:-1]  # repr was made to escape ' and nothing else of the two
    inner_double = single.replace("\\'", "'").replace('"', '\\"')
    if inner_double.count("\\") <= single.count("\\"):
        return f'"{inner_double}"'
    return f"'{single}'"


def plain_text(text: str, most: int = 80) -> str:
    """Text that can stand in a docstring or comment: one line, printable, and no sign that means something there."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    safe = words.replace("\\", "/").replace('"', "'")
    return safe if len(safe) <= most else f"{safe[: most - 3]}..."


def _is_tuple(group: Group) -> bool:
    return group.opening == "(" or group.opening.endswith("=(")
