"""The catalogue: rows joined with torch's frozen signatures, looked up by key and found by words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from graph.errors import UnknownOpError
from graph.model import BLOCK_PREFIX, CALL_PREFIX, Network
from graph.ops import (
    activations,
    attention,
    augmenting,
    chance,
    combining,
    comparing,
    converting,
    denoising,
    given,
    images,
    layers,
    losses,
    maths,
    matrices,
    optimizers,
    picking,
    recurrent,
    reducing,
    sampling,
    schedulers,
    scoring,
    shaping,
    signals,
    steps,
    structure,
    teaching,
    values,
)
from graph.ops.pieces import texts
from graph.ops.row import CallableRow, OpRow
from graph.ops.search import Preference, search, suggest
from graph.ops.spec import MISSING, CallableSpec, Missing, OpSpec, ParamSpec, Value
from graph.ops.words import word_for

GROUPS: tuple[str, ...] = (
    "Input and output",
    "Convolution",
    "Pooling",
    "Resizing and padding",
    "Dense",
    "Activation",
    "Normalisation",
    "Recurrent",
    "Attention",
    "Embedding",
    "Dropout",
    "Reshape",
    "Pick",
    "Combine",
    "Arithmetic",
    "Reduce",
    "Compare and mask",
    "Matrices",
    "Weights and constants",
    "Convert",
    "Random",
    "Frequency",
    "Losses",
    "Sequences",
    "Generative",
    "Representation",
    "Distillation",
    "Style",
    "Clustering",
    "Augmentation",
    steps.GROUP,
)

ICON_NAMES: tuple[str, ...] = (
    *("input", "output", "identity", "conv", "conv_transpose", "pool", "upsample", "pad", "linear", "bilinear"),
    *("activation", "relu", "sigmoid", "tanh", "softmax", "norm", "recurrent", "attention", "transformer"),
    *("embedding", "dropout", "flatten", "reshape", "permute", "select", "split", "concat", "stack", "where"),
    *("add", "subtract", "multiply", "divide", "matmul", "maths", "reduce", "similarity"),
    *("array", "pin", "shuffle", "wave", "loss", "made-up", "bottle", "image", "blobs"),
)

OP_ROWS: tuple[OpRow, ...] = (
    *structure.ROWS,
    *images.ROWS,
    *sampling.ROWS,
    *layers.ROWS,
    *recurrent.ROWS,
    *attention.ROWS,
    *activations.ROWS,
    *shaping.ROWS,
    *picking.ROWS,
    *combining.ROWS,
    *maths.ROWS,
    *reducing.ROWS,
    *comparing.ROWS,
    *matrices.ROWS,
    *given.ROWS,
    *values.ROWS,
    *converting.ROWS,
    *chance.ROWS,
    *signals.ROWS,
    *scoring.ROWS,
    *teaching.ROWS,
    *denoising.ROWS,
    *augmenting.ROWS,
    *steps.ROWS,
)
CALLABLE_ROWS: tuple[CallableRow, ...] = (*losses.ROWS, *optimizers.ROWS, *schedulers.ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that can be placed or chosen. Ops stand in palette order."""

    ops: Mapping[str, OpSpec]
    losses: Mapping[str, CallableSpec]
    optimizers: Mapping[str, CallableSpec]
    schedulers: Mapping[str, CallableSpec]
    groups: tuple[str, ...]
    reserved_names: frozenset[str]
    networks: Callable[[], Mapping[str, Network]] = dict
    """The networks of the project that this catalogue is for; nodes may stand for them."""
    texts: Callable[[], Mapping[str, str]] = dict
    """The Python texts of that project by name; nodes may call what they define."""

    def block(self, key: str) -> Network | None:
        """The network that nodes of this op stand for, or None."""
        return self.networks().get(key.removeprefix(BLOCK_PREFIX)) if key.startswith(BLOCK_PREFIX) else None

    def called(self, key: str) -> Network | None:
        """The network that nodes of this op call in the drawing of a training step, or None."""
        return self.networks().get(key.removeprefix(CALL_PREFIX)) if key.startswith(CALL_PREFIX) else None

    def op(self, key: str) -> OpSpec:
        """The op of that key; UnknownOpError with a near key when there is none."""
        found = self.ops.get(key)
        if found is not None:
            return found
        near = self.suggest(key)
        hint = f" Did you mean {near}?" if near else ""
        raise UnknownOpError(f"There is no layer or function called {key!r}.{hint}")

    def search(
        self, text: str, limit: int = 20, prefer: Preference | None = None, *, by_name: bool = False
    ) -> tuple[OpSpec, ...]:
        """The ops that fit what was typed, best first; every op in palette order when nothing was typed."""
        return search(self.ops.values(), text, limit, prefer, by_name=by_name)

    def suggest(self, text: str) -> str | None:
        """The key that was probably meant, or None."""
        return suggest(self.ops.values(), text)


