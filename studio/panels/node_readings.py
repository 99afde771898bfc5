"""What the analysis knows of the nodes that are chosen, in the words of the inspector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from graph.blocks import INDEX, is_repeated
from graph.model import Node
from graph.ops.spec import ParamSpec, Value
from graph.problems import Problem
from runtime.protocol import Analysis
from studio.panels.weights_section import frozen_words
from studio.plain_words import SHAPE, weights_tip
from studio.widgets.values import written


@dataclass(frozen=True, slots=True)
class Readings:
    """Reads one analysis, or none yet, for nodes of the shown network."""

    analysis: Analysis | None

    def facts(self, nodes: Sequence[Node]) -> str:
        """The shape that leaves a single node, and how many weights the nodes have."""
        if self.analysis is None:
            return ""
        parts = []
        if len(nodes) == 1:
            shapes = [info for (uid, _), info in self.analysis.ports.items() if uid == nodes[0].uid]
            parts += [_tr("%1 out").replace("%1", shapes[0].label())] if shapes else []
        weights = self._weights(nodes)
        parts += [_tr("%1 weights").replace("%1", f"{weights:,}")] if weights else []
        frozen = sum(self.analysis.frozen.get(node.uid, 0) for node in nodes)
        parts += [frozen_words(weights, frozen)] if frozen else []
        return " · ".join(parts)

    def facts_tip(self, nodes: Sequence[Node]) -> str:
        """What the facts mean."""
        count = self._weights(nodes)
        return "\n".join([_tr(SHAPE), *([weights_tip(_tr("This layer"), count)] if count else [])])

    def auto(self, nodes: Sequence[Node], spec: ParamSpec) -> str:
        """The value of a param that follows from what arrives, where it is the same for all nodes."""
        if spec.auto is None:
            return ""
        autos = self.analysis.autos if self.analysis is not None else {}
        found = {autos.get(node.uid, {}).get(spec.name) for node in nodes}
        value = found.pop() if len(found) == 1 else None
        return _tr("auto") if value is None else f"{written(value)}  {_tr('auto')}"

    def first_names(self, node: Node, network: str) -> Mapping[str, Value]:
        """The values of the parameters where the shown block is used first, and the number of the first repeat."""
        known = self.analysis.names.get(network, {}) if self.analysis is not None else {}
        return {**known, INDEX: 0} if is_repeated(node) else known

    def node_trouble(self, node: Node, rows: Mapping[str, object]) -> tuple[str, str]:
        """The worst problem of a node that no row says, and how bad it is."""
        found = [problem for problem in self._problems(node) if problem.key not in rows]
        found.sort(key=lambda problem: problem.severity != "error")
        return (found[0].message, found[0].severity) if found else ("", "error")

    def param_trouble(self, node: Node, name: str) -> str:
        """What is wrong with one setting of a node."""
        return next((problem.message for problem in self._problems(node) if problem.key == name), "")

    def _weights(self, nodes: Sequence[Node]) -> int:
        return sum(self.analysis.weights.get(node.uid, 0) for node in nodes) if self.analysis is not None else 0

    def _problems(self, node: Node) -> list[Problem]:
        problems = self.analysis.problems if self.analysis is not None else ()
        return [problem for problem in problems if problem.node == node.uid]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Readings", text)
