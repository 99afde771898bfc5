"""Arrays in `.npz` files of numpy."""

import zipfile
import zlib

import numpy as np
import torch
from torch import Tensor

from runtime.library.errors import BadDataError


def load_npz(
    path: str,
    *,
    source: str,
    target: str,
    field: str,
    name: str,
    layout: str,
    classes: int,
) -> dict[str, Tensor]:
    """The array `source` as field `field`, and the array `target` as field `name`.

    Layouts: plain (as it is), hw (pictures without channels), hwc (channels last).
    Bytes become numbers from 0 to 1. `classes` 0: the target is a number.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            given, answers = arrays[source], arrays[target]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        text = f"{path} cannot be read ({error}). Save the file again."
        raise BadDataError(text) from error
    values = torch.from_numpy(given).float()
    if given.dtype == np.uint8:
        values = values / 255
    if layout == "hw":
        values = values.unsqueeze(1)
    elif layout == "hwc":
        values = values.permute(0, 3, 1, 2).contiguous()
    if not bool(values.isfinite().all()):
        text = f"{path}: {source!r} holds values that are not numbers. Leave those "
        raise BadDataError(text + "samples out, or fill the gaps.")
    if len(values) != len(answers):
        text = f"{path}: {source!r} has {len(values)} samples and {target!r} "
        raise BadDataError(text + f"{len(answers)}. They must belong together.")
    if classes == 0:
        target_values = torch.from_numpy(answers).float()
        if not bool(target_values.isfinite().all()):
            text = f"{path}: {target!r} holds values that are not numbers. Leave those "
            raise BadDataError(text + "samples out, or fill the gaps.")
        return {field: values, name: target_values}
    label = torch.from_numpy(answers.astype(np.int64)).flatten()
    if int(label.min()) < 0 or int(label.max()) >= classes:
        text = f"{path}: the labels in {target!r} must be 0 to {classes - 1}, "
        raise BadDataError(text + f"not {int(label.min())} to {int(label.max())}.")
    return {field: values, name: label}
