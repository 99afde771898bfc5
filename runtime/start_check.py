"""Holds the weights that a training starts from against the drawing: what fits, and what is wrong with the file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from graph.blocks import catalog_of
from graph.codegen import emit_model
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem
from graph.shapes import ShapeReport
from runtime.data_paths import START_FROM, data_path, start_path, unconfirmed_start
from runtime.library.weights import named_weights
from runtime.loader import load_model, unload
from runtime.run_label import start_title
from runtime.start_channels import channel_problems
from runtime.start_from import StartError, read_shapes
from runtime.start_names import StartNames, naming_edit, start_edit, start_names, trained_networks
from runtime.start_report import Shapes, StartReport, start_fit

ANEW = Fix(label="Start anew", edit=start_edit(MISSING))
Found = tuple[StartReport | None, tuple[Problem, ...]]


def look_at_start(
    catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport], base: Path | None, *, may_read: bool
) -> Found:
    """What fits, and problems; `reports` by network, of all that train when the drawing is whole.

    Nothing where training starts anew.
    """
    path = start_path(project.training, base or Path.cwd())
    if not path:
        return None, ()
    if not may_read:
        waits_for_data = data_path(project.data, base or Path.cwd())  # which is asked first
        return None, () if waits_for_data else (unconfirmed_start(project.training),)
    try:
        held = read_shapes(path)
    except StartError as error:
        return None, (_problem("start-missing", str(error), "error"),)
    roots = [(one, reports[one.name]) for one in trained_networks(project) if one.name in reports]
    if not roots or any(problem.severity == "error" for _, report in roots for problem in report.problems):
        return None, ()
    *others, main = roots
    emitted = emit_model(catalog_of(catalog, project), *main, others)
    if emitted.untrusted:
        return None, ()
    try:
        classes = tuple((name, program.class_name) for name, program in sorted(emitted.roots.items()))
        wanted = _shapes_of(emitted.text, emitted.untrusted, classes)
    except (Exception, SystemExit):
        if not emitted.origins:
            raise
        return None, ()  # a person's own Python, which tells its trouble when it trains
    fit = start_fit(held, wanted, start_names(project))
    if fit.taken:
        return fit, tuple(channel_problems(catalog, [one for one, _ in roots], fit))
    said = f"Nothing in this drawing fits the weights of {start_title(path)}, so all weights begin anew."
    fixes = (
        () if fit.offer is None else (Fix(label=fit.offer.words(), edit=naming_edit(fit.offer.drop, fit.offer.add)),)
    )
    return fit, (_problem("start-unlike", said, "warning", *fixes),)


def start_note(networks: Mapping[str, nn.Module], path: str, names: StartNames) -> tuple[str, ...]:
    """What a run says as it begins: whose weights it starts from, and what fits."""
    if not path:
        return ()
    fit = start_fit(read_shapes(path), shapes(dict(networks)), names)
    return (f"Starts from the weights of {start_title(path)}. {fit.words()}",)


def shapes(networks: dict[str, nn.Module]) -> Shapes:
    """The shapes of weights and buffers by name."""
    return {name: tuple(tensor.shape) for name, tensor in named_weights(networks).items()}


def _problem(code: str, message: str, severity: str, *fixes: Fix) -> Problem:
    is_error = severity == "error"
    return Problem(
        code=code,
        message=message,
        severity="error" if is_error else "warning",
        section="training",
        key=START_FROM,
        fixes=(*fixes, ANEW),
    )


@lru_cache(maxsize=4)
def _shapes_of(text: str, untrusted: tuple[str, ...], classes: tuple[tuple[str, str], ...]) -> Shapes:
    """The shapes of a drawing's weights, from its own code, without room for a single number.

    `classes` are those of its networks, by name.
    """
    module = load_model(text, untrusted)
    try:
        with torch.device("meta"):
            return shapes({name: getattr(module, one)() for name, one in classes})
    finally:
        unload(module)
