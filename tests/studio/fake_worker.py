"""A stand-in for the training process: writes a run folder like it, quickly, and does as the control file says."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from runtime.locks import FileLock
from runtime.series import SeriesWriter

STEPS_PER_EPOCH = 10


def main() -> None:
    print("ready", flush=True)  # noqa: T201  the word the window waits for
    line = sys.stdin.readline()
    if not line:
        return
    job = json.loads(line)
    folder = Path(job["run_dir"])
    os.setsid()
    lock = FileLock(folder / "run.lock")
    assert lock.acquire()
    plan = json.loads((folder / "project.loom").read_text(encoding="utf-8"))["training"]
    epochs, delay = plan["epochs"], plan.get("delay", 0.002)
    print("into the log", file=(folder / "log.txt").open("a"), flush=True)
    events = (folder / "events.jsonl").open("a", encoding="utf-8")

    def tell(kind: str, **values: object) -> None:
        events.write(json.dumps({"time": time.time(), "kind": kind, **values}) + "\n")
        events.flush()

    total = epochs * STEPS_PER_EPOCH
    first = 0
    if job["resume"]:
        rows = [json.loads(row) for row in (folder / "events.jsonl").read_text().splitlines()]
        first = max((row["step"] for row in rows if row["kind"] == "checkpoint"), default=0)
    series = SeriesWriter(folder, start=first + 1)
    sizes = {"epochs": epochs, "steps_per_epoch": STEPS_PER_EPOCH, "total_steps": total}
    goal = {"goal": "accuracy", "direction": "max", "baseline": {"loss": 2.3, "accuracy": 0.1}}
    tell("started", **sizes, **goal, device="cpu", device_reason="It was asked for.", step=first)
    control, step, wanted = (folder / "control.jsonl").open(), first, "run"
    if job["resume"]:
        control.read()  # what an earlier process was asked
    while step < total:
        for row in map(json.loads, control.read().splitlines()):
            if row["command"] in ("pause", "step", "stop", "resume"):
                wanted = row["command"]
                tell("done_command", id=row["id"])
                if wanted != "stop":
                    tell("state", state="running" if wanted == "resume" else "paused")
        if wanted == "stop":
            break
        if wanted == "pause":
            time.sleep(0.01)
            continue
        if wanted == "step":
            wanted = "pause"
        step += 1
        series.add("train/loss", step, 1 / step)
        series.add("lr", step, 0.001)
        series.flush()
        if step % STEPS_PER_EPOCH == 0:
            number = step // STEPS_PER_EPOCH
            series.add("validation/accuracy", step, 0.9)
            series.flush()
            tell("epoch", epoch=number, step=step, goal=0.9, best=True, seconds=0.1 * number)
            tell("checkpoint", step=step)
        if plan.get("die_at") == step and not job["resume"]:
            os.kill(os.getpid(), 9)
        time.sleep(delay)
    reason = "stopped" if wanted == "stop" else "completed"
    result = {"name": "accuracy", "value": 0.9, "split": "validation"}
    tell("finished", reason=reason, epochs=step // STEPS_PER_EPOCH, steps=step, goal=result, test={}, seconds=0.5)
    series.close()


if __name__ == "__main__":
    main()
