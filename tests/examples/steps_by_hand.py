"""The example of backpropagation: a tiny network, and its training step with the chain rule drawn node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from drawing import Part, add, note, part
from graph.model import Project

XOR: Final = (((0.0, 0.0), 0.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), 0.0))
"""Either the one or the other, but not both: the samples of the example of backpropagation."""


_PLACES: Final = {
    "lower": (-232, 42),
    "point": (0, 0),
    "lower_weights": (-232, 120),
    "first": (0, 104),
    "shift": (232, 18),
    "moved": (0, 184),
    "squash": (0, 234),
    "upper": (232, 295),
    "hidden": (-232, 312),
    "second": (0, 358),
    "upper_weights": (232, 373),
    "bias": (-232, 390),
    "score": (0, 448),
    "share": (0, 498),
    "answer": (0, 562),
}
"""Narrow, so that the numbers can be read beside the curves; those of one wire are level with no others in reach."""

_STEP_PLACES: Final = {
    "number": (22, 0),
    "sample": (857, 78),
    "seen": (647, 156),
    "point_column": (857, 156),
    "off": (1134, 234),
    "middle": (22, 300),
    "upper_rest": (210, 300),
    "lower_rest": (561, 300),
    "turned": (958, 300),
    "upper_slope": (435, 364),
    "lower_slope": (647, 364),
    "twice": (1098, 364),
    "squared": (1274, 364),
    "upper_error": (745, 420),
    "mean": (1132, 420),
    "upper_each": (502, 492),
    "handed_back": (645, 492),
    "lower_by_torch": (887, 500),
    "upper_by_torch": (1131, 500),
    "loss": (1353, 500),
    "upper_sum": (430, 564),
    "lower_error": (632, 564),
    "upper_by_hand": (380, 616),
    "error_row": (535, 616),
    "upper_apart": (582, 672),
    "lower_each": (893, 672),
    "upper_far": (589, 728),
    "lower_by_hand": (900, 728),
    "upper_most": (604, 784),
    "lower_apart": (1005, 784),
    "upper_differs": (590, 852),
    "lower_far": (1020, 852),
    "lower_most": (1035, 916),
    "lower_differs": (1040, 982),
}
"""Roughly as it is arranged; no wider than what can be read in a small window, numbers included."""


def _list(*shape: int, numbers: Sequence[float]) -> Part:
    return part("parameter", shape=shape, fill="list", numbers=tuple(numbers))


def backpropagation_by_hand() -> Project:
    """The chain rule, node by node, beside what torch finds; one sample a step, and round weights to begin with."""
    project = Project(data={"source": "nothing", "nothing.samples": len(XOR), "split.validation": 0.0})
    project.data["split.test"] = 0.0
    project.training.update({"epochs": 300, "batch_size": 1, "early_stopping": False, "keep_best": False, "seed": 10})
    add(
        project,
        "tiny",
        {
            "point": part("Input"),
            "lower": _list(2, 2, numbers=(2.0, -1.0, -1.0, 2.0)),
            "shift": part("parameter", shape=(2,), fill="zeros"),
            "first": part("matmul"),
            "moved": part("add"),
            "squash": part("Sigmoid"),
            "upper": _list(2, 1, numbers=(1.0, 1.0)),
            "bias": _list(1, numbers=(-1.0,)),
            "second": part("matmul"),
            "score": part("add"),
            "share": part("Sigmoid"),
            "answer": part("Output"),
            "hidden": part("Output"),
            "lower_weights": part("Output"),
            "upper_weights": part("Output"),
        },
        "point > first.input",
        "lower > first.other",
        "first > moved > squash > second.input",
        "shift > moved",
        "upper > second.other",
        "second > score > share > answer",
        "bias > score",
        "squash > hidden",
        "lower > lower_weights",
        "upper > upper_weights",
    )
    add(
        project,
        "xor",
        {
            "number": part("Input", field="number"),
            "points": part("constant", shape=(4, 2), fill="list", numbers=tuple(one for x, _ in XOR for one in x)),
            "answers": part("constant", shape=(4, 1), fill="list", numbers=tuple(y for _, y in XOR)),
            "row": part("embedding_given"),
            "answer": part("embedding_given"),
            "point": part("Output"),
            "wanted": part("Output"),
        },
        "number > row.input",
        "points > row.weight",
        "number > answer.input",
        "answers > answer.weight",
        "row > point",
        "answer > wanted",
    )
    for name, place in _PLACES.items():
        project.networks["tiny"].place(f"tiny-{name}", place)
    _way_back(project)
    note(project, "xor", "The four samples: two numbers, and whether exactly one of them is 1.")
    note(
        project,
        "tiny",
        "Press Step (F8): left of each wire stands the value that goes forward, right of it, with a ∂, the gradient "
        "that comes back from the loss.\nCheck one by hand: the gradient above a Sigmoid is the one below it times s · "
        "(1 - s), s being the value below it; and each step takes the gradient off the weights.",
    )
    note(
        project,
        "learn",
        "Down to loss: forward. Beside it the way back by hand: how far the answer is off, times the slope of each "
        "sigmoid on the way, gives what each weight should change. Gradient asks torch for the same: lower_differs and "
        "upper_differs stay at zero.\nPress Step to take one step at a time and read the numbers.",
    )
    return project


def _sigmoid_slope(name: str, source: str) -> tuple[dict[str, Part], str]:
    """The nodes that find the slope of a sigmoid from what it gives, s · (1 - s), and their chains."""
    parts = {f"{name}_rest": part("rsub_number", other=1.0), f"{name}_slope": part("mul")}
    return parts, f"{source} > {name}_rest > {name}_slope"


def _compared(name: str) -> tuple[dict[str, Part], tuple[str, ...]]:
    """The nodes that hold a gradient found by hand against torch's."""
    parts = {
        f"{name}_by_torch": part("Gradient"),
        f"{name}_apart": part("sub"),
        f"{name}_far": part("abs"),
        f"{name}_most": part("sum"),
        f"{name}_differs": part("LogValue"),
    }
    chains = (
        f"mean > {name}_by_torch.number",
        f"seen.{name}_weights > {name}_by_torch.tensor",
        f"{name}_by_hand > {name}_apart.input",
        f"{name}_by_torch > {name}_apart.other",
        f"{name}_apart > {name}_far > {name}_most > {name}_differs",
    )
    return parts, chains


