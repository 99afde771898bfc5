"""Figures of classes, made of counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def confusion(truth: NDArray[Any], said: NDArray[Any], classes: int) -> Counts:
    """How many samples of each class (row) got each answer (column)."""
    cells = np.bincount(truth.astype(np.int64) * classes + said.astype(np.int64), minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class."""

    index: int
    precision: float
    recall: float
    f1: float
    count: int
    said: int


def by_class(counts: Counts) -> list[ClassFigures]:
    right = np.diag(counts)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    found = []
    for index in range(len(counts)):
        hit = float(right[index])
        precision = hit / columns[index] if columns[index] else 0.0
        recall = hit / rows[index] if rows[index] else 0.0
        f1 = 2 * hit / (rows[index] + columns[index]) if rows[index] + columns[index] else 0.0
        found.append(
            ClassFigures(
                index=index,
                precision=float(precision),
                recall=float(recall),
                f1=float(f1),
                count=int(rows[index]),
                said=int(columns[index]),
            )
        )
    return sorted(found, key=lambda row: (row.f1, row.recall))


def pairs(counts: Counts, most: int) -> list[tuple[int, int, int]]:
    off = counts.copy()
    np.fill_diagonal(off, 0)
    order = np.argsort(-off, axis=None, kind="stable")[:most]
    return [(int(at) // len(off), int(at) % len(off), int(off.reshape(-1)[at])) for at in order if off.reshape(-1)[at]]


def wilson(right: int, count: int) -> tuple[float, float]:
    z = 1.959963984540054
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)
