"""Examples of variational autoencoders: one that sees digits alone, and one that is told which digit it is to write."""

from __future__ import annotations

from steps_generative import digits

from drawing import Part, add, note, part
from graph.model import Project

_CODE = 10
"""So many numbers say how a digit looks."""
_WEIGHT = 2 / 64
"""Of the divergence of a whole picture, twice as much as the evidence has: a code then says less and is drawn more."""
_OF_EACH = 4
"""So many pictures of each digit are shown one after the other."""


def vae() -> Project:
    """A variational autoencoder with normal distributions on both sides (Kingma and Welling, 2014)."""
    project = _project()
    _encoder(project)
    _decoder(project, _from_code())
    _evidence(project)
    note(
        project,
        "evidence",
        "The encoder answers a normal distribution of codes for each digit, and the decoder one of pictures for a code "
        "drawn from it, in which the digit must be likely. KL keeps the codes near the standard normal, so that the "
        "decoder also knows what to draw for codes that nobody encoded. The error is of one pixel and KL of a whole "
        "picture: one of 64 would weigh them alike, and twice as much brings the codes nearer.",
    )
    _codes(project)
    return project


def conditional_vae() -> Project:
    """A variational autoencoder whose decoder is told the digit (Sohn, Lee and Yan, 2015)."""
    project = _project()
    _encoder(project)
    _decoder(project, _from_code_and_digit(), told=True)
    _evidence(project, told=True)
    note(
        project,
        "evidence",
        "As in a variational autoencoder, the encoder answers a normal distribution of codes for a picture, and the "
        "decoder one of pictures for a code drawn from it. But the decoder is also told which digit it is. A code then "
        "need not say it, only how the digit is written; so codes of all digits lie mixed near the standard normal, "
        "and any code drawn from there is a hand that somebody might have.",
    )
    _hands(project)
    return project


def _project() -> Project:
    project = digits("decoder", **{"optimizer": "Adam", "optimizer.Adam.lr": 0.002, "epochs": 150})
    project.training["scheduler"] = "CosineAnnealingLR"
    return project


def _encoder(project: Project) -> None:
    add(
        project,
        "encoder",
        {
            "image": part("Input", field="image"),
            "flatten": part("Flatten"),
            "hidden": part("Linear", out_features=256),
            "relu": part("ReLU"),
            "to_average": part("Linear", out_features=_CODE),
            "to_spread": part("Linear", out_features=_CODE),
            "average": part("Output"),
            "log_variance": part("Output"),
        },
        "image > flatten > hidden > relu > to_average > average",
        "relu > to_spread > log_variance",
    )


def _decoder(project: Project, parts: dict[str, Part], *, told: bool = False) -> None:
    picture = part("Unflatten", dim=1, unflattened_size=(1, 8, 8))
    begins = ("code > both.tensors.0", "digit > as_numbers > both.tensors.1", "both > hidden1") if told else ()
    add(
        project,
        "decoder",
        parts
        | {
            "hidden1": part("Linear", out_features=256),
            "relu1": part("ReLU"),
            "hidden2": part("Linear", out_features=256),
            "relu2": part("ReLU"),
            "to_pixels": part("Linear", out_features=64),
            "ink": part("Sigmoid"),
            "as_picture": picture,
            "to_spread": part("Linear", out_features=64),
            "positive": part("Softplus"),
            "as_spread": picture,
            "picture": part("Output"),
            "variance": part("Output"),
        },
        *(begins or ("code > hidden1",)),
        "hidden1 > relu1 > hidden2 > relu2 > to_pixels > ink > as_picture > picture",
        "relu2 > to_spread > positive > as_spread > variance",
    )


def _from_code() -> dict[str, Part]:
    return {"code": part("Input")}


def _from_code_and_digit() -> dict[str, Part]:
    return {
        "code": part("Input"),
        "digit": part("Input", field="digit"),
        "as_numbers": part("Embedding", num_embeddings=10, embedding_dim=10),
        "both": part("cat", dim=1),
    }


