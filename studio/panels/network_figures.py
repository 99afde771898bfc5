"""The figures of a network, which stand in the inspector while no node is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from graph.model import CALL_PREFIX, Network
from graph.ops.catalog import Catalog
from runtime.protocol import Analysis
from studio.plain_words import FIGURES, weights_tip
from studio.states import size
from studio.widgets.labels import words

Figures = Sequence[tuple[str, str]]
_BYTES_PER_WEIGHT: Final = 4


def figures_of(catalog: Catalog, network: Network, analysis: Analysis | None) -> list[tuple[str, str]]:
    """What is counted and how many there are; weights once they are known, and what of them is frozen."""
    nodes = network.nodes()
    ends = sum(1 for node in nodes if node.op in catalog.ops and catalog.ops[node.op].style in ("input", "output"))
    figures = [("Layers", f"{len(nodes) - ends:,}"), ("Wires", f"{len(network.wires()):,}")]
    if analysis is None or not analysis.ports:
        return figures
    weights = weights_of(network, analysis)
    frozen = _counted(network, analysis.frozen)
    figures += [("Weights", f"{weights:,}"), ("Size of the weights", size(weights * _BYTES_PER_WEIGHT))]
    return [*figures, ("Frozen weights", f"{frozen:,}")] if frozen else figures


def weights_of(network: Network, analysis: Analysis | None) -> int:
    """The weights of all nodes of a network; those of a network that several nodes call count once."""
    return _counted(network, analysis.weights if analysis is not None else {})


def _counted(network: Network, known: Mapping[str, int]) -> int:
    calls = {node.op: known.get(node.uid, 0) for node in network.nodes() if node.op.startswith(CALL_PREFIX)}
    others = (known.get(node.uid, 0) for node in network.nodes() if node.op not in calls)
    return sum(calls.values()) + sum(others)


class FigureGrid(QWidget):
    """Figures below one another, the numbers at the right."""

    def __init__(self, figures: Figures, weights: int) -> None:
        super().__init__()
        self._numbers: list[QLabel] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        for line, (label, figure) in enumerate(figures):
            name = words(self.tr(label), "label")
            name.setToolTip(self.tr(FIGURES.get(label, "")) or weights_tip(self.tr("This network"), weights))
            grid.addWidget(name, line, 0)
            number = words(figure, "body")
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._numbers.append(number)
            grid.addWidget(number, line, 1)
        grid.setColumnStretch(0, 1)

    def tell(self, figures: Figures) -> None:
        """Show other numbers of the same things."""
        for number, (_, figure) in zip(self._numbers, figures, strict=False):
            number.setText(figure)
