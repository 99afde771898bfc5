"""Freezes torch's own signatures and argument docs: `python -m graph.ops.sync [--check]`."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import re
import sys
import typing
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from types import NoneType, UnionType
from typing import Any

from graph.ops.catalog import CALLABLE_ROWS, OP_ROWS
from graph.ops.row import CallableRow, OpRow

SIGNATURES_FILE = "torch_signatures.json"
HIDDEN = frozenset(
    {"self", "size_average", "reduce", "device", "dtype", "out", "inplace", "_stacklevel", "args", "kwargs"}
    | {"_weight", "_freeze", "layout", "generator", "params", "optimizer", "named_parameters", "input", "tensors"}
)
_RECURRENT = {"torch.nn.RNN", "torch.nn.LSTM", "torch.nn.GRU"}


def read_torch() -> dict[str, Any]:
    """What torch_signatures.json must hold for the torch that is installed."""
    import torch  # lazy: the catalogue itself must load without torch

    targets = sorted({row.target for row in _rows() if row.target.startswith("torch.")})
    return {
        "torch": torch.__version__.partition("+")[0],
        "module_attributes": sorted(dir(torch.nn.Module())),
        "targets": {target: {"params": _params(target)} for target in targets},
    }


def _rows() -> tuple[OpRow | CallableRow, ...]:
    return (*OP_ROWS, *CALLABLE_ROWS)


def text_of(signatures: Mapping[str, Any]) -> str:
    """The file's text: one param a line, so that a change of torch reads as a change of lines."""
    lines = ["{", f' "torch": {json.dumps(signatures["torch"])},']
    lines.append(f' "module_attributes": {json.dumps(signatures["module_attributes"])},')
    lines.append(' "targets": {')
    blocks = []
    for target, row in signatures["targets"].items():
        params = ",\n".join(f"   {json.dumps(param, ensure_ascii=False)}" for param in row["params"])
        blocks.append(f'  {json.dumps(target)}: {{"params": [' + (f"\n{params}\n  " if params else "") + "]}")
    lines.append(",\n".join(blocks))
    return "\n".join([*lines, " }", "}"]) + "\n"


def resolve(target: str) -> Any:
    """The object of a dotted name such as `torch.nn.Conv2d`."""
    parts = target.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(f"There is no {target!r}.")


def _params(target: str) -> list[dict[str, Any]]:
    docs = _argument_docs(inspect.getdoc(resolve(target)) or "")
    found = []
    for parameter in _parameters(target):
        name = parameter.name
        if name in HIDDEN:
            continue
        kind, optional = _type_of(parameter)
        row: dict[str, Any] = {"name": name, "type": kind}
        if optional:
            row["optional"] = True
        if parameter.default is not inspect.Parameter.empty:
            row["default"] = _plain(parameter.default)
        if name in docs:
            row["doc"] = docs[name]
        found.append(row)
    return found


def _plain(default: Any) -> Any:
    """A default as a literal: `activation=F.relu` may be said as "relu" too."""
    return default.__name__ if callable(default) else default


def _parameters(target: str) -> list[inspect.Parameter]:
    thing = resolve(target)
    if target in _RECURRENT:
        return _recurrent_parameters(target)
    try:
        signature = inspect.signature(thing, eval_str=True)
    except NameError:  # an annotation that exists for type checkers only
        signature = inspect.signature(thing)
    except (ValueError, TypeError):  # built into the C++ side: the docstring shows the signature
        return _documented_parameters(thing)
    return list(signature.parameters.values())


def _recurrent_parameters(target: str) -> list[inspect.Parameter]:
    """RNN, LSTM and GRU declare `*args`; what they take stands in their base class."""
    base = resolve("torch.nn.RNNBase")
    found = [one for one in inspect.signature(base, eval_str=True).parameters.values() if one.name != "mode"]
    if target != "torch.nn.LSTM":
        found = [one for one in found if one.name != "proj_size"]
    if target == "torch.nn.RNN":
        extra = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh", annotation=str)
        found.insert(3, extra.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD))
    return found


def _documented_parameters(thing: Any) -> list[inspect.Parameter]:
    """Parameters of a builtin, read from every `name(...) -> ...` line of its docstring."""
    doc = inspect.getdoc(thing) or ""
    name = thing.__name__
    found: dict[str, inspect.Parameter] = {}
    overloads: list[set[str]] = []
    for match in re.finditer(rf"^(?:\.\. (?:function|method):: *)?{re.escape(name)}\((.*?)\) *->", doc, re.MULTILINE):
        try:
            parsed = ast.parse(f"def call({match.group(1)}): pass").body[0]
        except SyntaxError:
            continue
        assert isinstance(parsed, ast.FunctionDef)
        overloads.append({one.name for one in _parameters_of(parsed.args)})
        for one in _parameters_of(parsed.args):
            kept = found.get(one.name)
            if kept is None or kept.default is inspect.Parameter.empty:
                found[one.name] = one
    return [
        (
            one
            if all(one.name in names for names in overloads) or one.default is not inspect.Parameter.empty
            else one.replace(default=None)
        )  # an overload does without it
        for one in found.values()
    ]


