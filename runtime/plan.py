"""How a source is read: the loader's arguments and the fields that come out, found before anything is loaded."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import LoomError
from graph.fields import Field
from graph.ops.spec import Value
from runtime.library.errors import BadDataError
from runtime.settings import DataSettings
from runtime.sources import SourceSpec, known_fields

Argument = Value | Mapping[int, tuple[str, ...] | None]


class DataError(LoomError):
    """The data cannot be used; the text says what is wrong, where, and what to do."""


class MissingDataError(DataError):
    """The file or folder that the data settings name is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """A call of a loader of `runtime.library`: `loader(path, **arguments)`, the path only where `path` is not empty.

    `tells_training`: the loader also tells how many samples, from the first, are for training;
    `comes_with_test`: the rest of them are a test part.
    """

    source: SourceSpec
    path: str = ""
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()
    class_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    tells_training: bool = False
    comes_with_test: bool = False


def plan_source(settings: DataSettings, base: Path | None) -> LoadPlan:
    """How the source of a project is read; relative paths start at `base`. DataError when it cannot be."""
    source = settings.source
    if not source.reads_files:
        return LoadPlan(
            source=source, arguments=dict(settings.options), fields=known_fields(source.key, settings.options)
        )
    path = _path(settings, base)
    try:
        if source.key == "csv":
            return _csv_plan(settings, path)
        if source.key == "npz":
            return _npz_plan(settings, path)
        return _idx_plan(settings, path)
    except BadDataError as error:
        raise DataError(str(error)) from error


def _path(settings: DataSettings, base: Path | None) -> Path:
    source = settings.source
    given = str(settings.options.get("path", ""))
    what = "folder" if source.key == "idx" else "file"
    if not given:
        raise DataError(f"{source.title}: no {what} chosen yet. Choose one in the data panel.")
    if "\0" in given:
        raise DataError(f"{source.title}: {given!r} cannot be the name of a {what}. Choose another.")
    path = Path(os.path.expanduser(given))
    path = (path if path.is_absolute() else (base or Path.cwd()) / path).absolute()
    try:
        there = path.is_dir() if source.key == "idx" else path.is_file()
    except OSError as error:
        raise DataError(f"{str(path)[:200]} cannot be opened ({error.strerror}). Choose another {what}.") from error
    if not there:
        raise MissingDataError(f"There is no {what} {path}. Put it there, or choose another {what} in the data panel.")
    return path


def _csv_plan(settings: DataSettings, path: Path) -> LoadPlan:
    from runtime.csv_look import look_at_csv  # lazy: only tables need it

    look = look_at_csv(path, settings.options)
    words = look.features
    columns = tuple(
        name if words[index] is None else f"{name}: {word}"
        for index, name in look.names.items()
        for word in (words[index] or ("",))
    )
    features = Field(name="features", shape=(len(columns),), dtype="float32", kind="vector", columns=columns)
    return LoadPlan(
        source=settings.source,
        path=str(path),
        arguments={
            "delimiter": look.delimiter,
            "header": look.header,
            "features": look.features,
            "target": look.target,
            "name": look.target_name,
            "classes": look.classes,
        },
        fields=(features, _target(look.target_name, look.classes)),
        notes=look.notes,
        class_counts={look.target_name: look.class_counts} if look.classes else {},
    )


def _target(name: str, classes: Sequence[str] | None, shape: tuple[int, ...] = ()) -> Field:
    if classes is None:
        return Field(name=name, shape=shape, dtype="float32", kind="number", role="target")
    return Field(name=name, shape=(), dtype="int64", kind="class", role="target", classes=tuple(classes))


def _idx_plan(settings: DataSettings, path: Path) -> LoadPlan:
    from runtime.library.idx import find_idx, read_idx  # lazy: it imports torch

    labels = read_idx(str(path), "train-labels-idx1-ubyte", 1)
    counts = tuple(int(count) for count in labels.bincount())
    if len(labels) < 3:
        raise DataError(f"{path} holds {len(labels)} training labels; at least 3 are needed.")
    if int(labels.min()) == int(labels.max()):
        raise DataError(f"{path}: every training label is {int(labels[0])}. Choose a folder with several classes.")
    height, width = _idx_size(path)
    notes = []
    has_test = find_idx(str(path), "t10k-images-idx3-ubyte") is not None
    if has_test:
        notes.append("The test set that comes with the data is the test part; the shares divide the rest.")
    names = _FASHION if path.name.lower().startswith("fashion") and len(counts) == 10 else map(str, range(len(counts)))
    image = Field(name="image", shape=(1, height, width), dtype="float32", kind="image")
    return LoadPlan(
        source=settings.source,
        path=str(path),
        fields=(image, _target("label", tuple(names))),
        notes=tuple(notes),
        class_counts={"label": counts},
        tells_training=True,
        comes_with_test=has_test,
    )


_FASHION = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


def _idx_size(folder: Path) -> tuple[int, int]:
    import gzip
    import struct

    from runtime.library.idx import find_idx

    file = find_idx(str(folder), "train-images-idx3-ubyte")
    if file is None:
        raise DataError(f"There is no train-images-idx3-ubyte (or .gz) in {folder}. Choose the folder that has it.")
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            magic, count, height, width = struct.unpack(">IIII", stream.read(16))
    except (OSError, EOFError, struct.error) as error:
        raise DataError(f"{file} is not an IDX file of images ({error}). Download it again.") from error
    if magic != 0x803 or not 0 < count * height * width <= 2**30:
        raise DataError(f"{file} is not an IDX file of images of at most 1 GiB. Choose another file.")
    return height, width


def _npz_plan(settings: DataSettings, path: Path) -> LoadPlan:
    from runtime.npz_look import look_at_npz  # lazy: only arrays need it

    look = look_at_npz(path, str(settings.options["input"]), str(settings.options["target"]))
    counts = Counter(look.labels)
    classes = None if look.classes == 0 else tuple(str(number) for number in range(look.classes))
    return LoadPlan(
        source=settings.source,
        path=str(path),
        arguments={
            "source": look.source,
            "target": look.target,
            "field": look.field.name,
            "name": look.target_name,
            "layout": look.layout,
            "classes": look.classes,
        },
        fields=(look.field, _target(look.target_name, classes, look.target_shape)),
        notes=look.notes,
        class_counts={look.target_name: tuple(counts[number] for number in range(look.classes))} if classes else {},
    )
