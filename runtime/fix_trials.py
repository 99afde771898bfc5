"""Tries repairs before they are offered: on the drawing itself, which is put back, with the same judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.edits import AddNode, Batch, Edit
from graph.errors import EditError
from graph.model import Project
from graph.problems import Fix, Problem

MOST_FIXES: Final = 3
MOST_TRIALS: Final = 16
MOST_SECONDS: Final = 0.25
_TRIED_ALREADY: Final = frozenset({"shape"})
"""Problems whose repairs were tried where they were found; here they are only put in order."""
_ALWAYS_ALLOWED: Final = frozenset({"unknown-field"})
"""Problems whose repairs mend them without fail: where none leaves all else sound, what then does not fit is told."""

Judge = Callable[[Project], Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A problem as trials compare it."""

    code: str
    node: str
    key: str


def tried(project: Project, problems: Sequence[Problem], judge: Judge) -> list[Problem]:
    """The problems with those repairs that really mend them and break nothing else.

    `judge` says what is wrong with a project, before what follows from another problem is left out. No more trials
    are made than `MOST_TRIALS`, and none after `MOST_SECONDS`; a repair that was not tried is not offered, unless it
    cannot fail.
    """
    if not any(len(problem.fixes) > (problem.code in _TRIED_ALREADY) for problem in problems):
        return list(problems)
    before = judge(project)
    until, left = time.monotonic() + MOST_SECONDS, MOST_TRIALS
    found: list[Problem] = []
    for problem in problems:
        kept: list[Fix] = []
        if problem.code in _TRIED_ALREADY:
            counts: dict[str, int] = {}
            for fix in problem.fixes if len(problem.fixes) > 1 else ():
                if left == 0 or time.monotonic() > until:
                    break
                left -= 1
                counts[fix.label] = _errors_after(project, fix.edit, judge)
            most = max(counts.values(), default=0)
            kept = sorted(problem.fixes, key=lambda fix: counts.get(fix.label, most))
            found.append(replace(problem, fixes=tuple(kept)))
            continue
        for fix in problem.fixes:
            if len(kept) == MOST_FIXES or left == 0 or time.monotonic() > until:
                break
            left -= 1
            if _mends(project, problem, fix.edit, before, judge):
                kept.append(fix)
        if not kept and problem.code in _ALWAYS_ALLOWED:
            kept = list(problem.fixes[:MOST_FIXES])
        found.append(replace(problem, fixes=tuple(kept)))
    return found


def _errors_after(project: Project, edit: Edit, judge: Judge) -> int:
    """How much keeps from training after the edit; that which leaves least is offered first."""
    inverse = edit.apply(project)
    try:
        return sum(one.severity == "error" for one in judge(project))
    finally:
        inverse.apply(project)


def _mends(project: Project, problem: Problem, edit: Edit, before: Sequence[Problem], judge: Judge) -> bool:
    """Whether the problem is gone after the edit, and no error is new, and no warning where the edit was."""
    try:
        inverse = edit.apply(project)
    except EditError:
        return False
    try:
        after = judge(project)
    finally:
        inverse.apply(project)
    if _mark(problem) in {_mark(one) for one in after}:
        return False
    known = {_mark(one) for one in before}
    failing = {one.node for one in before if one.severity == "error"}
    placed = _placed(edit)
    network = project.networks.get(problem.network)
    is_step = network is not None and network.objective is not None
    for one in after:
        if _mark(one) in known or (is_step and one.network != problem.network):
            continue  # what a network is judged by is told once its training step is whole
        if one.severity == "error" and one.node not in failing:
            return False
        if one.severity == "warning" and one.node in placed and problem.severity == "warning":
            return False
    return True


def _mark(problem: Problem) -> _Mark:
    return _Mark(problem.code, problem.node, problem.key)


def _placed(edit: Edit) -> set[str]:
    if isinstance(edit, Batch):
        return set().union(*(_placed(part) for part in edit.edits))
    return {edit.node.uid} if isinstance(edit, AddNode) else set()
