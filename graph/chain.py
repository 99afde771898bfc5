"""Reads a typed chain such as `conv 32 > relu > pool > flatten > linear 10` into layers with settings."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.explain import wanted_ranks
from graph.fits import misfit
from graph.flow import BATCH, TensorInfo
from graph.model import Network, Node
from graph.names import listed
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, ParamSpec, Value

MOST_CHARACTERS: Final = 2_000
MOST_STEPS: Final = 60
EXAMPLE: Final = "conv 32 > relu > pool > flatten > linear 10"
EXAMPLE_OF_ROWS: Final = "linear 32 > relu > linear"

_ARROW = re.compile(r"\s*(?:-+>|=+>|→|>|\||\n)\s*")
_TUPLE = re.compile(r"(?<=[=,\s])\(([\d\s,.+-]*)\)")
_NUMBER = re.compile(r"[+-]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12})(?:e[+-]?\d{1,2})?\Z", re.ASCII | re.IGNORECASE)
_SIZES = re.compile(r"-?\d{1,9}(?:[x×]-?\d{1,9})+\Z", re.ASCII)
_SHORT = re.compile(r"([a-z])(\d[\d.x×]*)\Z", re.ASCII)
_DIMENSION = re.compile(r"[123]d\Z", re.ASCII)
_PLAIN: Final = {"norm": "batch norm", "batch": "batch norm", "attention": "multiheadattention"}
_LETTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "k": ("kernel_size", "k"),
    "s": ("stride",),
    "p": ("p", "dropout", "padding"),
    "d": ("dilation", "dim"),
    "g": ("groups", "num_groups"),
    "h": ("num_heads", "nhead", "hidden_size"),
    "n": ("num_layers",),
}
_WORDS: Final[Mapping[str, Value]] = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    "none": None,
}
_NUMERIC = frozenset({"int", "float", "ints", "floats", "any"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One layer of a chain and the settings that were typed; the others begin as they always do."""

    op: str
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The layers read so far. With a `problem`, a sentence, nothing can be placed; `meant` is the text mended."""

    steps: tuple[Step, ...] = ()
    problem: str = ""
    meant: str = ""


class _UnreadableError(Exception):
    """A part cannot be read; `meant` is what it probably was."""

    def __init__(self, sentence: str, meant: str = "") -> None:
        super().__init__(sentence)
        self.meant = meant


def read_chain(
    catalog: Catalog, text: str, arrives: TensorInfo | None = None, liking: Callable[[OpSpec], float] | None = None
) -> Chain | None:
    """The layers that a text names, or None when it is no chain but a single search.

    `arrives` is what reaches the first layer: it decides between layers for images, signals and volumes.
    `liking` breaks ties, the smaller the better.
    """
    if len(text) > MOST_CHARACTERS:
        return Chain(problem="This is too long for one chain; type it in two.")
    parts = [part for part in _ARROW.split(text.strip()) if part.strip()]
    is_several = bool(_ARROW.search(text.strip()))
    if not parts or not (is_several or _has_values(parts[0])):
        return None
    if len(parts) > MOST_STEPS:
        return Chain(problem=f"A chain holds at most {MOST_STEPS} layers; this one has {len(parts)}.")
    steps: list[Step] = []
    flow = arrives
    for place, part in enumerate(parts):
        try:
            spec, params = _read_part(catalog, part, flow, liking)
            _check_place(spec, place, len(parts))
        except _UnreadableError as trouble:
            mended = [*parts[:place], trouble.meant, *parts[place + 1 :]] if trouble.meant else []
            return Chain(steps=tuple(steps), problem=str(trouble), meant=" > ".join(mended))
        steps.append(Step(op=spec.key, params=params))
        flow = _after(spec, params, flow)
    return Chain(steps=tuple(steps))


def _check_place(spec: OpSpec, place: int, count: int) -> None:
    if not spec.inputs and place:
        raise _UnreadableError(f"{spec.title} takes nothing, so it can only stand first.")
    if not spec.outputs and place < count - 1:
        raise _UnreadableError(f"{spec.title} gives nothing, so it can only stand last.")


def _tokens(part: str) -> list[str]:
    part = _TUPLE.sub(lambda found: "x".join(found[1].replace(",", " ").split()), part)
    part = re.sub(r"\s*=\s*", "=", part)
    return re.sub(r"[,()\[\];:]", " ", part).split()


def _has_values(part: str) -> bool:
    return any(_is_value(token) for token in _tokens(part)[1:])


def _is_value(token: str) -> bool:
    return bool("=" in token[1:] or _NUMBER.match(token) or _SIZES.match(token) or _SHORT.match(token.lower()))


def _read_part(
    catalog: Catalog, part: str, flow: TensorInfo | None, liking: Callable[[OpSpec], float] | None
) -> tuple[OpSpec, dict[str, Value]]:
    tokens = _tokens(part)
    end = next((place for place, token in enumerate(tokens) if place and _is_value(token)), len(tokens))
    first: _UnreadableError | None = None
    for count in range(end, 0, -1):
        spec = find_op(catalog, " ".join(tokens[:count]), flow, liking)
        if spec is None:
            continue
        try:
            return spec, _settings(spec, _joined(spec, tokens[count:]))
        except _UnreadableError as trouble:
            first = first or trouble
    if first is not None:
        raise first
    name = " ".join(tokens[:end])
    key = catalog.suggest(name) or catalog.suggest(tokens[0] if tokens else "")
    if key is None:
        raise _UnreadableError(f"No layer called '{name}'.")
    near = _DIMENSION.sub("", key) if find_op(catalog, _DIMENSION.sub("", key), flow, liking) else key
    found = find_op(catalog, near, flow, liking) or catalog.op(key)
    meant = " ".join([near.lower(), *tokens[end:]])
    raise _UnreadableError(f"No layer called '{name}'. Did you mean {found.title}?", meant)


def find_op(
    catalog: Catalog, name: str, flow: TensorInfo | None, liking: Callable[[OpSpec], float] | None = None
) -> OpSpec | None:
    """The op that a name means where `flow` arrives: `pool` is MaxPool2d for an image, MaxPool1d for a sequence."""

    def prefer(spec: OpSpec) -> tuple[float, ...]:
        return (*unfitness(spec, flow), liking(spec) if liking is not None else 0.0)

    name = name.lower()
    found = catalog.search(_PLAIN.get(name, name), 1, prefer, by_name=True)
    return found[0] if found else None


def unfitness(spec: OpSpec, flow: TensorInfo | None) -> tuple[float, ...]:
    """How ill an op suits what arrives: whether it cannot take it, then by how many axes it is off."""
    if flow is None or misfit(spec, flow) is None:
        return (0.0, 0.0)
    ranks = wanted_ranks(spec)
    return (1.0, float(min((abs(rank - len(flow.shape)) for rank in ranks), default=0)))


def _settings(spec: OpSpec, tokens: Sequence[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    numbers: list[Value] = []
    for token in tokens:
        plain = _value(token)
        if isinstance(plain, int | float | tuple) and not isinstance(plain, bool):
            numbers.append(plain)
            continue
        param, value = _named(spec, token)
        if param.name in found:
            raise _UnreadableError(f"{_label(param)} of {spec.title} is given twice.")
        found[param.name] = value
    found = {**_in_order(spec, numbers, found), **found}
    for name, value in found.items():
        known = spec.param(name)
        wrong = known.problem_with(value) if known is not None else None
        if wrong is not None and known is not None:
            raise _UnreadableError(f"{spec.title}: {wrong.replace(known.name, _label(known).lower(), 1)}")
    return _with_padding(spec, found)


def _in_order(spec: OpSpec, numbers: Sequence[Value], taken: Mapping[str, Value]) -> dict[str, Value]:
    """Bare numbers go to the settings on the face, in order; to those that follow by themselves when all are given."""
    params = [spec.param(name) for name in spec.key_params if name not in taken]
    every = [param for param in params if param is not None and param.type in _NUMERIC]
    own = [param for param in every if param.auto is None]
    order = own if len(numbers) <= len(own) else every
    if len(numbers) > len(order):
        labels = [_label(param).lower() for param in order]
        takes = f"only {listed(labels)}" if order else "no number"
        raise _UnreadableError(f"{spec.title} takes {takes} here; {_shown(numbers[len(order)])} is too many.")
    return {param.name: number for param, number in zip(order, numbers, strict=False)}


def _joined(spec: OpSpec, tokens: list[str]) -> list[str]:
    """The tokens, with the words of a choice that has several as one: `error=surprise at the label`."""
    choices = {choice for param in spec.params for choice in param.choices if " " in choice}
    for place, token in enumerate(tokens if choices else ()):
        name, sign, first = token.rpartition("=")
        for end in range(len(tokens), place + 1, -1):
            words = " ".join([first, *tokens[place + 1 : end]])
            if words.lower() in choices:
                return [*tokens[:place], f"{name}{sign}{words}", *_joined(spec, tokens[end:])]
    return tokens


def _named(spec: OpSpec, token: str) -> tuple[ParamSpec, Value]:
    """A setting told by name (`stride=2`, `filters=32`, `k5`) or by a word that only it can have (`same`)."""
    word = token.lower()
    name, sign, rest = word.partition("=")
    if not sign and (short := _SHORT.match(word)) is not None:
        name, rest, sign = short[1], short[2], "="
    if sign:
        param = _param(spec, name)
        if param is None:
            raise _UnreadableError(f"{spec.title} has no setting called '{name}'.{_near(spec, name)}")
        return param, rest if rest in param.choices else _value(rest)  # "none" may be a choice as any other
    shown = [*(spec.param(key) for key in spec.key_params), *spec.params]
    for param in shown:
        if param is not None and word in param.choices:
            return param, word
    for param in spec.params:
        if param.type == "bool" and len(word) > 1 and param.name.startswith(word):
            return param, True
    raise _UnreadableError(f"{spec.title} does not know '{token}'.")


def _param(spec: OpSpec, name: str) -> ParamSpec | None:
    for key in _LETTERS.get(name, ()):
        if (param := spec.param(key)) is not None:
            return param
    wanted = name.replace("-", "_")
    for param in spec.params:
        if wanted in (param.name.lower(), _label(param).lower().replace(" ", "_")):
            return param
    starts = [param for param in spec.params if len(wanted) > 2 and param.name.startswith(wanted)]
    return starts[0] if starts else None


def _near(spec: OpSpec, name: str) -> str:
    names = [param.name for param in spec.params if not param.advanced]
    return f" It has {', '.join(names[:6])}." if names else ""


def _value(token: str) -> Value:
    """A number, several (`3x3`), a yes or no, or the word itself."""
    if _SIZES.match(token):
        return tuple(int(size) for size in re.split("[x×]", token))
    if _NUMBER.match(token):
        try:
            return int(token)
        except ValueError:
            number = float(token)
            return number if math.isfinite(number) else token
    return _WORDS.get(token.lower(), token)


def _with_padding(spec: OpSpec, params: dict[str, Value]) -> dict[str, Value]:
    """A convolution that moves on by more than one cannot keep the size, so it is padded by half its window."""
    stride = params.get("stride", 1)
    if spec.initial.get("padding") != "same" or "padding" in params or stride in (1, None) or stride == (1, 1):
        return params
    window = params.get("kernel_size", spec.initial.get("kernel_size", 1))
    half: Value = tuple(int(n) // 2 for n in window if isinstance(n, int)) if isinstance(window, tuple) else 0
    return {**params, "padding": window // 2 if isinstance(window, int) else half}


def _label(param: ParamSpec) -> str:
    return param.label or param.name


def _shown(value: Value) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


def arriving(
    catalog: Catalog, network: Network, uid: str, port: str, ports: Mapping[tuple[str, str], TensorInfo]
) -> TensorInfo | None:
    """What leaves an output port; where it was not measured yet, its axes are told from what comes before."""
    passed: list[Node] = []
    info = ports.get((uid, port))
    while info is None:
        node = network.node(uid)
        wires = network.wires_in(uid)
        if not wires or len(passed) > MOST_STEPS or node.op not in catalog.ops:
            return None
        passed.append(node)
        uid = wires[0].source
        info = ports.get((uid, wires[0].source_port))
    for node in reversed(passed):
        info = _after(catalog.ops[node.op], node.params, info)
    return info


def _after(spec: OpSpec, params: Mapping[str, Value], flow: TensorInfo | None) -> TensorInfo | None:
    """What leaves an op, as far as its number of axes goes; None when that cannot be told."""
    if flow is None:
        wanted = wanted_ranks(spec)
        rank, dtype = (wanted[0] if len(wanted) == 1 else 0), "float32"
    else:
        rank, dtype = len(flow.shape), flow.dtype
    values = {**spec.initial, **params}
    change = _AXES.get(spec.key)
    if change is not None:
        rank = change(rank, values) if rank or spec.key in _SURE else 0
    elif spec.group == "Reduce" and rank and not values.get("keepdim"):
        dim = values.get("dim")
        rank = rank - (len(dim) if isinstance(dim, tuple) else 1) if dim is not None else 0
    if rank < 1:
        return None
    dtype = dtype if spec.group in ("Reshape", "Combine") or spec.key == "Identity" else "float32"
    return TensorInfo(shape=(BATCH, *["?"] * (rank - 1)), dtype=dtype)


def _flattened(rank: int, values: Mapping[str, Value]) -> int:
    start, end = values.get("start_dim", 1), values.get("end_dim", -1)
    if not isinstance(start, int) or not isinstance(end, int):
        return 0
    if (start, end) == (1, -1):
        return 2
    start, end = start % rank if rank else 0, end % rank if rank else 0
    return rank - max(0, end - start)


def _unflattened(rank: int, values: Mapping[str, Value]) -> int:
    size = values.get("unflattened_size")
    return rank + len(size) - 1 if rank and isinstance(size, tuple) else rank


def _given(name: str) -> Callable[[int, Mapping[str, Value]], int]:
    def count(rank: int, values: Mapping[str, Value]) -> int:
        sizes = values.get(name)
        return len(sizes) if isinstance(sizes, tuple) else 0

    return count


_AXES: Final[Mapping[str, Callable[[int, Mapping[str, Value]], int]]] = {
    "Flatten": _flattened,
    "Unflatten": _unflattened,
    "reshape": _given("shape"),
    "expand": _given("size"),
    "Embedding": lambda rank, values: rank + 1,
    "EmbeddingBag": lambda rank, values: 2,
    "one_hot": lambda rank, values: rank + 1,
    "select": lambda rank, values: rank - 1,
    "unsqueeze": lambda rank, values: rank + 1,
    "squeeze": lambda rank, values: rank - 1,
    "stack": lambda rank, values: rank + 1,
    "Unfold": lambda rank, values: 3,
}
"""How an op changes the number of axes; all others keep it."""
_SURE = frozenset({"Flatten", "EmbeddingBag", "reshape", "expand", "Unfold"})