def _way_back(project: Project) -> None:
    """The training step of the tiny network, with its gradients drawn by hand beside those of torch."""
    upper, upper_chain = _sigmoid_slope("upper", "seen.answer")
    lower, lower_chain = _sigmoid_slope("lower", "seen.hidden")
    upper_compared, upper_chains = _compared("upper")
    lower_compared, lower_chains = _compared("lower")
    parts: dict[str, Part] = {
        "number": part("Input", field="number"),
        "sample": part("call:xor"),
        "seen": part("call:tiny"),
        "off": part("sub"),
        "squared": part("square"),
        "mean": part("mean"),
        "loss": part("Minimise", networks=("tiny",), optimizer="SGD", lr=1.0),
        "twice": part("mul_number", other=2.0),
        **upper,
        "upper_error": part("mul"),
        "upper_each": part("mul"),
        "upper_sum": part("mean", dim=0),
        "upper_by_hand": part("unsqueeze", dim=1),
        **upper_compared,
        "turned": part("transpose", dim0=0, dim1=1),
        "handed_back": part("mul"),
        **lower,
        "lower_error": part("mul"),
        "error_row": part("unsqueeze", dim=1),
        "point_column": part("unsqueeze", dim=2),
        "lower_each": part("mul"),
        "lower_by_hand": part("mean", dim=0),
        **lower_compared,
        "middle": part("ShowPoints"),
    }
    add(
        project,
        "learn",
        parts,
        "number > sample",
        "sample.point > seen",
        "sample.wanted > off.other",
        "seen.answer > off.input",
        "off > squared > mean > loss",
        upper_chain,
        "seen.answer > upper_slope",
        "off > twice > upper_error",
        "upper_slope > upper_error",
        "seen.hidden > upper_each",
        "upper_error > upper_each > upper_sum > upper_by_hand",
        *upper_chains,
        "upper_error > handed_back",
        "seen.upper_weights > turned > handed_back > lower_error",
        lower_chain,
        "seen.hidden > lower_slope",
        "lower_slope > lower_error > error_row > lower_each",
        "sample.point > point_column > lower_each > lower_by_hand",
        *lower_chains,
        "seen.hidden > middle.points",
        "number > middle.label",
        order=0,
    )
    for name, place in _STEP_PLACES.items():
        project.networks["learn"].place(f"learn-{name}", place)


EXAMPLES: Mapping[str, Callable[[], Project]] = {"backpropagation-by-hand": backpropagation_by_hand}
