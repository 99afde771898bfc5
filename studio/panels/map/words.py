"""The words of a map: what it shows, how well the clusters fit, what is known of the sample that was clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication

from runtime.map_protocol import SampleMap
from studio.panels.map.shades import told
from studio.panels.results.faces import Faces
from studio.plain_numbers import plain_number

_MOST: Final = 40


def title_words(found: SampleMap) -> str:
    """`PCA of flatten`."""
    how = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}.get(found.asked.reduction)
    return _tr("{} of {}").format(how, found.name) if how else _tr("What {} gives, as it is").format(found.name)


def count_words(found: SampleMap) -> str:
    """`270 of 270 validation samples`."""
    part = {"validation": _tr("validation"), "test": _tr("test"), "train": _tr("training")}[found.asked.part]
    count, total = f"{len(found.points):,}", f"{found.total:,}"
    return _tr("{} {} samples").format(count if count == total else _tr("{} of {}").format(count, total), part)


def axis_names(found: SampleMap) -> tuple[str, str]:
    """What stands at the axes."""
    if found.asked.reduction == "pca" and found.width > 1:
        return _tr("first component"), _tr("second component")
    if found.asked.reduction == "as_is":
        return _tr("{}, first number").format(found.name), _tr("second number")
    return ("", "") if found.width > 1 else (found.name, "")


def figure_words(found: SampleMap) -> str:
    """How many clusters there are and how well they fit the labels, or each other."""
    count = int(found.clusters.max(initial=-1)) + 1
    how = {"kmeans": "k-means", "mixture": _tr("Gaussian mixture"), "dbscan": "DBSCAN"}.get(found.asked.clustering)
    if how is None:
        return ""
    figures = found.figures
    if not count:
        return _tr("DBSCAN finds no cluster within {}. Choose a larger reach.").format(plain_number(figures["reach"]))
    parts = []
    rows: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("matched", _tr("{} matched"), lambda value: f"{100 * value:.1f} %"),
        ("rand", _tr("ARI {}"), "{:.2f}".format),
        ("information", _tr("NMI {}"), "{:.2f}".format),
        ("silhouette", _tr("silhouette {}"), "{:.2f}".format),
        ("reach", _tr("reach {}"), plain_number),
    )
    parts = [words.format(said(figures[name])) for name, words, said in rows if name in figures]
    alone = int((found.clusters < 0).sum())
    parts += [_tr("{:,} in none").format(alone)] if alone else []
    clusters = _tr("1 cluster") if count == 1 else _tr("{:,} clusters").format(count)
    return _tr("{}, {}: {}").format(how, clusters, " · ".join(parts)) if parts else f"{how}, {clusters}"


def figure_tip() -> str:
    """What the figures mean."""
    return _tr(
        "Matched: each cluster is given one class, so that as many samples as possible fit; the share that does.\n"
        "ARI, adjusted Rand index: 1 where clusters are the classes, 0 for chance.\n"
        "NMI, normalised mutual information: 1 where each tells the other, 0 where they tell nothing.\n"
        "Silhouette, 1 to -1: how much nearer samples are to their own cluster than to the next; it needs no labels.\n"
        "Clusters are found in all numbers of the layer, not in the picture."
    )


def note_words(found: SampleMap) -> str:
    """Of what it is made: how many numbers, scaled or not, how much of them is seen, the seed, which weights."""
    one = _tr("1 number a sample") if found.width == 1 else _tr("{:,} numbers a sample").format(found.width)
    scaled = _tr("each scaled to mean 0 and spread 1") if found.asked.scale else _tr("as the network has them")
    parts = [f"{one}, {scaled}."]
    if "explained" in found.figures and found.width > 2:
        parts.append(_tr("The picture holds {:.0f} % of their variance.").format(100 * found.figures["explained"]))
    if found.asked.reduction in ("tsne", "umap"):
        parts.append(_tr("What lies near is alike; how far groups are apart, and how large, means little."))
    parts += found.notes
    weights = _tr("kept weights") if not found.epoch else _tr("weights of epoch {}").format(found.epoch)
    return " ".join([*parts, _tr("Seed {}, {}.").format(found.seed, weights)])


def sample_words(found: SampleMap, faces: Faces, position: int) -> str:
    """The sample that was clicked, with its numbers where it is a row."""
    head = [_tr("Sample {:,}").format(int(found.rows[position])), *told(found, position)]
    return "\n".join([" · ".join(head), *([", ".join(faces.words(position, _MOST))] if faces.kind == "row" else [])])


def as_table(found: SampleMap) -> str:
    """The map as lines with tabs between, in the order of the data: sample, place, cluster, label, answer."""
    columns = ["sample", "x", "y"]
    has_clusters = found.asked.clustering != "none"
    columns += ["cluster"] if has_clusters else []
    columns += [found.target.name] if found.target is not None and found.truth is not None else []
    columns += ["network"] if found.said is not None else []
    lines = ["\t".join(columns)]
    for at in np.argsort(found.rows, kind="stable").tolist():
        x, y = found.points[at].tolist()
        cells = [str(int(found.rows[at])), f"{x:.6g}", f"{y:.6g}"]
        cells += [str(int(found.clusters[at]) + 1) if found.clusters[at] >= 0 else ""] if has_clusters else []
        for values in (found.truth, found.said):
            if values is not None and found.target is not None:
                cells.append(_cell(found, values[at]))
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def _cell(found: SampleMap, value: float) -> str:
    names = found.target.classes if found.target is not None else ()
    if not names:
        return f"{float(value):.6g}"
    name = names[int(value)] if 0 <= int(value) < len(names) else str(int(value))
    return " ".join(name.split())


def legend_words(found: SampleMap, low: float, high: float) -> str:
    """What pale and strong mean where a number colours the samples."""
    name = found.target.name if found.target is not None else ""
    return _tr("Pale: {} {}, strong: {}.").format(name, plain_number(low), plain_number(high))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SampleMap", text)
