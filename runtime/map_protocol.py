"""What the window and the process that maps samples say to each other; torch-free, one JSON object a line.

The window asks a `MapQuestion` of a run. The process says `telling` while it works, then `mapped`, when the map lies in
the file that was named with the question, or `problem`, a sentence.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import numpy as np

from graph.fields import Field
from runtime.media import Array, Look, MediaError, load, pack

Reduction = Literal["pca", "tsne", "umap", "as_is"]
Clustering = Literal["kmeans", "mixture", "dbscan", "none"]
MapPart = Literal["validation", "test", "train"]
MOST: Final = 2000
"""So many samples a map shows at most."""
FEWEST: Final = 5
MOST_CLUSTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MapQuestion:
    """What is to be mapped and how. `node` and `port`: whose output; no node: what the network itself calls for.

    No `reduction`: a layer of two numbers as it is, else PCA. `count` 0: as many clusters as classes. `reach` 0: found.
    """

    node: str = ""
    port: str = ""
    part: MapPart = "validation"
    reduction: Reduction | Literal[""] = ""
    clustering: Clustering = "kmeans"
    count: int = 0
    reach: float = 0.0
    scale: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> MapQuestion:
        """The question that `to_json` wrote; ValueError where it asks for what there is not."""
        asked = MapQuestion(
            node=str(row["node"]),
            port=str(row["port"]),
            part=row["part"],
            reduction=row["reduction"],
            clustering=row["clustering"],
            count=int(row["count"]),
            reach=float(row["reach"]),
            scale=bool(row["scale"]),
        )
        known = (
            asked.part in get_args(MapPart)
            and asked.reduction in (*get_args(Reduction), "")
            and asked.clustering in get_args(Clustering)
            and 0 <= asked.count <= MOST_CLUSTERS
            and 0 <= asked.reach < float("inf")
        )
        if not known:
            raise ValueError("question")
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlace:
    """What can be mapped: an output of a node, with how many numbers it has of one sample.

    `problem` is a sentence where it has no place on a map. `network` is that of the node, where it is not the one that
    the run answers with.
    """

    node: str
    port: str
    name: str
    width: int = 0
    problem: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMap:
    """A map of n samples. `asked` is the question with everything that was left open decided.

    `points` (n, 2) float32; `clusters` (n,) int64, -1 for none; `rows` (n,) which samples of the part they are.
    `target` is the field that labels them: classes `truth` (n,) int64, or numbers float32; None of both without labels.
    `said` (n,) is what the network answers, in the same terms. `figures`: explained, rand, information, matched,
    silhouette, reach, those that there are. `of_cluster` is the class of each cluster, -1 for none.
    `inputs` by field (n, ...) are small faces of the samples, pictures as bytes. `epoch` is 0 for the kept weights.
    """

    asked: MapQuestion
    name: str
    width: int
    total: int
    seed: int
    epoch: int
    points: Array
    clusters: Array
    rows: Array
    places: tuple[MapPlace, ...] = ()
    target: Field | None = None
    truth: Array | None = None
    said: Array | None = None
    figures: Mapping[str, float]
    of_cluster: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    inputs: Mapping[str, Array]

    @property
    def is_of_main(self) -> bool:
        """Whether it is of a layer of the network that the run answers with."""
        return all(place.node != self.asked.node or not place.network for place in self.places)

    @property
    def is_classes(self) -> bool:
        """Whether samples are labelled with classes."""
        return self.target is not None and bool(self.target.classes)

    def look(self) -> Look:
        """The samples as those of a look, so that whoever shows samples can show these."""
        return Look(
            epoch=self.epoch,
            part="test" if self.asked.part == "test" else "validation",
            count=len(self.points),
            total=self.total,
            heads=(),
            shown=np.arange(len(self.points)),
            inputs=self.inputs,
            fields=self.fields,
        )

    def to_bytes(self) -> bytes:
        """The map as the content of a file of plain arrays."""
        arrays = {"points": self.points, "clusters": self.clusters, "rows": self.rows}
        about = {
            "asked": self.asked.to_json(),
            "name": self.name,
            "width": self.width,
            "total": self.total,
            "seed": self.seed,
            "epoch": self.epoch,
            "places": [asdict(place) for place in self.places],
            "target": None if self.target is None else self.target.to_json(),
            "figures": dict(self.figures),
            "of_cluster": list(self.of_cluster),
            "notes": list(self.notes),
            "fields": [field.to_json() for field in self.fields],
        }
        given = {f"input.{name}": values for name, values in self.inputs.items()}
        return pack(arrays | {"truth": self.truth, "said": self.said} | given, about)


def read_map(path: Path) -> SampleMap:
    """The map in a file; MediaError where it is none."""
    arrays = load(path)
    if arrays is None:
        raise MediaError(f"{path} is gone, so there is no map. Ask again.")
    try:
        about = cast(Mapping[str, Any], arrays["about"])
        target = about["target"]
        return SampleMap(
            asked=MapQuestion.from_json(about["asked"]),
            name=str(about["name"]),
            width=int(about["width"]),
            total=int(about["total"]),
            seed=int(about["seed"]),
            epoch=int(about["epoch"]),
            points=arrays["points"],
            clusters=arrays["clusters"],
            rows=arrays["rows"],
            places=tuple(MapPlace(**row) for row in about["places"]),
            target=None if target is None else Field.from_json(target),
            truth=arrays.get("truth"),
            said=arrays.get("said"),
            figures={str(name): float(value) for name, value in about["figures"].items()},
            of_cluster=tuple(int(one) for one in about["of_cluster"]),
            notes=tuple(str(note) for note in about["notes"]),
            fields=tuple(Field.from_json(row) for row in about["fields"]),
            inputs={key.removeprefix("input."): value for key, value in arrays.items() if key.startswith("input.")},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MediaError(f"{path} is damaged, so there is no map ({error!r:.80}). Ask again.") from error


def umap_missing() -> str:
    """What to do before UMAP can be used, or nothing. The package is looked for, not imported."""
    if importlib.util.find_spec("umap") is not None:
        return ""
    return 'UMAP needs umap-learn. Install with: pip install "layerloom[umap]"'
