"""What colours the samples of a map: their labels, their clusters, what the network says, or a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from runtime.map_protocol import SampleMap
from studio.panels.results.picture import class_color
from studio.plain_numbers import plain_number
from studio.style import blend
from studio.theme import Theme

ShadeKind = Literal["label", "cluster", "said"]
_STEPS: Final = 12
_WEAKEST: Final = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Samples of one colour: what the legend calls them, and the number of their colour, -1 for grey."""

    name: str
    color: int
    members: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shades:
    """Either `groups`, or a `value` of each sample from pale (`low`) to strong (`high`)."""

    groups: tuple[Group, ...] = ()
    value: NDArray[np.float64] | None = None
    low: float = 0.0
    high: float = 1.0

    def parts(self, theme: Theme, hidden: Sequence[int]) -> list[tuple[QColor, NDArray[np.bool_]]]:
        """Colours with the samples that have them, without the groups that are hidden."""
        if self.value is None:
            shown = [group for place, group in enumerate(self.groups) if place not in hidden]
            return [(group_color(theme, group.color), group.members) for group in shown]
        share = np.clip((self.value - self.low) / ((self.high - self.low) or 1.0), 0, 1)
        step = np.minimum((np.nan_to_num(share) * _STEPS).astype(int), _STEPS - 1)
        return [
            (blend(theme.panel, theme.accent, _WEAKEST + (1 - _WEAKEST) * at / (_STEPS - 1)), step == at)
            for at in range(_STEPS)
        ]


def kinds_of(found: SampleMap) -> tuple[ShadeKind, ...]:
    """What can colour the samples of a map, best first."""
    kinds: list[ShadeKind] = []
    if found.truth is not None:
        kinds.append("label")
    if (found.clusters >= 0).any():
        kinds.append("cluster")
    if found.said is not None:
        kinds.append("said")
    return tuple(kinds)


def shades_of(found: SampleMap, kind: ShadeKind) -> Shades:
    """The colours of the samples; clusters have the colour of the class that they fit, so that one can compare."""
    if kind == "cluster":
        return Shades(groups=tuple(_clusters(found)))
    values = found.truth if kind == "label" else found.said
    if values is None or found.target is None:
        return Shades(groups=(Group(name=_tr("Samples"), color=0, members=np.ones(len(found.points), bool)),))
    if found.target.classes:
        names = found.target.classes
        there = np.unique(values).astype(int).tolist()
        return Shades(groups=tuple(Group(name=_name(names, at), color=at, members=values == at) for at in there))
    numbers = np.asarray(values, np.float64)
    truth = np.asarray(found.truth, np.float64)  # one scale for both, so that one can compare
    truth = truth[np.isfinite(truth)]
    low, high = (float(truth.min()), float(truth.max())) if len(truth) else (0.0, 1.0)
    return Shades(value=numbers, low=low, high=high)


def cluster_name(found: SampleMap, cluster: int) -> str:
    """`cluster 3, mostly cat`; `no cluster`."""
    if cluster < 0:
        return _tr("no cluster")
    name = _tr("cluster {}").format(cluster + 1)
    if not found.is_classes or found.truth is None or found.target is None:
        return name
    counts = np.bincount(np.asarray(found.truth)[found.clusters == cluster], minlength=1)
    most = _name(found.target.classes, int(counts.argmax()))
    return _tr("{}, mostly {}").format(name, most)


def told(found: SampleMap, position: int) -> tuple[str, ...]:
    """What is known of one sample, in short lines: its label, what the network says, its cluster."""
    lines = []
    if found.target is not None and found.truth is not None:
        lines.append(_tr("is {}").format(_value(found, found.truth[position])))
    if found.said is not None:
        lines.append(_tr("network says {}").format(_value(found, found.said[position])))
    if (found.clusters >= 0).any():
        lines.append(cluster_name(found, int(found.clusters[position])))
    return tuple(lines)


def group_color(theme: Theme, number: int) -> QColor:
    """The colour of a group; grey for what belongs to none."""
    return class_color(theme, number) if number >= 0 else theme.text3


def _clusters(found: SampleMap) -> list[Group]:
    there = np.unique(found.clusters).astype(int).tolist()
    classes = len(found.target.classes) if found.is_classes and found.target is not None else 0
    free = iter(range(classes, classes + len(there)))
    groups = []
    for at in [*(one for one in there if one >= 0), *(one for one in there if one < 0)]:
        fits = found.of_cluster[at] if 0 <= at < len(found.of_cluster) else -1
        color = -1 if at < 0 else fits if fits >= 0 else next(free)
        groups.append(Group(name=cluster_name(found, at), color=color, members=found.clusters == at))
    return groups


def _value(found: SampleMap, value: Any) -> str:
    assert found.target is not None
    return _name(found.target.classes, int(value)) if found.target.classes else plain_number(float(value))


def _name(names: Sequence[str], at: int) -> str:
    return names[at] if 0 <= at < len(names) else str(at)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SampleMap", text)
