"""What the window and the analysis process say to each other: rows that go over a pipe as JSON lines."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graph.edit_rows import as_value
from graph.fields import Field
from graph.flow import TensorInfo
from graph.ops.spec import Value
from graph.problems import Problem
from runtime.start_report import StartReport

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A longer line on the pipe is a bug or an attack, and is refused."""

MISSING_DATA = "missing-data"
"""The code of the problem that the data's file or folder is not there; its key is that of the path."""


def marks_in(request: Mapping[str, Any]) -> frozenset[str]:
    """The marks of the texts that a request says did not come to an end when they were run."""
    rows = request.get("stopped")
    return frozenset(map(str, rows)) if isinstance(rows, list) else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What torch says about a drawing, for the document of that revision.

    `ports`: what leaves each output port, by (uid, port). `autos`: the params that follow from it, by uid.
    `weights`: numbers learned, by uid; `frozen`: how many of these stay as they begin. `parameters`: what a layer
    learns, by uid, as torch names it, with shapes. `names`: the values of a block's parameters in its first use, by
    network; `skipped`: the uids of nodes that a condition leaves out there. `lines`: the lines of model.py that a node
    made, 1-based; `definitions`: those of the function or class that it calls, where the file holds that; `step_lines`:
    the lines of train.py that a node of a drawn training step made.
    `device_reason` says in a sentence why that device was chosen, `start` what becomes of the weights it starts from.
    """

    revision: int
    ports: Mapping[tuple[str, str], TensorInfo] = field(default_factory=dict)
    autos: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    frozen: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    fields: tuple[Field, ...] = ()
    code: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    definitions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    step_lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    device: str = "cpu"
    device_reason: str = ""
    threads: int = 0
    start: StartReport | None = None

    @property
    def has_errors(self) -> bool:
        """Whether something keeps the drawing from training."""
        return any(problem.severity == "error" for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "kind": "analysis",
            "revision": self.revision,
            "ports": [[uid, port, info.to_json()] for (uid, port), info in sorted(self.ports.items())],
            "autos": {uid: dict(values) for uid, values in self.autos.items()},
            "weights": dict(self.weights),
            "frozen": dict(self.frozen),
            "parameters": {
                uid: {name: list(shape) for name, shape in row.items()} for uid, row in self.parameters.items()
            },
            "names": {network: dict(values) for network, values in self.names.items()},
            "skipped": sorted(self.skipped),
            "problems": [problem.to_json() for problem in self.problems],
            "fields": [row.to_json() for row in self.fields],
            "code": dict(self.code),
            "lines": {uid: list(numbers) for uid, numbers in self.lines.items()},
            "definitions": {uid: list(numbers) for uid, numbers in self.definitions.items()},
            "step_lines": {uid: list(numbers) for uid, numbers in self.step_lines.items()},
            "device": self.device,
            "device_reason": self.device_reason,
            "threads": self.threads,
            "start": None if self.start is None else self.start.to_json(),
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Analysis:
        """The analysis that `to_json` wrote."""
        return Analysis(
            revision=row["revision"],
            ports={(uid, port): TensorInfo.from_json(info) for uid, port, info in row["ports"]},
            autos={
                uid: {name: as_value(value) for name, value in values.items()} for uid, values in row["autos"].items()
            },
            weights=dict(row["weights"]),
            frozen=dict(row["frozen"]),
            parameters={
                uid: {name: tuple(shape) for name, shape in known.items()} for uid, known in row["parameters"].items()
            },
            names={
                network: {name: as_value(value) for name, value in values.items()}
                for network, values in row["names"].items()
            },
            skipped=frozenset(row["skipped"]),
            problems=tuple(Problem.from_json(problem) for problem in row["problems"]),
            fields=tuple(Field.from_json(item) for item in row["fields"]),
            code=dict(row["code"]),
            lines={uid: tuple(numbers) for uid, numbers in row["lines"].items()},
            definitions={uid: tuple(numbers) for uid, numbers in row["definitions"].items()},
            step_lines={uid: tuple(numbers) for uid, numbers in row["step_lines"].items()},
            device=row["device"],
            device_reason=row["device_reason"],
            threads=row["threads"],
            start=None if row["start"] is None else StartReport.from_json(row["start"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSample:
    """A picture of the data: `pixels` are height x width x channels bytes, 1 channel grey or 3 RGB."""

    width: int
    height: int
    channels: int
    pixels: bytes

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        pixels = base64.b64encode(self.pixels).decode("ascii")
        return {"width": self.width, "height": self.height, "channels": self.channels, "pixels": pixels}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> ImageSample:
        """The picture that `to_json` wrote."""
        return ImageSample(
            width=row["width"],
            height=row["height"],
            channels=row["channels"],
            pixels=base64.b64decode(row["pixels"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """What the values of one field are like; `counts` has one number per class of a class field."""

    field: Field
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    counts: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "field": self.field.to_json(),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "mean": self.mean,
            "counts": list(self.counts),
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> FieldReport:
        """The report that `to_json` wrote."""
        return FieldReport(
            field=Field.from_json(row["field"]),
            minimum=row["minimum"],
            maximum=row["maximum"],
            mean=row["mean"],
            counts=tuple(row["counts"]),
        )


ColumnRole = Literal["feature", "target", "image", "group", "split", "ignore"]
ColumnKind = Literal["number", "words", "yes/no", "date", "text", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReport:
    """One column of a table: what it is for and what it holds.

    `distinct` counts different cells, up to 100,000. Numbers have `minimum` and `maximum` (a date's are days since
    1970), words the commonest with their counts. `histogram` counts the numbers of a column that is learned from, in
    parts of equal width. `samples` are a few cells as they stand in the file. `note` says in a sentence what was
    decided about the column: why it is left out, how it is read, what its empty cells become. `words` are columns of
    few kinds, each of which becomes a column of 0 and 1; `text` has too many different ones.
    """

    name: str
    role: ColumnRole
    kind: ColumnKind
    missing: int = 0
    distinct: int = 0
    minimum: float | None = None
    maximum: float | None = None
    common: tuple[tuple[str, int], ...] = ()
    histogram: tuple[int, ...] = ()
    samples: tuple[str, ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "name": self.name,
            "role": self.role,
            "kind": self.kind,
            "missing": self.missing,
            "distinct": self.distinct,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "common": [list(pair) for pair in self.common],
            "histogram": list(self.histogram),
            "samples": list(self.samples),
            "note": self.note,
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> ColumnReport:
        """The report that `to_json` wrote."""
        return ColumnReport(
            name=row["name"],
            role=row["role"],
            kind=row["kind"],
            missing=row["missing"],
            distinct=row["distinct"],
            minimum=row["minimum"],
            maximum=row["maximum"],
            common=tuple((word, count) for word, count in row["common"]),
            histogram=tuple(row["histogram"]),
            samples=tuple(row["samples"]),
            note=row["note"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReport:
    """A preview of the data of a project.

    `rows` counts samples that are used, `rows_found` all that are there, `splits` how many train, validate and test.
    `split_method` is how they are shared out. `columns` are those of a table, in its order. Up to 24 samples, spread
    over the classes where there are any: `images` holds their pictures by image field, `values` those of any other
    field (the first 64 of each sample), both in the order of `captions`. `scatter` holds up to 600 (x, y, class)
    when an input has two numbers; the class is -1 where there is none.
    """

    revision: int
    source: str = ""
    rows: int = 0
    rows_found: int = 0
    columns: tuple[ColumnReport, ...] = ()
    split_method: str = ""
    fields: tuple[FieldReport, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)
    captions: tuple[str, ...] = ()
    images: Mapping[str, tuple[ImageSample, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    scatter: tuple[tuple[float, float, int], ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "kind": "data_report",
            "revision": self.revision,
            "source": self.source,
            "rows": self.rows,
            "rows_found": self.rows_found,
            "columns": [column.to_json() for column in self.columns],
            "split_method": self.split_method,
            "fields": [row.to_json() for row in self.fields],
            "splits": dict(self.splits),
            "captions": list(self.captions),
            "images": {name: [sample.to_json() for sample in samples] for name, samples in self.images.items()},
            "values": {name: [list(row) for row in rows] for name, rows in self.values.items()},
            "scatter": [list(point) for point in self.scatter],
            "notes": list(self.notes),
            "problems": [problem.to_json() for problem in self.problems],
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> DataReport:
        """The report that `to_json` wrote."""
        return DataReport(
            revision=row["revision"],
            source=row["source"],
            rows=row["rows"],
            rows_found=row["rows_found"],
            columns=tuple(ColumnReport.from_json(item) for item in row["columns"]),
            split_method=row["split_method"],
            fields=tuple(FieldReport.from_json(item) for item in row["fields"]),
            splits=dict(row["splits"]),
            captions=tuple(row["captions"]),
            images={
                name: tuple(ImageSample.from_json(sample) for sample in samples)
                for name, samples in row["images"].items()
            },
            values={name: tuple(tuple(values) for values in rows) for name, rows in row["values"].items()},
            scatter=tuple((x, y, int(label)) for x, y, label in row["scatter"]),
            notes=tuple(row["notes"]),
            problems=tuple(Problem.from_json(problem) for problem in row["problems"]),
        )
