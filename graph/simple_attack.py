"""Adversarial training as settings say it and as it is drawn: an attack on the step's own loss before the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.attack_code import ATTACKS, OF_STEP, attacks_step, is_by_data
from graph.model import Network, Node
from graph.ops.spec import Value

KEY: Final = "adversarial"
_USUAL: Final[Mapping[str, Value]] = {"epsilon": 0.1, "steps": 7, "step_size": 0.02}
"""What a node says where nothing is set; the settings say it by the same words, behind the key and a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """How a batch is changed before the network learns from it: by which op, in which field, with which settings."""

    op: str
    field: str
    settings: Mapping[str, Value]

    def params(self, network: str) -> dict[str, Value]:
        """The params of the node that draws it."""
        return {"network": network, **self.settings, "error": OF_STEP, "by_data": True}

    def said(self) -> dict[str, Value]:
        """The same by the keys of the training settings."""
        return {KEY: ATTACKS[self.op]} | {f"{KEY}.{name}": value for name, value in self.settings.items()}


def attack_of(method: str, field: str, epsilon: float, steps: int, step_size: float) -> Attack | None:
    """What the settings say; None where nothing is attacked."""
    op = next((op for op, function in ATTACKS.items() if function == method), "")
    told: dict[str, Value] = {"epsilon": epsilon}
    if op == "PGD":
        told |= {"steps": steps, "step_size": step_size}
    return Attack(op=op, field=field, settings=told) if op else None


def read_attack(network: Network, node: Node, attacked: str) -> Attack | None:
    """The attack that a node draws on that network, if settings could say it."""
    wire = network.wire_into(node.uid, "input")
    entry = network.node(wire.source) if wire is not None else None
    known = {"network", "error", "by_data", "low", "high", *_USUAL}
    is_bound = node.params.get("low") is not None or node.params.get("high") is not None
    if node.op not in ATTACKS or entry is None or entry.op != "Input" or is_bound:
        return None
    if not (attacks_step(node.params) and is_by_data(node.params)) or node.params.get("network") != attacked:
        return None
    if not node.params.keys() <= known or network.wire_into(node.uid, "label") is not None:
        return None
    names = tuple(_USUAL) if node.op == "PGD" else ("epsilon",)
    settings = {name: node.params.get(name, _USUAL[name]) for name in names}
    return Attack(op=node.op, field=str(entry.params.get("field", "")), settings=settings)
