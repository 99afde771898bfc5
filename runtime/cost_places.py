"""Which node of a drawing each module stands for, in a network that was built from the code of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import nn

from graph.blocks import WHEN, chain_of, is_counted
from graph.classes import is_sequence, nodes_of
from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.report import ShapeReport


@dataclass(slots=True, kw_only=True)
class Places:
    """The nodes of each class of generated code, by the id of its instance; the modules that no line of code calls.

    Those are the layers and blocks inside of sequences, each with the uid of its node. `classes`: the instances again,
    each with its drawing.
    """

    catalog: Catalog
    nodes: dict[int, frozenset[str]] = field(default_factory=dict)
    in_sequences: list[tuple[nn.Module, str]] = field(default_factory=list)
    classes: list[tuple[nn.Module, Network]] = field(default_factory=list)

    def enter(self, module: nn.Module, network: Network, report: ShapeReport) -> None:
        """Note an instance of the class of a network, and all that is inside of it."""
        self.classes.append((module, network))
        self.nodes[id(module)] = frozenset(node.uid for node in network.nodes() if node.op != "Output")
        for node in nodes_of(network):
            if self.catalog.block(node.op) is not None:
                self._uses(getattr(module, node.name), node, report)

    def _uses(self, module: nn.Module, node: Node, report: ShapeReport) -> None:
        """The uses of the block that a node stands for: as many as it has repeats, in one container."""
        if isinstance(module, nn.Identity):
            return  # its condition does not hold
        each = list(module.children()) if is_counted(node) else [module]
        self._blocks(each, node, report)

    def _blocks(self, modules: Sequence[nn.Module], node: Node, report: ShapeReport) -> None:
        inner = self.catalog.block(node.op)
        assert inner is not None
        for module, use in zip(modules, report.inside.get(node.uid, ()), strict=False):  # shared repeats are one module
            if is_sequence(inner):
                self._sequence(module, inner, use)
            else:
                self.enter(module, inner, use)

    def _sequence(self, module: nn.Module, network: Network, report: ShapeReport) -> None:
        """The parts of an `nn.Sequential`, among which a repeated block stands once for each repeat."""
        children = iter(module.children())
        for part in chain_of(network) or ():
            is_spread = is_counted(part) and WHEN not in part.params
            modules = [next(children) for _ in range(len(report.inside[part.uid]) if is_spread else 1)]
            self.in_sequences += [(one, part.uid) for one in modules]
            if is_spread:
                self._blocks(modules, part, report)
            elif self.catalog.block(part.op) is not None:
                self._uses(modules[0], part, report)
