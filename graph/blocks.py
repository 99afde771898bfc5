"""Blocks: networks of a project that can be placed, with parameters; and settings that nodes have beside params."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

from graph.expressions import names_in
from graph.lower import class_name
from graph.model import (
    BLOCK_PREFIX,
    CALL_PREFIX,
    PYTHON_PREFIX,
    Block,
    Network,
    Node,
    Parameter,
    Project,
    block_key,
    call_key,
    python_key,
)
from graph.objectives import CALLS, MINIMISE, call_spec
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, ParamSpec, PortSpec, Value
from graph.purpose import purpose_words
from graph.python_texts import GROUP as PYTHON_GROUP
from graph.python_texts import fingerprint, mark_of, op_spec_of
from graph.step_settings import minimise_settings
from graph.weight_settings import weight_settings

GROUP: Final = "Blocks"
WHEN: Final = "@when"
REPEAT: Final = "@repeat"
SHARED: Final = "@shared"
PREFIX: Final = "@prefix"
FIRST: Final = "@first"
INDEX: Final = "index"
"""What a repeat's number is called in expressions: 0 for the first."""

MAX_REPEATS: Final = 1_000
_INPUT_NODE: Final = "Input"
_OUTPUT_NODE: Final = "Output"

_WHEN_SETTING = ParamSpec(
    name=WHEN,
    type="bool",
    default=True,
    label="Only when",
    doc="A condition over the block's parameters; where it does not hold, the node hands on its first input.",
    advanced=True,
)
REPEAT_SETTINGS: Final = (
    ParamSpec(
        name=REPEAT,
        type="int",
        default=1,
        minimum=1,
        maximum=MAX_REPEATS,
        label="Repeat",
        doc="How often the block follows upon itself.",
    ),
    ParamSpec(
        name=SHARED,
        type="bool",
        default=False,
        label="Share weights",
        doc="Whether all repeats are one and the same module.",
        advanced=True,
    ),
    ParamSpec(
        name=PREFIX,
        type="str",
        default="",
        label="Key prefix",
        doc="What stands before the number of each repeat in the keys of the weights.",
        advanced=True,
    ),
    ParamSpec(
        name=FIRST,
        type="int",
        default=0,
        minimum=0,
        maximum=1,
        label="Count from",
        doc="The number of the first repeat in the keys of the weights.",
        advanced=True,
    ),
)


def node_settings(spec: OpSpec, params: Mapping[str, Value]) -> Mapping[str, ParamSpec]:
    """The settings that a node with these params has beside the params of its op; their names begin with @.

    But for those of what a Minimise chose, such as `optimizer.betas`.
    """
    if spec.key == MINIMISE:
        return {row.name: row for row in minimise_settings(params)}
    if spec.style in ("input", "output", "call", "end", "step"):
        return {}
    rows = [
        *([] if spec.style == "value" else [_WHEN_SETTING]),
        *(REPEAT_SETTINGS if spec.style == "block" else ()),
        *weight_settings(spec, params),
    ]
    return {row.name: row for row in rows}


def is_repeated(node: Node) -> bool:
    """Whether a node asks for a number of repeats."""
    return node.params.get(REPEAT, 1) != 1


def is_shared(node: Node) -> bool:
    """Whether the repeats of a node share their weights."""
    return node.params.get(SHARED) is True


def is_counted(node: Node) -> bool:
    """Whether the settings of a node may speak of the number of its repeat; repeats that are one module may not."""
    return is_repeated(node) and not is_shared(node)


class BlockOps(Mapping[str, OpSpec]):
    """The ops of a catalogue, the blocks and the Python of a project, as that is at the moment of asking.

    The Python may run while `trusted` is the fingerprint of the project's texts, but for the `stopped` ones, by mark.
    """

    def __init__(
        self,
        ops: Mapping[str, OpSpec],
        project: Callable[[], Project],
        trusted: str = "",
        stopped: frozenset[str] = frozenset(),
    ) -> None:
        self._ops, self._project, self._trusted, self._stopped = ops, project, trusted, stopped
        self._made: WeakKeyDictionary[Network, tuple[object, OpSpec]] = WeakKeyDictionary()

    def __getitem__(self, key: str) -> OpSpec:
        prefix, colon, name = key.partition(":")
        if key.startswith(PYTHON_PREFIX):
            return self._python(key)
        if not colon or f"{prefix}:" not in (BLOCK_PREFIX, CALL_PREFIX):
            return self._ops[key]
        network = self._project().networks.get(name)
        if network is None or (f"{prefix}:" == CALL_PREFIX and not network.is_trainable):
            raise KeyError(key)
        state = (key, network.revision)
        known = self._made.get(network)
        if known is None or known[0] != state:
            made = call_spec(network) if f"{prefix}:" == CALL_PREFIX else block_spec(network)
            known = self._made[network] = (state, made)
        return known[1]

    def _python(self, key: str) -> OpSpec:
        name, project = key.removeprefix(PYTHON_PREFIX), self._project()
        spec = op_spec_of(name, project.texts[name]) if name in project.texts else None
        if not isinstance(spec, OpSpec):
            raise KeyError(key)
        if not self._trusted or self._trusted != fingerprint(project):
            return spec
        return replace(spec, held_back="stopped" if mark_of(spec.definition) in self._stopped else "")

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str) and key.startswith(PYTHON_PREFIX):
            return self.get(key) is not None
        if isinstance(key, str) and key.startswith(CALL_PREFIX):
            network = self._project().networks.get(key.removeprefix(CALL_PREFIX))
            return network is not None and network.is_trainable
        if isinstance(key, str) and key.startswith(BLOCK_PREFIX):
            return key.removeprefix(BLOCK_PREFIX) in self._project().networks
        return key in self._ops

    def __iter__(self) -> Iterator[str]:
        networks = self._project().networks
        is_drawn = any(one.objective is not None for one in networks.values())
        yield from (key for key, spec in self._ops.items() if is_drawn or spec.style not in ("end", "step"))
        yield from (block_key(name) for name in sorted(networks) if networks[name].block is not None)
        yield from (key for name in sorted(self._project().texts) if (key := python_key(name)) in self)
        if is_drawn:
            yield from (call_key(name) for name in sorted(networks) if networks[name].is_trainable)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def catalog_of(
    catalog: Catalog,
    project: Project | Callable[[], Project],
    trusted: str = "",
    stopped: frozenset[str] = frozenset(),
) -> Catalog:
    """The catalogue for the nodes of a project: its blocks and its Python are ops beside those of torch.

    Nothing of the Python runs unless `trusted` is the fingerprint of the project's texts; and of the texts of which
    these are the marks (`graph.python_texts.mark_of`), `stopped`, nothing at all. A catalogue that is for a project
    already hands on what it was told of both.
    """
    find = project if callable(project) else lambda: project
    base = catalog.ops
    if isinstance(base, BlockOps):
        trusted, stopped = trusted or base._trusted, stopped or base._stopped
        base = base._ops
    own = tuple(group for group in (GROUP, CALLS, PYTHON_GROUP) if group not in catalog.groups)
    return replace(
        catalog,
        ops=BlockOps(base, find, trusted, stopped),
        groups=(*catalog.groups[:1], *own, *catalog.groups[1:]),
        networks=lambda: find().networks,
        texts=lambda: find().texts,
    )


