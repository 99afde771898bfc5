"""Looks at what a network answers while it trains, and leaves small tables for the results; it changes nothing."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from runtime.durable import write_whole
from runtime.preparation import Prepared
from runtime.settings import Head

_SAMPLES = 256
_PICTURES = 16
_LEAST_SECONDS = 1.0
_SHARE = 0.02  # of the training's time
_KEPT_FILES = 60
Guard = Callable[[Callable[[], None]], None]


class Observer:
    """Asks the network about the same validation samples again and again, with dice and modes put back after."""

    def __init__(self, folder: Path, training: Any, prepared: Prepared) -> None:
        self._folder = folder
        self._training = training
        self._heads = prepared.settings.heads
        self._network: nn.Module = next(iter(training.networks.values()))
        self._fields = _fields_of(self._network, prepared)
        self._spent = 0.0
        self._looked_at = 0.0
        self._samples: dict[str, Tensor] | None = None

    def look(self, epoch: int, elapsed: float, guard: Guard) -> None:
        """Write `predictions-<epoch>` unless the last look was a moment ago or looking would cost too much.

        `elapsed` are the seconds trained so far; `guard` does the writing and outwaits a full disk.
        """
        began = time.perf_counter()
        is_too_soon = began - self._looked_at < _LEAST_SECONDS or self._spent > _SHARE * elapsed
        if self._looked_at and elapsed != float("inf") and is_too_soon:
            return
        with undisturbed(self._network, self._training.device):
            answers = self._answers()
        if answers is None:
            return
        stem = self._folder / f"predictions-{epoch:06d}"
        rows = {"epoch": epoch, "heads": [self._table(head, value) for head, value in answers]}
        text = json.dumps(rows)
        pictures = self._pictures(answers)
        self._spent += time.perf_counter() - began
        guard(lambda: write_whole(stem.with_suffix(".json"), text))
        if pictures:
            guard(lambda: write_whole(stem.with_suffix(".npz"), pictures))
        self._looked_at = time.perf_counter()
        self._prune()

    def _answers(self) -> list[tuple[Head, Tensor]] | None:
        if self._samples is None:
            self._samples = _fixed_samples(self._training.splits.get("validation") or {})
        if not self._samples or any(name not in self._samples for name in self._fields):
            return None
        answer = self._network(*(self._samples[name] for name in self._fields))
        values = answer if isinstance(answer, tuple) else (answer,)
        return list(zip(self._heads, values, strict=False))

    def _table(self, head: Head, value: Tensor) -> dict[str, Any]:
        assert self._samples is not None
        target = self._samples[head.field.name]
        row: dict[str, Any] = {"field": head.field.name, "task": head.task}
        if head.task == "classification" and head.field.kind == "class":
            predicted = _classes(head, value).reshape(-1).cpu()
            wanted = target.reshape(-1).to("cpu", torch.int64)
            count = max(len(head.field.classes), int(predicted.max()) + 1, int(wanted.max()) + 1)
            cells = torch.bincount(wanted * count + predicted, minlength=count * count)
            return row | {"classes": list(head.field.classes), "confusion": cells.reshape(count, count).tolist()}
        if head.task == "regression" and value.numel() == target.numel():
            pairs = {"true": target, "predicted": value}
            return row | {name: tensor.reshape(-1).double().cpu().tolist() for name, tensor in pairs.items()}
        return row

    def _pictures(self, answers: list[tuple[Head, Tensor]]) -> bytes:
        """What an autoencoder was given and what it made of it, a few samples."""
        assert self._samples is not None
        arrays: dict[str, Any] = {}
        for head, value in answers:
            if head.task == "autoencoder":
                shown = torch.sigmoid(value) if head.fit.answer == "sigmoid" else value
                arrays[f"{head.field.name}.true"] = self._samples[head.field.name][:_PICTURES].float().cpu().numpy()
                arrays[f"{head.field.name}.predicted"] = shown[:_PICTURES].float().cpu().numpy()
        if not arrays:
            return b""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def _prune(self) -> None:
        for path in sorted(self._folder.glob("predictions-*"))[: -2 * _KEPT_FILES]:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def undisturbed(network: nn.Module, device: torch.device) -> Iterator[None]:
    """Evaluate without a trace: random generators and the mode of every single module are put back."""
    modes = [(module, module.training) for module in network.modules()]
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        network.eval()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode


def _fields_of(network: nn.Module, prepared: Prepared) -> list[str]:
    """The fields that `forward` takes, in its order; its arguments are called as the Input nodes are."""
    inputs = {node.name: str(node.params.get("field", "")) for node in prepared.project.main().nodes()}
    return [inputs.get(name, name) for name in inspect.signature(network.forward).parameters]


def _fixed_samples(split: dict[str, Tensor]) -> dict[str, Tensor]:
    if not split:
        return {}
    count = len(next(iter(split.values())))
    chosen = torch.linspace(0, count - 1, min(count, _SAMPLES)).round().long()
    return {name: tensor[chosen.to(tensor.device)] for name, tensor in split.items()} if count else {}


def _classes(head: Head, value: Tensor) -> Tensor:
    if value.dim() > 1 and value.shape[1] > 1:
        return value.argmax(1)
    return (value > (0.5 if head.fit.single == "above 0.5" else 0.0)).long()
