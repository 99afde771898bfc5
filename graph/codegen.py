"""Code generation: a program becomes the text of `model.py`, which is executed, shown and exported as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.blocks import REPEAT, SHARED, WHEN
from graph.calls import emit_call, emit_lines, is_sign, pattern_text
from graph.classes import ClassPlan, Each, is_sequence, nodes_of, plan_classes
from graph.construct import Builder, emit_construction, is_called_once
from graph.definitions import Import, clashes, definition_of, import_lines
from graph.errors import DrawingError
from graph.expressions import names_in
from graph.flow import TensorInfo
from graph.forms import write_member
from graph.inner_lines import inner_lines
from graph.lower import Answer, Call, Entry, Program, bound_ports, class_name, lower, pattern_names
from graph.model import Network, Parameter
from graph.notes import ToldNotes, comment_lines, paragraphs, told_notes
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Value
from graph.pretty import Atom, Group, flat, literal, plain_text, render
from graph.purpose import docstring_lines, part_lines
from graph.report import ShapeReport
from graph.weights_code import weight_lines

__all__ = ["EmittedCode", "class_name", "emit_call", "emit_construction", "emit_model", "pattern_text"]

_MANY_ANSWERS = 4
_ROOM = 40
_ROWS_OF_ONE_BREAK = 2
_USUAL_TYPE = "float32"
_RETURN = "        return "
_TYPES: Mapping[str, str] = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "str": "str",
    "ints": "int | tuple[int, ...]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedCode:
    """A module's text, for each node the 1-based lines that stand for it, and the program that it was made from.

    `definitions`: for each node that calls a function or class which the text holds, the lines of that. `origins`: of
    those lines which the person wrote, the name of what is called and the line in their text. `untrusted`: the names of
    what the person wrote and does not trust; while there are any, the text is for reading only.
    """

    text: str
    program: Program
    lines: Mapping[str, tuple[int, ...]]
    definitions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    origins: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    untrusted: tuple[str, ...]
    roots: Mapping[str, Program] = field(default_factory=dict)
    """The programs of all networks that train together, by name."""


@dataclass(slots=True)
class _Writer:
    """Collects lines and remembers which node they stand for."""

    rows: list[str] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, text: str = "", uid: str = "") -> None:
        for row in text.split("\n"):
            self.rows.append(row)
            if uid:
                self.mark(uid, len(self.rows))

    def mark(self, uid: str, number: int) -> None:
        self.lines.setdefault(uid, []).append(number)

    def join(self, other: _Writer) -> None:
        """Put the lines of another after these."""
        start = len(self.rows)
        self.rows += other.rows
        self.share(other, start)

    def share(self, other: _Writer, start: int) -> None:
        """Say that lines from `start` on stand for the nodes of another, too."""
        for uid, numbers in other.lines.items():
            for number in numbers:
                self.mark(uid, start + number)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """What is known of one class when it is written."""

    builder: Builder
    program: Program
    report: ShapeReport
    name: str
    notes: ToldNotes

    @property
    def plan(self) -> ClassPlan:
        return self.builder.plan


def emit_model(
    catalog: Catalog, network: Network, report: ShapeReport, others: Sequence[tuple[Network, ShapeReport]] = ()
) -> EmittedCode:
    """The module of a network with those of its blocks; DrawingError when the drawing cannot be lowered.

    `others` are networks that train together with it: their modules stand beside, and may share its blocks.
    The text needs torch alone. It does not change under `black`, and `ruff` and `mypy` have nothing to say. Blocks that
    become one and the same class are written once.
    """
    roots = {one.name: known for one, known in (*others, (network, report))}
    plans = plan_classes(catalog, [*others, (network, report)])
    names: dict[str, str] = {}
    programs: list[Program] = []
    body = _Writer()
    starts: dict[str, tuple[str, int]] = {}
    whole: dict[str, Program] = {}
    for plan in plans.values():
        if is_sequence(plan.network):
            _lower(catalog, plan)  # its problems are told, too
            continue
        program = _lower(catalog, plan)
        name = names[plan.network.name] = program.class_name
        builder = Builder(catalog=catalog, plans=plans, plan=plan, class_names=names)
        ends: list[Entry | Call | Answer] = [*program.entries, *program.calls, *program.answers]
        notes = told_notes(catalog, plan.network, [one.uid for one in ends])
        here = _Class(builder=builder, program=program, report=plan.uses[0], name=name, notes=notes)
        out = _Writer()
        _class(out, here)
        said = out.rows[1:] if notes.purpose else out.rows[2:]  # else the first line only repeats the name
        text = "\n".join(said)
        if plan.network.name in roots:
            whole[plan.network.name] = program
        elif text in starts:
            names[plan.network.name], start = starts[text]
            body.share(out, start)
            continue
        body.add("\n")
        starts[text] = (name, len(body.rows))
        body.join(out)
        programs.append(program)
    return _whole(network.name, whole, programs, body, roots, _Definitions.of(catalog, plans.values(), programs))


@dataclass(slots=True, kw_only=True)
class _Definitions:
    """The functions and classes that calls need and torch does not have, and the nodes that call each, by the text."""

    users: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, bool] = field(default_factory=dict)  # whether it may run, of what the person wrote
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    origins: dict[int, tuple[str, int]] = field(default_factory=dict)

    @staticmethod
    def of(catalog: Catalog, plans: Iterable[ClassPlan], programs: Sequence[Program]) -> _Definitions:
        found = _Definitions()
        for plan in plans:
            for node in nodes_of(plan.network):
                spec = catalog.ops[node.op]
                if spec.definition:
                    found.users.setdefault(spec.definition, []).append(node.uid)
                if spec.own:
                    found.own[spec.definition] = spec.may_run
        made = [definition_of(text) for text in found.texts]
        for _, message in clashes(made, {one.class_name for one in programs}):
            raise DrawingError(message)
        return found

    @property
    def texts(self) -> list[str]:
        """The texts in the order in which they are written."""
        return sorted(self.users, key=lambda text: (definition_of(text).called, text))

    @property
    def imports(self) -> set[Import]:
        """What they import."""
        return {one for text in self.users for one in definition_of(text).imports}

    def write(self, out: _Writer) -> None:
        """Put them after the imports. Their lines stand for no call."""
        for text in self.texts:
            made = definition_of(text)
            out.add("\n")
            first = len(out.rows) + 1
            for row in made.body:
                out.add(row)
            numbers = range(first, len(out.rows) + 1)
            self.lines |= dict.fromkeys(self.users[text], tuple(numbers))
            if text in self.own:
                self.origins |= {at: (made.called, line) for at, line in zip(numbers, made.numbers, strict=True)}


def _whole(
    name: str,
    roots: Mapping[str, Program],
    programs: Sequence[Program],
    body: _Writer,
    reports: Mapping[str, ShapeReport],
    definitions: _Definitions,
) -> EmittedCode:
    out = _Writer()
    members = [(reports[one], call) for one, program in roots.items() for call in program.members]
    weights = sum(report.weights.get(call.uid, 0) for report, call in members)
    layers = sum(call.spec.style != "value" for _, call in members)
    has_blocks = any(call.spec.style == "block" for _, call in members)  # who knows how many layers these are
    size = ", ".join([*([] if has_blocks else [_count(layers, "layer")]), _count(weights, "weight")])
    title = " and ".join(program.class_name for program in roots.values())
    out.add(f'"""{title if len(title) <= _ROOM else "Several networks"}: {size}; drawn in Layerloom."""')
    out.add()
    calls = [call for one in programs for call in one.calls]
    called = [call for call in calls if call.spec.style in ("module", "function") and not call.spec.definition]
    targets = [call.spec.target for call in called if not is_sign(call)]
    targets += ["torch." for call in calls if call.spec.style == "value"]
    for line in import_lines({*_imports(targets), *definitions.imports}):
        out.add(line)
    definitions.write(out)
    out.join(body)
    ends = {one.uid for some in programs for one in some.entries}
    ends |= {one.uid for some in programs for one in some.answers}
    ordered = sorted(out.lines, key=lambda uid: uid in ends)  # who looks a line up finds the layer before the Output
    return EmittedCode(
        text="\n".join(out.rows) + "\n",
        program=roots[name],
        roots=roots,
        lines={uid: tuple(sorted(set(out.lines[uid]))) for uid in ordered},
        definitions=definitions.lines,
        origins=definitions.origins,
        untrusted=tuple(sorted(definition_of(text).called for text, may_run in definitions.own.items() if not may_run)),
    )


def _lower(catalog: Catalog, plan: ClassPlan) -> Program:
    autos: dict[str, dict[str, Value]] = {}
    for report in plan.uses:
        for uid, found in report.autos.items():
            autos.setdefault(uid, {}).update(found)
    for slot, size in plan.sizes.items():
        if len(slot) == 2 and slot[0] in autos and not isinstance(size, Each):
            autos[slot[0]][slot[1]] = size
    return lower(catalog, plan.network, autos)


def _imports(targets: Sequence[str]) -> Iterator[Import]:
    yield Import("torch", "Tensor")
    yield Import("torch", "nn")
    if any(not target.startswith("torch.nn.") for target in targets):
        yield Import("torch")
    if any(target.startswith("torch.nn.functional.") for target in targets):
        yield Import("torch.nn", "functional", "F")


def _count(number: int, word: str) -> str:
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word}s" if number else f"no {word}s"


def _class(out: _Writer, here: _Class) -> None:
    plan, program = here.plan, here.program
    kept = _kept(here)
    out.add(f"class {here.name}(nn.Module):")
    _docstring(out, here)
    held = [call for call in program.members if call.spec.style == "value" and call.spec.key != "parameter"]
    if held:
        out.add()
    for call in held:
        out.add(f"    {call.name}: Tensor", call.uid)  # without it a type checker takes it for a module
    if program.members or kept:
        out.add()
        arguments = tuple(_arguments(plan))
        head = Group("(", tuple(Atom(one) for one in ("self", *arguments)), ")") if arguments else Atom("(self)")
        out.add(render("def __init__", head, 4, " -> None:"))
        out.add("        super().__init__()")
        for name in kept:
            out.add(f"        self.{name} = {name}")
        told: set[str] = set()
        for call in program.members:
            piece = here.builder.piece(plan.network.node(call.uid))
            if call.spec.style == "value":  # it has no line in `forward`
                _remarks(out, here, call.uid)
            part = here.builder.catalog.block(call.spec.key)
            if part is not None and is_sequence(part) and part.name not in told:
                told.add(part.name)
                for line in part_lines(part, 8):
                    out.add(line, call.uid)
            first = len(out.rows)
            out.add(render(*write_member(call, piece), 8), call.uid)
            for uid, row in inner_lines(out.rows[first:], here.builder.parts):
                out.mark(uid, first + row + 1)
            here.builder.parts.clear()
        for line, uid in weight_lines(program.members):
            out.add(line, uid)
    out.add()
    _forward(out, here, kept)


def _arguments(plan: ClassPlan) -> Iterator[str]:
    """The arguments of the constructor: sizes that differ between uses, then the block's parameters."""
    for argument in plan.arguments:
        values = list(argument.values.values())
        kind = "tuple[int, ...]" if all(isinstance(value, tuple) for value in values) else "int"
        if kind == "int" and any(isinstance(value, tuple) for value in values):
            kind = "int | tuple[int, ...]"
        yield f"{argument.name}: {kind}"
    without = [one for one in plan.parameters if one.default is MISSING]
    for one in without:
        yield f"{one.name}: {_TYPES[one.type]}"
    for one in plan.parameters:
        if one.default is not MISSING:
            kind = _TYPES[one.type] + (" | None" if one.default is None else "")
            yield f"{one.name}: {kind} = {flat(literal(one.default))}"


