"""The functions of an objective: `def loss(nets, batch, step)`, what to make smaller, and what is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.attack_code import ERROR, attack_piece, attacks_step, direct_targets, in_attacked_order
from graph.calls import assigned, emit_call
from graph.construct import emit_construction
from graph.functional import as_function, function_of
from graph.gradients import GRADIENT, Line, as_one, line_by_line
from graph.lower import ASIDE, ENDS, SETS, SHOWN, Answer, Call, Entry, Program, lower, pattern_names
from graph.model import Network
from graph.notes import ToldNotes, comment_lines, paragraphs, told_notes
from graph.objectives import LOG, is_shown_only, minimised, mode_of
from graph.ops.catalog import Catalog
from graph.pretty import WIDTH, Atom, Group, Piece, flat, plain_text, quoted, render
from graph.purpose import docstring_lines
from graph.report import ShapeReport
from graph.step_code import as_trained

_INDENT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCode:
    """The text of the function, for each node the rows, from 1, that stand for it, and what it tells beside the loss.

    `targets` are the dotted names that the text calls, by which its imports and helpers are found; `definitions` the
    texts of the functions that it needs and torch does not have, `untrusted` the names of what must not run.
    """

    name: str
    function: str
    text: str
    lines: Mapping[str, tuple[int, ...]]
    logs: tuple[str, ...]
    targets: frozenset[str]
    definitions: frozenset[str]
    untrusted: frozenset[str]


def function_name(objective: str) -> str:
    """The name of an objective's function: `critic` becomes `critic_loss`."""
    word = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in objective).strip("_").lower()
    word = f"objective_{word}" if not word or word[0].isdigit() else word
    return word if word.endswith("_loss") else f"{word}_loss"


def shown_name(objective: str) -> str:
    """The name of the function of what an objective shows: `critic` and `critic_loss` become `critic_shown`."""
    return f"{function_name(objective).removesuffix('_loss')}_shown"


def setting_name(objective: str) -> str:
    """The name of the function of what an objective sets: `critic` and `critic_loss` become `critic_set`."""
    return f"{function_name(objective).removesuffix('_loss')}_set"


def emit_objective(catalog: Catalog, network: Network, report: ShapeReport) -> ObjectiveCode:
    """The function of an objective; DrawingError when its drawing cannot be lowered.

    The text is unchanged by `black`, and passes `ruff` and `mypy` in the script where it stands.
    """
    program = lower(catalog, network, report.autos, ENDS - ASIDE)
    program = replace(program, calls=tuple(_with_mode(catalog, network, call) for call in program.calls))
    return _code(catalog, network, report, program, function_name(network.name))


def emit_shown(catalog: Catalog, network: Network, report: ShapeReport) -> ObjectiveCode | None:
    """The function of what an objective shows while it trains, None where it shows nothing; as `emit_objective`."""
    if not any(node.op in SHOWN for node in network.nodes()):
        return None
    program = lower(catalog, network, report.autos, SHOWN)
    program = replace(program, calls=tuple(_as_looked_at(call) for call in program.calls))
    return _code(catalog, network, report, program, shown_name(network.name))


def emit_setting(catalog: Catalog, network: Network, report: ShapeReport) -> ObjectiveCode | None:
    """The function of the values that an objective sets once, None where it sets none; as `emit_objective`."""
    if not any(node.op in SETS for node in network.nodes()):
        return None
    program = lower(catalog, network, report.autos, SETS)
    program = replace(program, calls=tuple(_as_looked_at(call) for call in program.calls))
    return _code(catalog, network, report, program, setting_name(network.name))


def _code(catalog: Catalog, network: Network, report: ShapeReport, program: Program, function: str) -> ObjectiveCode:
    ends: list[Entry | Call | Answer] = [*program.entries, *program.calls, *program.answers]
    notes = told_notes(catalog, network, [one.uid for one in ends])
    writer = _Function(network, report, program, notes, function)
    writer.write()
    return ObjectiveCode(
        name=network.name,
        function=function,
        text="\n".join(writer.rows),
        lines={uid: tuple(sorted(set(numbers))) for uid, numbers in writer.lines.items()},
        logs=tuple(answer.name for answer in program.answers if network.node(answer.uid).op == LOG),
        targets=frozenset(_targets(program)),
        definitions=frozenset(call.spec.definition for call in program.calls if call.spec.definition),
        untrusted=frozenset(call.spec.target for call in program.calls if not call.spec.may_run),
    )


