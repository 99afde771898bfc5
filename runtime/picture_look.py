"""A look at picture files: their commonest size, whether all are grey, and which cannot be read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.ops.spec import Value
from runtime.library.cells import part_named
from runtime.library.errors import BadDataError
from runtime.library.pictures import open_picture, picture_files

MOST_PICTURE_BYTES: Final = 2 * 2**30
_USUAL_SIDE: Final = 64
_MOST_NAMED: Final = 5
_MOST_CLASSES: Final = 1000
_GREY: Final = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "F"})

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLook:
    """The form in which pictures are read. `good` are the places of those that can be."""

    height: int
    width: int
    channels: int
    good: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLook:
    """A folder with a folder for each class; with `level` 1 these lie in folders for the parts of the split."""

    pictures: PictureLook
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    level: int
    parts: tuple[str, ...]
    found: int
    notes: tuple[str, ...]


def look_at_pictures(where: Path, files: Sequence[str], side: Value, tell: Tell | None = None) -> PictureLook:
    """Open every picture once; BadDataError where too many cannot be, or where they would not fit into memory."""
    sizes: Counter[tuple[int, int]] = Counter()
    bad: list[tuple[str, str]] = []
    good: list[int] = []
    all_grey = True
    for place, file in enumerate(files):
        try:
            with open_picture(file) as picture:
                sizes[picture.size] += 1
                all_grey = all_grey and picture.mode in _GREY
        except BadDataError as error:
            bad.append((file, str(error)))
            continue
        finally:
            if tell is not None and place % 100 == 99:
                tell(place / len(files))
        good.append(place)
    notes = _bad_notes(where, bad, len(files))
    (width, height), _ = sizes.most_common(1)[0]
    longest = side if isinstance(side, int) and side > 0 else min(_USUAL_SIDE, max(width, height))
    scale = longest / max(width, height)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    channels = 1 if all_grey else 3
    needed = len(good) * channels * new_width * new_height * 4
    if needed > MOST_PICTURE_BYTES:
        raise BadDataError(
            f"{where}: {len(good):,} pictures of {new_width} × {new_height} need {needed / 2**30:.1f} GB of memory; at "
            f"most {MOST_PICTURE_BYTES >> 30} GB can be used. Set a smaller size of pictures, or use fewer of them."
        )
    if len(sizes) > 1 or (width, height) != (new_width, new_height):
        what = f"{len(sizes)} sizes" if len(sizes) > 1 else f"{width} × {height} pixels"
        notes.append(f"The pictures have {what}; each is brought to {new_width} × {new_height}.")
    return PictureLook(height=new_height, width=new_width, channels=channels, good=tuple(good), notes=tuple(notes))


def _bad_notes(where: Path, bad: Sequence[tuple[str, str]], count: int) -> list[str]:
    if not bad:
        return []
    named = "; ".join(f"{_inside(where, file)}: {why}" for file, why in bad[:_MOST_NAMED])
    named += f"; and {len(bad) - _MOST_NAMED} more" if len(bad) > _MOST_NAMED else ""
    if count - len(bad) < 0.9 * count or len(bad) == count:
        raise BadDataError(
            f"{where}: {len(bad):,} of {count:,} pictures cannot be used ({named}). Mend them, or take them out."
        )
    verb = "was" if len(bad) == 1 else "were"
    return [f"{len(bad):,} of {count:,} pictures {verb} left out ({named})."]


def _inside(where: Path, file: str) -> str:
    path = os.path.normpath(file)
    return os.path.relpath(path, where) if Path(path).is_relative_to(where) else path


def look_at_folder(folder: Path, side: Value, tell: Tell | None = None) -> FolderLook:
    """The classes of a folder of pictures; BadDataError when it cannot be used."""
    files = picture_files(str(folder))
    names = [entry.name for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if entry.is_dir()]
    names = [name for name in names if not name.startswith(".")]
    if not names:
        raise BadDataError(
            f"{folder} holds no folders. Put the pictures of each class into a folder of its own, named like the class."
        )
    inner = [file.split("/")[:-1] for file in files]
    level = _level(inner)
    notes = _stray_notes(inner, level)
    used = [file for file, folders in zip(files, inner, strict=True) if len(folders) > level]
    classes = tuple(sorted({file.split("/")[level] for file in used}))
    empty = [name for name in names if name not in classes] if level == 0 else []
    if empty:
        verb = "holds no pictures; it is" if len(empty) == 1 else "hold no pictures; they are"
        notes.append(f"{', '.join(map(repr, empty[:8]))} {verb} left out.")
    _check_classes(folder, classes)
    pictures = look_at_pictures(folder, [str(folder / file) for file in used], side, tell)
    good = [used[place] for place in pictures.good]
    counts = Counter(file.split("/")[level] for file in good)
    if any(not counts[name] for name in classes):
        gone = next(name for name in classes if not counts[name])
        raise BadDataError(f"{folder}: no picture of {gone!r} can be read. Mend them, or take that folder out.")
    parts = tuple(file.split("/")[0] for file in good) if level else ()
    return FolderLook(
        pictures=pictures,
        classes=classes,
        counts=tuple(counts[name] for name in classes),
        level=level,
        parts=parts,
        found=len(files),
        notes=(*notes, *pictures.notes),
    )


def _level(inner: Sequence[Sequence[str]]) -> int:
    """1 where the first folders are the parts of a split, such as train and test, and the classes lie in these."""
    first = {folders[0] for folders in inner if folders}
    has_parts = "train" in map(part_named, first) and len(first) > 1 and all(map(part_named, first))
    return int(has_parts and all(len(folders) > 1 for folders in inner if folders))


def _stray_notes(inner: Sequence[Sequence[str]], level: int) -> list[str]:
    notes = []
    stray = sum(not folders for folders in inner)
    if stray:
        verb = "picture lies" if stray == 1 else "pictures lie"
        notes.append(f"{stray:,} {verb} in no folder of a class and {'is' if stray == 1 else 'are'} left out.")
    if level:
        notes.append("The folders name the parts of the split; the classes are the folders in these.")
    elif any(len(folders) > 1 for folders in inner):
        notes.append("Folders within a class belong to that class.")
    return notes


def _check_classes(folder: Path, classes: Sequence[str]) -> None:
    if not classes:
        raise BadDataError(
            f"{folder} has no pictures in its folders. Known are PNG, JPEG, BMP, GIF, TIFF, WebP, PGM and PPM."
        )
    if len(classes) < 2:
        raise BadDataError(
            f"{folder} has pictures of one class only ({classes[0]}). At least two folders with pictures are needed."
        )
    if len(classes) > _MOST_CLASSES:
        raise BadDataError(f"{folder} has more than {_MOST_CLASSES} folders of classes. Choose another folder.")
