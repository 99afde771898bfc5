"""Awkward folders of pictures: each is read rightly and what was decided is told, or it is refused in a sentence."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from graph.model import Project
from graph.ops.spec import Value
from runtime import picture_look
from runtime.data import DataError, Dataset, read_source, split_dataset
from runtime.settings import resolve_data

RED, BLUE = (255, 0, 0), (0, 0, 255)


def save(
    path: Path, colour: object = RED, size: tuple[int, int] = (6, 4), mode: str = "RGB", **options: object
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)  # type: ignore[arg-type]
    return path


def two_classes(root: Path, count: int = 6, size: tuple[int, int] = (6, 4)) -> None:
    for number in range(count):
        save(root / "cats" / f"{number}.png", RED, size)
        save(root / "dogs" / f"{number}.png", BLUE, size)


def read(root: Path, **options: Value) -> Dataset:
    data: dict[str, Value] = {"source": "images", "images.path": str(root)}
    return read_source(
        resolve_data(Project(data=data | {f"images.{key}": value for key, value in options.items()})), None
    )


def said(root: Path) -> str:
    """The sentence with which a folder is refused."""
    with pytest.raises(DataError) as caught:
        read(root)
    assert str(root) in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def pixel(dataset: Dataset, index: int, y: int = 0, x: int = 0) -> list[float]:
    return [round(value, 2) for value in dataset.tensors["image"][index, :, y, x].tolist()]


def test_the_folders_are_the_classes_and_the_pixels_go_from_0_to_1(tmp_path: Path) -> None:
    two_classes(tmp_path)
    dataset = read(tmp_path)
    image, label = dataset.fields
    assert (image.shape, label.classes) == ((3, 4, 6), ("cats", "dogs"))
    assert (pixel(dataset, 0), pixel(dataset, 11)) == ([1, 0, 0], [0, 0, 1])
    assert dataset.tensors["label"].tolist() == [0] * 6 + [1] * 6
    assert dataset.class_counts == {"label": (6, 6)}
    assert dataset.notes == ()


def test_pictures_of_other_sizes_are_brought_to_the_commonest_one(tmp_path: Path) -> None:
    two_classes(tmp_path, size=(160, 120))
    save(tmp_path / "cats" / "small.png", size=(3, 9))
    dataset = read(tmp_path)
    assert dataset.fields[0].shape == (3, 48, 64)
    assert "2 sizes; each is brought to 64 × 48" in dataset.notes[0]
    assert read(tmp_path, size=16).fields[0].shape == (3, 12, 16)


def test_grey_pictures_have_one_channel_unless_one_is_coloured(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "a" / f"{number}.png", 51, mode="L")
        save(tmp_path / "b" / f"{number}.png", 255, mode="1")
    save(tmp_path / "b" / "deep.png", 51 * 257, mode="I;16")
    dataset = read(tmp_path)
    assert dataset.fields[0].shape[0] == 1
    assert (pixel(dataset, 0), pixel(dataset, 4), pixel(dataset, 8)) == ([0.2], [1], [0.2])
    save(tmp_path / "a" / "coloured.png", BLUE)
    assert read(tmp_path).fields[0].shape[0] == 3


def test_clear_parts_stand_on_white_and_palettes_become_colours(tmp_path: Path) -> None:
    two_classes(tmp_path)
    save(tmp_path / "cats" / "a clear.png", (255, 0, 0, 0), mode="RGBA")
    save(tmp_path / "cats" / "b half.png", (0, 0, 0, 128), mode="RGBA")
    Image.new("RGB", (6, 4), BLUE).convert("P").save(tmp_path / "cats" / "c palette.gif")
    dataset = read(tmp_path)
    assert pixel(dataset, 6) == [1, 1, 1]
    assert pixel(dataset, 7) == pytest.approx([0.5, 0.5, 0.5], abs=0.01)
    assert pixel(dataset, 8) == pytest.approx([0, 0, 1], abs=0.05)


def test_a_picture_from_a_camera_held_upright_stands_upright(tmp_path: Path) -> None:
    two_classes(tmp_path, size=(4, 6))
    lying = Image.new("RGB", (6, 4), BLUE)
    lying.paste(RED, (0, 0, 3, 4))  # red on the left: turned by 90 degrees it is at the top
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(tmp_path / "cats" / "upright.png", exif=exif)
    dataset = read(tmp_path)
    assert dataset.fields[0].shape == (3, 6, 4)
    place = dataset.tensors["label"].tolist().count(0) - 1
    assert (pixel(dataset, place, 0, 0), pixel(dataset, place, 5, 3)) == ([1, 0, 0], [0, 0, 1])
    assert not any("sizes" in note for note in dataset.notes)


def cut(path: Path) -> None:
    save(path, size=(60, 60), format="PNG")
    path.write_bytes(path.read_bytes()[:-40])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (cut, "cannot be read"),
    "no picture": (lambda path: path.write_bytes(b"hello"), "cannot be read"),
    "empty": (lambda path: path.write_bytes(b""), "cannot be read"),
    "huge": (lambda path: path.write_bytes(bomb(9000, 9000)), "more than 50 million pixels"),
    "beyond all measure": (lambda path: path.write_bytes(bomb(60_000, 60_000)), "more than 50 million pixels"),
}


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that promises many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_picture_is_left_out_and_named(damage: str, tmp_path: Path) -> None:
    spoil, words = DAMAGE[damage]
    two_classes(tmp_path, count=8)
    spoil(tmp_path / "dogs" / "3 bad.png")
    dataset = read(tmp_path)
    assert len(dataset) == 16
    assert dataset.notes[0].startswith("1 of 17 pictures was left out (dogs/3 bad.png: ")
    assert words in dataset.notes[0]
    assert dataset.tensors["label"].tolist() == [0] * 8 + [1] * 8


def test_too_many_damaged_pictures_are_refused(tmp_path: Path) -> None:
    two_classes(tmp_path, count=4)
    (tmp_path / "cats" / "9.png").write_bytes(b"hello")
    assert "1 of 9 pictures cannot be used (cats/9.png: it cannot be read as a picture)" in said(tmp_path)


def test_folders_within_a_class_belong_to_it_and_what_lies_outside_is_left_out(tmp_path: Path) -> None:
    two_classes(tmp_path)
    save(tmp_path / "cats" / "young" / "black" / "1.png")
    save(tmp_path / "stray.png")
    dataset = read(tmp_path)
    assert dataset.class_counts == {"label": (7, 6)}
    assert "1 picture lies in no folder of a class and is left out." in dataset.notes
    assert "Folders within a class belong to that class." in dataset.notes


def test_folders_that_name_the_parts_of_a_split_share_out_the_samples(tmp_path: Path) -> None:
    two_classes(tmp_path / "train")
    two_classes(tmp_path / "val", count=2)
    two_classes(tmp_path / "test", count=1)
    dataset = read(tmp_path)
    assert dataset.fields[1].classes == ("cats", "dogs")
    settings = resolve_data(Project(data={"source": "images", "images.path": str(tmp_path)}))
    parts = split_dataset(settings, dataset, "label", 0)
    assert {part: len(index) for part, index in parts.items()} == {"train": 12, "validation": 4, "test": 2}


def test_hidden_files_other_files_links_and_empty_folders_are_passed_over(tmp_path: Path) -> None:
    two_classes(tmp_path)
    (tmp_path / "birds").mkdir()
    (tmp_path / ".cache").mkdir()
    (tmp_path / "cats" / "notes.txt").write_text("hello")
    (tmp_path / "cats" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "cats" / "._0.png").write_bytes(b"x")
    os.symlink(save(tmp_path.parent / f"{tmp_path.name} secret.png"), tmp_path / "cats" / "link.png")
    dataset = read(tmp_path)
    assert dataset.notes == ("'birds' holds no pictures; it is left out.",)
    assert dataset.class_counts == {"label": (6, 6)}


def test_names_of_any_script_and_letter_case_are_read(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / "кошки 🐱" / f"фото {number}.JPG", format="JPEG")
        save(tmp_path / "犬" / f"{number}.Jpeg", BLUE, format="JPEG")
    assert read(tmp_path).fields[1].classes == ("кошки 🐱", "犬")


def test_a_folder_without_classes_or_with_one_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    assert "holds no folders" in said(tmp_path)
    (tmp_path / "cats").mkdir()
    assert "no pictures in its folders" in said(tmp_path)
    save(tmp_path / "cats" / "1.png")
    assert "one class only (cats)" in said(tmp_path)


def test_pictures_that_would_not_fit_into_memory_are_refused_with_a_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_classes(tmp_path)
    monkeypatch.setattr(picture_look, "MOST_PICTURE_BYTES", 12 * 3 * 6 * 4 * 4 - 1)
    assert "12 pictures of 6 × 4 need 0.0 GB of memory" in said(tmp_path)
    assert "Set a smaller size" in said(tmp_path)
    assert len(read(tmp_path, size=4)) == 12


def table(folder: Path, names: list[str]) -> Dataset:
    rows = "".join(f"{name},{number}.5,{'red' if number % 2 else 'blue'}\n" for number, name in enumerate(names))
    (folder / "table.csv").write_text(f"file,weight,colour\n{rows}", encoding="utf-8")
    data: dict[str, Value] = {"source": "csv", "csv.path": "table.csv", "csv.image": "file"}
    if (folder / "photos").is_dir():
        data["csv.image_folder"] = "photos"
    return read_source(resolve_data(Project(data=data)), folder)


def test_a_table_can_name_its_pictures_and_one_that_is_not_there_goes_with_its_row(tmp_path: Path) -> None:
    for number in range(20):
        save(tmp_path / "pictures" / f"{number}.png", BLUE if number else RED)
    dataset = table(tmp_path, [f"pictures/{number}.png" for number in range(21)])
    assert [one.name for one in dataset.fields] == ["image", "features", "colour"]
    assert dataset.tensors["image"].shape == (20, 3, 4, 6)
    assert pixel(dataset, 0) == [1, 0, 0]
    assert dataset.tensors["features"].flatten().tolist() == [number + 0.5 for number in range(20)]
    assert "1 of 21 pictures was left out (pictures/20.png: it is not there)." in dataset.notes


@pytest.mark.parametrize("way", ["../outside.png", "/etc/outside.png", "//server/share/x.png", "link/x.png"])
def test_a_table_cannot_lead_out_of_the_folder_of_its_pictures(way: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    save(tmp_path / "outside.png")
    save(tmp_path / "elsewhere" / "x.png")
    os.symlink(tmp_path / "elsewhere", folder / "link")
    save(folder / "a.png")
    with pytest.raises(DataError, match=r"which is not in .* Choose the folder of the pictures"):
        table(folder, ["a.png"] * 5 + [way])


def test_the_folder_of_the_pictures_can_be_chosen(tmp_path: Path) -> None:
    save(tmp_path / "photos" / "a.png")
    dataset = table(tmp_path, ["a.png", str(tmp_path / "photos" / "a.png"), "./a.png", "a.png"])
    assert torch.equal(dataset.tensors["image"][0], dataset.tensors["image"][1])
