"""The rows of the inspector that say how the weights of a node begin, and whether they are frozen, normed or tied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from graph.check_ties import tie_targets
from graph.check_weights import fitting_starts
from graph.model import Network, Node, Project
from graph.objectives import MINIMISE
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Missing, OpSpec, ParamSpec, Value
from graph.step_settings import stale_settings
from graph.ties import TIE, TIED, path_of
from graph.weight_settings import (
    ANEW,
    ARGUMENTS,
    AS_TORCH,
    FROZEN,
    INIT,
    NORM,
    OF_PARTS,
    RATE,
    THAW,
    init_setting,
    may_learn,
    norm_of,
    rate_of,
    split_init,
    starts,
    thaws_after,
    weight_settings,
)
from runtime.data_paths import START_FROM
from runtime.protocol import Analysis
from studio.widgets.rows import FIELD_WIDTH
from studio.widgets.values import written

_OF_PARAMETRIZATION: Final = "parametrizations."
_LONG: Final = 148
_UNSAID: Final[tuple[Value, ...]] = (False, "none", "", AS_TORCH)
"""What a setting of the weights comes to when nothing is said."""


def is_of_weights(name: str) -> bool:
    """Whether a setting of a node speaks of its weights."""
    return name in (FROZEN, *OF_PARTS, NORM, TIE) or name.startswith(INIT)


def expression_fits(name: str) -> bool:
    """Whether a setting may be said by the parameters of a block."""
    return not is_of_weights(name) or name == FROZEN or (name.startswith(INIT) and bool(split_init(name)[1]))


def width_of(param: ParamSpec) -> int:
    """How wide the field of a row is: names of functions and paths are long, and lists stand in line with these."""
    is_long = param.name in (TIE, NORM) or (param.name.startswith(INIT) and not split_init(param.name)[1])
    return _LONG if is_long else FIELD_WIDTH


def titles_of(param: ParamSpec) -> Mapping[str, str] | None:
    """How the choices of a row are shown, where that is not what they are."""
    return {TIE: {written(""): "nothing"}, **dict.fromkeys((FROZEN, *OF_PARTS, NORM))}.get(
        param.name, {AS_TORCH: "default start"}
    )


def weight_rows(
    catalog: Catalog, project: Project, network: Network, node: Node, spec: OpSpec, analysis: Analysis | None
) -> list[ParamSpec]:
    """The rows of a node that has weights: what it learns is known by the analysis, or by what is said already."""
    known = analysis.parameters if analysis is not None else {}
    own = [name for name in known.get(node.uid, {}) if name and not name.startswith(_OF_PARAMETRIZATION)]
    is_known = analysis is not None and any(uid == node.uid for uid, _ in analysis.ports)
    has_weights = bool(own or (analysis is not None and analysis.weights.get(node.uid)))
    has_weights = has_weights or (not is_known and may_learn(spec))
    fixed = {row.name: row for row in weight_settings(spec, node.params)}
    said = [name for name in fixed if name in node.params]
    if not (has_weights or said) or not fixed:
        return []
    in_sequence = network.block is not None and network.block.form == "sequence"
    names = [*own, *(name for name, _, _ in starts(node.params) if name not in own)]
    wanted = [*said, *([] if in_sequence else [FROZEN]), *([NORM] if TIED in own else [])]
    if TIED in own and not in_sequence and not norm_of(node.params):
        wanted.append(TIE)
    rows = [fixed[FROZEN]] if FROZEN in wanted else []
    rows += [fixed[key] for key in OF_PARTS if key in said or (network.block is None and _is_asked(project, node, key))]
    if spec.style == "module":
        for name in names:
            axes = len(known.get(node.uid, {}).get(name, ()))
            rows += _start_rows(node, name, axes, is_free=not in_sequence and not (name == TIED and path_of(node)))
    rows += [fixed[NORM]] if NORM in wanted else []
    if TIE in wanted:
        targets = tie_targets(catalog, project.networks, network, node, known)
        rows.append(replace(fixed[TIE], type="choice", choices=("", *targets)))
    return rows


def _is_asked(project: Project, node: Node, key: str) -> bool:
    """Whether a setting of a part makes sense: what is not frozen cannot thaw, what starts anyhow starts anew."""
    if path_of(node):
        return False
    if key == THAW:
        return node.params.get(FROZEN) is True
    return key != ANEW or bool(project.training.get(START_FROM))


def _start_rows(node: Node, name: str, axes: int, is_free: bool) -> Iterator[ParamSpec]:
    key = f"{INIT}{name}"
    if not is_free and key not in node.params:
        return
    row = init_setting(key, node.params)
    if row is None:
        return
    function = node.params.get(key)
    fitting = {*fitting_starts(axes), AS_TORCH, function} if axes else {*row.choices}
    yield replace(row, choices=tuple(choice for choice in row.choices if choice in fitting))
    for one in ARGUMENTS.get(function, ()) if isinstance(function, str) else ():
        argument = init_setting(f"{key}.{one.name}", node.params)
        if argument is not None:
            yield replace(argument, label=f"    {one.name}")


def state_words(node: Node) -> str:
    """What is said of a node's weights, in a few words for a folded heading."""
    words = []
    frozen = node.params.get(FROZEN, False)
    if epochs := thaws_after(node.params):
        words.append(f"frozen until epoch {epochs} is over")
    elif frozen is not False:
        words.append("frozen" if frozen is True else "frozen at times")
    if (times := rate_of(node.params)) != 1:
        words.append(f"learning rate × {times:g}")
    if node.params.get(ANEW) is True:
        words.append("begins anew")
    words += [f"{name} {function}" for name, function, _ in starts(node.params)]
    if norm := norm_of(node.params):
        words.append(f"{norm} norm")
    if path := path_of(node):
        words.append(f"tied to {path}")
    return ", ".join(words) or "as torch has them"


def frozen_words(weights: int, frozen: int) -> str:
    """How many of the weights do not learn."""
    return "frozen" if frozen == weights else f"{frozen:,} frozen"


def edits_for(node: Node, name: str, value: Value | Missing) -> dict[str, Value | Missing]:
    """The settings that change with one: what says nothing is unset, and arguments go with their function."""
    if not is_of_weights(name):
        stale = stale_settings(node.params, name, value) if node.op == MINIMISE else ()
        return {name: value} | dict.fromkeys(stale, MISSING)
    is_argument = name.startswith(INIT) and bool(split_init(name)[1])
    is_unsaid = not is_argument and (value in _UNSAID or (name == RATE and value == 1))
    changed: dict[str, Value | Missing] = {name: MISSING if is_unsaid else value}
    if name == FROZEN and is_unsaid and THAW in node.params:
        changed[THAW] = MISSING
    if name.startswith(INIT) and not is_argument:
        taken = {f"{name}.{row.name}" for row in ARGUMENTS.get(value, ())} if isinstance(value, str) else set()
        old = (key for key in node.params if key.startswith(f"{name}.") and split_init(key)[1])
        changed |= dict.fromkeys((key for key in old if key not in taken), MISSING)
    return changed