def _kept(here: _Class) -> tuple[str, ...]:
    """The arguments of the constructor that `forward` needs, in their order."""
    wanted: set[str] = set()
    for call in here.program.calls:
        node = here.plan.network.node(call.uid)
        is_module = call.spec.style in ("module", "block", "value")
        passed = [value for name, value in call.params.items() if not is_module or name in call.spec.call_params]
        wanted |= {name for value in passed for name in names_in(value)}
        if not (is_module and is_called_once(node, call.spec)):
            wanted |= names_in(call.settings.get(WHEN, True))
        if call.settings.get(SHARED) is True:
            wanted |= names_in(call.settings.get(REPEAT, 1))
    plan = here.plan
    names = [*(one.name for one in plan.arguments), *(one.name for one in plan.parameters)]
    return tuple(name for name in names if name in wanted)


def _docstring(out: _Writer, here: _Class) -> None:
    program, report = here.program, here.report
    first, *rest = docstring_lines(here.notes, _unsaid(here), here.name, 4)
    out.add(f'    """{first}')
    for line in rest:
        out.add(f"    {line}" if line else "")
    told = [one for one in here.plan.parameters if one.doc]
    if told:
        out.add()
        out.add("    Args:")
        for one in told:
            out.add(f"        {one.name}: {_sentence(one)}")
    ends = [(entry.uid, entry.name, entry.field, (entry.uid, "output")) for entry in program.entries]
    ends += [(answer.uid, answer.name, answer.field, answer.source) for answer in program.answers]
    agreed = all(len(_labels(here, port)) == 1 for _, _, _, port in ends)
    out.add()
    out.add("    Shape:" if agreed else "    Shape, for instance:")
    for uid, name, field_name, port in ends:
        words = plain_text(field_name)
        tail = f", the field {words}" if words not in ("", name) else ""
        out.add(f"        {name}: {_described(report.ports.get(port))}{tail}", uid)
    out.add('    """')


