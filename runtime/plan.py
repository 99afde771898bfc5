"""How a source is read: the loader's arguments and the fields that come out, found before anything is loaded."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph.errors import LoomError
from graph.fields import Field
from graph.ops.spec import Value
from runtime.data_paths import is_on_network, is_outside
from runtime.library.cells import part_named
from runtime.library.errors import BadDataError
from runtime.protocol import ColumnReport
from runtime.settings import DataSettings, Head, SettingsError, SplitMethod
from runtime.sources import SourceSpec, known_fields

Argument = Value | Mapping[int, str | tuple[str, ...] | None] | Mapping[str, int]
Tell = Callable[[float], None]


class DataError(LoomError):
    """The data cannot be used; the text says what is wrong, where, and what to do.

    `columns` are those of a table that could be read all the same.
    """

    def __init__(self, message: str, columns: tuple[ColumnReport, ...] = ()) -> None:
        super().__init__(message)
        self.columns = columns


class MissingDataError(DataError):
    """The file or folder that the setting `key` names is not there."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Pictures that a table names: where their paths start (nothing: beside the table), and how they are read."""

    folder: str
    height: int
    width: int
    channels: int
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """A call of a loader of `runtime.library`: `loader(path, **arguments)`, the path only where `path` is not empty.

    `tells_training`: the loader also tells how many samples, from the first, are for training;
    `comes_with_test`: the rest of them are a test part.
    `tells_words`: it also tells words of each sample, those named in `words`: group, part (of the split, with the
    samples of each in `parts`), image (paths, read as `pictures` says). `gaps` counts the empty cells of columns that
    get their middle value. `columns` and `rows_found` are what a look at the file found. `second` is what is streamed
    beside it.
    """

    source: SourceSpec
    path: str = ""
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()
    class_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    tells_training: bool = False
    comes_with_test: bool = False
    tells_words: bool = False
    words: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    groups: int = 0
    pictures: Pictures | None = None
    gaps: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[ColumnReport, ...] = ()
    rows_found: int = 0
    second: LoadPlan | None = None


def plan_source(settings: DataSettings, base: Path | None, tell: Tell | None = None) -> LoadPlan:
    """How the source of a project is read; relative paths start at `base`. DataError when it cannot be."""
    plan = look_at_source(settings, base, tell)
    check_split(settings, plan)
    return plan


def look_at_source(settings: DataSettings, base: Path | None, tell: Tell | None = None) -> LoadPlan:
    """The same, however the samples are to be shared out. `tell` gets the share of a long look that is done."""
    plan = _look(settings, base, tell)
    if settings.second is None:
        return plan
    try:
        return replace(plan, second=_look(settings.second, base, None))
    except DataError as error:
        raise DataError(f"Second data: {error}", plan.columns) from error


def _look(settings: DataSettings, base: Path | None, tell: Tell | None) -> LoadPlan:
    source = settings.source
    if source.key == "pictures_for_style":
        return _style_plan(settings, base)
    if not source.reads_files:
        return LoadPlan(
            source=source, arguments=dict(settings.options), fields=known_fields(source.key, settings.options)
        )
    path = _path(settings, base)
    try:
        if source.key == "csv":
            return _csv_plan(settings, path, base, tell)
        if source.key == "images":
            return _images_plan(settings, path, tell)
        if source.key == "npz":
            return _npz_plan(settings, path)
        return _idx_plan(settings, path)
    except BadDataError as error:
        raise DataError(str(error), getattr(error, "columns", ())) from error


def check_split(settings: DataSettings, plan: LoadPlan) -> None:
    """DataError or SettingsError when the samples cannot be shared out as the settings say."""
    method = split_method(settings, plan.words, None)
    wanted = 1 + (settings.validation > 0) + (settings.test > 0)
    if method == "grouped" and plan.groups < wanted:
        raise DataError(
            f"{plan.path}: the group column has {plan.groups} different words, but there are {wanted} parts to fill. "
            "Choose another group column, or set the share of one part to 0."
        )


def split_method(settings: DataSettings, words: Collection[str], target: Field | None) -> SplitMethod:
    """How samples are shared out: as is said, else by a split or group column, else by class where there are any."""
    if settings.source.looked_at:
        return "shared"
    needs: Mapping[SplitMethod, tuple[str, str]] = {"column": ("part", "split"), "grouped": ("group", "group")}
    for method, (word, column) in needs.items():
        if settings.method == method and word not in words:
            raise SettingsError(
                f"Samples are to be drawn by a {column} column, but none is named. Choose one or another way.",
                section="data",
                key="split.method",
            )
        if settings.method == method or (settings.method is None and word in words):
            return method
    return "stratified" if target is not None and target.classes and settings.method != "random" else "random"


def field_to_split_by(heads: Sequence[Head], plan: LoadPlan) -> Field:
    """The field whose classes are to be as common in each part: the first target, else any with classes, else any."""
    if heads:
        return heads[0].field
    return next((field for field in plan.fields if field.kind == "class"), plan.fields[0])


def _absolute(given: str, base: Path | None) -> Path:
    path = Path(os.path.expanduser(given))
    return (path if path.is_absolute() else (base or Path.cwd()) / path).absolute()


def _path(settings: DataSettings, base: Path | None) -> Path:
    source = settings.source
    given = str(settings.options.get("path", ""))
    what = "folder" if source.is_folder else "file"
    if not given:
        raise DataError(f"{source.title}: no {what} chosen yet. Choose one in the data panel.")
    return _place(source, given, base, f"{source.key}.path")


