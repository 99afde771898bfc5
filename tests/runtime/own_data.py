"""A table and pictures as people have them, and small projects that learn from them."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image
from training_projects import Layer, project_of

from graph.model import Project
from graph.ops.spec import Value


def write_own_data(folder: Path) -> Path:
    """The data of all projects, in that folder."""
    write_table(folder)
    write_pictures(folder)
    files = sorted(file.relative_to(folder / "photos").as_posix() for file in (folder / "photos").glob("*/*.*g"))
    parts = ("train", "train", "train", "val", "test")
    rows = [f"{file},{n % 7 or ''},{parts[n % 5]},{file.split('/')[0]}" for n, file in enumerate(files)]
    (folder / "named.csv").write_text("file,weight,part,kind\n" + "\n".join(rows))
    return folder


def write_table(folder: Path) -> None:
    """A table with gaps, words, numbers that are kinds, people who come several times, and unequal classes."""
    draw = random.Random(3)
    rows = ["id;age;town;kind;since;member;person;outcome"]
    for number in range(240):
        age = "" if number % 6 == 0 else f"{draw.uniform(18, 80):.1f}".replace(".", ",")
        town = draw.choice(["Oslo", "Rome", "Łódź", ""])
        since = f"{draw.randint(1, 28)}.{draw.randint(1, 12)}.{draw.randint(1990, 2020)}"
        member = draw.choice(["yes", "no", ""])
        outcome = "bad" if draw.random() < 0.2 else draw.choice(["good", "good", "fair"])
        outcome = "" if number == 17 else outcome
        rows.append(f"{number};{age};{town};{draw.randint(1, 3)};{since};{member};p{draw.randint(1, 60)};{outcome}")
    (folder / "people.csv").write_text("\n".join(rows), encoding="utf-8")


def write_pictures(folder: Path) -> None:
    """Two folders of pictures in two sizes, one of them damaged."""
    draw = random.Random(5)
    for number in range(60):
        kind = ("dark", "light")[number % 2]
        (folder / "photos" / kind).mkdir(parents=True, exist_ok=True)
        size = (10, 8) if number % 5 else (20, 30)
        base = 160 if kind == "light" else 60
        pixels = [tuple(base + draw.randint(-50, 50) for _ in range(3)) for _ in range(size[0] * size[1])]
        picture = Image.new("RGB", size)
        picture.putdata(pixels)
        picture.save(folder / "photos" / kind / f"{number}.{'png' if number % 3 else 'jpg'}")
    (folder / "photos" / "dark" / "damaged.png").write_bytes(b"no picture")


def network(field: str, target: str, width: int, data: dict[str, Value], training: dict[str, Value]) -> Project:
    """A small network for classes."""
    layers: list[Layer] = [
        ("input", "Input", {"field": field}),
        ("flatten", "Flatten", {}),
        ("hidden", "Linear", {"out_features": 8}),
        ("norm", "BatchNorm1d", {}),
        ("relu", "ReLU", {}),
        ("linear", "Linear", {"out_features": width}),
        ("output", "Output", {"field": target}),
    ]
    return project_of(layers, data=data, training={"epochs": 3, "batch_size": 32, "threads": 1, **training})


def own_projects() -> dict[str, Project]:
    """Projects by name: a table in groups, a folder of pictures, and a table that names pictures and parts."""
    people: dict[str, Value] = {"source": "csv", "csv.path": "people.csv", "csv.categories": ("kind",)}
    photos: dict[str, Value] = {"source": "images", "images.path": "photos"}
    named: dict[str, Value] = {
        "source": "csv",
        "csv.path": "named.csv",
        "csv.image": "file",
        "csv.split_column": "part",
    }
    named["csv.image_folder"] = "photos"
    balanced: dict[str, Value] = {"class_weights": "balanced"}
    return {
        "people": network("features", "outcome", 3, people | {"csv.group": "person"}, balanced),
        "photos": network("image", "label", 2, photos, {}),
        "named": network("image", "kind", 2, named, balanced | {"early_stopping": False}),
    }
