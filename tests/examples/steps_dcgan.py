"""The example of a convolutional generator and discriminator, which play against each other over small digits."""

from __future__ import annotations

from drawing import add, note, part
from graph.model import Project
from graph.ops.spec import Value
from steps_generative import digits, look

_GROW: dict[str, Value] = {"kernel_size": 4, "stride": 2, "padding": 1}


def dcgan() -> Project:
    """Opponents made of convolutions (Radford et al., 2016), the discriminator with spectral norms."""
    project = digits("generator", **{"optimizer": "Adam", "optimizer.Adam.betas": (0.5, 0.999), "epochs": 80})
    add(
        project,
        "generator",
        {
            "code": part("Input"),
            "linear": part("Linear", out_features=256),
            "unflatten": part("Unflatten", dim=1, unflattened_size=(64, 2, 2)),
            "norm1": part("BatchNorm2d"),
            "relu1": part("ReLU"),
            "grow": part("ConvTranspose2d", out_channels=32, **_GROW),
            "norm2": part("BatchNorm2d"),
            "relu2": part("ReLU"),
            "pixels": part("ConvTranspose2d", out_channels=1, **_GROW),
            "ink": part("Sigmoid"),
            "picture": part("Output"),
        },
        "code > linear > unflatten > norm1 > relu1 > grow > norm2 > relu2 > pixels > ink > picture",
    )
    held: dict[str, Value] = {"@norm": "spectral"}
    add(
        project,
        "discriminator",
        {
            "picture": part("Input", field="image"),
            "conv1": part("Conv2d", out_channels=64, **_GROW, **held),
            "relu1": part("LeakyReLU", negative_slope=0.2),
            "conv2": part("Conv2d", out_channels=128, **_GROW, **held),
            "relu2": part("LeakyReLU", negative_slope=0.2),
            "flatten": part("Flatten"),
            "linear": part("Linear", out_features=1, **held),
            "score": part("Output"),
        },
        "picture > conv1 > relu1 > conv2 > relu2 > flatten > linear > score",
    )
    add(
        project,
        "tell_apart",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator", detached=True),
            "of_real": part("call:discriminator"),
            "of_made": part("call:discriminator"),
            "error": part("gan_discriminator_loss"),
            "loss": part("Minimise", networks=("discriminator",), optimizer="Adam", lr=0.0005),
        },
        "image > of_real > error.real",
        "image > noise > made > of_made > error.fake",
        "error > loss",
        order=0,
    )
    add(
        project,
        "fool",
        {
            "image": part("Input", field="image"),
            "noise": part("noise", shape=(16,)),
            "made": part("call:generator"),
            "score": part("call:discriminator"),
            "error": part("gan_generator_loss"),
            "loss": part("Minimise", networks=("generator",), optimizer="Adam", lr=0.0005),
        },
        "image > noise > made > score > error.fake",
        "error > loss",
        order=1,
    )
    note(
        project,
        "generator",
        "Sixteen random numbers become 64 small pictures of 2 x 2, and each transposed convolution doubles them: 4 x 4, "
        "then 8 x 8. For larger digits, as MNIST in a folder of yours, choose the files under Data and let it end at "
        "28 x 28: unflatten to 7 x 7 (3136 features before it). The discriminator fits by itself.",
    )
    note(
        project,
        "tell_apart",
        "First of two opponents: the discriminator halves a picture twice by convolutions with a stride and learns to "
        "tell digits from made pictures. Its spectral norms keep it from becoming too sure of itself.",
    )
    note(
        project,
        "fool",
        "Second of two opponents: the generator learns to make what the discriminator takes for a digit. Neither loss "
        "says how good the pictures are: look at them in the results.",
    )
    look(project)
    return project


EXAMPLES = {"dcgan": dcgan}
