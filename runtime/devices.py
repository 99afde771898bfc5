"""Which device trains, and why, in a sentence."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from graph.errors import LoomError

_NAME = re.compile(r"auto|cpu|cuda(:\d{1,3})?")


class DeviceError(LoomError):
    """The device that was asked for cannot be used."""


class Choice(NamedTuple):
    """A torch device name (`cpu`, `cuda:0`) and the reason for it."""

    device: str
    reason: str


def choose(wanted: str = "auto", threads: int = 0) -> Choice:
    """The device for `auto`, `cpu`, `cuda` or `cuda:1`; DeviceError when it is asked for and absent."""
    import torch  # lazy: the window and the fast commands load this module without torch

    if not _NAME.fullmatch(wanted):
        raise DeviceError(f"{wanted!r} is not a device; use auto, cpu, cuda, or cuda:1 for the second GPU.")
    count = threads or torch.get_num_threads()
    cpu = f"the CPU with {count} thread{'' if count == 1 else 's'}"
    if wanted == "cpu":
        return Choice("cpu", f"The CPU was asked for; using {cpu}.")
    why_not = _why_no_cuda()
    if why_not:
        if wanted == "auto":
            return Choice("cpu", f"{why_not}; using {cpu}.")
        raise DeviceError(f"{wanted} cannot be used: {why_not[0].lower()}{why_not[1:]}. Set the device to auto or cpu.")
    index = int(wanted.partition(":")[2] or 0)
    if index >= torch.cuda.device_count():
        raise DeviceError(f"There is no {wanted}: this machine has {torch.cuda.device_count()} CUDA device(s), from 0.")
    name = torch.cuda.get_device_name(index)
    free, total = torch.cuda.mem_get_info(index)
    memory = f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
    found = "A CUDA device was found" if wanted == "auto" else f"{wanted} was asked for"
    return Choice(f"cuda:{index}", f"{found}; using {name} ({memory}).")


def _why_no_cuda() -> str:
    import torch

    if torch.version.cuda is None and torch.version.hip is None:
        driver = "; the GPU of this machine needs a PyTorch with CUDA" if _has_nvidia_driver() else ""
        return f"This PyTorch was built without CUDA{driver}" if driver else "No CUDA driver found"
    if torch.cuda.is_available():
        return ""
    if torch.version.hip is None and not _has_nvidia_driver():
        return "No CUDA driver found"
    if os.environ.get("CUDA_VISIBLE_DEVICES", "unset").strip() in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides every GPU"
    return "The CUDA driver answers with no usable device"


def _has_nvidia_driver() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or Path(r"C:\Windows\System32\nvcuda.dll").exists()
