"""Adversarial training in a script: each batch is changed so that the network errs, and is learned from so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from graph.attack_code import attacked_field_of, range_key, step_size_of
from graph.edits import SetParam
from graph.fields import Field
from graph.model import Project
from graph.ops.spec import MISSING
from graph.pretty import Atom, Group, quoted, render
from graph.problems import Fix, Problem
from runtime.script_heads import field_literal
from runtime.script_parts import Parts
from runtime.settings import SettingsError, TrainingSettings

_KINDS: Final = frozenset({"image", "vector", "sequence"})
_KEY: Final = "adversarial"


def attack_names(parts: Parts) -> set[str]:
    """What the attack needs of the library."""
    return set() if parts.settings.adversarial == "none" else {parts.settings.adversarial}


def attack_constants(parts: Parts) -> list[str]:
    """How the attack goes, as constants."""
    settings = parts.settings
    if settings.adversarial == "none":
        return []
    field = _field(parts)
    what = "of its range, each column of" if _is_share(parts, field) else "in the unit of"
    lines = [f"EPSILON = {settings.adversarial_epsilon!r}  # the most that is changed, {what} {_word(field)}"]
    if settings.adversarial == "pgd":
        said = settings.adversarial_step_size
        size = step_size_of(settings.adversarial_epsilon, settings.adversarial_steps, said)
        lines += [f"ATTACK_STEPS = {settings.adversarial_steps}", f"ATTACK_STEP = {size!r}"]
    return lines


def attack_setup(parts: Parts) -> list[str]:
    """What `__init__` finds out: the range of the inputs, and one of the unit that epsilon counts in."""
    if parts.drawn:
        return _drawn_setup(parts)
    if parts.settings.adversarial == "none":
        return []
    field = _field(parts)
    lowest, highest, unit = _range(parts, field, "self.low", "self.high")
    return [
        f'        given = self.splits["train"][{field_literal(field.name)}]',
        f"        self.low, self.high = {lowest}, {highest}",
        f"        self.unit = {unit}",
    ]


def _range(parts: Parts, field: Field, low: str, high: str) -> tuple[str, str, str]:
    """The least and the most that a field holds, and the unit that epsilon counts in; of what is called `given`."""
    axes = {"image": "", "vector": "0", "sequence": "(0, 1)"}[field.kind]
    unit = "torch.ones((), device=self.device)"
    if _is_share(parts, field):
        unit = f"{high} - {low}"
    elif any(one.field.name == field.name for one in parts.scaled):
        unit = f"1 / self.scaling[{field_literal(field.name)}][1]"
    return f"given.amin({axes})", f"given.amax({axes})", unit


def _drawn_setup(parts: Parts) -> list[str]:
    """The ranges of the fields that drawn attacks keep within, beside the batch by their names."""
    known = {field.name: field for field in parts.plan.fields}
    lines = []
    for name in parts.attacked:
        field = known.get(name)
        if not _has_range(field):
            raise SettingsError(_no_range("An attack", name))
        assert field is not None
        lowest, highest, unit = _range(parts, field, "low", "high")
        keys = [quoted(range_key(name, what)) for what in ("lowest", "highest", "unit")]
        lines += [
            f'        given = self.splits["train"][{quoted(name)}]',
            f"        low, high = {lowest}, {highest}",
            f"        self.ranges[{keys[0]}], self.ranges[{keys[1]}] = low, high",
            f"        self.ranges[{keys[2]}] = {unit}",
        ]
    return ["        self.ranges: Batch = {}", *lines] if lines else []


def _has_range(field: Field | None) -> bool:
    return field is not None and field.kind in _KINDS and field.dtype == "float32"


def _no_range(what: str, name: str) -> str:
    return (
        f"{what} is to keep within the range of {name}, which holds no numbers of the training data that could be "
        "attacked. Say its bounds in numbers."
    )


def unknown_ranges(project: Project, fields: Sequence[Field]) -> Iterator[Problem]:
    """The drawn attacks that are to keep within the range of a field that has none; `fields` are those of the data."""
    known = {field.name: field for field in fields}
    for objective in project.objectives():
        for node in objective.nodes():
            name = attacked_field_of(objective, node)
            if name and not _has_range(known.get(name)):
                edit = SetParam(network=objective.name, uid=node.uid, name="by_data", value=MISSING)
                yield Problem(
                    code="bad-attack",
                    message=_no_range(node.name, name),
                    network=objective.name,
                    node=node.uid,
                    key="by_data",
                    fixes=(Fix(label="Say the bounds by numbers", edit=edit),),
                )


def attack_step(parts: Parts) -> list[str]:
    """What a step does before it looks at its batch."""
    if parts.drawn:
        return ["        batch |= self.ranges"] if parts.attacked else []
    return [] if parts.settings.adversarial == "none" else ["        batch = self.attacked(batch)"]


def attack_method(parts: Parts) -> list[str]:
    """The method that changes a batch; no lines where there is no attack."""
    settings = parts.settings
    if settings.adversarial == "none" or parts.drawn:
        return []
    name = field_literal(_field(parts).name)
    rows = ["network", "loss", f"batch[{name}]", "epsilon=EPSILON * self.unit"]
    if settings.adversarial == "pgd":
        rows += ["step_size=ATTACK_STEP * self.unit", "steps=ATTACK_STEPS"]
    rows += ["low=self.low", "high=self.high"]
    return [
        "    def attacked(self, batch: Batch) -> Batch:",
        '        """The batch, changed by at most EPSILON so that the network errs."""',
        "        objective = self.objectives[0]",
        f"        network = self.networks[{parts.network}]",
        "",
        "        def loss(inputs: Tensor) -> Tensor:",
        f"            changed = batch | {{{name}: inputs}}",
        '            return objective.loss(self.networks, changed, self.step)["loss"]',
        "",
        render("changed = ", Group(f"{settings.adversarial}(", tuple(Atom(row) for row in rows), ")"), 8),
        f"        return batch | {{{name}: changed}}",
    ]


def attacked_field(
    settings: TrainingSettings, entries: Iterable[str], fields: Sequence[Field], answered: Collection[str]
) -> Field:
    """The field that is changed; SettingsError where there is none, or not just one.

    `entries` are the fields that the network takes, `answered` those that it answers.
    """
    if not settings.adversarial_epsilon > 0:
        raise SettingsError("Epsilon must be more than 0: at 0 nothing is changed.", key=f"{_KEY}.epsilon")
    known = {field.name: field for field in fields}
    given = {name: known[name] for name in entries if name in known}
    found = [one for one in given.values() if one.kind in _KINDS and one.dtype == "float32"]
    if len(found) != 1:
        have = "takes none" if not found else f"takes {', '.join(one.name for one in found)}"
        raise SettingsError(
            f"Adversarial training changes a single input of numbers, and this network {have}. Set it to none.",
            key=_KEY,
        )
    if found[0].name in answered:
        raise SettingsError(
            f"Adversarial training changes {found[0].name}, which this network rebuilds. Set it to none.", key=_KEY
        )
    return found[0]


def _field(parts: Parts) -> Field:
    entries = [entry.field for entry in parts.program.entries]
    answered = {head.head.field.name for head in parts.heads}
    return attacked_field(parts.settings, entries, parts.plan.fields, answered)


def _is_share(parts: Parts, field: Field) -> bool:
    """Columns that are scaled one by one are of different units: the same number would mean nothing in them."""
    is_scaled = any(one.field.name == field.name for one in parts.scaled)
    return field.kind == "vector" and field.shape[0] > 1 and is_scaled


def _word(field: Field) -> str:
    """The name of a field in a comment."""
    return field.name if field.name.isidentifier() and len(field.name) <= 20 else "the input"
