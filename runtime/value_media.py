"""The numbers inside a training at one moment, each with its gradient: the contract of their files; torch-free.

`media/values-000120.json` of a run folder holds what step 121 computes: what leaves every port for the batch of that
step, what the loss hands back there, and each weight with its gradient and what the optimizer is about to change.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from runtime.media import MediaError, numbers_of

MOST_NUMBERS: Final = 100
"""How many numbers of one tensor are kept one by one; of larger ones it is the mean and the spread."""
MOST_TENSORS: Final = 600
MOST_BYTES: Final = 8 * 2**20
_MOST_SIZES: Final = 8
_NAME: Final = re.compile(r"^values-(\d{6,12})\.json$")
_DAMAGE: Final = (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a tensor of that shape: one by one where they are few, their mean and standard deviation."""

    shape: tuple[int, ...]
    values: tuple[float, ...] = ()
    mean: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortValue:
    """What leaves a port of a node; `grad` is how the loss changes with it, None where nothing is handed back."""

    node: str
    port: str
    value: Numbers
    grad: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightValue:
    """A weight of a node by torch's name, with its gradient, and what the optimizer adds to it in this step."""

    node: str
    name: str
    value: Numbers
    grad: Numbers | None = None
    change: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All that the step after `step` steps computes, for `samples` samples; `losses` by the name of the objective."""

    step: int
    epoch: int
    samples: int
    losses: Mapping[str, float]
    ports: tuple[PortValue, ...] = ()
    weights: tuple[WeightValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ValuesReader:
    """Reads what the `media/` of one run folder holds of them."""

    folder: Path

    def steps(self) -> tuple[int, ...]:
        """After how many steps numbers were kept, in order."""
        return numbers_of(self.folder, _NAME)

    def values(self, step: int) -> Values | None:
        """The numbers after so many steps, None where none are kept; MediaError where the file is damaged."""
        return read_values(values_path(self.folder, step))


def read_values(path: Path) -> Values | None:
    """The numbers of a file, None where there is none; MediaError where it is damaged."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ValueError("size")
        return _values_of(json.loads(raw))
    except OSError:
        return None
    except _DAMAGE as error:
        raise MediaError(f"{path} is damaged and is not shown ({error!r:.80}).") from error


def values_path(folder: Path, step: int) -> Path:
    """Where the numbers after so many steps lie."""
    return folder / f"values-{step:06d}.json"


def packed_values(values: Values) -> str:
    """The content of a file."""
    row = {
        "step": values.step,
        "epoch": values.epoch,
        "samples": values.samples,
        "losses": dict(values.losses),
        "ports": [[one.node, one.port, _row(one.value), _row(one.grad)] for one in values.ports],
        "weights": [[one.node, one.name, _row(one.value), _row(one.grad), _row(one.change)] for one in values.weights],
    }
    return json.dumps(row, separators=(",", ":"))


def _values_of(row: Mapping[str, Any]) -> Values:
    ports = (
        PortValue(node=str(node), port=str(port), value=_numbers(value), grad=_maybe(grad))
        for node, port, value, grad in row["ports"][:MOST_TENSORS]
    )
    weights = (
        WeightValue(node=str(node), name=str(name), value=_numbers(value), grad=_maybe(grad), change=_maybe(change))
        for node, name, value, grad, change in row["weights"][:MOST_TENSORS]
    )
    return Values(
        step=int(row["step"]),
        epoch=int(row["epoch"]),
        samples=int(row["samples"]),
        losses={str(name): float(loss) for name, loss in row["losses"].items()},
        ports=tuple(ports),
        weights=tuple(weights),
    )


def _row(numbers: Numbers | None) -> list[Any] | None:
    if numbers is None:
        return None
    return [list(numbers.shape), list(numbers.values), numbers.mean, numbers.spread]


def _maybe(row: Any) -> Numbers | None:
    return None if row is None else _numbers(row)


def _numbers(row: Iterable[Any]) -> Numbers:
    shape, values, mean, spread = row
    sizes, kept = tuple(int(size) for size in shape), tuple(float(one) for one in values)
    if len(sizes) > _MOST_SIZES or len(kept) > MOST_NUMBERS or any(size < 0 for size in sizes):
        raise ValueError("numbers")
    if kept and math.prod(sizes) != len(kept):
        raise ValueError("numbers")
    return Numbers(shape=sizes, values=kept, mean=float(mean), spread=float(spread))
