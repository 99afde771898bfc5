"""The example of transfer learning: what was learned on other digits, handed on where few have a label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from drawing import Part, add, note, part
from graph.model import Project
from graph.ops.spec import Value

FOLDER = Path(__file__).resolve().parents[2] / "examples"
LEARNED: Mapping[str, Value] = {"@frozen": True}
"""What is said of each layer whose weights are taken over."""
LABELS = 3
"""So many labelled pictures of each digit there are to learn from."""


def _reader(learned: Mapping[str, Value]) -> dict[str, Part]:
    """A small network that reads digits; `learned` is said of the layers before its head."""
    return {
        "image": part("Input", field="image"),
        "conv1": part("Conv2d", out_channels=16, kernel_size=3, padding="same", **learned),
        "relu1": part("ReLU"),
        "pool1": part("MaxPool2d", kernel_size=2),
        "conv2": part("Conv2d", out_channels=32, kernel_size=3, padding="same", **learned),
        "relu2": part("ReLU"),
        "pool2": part("MaxPool2d", kernel_size=2),
        "flatten": part("Flatten"),
        "features": part("Linear", out_features=48, **learned),
        "relu3": part("ReLU"),
        "head": part("Linear", out_features=10, **({"@anew": True} if learned else {})),
        "digit": part("Output", field="digit"),
    }


def _learns(project: Project, name: str, network: str, order: int, **said: Value) -> None:
    """A network learns from the labelled pictures, and is asked about all others at each step."""
    add(
        project,
        name,
        {
            "image": part("Input", field="image"),
            "label": part("Input", field="digit"),
            "score": part(f"call:{network}"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise", networks=(network,), optimizer="Adam", **said),
            "new_image": part("Input", field="second_image"),
            "new_label": part("Input", field="second_digit"),
            "answer": part(f"call:{network}", mode="eval", detached=True),
            "says": part("argmax", dim=1),
            "is_right": part("equal"),
            "right": part("float"),
            "share": part("mean"),
            f"{network}_accuracy": part("LogValue"),
        },
        "image > score > surprise > loss",
        "label > surprise",
        f"new_image > answer > says > is_right > right > share > {network}_accuracy",
        "new_label > is_right",
        order=order,
    )


def transfer_learning() -> Project:
    """Two networks alike learn from three pictures of each digit; one begins with what it learned on MNIST."""
    project = Project(
        data={"source": "digits", "split.per_class": LABELS, "second.source": "digits"}, view={"main": "pretrained"}
    )
    (weights,) = (FOLDER / "transfer-learning.weights").glob("*.safetensors")
    project.training.update({"epochs": 60, "batch_size": 0, "early_stopping": False, "keep_best": False, "seed": 0})
    project.training.update({"start_from": f"{weights.parent.name}/{weights.name}", "start_from.add": "pretrained."})
    for name, learned in (("from_scratch", {}), ("pretrained", LEARNED)):
        parts = _reader(learned)
        add(project, name, parts, " > ".join(parts))
    _learns(project, "learn_from_scratch", "from_scratch", 0, lr=0.003)
    _learns(project, "fine_tune", "pretrained", 1, lr=0.01)
    _sorted(project)
    note(
        project,
        "pretrained",
        "Transfer learning: the frozen layers begin with weights that learned 60,000 digits of MNIST, and stay so. "
        "Only a new head learns, from three pictures of each digit. Its twin, from_scratch, has nothing but those 30."
        "\nCompare both in the curves: accuracy on all 1,797 digits, the 30 among them. Loaded weights, in the "
        "Training panel, tells what was taken over. Try: thaw features; ten pictures of each, in the Data panel.",
    )
    return project


def _sorted(project: Project) -> None:
    """New digits in the order of what each network takes them for."""
    parts: dict[str, Part] = {"image": part("Input", field="image")}
    chains = []
    for name in ("from_scratch", "pretrained"):
        parts |= {name: part(f"call:{name}"), f"{name}_says": part("argmax", dim=1), f"{name}_order": part("argsort")}
        parts |= {f"{name}_row": part("index_select", dim=0), f"sorted_{name}": part("ShowPictures", count=64)}
        chains.append(f"image > {name} > {name}_says > {name}_order > {name}_row.index")
        chains += [f"image > {name}_row.input", f"{name}_row > sorted_{name}"]
    add(project, "sorted", parts, *chains, order=2)
    note(
        project,
        "sorted",
        "Digits that neither learned from, in the order of what each network takes them for: 0 first, 9 last. What "
        "stands in the wrong place was misread.",
    )


EXAMPLES: Mapping[str, Callable[[], Project]] = {"transfer-learning": transfer_learning}
