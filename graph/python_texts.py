"""Python texts of a project: what a person wrote becomes an op by reading its signature; nothing here runs it."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from graph.definitions import Definition, TextFault, definition_of
from graph.model import Project, python_key
from graph.ops.spec import MISSING, AutoRule, Missing, OpSpec, ParamSpec, ParamType, PortSpec, Value

__all__ = ["GROUP", "TextFault", "fingerprint", "op_spec_of", "starter_text"]

GROUP: Final = "Python"
OUTPUTS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_TENSORS: Final = frozenset({"Tensor", "torch.Tensor"})
_MODULES: Final = frozenset({"nn.Module", "torch.nn.Module", "Module"})
_TYPES: Final[Mapping[str, ParamType]] = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "str": "str",
}
_FIRST: Final[Mapping[ParamType, Value]] = {
    "int": 16,
    "float": 1.0,
    "bool": True,
    "str": "",
    "ints": (1,),
    "floats": (1.0,),
    "words": (),
}
_SIZES: Final = {"in_features": -1, "input_size": -1, "embed_dim": -1, "in_channels": 1, "num_features": 1}
"""Settings that follow from what arrives first, as in torch's own layers, and the axis."""

_MOST_WORDS: Final = 100
_LARGEST: Final = 2**63 - 1


def fingerprint(project: Project) -> str:
    """What tells the Python texts of a project from all others; "" where it has none."""
    return _fingerprint(tuple(sorted(project.texts.items())))


@lru_cache(maxsize=16)
def _fingerprint(texts: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest() if texts else ""


@lru_cache(maxsize=256)
def mark_of(text: str) -> str:
    """What tells one text from all others, to say of which it is known that it does not come to an end."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=256)
def op_spec_of(name: str, text: str) -> OpSpec | TextFault:
    """The op of nodes that call what the text of that name defines, or why there is none."""
    try:
        return _spec(name, text, definition_of(text))
    except TextFault as fault:
        return fault


def starter_text(kind: Literal["function", "class"], name: str = "") -> str:
    """A text to begin with: a function of a tensor and a number, or a module that learns."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    if kind == "function":
        return _FUNCTION.replace("scaled", "_".join(words).lower() or "scaled")
    return _CLASS.replace("Gate", "".join(word[0].upper() + word[1:] for word in words) or "Gate", 1)


_FUNCTION: Final = '''from torch import Tensor


def scaled(input: Tensor, factor: float = 2.0) -> Tensor:
    """Makes everything so many times as large."""
    return input * factor
'''
_CLASS: Final = '''from torch import Tensor, nn


class Gate(nn.Module):
    """Lets through what it learns to let through."""

    def __init__(self, in_features: int, bias: bool = True) -> None:
        super().__init__()
        self.gate = nn.Linear(in_features, in_features, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        return input * self.gate(input).sigmoid()
'''


@dataclass(slots=True, kw_only=True)
class _Signature:
    """What was read of arguments: ports, settings, and whether a port must be passed by its name."""

    ports: list[PortSpec] = field(default_factory=list)
    params: list[ParamSpec] = field(default_factory=list)
    is_apart: bool = False


def _spec(name: str, text: str, made: Definition) -> OpSpec:
    node = made.node
    found = _Signature()
    if isinstance(node, ast.ClassDef):
        if not {_words(base) for base in node.bases} & _MODULES:
            raise TextFault(node.lineno, f"{node.name} must be an nn.Module: class {node.name}(nn.Module).")
        methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
        forward = methods.get("forward")
        if forward is None:
            raise TextFault(node.lineno, f"{node.name} has no forward(self, ...), which says what it does.")
        if not node.name[0].isupper():
            raise TextFault(node.lineno, f"begin the name of a class with a capital letter: {node.name.capitalize()}.")
        if "__init__" in methods:
            _read_settings(methods["__init__"], found)
        _read_forward(forward, found)
    else:
        forward = node
        _read_function(node, found)
    if not found.ports:
        raise TextFault(forward.lineno, f"{node.name} takes no tensor yet; give it an argument such as input: Tensor.")
    outputs = tuple(_outputs(forward))
    first = found.ports[0]
    params = tuple(_following(one, first.name) if not first.many else one for one in found.params)
    return OpSpec(
        key=python_key(name),
        target=node.name,
        style="module" if isinstance(node, ast.ClassDef) else "function",
        group=GROUP,
        stem=_stem(node.name),
        title=node.name,
        doc=(ast.get_docstring(node) or "Python of this project.").partition("\n")[0],
        inputs=tuple(found.ports),
        outputs=tuple(PortSpec(name=one) for one in outputs),
        params=params,
        key_params=tuple(param.name for param in params if param.required)[:2],
        initial={param.name: _first_value(param) for param in params if param.required},
        unpack=outputs if len(outputs) > 1 else (),
        samples=(),
        icon="python",
        search_words=(*re.findall(r"[a-z0-9]+", node.name.lower()), name, "python", "own", "code"),
        definition=text,
        own=True,
        held_back="untrusted",
    )


def _read_function(node: ast.FunctionDef, found: _Signature) -> None:
    for argument, default, by_name in _arguments(node):
        if _is_port(argument, default):
            found.ports.append(_port(argument, default, by_name or found.is_apart))
        else:
            found.params.append(_param(argument, default))
            found.is_apart = True


def _read_settings(node: ast.FunctionDef, found: _Signature) -> None:
    for argument, default, _ in list(_arguments(node))[1:]:
        if _words(argument.annotation) in _TENSORS:
            raise TextFault(argument.lineno, f"{argument.arg} is a tensor; tensors arrive at forward, not at __init__.")
        found.params.append(_param(argument, default))


def _read_forward(node: ast.FunctionDef, found: _Signature) -> None:
    for argument, default, by_name in list(_arguments(node))[1:]:
        if _is_port(argument, default):
            found.ports.append(_port(argument, default, by_name or found.is_apart))
        elif default is MISSING:
            raise TextFault(argument.lineno, f"{argument.arg} of forward is no tensor; make it a setting of __init__.")
        else:
            found.is_apart = True


def _arguments(node: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr | Missing, bool]]:
    """Each argument with its default, and whether it can be passed by name alone."""
    every = node.args
    if every.vararg is not None or every.kwarg is not None:
        sentence = "name each argument instead of * or **; several tensors may be one: tensors: list[Tensor]."
        raise TextFault(node.lineno, sentence)
    plain = [*every.posonlyargs, *every.args]
    if len(every.posonlyargs) > 1 or (every.posonlyargs and every.posonlyargs[0].arg != "self"):
        raise TextFault(node.lineno, "leave out the / among the arguments.")
    lacking = len(plain) - len(every.defaults)
    for place, argument in enumerate(plain):
        yield argument, every.defaults[place - lacking] if place >= lacking else MISSING, False
    for argument, default in zip(every.kwonlyargs, every.kw_defaults, strict=True):
        yield argument, MISSING if default is None else default, True


