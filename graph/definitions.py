"""Definitions: source text of a function or class that generated code holds, split into imports and body by reading."""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graph.errors import LoomError

GIVEN: Final = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "Tensor": "torch.Tensor",
}
"""The names that every definition may use without an import, and what they mean."""

_LIBRARIES: Final = frozenset({*sys.stdlib_module_names, "torch"} - {"__future__"})
_BUILTIN: Final = frozenset(dir(builtins))
_VARIABLES: Final = frozenset({"layer", "each_layer", "x", "h", "z", "value", "current", "index", "self"})
"""Names that generated code gives to variables itself."""

_WIDTH: Final = 88
_TOO_MUCH: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
Definable = ast.FunctionDef | ast.ClassDef


class TextFault(LoomError):  # noqa: N818  # it is a finding that is handed on, not only raised
    """What keeps a text from being a definition, and the line, 1-based."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line, self.message = line, message


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """`import module as alias`, or `from module import name as alias`; without an alias it is called as it is."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        """The name that it gives to what it brings."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def origin(self) -> str:
        """What that name means, as a dotted name."""
        if self.name:
            return f"{self.module}.{self.name}"
        return self.module if self.alias else self.module.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A text taken apart: what a node calls, all names it binds, its imports, and the lines that are left.

    `numbers` are the lines of the text that the lines of `body` were, 1-based.
    """

    node: Definable
    names: frozenset[str]
    imports: tuple[Import, ...]
    body: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def called(self) -> str:
        """The name of the function or class."""
        return self.node.name


@lru_cache(maxsize=256)
def definition_of(text: str) -> Definition:
    """The definition that a text holds, which is read and never run; TextFault says what is wrong with it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(plain)
            table = symtable.symtable(plain, "<text>", "exec")
        except SyntaxError as problem:
            raise TextFault(problem.lineno or 1, f"this is not Python ({problem.msg}).") from None
        except _TOO_MUCH:
            raise TextFault(1, "this is not Python, or nested too deeply.") from None
    imports = tuple(_imports(tree))
    names = frozenset(
        one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_namespace() or one.is_imported()
    )
    node = _called(tree)
    brought = {one.bound for one in imports}
    _check_names(tree, names - brought, node.name)
    used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}
    lacking = sorted(used & GIVEN.keys() - names)
    body, numbers = _body(plain.split("\n"), tree)
    return Definition(
        node=node,
        names=names - brought,
        imports=tuple(sorted({*imports, *(_given(name) for name in lacking)})),
        body=body,
        numbers=numbers,
    )