def _parameters_of(arguments: ast.arguments) -> Iterable[inspect.Parameter]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(plain, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    for argument, default in pairs:
        value: Any = inspect.Parameter.empty
        if default is not None:
            try:
                value = ast.literal_eval(default)
            except ValueError:
                value = None
        yield inspect.Parameter(argument.arg, inspect.Parameter.KEYWORD_ONLY, default=value)


def _type_of(parameter: inspect.Parameter) -> tuple[str, bool]:
    """The ParamType of an annotation, or of the default where there is none; and whether None is admitted."""
    default = parameter.default
    optional = default is None
    kinds: set[str] = set()
    annotation = parameter.annotation
    if annotation is not inspect.Parameter.empty and not isinstance(annotation, str):
        kinds = _kinds(annotation)
    if "none" in kinds:
        optional = True
        kinds.discard("none")
    if not kinds and isinstance(default, tuple):
        kinds = {f"{kind}s" for kind in _kinds(type(default[0]))}
    elif not kinds and default not in (inspect.Parameter.empty, None):
        kinds = _kinds(type(default))
    if "ints" in kinds:
        return "ints", optional
    if "floats" in kinds:
        return "floats", optional
    for kind in ("float", "int", "bool", "str"):
        if kind in kinds:
            return kind, optional
    return "any", optional


def _kinds(annotation: Any) -> set[str]:
    if annotation is None or annotation is NoneType:
        return {"none"}
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if annotation is kind:
            return {name}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, UnionType):
        return {kind for argument in arguments for kind in _kinds(argument)}
    if origin is typing.Literal:
        return {kind for argument in arguments for kind in _kinds(type(argument))}
    if origin in (tuple, list) or (origin is not None and origin.__module__ == "collections.abc"):
        inner = {kind for argument in arguments if argument is not Ellipsis for kind in _kinds(argument)}
        if "float" in inner:
            return {"floats"}
        return {"ints"} if inner & {"int", "ints"} else set()
    return set()


_ARGUMENT = re.compile(
    r"^ {2,6}(?:\* *)?(?:\*\*|``|:attr:`)?([A-Za-z_]\w*)(?:\*\*|``|`)?(?: *\(([^)]*)\))? *(?::|--?) *(.*)$"
)
_SECTION = re.compile(r"^(Args|Arguments|Keyword args|Keyword Arguments|Parameters)\b.*:$", re.IGNORECASE)


def _argument_docs(doc: str) -> dict[str, str]:
    """The first sentence about each argument, from the argument sections of a docstring."""
    found: dict[str, str] = {}
    current, inside = "", False
    for line in doc.splitlines():
        if line and not line.startswith(" "):
            inside, current = bool(_SECTION.match(line)), ""
            continue
        if not inside:
            continue
        match = _ARGUMENT.match(line)
        if match:
            current = match.group(1)
            found.setdefault(current, match.group(3).strip())
        elif current and line.strip():
            found[current] += " " + line.strip()
        else:
            current = ""
    tidy = {name: _first_sentence(text) for name, text in found.items()}
    return {name: text for name, text in tidy.items() if text}


def _first_sentence(text: str) -> str:
    """One plain sentence, or nothing where what was found is markup or maths."""
    text = re.sub(r":(?:attr|class|func|meth|math):`~?\.?([^`]*)`", r"\1", text)
    text = text.replace("``", "").replace("`", "").replace("**", "")
    text = re.sub(r"\s*\.?\s*Default:.*$", "", text, flags=re.IGNORECASE | re.DOTALL)
    text = re.sub(r"\s*\((?:default|optional)[^)]*\)?", "", text, flags=re.IGNORECASE)
    text = re.split(r"(?<=[a-z0-9)])\.(?:\s|$)|;\s", text)[0].strip().rstrip(".,:;")
    if len(text) < 4 or "\\" in text or "::" in text or "{" in text or len(text) > 220:
        return ""
    return text[0].upper() + text[1:] + "."


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or with --check only say whether it is what torch says now."""
    parser = argparse.ArgumentParser(prog="python -m graph.ops.sync", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the file is out of date")
    options = parser.parse_args(arguments)
    path = Path(str(files("graph.ops") / SIGNATURES_FILE))
    wanted = text_of(read_torch())
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if wanted == there:
        sys.stdout.write(f"{path.name} is what torch says.\n")
        return 0
    if options.check:
        sys.stdout.write(f"{path.name} differs from torch; run python -m graph.ops.sync and look at the change.\n")
        return 1
    path.write_text(wanted, encoding="utf-8")
    sys.stdout.write(f"Wrote {path.name}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
