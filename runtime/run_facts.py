"""What a run tells of itself: as it begins, and some 20 times a second while it trains."""

from __future__ import annotations

import math
import os
from typing import Any

from graph.model import Project
from graph.objectives import LOG, steps_of
from runtime.journal import Event
from runtime.preparation import Prepared
from runtime.start_check import start_note
from runtime.start_names import start_names
from runtime.telemetry import Telemetry


def started_facts(training: Any, prepared: Prepared, step: int, epoch: int) -> dict[str, object]:
    """The plan of a run that begins or goes on at a step."""
    choice, settings = prepared.choice, prepared.settings
    return {
        "step": step,
        "epoch": epoch,
        "epochs": training.epochs,
        "steps_per_epoch": training.steps_per_epoch,
        "total_steps": training.total_steps,
        "device": str(training.device),
        "device_reason": choice.reason,
        "goal": training.goal_name,
        "direction": training.goal_direction,
        "losses": [head.loss.key for head in settings.heads],
        "baseline": training.baseline,
        "curves": drawn_curves(prepared.project),
        "steps": [one.name for one in steps_of(prepared.project)],
        "weights": sum(weight.numel() for net in training.networks.values() for weight in net.parameters()),
        "patience": settings.patience if settings.early_stopping else 0,
        "pid": os.getpid(),
    }


def drawn_curves(project: Project) -> list[str]:
    """The numbers that drawn training steps tell beside the loss: of several objectives each, and what is logged."""
    objectives = steps_of(project)
    names = [one.name for one in objectives] if len(objectives) > 1 else []
    return names + [node.name for one in objectives for node in one.nodes() if node.op == LOG]


def losses_apart(training: Any, project: Project) -> dict[str, float]:
    """What each of several objectives came to in the last epoch; their sum alone would tell little."""
    names = [one.name for one in steps_of(project)]
    figures = getattr(training, "figures", {}) if len(names) > 1 else {}
    return {name: figures[name] for name in names if name in figures}


def notes_of(training: Any, prepared: Prepared) -> tuple[str, ...]:
    """What is said once, when a run begins."""
    return (*prepared.plan.notes, *start_note(training.networks, prepared.start, start_names(prepared.project)))


def idle_objectives(training: Any) -> tuple[str, ...]:
    """A sentence for each drawn objective to which no step of the run belongs."""
    found, total = [], training.total_steps
    for one in getattr(training, "objectives", ()):
        every = getattr(one, "every", 1)
        begins = -(-getattr(one, "first_step", 0) // every) * every
        if begins > getattr(one, "last_step", math.inf):
            found.append(f"{one.name} trains nothing: no step that it is run at lies between its first and its last.")
        elif begins >= total:
            steps = "1 step" if total == 1 else f"{total:,} steps"
            found.append(
                f"{one.name} trains nothing: it begins after {begins:,} steps, and the run takes {steps}. Train for "
                "more epochs, or let it begin sooner."
            )
    return tuple(found)


def progress_of(training: Any, telemetry: Telemetry, step: int, epoch: int, step_seconds: float) -> Event:
    """How far a run has come, and how long it still takes at `step_seconds` a step."""
    total = training.total_steps
    return {
        "kind": "progress",
        "epoch": epoch,
        "epochs": training.epochs,
        "step": step,
        "total_steps": total,
        "loss": telemetry.loss,
        "losses": telemetry.latest,
        "samples_per_second": telemetry.samples_per_second,
        "seconds_left": step_seconds * max(0, total - step),
    }
