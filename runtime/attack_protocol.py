"""What is asked of an attack on a trained network, and what is told while it goes on; torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from graph.errors import LoomError

Method = Literal["fgsm", "pgd"]
METHODS: Final[tuple[Method, ...]] = ("fgsm", "pgd")
USUAL_STEPS: Final = 20
USUAL_SAMPLES: Final = 1000
MOST_EPSILONS: Final = 20
MOST_STEPS: Final = 10_000
MOST_RESTARTS: Final = 100
MOST_SAMPLES: Final = 1_000_000
USUAL_SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Of the range of the inputs: the epsilons that are proposed."""
_STEP_SHARE: Final = 2.5
"""Madry et al. 2018: so many epsilons are walked in all steps together."""


class AttackError(LoomError):
    """A network cannot be attacked so; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackOrder:
    """How to attack. `step_size` 0: 2.5 epsilon divided by the steps. FGSM takes one step and draws nothing.

    `epsilons` are in the unit of the data, in rising order; none: those that suit the range of the data. `network` is
    one of several that were trained together, else the main one; `average`: with the average of its weights.
    """

    method: Method = "pgd"
    epsilons: tuple[float, ...] = ()
    steps: int = USUAL_STEPS
    step_size: float = 0.0
    restarts: int = 1
    samples: int = USUAL_SAMPLES
    network: str = ""
    average: bool = False

    def step_at(self, epsilon: float) -> float:
        """The size of one step within an epsilon."""
        return self.step_size or _STEP_SHARE * epsilon / self.steps

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "method": self.method,
            "epsilons": list(self.epsilons),
            "steps": self.steps,
            "step_size": self.step_size,
            "restarts": self.restarts,
            "samples": self.samples,
            "network": self.network,
            "average": self.average,
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> AttackOrder:
        """The order that `to_json` wrote; AttackError where it cannot be carried out."""
        return checked(
            AttackOrder(
                method=row["method"],
                epsilons=tuple(float(value) for value in row["epsilons"]),
                steps=int(row["steps"]),
                step_size=float(row["step_size"]),
                restarts=int(row["restarts"]),
                samples=int(row["samples"]),
                network=str(row.get("network", "")),
                average=row.get("average") is True,
            )
        )


def epsilons_in(text: str) -> tuple[float, ...]:
    """The numbers in `0.1, 0.2 0.3`, each once and in rising order; AttackError when one is none."""
    found = set()
    for word in text.replace(";", " ").replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            raise AttackError(f"{word!r} is no number. Write epsilons such as 0.1, 0.2, 0.3.") from None
        if not math.isfinite(value) or value <= 0:
            raise AttackError(
                f"An epsilon must be more than 0, not {word}. At 0 nothing is changed; it is always told."
            )
        found.add(value)
    if not found:
        raise AttackError("Write at least one epsilon, such as 0.1.")
    if len(found) > MOST_EPSILONS:
        raise AttackError(f"Write at most {MOST_EPSILONS} epsilons.")
    return tuple(sorted(found))


def checked(order: AttackOrder) -> AttackOrder:
    """The order itself; AttackError says what cannot be."""
    if order.method not in METHODS:
        raise AttackError(f"There is no attack called {order.method!r}. Choose fgsm or pgd.")
    if order.epsilons:
        epsilons_in(" ".join(map(repr, order.epsilons)))
    for name, value, most in (
        ("steps", order.steps, MOST_STEPS),
        ("restarts", order.restarts, MOST_RESTARTS),
        ("samples", order.samples, MOST_SAMPLES),
    ):
        if not 1 <= value <= most:
            raise AttackError(f"The number of {name} must be from 1 to {most:,}, not {value:,}.")
    if not 0 <= order.step_size < math.inf:
        raise AttackError("The size of a step must be more than 0, or 0 for one that follows from epsilon.")
    return order
