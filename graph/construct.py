"""How `__init__` builds the modules of a class: layers, blocks, sequences, repeats and parts with a condition."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graph.blocks import FIRST, INDEX, PREFIX, REPEAT, WHEN, chain_of, is_counted
from graph.classes import ClassPlan, Each, Sized, Slot, is_of_norm, is_sequence
from graph.errors import DrawingError
from graph.expressions import SIGN, expressions_in, is_expression, names_in, python_text, substituted
from graph.forms import LAYER_PARAMS, write_layers, write_member, write_value
from graph.lower import Call
from graph.model import Node
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.pretty import Atom, Choice, Group, Loop, Piece, flat, literal, written
from graph.weight_settings import NORMS, norm_of

_LOOP_WIDTH = 64
"""A loop that is longer would be broken; then the repeats stand one after the other."""

_FEW = 4
"""So many repeats of which a setting asks which one it is stand one after the other: no question is left."""

_FEW_RUNS = 2
"""Repeats of which the first alone differs are written so: that one, then all the others as one."""

_ROW = 5
"""So many numbers evenly apart are a `range`; fewer read better as they are."""

_LEADING = 2
"""Sizes come first and without a name, `nn.Conv2d(1, 32, kernel_size=3)`; from the third param on, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Writes the constructions of one class. `class_names` are those of the blocks, by network.

    `parts` collects what was written for the nodes inside of sequences, by uid.
    """

    catalog: Catalog
    plans: Mapping[str, ClassPlan]
    plan: ClassPlan
    class_names: Mapping[str, str]
    parts: list[tuple[str, Piece]] = field(default_factory=list)

    def piece(self, node: Node) -> Piece:
        """What the attribute of a node is set to."""
        return self._conditional(node, {}, self._all(node, (), {}))

    def _conditional(self, node: Node, given: Mapping[str, Value], piece: Piece) -> Piece:
        """A module that is left out hands on what it gets, where it takes one tensor; `forward` sees to the rest."""
        when = substituted(node.params.get(WHEN, True), given)
        if when is True or when is False:
            return piece if when else Atom("nn.Identity()")
        return Choice(piece, condition_text(when), Atom("nn.Identity()"))

    def _all(self, node: Node, path: Slot, given: Mapping[str, Value]) -> Piece:
        """A node with its repeats as one module."""
        if not is_counted(node):
            return self._one(node, path, given, {})
        repeated = self._repeated(node, path, given)
        is_loop = isinstance(repeated[0], Loop)
        if node.params.get(PREFIX):
            return Group("nn.ModuleDict(", (Group("{", repeated, "}"),), ")")
        if not takes_one(self.catalog.op(node.op)):
            return Group("nn.ModuleList(", repeated if is_loop else (Group("[", repeated, "]"),), ")")
        return Group("nn.Sequential(", (Group("*(", repeated, ")"),) if is_loop else repeated, ")")

    def _repeated(self, node: Node, path: Slot, given: Mapping[str, Value]) -> tuple[Piece, ...]:
        """The repeats of a node: a loop where one line can say what it runs through, else one after the other."""
        differing = self._differing(node, path)
        is_nested = any(isinstance(value, Each) for each in differing.values() for value in each.values)
        count = substituted(node.params.get(REPEAT, 1), given)
        is_known = isinstance(count, int) and not any(each.source for each in differing.values())
        index = _free(INDEX, self._taken(given))
        if is_known and not node.params.get(PREFIX):
            assert isinstance(count, int)
            each = [self._nth(node, path, given, differing, at) for at in range(count)]
            runs = [(piece, len(list(run))) for piece, run in itertools.groupby(each)]
            if len(runs) == _FEW_RUNS or count == 1 or (count <= _FEW and _chooses_by_number(node)):
                return tuple(_run(piece, number) for piece, number in runs)
        if not is_nested:
            told = _told_by_number(node, differing, index)
            rest = {slot: each for slot, each in differing.items() if slot not in told}
            names = self._names(given, rest, index)
            head, source = self._loop(node, rest, names, index, written(count))
            if not rest or len(f"{head} {flat(source)}") <= _LOOP_WIDTH:
                sizes = told | {slot: f"{SIGN}{name}" for slot, name in names.items()}
                element = self._one(node, path, {**given, INDEX: f"{SIGN}{index}"}, sizes)
                return (Loop(self._keyed(node, index, element), head, source),)
        if is_known:
            assert isinstance(count, int)
            return tuple(self._nth(node, path, given, differing, at) for at in range(count))
        if is_nested:
            raise DrawingError(f"{node.name} repeats parts that differ in more than one way; expand it once.")
        sizes = {slot: f"{SIGN}{flat(_each(each))}[{index}]" for slot, each in differing.items()}
        element = self._one(node, path, {**given, INDEX: f"{SIGN}{index}"}, sizes)
        return (Loop(self._keyed(node, index, element), f"for {index} in", Group("range(", (written(count),), ")")),)

    def _nth(
        self, node: Node, path: Slot, given: Mapping[str, Value], differing: Mapping[Slot, Each], at: int
    ) -> Piece:
        sizes = {slot: each.values[at] for slot, each in differing.items()}
        return self._keyed(node, at, self._one(node, path, {**given, INDEX: at}, sizes))

    def _keyed(self, node: Node, number: int | str, element: Piece) -> Piece:
        """The element with the key that a repeat has when its node has a prefix for keys."""
        prefix, first = node.params.get(PREFIX), node.params.get(FIRST, 0)
        if not prefix:
            return element
        if isinstance(number, int):
            return _after(f'"{prefix}{number + int(first == 1)}": ', element)
        return _after(f'f"{prefix}{{{number}{" + 1" if first == 1 else ""}}}": ', element)

    def _differing(self, node: Node, path: Slot) -> dict[Slot, Each]:
        start = (*path, node.uid)
        return {
            slot: size
            for slot, size in self.plan.sizes.items()
            if isinstance(size, Each) and size.node == node.uid and slot[: len(start)] == start
        }

    def _taken(self, given: Mapping[str, Value]) -> set[str]:
        taken = {one.name for one in self.plan.parameters} | {one.name for one in self.plan.arguments}
        return taken | {name for value in given.values() for name in names_in(value)}

    def _names(self, given: Mapping[str, Value], differing: Mapping[Slot, Each], index: str) -> dict[Slot, str]:
        """The variables of a loop: one for each size that differs."""
        taken = self._taken(given) | {index}
        by_values: dict[str, str] = {}
        names: dict[Slot, str] = {}
        for slot, each in sorted(differing.items(), key=lambda row: is_of_norm(row[0])):
            key = repr(each)
            if key not in by_values:
                by_values[key] = _free(slot[-1].removesuffix("_each"), taken)
                taken.add(by_values[key])
            names[slot] = by_values[key]
        return names

    def _loop(
        self, node: Node, differing: Mapping[Slot, Each], names: Mapping[Slot, str], index: str, count: Piece
    ) -> tuple[str, Piece]:
        """`for ... in` and what is run through."""
        counts = PREFIX in node.params or _speaks_of_number(node)
        sources = {names[slot]: each for slot, each in differing.items()}
        if not sources:
            return f"for {index if counts else '_'} in", Group("range(", (count,), ")")
        variables = ", ".join(sources)
        if len(sources) == 1:
            source = _run_through(next(iter(sources.values())))
        elif all(each.values for each in sources.values()):
            rows = zip(*(each.values for each in sources.values()), strict=True)
            source = literal(tuple(tuple(_value(one) for one in row) for row in rows))
        else:
            source = Group("zip(", (*(_each(each) for each in sources.values()), Atom("strict=True")), ")")
        if not counts:
            return f"for {variables} in", source
        variables = f"({variables})" if len(sources) > 1 else variables
        return f"for {index}, {variables} in", Group("enumerate(", (source,), ")")

    def _one(self, node: Node, path: Slot, given: Mapping[str, Value], inner: Mapping[Slot, Sized]) -> Piece:
        """One module: of a layer, of a block, or a sequence of them."""
        made = self._module(node, path, given, inner)
        if path:
            self.parts.append((node.uid, made))
        return made

    def _module(self, node: Node, path: Slot, given: Mapping[str, Value], inner: Mapping[Slot, Sized]) -> Piece:
        spec = self.catalog.op(node.op)
        network = self.catalog.block(node.op)
        here = (*path, node.uid)
        params = {name: substituted(value, given) for name, value in node.params.items() if not name.startswith("@")}
        if network is None:
            autos = {slot[-1]: size for slot, size in self._sizes(here, inner).items()}
            merged = {**{name: size for name, size in autos.items() if not isinstance(size, Each)}, **params}
            return construction(spec, merged, norm_of(node.params))
        if not is_sequence(network):
            return self._block(network.name, params, {slot[-1]: s for slot, s in self._sizes(here, inner).items()})
        unsaid = {slot[-1]: size for slot, size in self._sizes(here, inner).items() if not isinstance(size, Each)}
        values = {one.name: {**unsaid, **params}.get(one.name, one.default) for one in spec.params}
        given = {name: value for name, value in values.items() if value is not MISSING}
        narrowed = replace(self, plan=replace(self.plan, sizes={**self.plan.sizes, **inner}))
        items: list[Piece] = []
        for part in chain_of(network) or ():
            if is_counted(part) and WHEN not in part.params:
                repeated = narrowed._repeated(part, here, given)
                items += [Group("*(", repeated, ")")] if isinstance(repeated[0], Loop) else repeated
            else:
                items.append(narrowed._conditional(part, given, narrowed._all(part, here, given)))
        return Group("nn.Sequential(", tuple(items), ")")

    def _sizes(self, here: Slot, inner: Mapping[Slot, Sized]) -> dict[Slot, Sized]:
        return {**self.plan.sizes_at(here), **{slot: size for slot, size in inner.items() if slot[:-1] == here}}

    def _block(self, network: str, params: Mapping[str, Value], sizes: Mapping[str, Sized]) -> Piece:
        plan = self.plans[network]
        items: list[Piece] = []
        is_plain = True
        for argument in plan.arguments:
            size = sizes.get(argument.name, 1)
            items.append(_each(size) if isinstance(size, Each) else written(size))
        ordered = [one for one in plan.parameters if one.default is MISSING]
        ordered += [one for one in plan.parameters if one.default is not MISSING]
        for one in ordered:
            value = params.get(one.name, sizes.get(one.name, one.default))
            if isinstance(value, Each):
                items.append(_after("" if is_plain else f"{one.name}=", _each(value)))
                continue
            if value is MISSING:
                raise DrawingError(f"{network}: its parameter {one.name} is not set. Set it.")
            if one.default is not MISSING and repr(value) == repr(one.default):
                is_plain = False
                continue
            is_plain = is_plain and one.default is MISSING and (len(items) < _LEADING or is_expression(value))
            items.append(written(value, "" if is_plain else f"{one.name}="))
        return Group(f"{self.class_names[network]}(", tuple(items), ")")


def _speaks_of_number(node: Node) -> bool:
    """Whether the settings of a node that is repeated differ with the number of the repeat."""
    return any(INDEX in names_in(value) for name, value in node.params.items() if name not in (REPEAT, WHEN))


def _told_by_number(node: Node, differing: Mapping[Slot, Each], index: str) -> dict[Slot, Sized]:
    """The sizes of which the first alone differs, where the loop counts anyway: `1 if index == 0 else 25`."""
    return {
        slot: f"{SIGN}{each.values[0]!r} if {index} == 0 else {each.values[1]!r}"
        for slot, each in differing.items()
        if _speaks_of_number(node) and len(each.values) > _FEW_RUNS and len(set(map(repr, each.values[1:]))) == 1
    }


def _chooses_by_number(node: Node) -> bool:
    """Whether a setting is one thing for some repeats and another for others: `2 if index == 0 else 1`."""
    texts = [text for value in node.params.values() for text in expressions_in(value)]
    return any(" if " in text and INDEX in names_in(text) for text in texts)


def is_called_once(node: Node, spec: OpSpec) -> bool:
    """Whether `forward` calls the module of a node as one, with its repeats and with its condition."""
    is_dict = is_counted(node) and bool(node.params.get(PREFIX))
    return takes_one(spec) and not is_dict


def takes_one(spec: OpSpec) -> bool:
    """Whether a module is called with one tensor and answers one."""
    return len(spec.inputs) == 1 and not spec.inputs[0].many and len(spec.outputs) == 1 and not spec.unpack


def condition_text(when: Value, names: Mapping[str, str] | None = None) -> str:
    """A condition as code."""
    return python_text(when, names) if isinstance(when, str) and is_expression(when) else repr(when)


def construction(spec: OpSpec, params: Mapping[str, Value], norm: str = "") -> Piece:
    """How a layer of torch is built, or a tensor that the network holds; `norm` is that of its weight."""
    if norm:
        return Group(f"{NORMS[norm]}(", (construction(spec, params),), ")")
    target = dotted(spec.target)
    params = {name: value for name, value in params.items() if name not in spec.call_params}
    if spec.style == "value":
        return write_value(spec, target, params, said(spec, params, spec.positional))
    leading = []
    for param in spec.params[:_LEADING]:
        if param.default is not MISSING and param.auto is None:
            break
        leading.append(param.name)
    if spec.form == "layers":
        own = {name: params.pop(name) for name in LAYER_PARAMS & params.keys()}
        return write_layers(target, said(spec, params, tuple(leading)), said(spec, own, ()))
    return Group(f"{target}(", tuple(said(spec, params, tuple(leading))), ")")


def emit_construction(call: Call) -> Piece:
    """How a call's layer is built, with its params as they are."""
    return construction(call.spec, call.params, norm_of(call.settings))


