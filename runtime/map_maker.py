"""Maps of the samples of a run: reads its data, asks its network, and keeps what the next question can use again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

import numpy as np
import torch
from torch import Tensor

from graph.errors import LoomError
from graph.ops.catalog import Catalog
from runtime.answers import classes_of, numbers_of, plain, unscaled
from runtime.map_places import MOST_NUMBERS, places_of, usual_place
from runtime.map_protocol import FEWEST, MapPlace, MapQuestion, Reduction, SampleMap
from runtime.map_samples import PartSamples, RunSamples, faces_of, label_field, read_samples, truth_of
from runtime.media import Array
from runtime.run_networks import RunNetwork, mapped_networks, networks_of
from runtime.rundir import RunDir
from runtime.sample_maps import (
    STARTS,
    Agreement,
    Clustered,
    MapError,
    Numbers,
    Reduced,
    agreement,
    clustered,
    reduced,
    silhouette,
    standardised,
)
from runtime.trial_model import Opened, TrialError, fill, open_run_model, weights_of

Tell = Callable[[str], None]
_BATCH: Final = 256
_KEPT: Final = 12
_UNLABELLED: Final = 4  # clusters where there are no classes to count
_METHODS: Final = {"kmeans": f"k-means, {STARTS} starts", "mixture": "Gaussian mixture", "dbscan": "DBSCAN"}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mapped:
    """A network of the run in which samples have a place, with what can be mapped of it.

    `wanted` is None where it is the run's only one.
    """

    opened: Opened
    places: tuple[MapPlace, ...]
    wanted: RunNetwork | None


class MapMaker:
    """Answers questions about one run, with the weights that it has at that moment.

    `trusted`: the fingerprint of the Python that may run.
    """

    def __init__(self, catalog: Catalog, run: RunDir, *, trusted: str = "") -> None:
        self._catalog, self._run, self._trusted = catalog, run, trusted
        self._samples: RunSamples | None = None
        self._networks: dict[str, _Mapped] = {}
        self._places: tuple[MapPlace, ...] = ()
        self._kept: dict[Hashable, Any] = {}

    def answer(self, asked: MapQuestion, tell: Tell) -> SampleMap:
        """The map that is asked for; LoomError says why there is none. `tell` gets what is being done."""
        self._open()
        if self._samples is None:
            self._samples = read_samples(self._run, tell, self._trusted)
        samples, part = self._samples, self._samples.parts[asked.part]
        place = self._place(asked)
        mapped = self._networks[place.network]
        whole = mapped.opened
        values, epoch = self._values(mapped, place, asked, part, tell)
        if asked.scale:
            values = standardised(values)
        count, seed = len(values), samples.seed
        target, head = label_field(samples.fields, whole.heads)
        truth = None if target is None else truth_of(part, target, count, samples.scaling)
        is_classes = truth is not None and target is not None and bool(target.classes)
        classes = len(target.classes) if is_classes and target is not None else 0
        asked = replace(
            asked,
            node=place.node,
            port=place.port,
            reduction=asked.reduction or ("as_is" if place.width == 2 else "pca"),
            count=asked.count or min(max(classes or _UNLABELLED, 2), count),
        )
        flat = self._reduced(asked, values, seed, tell)
        found = self._clustered(asked, values, seed, tell)
        fit = agreement(cast(Array, truth), found.clusters, classes) if is_classes and found.count else None
        said = self._said(whole, head, part, count) if truth is not None else None
        return SampleMap(
            asked=asked,
            name=place.name,
            width=place.width,
            total=part.total,
            seed=seed,
            epoch=epoch,
            points=flat.points.astype(np.float32),
            clusters=found.clusters,
            rows=plain(part.rows[:count]),
            places=self._places,
            target=target if truth is not None else None,
            truth=truth,
            said=said,
            figures=self._figures(flat, found, fit, values),
            of_cluster=fit.classes if fit is not None else (),
            notes=(*flat.notes, *(note for note in found.notes if note not in flat.notes)),
            fields=whole.inputs,
            inputs=faces_of(part, whole.inputs, count, samples.scaling),
        )

    def _open(self) -> None:
        """The networks of the run with the weights of now; other weights make void what was kept."""
        weights = weights_of(self._run)
        if not self._networks:
            self._networks = self._found()
            self._places = tuple(place for one in self._networks.values() for place in one.places)
        for one in self._networks.values():
            if one.opened.weights != weights:
                self._kept.clear()
                fill(one.opened, weights, is_part=False)

    def _found(self) -> dict[str, _Mapped]:
        """The networks in which samples have a place, by name; that of the answers, which is called "", first."""
        all_of_run = networks_of(self._run)
        is_single = len(all_of_run) == 1
        wanted = (None,) if is_single else mapped_networks(self._run)
        found: dict[str, _Mapped] = {}
        problem = MapError("Each network of this run takes more than the data, so samples have no place in it.")
        for one in wanted:
            try:
                opened = open_run_model(self._catalog, self._run, wanted=one, trusted=self._trusted)
            except LoomError as error:
                if is_single:
                    raise
                problem = MapError(str(error))  # told where no other can be mapped
                continue
            answers = is_single or (one == all_of_run[0] and bool(opened.heads))
            network = "" if answers else opened.of
            title = f"{opened.of}: " if len(wanted) > 1 else ""
            places = places_of(opened.drawing, opened.report)
            named = tuple(replace(place, name=f"{title}{place.name}", network=network) for place in places)
            found[network] = _Mapped(opened=opened, places=named, wanted=one)
        if not found:
            raise problem
        return found

    def _place(self, asked: MapQuestion) -> MapPlace:
        if not asked.node:
            first = next(iter(self._networks.values()))
            drawing, heads = first.opened.drawing, first.opened.heads
            rebuilds = bool(heads) and heads[0].task == "autoencoder"
            place = usual_place(drawing, first.opened.report, first.places, rebuilds=rebuilds, is_judged=bool(heads))
        else:
            there = [one for one in self._places if one.node == asked.node and asked.port in ("", one.port)]
            place = next((one for one in there if not one.problem), there[0] if there else None)
            if place is None:
                raise MapError("The run that is shown has no such layer, or its answer does not depend on it.")
        if place is None:
            raise MapError("No layer of this network gives something that samples can be placed by.")
        if place.problem:
            raise MapError(place.problem)
        return place

    def _values(
        self, mapped: _Mapped, place: MapPlace, asked: MapQuestion, part: PartSamples, tell: Tell
    ) -> tuple[Numbers, int]:
        """What a node gives for the samples, (n, width), and after how many epochs the weights were, 0: the kept."""
        count = min(len(part.rows), max(FEWEST, MOST_NUMBERS // place.width))
        if count < FEWEST:
            words = {"validation": "validation", "test": "test", "train": "training"}[asked.part]
            raise MapError(
                f"The {words} part has {count:,} samples; a map needs {FEWEST} or more. Choose another part."
            )
        key = ("values", place.node, place.port, asked.part)
        return self._once(key, lambda: self._asked(mapped, place, part, count, tell)), mapped.opened.epoch

    def _asked(self, mapped: _Mapped, place: MapPlace, part: PartSamples, count: int, tell: Tell) -> Numbers:
        whole = mapped.opened
        node = whole.drawing.node(place.node)
        if node.op == "Input":
            (values,) = self._given(part, [str(node.params.get("field", ""))], count)
        else:
            tell("Asking the network")
            before = (place.node, place.port)
            opened = open_run_model(
                self._catalog, self._run, before=before, wanted=mapped.wanted, trusted=self._trusted
            )
            assert whole.weights is not None
            fill(opened, whole.weights, is_part=True)
            (values,) = self._forward(opened, part, count)
        found: Numbers = values.reshape(len(values), -1).double().numpy()
        return found

    def _given(self, part: PartSamples, names: list[str], count: int) -> list[Tensor]:
        missing = next((name for name in names if name not in part.values), None)
        if missing is not None:
            raise MapError(f"{missing} is missing in this part of the data. Choose another part.")
        return [part.values[name][:count] for name in names]

    def _forward(self, opened: Opened, part: PartSamples, count: int) -> list[Tensor]:
        """What each Output answers, batch by batch; what draws random numbers draws the same each time."""
        given = self._given(part, [field.name for field in opened.inputs], count)
        parts = []
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(self._samples.seed if self._samples else 0)
            for start in range(0, count, _BATCH):
                try:
                    answer = opened.network(*(values[start : start + _BATCH] for values in given))
                except (RuntimeError, ValueError, TypeError, IndexError, MemoryError) as error:
                    words = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
                    raise TrialError(f"The network could not compute this: {words}.") from None
                parts.append(answer if isinstance(answer, tuple) else (answer,))
        return [torch.cat(column) for column in zip(*parts, strict=True)]

    def _said(self, whole: Opened, head: int, part: PartSamples, count: int) -> Array | None:
        """What the network answers for the labels, where it answers them."""
        if head < 0:
            return None

        def ask() -> Array:
            output, row = whole.of_heads(tuple(self._forward(whole, part, count)))[head], whole.heads[head]
            if row.task == "classification":
                return plain(classes_of(row, output))
            numbers = unscaled(row.field.name, numbers_of(row, output), whole.scaling)
            return plain(numbers.float().reshape(-1))

        return self._once(("said", whole.of, id(part), count), ask)

    def _reduced(self, asked: MapQuestion, values: Numbers, seed: int, tell: Tell) -> Reduced:
        method = cast(Reduction, asked.reduction)
        key = ("reduced", asked.node, asked.port, asked.part, asked.scale, method)
        if method != "as_is":
            tell({"pca": "PCA", "tsne": "t-SNE"}.get(method, "UMAP"))
        return self._once(key, lambda: reduced(values, method, seed, tell))

    def _clustered(self, asked: MapQuestion, values: Numbers, seed: int, tell: Tell) -> Clustered:
        method = asked.clustering
        open_to = asked.reach if method == "dbscan" else asked.count if method != "none" else 0
        key = ("clustered", asked.node, asked.port, asked.part, asked.scale, method, open_to)
        if method != "none":
            tell(_METHODS[method])
        return self._once(key, lambda: clustered(values, method, asked.count, seed, asked.reach))

    def _figures(self, flat: Reduced, found: Clustered, fit: Agreement | None, values: Numbers) -> dict[str, float]:
        rows = {
            "explained": flat.explained,
            "rand": fit.rand if fit is not None else None,
            "information": fit.information if fit is not None else None,
            "matched": fit.matched if fit is not None else None,
            "silhouette": silhouette(values, found.clusters) if found.count else None,
            "reach": found.reach or None,
        }
        return {name: value for name, value in rows.items() if value is not None}

    def _once(self, key: Hashable, make: Callable[[], _Found]) -> _Found:
        """What was found for the same question before, else found now; the oldest is forgotten."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return cast(_Found, self._kept[key])
