"""Examples that learn from a few labelled samples and many without labels, which are streamed beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drawing import Part, add, note, part
from graph.model import Project
from graph.ops.spec import Value

TRAINING: Mapping[str, Value] = {
    "epochs": 25,
    "batch_size": 30,
    "unlabelled.batch_size": 64,
    "optimizer": "Adam",
    "optimizer.Adam.lr": 0.002,
    "scheduler": "CosineAnnealingLR",
    "early_stopping": False,
    "keep_best": False,
    "seed": 0,
}
CLASSIFIER: Mapping[str, Part] = {
    "image": part("Input", field="image"),
    "conv1": part("Conv2d", out_channels=16, kernel_size=3, stride=2, padding=1, bias=False),
    "norm1": part("BatchNorm2d"),
    "relu1": part("ReLU"),
    "conv2": part("Conv2d", out_channels=32, kernel_size=3, stride=2, padding=1, bias=False),
    "norm2": part("BatchNorm2d"),
    "relu2": part("ReLU"),
    "flatten": part("Flatten"),
    "hidden": part("Linear", out_features=64),
    "relu3": part("ReLU"),
    "linear": part("Linear", out_features=10),
    "digit": part("Output", field="digit"),
}
INPUTS: Mapping[str, Part] = {
    "image": part("Input", field="image"),
    "label": part("Input", field="digit"),
    "more": part("Input", field="unlabelled_image"),
}
STRONG: Mapping[str, Part] = {
    "far": part("random_shift", most=0.15),
    "turned": part("random_rotation", degrees=15.0),
    "strong": part("cutout", size=2),
}
"""What changes a picture much, so that it is still the same digit."""


def few_labels() -> Project:
    """Digits of which three of each have a label, and the network that reads them."""
    project = Project(data={"source": "digits", "split.per_class": 3, "split.unlabelled": True})
    project.training.update(TRAINING)
    add(project, "classifier", CLASSIFIER, " > ".join(CLASSIFIER))
    return project


def pseudo_label() -> Project:
    """The classifier learns from its own answers where it is sure of them (Lee 2013)."""
    project = few_labels()
    add(
        project,
        "learn",
        {
            **INPUTS,
            "moved": part("random_shift", most=0.07),
            "moved_more": part("random_shift", most=0.07),
            "score": part("call:classifier"),
            "guess": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "own_label": part("pseudo_label", threshold=0.95),
            "own_surprise": part("cross_entropy", reduction="none"),
            "masked": part("mul"),
            "own_loss": part("mean"),
            "trust": part("ramp", end=1.0, steps=200),
            "weighed": part("mul"),
            "total": part("add"),
            "loss": part("Minimise"),
            "share": part("mean"),
            "sure": part("LogValue"),
            "mask": part("reshape", shape=(-1, 1, 1, 1)),
            "lit": part("mul"),
            "sure_pictures": part("ShowPictures"),
        },
        "image > moved > score > surprise > total > loss",
        "label > surprise",
        "more > moved_more > guess > own_label",
        "guess > own_surprise",
        "own_label.label > own_surprise",
        "own_surprise > masked > own_loss > weighed > total",
        "own_label.mask > masked",
        "trust > weighed",
        "own_label.mask > share > sure",
        "own_label.mask > mask > lit > sure_pictures",
        "moved_more > lit",
        order=0,
    )
    note(
        project,
        "learn",
        "Only 30 pictures have a label. Where the classifier is sure of a picture without one, it takes its own answer "
        "for the label and learns from it. Trust grows over the first 200 steps.\nThe pictures are those it is sure "
        "of; the others stay dark.\nTry: another threshold; cut weighed from total.",
    )
    return project


def mean_teacher() -> Project:
    """A student agrees with an average of its own weights on changed pictures (Tarvainen and Valpola 2017)."""
    project = few_labels()
    add(
        project,
        "learn",
        {
            **INPUTS,
            "moved": part("random_shift", most=0.07),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "weak": part("random_shift", most=0.07),
            **STRONG,
            "teacher": part("call:classifier", detached=True, average=0.97),
            "student": part("call:classifier"),
            "apart": part("consistency_mse"),
            "trust": part("ramp", end=20.0, steps=200),
            "weighed": part("mul"),
            "total": part("add"),
            "loss": part("Minimise"),
            "disagreement": part("LogValue"),
            "teacher_sees": part("ShowPictures"),
            "student_sees": part("ShowPictures"),
        },
        "image > moved > score > surprise > total > loss",
        "label > surprise",
        "more > far > turned > strong > student > apart > weighed > total",
        "more > weak > teacher > apart",
        "trust > weighed",
        "apart > disagreement",
        "weak > teacher_sees",
        "strong > student_sees",
        order=0,
    )
    note(
        project,
        "learn",
        "The teacher is an average of what the student was in the last steps, so it is calmer. On pictures without a "
        "label the student sees a harder view and is to answer as the teacher does on an easy one.\nTry: another "
        "average in teacher; cut weighed from total.",
    )
    return project


def fixmatch() -> Project:
    """What is said of an easy view with certainty is the label of a hard one (Sohn et al. 2020)."""
    project = few_labels()
    add(
        project,
        "learn",
        {
            **INPUTS,
            "moved": part("random_shift", most=0.05),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "weak": part("random_shift", most=0.05),
            "easy": part("call:classifier", detached=True),
            "own_label": part("pseudo_label", threshold=0.9),
            **STRONG,
            "hard": part("call:classifier"),
            "own_surprise": part("cross_entropy", reduction="none"),
            "masked": part("mul"),
            "own_loss": part("mean"),
            "trust": part("ramp", end=1.0, steps=200),
            "weighed": part("mul"),
            "total": part("add"),
            "loss": part("Minimise"),
            "share": part("mean"),
            "sure": part("LogValue"),
            "easy_views": part("ShowPictures"),
            "hard_views": part("ShowPictures"),
        },
        "image > moved > score > surprise > total > loss",
        "label > surprise",
        "more > weak > easy > own_label",
        "more > far > turned > strong > hard > own_surprise",
        "own_label.label > own_surprise",
        "own_surprise > masked > own_loss > weighed > total",
        "own_label.mask > masked",
        "trust > weighed",
        "own_label.mask > share > sure",
        "weak > easy_views",
        "strong > hard_views",
        order=0,
    )
    note(
        project,
        "learn",
        "Each picture without a label is seen twice: hardly moved, and shifted, turned and partly covered. Where the "
        "classifier is sure of the easy view, that answer is the label of the hard one.\nThe pictures are both views."
        "\nTry: another threshold; a stronger cutout; cut weighed from total.",
    )
    return project


EXAMPLES: Mapping[str, Callable[[], Project]] = {
    "fixmatch": fixmatch,
    "mean-teacher": mean_teacher,
    "pseudo-label": pseudo_label,
}