def block_spec(network: Network) -> OpSpec:
    """The op that nodes have which stand for a network."""
    block = network.block or Block()
    inputs = [node for node in network.nodes() if node.op == _INPUT_NODE]
    outputs = [node for node in network.nodes() if node.op == _OUTPUT_NODE]
    names = tuple(node.name for node in outputs)
    params = tuple(_param(one, {node.name for node in inputs}) for one in block.parameters)
    words = f"{network.name.replace('_', ' ')} block"
    return OpSpec(
        key=block_key(network.name),
        target=class_name(network),
        style="block",
        group=GROUP,
        stem=_stem(network.name),
        title=class_name(network),
        doc=_doc(network),
        inputs=tuple(PortSpec(name=node.name) for node in inputs),
        outputs=tuple(PortSpec(name=name) for name in names) or (PortSpec(name="output"),),
        params=params,
        key_params=tuple(param.name for param in params if param.required)[:2],
        initial={
            one.name: _first_value(one) for one, param in zip(block.parameters, params, strict=True) if param.required
        },
        unpack=names if len(names) > 1 else (),
        samples=(),
        icon="block",
        search_words=tuple(words.split()),
    )


def _doc(network: Network) -> str:
    heading, line = purpose_words(network)
    return line or heading or "A block of this project."


def _stem(name: str) -> str:
    words = [word for word in name.lower().split("_") if word.isascii() and word.isalpha()]
    return words[-1][:12] if words else "block"


def _param(one: Parameter, ports: Collection[str]) -> ParamSpec:
    return ParamSpec(
        name=one.name,
        type=one.type,
        default=one.default,
        label=one.name.replace("_", " ").capitalize(),
        doc=one.doc,
        auto=one.auto if one.auto is not None and one.auto.port in ports else None,
    )


def _first_value(one: Parameter) -> Value:
    firsts: Mapping[str, Value] = {"int": 16, "float": 0.0, "bool": True, "str": "", "ints": (1,)}
    return firsts[one.type]


def uses(network: Network) -> frozenset[str]:
    """The names of the networks that the nodes of this one stand for."""
    return frozenset(node.op.removeprefix(BLOCK_PREFIX) for node in network.nodes() if node.op.startswith(BLOCK_PREFIX))


def used_by(project: Project, name: str) -> tuple[str, ...]:
    """The networks that a network needs, itself first, each before what only it needs; unknown ones are left out."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in found or one not in project.networks:
            continue
        found[one] = None
        waiting += sorted(uses(project.networks[one]), reverse=True)
    return tuple(found)


def contains_itself(networks: Mapping[str, Network], name: str) -> bool:
    """Whether following the blocks of a network leads back to it."""
    seen: set[str] = set()
    waiting = list(uses(networks[name]))
    while waiting:
        one = waiting.pop()
        if one == name:
            return True
        if one not in seen and one in networks:
            seen.add(one)
            waiting += uses(networks[one])
    return False


def parameter_names(network: Network) -> tuple[str, ...]:
    """The names of a network's parameters, in their order."""
    return tuple(one.name for one in network.block.parameters) if network.block is not None else ()


def chain_of(network: Network) -> tuple[Node, ...] | None:
    """The nodes between Input and Output when they are one chain, in its order; None when they are not."""
    entries = [node for node in network.nodes() if node.op == _INPUT_NODE]
    if len(entries) != 1 or network.circle():
        return None
    found: list[Node] = []
    here = entries[0]
    while True:
        wires = network.wires_out(here.uid)
        if len(wires) != 1:
            return None
        here = network.node(wires[0].target)
        if len(network.wires_in(here.uid)) != 1:
            return None
        if here.op == _OUTPUT_NODE:
            return tuple(found) if len(found) + 2 == len(network.nodes()) else None
        found.append(here)


def wanted_names(node: Node) -> frozenset[str]:
    """The parameters that a node's settings speak of, the number of the repeat apart."""
    found = frozenset().union(*(names_in(value) for value in node.params.values())) if node.params else frozenset()
    return found - {INDEX} if is_counted(node) else found