def load_signatures() -> dict[str, Any]:
    """What was read from torch: its version, the attributes of a module, and the params of every target."""
    found: dict[str, Any] = json.loads((files("graph.ops") / "torch_signatures.json").read_text(encoding="utf-8"))
    return found


@cache
def load_catalog() -> Catalog:
    """The one catalogue; it never changes."""
    signatures = load_signatures()
    targets = signatures["targets"]
    place = {group: index for index, group in enumerate(GROUPS)}
    rows = sorted(OP_ROWS, key=lambda row: (place[row.group], row.rare))
    return Catalog(
        ops=MappingProxyType({row.key: _op(row, targets) for row in rows}),
        losses=MappingProxyType({row.key: _callable(row, targets) for row in losses.ROWS}),
        optimizers=MappingProxyType({row.key: _callable(row, targets) for row in optimizers.ROWS}),
        schedulers=MappingProxyType({row.key: _callable(row, targets) for row in schedulers.ROWS}),
        groups=GROUPS,
        reserved_names=frozenset(signatures["module_attributes"]),
    )


def _op(row: OpRow, targets: Mapping[str, Any]) -> OpSpec:
    return OpSpec(
        key=row.key,
        target=row.target,
        style=row.style,
        group=row.group,
        stem=row.stem,
        title=row.title or (row.target.rpartition(".")[2] if "." in row.target else row.key),
        doc=row.doc,
        inputs=row.inputs,
        outputs=row.outputs,
        params=_params(row, targets),
        positional=row.positional,
        key_params=row.key_params,
        initial=MappingProxyType(dict(row.initial)),
        unpack=row.unpack,
        packed_inputs=row.packed_inputs,
        form=row.form,
        call_params=row.call_params,
        samples=row.samples,
        face=row.face,
        icon=row.icon,
        search_words=tuple(row.words.split()),
        rare=row.rare,
        definition=row.definition or texts().get(row.target, ""),
    )


def _callable(row: CallableRow, targets: Mapping[str, Any]) -> CallableSpec:
    params = _params(row, targets)
    return CallableSpec(
        key=row.key, target=row.target, group=row.group, title=row.key, doc=row.doc, params=params, needs=row.needs
    )


def _params(row: OpRow | CallableRow, targets: Mapping[str, Any]) -> tuple[ParamSpec, ...]:
    known = {param["name"]: param for param in targets.get(row.target, {"params": []})["params"]}
    names = tuple(known) if row.take is None else row.take
    return tuple(_param(row.group, name, known.get(name, {}), row.changes.get(name, {})) for name in names)


def _param(group: str, name: str, row: Mapping[str, Any], changes: Mapping[str, Any]) -> ParamSpec:
    default: Value | Missing = _value(row["default"]) if "default" in row else MISSING
    word = word_for(group, name)
    known = ParamSpec(
        name=name,
        type=row.get("type", "any"),
        default=default,
        optional=row.get("optional", False),
        label=word.label or name.replace("_", " ").capitalize(),
        doc=word.doc or row.get("doc", ""),
        choices=word.choices,
        minimum=word.minimum,
        maximum=word.maximum,
        advanced=word.advanced,
    )
    if word.type is not None:
        known = replace(known, type=word.type)
    changed: ParamSpec = replace(known, **changes)
    return changed


def _value(value: Any) -> Value:
    return tuple(_value(item) for item in value) if isinstance(value, list) else value