def _with_mode(catalog: Catalog, network: Network, call: Call) -> Call:
    if call.spec.style != "call":
        return call
    mode = mode_of(catalog, network, network.node(call.uid))
    frozen = bool(call.params.get("frozen")) and not call.params.get("detached")  # nothing learns from it anyway
    return replace(call, params={**call.params, "mode": mode, "frozen": frozen})


def _as_looked_at(call: Call) -> Call:
    """A call of a network as its answer is looked at: as it answers later, if the drawing does not say otherwise.

    Nothing moves: in train mode, the averages of its norms stay.
    """
    if call.spec.style != "call":
        return call
    mode = {"auto": "eval", "train": "keep statistics"}.get(said := str(call.params.get("mode", "auto")), said)
    return replace(call, params={**call.params, "mode": mode, "frozen": False, "detached": False})


def _targets(program: Program) -> Iterator[str]:
    for call in program.calls:
        spec = call.spec
        yield from direct_targets(call) or (function_of(spec) or spec.target,)
        if spec.style == "call" and (call.params.get("mode", "train") != "train" or call.params.get("frozen")):
            yield "answer_of"
        if (spec.style == "call" and call.params.get("detached")) or spec.key in (GRADIENT, "noise", "numbers"):
            yield "torch.no_grad"


class _Function:
    """Writes one function, and remembers which rows stand for which node."""

    def __init__(
        self, network: Network, report: ShapeReport, program: Program, notes: ToldNotes, function: str
    ) -> None:
        self._network, self._report, self._program, self._notes = network, report, program, notes
        self._function = function
        self._is_aside = function != function_name(network.name)
        self.rows: list[str] = []
        self.lines: dict[str, list[int]] = {}

    def write(self) -> None:
        """Write all of it."""
        head = tuple(Atom(text) for text in ("nets: Networks", "batch: Batch", "step: int"))
        if self._is_aside:
            finds_slopes = any(call.spec.key == GRADIENT for call in self._program.calls)
            self._add(f"@torch.{'enable_grad' if finds_slopes else 'no_grad'}()")
        self._add(render(f"def {self._function}", Group("(", head, ")"), 0, " -> dict[str, Tensor]:"))
        self._docstring()
        shapes: dict[str, str] = {}
        for entry in self._program.entries:
            self._remarks(entry.uid)
            shapes[entry.name] = shape = self._shape(entry.uid, "output")
            self._add(_commented(f"    {entry.name} = batch[{quoted(entry.field)}]", shape), entry.uid)
        end = None if self._is_aside else minimised(self._network)
        calls, behind = in_attacked_order(self._network, end, self._program.calls)
        learned = next((answer.variable for answer in self._program.answers if end and answer.uid == end.uid), "")
        lines = line_by_line(calls, learned)
        for line in lines:
            if behind and attacks_step(line[0].params):
                leading = [tuple(call for call in one if call.uid in behind) for one in lines]
                self._error(line[0], [one for one in leading if one], dict(shapes))
            self._line(line, shapes)
        self._return()

    def _error(self, attack: Call, behind: Sequence[Line], shapes: dict[str, str]) -> None:
        """What an attack on the loss of this step makes larger: that loss, as a function of what is attacked."""
        (name,) = pattern_names(attack.target)
        self._add("")
        self._add(f"    def {ERROR}({name}: Tensor) -> Tensor:", attack.uid)
        self._add(f'        """The loss of this step, which {name} makes as large as it can."""', attack.uid)
        shapes[name] = self._shape(attack.uid, attack.spec.outputs[0].name)
        for line in behind:
            self._line(line, shapes, 2 * _INDENT)
        self._add(f"        return {self._minimised()}", attack.uid)
        self._add("")

    def _add(self, text: str, *uids: str) -> None:
        for row in text.split("\n"):
            self.rows.append(row)
            for uid in uids:
                self.lines.setdefault(uid, []).append(len(self.rows))

    def _docstring(self) -> None:
        logs = [answer.name for answer in self._program.answers if self._network.node(answer.uid).op == LOG]
        told = f", and {', '.join(logs)} to show" if logs else ""
        unsaid = f"What {plain_text(self._network.name)} makes smaller{told}."
        if self._is_aside:
            unsaid = f"What is looked at of {plain_text(self._network.name)} while it trains."
        if self._function == setting_name(self._network.name):
            unsaid = f"The numbers that {plain_text(self._network.name)} writes into weights."
        notes = ToldNotes() if self._is_aside and not is_shown_only(self._network) else self._notes
        first, *rest = docstring_lines(notes, unsaid, self._network.name, _INDENT)
        if not rest and len(first) + 10 <= WIDTH:
            self._add(f'    """{first}"""')
            return
        self._add(f'    """{first}')
        for line in rest:
            self._add(f"    {line}" if line else "")
        self._add('    """')

    def _remarks(self, uid: str) -> None:
        """The notes beside a node, above its line."""
        for note in self._notes.nodes.get(uid, ()):
            for words in paragraphs(note.text):
                for line in comment_lines(words, _INDENT):
                    self._add(line, uid)

    def _line(self, line: Line, shapes: dict[str, str], indent: int = _INDENT) -> None:
        if indent == _INDENT:
            for one in line:
                self._remarks(one.uid)
        call, uids = as_one(line), [one.uid for one in line]
        piece = self._piece(call)
        if call.spec.style == "call" and call.params.get("detached"):
            self._add(f"{' ' * indent}with torch.no_grad():", *uids)
            indent += _INDENT
        arrived = {shapes.get(name) for argument in call.arguments for name in argument.names}
        found = [self._shape(one.uid, one.spec.outputs[0].name) for one in line]
        for one, shape in zip(line, found, strict=True):
            shapes |= dict.fromkeys(pattern_names(one.target), shape)
        told = ", ".join(found) if all(found) and arrived != set(found) else ""
        self._add(_commented(assigned(call.target, piece, indent), told), *uids)

    def _piece(self, call: Call) -> Piece:
        if direct_targets(call):
            return attack_piece(call, {entry.name: entry.field for entry in self._program.entries})
        piece = emit_call(as_trained(call))
        if call.spec.style != "module" or not isinstance(piece, Group):
            return piece
        made = emit_construction(call)
        assert isinstance(made, Group)
        return as_function(call, made, piece.items) or Group(f"{flat(made)}(", piece.items, ")")

    def _shape(self, uid: str, port: str) -> str:
        info = self._report.ports.get((uid, port))
        if info is None or "depends on" in info.full_label():
            return ""
        return "" if info.shape == () else info.full_label().partition("  ")[0]

    def _return(self) -> None:
        items: list[tuple[str, str, str]] = []
        end = minimised(self._network)
        for answer in self._program.answers:
            if end is not None and answer.uid == end.uid:
                items.insert(0, ("loss", self._minimised(), answer.uid))
            else:
                items.append((answer.name, answer.variable, answer.uid))
        row = f"    return {{{', '.join(f'{quoted(key)}: {value}' for key, value, _ in items)}}}"
        if len(row) <= WIDTH:
            self._add(row)
            for _, _, uid in items:
                self.lines.setdefault(uid, []).append(len(self.rows))
            return
        self._add("    return {")
        for key, value, uid in items:
            self._add(f"        {quoted(key)}: {value},", uid)
        self._add("    }")

    def _minimised(self) -> str:
        """The number that is made smaller."""
        end = minimised(self._network)
        assert end is not None, "asked only where there is an end"
        variable = next(answer.variable for answer in self._program.answers if answer.uid == end.uid)
        weight = end.params.get("weight", 1.0)
        return variable if weight == 1 else f"{weight!r} * {variable}"


def _commented(line: str, comment: str) -> str:
    """The comment behind the line where it fits."""
    last = line.split("\n")[-1]
    fits = comment and "\n" not in line and len(f"{last}  # {comment}") <= WIDTH
    return f"{line}  # {comment}" if fits else line
