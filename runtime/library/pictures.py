"""Pictures in files, brought to one size: from a folder for each class, or named by a table."""

import os
import struct

import torch
from PIL import Image, ImageOps
from torch import Tensor

from runtime.library.errors import BadDataError


def load_pictures(
    folder: str,
    *,
    classes: tuple[str, ...],
    level: int,
    height: int,
    width: int,
    channels: int,
) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    """Image (N, C, H, W) from 0 to 1 and label (N,), and the part of the split of each.

    The class is the name of the folder at that level, 0 for those in `folder` itself.
    With level 1 those in `folder` are the parts of the split.
    """
    files: list[str] = []
    label: list[int] = []
    part: list[str] = []
    for file in picture_files(folder):
        folders = file.split("/")[:-1]
        if len(folders) > level and folders[level] in classes:
            files.append(os.path.join(folder, *file.split("/")))
            label.append(classes.index(folders[level]))
            part.append(folders[0])
    image, places = read_pictures(files, height, width, channels)
    words = {"part": [part[place] for place in places]} if level else {}
    return {"image": image, "label": torch.tensor(label)[places]}, words


def join_pictures(
    data: dict[str, Tensor],
    words: dict[str, list[str]],
    folder: str,
    *,
    height: int,
    width: int,
    channels: int,
) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    """The same with the pictures that the words name; those that cannot be read go."""
    files = [os.path.join(folder, name) for name in words["image"]]
    image, places = read_pictures(files, height, width, channels)
    data = {name: values[places] for name, values in data.items()}
    words = {key: [row[place] for place in places] for key, row in words.items()}
    return {"image": image, **data}, words


def picture_files(folder: str) -> list[str]:
    """The picture files below a folder, sorted; hidden ones and links are passed over."""
    endings = ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp", "pgm", "ppm")
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = os.path.relpath(place, folder).replace(os.sep, "/")
        for name in files:
            ending = name.lower().rpartition(".")[2]
            is_picture = ending in endings and not name.startswith(".")
            if is_picture and not os.path.islink(os.path.join(place, name)):
                found.append(name if inner == "." else f"{inner}/{name}")
    return sorted(found)


def read_pictures(
    files: list[str],
    height: int,
    width: int,
    channels: int,
) -> tuple[Tensor, list[int]]:
    """The pictures that can be read (N, C, H, W), and their places among the files."""
    pictures: list[Tensor] = []
    places: list[int] = []
    for place, file in enumerate(files):
        try:
            with open_picture(file) as picture:
                pictures.append(picture_bytes(picture, height, width, channels))
        except BadDataError:
            continue
        places.append(place)
    if len(places) < 0.9 * len(files) or not places:
        text = f"{len(files) - len(places)} of {len(files)} pictures cannot be read. "
        raise BadDataError(text + "Mend them, or take them out.")
    return torch.stack(pictures).float() / 255, places


def open_picture(file: str) -> Image.Image:
    """A picture, decoded and upright; BadDataError says why it cannot be."""
    try:
        with Image.open(file) as picture:
            is_huge = picture.width * picture.height > 50_000_000
            if not is_huge:
                return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        is_huge = True
    except FileNotFoundError as error:
        raise BadDataError("it is not there") from error
    except (OSError, SyntaxError, EOFError, struct.error) as error:
        raise BadDataError("it cannot be read as a picture") from error
    except (LookupError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise BadDataError("it is damaged") from error
    raise BadDataError("it has more than 50 million pixels")


def picture_bytes(
    picture: Image.Image,
    height: int,
    width: int,
    channels: int,
) -> Tensor:
    """A picture on white as bytes (C, H, W), grey with one channel."""
    if picture.mode.startswith("I"):  # 16 bits for each pixel
        picture = picture.convert("I").point(lambda value: value * (1 / 256))
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        picture = Image.alpha_composite(white, clear)
    picture = picture.convert("L" if channels == 1 else "RGB")
    picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return pixels.reshape(height, width, channels).permute(2, 0, 1)
