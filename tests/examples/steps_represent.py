"""Examples that learn what samples are like, and that hand on or defend what was learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drawing import Part, add, note, part
from graph.model import Project
from graph.ops.spec import Value

VIEW: Mapping[str, Part] = {
    "turned": part("random_rotation", degrees=10.0),
    "shifted": part("random_shift", most=0.08),
    "view": part("gaussian_noise", std=0.15),
}
"""What makes a view of a picture: little of everything that does not change which digit it is."""
SEES: Mapping[str, Part] = {
    "image": part("Input", field="image"),
    "conv1": part("Conv2d", out_channels=16, kernel_size=3, padding="same"),
    "relu1": part("ReLU"),
    "pool": part("MaxPool2d", kernel_size=2),
    "conv2": part("Conv2d", out_channels=32, kernel_size=3, padding="same"),
    "relu2": part("ReLU"),
    "flatten": part("Flatten"),
}
GROUPS_FROM, TAUGHT = 150, 200
"""How many steps features and a teacher are learned before the rest."""
SEEING = "image > conv1 > relu1 > pool > conv2 > relu2 > flatten"


def _digits(training: Mapping[str, Value], data: Mapping[str, Value] | None = None) -> Project:
    project = Project(data={"source": "digits", **(data or {})})
    project.training.update({"early_stopping": False, "seed": 0, **training})
    return project


def _views() -> tuple[dict[str, Part], tuple[str, ...]]:
    """The nodes that make two views of `image`, and their chains."""
    parts = {f"{name}{number}": one for number in (1, 2) for name, one in VIEW.items()}
    return parts, tuple(" > ".join(["image", *(f"{name}{number}" for name in VIEW)]) for number in (1, 2))


def contrastive() -> Project:
    """Views of one picture are drawn together, those of different ones apart; a head reads digits from that."""
    project = _digits(
        {"epochs": 40, "batch_size": 50, "unlabelled.batch_size": 256, "keep_best": False},
        {"split.per_class": 5, "split.unlabelled": True},
    )
    add(
        project,
        "reader",
        {
            **SEES,
            "features": part("Linear", out_features=32),
            "unit": part("normalize"),
            "embedding": part("Output"),
            "kept_apart": part("detach"),
            "head": part("Linear", out_features=10),
            "digit": part("Output", field="digit"),
        },
        f"{SEEING} > features > unit > embedding",
        "unit > kept_apart > head > digit",
    )
    views, chains = _views()
    add(
        project,
        "contrast",
        {
            "image": part("Input", field="unlabelled_image"),
            **views,
            "first": part("call:reader"),
            "second": part("call:reader"),
            "apart": part("nt_xent", temperature=0.2),
            "loss": part("Minimise", networks=("reader",), optimizer="Adam", lr=0.003),
        },
        f"{chains[0]} > first",
        f"{chains[1]} > second",
        "first.embedding > apart.first",
        "second.embedding > apart.second",
        "apart > loss",
        order=0,
    )
    add(
        project,
        "name_digits",
        {
            "image": part("Input", field="image"),
            "label": part("Input", field="digit"),
            "seen": part("call:reader"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise", networks=("reader",), optimizer="Adam", lr=0.03),
            "embedding": part("ShowPoints"),
        },
        "image > seen.image",
        "seen.digit > surprise > loss",
        "label > surprise",
        "seen.embedding > embedding.points",
        "label > embedding.label",
        order=1,
    )
    note(
        project,
        "contrast",
        "Two views of each picture, turned, shifted and noisy, are to be found alike among all others. No label is "
        "needed for that, and yet digits gather by kind.\nTry: without random_shift; another temperature.",
    )
    note(
        project,
        "name_digits",
        "Only 50 pictures have a label. The head learns from them; detach keeps it from changing what the others "
        "taught. The points are the embedding, coloured by digit.",
    )
    return project


def adversarial_training() -> Project:
    """A classifier trained on what misleads it, found by an attack in each step (Madry et al. 2018)."""
    project = _digits({"epochs": 20, "batch_size": 64, "optimizer": "Adam", "optimizer.Adam.lr": 0.002})
    add(
        project,
        "classifier",
        {**SEES, "hidden": part("Linear", out_features=64), "relu3": part("ReLU")}
        | {"linear": part("Linear", out_features=10), "digit": part("Output", field="digit")},
        f"{SEEING} > hidden > relu3 > linear > digit",
    )
    add(
        project,
        "withstand",
        {
            "image": part("Input", field="image"),
            "label": part("Input", field="digit"),
            "attacked": part("PGD", network="classifier", epsilon=0.15, step_size=0.04, steps=7, low=0.0, high=1.0),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise"),
            "pictures": part("ShowPictures"),
        },
        "image > attacked > score > surprise > loss",
        "label > attacked.label",
        "label > surprise",
        "attacked > pictures",
        order=0,
    )
    note(
        project,
        "withstand",
        "In each step PGD looks for the change of each picture, at most 0.15 a pixel, that misleads the classifier "
        "most; the classifier learns from that. The pictures show what it meets.\nThen press Attack it… in the results "
        "and compare with a run whose epsilon is 0.",
    )
    return project


def deep_clustering() -> Project:
    """Contrastive features, then groups whose centres are learned with them (Xie et al. 2016)."""
    project = _digits({"epochs": 50, "batch_size": 256, "keep_best": False}, {"split.method": "random"})
    project.view["main"] = "encoder"
    add(
        project,
        "encoder",
        {**SEES, "features": part("Linear", out_features=32)}
        | {"unit": part("normalize"), "longer": part("mul_number", other=4.0), "embedding": part("Output")},
        f"{SEEING} > features > unit > longer > embedding",
    )
    add(
        project,
        "groups",
        {
            "point": part("Input"),
            "centres": part("parameter", shape=(10, 32), fill="normal", std=1.0),
            "shares": part("student_t_assignment"),
            "group": part("Output"),
        },
        "point > shares.points",
        "centres > shares.centres",
        "shares > group",
    )
    views, chains = _views()
    add(
        project,
        "contrast",
        {
            "image": part("Input", field="image"),
            **views,
            "first": part("call:encoder"),
            "second": part("call:encoder"),
            "apart": part("nt_xent", temperature=0.2),
            "loss": part("Minimise", networks=("encoder",), optimizer="Adam", lr=0.003),
        },
        f"{chains[0]} > first > apart.first",
        f"{chains[1]} > second > apart.second",
        "apart > loss",
        order=0,
    )
    add(
        project,
        "begin",
        {
            "image": part("Input", field="image"),
            "embedding": part("call:encoder", mode="eval", detached=True),
            "found": part("kmeans", groups=10),
            "start": part("Assign", network="groups", parameter="centres", at_step=GROUPS_FROM, from_all=True),
        },
        "image > embedding > found > start",
        order=1,
    )
    add(
        project,
        "gather",
        {
            "image": part("Input", field="image"),
            **{name[:-1]: one for name, one in views.items() if name.endswith("1")},
            "moved": part("call:encoder"),
            "unmoved": part("call:encoder", detached=True),
            "shares": part("call:groups"),
            "clean": part("call:groups", detached=True),
            "clearer": part("sharpened_assignment"),
            "away": part("assignment_kl"),
            "loss": part(
                "Minimise", networks=("encoder", "groups"), optimizer="Adam", lr=0.001, first_step=GROUPS_FROM
            ),
            "chosen": part("argmax", dim=1),
            "sorted": part("argsort"),
            "in_order": part("index_select", dim=0),
            "points": part("ShowPoints", names=tuple(f"group {number}" for number in range(1, 11))),
            "pictures": part("ShowPictures", count=64),
        },
        "image > turned > shifted > view > moved > shares > away.assignment",
        "image > unmoved > clean > clearer > away.wanted",
        "away > loss",
        "unmoved > points.points",
        "clean > chosen > points.label",
        "chosen > sorted > in_order.index",
        "image > in_order.input",
        "in_order > pictures",
        order=2,
    )
    note(
        project,
        "contrast",
        "Two views of each picture are to be found alike among all others: features come of that, without labels.",
    )
    note(
        project,
        "begin",
        "Once, when the embedding has learned for a while, k-means finds ten centres in it; they become weights of "
        "the network groups.",
    )
    note(
        project,
        "gather",
        "Each picture is drawn to the group that it is in most, and the centres move along. The points are coloured by "
        "group, the pictures sorted by it: no label was ever looked at.",
    )
    return project


def distillation() -> Project:
    """A large teacher learns from labels, then a small student from its answers alone (Hinton et al. 2015)."""
    project = _digits({"epochs": 40, "batch_size": 64})
    project.view["main"] = "student"
    add(
        project,
        "teacher",
        {**SEES, "hidden": part("Linear", out_features=64), "relu3": part("ReLU")}
        | {"drop": part("Dropout", p=0.25), "linear": part("Linear", out_features=10), "digit": part("Output")},
        f"{SEEING} > hidden > relu3 > drop > linear > digit",
    )
    add(
        project,
        "student",
        {
            "image": part("Input", field="image"),
            "flatten": part("Flatten"),
            "hidden": part("Linear", out_features=12),
            "relu": part("ReLU"),
            "linear": part("Linear", out_features=10),
            "digit": part("Output", field="digit"),
        },
        "image > flatten > hidden > relu > linear > digit",
    )
    add(
        project,
        "teach",
        {
            "image": part("Input", field="image"),
            "label": part("Input", field="digit"),
            "score": part("call:teacher"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise", optimizer="Adam", lr=0.002, last_step=TAUGHT - 1),
        },
        "image > score > surprise > loss",
        "label > surprise",
        order=0,
    )
    add(
        project,
        "follow",
        {
            "image": part("Input", field="image"),
            "answer": part("call:student"),
            "example": part("call:teacher", mode="eval", frozen=True, detached=True),
            "apart": part("distillation_kl", temperature=4.0),
            "loss": part("Minimise", optimizer="Adam", lr=0.005, first_step=TAUGHT),
            "of_student": part("mul_number", other=0.25),
            "soft1": part("Softmax", dim=1),
            "of_teacher": part("mul_number", other=0.25),
            "soft2": part("Softmax", dim=1),
            "student_says": part("Unflatten", dim=1, unflattened_size=(1, 1, 10)),
            "teacher_says": part("Unflatten", dim=1, unflattened_size=(1, 1, 10)),
            "beside": part("cat", dim=2),
            "answers": part("ShowPictures"),
        },
        "image > answer > apart.student",
        "image > example > apart.teacher",
        "apart > loss",
        "answer > of_student > soft1 > student_says > beside.tensors.0",
        "example > of_teacher > soft2 > teacher_says > beside.tensors.1",
        "beside > answers",
        order=1,
    )
    note(
        project,
        "teach",
        f"The teacher, a CNN, learns from labels in the first {TAUGHT} steps, then no more: see To step of Minimise.",
    )
    note(
        project,
        "follow",
        "Then the student learns: not one label, only how sure the teacher is of each digit. Each picture shows ten "
        "shares, the student's above the teacher's: bright is likely.\nTry: fewer numbers in hidden.",
    )
    return project


EXAMPLES: Mapping[str, Callable[[], Project]] = {
    "adversarial-training": adversarial_training,
    "contrastive": contrastive,
    "deep-clustering": deep_clustering,
    "distillation": distillation,
}
