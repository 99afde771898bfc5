"""Every example at full length: what it reaches, and that the exported script alone reaches exactly the same."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from graph.files import dump, read
from graph.model import Project
from runtime.exporter import export_run
from runtime.rundir import RunDir, create_run
from runtime.worker import run_training

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.loom"))
ALONE = """
import runpy, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("graph", "runtime", "studio", "PySide6"):
            raise ImportError(f"an exported script must not import {name}")

sys.meta_path.insert(0, Blocker())
folder = sys.argv[1]
sys.path.insert(0, folder)
sys.argv = ["train.py", "--out", f"{folder}/out"]
runpy.run_path(f"{folder}/train.py", run_name="__main__")
"""
FASHION_SECONDS = 600

REACHES: Mapping[str, Callable[[dict[str, float], dict[str, float]], bool]] = {
    "adversarial-training": lambda test, guess: test["accuracy"] >= 0.95,
    "backpropagation-by-hand": lambda last, _: (
        last["loss"] < 0.1 and max(last["lower_differs"], last["upper_differs"]) < 1e-6
    ),
    "breast-cancer-hinge": lambda test, guess: test["accuracy"] >= 0.95,
    "conditional-vae": lambda test, guess: test["loss"] < -1.8,
    "contrastive": lambda test, guess: test["accuracy"] >= 0.85,
    "dcgan": lambda test, guess: 0.5 < test["loss"] < 3.0,  # neither of the two has won
    "deep-clustering": lambda test, guess: "accuracy" not in test,  # nothing judges it: see figure_clusters
    "diabetes-regression": lambda test, guess: test["r2"] > 0.4,
    "digits-autoencoder": lambda test, guess: test["reconstruction_mse"] < 0.6 * guess["reconstruction_mse"],
    "digits-cnn": lambda test, guess: test["accuracy"] >= 0.96,
    "digits-dense": lambda test, guess: test["accuracy"] >= 0.95,
    "diffusion": lambda test, guess: test["loss"] < 0.4,
    "distillation": lambda test, guess: test["accuracy"] >= 0.9,
    "fashion-cnn": lambda test, guess: test["accuracy"] >= 0.90,
    "fixmatch": lambda test, guess: test["accuracy"] >= 0.82,
    "gan-digits": lambda test, guess: 0.5 < test["loss"] < 3.0,  # neither of the two has won
    "mean-teacher": lambda test, guess: test["accuracy"] >= 0.82,
    "pseudo-label": lambda test, guess: test["accuracy"] >= 0.82,
    "optimizers-compared": lambda last, _: max(last["by_momentum"], last["by_adam"]) < 0.011,
    "over-and-under-fitting": lambda last, _: (
        last["too_small_on_new"]
        > last["too_large_on_new"]
        > max(last[f"{name}_on_new"] for name in ("weights_kept_small", "few_weights", "with_dropout"))
    ),
    "sine-lstm": lambda test, guess: test["r2"] > 0.95,
    "spirals": lambda test, guess: test["accuracy"] > 0.95,
    "style-transfer": lambda last, _: last["style_curve"] < 0.3 and last["content_curve"] < 0.4,
    "transfer-learning": lambda test, guess: test["accuracy"] >= 0.87,
    "two-inputs": lambda test, guess: test["accuracy"] >= 0.96,
    "vae": lambda test, guess: test["loss"] < -1.8,
    "wasserstein-gan": lambda last, _: 0.0 < last["distance"] < 0.7 and last["steepness"] < 0.1,
}
"""What each example must reach on its test part, given what guessing reaches; else what it tells at its last step."""

pytestmark = pytest.mark.full


def fashion() -> Path:
    """The folder of Fashion-MNIST: within $LAYERLOOM_DATA, or within shared/data beside the checkout."""
    given = os.environ.get("LAYERLOOM_DATA")
    places = [Path(given), Path(given) / "fashion-mnist"] if given else [ROOT.parent / "shared/data/fashion-mnist"]
    for place in places:
        if list(place.glob("train-images-idx3-ubyte*")):
            return place
    pytest.skip(f"Fashion-MNIST is not in {places[-1]}; set LAYERLOOM_DATA to the folder that holds fashion-mnist")


def trained(project: Project, folder: Path) -> tuple[RunDir, dict[str, Any]]:
    run = create_run(folder / "a.runs", dump(project), base=EXAMPLES)
    ended = run_training(run)
    assert ended["reason"] in ("completed", "early_stopping"), ended
    return run, ended


@pytest.mark.parametrize("name", NAMES)
def test_an_example_reaches_its_figures_and_so_does_its_script(name: str, tmp_path: Path) -> None:
    project = read(EXAMPLES / f"{name}.loom")
    if project.data["source"] == "idx":
        project.data["idx.path"] = str(fashion())
    run, ended = trained(project, tmp_path)
    baseline = next(event["baseline"] for event in run.events() if event["kind"] == "started")
    last = {key.removeprefix("train/"): float(values[-1]) for key, (_, values) in run.series().items()}
    reached = ended["test"] or {**last, "loss": ended["goal"]["value"]}
    print(f"\n{name}: {reached} after {ended['epochs']} epochs in {ended['seconds']:.1f} s")
    assert REACHES[name](reached, baseline), reached
    if name == "fashion-cnn":
        assert ended["seconds"] < FASHION_SECONDS

    export_run(run, tmp_path / "code")
    command = [sys.executable, "-I", "-c", ALONE, str(tmp_path / "code")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * FASHION_SECONDS, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [line.split() for line in lines if line.startswith("step ")]
    losses = {int(step): float.fromhex(value) for _, step, _, value in rows}
    steps, values = run.series()["train/loss"]
    assert losses == dict(zip(steps.tolist(), values.tolist(), strict=True))
    assert lines[-1] == f"weights_sha256 {ended['weights_sha256']}"


def test_the_digits_cnn_is_good_whatever_the_seed(tmp_path: Path) -> None:
    found = []
    for seed in (0, 1, 2):
        project = read(EXAMPLES / "digits-cnn.loom")
        project.training["seed"] = seed
        found.append(trained(project, tmp_path / str(seed))[1]["test"]["accuracy"])
    print(f"\ndigits-cnn: {found}")
    assert min(found) >= 0.96
    assert statistics.mean(found) >= 0.97