def _is_port(argument: ast.arg, default: ast.expr | Missing) -> bool:
    words = _without_none(_words(argument.annotation))[0]
    if words:
        return words in _TENSORS or _is_list(words)
    return default is MISSING or _is_none(default)


def _is_list(words: str) -> bool:
    return words in {f"{kind}[{one}]" for kind in ("list", "Sequence") for one in _TENSORS}


def _port(argument: ast.arg, default: ast.expr | Missing, by_name: bool) -> PortSpec:
    if default is not MISSING and not _is_none(default):
        raise TextFault(argument.lineno, f"{argument.arg} is a tensor; without one it can only be None.")
    many = _is_list(_without_none(_words(argument.annotation))[0])
    if many and by_name:
        raise TextFault(argument.lineno, f"put {argument.arg} before the settings.")
    label = argument.arg.replace("_", " ").capitalize()
    return PortSpec(name=argument.arg, label=label, optional=default is not MISSING, many=many, by_name=by_name)


def _param(argument: ast.arg, default: ast.expr | Missing) -> ParamSpec:
    """A setting: its type by the annotation, or by the default where there is none."""
    words, optional = _without_none(_words(argument.annotation))
    value = _literal(argument, default)
    choices: tuple[str, ...] = ()
    kind = _TYPES.get(words) or _row_type(words)
    if kind is None and (choices := _choices(words)):
        kind = "choice"
    if kind is None and not words and value is not MISSING:
        kind = _type_of(value)
    if kind is None:
        what = f"is {words}" if words else "says no type"
        sentence = f"{argument.arg} {what}; a setting is int, float, bool, str or a tuple of one of these."
        raise TextFault(argument.lineno, sentence)
    param = ParamSpec(
        name=argument.arg,
        type=kind,
        default=value,
        optional=optional or value is None,
        label=argument.arg.replace("_", " ").capitalize(),
        choices=choices,
    )
    if value is not MISSING and (wrong := param.problem_with(value)) is not None:
        raise TextFault(argument.lineno, f"the default does not fit: {wrong}")
    return param


