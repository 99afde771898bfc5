"""Adversarial training in a script: each batch is changed so that the network errs, and is learned from so."""

from __future__ import annotations

from typing import Final

from graph.fields import Field
from graph.pretty import Atom, Group, render
from runtime.attack_protocol import AttackOrder
from runtime.script_heads import field_literal
from runtime.script_parts import Parts
from runtime.settings import SettingsError

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
        step = AttackOrder(steps=settings.adversarial_steps, step_size=settings.adversarial_step_size)
        size = float(f"{step.step_at(settings.adversarial_epsilon):.6g}")
        lines += [f"ATTACK_STEPS = {settings.adversarial_steps}", f"ATTACK_STEP = {size!r}"]
    return lines


def attack_setup(parts: Parts) -> list[str]:
    """What `__init__` finds out: the range of the inputs, and one of the unit that epsilon counts in."""
    if parts.settings.adversarial == "none":
        return []
    field = _field(parts)
    name = field_literal(field.name)
    axes = {"image": "", "vector": "0", "sequence": "(0, 1)"}[field.kind]
    lines = [
        f'        given = self.splits["train"][{name}]',
        f"        self.low, self.high = given.amin({axes}), given.amax({axes})",
    ]
    if _is_share(parts, field):
        return [*lines, "        self.unit = self.high - self.low"]
    if any(one.field.name == field.name for one in parts.scaled):
        return [*lines, f"        self.unit = 1 / self.scaling[{name}][1]"]
    return [*lines, "        self.unit = torch.ones((), device=self.device)"]


def attack_step(parts: Parts) -> list[str]:
    """What a step does before it looks at its batch."""
    return [] if parts.settings.adversarial == "none" else ["        batch = self.attacked(batch)"]


def attack_method(parts: Parts) -> list[str]:
    """The method that changes a batch; no lines where there is no attack."""
    settings = parts.settings
    if settings.adversarial == "none":
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


def _field(parts: Parts) -> Field:
    """The field that is changed; SettingsError where there is none, or not just one."""
    if not parts.settings.adversarial_epsilon > 0:
        raise SettingsError("Epsilon must be more than 0: at 0 nothing is changed.", key=f"{_KEY}.epsilon")
    known = {field.name: field for field in parts.plan.fields}
    given = {entry.field: known[entry.field] for entry in parts.program.entries if entry.field in known}
    found = [one for one in given.values() if one.kind in _KINDS and one.dtype == "float32"]
    if len(found) != 1:
        have = "takes none" if not found else f"takes {', '.join(one.name for one in found)}"
        raise SettingsError(
            f"Adversarial training changes a single input of numbers, and this network {have}. Set it to none.",
            key=_KEY,
        )
    if any(head.head.field.name == found[0].name for head in parts.heads):
        raise SettingsError(
            f"Adversarial training changes {found[0].name}, which this network rebuilds. Set it to none.", key=_KEY
        )
    return found[0]


def _is_share(parts: Parts, field: Field) -> bool:
    """Columns that are scaled one by one are of different units: the same number would mean nothing in them."""
    is_scaled = any(one.field.name == field.name for one in parts.scaled)
    return field.kind == "vector" and field.shape[0] > 1 and is_scaled


def _word(field: Field) -> str:
    """The name of a field in a comment."""
    return field.name if field.name.isidentifier() and len(field.name) <= 20 else "the input"
