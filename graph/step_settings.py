"""The settings that a Minimise has beside the params of its op: those of the optimizer and the schedule it chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.ops.catalog import load_catalog
from graph.ops.spec import CallableSpec, ParamSpec, Value

PARTS: Final = ("optimizer", "scheduler")
"""What a Minimise may choose for itself; a dot and a name more is a param of it, such as `optimizer.betas`."""
HIDDEN_PARAMS: Final = frozenset(
    {
        "reduction",
        "size_average",
        "reduce",
        "foreach",
        "fused",
        "differentiable",
        "capturable",
        "maximize",
        "last_epoch",
    }
)
"""Params of losses, optimizers and schedulers that the loop decides."""


FOLLOWING: Final[Mapping[str, frozenset[str]]] = {
    "CosineAnnealingLR": frozenset({"T_max"}),
    "PolynomialLR": frozenset({"total_iters"}),
    "MultiStepLR": frozenset({"milestones"}),
    "CyclicLR": frozenset({"base_lr", "max_lr"}),
    "OneCycleLR": frozenset({"max_lr"}),
}
"""Params of schedulers that follow from the epochs and the learning rate unless they are set."""


def shown_params(spec: CallableSpec) -> tuple[ParamSpec, ...]:
    """The params that a person sets; whether a goal should fall or rise follows from the goal."""
    hidden = HIDDEN_PARAMS | {"mode"} if "goal" in spec.needs else HIDDEN_PARAMS
    return tuple(param for param in spec.params if param.name not in hidden)


def minimise_settings(params: Mapping[str, Value]) -> Iterator[ParamSpec]:
    """A row for each param of the optimizer and of the schedule that a Minimise with these params chose."""
    catalog = load_catalog()
    tables: dict[str, Mapping[str, CallableSpec]] = dict(
        zip(PARTS, (catalog.optimizers, catalog.schedulers), strict=True)
    )
    for part, table in tables.items():
        chosen = table.get(str(params.get(part, "")))
        for param in shown_params(chosen) if chosen is not None else ():
            if (part, param.name) != ("optimizer", "lr"):  # which Minimise has itself
                row = replace(param, name=f"{part}.{param.name}", label=param.label or param.name)
                follows = param.name in FOLLOWING.get(chosen.key if chosen is not None else "", ())
                yield replace(row, default=None, none_word="follows") if follows else row


def in_order(rows: Sequence[ParamSpec]) -> list[ParamSpec]:
    """The rows of a Minimise, so that those of what it chose follow on the choice."""
    own = [row for row in rows if row.name.partition(".")[0] in PARTS and "." in row.name]
    found: list[ParamSpec] = []
    for row in rows:
        if row not in own:
            found.append(row)
            part = "optimizer" if row.name == "lr" else row.name
            found += [one for one in own if row.name != "optimizer" and one.name.startswith(f"{part}.")]
    return found


def stale_settings(params: Mapping[str, Value], name: str, value: object) -> tuple[str, ...]:
    """The settings that say nothing more once a Minimise chooses another optimizer or schedule."""
    if name not in PARTS:
        return ()
    old = (key for key in params if key.startswith(f"{name}."))
    kept = {row.name for row in minimise_settings({name: value if isinstance(value, str) else ""})}
    return tuple(key for key in old if key not in kept)