def _evidence(project: Project, *, told: bool = False) -> None:
    digit = {"digit": part("Input", field="digit")} if told else {}
    rebuilt = {} if told else {"rebuilt": part("call:decoder"), "reconstructions": part("ShowPictures")}
    chains = ("digit > decoder.digit",) if told else ("average > rebuilt.code", "rebuilt > reconstructions")
    add(
        project,
        "evidence",
        {
            "image": part("Input", field="image"),
            **digit,
            "average": part("call:encoder"),
            "code": part("reparametrise"),
            "decoder": part("call:decoder"),
            "error": part("gaussian_nll_loss", eps=0.001),
            "kl": part("gaussian_kl"),
            "weighed": part("mul_number", other=_WEIGHT),
            "total": part("add"),
            "loss": part("Minimise"),
            "reconstruction": part("LogValue"),
            "divergence": part("LogValue"),
            **rebuilt,
        },
        "image > average",
        "average > code.mean",
        "average.log_variance > code.log_variance",
        "code > decoder.code",
        "decoder > error.input",
        "decoder.variance > error.var",
        "image > error.target",
        "average > kl.mean",
        "average.log_variance > kl.log_variance",
        "kl > weighed",
        "error > total > loss",
        "weighed > total",
        "error > reconstruction",
        "kl > divergence",
        *chains,
        order=0,
    )


def _codes(project: Project) -> None:
    add(
        project,
        "look",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(_CODE,)),
            "made": part("call:decoder"),
            "spread": part("sqrt"),
            "drawn": part("normal"),
            "samples": part("ShowPictures"),
            "averages": part("ShowPictures"),
            "between": part("interpolate_samples", a=0, b=1, steps=15),
            "on_the_way": part("call:decoder"),
            "interpolation": part("ShowPictures", as_slider=True),
            "originals": part("ShowPictures"),
        },
        "image > noise > made > drawn.mean",
        "made.variance > spread > drawn.std",
        "drawn > samples",
        "made > averages",
        "noise > between > on_the_way > interpolation",
        "image > originals",
        order=1,
    )
    note(
        project,
        "look",
        "What the results show while it trains: digits that never were, drawn from what the decoder says for random "
        "codes, and the averages of what it says, which are smoother than any digit; the way from one code to another; "
        "and the digits that the encoder is shown.",
    )


def _hands(project: Project) -> None:
    add(
        project,
        "look",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(_CODE,)),
            "place": part("positions", dim=0),
            "of_each": part("floor_divide_number", other=_OF_EACH, rounding_mode="floor"),
            "digit": part("remainder_number", other=10),
            "made": part("call:decoder"),
            "spread": part("sqrt"),
            "drawn": part("normal"),
            "samples": part("ShowPictures", count=10 * _OF_EACH, across=2 * _OF_EACH),
            "hand": part("floor_divide_number", other=10, rounding_mode="floor"),
            "one_code": part("index_select", dim=0),
            "next_digit": part("remainder_number", other=10),
            "written": part("call:decoder"),
            "hands": part("ShowPictures", count=60, across=10),
            "originals": part("ShowPictures", count=40),
        },
        "image > noise > made.code",
        "image > place > of_each > digit > made.digit",
        "made > drawn.mean",
        "made.variance > spread > drawn.std",
        "drawn > samples",
        "noise > one_code.input",
        "place > hand > one_code.index",
        "one_code > written.code",
        "place > next_digit > written.digit",
        "written > hands",
        "image > originals",
        order=1,
    )
    note(
        project,
        "look",
        "What the results show while it trains: four new digits of each kind, from 0 to 9, each from its own code; "
        "then hands, in which one code writes 0, 1, 2 and so on to 9 before the next begins, so that slant and stroke "
        "stay while the digit changes; and the digits that the encoder is shown.",
    )


EXAMPLES = {"vae": vae, "conditional-vae": conditional_vae}
