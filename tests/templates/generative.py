"""Templates that make images: a variational autoencoder, and two networks that play against each other."""

from __future__ import annotations

from convolutional import LABEL, NORM, RELU, conv
from sketch import Part, Sketch, answer, block, network, numbered, part, sequence, source, use


def vae() -> list[Sketch]:
    inside = {
        "image": source(),
        "flatten": part("Flatten"),
        "fc1": part("Linear", out_features=400),
        "relu1": RELU,
        "fc21": part("Linear", out_features=20),
        "fc22": part("Linear", out_features=20),
        "mean": answer(),
        "log_var": answer(),
        "sample": use("reparametrize"),
        "fc3": part("Linear", out_features=400),
        "relu2": RELU,
        "fc4": part("Linear", out_features=784),
        "sigmoid": part("Sigmoid"),
        "unflatten": part("Unflatten", dim=1, unflattened_size=(1, 28, 28)),
        "reconstruction": answer(),
    }
    reparametrize = block(
        "reparametrize",
        {
            "mean": source(),
            "log_var": source(),
            "halved": part("mul_number", other=0.5),
            "std": part("exp"),
            "noise": part("noise_while_training"),
            "spread": part("mul"),
            "add": part("add"),
        },
        "log_var > halved > std > noise > spread > add > output",
        "std > spread",
        "mean > add",
        note="# Reparametrize\nWhile it learns, a random point of the cloud, from which mean and spread learn; "
        "afterwards the mean.",
    )
    note = (
        "# VAE\nImages become small clouds of points, and points become images again. For grey images of 28 × 28 with "
        "numbers from 0 to 1.\nTrained here it learns to rebuild. What lets it invent, a pull of the clouds towards "
        "the normal distribution, belongs to the loss: add it in train.py, from mean and log_var.\n\n"
        "Kingma, Welling: Auto-encoding variational Bayes, 2014; layers as in the example of PyTorch."
    )
    return [
        network(
            "Autoencoder",
            {"image": source("image", 1, 28, 28), "vae": use("VAE"), "rebuilt": answer("image")},
            "image > vae",
            "vae.reconstruction > rebuilt",
            note=note,
        ),
        block(
            "VAE",
            inside,
            "image > flatten > fc1 > relu1 > fc21 > mean",
            "relu1 > fc22 > log_var",
            "fc21 > sample.mean",
            "fc22 > sample.log_var",
            "sample > fc3 > relu2 > fc4 > sigmoid > unflatten > reconstruction",
            note="# Variational autoencoder\nReads an image as a cloud, told by 20 means and spreads, and draws a "
            "point of it.",
        ),
        reparametrize,
    ]


def dcgan() -> list[Sketch]:
    grown: list[Part] = []
    for at, channels in enumerate((512, 256, 128, 64)):
        grown += [_grow(channels, 2 if at else 1, 1 if at else 0), NORM, RELU]
    shrunk: list[Part] = [_shrink(64), LEAKY]
    for channels in (128, 256, 512):
        shrunk += [_shrink(channels), NORM, LEAKY]
    whole = {
        "noise": source("noise", 100),
        "unflatten": part("Unflatten", dim=1, unflattened_size=(100, 1, 1)),
        "generator": use("generator"),
        "discriminator": use("discriminator"),
        "flatten": part("Flatten"),
        "label": LABEL,
    }
    note = (
        "# DCGAN\nOne network makes images from noise; the other learns to tell them from real ones. For colour images "
        "of 64 × 64.\nThey train against each other, with two losses in turn; the classes Generator and "
        "Discriminator stand for themselves.\n\n"
        "Radford, Metz, Chintala: Unsupervised representation learning with deep convolutional generative adversarial "
        "networks, 2016; layers as in the tutorial of PyTorch."
    )
    return [
        network("DCGAN", whole, " > ".join(whole), note=note),
        block(
            "generator",
            {"noise": source(), "main": use("upwards"), "image": answer()},
            "noise > main > image",
            note="# Generator\nMakes an image of 64 × 64 from 100 random numbers.",
        ),
        sequence(
            "upwards",
            numbered(*grown, _grow(3, 2, 1), part("Tanh")),
            note="# Upwards\nTransposed convolutions that double the image.",
        ),
        block(
            "discriminator",
            {"image": source(), "main": use("downwards"), "is_real": answer()},
            "image > main > is_real",
            note="# Discriminator\nHow likely an image is to be a real one.",
        ),
        sequence(
            "downwards",
            numbered(*shrunk, conv(1, 4), part("Sigmoid")),
            note="# Downwards\nConvolutions that halve the image.",
        ),
    ]


LEAKY = part("LeakyReLU", negative_slope=0.2)


def _grow(channels: int, stride: int, padding: int) -> Part:
    sides: dict[str, int] = {"kernel_size": 4, "stride": stride, "padding": padding}
    return part("ConvTranspose2d", out_channels=channels, bias=False, **sides)


def _shrink(channels: int) -> Part:
    return conv(channels, 4, stride=2, padding=1)
