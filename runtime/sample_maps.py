"""Many numbers a sample brought down to two, groups found among the samples, and how well groups fit their labels.

Everything here is a function of its arguments: the same numbers and the same seed give the same answer.
"""

from __future__ import annotations

import contextlib
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import DBSCAN, KMeans
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from graph.errors import LoomError
from runtime.map_protocol import FEWEST, Clustering, Reduction, umap_missing

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Tell = Callable[[str], None]

STARTS: Final = 20
_MIXTURE_STARTS: Final = 3
_NARROW: Final = 50
"""As many numbers a sample t-SNE, UMAP and mixtures are given: the first principal components of more."""
_PERPLEXITY: Final = 30.0
_STEPS: Final = 1000
_NEIGHBOURS: Final = 5
_ALONE: Final = -1
_ITERATION: Final = re.compile(r"Iteration (\d+)")


class MapError(LoomError):
    """There is no map of these samples; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """Samples in two dimensions, (n, 2). `explained`: the share of the variance that PCA kept, or None."""

    points: Numbers
    explained: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """The cluster of each sample, (n,), from 0 on; -1: in none. `reach` is what DBSCAN took for near."""

    clusters: Places
    reach: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.clusters.max(initial=_ALONE)) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How well clusters fit labels: adjusted Rand index, normalised mutual information, and `matched` accuracy.

    For `matched` each cluster is given a class of its own so that as many samples as possible fit (Kuhn 1955);
    `classes` holds the class of each cluster, -1 for clusters that got none. Samples in no cluster fit none.
    """

    rand: float
    information: float
    matched: float
    classes: tuple[int, ...]


def standardised(values: Numbers) -> Numbers:
    """Each column with mean 0 and standard deviation 1; columns that are the same everywhere become 0."""
    centred = values - values.mean(0)
    spread = centred.std(0)
    least = 1e-12 * np.abs(values).max(initial=0)
    found: Numbers = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > least)
    return found


def principal(values: Numbers, most: int) -> tuple[Numbers, Numbers]:
    """The first principal components of samples (n, d), at most so many, and the share of the variance of each.

    Signs are chosen so that the largest weight of each component is positive.
    """
    centred = values - values.mean(0)
    count, width = centred.shape
    is_wide = width > count
    strengths, vectors = np.linalg.eigh(centred @ centred.T if is_wide else centred.T @ centred)
    order = np.argsort(-strengths, kind="stable")[: min(most, count, width)]
    total = float(np.square(centred).sum()) or 1.0
    shares = np.clip(strengths[order], 0, None) / total
    columns = vectors[:, order]
    if is_wide:
        lengths = np.sqrt(np.clip(strengths[order], 0, None))
        weights = np.divide(centred.T @ columns, lengths, out=np.zeros((width, len(order))), where=lengths > 0)
        columns = columns * lengths
    else:
        weights = columns
        columns = centred @ columns
    signs = np.sign(np.take_along_axis(weights, np.abs(weights).argmax(0)[None], 0))[0]
    return columns * np.where(signs == 0, 1.0, signs), shares


def reduced(values: Numbers, method: Reduction, seed: int, tell: Tell = lambda _: None) -> Reduced:
    """Samples (n, d) in two dimensions; MapError where that cannot be."""
    _look_at(values)
    width = values.shape[1]
    if method == "as_is" and width != 2:
        raise MapError("Only a layer of two numbers can be drawn as it is. Choose PCA, or another layer.")
    if method == "as_is":
        return Reduced(points=values)
    if width == 1:
        height = np.random.default_rng(seed).uniform(-0.5, 0.5, len(values))
        spread = float(np.ptp(values)) or 1.0
        points = np.column_stack([values[:, 0], 0.2 * spread * height])
        return Reduced(points=points, notes=("It is one number a sample: how high a dot lies means nothing.",))
    with _one_thread():
        if method == "pca":
            columns, shares = principal(values, 2)
            return Reduced(points=columns, explained=float(shares.sum()))
        narrow, notes = _narrowed(values)
        points = _tsne(narrow, seed, tell) if method == "tsne" else _umap(narrow, seed, tell)
    return Reduced(points=points.astype(np.float64), notes=notes)


def clustered(values: Numbers, method: Clustering, count: int, seed: int, reach: float = 0.0) -> Clustered:
    """Clusters among samples (n, d): so many, or as many as DBSCAN finds. `reach` 0: found by the samples themselves.

    Clusters are numbered by size, the largest first.
    """
    _look_at(values)
    if method == "none":
        return Clustered(clusters=np.full(len(values), _ALONE))
    if method != "dbscan" and not 2 <= count <= len(values):
        raise MapError(
            f"{count:,} clusters cannot be found among {len(values):,} samples. Choose from 2 to {len(values):,}."
        )
    with _one_thread():
        if method == "dbscan":
            reach = reach or _reach(values)
            found = DBSCAN(eps=reach, min_samples=_NEIGHBOURS).fit_predict(values)
            return Clustered(clusters=_by_size(found), reach=reach)
        if method == "mixture":
            narrow, notes = _narrowed(values)
            return Clustered(clusters=_by_size(_mixture(narrow, count, seed)), notes=notes)
        rotated = principal(values, len(values))[0] if values.shape[1] > len(values) else values
        found = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(rotated)
    return Clustered(clusters=_by_size(found))


