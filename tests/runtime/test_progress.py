"""What a training tells on a terminal."""

from __future__ import annotations

import io

from runtime.progress import Progress

STARTED = {"kind": "started", "step": 0, "epochs": 2, "steps_per_epoch": 5, "weights": 9, "device_reason": "CPU."}


def told(steps: list[str], train: dict[str, float]) -> str:
    stream = io.StringIO()
    progress = Progress("A run", stream)
    progress.take({**STARTED, "goal": "loss", "steps": steps})
    progress.take({"kind": "epoch", "epoch": 1, "train": train, "validation": {}, "best": False})
    return stream.getvalue().splitlines()[-1]


def test_several_losses_are_told_apart_and_not_by_their_sum() -> None:
    assert told(["learn"], {"loss": 0.5, "sure": 0.75}) == "epoch 1 · train loss 0.5"
    train = {"loss": 0.34, "tell_apart": -0.34, "fool": 0.68}
    assert told(["tell_apart", "fool"], train) == "epoch 1 · train tell_apart -0.34, fool 0.68"