def _unsaid(here: _Class) -> str:
    """What a class is for while no note says it."""
    if here.plan.network.block is not None:
        return plain_text(here.plan.network.name.replace("_", " ")).capitalize() or "Block"
    given = _listed(plain_text(entry.field) or entry.name for entry in here.program.entries)
    answered = _listed(plain_text(answer.field) or answer.name for answer in here.program.answers)
    return f"Answers {answered}, given {given}."


def _listed(words: Iterable[str]) -> str:
    """Words in a row: `a, b and c`."""
    *before, last = [*words] or ["nothing"]
    return f"{', '.join(before)} and {last}" if before else last


def _remarks(out: _Writer, here: _Class, uid: str) -> None:
    """The notes beside a node, above its line."""
    for note in here.notes.nodes.get(uid, ()):
        for words in paragraphs(note.text):
            for line in comment_lines(words, 8):
                out.add(line, uid)


def _sentence(one: Parameter) -> str:
    words = plain_text(one.doc)
    return words if words[-1:] in ".!?" else f"{words}."


def _described(info: TensorInfo | None) -> str:
    """The shape of a tensor, with its type where that is not the usual one."""
    if info is None:
        return "not known"
    return info.full_label().removesuffix(f"  {_USUAL_TYPE}").replace("  ", " ")