def _literal(argument: ast.arg, default: ast.expr | Missing) -> Value | Missing:
    if isinstance(default, Missing):
        return MISSING
    try:
        return _value(ast.literal_eval(default))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise TextFault(argument.lineno, f"write the default of {argument.arg} as a number, word or tuple.") from None


def _value(found: object) -> Value:
    if isinstance(found, int) and abs(found) > _LARGEST:
        raise ValueError
    if found is None or isinstance(found, bool | int | float | str):
        return found
    if isinstance(found, tuple | list):
        return tuple(_value(item) for item in found)
    raise ValueError


def _type_of(value: Value) -> ParamType | None:
    if isinstance(value, tuple):
        kinds: tuple[ParamType, ...] = ("ints", "floats", "words")
        return next((kind for kind in kinds if ParamSpec(name="", type=kind).problem_with(value) is None), None)
    return _TYPES.get(type(value).__name__)


def _row_type(words: str) -> ParamType | None:
    """`ints` for tuple[int, ...], for tuple[int, int] and for one of these or a number."""
    parts = [part.strip() for part in words.split("|")]
    inner = next((part[6:-1] for part in parts if part.startswith("tuple[") and part.endswith("]")), "")
    items = {item.strip() for item in inner.split(",")} - {"..."}
    if len(items) != 1 or len(parts) > 2:
        return None
    item = items.pop()
    if len(parts) == 2 and (item != "int" or "int" not in parts):
        return None
    rows: Mapping[str, ParamType] = {"int": "ints", "float": "floats", "str": "words"}
    return rows.get(item)


def _choices(words: str) -> tuple[str, ...]:
    if not words.startswith("Literal["):
        return ()
    try:
        found = ast.literal_eval(f"({words[8:-1]},)")
    except (ValueError, SyntaxError):
        return ()
    return found if all(isinstance(one, str) for one in found) else ()


def _outputs(node: ast.FunctionDef) -> Iterator[str]:
    """The names of what it gives: `output`, or `first`, `second` and so on for a tuple of tensors."""
    words = _words(node.returns)
    if not words or words in _TENSORS:
        yield "output"
        return
    line = node.returns.lineno if node.returns is not None else node.lineno
    items = [item.strip() for item in words[6:-1].split(",")] if words.startswith("tuple[") else []
    if not items or set(items) - _TENSORS:
        raise TextFault(line, f"{node.name} must give -> Tensor, or -> tuple[Tensor, Tensor] for two, not {words}.")
    if len(items) > len(OUTPUTS):
        raise TextFault(line, f"{node.name} gives {len(items)} tensors; {len(OUTPUTS)} are the most.")
    yield from OUTPUTS[: len(items)] if len(items) > 1 else ("output",)


def _words(node: ast.expr | None) -> str:
    """An annotation as text, without quotes around it; "" where there is none."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()[:_MOST_WORDS]
    try:
        return ast.unparse(node)[:_MOST_WORDS]
    except RecursionError:
        return "nested too deeply"


def _without_none(words: str) -> tuple[str, bool]:
    if words.startswith("Optional[") and words.endswith("]"):
        return words[9:-1], True
    parts = [part.strip() for part in words.split("|")]
    kept = [part for part in parts if part != "None"]
    return " | ".join(kept), len(kept) < len(parts)


def _is_none(node: ast.expr | Missing) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _following(param: ParamSpec, port: str) -> ParamSpec:
    """A size that follows from what arrives, where the setting is called as torch calls such sizes."""
    axis = _SIZES.get(param.name)
    if axis is None or param.type != "int" or param.default is not MISSING:
        return param
    return ParamSpec(name=param.name, type="int", label=param.label, auto=AutoRule(port=port, axis=axis), minimum=1)


def _first_value(param: ParamSpec) -> Value:
    return param.choices[0] if param.choices else _FIRST[param.type]


def _stem(name: str) -> str:
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    stem = "_".join(words).lower().rstrip("0123456789_")[:16].strip("_")
    return stem if stem[:1].isalpha() else "python"
