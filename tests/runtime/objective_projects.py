"""Small projects whose training step is drawn, with one objective or two."""

from __future__ import annotations

from collections.abc import Mapping

from drawing import add, part
from graph.model import Project
from graph.ops.spec import Value


def gan(training: Mapping[str, Value] | None = None) -> Project:
    """A generator and a discriminator of points, each with an objective of its own."""
    project = Project(data={"source": "moons", "moons.samples": 200, "split.method": "random"})
    project.training.update({"epochs": 2, "batch_size": 32, "threads": 1, "optimizer": "Adam", **(training or {})})
    add(
        project,
        "generator",
        {
            "noise": part("Input"),
            "hidden": part("Linear", out_features=16),
            "norm": part("BatchNorm1d"),
            "relu": part("ReLU"),
            "linear": part("Linear", out_features=2),
            "point": part("Output"),
        },
        "noise > hidden > norm > relu > linear > point",
    )
    add(
        project,
        "discriminator",
        {
            "point": part("Input", field="point"),
            "hidden": part("Linear", out_features=16),
            "relu": part("LeakyReLU"),
            "linear": part("Linear", out_features=1),
            "score": part("Output"),
        },
        "point > hidden > relu > linear > score",
    )
    add(
        project,
        "tell_apart",
        {
            "point": part("Input", field="point"),
            "noise": part("noise", shape=(4,)),
            "fake": part("call:generator", detached=True),
            "of_real": part("call:discriminator"),
            "of_fake": part("call:discriminator"),
            "real_loss": part("Softplus"),
            "minus": part("neg"),
            "fake_loss": part("Softplus"),
            "mean_real": part("mean"),
            "mean_fake": part("mean"),
            "total": part("add"),
            "loss": part("Minimise", optimizer="Adam", lr=0.002),
            "real_score": part("LogValue"),
        },
        "point > of_real > minus > real_loss > mean_real > total",
        "point > noise > fake > of_fake > fake_loss > mean_fake > total > loss",
        "mean_real > real_score",
        order=0,
    )
    add(
        project,
        "fool",
        {
            "point": part("Input", field="point"),
            "noise": part("noise", shape=(4,)),
            "fake": part("call:generator"),
            "score": part("call:discriminator"),
            "minus": part("neg"),
            "soft": part("Softplus"),
            "mean": part("mean"),
            "loss": part("Minimise", networks=("generator",), optimizer="Adam", lr=0.001),
        },
        "point > noise > fake > score > minus > soft > mean > loss",
        order=1,
    )
    return project


def averaged_gan(training: Mapping[str, Value] | None = None) -> Project:
    """A GAN that shows samples, and what the average of its generator makes."""
    project = gan(training)
    add(
        project,
        "look",
        {
            "point": part("Input", field="point"),
            "noise": part("noise", shape=(4,)),
            "made": part("call:generator", average=0.9),
            "points": part("ShowPoints"),
            "data": part("ShowPoints"),
        },
        "point > noise > made > points.points",
        "point > data.points",
        order=2,
    )
    return project


def _classifier(project: Project, name: str = "classifier") -> None:
    add(
        project,
        name,
        {
            "point": part("Input", field="point"),
            "hidden": part("Linear", out_features=16),
            "norm": part("BatchNorm1d"),
            "relu": part("ReLU"),
            "drop": part("Dropout", p=0.1),
            "linear": part("Linear", out_features=2),
            "label": part("Output", field="class"),
        },
        "point > hidden > norm > relu > drop > linear > label",
    )


def _points(training: Mapping[str, Value] | None) -> Project:
    project = Project(data={"source": "moons", "moons.samples": 200, "split.method": "random"})
    usual: dict[str, Value] = {"epochs": 2, "batch_size": 32, "threads": 1, "optimizer": "Adam"}
    project.training.update({**usual, **(training or {})})
    return project


def mean_teacher(training: Mapping[str, Value] | None = None) -> Project:
    """A classifier that is also to agree with an average of itself (Tarvainen and Valpola 2017)."""
    project = _points(training)
    _classifier(project)
    add(
        project,
        "learn",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "noise": part("randn_like"),
            "little": part("mul_number", other=0.1),
            "moved": part("add"),
            "student": part("call:classifier"),
            "teacher": part("call:classifier", detached=True, average=0.99),
            "supervised": part("cross_entropy"),
            "apart": part("mse_loss"),
            "trust": part("ramp", start=0.0, end=2.0, steps=10),
            "agreement": part("mul"),
            "total": part("add"),
            "loss": part("Minimise"),
            "disagreement": part("LogValue"),
        },
        "point > student > supervised > total > loss",
        "label > supervised",
        "point > noise > little > moved.tensors.0",
        "point > moved.tensors.1",
        "moved > teacher",
        "student > apart > agreement > total",
        "teacher > apart",
        "trust > agreement",
        "apart > disagreement",
        order=0,
    )
    return project


def adversarial(training: Mapping[str, Value] | None = None) -> Project:
    """A classifier trained on what misleads it (Madry et al. 2018)."""
    project = _points(training)
    _classifier(project)
    add(
        project,
        "withstand",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "attacked": part("PGD", network="classifier", epsilon=0.2, step_size=0.1, steps=3),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            "loss": part("Minimise"),
        },
        "point > attacked > score > surprise > loss",
        "label > attacked.label",
        "label > surprise",
        order=0,
    )
    return project


def critic(training: Mapping[str, Value] | None = None) -> Project:
    """A Wasserstein GAN of points with a gradient penalty (Gulrajani et al. 2017); the generator learns
    every 2 steps.
    """
    project = gan(training)
    for name in ("tell_apart", "fool"):
        del project.networks[name]
    add(
        project,
        "criticise",
        {
            "point": part("Input", field="point"),
            "noise": part("noise", shape=(4,)),
            "fake": part("call:generator", detached=True),
            "of_real": part("call:discriminator"),
            "of_fake": part("call:discriminator"),
            "apart": part("sub"),
            "wasserstein": part("mean"),
            "share": part("rand_like"),
            "away": part("sub"),
            "moved": part("mul"),
            "between": part("add"),
            "tracked": part("track"),
            "of_between": part("call:discriminator"),
            "number": part("sum"),
            "slope": part("Gradient", create_graph=True),
            "steep": part("norm", dim=1),
            "off": part("add_number", other=-1.0),
            "squared": part("square"),
            "penalty": part("mean"),
            "weighed": part("mul_number", other=10.0),
            "total": part("add"),
            "loss": part("Minimise", optimizer="RMSprop", lr=0.001, clip_norm=1.0),
        },
        "point > noise > fake > of_fake > apart.input",
        "point > of_real > apart.other",
        "apart > wasserstein > total > loss",
        "point > share > moved",
        "point > away.input",
        "fake > away.other",
        "away > moved > between",
        "fake > between",
        "between > tracked > of_between > number > slope.number",
        "tracked > slope.tensor",
        "slope > steep > off > squared > penalty > weighed > total",
        order=0,
    )
    add(
        project,
        "fool",
        {
            "point": part("Input", field="point"),
            "noise": part("noise", shape=(4,)),
            "fake": part("call:generator"),
            "score": part("call:discriminator"),
            "mean": part("mean"),
            "loss": part("Minimise", networks=("generator",), weight=-1.0, every=2),
        },
        "point > noise > fake > score > mean > loss",
        order=1,
    )
    return project