def _forward(out: _Writer, here: _Class, kept: Sequence[str]) -> None:
    program = here.program
    arguments = [f"{entry.name}: Tensor" for entry in program.entries]
    count = len(program.answers)
    answers = ", ".join(["Tensor"] * count) if count <= _MANY_ANSWERS else "Tensor, ..."
    returned = "Tensor" if count == 1 else f"tuple[{answers}]"
    head = render(
        "def forward", Group("(", tuple(Atom(one) for one in ["self", *arguments]), ")"), 4, f" -> {returned}:"
    )
    first = len(out.rows) + 1
    out.add(head)
    rows = head.count("\n")
    each = rows > _ROWS_OF_ONE_BREAK  # an argument a row, after self
    for place, entry in enumerate(program.entries):
        out.mark(entry.uid, first + 2 + place if each else first + min(rows, 1))
    names = {name: f"self.{name}" for name in kept}
    shapes = {entry.name: _shape(here, (entry.uid, "output")) for entry in program.entries}
    for call in program.calls:
        if call.spec.style == "value":
            shapes[f"self.{call.name}"] = _shape(here, (call.uid, "output"))
            continue  # it stands where it is used
        is_returned = call is program.calls[-1] and [answer.variable for answer in program.answers] == [call.target]
        line = emit_lines(call, here.plan.network.node(call.uid), names, is_returned=is_returned)
        arrived = {shapes.get(name) for argument in call.arguments for name in argument.names}
        leaves = [_shape(here, (call.uid, port)) for port, _ in bound_ports(call)]
        shape = next((text for text in leaves if text), "")
        shapes |= dict.fromkeys(pattern_names(call.target), shape)
        _remarks(out, here, call.uid)
        if is_returned and line.startswith(_RETURN):
            _remarks(out, here, program.answers[0].uid)
        out.add(_with_comment(line, "" if arrived == {shape} else shape), call.uid)  # only where it changes
        if is_returned and line.startswith(_RETURN):
            out.mark(program.answers[0].uid, len(out.rows))
            return
    for answer in program.answers:
        _remarks(out, here, answer.uid)
    _return(out, program.answers)


def _return(out: _Writer, answers: Sequence[Answer]) -> None:
    first = len(out.rows) + 1
    one_line = _RETURN + ", ".join(answer.variable for answer in answers)
    wrapped = len(one_line) > 88
    variables = tuple(Atom(answer.variable) for answer in answers)
    out.add(render("return ", Group("(", variables, ")"), 8, explode=True) if wrapped else one_line)
    for place, answer in enumerate(answers):
        out.mark(answer.uid, first + 1 + place if wrapped else first)


def _shape(here: _Class, port: tuple[str, str]) -> str:
    """The shape at a port where all uses of the class agree on it."""
    found = _labels(here, port)
    shape = next(iter(found)).partition("  ")[0] if len(found) == 1 else ""
    return "" if "depends on" in shape else shape


def _labels(here: _Class, port: tuple[str, str]) -> set[str]:
    return {report.ports[port].full_label() for report in here.plan.uses if port in report.ports}


def _with_comment(line: str, comment: str) -> str:
    """The comment behind the line where it fits, else on a line of its own above."""
    if not comment:
        return line
    last = line.split("\n")[-1]
    if len(f"{last}  # {comment}") <= 88:
        return f"{line}  # {comment}"
    return f"        # {comment}\n{line}"
