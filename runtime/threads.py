"""How many processor threads train: as many as the work of one step is worth, so that none waits for another."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping

from graph.lower import live_nodes
from graph.model import Network, Project
from graph.objectives import called_networks
from graph.ops.catalog import Catalog
from graph.shapes import ShapeReport
from runtime.settings import TrainingSettings

_MOST_THREADS = 8
_WORK_OF_A_THREAD = 100_000_000
"""Multiplications a step. Measured on 2 cores: with 20 to 80 million a second thread takes 1.2 to 2.4 times the
time, with 130 million 0.7 times."""

_FULL_BATCH = 2_000  # stands for "all samples", whose number is known only once they are read
_WORKING = frozenset({"Convolution", "Dense", "Attention", "Recurrent"})
"""The groups of ops that multiply enough to count."""


def threads_of(settings: TrainingSettings, catalog: Catalog, network: Network, report: ShapeReport) -> int:
    """The threads that were asked for; else one, and another for each 100 million multiplications of a step.

    Never more than this process may use, nor more than eight.
    """
    if settings.threads:
        return settings.threads
    work = (settings.batch_size or _FULL_BATCH) * work_of_a_sample(catalog, network, report)
    return min(1 + work // _WORK_OF_A_THREAD, _MOST_THREADS, _cores())


def threads_of_project(
    settings: TrainingSettings, catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport]
) -> int:
    """The threads of the network that trains; where its step is drawn, of that called network which takes most.

    `reports` are those of the networks, by name.
    """
    networks = called_networks(project) or (project.main(),)
    return max(threads_of(settings, catalog, one, reports[one.name]) for one in networks if one.name in reports)


def work_of_a_sample(catalog: Catalog, network: Network, report: ShapeReport) -> int:
    """The multiplications that one sample costs forward: each weight as often as it is used.

    The time steps of a recurrent layer come one after the other, so they count as one: no thread could take another.
    """
    total = 0
    for uid in live_nodes(network) & (report.parameters.keys() | report.inside.keys()) - report.skipped:
        spec = catalog.op(network.node(uid).op)
        block = catalog.block(spec.key)
        if block is not None:
            total += sum(work_of_a_sample(catalog, block, inner) for inner in report.inside.get(uid, ()))
            continue
        info = report.ports.get((uid, spec.outputs[0].name))
        if info is None or spec.group not in _WORKING:
            continue
        places: tuple[int | str, ...] = ()
        if spec.group == "Convolution":
            places = info.shape[2:]
        elif spec.group != "Recurrent":
            places = info.shape[1:-1]
        weights = sum(math.prod(shape) for shape in report.parameters[uid].values())
        total += weights * math.prod(size for size in places if isinstance(size, int))
    return total


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
