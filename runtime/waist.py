"""Finds the layer of two numbers that everything between the Inputs and the Outputs passes through."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from graph.model import Network, Node

Widths = dict[str, tuple[int, ...]]
"""The shape of what each layer gave, by the layer's name."""


class ShapeNotes:
    """While it is open, notes the shape of what each layer of a network gives."""

    def __init__(self, network: nn.Module) -> None:
        self.shapes: Widths = {}
        self._hooks = [layer.register_forward_hook(self._noted(name)) for name, layer in network.named_children()]

    def _noted(self, name: str) -> Any:
        def hook(_layer: nn.Module, _given: object, answer: object) -> None:
            if isinstance(answer, Tensor):
                self.shapes[name] = tuple(answer.shape)

        return hook

    def close(self) -> None:
        """Let go of the layers."""
        for hook in self._hooks:
            hook.remove()


def waist_of(drawing: Network, network: nn.Module, shapes: Widths) -> Node | None:
    """The first layer that gives two numbers a sample, through which every way from an Input to an Output leads.

    A layer with weights must follow it, or the two numbers are the answer itself.
    """
    for node in drawing.order():
        shape = shapes.get(node.name, ())
        if len(shape) != 2 or shape[1] != 2:
            continue
        layers = dict(network.named_children())
        later = {drawing.node(uid).name for uid in _reached(drawing, {node.uid}, without="")}
        learns_on = any(
            name in layers and name != node.name and any(True for _ in layers[name].parameters()) for name in later
        )
        if learns_on and _is_on_every_way(drawing, node.uid):
            return node
    return None


def _is_on_every_way(drawing: Network, uid: str) -> bool:
    inputs = {node.uid for node in drawing.nodes() if node.op == "Input"}
    around = _reached(drawing, inputs, without=uid)
    return not any(drawing.node(one).op == "Output" for one in around)


def _reached(drawing: Network, begin: set[str], *, without: str) -> set[str]:
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        uid = waiting.pop()
        if uid not in found and uid != without:
            found.add(uid)
            waiting += [wire.target for wire in drawing.wires_out(uid)]
    return found
