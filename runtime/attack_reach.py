"""What of a run can be attacked: its field of numbers, the classes it answers, and what an epsilon counts in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graph.errors import LoomError
from graph.fields import Field
from runtime.attack_protocol import USUAL_SHARES, AttackError
from runtime.attack_result import Unit
from runtime.run_networks import RunNetwork, networks_of, project_of
from runtime.rundir import RunDir
from runtime.scaling import FieldNumbers, read_scaling

_KINDS: Final = frozenset({"image", "vector", "sequence"})
_NEARLY: Final = 1e-4  # numbers that were scaled and scaled back
NO_CLASSES: Final = "Only networks that say a class can be attacked. This one has no Output of classes."
NO_NUMBERS: Final = "Only pictures, sequences and columns of numbers can be changed a little; this network takes none."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`field` is what is changed, `answer` the classes that are answered.

    `low` and `high` are what the numbers of the field stay within, in the unit of the data: one for all (pictures),
    or one for each column or feature. `unit` is what an epsilon counts in.
    """

    field: Field
    answer: Field
    unit: Unit
    low: tuple[float, ...]
    high: tuple[float, ...]

    def usual_epsilons(self) -> tuple[float, ...]:
        """The epsilons that suit the range."""
        width = 1.0 if self.unit == "share" else max(self.high) - min(self.low)
        return tuple(sorted({float(f"{share * width:.2g}") for share in USUAL_SHARES if share * width > 0}))


def reach_of(run: RunDir, wanted: RunNetwork | None = None) -> Reach:
    """What of a run's network can be attacked; AttackError says why nothing can. No data are read.

    `wanted`: this one of its networks, else its main one.
    """
    fields = _fields(run)
    project = project_of(run, wanted)
    nodes = project.main().nodes()
    given = [fields.get(str(node.params.get("field", ""))) for node in nodes if node.op == "Input"]
    answered = [fields.get(str(node.params.get("field", ""))) for node in nodes if node.op == "Output"]
    answer = next((one for one in answered if one is not None and one.kind == "class"), None)
    if answer is None:
        raise AttackError(NO_CLASSES)
    numbers = [one for one in given if one is not None and one.kind in _KINDS and one.dtype == "float32"]
    if not numbers:
        raise AttackError(NO_NUMBERS)
    if len({one.name for one in numbers}) > 1:
        names = ", ".join(one.name for one in numbers)
        raise AttackError(f"This network takes several inputs of numbers ({names}); only a single one can be attacked.")
    ranges = read_scaling(run.scaling)
    known = None if ranges is None else ranges.get(numbers[0].name)
    if known is None or not known.low or max(known.high) <= min(known.low):
        raise AttackError(
            f"This run did not note from where to where {numbers[0].name} goes, so no change can be measured. Train "
            "again."
        )
    low, high = _within(numbers[0], known)
    return Reach(field=numbers[0], answer=answer, unit=_unit(numbers[0], known), low=low, high=high)


def _fields(run: RunDir) -> dict[str, Field]:
    try:
        found = [Field.from_json(row) for row in run.settings().get("fields", ())]
    except (KeyError, TypeError, ValueError):
        raise AttackError(f"{run.path / 'run.json'} is damaged. Train again.") from None
    if not found:
        raise AttackError("There are no weights yet. Train once, then attack what it has learned.")
    return {one.name: one for one in found}


def _within(field: Field, known: FieldNumbers) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What the training samples say of the range; pixels that lie within 0 and 1 may go from 0 to 1."""
    if field.kind != "image":
        return known.low, known.high
    low, high = min(known.low), max(known.high)
    return ((0.0,), (1.0,)) if low >= -_NEARLY and high <= 1 + _NEARLY else ((low,), (high,))


def _unit(field: Field, known: FieldNumbers) -> Unit:
    """Columns that are scaled one by one are of different units: the same number would mean nothing in them."""
    each_by_itself = field.kind == "vector" and known.scale is not None and known.scale.size > 1
    return "share" if each_by_itself and len(known.low) > 1 else "data"


def targets_of(run: RunDir) -> tuple[RunNetwork, ...]:
    """The networks of a run that can be attacked, the main one first; LoomError where none can, of the main one."""
    found = [one for one in networks_of(run) if _can_attack(run, one)]
    if not found:
        reach_of(run)
    return tuple(found)


def _can_attack(run: RunDir, network: RunNetwork) -> bool:
    try:
        reach_of(run, network)
    except LoomError:
        return False
    return True
