"""The part of a script that says which weights learn: what is frozen, what thaws, and at which rate parts learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.pretty import Atom, Group, Piece, quoted, render
from runtime.script_parts import Parts
from runtime.settings import Chosen

_RATES_OF_SCHEDULERS: Final = frozenset({"max_lr", "base_lr", "min_lr"})
"""Params of schedulers that are a learning rate, and may be one for each group."""


def learning_constants(parts: Parts) -> list[str]:
    """The constants that name parts with a rate of their own, and parts that thaw."""
    lines = []
    if parts.rates:
        lines += ["# parts of the network that learn at so many times the learning rate"]
        lines += [render("RATES = ", _table(parts.rates), 0)]
    if parts.thaws:
        lines += ["# frozen parts of the network that learn too after so many epochs"]
        lines += [render("THAW = ", _table(parts.thaws), 0)]
    return lines


def _table(rows: Mapping[str, float]) -> Piece:
    return Group("{", tuple(Atom(f"{quoted(name)}: {value!r}") for name, value in rows.items()), "}")


def learning_functions(parts: Parts) -> set[str]:
    """What the script needs of the library to tell parts from each other."""
    return ({"grouped", "part_of"} if parts.rates else set()) | ({"part_of"} if parts.thaws else set())


def parameter_lines(parts: Parts) -> list[str]:
    """What the optimizer adjusts: what stays frozen is none of it; what thaws is, but gets no gradient before."""
    network = f"self.networks[{parts.network}]"
    if not (parts.rates or parts.thaws):
        if not parts.has_frozen:
            return [f"        parameters = list({network}.parameters())"]
        return [
            "        # the others are frozen",
            f"        network = {network}",
            "        parameters = [one for one in network.parameters() if one.requires_grad]",
        ]
    lines = [f"        named = dict({network}.named_parameters())"]
    if parts.has_frozen:
        thaws = " or part_of(name) in THAW" if parts.thaws else ""
        lines = [
            "        # the others are frozen",
            f"        network = {network}",
            "        named = {",
            "            name: one",
            "            for name, one in network.named_parameters()",
            f"            if one.requires_grad{thaws}",
            "        }",
        ]
    kept = ["        self.learning = named"] if parts.thaws else []
    return [*lines, *kept, "        parameters = list(named.values())"]


def adjusted(parts: Parts) -> str:
    """What the optimizer is given: parameters, or groups of them."""
    return "grouped(named, RATES, LEARNING_RATE)" if parts.rates else "parameters"


def named_weights_lines(parts: Parts) -> list[str]:
    """The method that gathers by name what an objective adjusts; what thaws is among it, and gets no gradient before.

    A name begins with that of its network and a stroke.
    """
    thaws = ' or part_of(f"{name}/{key}") in THAW' if parts.thaws else ""
    return [
        "    def weights_of(self, *names: str) -> dict[str, nn.Parameter]:",
        '        """The weights of some networks by name, without those that stay frozen."""',
        "        return {",
        '            f"{name}/{key}": one',
        "            for name in names",
        "            for key, one in self.networks[name].named_parameters()",
        *([f"            if one.requires_grad{thaws}"] if parts.has_frozen else []),
        "        }",
    ]


def rate_lines(parts: Parts, chosen: Chosen | None, optimizer: str = "optimizer") -> list[str]:
    """Before the scheduler is made: how many times the base rate each group learns at."""
    if not parts.rates or not _speaks_of_rates(chosen):
        return []
    return [f'        times = [group["times"] for group in {optimizer}.param_groups]']


def rate_of_groups(parts: Parts, name: str, code: str) -> str:
    """A param of the scheduler that is a learning rate, as one for each group; nothing for others."""
    return f"[{code} * one for one in times]" if parts.rates and name in _RATES_OF_SCHEDULERS else ""


def _speaks_of_rates(chosen: Chosen | None) -> bool:
    if chosen is None:
        return False
    return chosen.key in ("OneCycleLR", "CyclicLR") or bool(_RATES_OF_SCHEDULERS & chosen.params.keys())


def thaw_lines(parts: Parts) -> list[str]:
    """The method that lets frozen parts learn from their epoch on."""
    if not parts.thaws:
        return []
    if parts.drawn:
        return _drawn_thaw_lines()
    return [
        "    def thaw(self) -> None:",
        '        """Let frozen parts learn once their epochs are over.',
        "",
        "        The optimizer passes over what has no gradient yet.",
        '        """',
        "        for name, one in self.learning.items():",
        "            one.requires_grad_(self.epoch >= THAW.get(part_of(name), 0))",
        "        for objective in self.objectives:",
        "            objective.parameters[:] = [",
        "                one for one in self.learning.values() if one.requires_grad",
        "            ]",
    ]


def _drawn_thaw_lines() -> list[str]:
    return [
        "    def thaw(self) -> None:",
        '        """Let frozen parts learn once their epochs are over.',
        "",
        "        The optimizers pass over what has no gradient yet.",
        '        """',
        "        for name, one in self.weights_of(*self.networks).items():",
        "            if part_of(name) in THAW:",
        "                one.requires_grad_(self.epoch >= THAW[part_of(name)])",
        "        for objective in self.objectives:",
        "            objective.parameters[:] = [",
        "                one",
        "                for one in self.weights_of(*objective.networks).values()",
        "                if one.requires_grad",
        "            ]",
    ]