def emit_member(call: Call) -> tuple[str, Piece]:
    """The line of `__init__` for a call with its params as they are: what is left of the piece, and the piece."""
    return write_member(call, emit_construction(call))


def said(
    spec: OpSpec, params: Mapping[str, Value], positional: tuple[str, ...], names: Mapping[str, str] | None = None
) -> list[Piece]:
    """The params that differ from their defaults: the positional ones in order, the rest by name."""
    given = {param.name: params[param.name] for param in spec.params if _is_said(spec, param.name, params)}
    leading: list[Piece] = []
    lead_names = list(positional)
    while lead_names and lead_names[-1] not in given:
        lead_names.pop()
    for name in lead_names:
        param = spec.param(name)
        if name in given:
            leading.append(written(given[name], "", names))
        elif param is not None and param.default is not MISSING:
            leading.append(literal(param.default))
        else:
            break
    rest = {name: value for name, value in given.items() if name not in lead_names[: len(leading)]}
    return [*leading, *(written(value, f"{name}=", names) for name, value in rest.items())]


def _is_said(spec: OpSpec, name: str, params: Mapping[str, Value]) -> bool:
    param = spec.param(name)
    if param is None or name not in params:
        return False
    return param.default is MISSING or repr(params[name]) != repr(param.default)


def dotted(target: str) -> str:
    """A target by the short names that generated code imports."""
    for start, short in (("torch.nn.functional.", "F."), ("torch.nn.", "nn.")):
        if target.startswith(start):
            return short + target.removeprefix(start)
    return target


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _value(size: Sized) -> Value:
    return tuple(_value(one) for one in size.values) if isinstance(size, Each) else size


def _each(each: Each) -> Piece:
    return Atom(each.source) if each.source else literal(_value(each))


def _run_through(each: Each) -> Piece:
    """What a loop runs through: a `range` where many numbers are evenly apart."""
    numbers = [value for value in each.values if isinstance(value, int) and not isinstance(value, bool)]
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    if len(numbers) == len(each.values) >= _ROW and len(steps) == 1 and (step := steps.pop()):
        return Atom(f"range({numbers[0]}, {numbers[-1] + step}, {step})")
    return _each(each)


def _run(piece: Piece, number: int) -> Piece:
    """The same module some times, as an item among others."""
    return piece if number == 1 else Group("*(", (Loop(piece, "for _ in", Atom(f"range({number})")),), ")")


def _after(head: str, piece: Piece) -> Piece:
    """The piece with a text before it."""
    if isinstance(piece, Group):
        return Group(head + piece.opening, piece.items, piece.closing)
    return Atom(head + flat(piece))