def _place(source: SourceSpec, given: str, base: Path | None, key: str) -> Path:
    """The file or folder that the setting `key` names, which must be there."""
    what = "folder" if source.is_folder else "file"
    if "\0" in given:
        raise DataError(f"{source.title}: {given!r} cannot be the name of a {what}. Choose another.")
    path = _absolute(given, base)
    try:
        there = path.is_dir() if source.is_folder else path.is_file()
    except OSError as error:
        raise DataError(f"{str(path)[:200]} cannot be opened ({error.strerror}). Choose another {what}.") from error
    if not there:
        text = f"There is no {what} {path}. Put it there, or choose another {what} in the data panel."
        raise MissingDataError(text, key=key)
    return path


def _style_plan(settings: DataSettings, base: Path | None) -> LoadPlan:
    """A pair of pictures, each a file or the sample that stands in for it."""
    source, files = settings.source, dict(settings.options)
    for name in ("content", "style"):
        given = str(files[name])
        files[name] = str(_place(source, given, base, f"{source.key}.{name}")) if given else ""
    return LoadPlan(source=source, arguments=files, fields=known_fields(source.key, settings.options))


def _csv_plan(settings: DataSettings, path: Path, base: Path | None, tell: Tell | None) -> LoadPlan:
    from runtime.csv_look import look_at_csv  # lazy: only tables need it

    look = look_at_csv(path, settings.options, tell)
    names = look.form.names
    pictures: Pictures | None = None
    image: tuple[Field, ...] = ()
    if "image" in look.kept:
        pictures = _named_pictures(settings, path, base, look.words["image"], tell)
        image = (Field(name="image", shape=pictures.shape, dtype="float32", kind="image"),)
    columns = tuple(
        f"{names[index]}: {word or '(empty)'}" if isinstance(how, tuple) else names[index]
        for index, how in look.features.items()
        for word in (how if isinstance(how, tuple) else ("",))
    )
    dates = tuple(names[index] for index, how in look.features.items() if how in ("ymd", "dmy", "mdy"))
    features = Field(
        name="features", shape=(len(columns),), dtype="float32", kind="vector", columns=columns, dates=dates
    )
    name = names[look.target]
    name = f"{name}_target" if name == "features" or (name == "image" and image) else name
    usual: Mapping[str, Argument] = {"how": None, "kept": {}, "encoding": "utf-8-sig"}
    arguments: dict[str, Argument] = {
        "delimiter": look.form.delimiter,
        "header": look.form.header,
        "features": look.features,
        "target": look.target,
        "name": name,
        "classes": look.classes,
        "needed": look.needed,
        "how": look.target_how,
        "kept": look.kept,
        "encoding": look.form.encoding,
    }
    return LoadPlan(
        source=settings.source,
        path=str(path),
        arguments={key: value for key, value in arguments.items() if key not in usual or value != usual[key]},
        fields=(*image, *((features,) if columns else ()), _target(name, look.classes)),
        notes=(*look.notes, *(pictures.notes if pictures else ())),
        class_counts={name: look.class_counts} if look.classes else {},
        tells_words=True,
        words=tuple(look.kept),
        parts=Counter(map(part_named, look.words.get("part", ()))),
        groups=len(set(look.words.get("group", ()))),
        pictures=pictures,
        gaps={names[index]: count for index, count in look.gaps.items()},
        columns=look.columns,
        rows_found=look.rows_found,
    )


def _named_pictures(
    settings: DataSettings, path: Path, base: Path | None, names: Sequence[str], tell: Tell | None
) -> Pictures:
    """The pictures that a table names, which must lie in one folder."""
    from runtime.picture_look import look_at_pictures  # lazy: only pictures need it

    given = str(settings.options.get("image_folder") or "")
    folder = Path(os.path.abspath(_absolute(given, base))) if given else path.parent
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Choose the folder of the pictures in the data panel.")
    files = [os.path.join(folder, name) for name in names]
    for name, file in zip(names, files, strict=True):
        if "\0" in name or is_on_network(name) or is_outside(os.path.normpath(file), folder):
            raise DataError(
                f"{path} names the picture {name[:200]!r}, which is not in {folder}. Choose the folder of the pictures."
            )
    look = look_at_pictures(folder, files, settings.options.get("image_size"), tell)
    return Pictures(
        folder=str(folder) if given else "",
        height=look.height,
        width=look.width,
        channels=look.channels,
        notes=look.notes,
    )


def _images_plan(settings: DataSettings, path: Path, tell: Tell | None) -> LoadPlan:
    from runtime.picture_look import look_at_folder  # lazy: only pictures need it

    look = look_at_folder(path, settings.options.get("size"), tell)
    return LoadPlan(
        source=settings.source,
        path=str(path),
        arguments={
            "classes": look.classes,
            "level": look.level,
            "height": look.pictures.height,
            "width": look.pictures.width,
            "channels": look.pictures.channels,
        },
        fields=(
            Field(name="image", shape=look.pictures.shape, dtype="float32", kind="image"),
            _target("label", look.classes),
        ),
        notes=look.notes,
        class_counts={"label": look.counts},
        tells_words=True,
        words=("part",) if look.level else (),
        parts=Counter(map(part_named, look.parts)),
        rows_found=look.found,
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
