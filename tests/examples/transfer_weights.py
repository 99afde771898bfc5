"""Learns the weights that ship beside the example of transfer learning: python tests/examples/transfer_weights.py

A small convolutional network reads the 60,000 training digits of MNIST, from the folder of LAYERLOOM_DATA, cut to what
is inked and averaged down to 8 by 8 pixels. Seed and threads are fixed: one machine always writes the same file.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from make import FOLDER
from runtime.run_label import imported_name

DATA = Path(os.environ.get("LAYERLOOM_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SEED, EPOCHS, BATCH, HIGHEST_RATE = 0, 4, 256, 0.005
SAYS = (
    "Learned the 60,000 training digits of MNIST (Yann LeCun, Corinna Cortes, Christopher Burges; commonly under "
    "CC BY-SA 3.0), their 20 x 20 inked pixels averaged to 8 x 8, the brightest at 1. Made by "
    f"tests/examples/transfer_weights.py of Layerloom: seed {SEED}, {EPOCHS} epochs, Adam, one thread."
)
"""What the file says of itself."""


def read_idx(path: Path) -> Tensor:
    raw = gzip.decompress(path.read_bytes())
    shape = struct.unpack(f">{raw[3]}I", raw[4 : 4 + 4 * raw[3]])
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy())


def small_digits() -> tuple[Tensor, Tensor]:
    folder = DATA / "mnist"
    images = read_idx(folder / "train-images-idx3-ubyte.gz")[:, None, 4:24, 4:24].float() / 255
    small = functional.interpolate(images, size=(8, 8), mode="area")
    return small / small.amax((1, 2, 3), keepdim=True), read_idx(folder / "train-labels-idx1-ubyte.gz").long()


def network() -> nn.Sequential:
    """The parts of the example's networks by the names of their nodes."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 16, 3, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(16, 32, 3, padding=1),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            features=nn.Linear(128, 48),
            relu3=nn.ReLU(),
            head=nn.Linear(48, 10),
        )
    )


def learned() -> nn.Sequential:
    torch.set_num_threads(1)
    images, labels = small_digits()
    torch.manual_seed(SEED)
    reader = network()
    optimizer = torch.optim.Adam(reader.parameters())
    steps = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HIGHEST_RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(images))
        for index in order[: steps * BATCH].split(BATCH):
            loss = functional.cross_entropy(reader(images[index]), labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return reader


def main() -> None:
    raw = save({name: one.contiguous() for name, one in learned().state_dict().items()}, metadata={"about": SAYS})
    folder = FOLDER / "transfer-learning.weights"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    path = folder / imported_name("mnist_8x8", hashlib.sha256(raw).hexdigest())
    path.write_bytes(raw)
    print(f"{path.name}, {len(raw):,} bytes")


if __name__ == "__main__":
    main()
