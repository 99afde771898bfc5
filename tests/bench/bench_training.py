"""The app's training step against the loop most people write: a DataLoader, zero_grad, backward, step, loss.item()."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from graph.files import read
from graph.ops.catalog import load_catalog
from measure import interleaved, show
from runtime.loader import load_script
from runtime.script import emit_script
from runtime.sources import fields_named

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STEPS = 100
Splits = dict[str, dict[str, torch.Tensor]]


def hand_written(network: nn.Module, splits: Splits, inputs: str, target: str, loss: nn.Module) -> Iterator[float]:
    """Yields once per step, for ever; after each epoch it validates, as the app does."""
    train, check = (TensorDataset(splits[part][inputs], splits[part][target]) for part in ("train", "validation"))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    loader = DataLoader(train, batch_size=64, shuffle=True)

    def measure(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        answer = network(given)
        return loss(answer, wanted.reshape(answer.shape) if wanted.is_floating_point() else wanted)

    while True:
        network.train()
        for given, wanted in loader:
            optimizer.zero_grad()
            value = measure(given, wanted)
            value.backward()
            optimizer.step()
            yield value.item()
        network.eval()
        with torch.no_grad():
            for given, wanted in DataLoader(check, batch_size=64):
                measure(given, wanted).item()


def take(steps: Iterator[object], count: int, *, only: str = "") -> Callable[[], None]:
    def run() -> None:
        left = count
        while left:
            record = next(steps)
            if not only or type(record).__name__ == only:
                left -= 1

    return run


def compare(title: str, example: str, inputs: str, target: str, loss: nn.Module) -> None:
    catalog = load_catalog()
    project = read(EXAMPLES / f"{example}.loom")
    project.training.update(
        {
            "optimizer": "Adam",
            "batch_size": 64,
            "epochs": 100_000,
            "early_stopping": False,
            "keep_best": False,
            "l1": 0.0,
            "l2": 0.0,
            "clip.norm": 0.0,
            "threads": 1,
        }
    )
    script = load_script(emit_script(catalog, project, fields_named(project.data), EXAMPLES))
    app = script.Training()
    twin = script.Training()
    loop = hand_written(next(iter(twin.networks.values())), twin.splits, inputs, target, loss)
    medians = interleaved(
        {"Layerloom's generated train.py": take(app.run(), STEPS, only="Step"), "hand-written loop": take(loop, STEPS)},
        rounds=9,
    )
    show(f"Training step, {title} (batch 64, one thread; both validate after each epoch)", medians, per=STEPS)


def main() -> None:
    compare("dense", "digits-dense", "image", "digit", nn.CrossEntropyLoss())
    compare("CNN", "digits-cnn", "image", "digit", nn.CrossEntropyLoss())
    compare("LSTM", "sine-lstm", "past", "next", nn.MSELoss())


if __name__ == "__main__":
    main()
