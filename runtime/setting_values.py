"""One setting read: its value or the default of its table, checked; what cannot be used is said with its key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from graph.errors import LoomError
from graph.model import Section
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, CallableSpec, Need, ParamSpec, Value
from graph.step_settings import shown_params
from runtime.fit import LOOP_SAYS
from runtime.setting_table import SETTING_ROWS, setting_row
from runtime.sources import SourceSpec


class SettingsError(LoomError):
    """A setting cannot be used. `section` and `key` say which one."""

    def __init__(self, message: str, *, section: Section = "training", key: str = "") -> None:
        super().__init__(message)
        self.section: Section = section
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A loss, optimizer or scheduler with the params that the person set, and what it asks of the loop."""

    key: str
    target: str
    needs: tuple[Need, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)


def value_of(values: Mapping[str, Value], section: Section, key: str, task: str) -> Value:
    """The value of a setting, or the default that the task has; SettingsError when it cannot be used."""
    row = next(row for row in SETTING_ROWS if row.section == section and row.key == key)
    value = values.get(key, row.default(task))
    wrong = row.spec.problem_with(value)
    if wrong is not None:
        raise SettingsError(f"{row.label}: {wrong}", section=section, key=key)
    return value


def number_of(values: Mapping[str, Value], section: Section, key: str, task: str) -> float:
    """The value of a setting that is a number."""
    value = value_of(values, section, key, task)
    return float(value) if isinstance(value, int | float) else 0.0


def whole_of(values: Mapping[str, Value], key: str, task: str) -> int:
    """The value of a setting of the training that is a whole number."""
    value = value_of(values, "training", key, task)
    return int(value) if isinstance(value, int | float) else 0


def option_of(values: Mapping[str, Value], source: SourceSpec, param: ParamSpec, before: str = "") -> Value:
    """The value of an option of a data source; the keys of the second data have a word before."""
    key = f"{before}{source.key}.{param.name}"
    value = values.get(key, param.default)
    wrong = param.problem_with(value)  # type: ignore[arg-type]
    if wrong is not None:
        raise SettingsError(f"{source.title}: {wrong}", section="data", key=key)
    return value  # type: ignore[return-value]


def chosen_callable(
    catalog: Catalog, values: Mapping[str, Value], part: Literal["optimizer", "scheduler"], key: str
) -> Chosen:
    """The optimizer or scheduler of that name with the params that are set for it; else SettingsError."""
    table = catalog.optimizers if part == "optimizer" else catalog.schedulers
    return chosen_of({**values, part: key}, part, table, "")


def chosen_of(values: Mapping[str, Value], part: str, table: Mapping[str, CallableSpec], task: str) -> Chosen:
    """The loss, optimizer or scheduler that is set, or the default of the task, with its params."""
    row = setting_row("training", part)
    key = str(values.get(part) or (row.default(task) if row else ""))
    spec = table.get(key)
    if spec is None:
        raise SettingsError(f"There is no {part} called {key!r}.{near_word(key, table)}", key=part)
    return Chosen(key=key, target=spec.target, needs=spec.needs, params=params_of(values, part, spec))


def params_of(values: Mapping[str, Value], part: str, spec: CallableSpec) -> dict[str, Value]:
    """The params of a callable that are set, checked, but for those that the training loop says."""
    found: dict[str, Value] = {}
    for param in shown_params(spec):
        key = f"{part}.{spec.key}.{param.name}"
        value = values.get(key, param.default)
        follows = param.name in LOOP_SAYS.get(spec.key, {})
        if value is MISSING or (key not in values and follows):
            continue
        wrong = param.problem_with(value)
        if wrong is None:
            value = _as_tuple(param, value)
            wrong = _length_problem(param, value)
        if wrong is not None:
            raise SettingsError(f"{spec.key}: {wrong}", key=key)
        if param.said or follows or repr(value) != repr(param.default):
            found[param.name] = value
    return found


def _as_tuple(param: ParamSpec, value: Value) -> Value:
    """The one number of a param that is a list of numbers, as a list: torch takes nothing else there."""
    return (value,) if param.type in ("ints", "floats") and isinstance(value, int | float) else value


def _length_problem(param: ParamSpec, value: Value) -> str | None:
    """Why a list has not the length of torch's own, such as the two betas of Adam; lists of any length are `said`."""
    usual = param.default
    if param.said or not isinstance(usual, tuple) or (isinstance(value, tuple) and len(value) == len(usual)):
        return None
    return f"{param.name} must be {len(usual)} numbers, such as {usual}, not {value!r}."


def near_word(word: str, words: Iterable[str]) -> str:
    """A question that offers the word that is nearest to an unknown one, or nothing."""
    near = difflib.get_close_matches(word.lower(), {key.lower(): key for key in words}, n=1)
    match = {key.lower(): key for key in words}.get(near[0]) if near else None
    return f" Did you mean {match}?" if match else ""
