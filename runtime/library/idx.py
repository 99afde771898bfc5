"""Folders of IDX files, as MNIST and its relatives are given away."""

import gzip
import struct
from pathlib import Path

import torch
from torch import Tensor

from runtime.library.errors import BadDataError


def load_idx(folder: str) -> tuple[dict[str, Tensor], int]:
    """Image (N, 1, H, W) from 0 to 1 and label (N,), and how many are for training.

    The rest is the test set that comes with the data (t10k files), if there is one.
    """
    images = [read_idx(folder, "train-images-idx3-ubyte", 3)]
    labels = [read_idx(folder, "train-labels-idx1-ubyte", 1)]
    for_training = len(images[0])
    if find_idx(folder, "t10k-images-idx3-ubyte") is not None:
        images.append(read_idx(folder, "t10k-images-idx3-ubyte", 3))
        labels.append(read_idx(folder, "t10k-labels-idx1-ubyte", 1))
    for pictures, answers in zip(images, labels, strict=True):
        if len(pictures) != len(answers):
            text = f"{folder}: {len(pictures)} images have {len(answers)} labels. "
            raise BadDataError(text + "Use image and label files that belong together.")
        if pictures.shape[1:] != images[0].shape[1:]:
            text = f"{folder}: training and test images differ in size. "
            raise BadDataError(text + "Use files that belong together.")
    known, highest = int(labels[0].max()), int(torch.cat(labels).max())
    if highest > known:
        text = f"{folder}: test labels go up to {highest}, training labels to {known}. "
        raise BadDataError(text + "Use files that belong together.")
    image = torch.cat(images).unsqueeze(1).float() / 255
    return {"image": image, "label": torch.cat(labels).long()}, for_training


def find_idx(folder: str, name: str) -> Path | None:
    """The file of that name, plain or compressed, with `-` or `.` before idx."""
    for stem in (name, name.replace("-idx", ".idx")):
        for file in (Path(folder, stem), Path(folder, stem + ".gz")):
            if file.is_file():
                return file
    return None


def read_idx(folder: str, name: str, axes: int) -> Tensor:
    """The bytes of an IDX file as a tensor with that many axes."""
    file = find_idx(folder, name)
    if file is None:
        text = f"There is no {name} (or {name}.gz) in {folder}. "
        raise BadDataError(text + "Choose the folder that holds the IDX files.")
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            header = stream.read(4 + 4 * axes)
            if len(header) < 4 + 4 * axes or header[:4] != bytes([0, 0, 8, axes]):
                text = f"{file} is not an IDX file of bytes with {axes} axes. "
                raise BadDataError(text + "Choose another file, or download it again.")
            shape = struct.unpack(f">{axes}I", header[4:])
            size = 1
            for length in shape:
                size *= length
            if not 0 < size <= 2**30:
                text = f"{file} says that it holds {size:,} bytes. "
                raise BadDataError(text + "Between 1 byte and 1 GiB can be used.")
            body = stream.read(size + 1)
    except (OSError, EOFError) as error:
        text = f"{file} cannot be read ({error}). Download it again."
        raise BadDataError(text) from error
    if len(body) != size:
        text = f"{file} is cut short or too long: its header promises {size:,} bytes. "
        raise BadDataError(text + "Download it again.")
    return torch.frombuffer(bytearray(body), dtype=torch.uint8).reshape(shape)