def agreement(labels: Places, clusters: Places, classes: int) -> Agreement:
    """How well clusters fit labels, both (n,). For the first two figures samples in no cluster are one of their own."""
    count = int(clusters.max(initial=_ALONE)) + 1
    table = np.zeros((count, classes), np.int64)
    inside = clusters >= 0
    np.add.at(table, (clusters[inside], labels[inside]), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    of_cluster = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return Agreement(
        rand=float(adjusted_rand_score(labels, clusters)),
        information=float(normalized_mutual_info_score(labels, clusters)),
        matched=float(table[rows, columns].sum() / max(len(labels), 1)),
        classes=tuple(of_cluster.get(cluster, _ALONE) for cluster in range(count)),
    )


def silhouette(values: Numbers, clusters: Places) -> float | None:
    """How much nearer samples are to their own cluster than to the next, -1 to 1; None where it has no meaning."""
    inside = clusters >= 0
    if not 2 <= len(np.unique(clusters[inside])) < int(inside.sum()):
        return None
    with _one_thread():
        return float(silhouette_score(values[inside], clusters[inside]))


def _look_at(values: Numbers) -> None:
    if len(values) < FEWEST:
        raise MapError(f"There are {len(values):,} samples; a map needs {FEWEST} or more. Choose another part.")
    bad = int((~np.isfinite(values)).any(1).sum())
    if bad:
        raise MapError(
            f"What this layer gives is no number for {bad:,} of {len(values):,} samples, so they have no place. "
            "Its weights were spoiled while it trained: train again, or choose a layer before it."
        )
    if not np.ptp(values, axis=0).any():
        raise MapError("This layer gives the same for every sample, so there is nothing to see. Choose another layer.")


def _narrowed(values: Numbers) -> tuple[Numbers, tuple[str, ...]]:
    if values.shape[1] <= _NARROW:
        return values, ()
    narrow, shares = principal(values, _NARROW)
    words = f"{values.shape[1]:,} numbers a sample were first brought down to {narrow.shape[1]} by PCA"
    return narrow, (f"{words} ({100 * shares.sum():.0f} % of their variance).",)


def _tsne(values: Numbers, seed: int, tell: Tell) -> Any:
    perplexity = min(_PERPLEXITY, (len(values) - 1) / 3)
    with contextlib.redirect_stdout(_Steps(tell)):
        tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, verbose=2, n_jobs=1)
        return tsne.fit_transform(values)


def _umap(values: Numbers, seed: int, tell: Tell) -> Any:
    missing = umap_missing()
    if missing:
        raise MapError(missing)
    tell("UMAP is being prepared")
    import umap  # seconds, and most people have none

    tell("UMAP")
    made = umap.UMAP(n_components=2, n_neighbors=min(15, len(values) - 1), random_state=seed, n_jobs=1)
    with contextlib.redirect_stdout(sys.stderr):
        return made.fit_transform(values)


def _mixture(values: Numbers, count: int, seed: int) -> Places:
    """Full covariances where there are samples enough for them, else only the spread of each column."""
    form = "full" if values.shape[1] * count * 5 <= len(values) else "diag"
    least = 1e-6 * float(values.var(0).mean())
    mixture = GaussianMixture(
        count, covariance_type=form, n_init=_MIXTURE_STARTS, random_state=seed, reg_covar=max(least, 1e-12)
    )
    try:
        return np.asarray(mixture.fit_predict(values), np.int64)
    except ValueError:  # samples that lie in fewer directions than a covariance needs
        raise MapError(f"No {count:,} Gaussians fit these samples. Choose fewer clusters, or k-means.") from None


def _reach(values: Numbers) -> float:
    """How near samples must be for DBSCAN: of ten quantiles of the distance to the fifth neighbour the best one.

    The best leaves few samples alone and has clusters far from each other: silhouette times the share in clusters.
    """
    among = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(values) - 1)).fit(values)
    far = among.kneighbors()[0][:, -1]
    tried = np.unique(np.quantile(far, np.linspace(0.05, 0.95, 10)))
    tried = tried[tried > 0]
    best, middle = 0.0, float(np.median(far)) or float(far.max()) or 1.0
    for reach in tried.tolist():
        found = DBSCAN(eps=reach, min_samples=_NEIGHBOURS).fit_predict(values)
        apart = silhouette(values, np.asarray(found, np.int64))
        score = (apart or 0.0) * float((found >= 0).mean())
        if score > best:
            best, middle = score, reach
    return middle


def _by_size(found: Any) -> Places:
    """The same clusters, numbered from the largest to the smallest; -1 stays."""
    found = np.asarray(found, np.int64)
    numbers, counts = np.unique(found[found >= 0], return_counts=True)
    place = {int(number): at for at, number in enumerate(numbers[np.argsort(-counts, kind="stable")])}
    return np.array([place.get(int(one), _ALONE) for one in found], np.int64)


class _Steps:
    """Stands in for standard output and tells how far t-SNE says it is."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def write(self, text: str) -> int:
        match = _ITERATION.search(text)
        if match is not None:
            self._tell(f"t-SNE, step {int(match[1]):,} of {_STEPS:,}")
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order, and the other processors for what trains; what the methods warn of is told by their result."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
