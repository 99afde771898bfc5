"""The numbers of the curves as a CSV table, every point of every run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from studio.curves.history import RunHistory

COLUMNS = ("run", "series", "step", "epoch", "value")


def as_csv(runs: Iterable[RunHistory]) -> str:
    """Lines of run, series, step, epoch (with fractions) and value; gaps have an empty value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run in runs:
        for name in sorted(run.series):
            pyramid = run.series[name]
            for step, value in zip(pyramid.x.tolist(), pyramid.y.tolist(), strict=True):
                epoch = step / run.steps_per_epoch
                writer.writerow((run.title, name, int(step), f"{epoch:.6g}", repr(value) if value == value else ""))
    return out.getvalue()