def clashes(definitions: Sequence[Definition], classes: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """The places of definitions that cannot stand in one file with those before them or with classes, and why."""
    owners = dict.fromkeys(classes, "a network")
    bound: dict[str, str] = {}
    for place, one in enumerate(definitions):
        for name in sorted(one.names):
            if name in owners:
                yield place, f"{one.called} and {owners[name]} both become {name} in the code; rename one of them."
            elif name in bound:
                yield place, f"{one.called} holds {name}, which stands for {bound[name]} in the code; rename it."
        owners |= dict.fromkeys(one.names, one.called)
        for row in one.imports:
            if row.bound in owners:
                yield place, f"{one.called} imports {row.bound}, which {owners[row.bound]} holds; rename one of them."
            elif bound.setdefault(row.bound, row.origin) != row.origin:
                known = bound[row.bound]
                yield place, f"{one.called} imports {row.origin}, but {row.bound} stands for {known} in another text."


def import_lines(imports: Iterable[Import]) -> Iterator[str]:
    """The lines that bring these, of Python's own library first, sorted as `isort` does."""
    every = set(imports)
    sections = ({one for one in every if not _is_torch(one)}, {one for one in every if _is_torch(one)})
    for place, section in enumerate(sections):
        if place and section and sections[0]:
            yield ""
        for one in sorted(one for one in section if not one.name):
            yield f"import {one.module}" + (f" as {one.alias}" if one.alias else "")
        for module in sorted({one.module for one in section if one.name}):
            rows = [one for one in section if one.module == module and one.name]
            plain = sorted({one.name for one in rows if not one.alias}, key=_member_order)
            if plain:
                yield _from_line(module, plain)
            for one in sorted(one for one in rows if one.alias):
                yield f"from {module} import {one.name} as {one.alias}"


def _from_line(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _member_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then all others."""
    is_constant = name.isupper() and len(name) > 1
    return (0 if is_constant else 1 if name[:1].isupper() else 2), name


def _is_torch(one: Import) -> bool:
    return one.module.partition(".")[0] == "torch"


def _given(name: str) -> Import:
    """The import of a name that needs none, as generated code writes it."""
    module, _, last = GIVEN[name].rpartition(".")
    return Import(module, last, "" if last == name else name) if module else Import(name)


def _imports(tree: ast.Module) -> Iterator[Import]:
    """The imports at the top of a text; those inside of functions are looked at, too, but stay where they are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _check_library(node, alias.name)
        elif isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                raise TextFault(node.lineno, "an import cannot begin with a dot: this text is no file of a package.")
            _check_library(node, node.module)
            if node.names[0].name == "*":
                raise TextFault(node.lineno, f"name what you import from {node.module}, instead of *.")
    for node in tree.body:
        if isinstance(node, ast.Import):
            rows = [Import(one.name, "", one.asname or "") for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            rows = [Import(node.module or "", one.name, one.asname or "") for one in node.names]
        else:
            continue
        for row in rows:
            row = Import(row.module, row.name, "") if row.alias in (row.name, row.module) else row
            if row.bound not in GIVEN:
                yield row
            elif row.origin != GIVEN[row.bound]:
                raise TextFault(node.lineno, f"{row.bound} always means {GIVEN[row.bound]}; import it as another name.")
            else:
                yield row if row.module.startswith("torch.") and not row.alias and not row.name else _given(row.bound)


def _check_library(node: ast.stmt, module: str) -> None:
    if module.partition(".")[0] not in _LIBRARIES:
        sentence = f"{module} cannot be imported: where the code runs, only torch and Python's own library are sure."
        raise TextFault(node.lineno, sentence)


def _called(tree: ast.Module) -> Definable:
    """The one public function or class; what else may stand beside it is private or a constant."""
    found: list[Definable] = []
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found += [] if node.name.startswith("_") else [node]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not place:
            continue  # words about the text
        elif not isinstance(node, ast.Import | ast.ImportFrom) and not _is_constant(node):
            raise TextFault(node.lineno, "only imports, functions, classes and constants may stand here.")
    if not found:
        raise TextFault(1, "there is no function (def) or class yet that the node could call.")
    if len(found) > 1:
        other = found[1]
        raise TextFault(
            other.lineno, f"{other.name} is a second one beside {found[0].name}; call what only helps _{other.name}."
        )
    return found[0]


def _is_constant(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return bool(targets) and all(isinstance(one, ast.Name) for one in targets)


def _check_names(tree: ast.Module, names: Iterable[str], called: str) -> None:
    lines: dict[str, int] = {}
    for one in ast.walk(tree):
        name = getattr(one, "name", None) or getattr(one, "id", None)
        if isinstance(one, ast.stmt | ast.expr) and isinstance(name, str):
            lines.setdefault(name, one.lineno)
    for name in sorted(names):
        line = lines.get(name, 1)
        if name in _BUILTIN or name in GIVEN or name.startswith("__") or (name == called and name in _VARIABLES):
            raise TextFault(line, f"{name} already means something in the generated code; choose another name.")
        if not name.isascii():
            raise TextFault(line, f"{name} has letters that other programs may not read; use a to z.")


def _body(rows: Sequence[str], tree: ast.Module) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The lines without the imports, as they were written, and their numbers."""
    left_out: set[int] = set()
    held: set[int] = set()
    for node in tree.body:
        numbers = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        if (left_out | held) & set(numbers) and (is_import or left_out & set(numbers)):
            raise TextFault(node.lineno, "put an import on a line of its own.")
        (left_out if is_import else held).update(numbers)
    kept = [number for number in range(1, len(rows) + 1) if number not in left_out]
    while kept and not rows[kept[0] - 1].strip():
        kept.pop(0)
    while kept and not rows[kept[-1] - 1].strip():
        kept.pop()
    return tuple(rows[number - 1] for number in kept), tuple(kept)
