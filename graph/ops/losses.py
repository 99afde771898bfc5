"""Rows of losses."""

from __future__ import annotations

from graph.ops.row import CallableRow

ROWS = (
    CallableRow(
        key="CrossEntropyLoss",
        target="torch.nn.CrossEntropyLoss",
        group="classification",
        doc="How surprised the network is by the right class; takes raw scores, without softmax.",
    ),
    CallableRow(
        key="MSELoss",
        target="torch.nn.MSELoss",
        group="regression",
        doc="The mean of the squared errors; large errors count most.",
    ),
)
