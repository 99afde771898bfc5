"""Rows of learning rate schedulers."""

from __future__ import annotations

from graph.ops.row import CallableRow

ROWS = (
    CallableRow(
        key="StepLR",
        target="torch.optim.lr_scheduler.StepLR",
        group="scheduler",
        doc="Multiplies the learning rate by a factor every few epochs.",
        changes={"step_size": {"default": 10}},
    ),
)
