"""Which ports the face of a node shows, and where on its side they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graph.ops.spec import OpSpec

PORT_STEP: Final = 44.0
_LEAST_MANY: Final = 2


def input_ports(spec: OpSpec, wired: Sequence[str]) -> tuple[str, ...]:
    """The input ports a node shows: a many-port shows its wired ones and always a free one to go on with."""
    names: list[str] = []
    for port in spec.inputs:
        if not port.many:
            names.append(port.name)
            continue
        used = {int(index) for stem, _, index in (name.partition(".") for name in wired) if stem == port.name and index}
        count = max(_LEAST_MANY, max(used, default=-1) + 1)
        if len(used) >= count:
            count += 1
        names += [f"{port.name}.{index}" for index in range(count)]
    return tuple(names)


def has_main_input(spec: OpSpec) -> bool:
    """Whether the first input is the one that matters: all others may stay free."""
    return len(spec.inputs) > 1 and all(port.optional for port in spec.inputs[1:])


def port_offsets(count: int, length: float, *, is_led: bool) -> list[float]:
    """Offsets from the middle of a side: symmetric, or with the first in the middle and the rest after it."""
    if is_led and 1 < count <= 3:
        step = min(PORT_STEP, length / (2 * count))
        return [number * step for number in range(count)]
    step = min(PORT_STEP, length / (count + 1))
    return [(number - (count - 1) / 2) * step for number in range(count)]
