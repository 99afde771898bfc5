"""The table of data sources: what a project can learn from, with the options of each; torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.fields import Field
from graph.ops.spec import Missing, Value
from runtime.source_spec import SEED, SourceSpec, choice, columns, noise, number, samples, whole, word

__all__ = ["SOURCES", "SourceSpec", "fields_named", "known_fields"]

_SIDE: Final = "The longest side of a picture, in pixels. 0: that of the commonest size, at most 64."


def _features(*columns: str) -> Field:
    return Field(name="features", shape=(len(columns),), dtype="float32", kind="vector", columns=columns)


def _classes(name: str, *classes: str) -> Field:
    return Field(name=name, shape=(), dtype="int64", kind="class", role="target", classes=classes)


def _answer(name: str) -> Field:
    return Field(name=name, shape=(), dtype="float32", kind="number", role="target")


_CELL_MEASURES: Final = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_POINT: Final = Field(name="point", shape=(2,), dtype="float32", kind="vector", columns=("x", "y"))

READY: Final = (
    SourceSpec(
        key="digits",
        title="Handwritten digits",
        doc="1,797 pictures of 8 by 8, each a digit from 0 to 9.",
        group="ready",
        module="bundled",
        loader="digits",
        fields=(
            Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
            _classes("digit", *"0123456789"),
        ),
        pictogram="digits",
    ),
    SourceSpec(
        key="digits_ink",
        title="Handwritten digits and their ink",
        doc="The same 1,797 pictures, and beside each how much ink its 8 rows and 8 columns hold: for two inputs.",
        group="ready",
        module="bundled",
        loader="digits_ink",
        fields=(
            Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
            Field(
                name="ink",
                shape=(16,),
                dtype="float32",
                kind="vector",
                columns=(*(f"row {i}" for i in range(1, 9)), *(f"column {i}" for i in range(1, 9))),
            ),
            _classes("digit", *"0123456789"),
        ),
        pictogram="pair",
    ),
    SourceSpec(
        key="iris",
        title="Iris flowers",
        doc="150 flowers of three species, with four lengths of each.",
        group="ready",
        module="bundled",
        loader="iris",
        fields=(
            _features("sepal length", "sepal width", "petal length", "petal width"),
            _classes("species", "setosa", "versicolor", "virginica"),
        ),
        scale="standard",
    ),
    SourceSpec(
        key="wine",
        title="Wines",
        doc="178 wines of three growers, with 13 measurements of each.",
        group="ready",
        module="bundled",
        loader="wine",
        fields=(
            _features(
                "alcohol",
                "malic acid",
                "ash",
                "alcalinity of ash",
                "magnesium",
                "total phenols",
                "flavanoids",
                "nonflavanoid phenols",
                "proanthocyanins",
                "color intensity",
                "hue",
                "od280/od315 of diluted wines",
                "proline",
            ),
            _classes("cultivar", "grower 0", "grower 1", "grower 2"),
        ),
        scale="standard",
    ),
    SourceSpec(
        key="breast_cancer",
        title="Breast cancer",
        doc="569 tumours, malignant or benign, with 30 measurements of their cells.",
        group="ready",
        module="bundled",
        loader="breast_cancer",
        fields=(
            _features(*(f"{kind} {measure}" for kind in ("mean", "error of", "worst") for measure in _CELL_MEASURES)),
            _classes("diagnosis", "malignant", "benign"),
        ),
        scale="standard",
    ),
    SourceSpec(
        key="diabetes",
        title="Diabetes",
        doc="442 patients with ten measurements, and how far the illness went in a year.",
        group="ready",
        module="bundled",
        loader="diabetes",
        fields=(
            _features("age", "sex", "bmi", "blood pressure", "s1", "s2", "s3", "s4", "s5", "s6"),
            _answer("progression"),
        ),
        scale="standard",
    ),
    SourceSpec(
        key="pictures_for_style",
        title="Two pictures, for style",
        doc="One picture to keep the content of, and one to take the style of: the same pair at each step.",
        group="ready",
        module="style_pictures",
        loader="pictures_for_style",
        params=(
            word("content", "Content", "A picture file whose content stays; empty: a temple by a lake."),
            word("style", "Style", "A picture file whose style is taken; empty: a flower."),
            whole("size", 96, 16, 512, "Size of pictures", "Height and width, in pixels; the middle square is taken."),
            whole("steps", 100, 1, 1000, "Steps an epoch", "How many steps, each with this pair, make an epoch."),
        ),
        pictogram="pair",
        looked_at=1,
        batch_size=1,
    ),
)

OWN: Final = (
    SourceSpec(
        key="csv",
        title="Table (CSV)",
        doc="A table in a text file: one sample a row; the last column is what to predict, unless you choose another.",
        group="own",
        module="table",
        loader="load_csv",
        params=(
            word("path", "File", "The CSV file."),
            word("target", "Target column", "What to predict: a column's name or its number; empty: the last column."),
            word("features", "Input columns", "Names of the columns to learn from, with commas; empty: all others."),
            columns(
                "ignore",
                "Columns left out",
                "Columns that are not learned from. Unless you say so: those that only number or name the rows.",
                None,
            ),
            columns("categories", "Numbers read as words", "Columns of numbers that stand for kinds, such as codes."),
            word("group", "Group column", "Rows with the same word here stay together when the samples are split."),
            word("split_column", "Split column", "A column that says train, validation or test."),
            word("image", "Picture column", "A column with the paths of picture files."),
            word("image_folder", "Folder of the pictures", "Where these paths start; empty: beside the table."),
            whole("image_size", 0, 0, 1024, "Size of pictures", _SIDE),
            choice(
                "missing",
                ("fill", "leave out"),
                "Empty cells",
                "Fill: the middle value of the training samples, or a word of its own. Leave out: the whole row.",
            ),
            choice(
                "header", ("auto", "yes", "no"), "First line", "Whether the first line holds the names of the columns."
            ),
            choice(
                "predict", ("auto", "class", "number"), "Target is", "Whether the target column is a class or a number."
            ),
        ),
        scale="standard",
    ),
    SourceSpec(
        key="images",
        title="Pictures (folders)",
        doc="A folder with one folder of picture files for each class.",
        group="own",
        module="pictures",
        loader="load_pictures",
        params=(
            word("path", "Folder", "The folder that holds a folder for each class."),
            whole("size", 0, 0, 1024, "Size of pictures", _SIDE),
        ),
        pictogram="image",
        is_folder=True,
    ),
    SourceSpec(
        key="idx",
        title="Pictures (IDX folder)",
        doc="A folder with the files of MNIST, Fashion-MNIST and their relatives.",
        group="own",
        module="idx",
        loader="load_idx",
        params=(word("path", "Folder", "The folder that holds train-images-idx3-ubyte and the others."),),
        pictogram="image",
        is_folder=True,
    ),
    SourceSpec(
        key="npz",
        title="Arrays (NPZ)",
        doc="Arrays of numpy in one file: one with the inputs, one with what to predict.",
        group="own",
        module="arrays",
        loader="load_npz",
        params=(
            word("path", "File", "The .npz file."),
            word("input", "Input array", "The name of the array to learn from; empty: found by its name."),
            word("target", "Target array", "The name of the array to predict; empty: found by its name."),
        ),
        pictogram="array",
    ),
)

MADE: Final = (
    SourceSpec(
        key="moons",
        title="Moons",
        doc="Two half circles that interlock.",
        group="made",
        module="made",
        loader="moons",
        params=(samples(1000), noise(0.15), SEED),
        fields=(_POINT, _classes("class", "upper", "lower")),
        pictogram="moons",
    ),
    SourceSpec(
        key="circles",
        title="Circles",
        doc="A small circle inside a large one.",
        group="made",
        module="made",
        loader="circles",
        params=(
            samples(1000),
            noise(0.08),
            number("factor", 0.5, 0.01, 0.99, "Inner size", "Radius of the inner circle; the outer one has 1."),
            SEED,
        ),
        fields=(_POINT, _classes("class", "outer", "inner")),
        pictogram="circles",
    ),
    SourceSpec(
        key="spirals",
        title="Spirals",
        doc="Arms that wind around each other: hard for a straight line.",
        group="made",
        module="made",
        loader="spirals",
        params=(
            samples(1500),
            whole("arms", 2, 2, 10, "Arms", "How many arms; each is a class."),
            number("turns", 1.5, 0.1, 5, "Turns", "How often each arm winds around the middle."),
            noise(0.02),
            SEED,
        ),
        fields=(_POINT,),
        pictogram="spirals",
    ),
    SourceSpec(
        key="blobs",
        title="Clouds",
        doc="Round clouds of points, each a class.",
        group="made",
        module="made",
        loader="blobs",
        params=(
            samples(1000),
            whole("classes", 4, 2, 20, "Clouds", "How many clouds; each is a class."),
            number("spread", 0.25, 0, 10, "Spread", "How wide a cloud is."),
            SEED,
        ),
        fields=(_POINT,),
        pictogram="blobs",
    ),
    SourceSpec(
        key="function",
        title="Noisy curve",
        doc="A curve with noise: find the rule behind the points.",
        group="made",
        module="made",
        loader="noisy_function",
        params=(
            samples(400),
            choice(
                "shape",
                ("sine", "line", "parabola", "cubic", "step", "chirp"),
                "Curve",
                "The rule behind the points.",
            ),
            noise(0.1),
            SEED,
        ),
        fields=(Field(name="x", shape=(1,), dtype="float32", kind="vector", columns=("x",)), _answer("y")),
        pictogram="curve",
    ),
    SourceSpec(
        key="sines",
        title="Waves",
        doc="Windows of summed waves: foretell the next value.",
        group="made",
        module="made",
        loader="sines",
        params=(
            samples(2000),
            whole("length", 32, 2, 2000, "Window", "How many values of the past are seen."),
            whole("waves", 2, 1, 10, "Waves", "How many waves are added up."),
            noise(0.02),
            SEED,
        ),
        fields=(_answer("next"),),
        pictogram="wave",
    ),
    SourceSpec(
        key="nothing",
        title="No data",
        doc="Only the numbers of samples, 0, 1, 2 and so on, for training steps that need no data.",
        group="made",
        module="made",
        loader="nothing",
        params=(whole("samples", 1000, 1, 1_000_000, "Samples", "How many samples are made."),),
        fields=(Field(name="number", shape=(), dtype="int64", kind="tokens"),),
        pictogram="array",
        looked_at=64,
    ),
)

SOURCES: Final[Mapping[str, SourceSpec]] = {spec.key: spec for spec in (*READY, *OWN, *MADE)}


def known_fields(key: str, options: Mapping[str, Value]) -> tuple[Field, ...]:
    """The fields of a source that follow without reading it; nothing for the person's own files."""
    spec = SOURCES[key]
    if key == "spirals":
        return (*spec.fields, _classes("class", *(f"arm {number + 1}" for number in range(_count(options, "arms")))))
    if key == "blobs":
        return (
            *spec.fields,
            _classes("class", *(f"cloud {number + 1}" for number in range(_count(options, "classes")))),
        )
    if key == "sines":
        past = Field(name="past", shape=(_count(options, "length"), 1), dtype="float32", kind="sequence")
        return (past, *spec.fields)
    if key == "pictures_for_style":
        shape = (3, _count(options, "size"), _count(options, "size"))
        return tuple(Field(name=name, shape=shape, dtype="float32", kind="image") for name in ("content", "style"))
    return spec.fields


def fields_named(data: Mapping[str, Value]) -> tuple[Field, ...]:
    """The fields that data settings name without anything being read; nothing when no source is chosen."""
    spec = SOURCES.get(str(data.get("source", "")))
    if spec is None:
        return ()
    options: dict[str, Value] = {}
    for param in spec.params:
        value = data.get(f"{spec.key}.{param.name}", param.default)
        if not isinstance(value, Missing):
            options[param.name] = value
    return known_fields(spec.key, options)


def _count(options: Mapping[str, Value], name: str) -> int:
    value = options[name]
    return value if isinstance(value, int) else 0
