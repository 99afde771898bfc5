"""Rows of optimizers."""

from __future__ import annotations

from graph.ops.row import CallableRow

ROWS = (
    CallableRow(
        key="SGD",
        target="torch.optim.SGD",
        group="optimizer",
        doc="Steps against the gradient, with momentum if wanted.",
        changes={"lr": {"default": 0.01}},
    ),
    CallableRow(
        key="Adam",
        target="torch.optim.Adam",
        group="optimizer",
        doc="Gives each weight its own step size; a good first choice.",
    ),
)
