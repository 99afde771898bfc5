"""Examples that make new digits: a variational autoencoder, opponents of several kinds, and a diffusion model."""

from __future__ import annotations

from drawing import add, note, part
from graph.model import Project


def _digits(main: str, **training: object) -> Project:
    """The small digits; what is trained is kept as it is at the end, since no loss says how good samples are."""
    project = Project(data={"source": "digits"}, view={"main": main})
    project.training.update({"batch_size": 64, "early_stopping": False, "keep_best": False, "seed": 1})
    project.training.update(training)  # type: ignore[arg-type]
    return project


def vae() -> Project:
    """A variational autoencoder (Kingma and Welling, 2014)."""
    project = _digits("decoder", **{"optimizer": "Adam", "optimizer.Adam.lr": 0.002, "epochs": 150})
    add(
        project,
        "encoder",
        {
            "image": part("Input", field="image"),
            "flatten": part("Flatten"),
            "hidden": part("Linear", out_features=256),
            "relu": part("ReLU"),
            "to_average": part("Linear", out_features=12),
            "to_spread": part("Linear", out_features=12),
            "average": part("Output"),
            "log_variance": part("Output"),
        },
        "image > flatten > hidden > relu > to_average > average",
        "relu > to_spread > log_variance",
    )
    add(
        project,
        "decoder",
        {
            "code": part("Input"),
            "hidden1": part("Linear", out_features=256),
            "relu1": part("ReLU"),
            "hidden2": part("Linear", out_features=256),
            "relu2": part("ReLU"),
            "pixels": part("Linear", out_features=64),
            "ink": part("Sigmoid"),
            "unflatten": part("Unflatten", dim=1, unflattened_size=(1, 8, 8)),
            "picture": part("Output"),
        },
        "code > hidden1 > relu1 > hidden2 > relu2 > pixels > ink > unflatten > picture",
    )
    add(
        project,
        "evidence",
        {
            "image": part("Input", field="image"),
            "average": part("call:encoder"),
            "code": part("reparametrise"),
            "decoder": part("call:decoder"),
            "error": part("mse_loss"),
            "kl": part("gaussian_kl"),
            "weighed": part("mul_number", other=0.0006),
            "total": part("add"),
            "loss": part("Minimise"),
            "reconstruction": part("LogValue"),
            "divergence": part("LogValue"),
            "rebuilt": part("call:decoder"),
            "reconstructions": part("ShowPictures"),
        },
        "image > average",
        "average > code.mean",
        "average.log_variance > code.log_variance",
        "code > decoder > error.input",
        "image > error.target",
        "average > kl.mean",
        "average.log_variance > kl.log_variance",
        "kl > weighed",
        "error > total > loss",
        "weighed > total",
        "error > reconstruction",
        "kl > divergence",
        "average > rebuilt > reconstructions",
        order=0,
    )
    add(
        project,
        "look",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(12,)),
            "made": part("call:decoder"),
            "samples": part("ShowPictures"),
            "between": part("interpolate_samples", a=0, b=1, steps=15),
            "drawn": part("call:decoder"),
            "interpolation": part("ShowPictures", as_slider=True),
            "originals": part("ShowPictures"),
        },
        "image > noise > made > samples",
        "noise > between > drawn > interpolation",
        "image > originals",
        order=1,
    )
    note(
        project,
        "evidence",
        "The encoder answers a normal distribution for each digit; a code drawn from it must let the decoder draw the "
        "digit again. KL keeps the codes near the standard normal, so that the decoder also knows what to draw for "
        "codes that nobody encoded. The error counts each pixel and KL each picture, hence the small weight.",
    )
    note(
        project,
        "look",
        "What the results show while it trains: digits that never were, from random codes; the way from one of them "
        "to another; and the digits that the encoder is shown.",
    )
    return project


EXAMPLES = {"vae": vae}
