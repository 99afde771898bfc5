"""The example of a convolutional generator and discriminator, which play against each other over small digits."""

from __future__ import annotations

from steps_generative import digits, look, opponents

from drawing import add, note, part
from graph.model import Project
from graph.ops.spec import Value

_BY_TWO: dict[str, Value] = {"kernel_size": 4, "stride": 2, "padding": 1}


def dcgan() -> Project:
    """Opponents made of convolutions (Radford et al., 2016), the discriminator with dropout in place of norms."""
    project = digits("generator", **{"optimizer": "Adam", "optimizer.Adam.betas": (0.5, 0.999), "epochs": 120})
    add(
        project,
        "generator",
        {
            "code": part("Input"),
            "linear": part("Linear", out_features=256),
            "unflatten": part("Unflatten", dim=1, unflattened_size=(64, 2, 2)),
            "norm1": part("BatchNorm2d"),
            "relu1": part("ReLU"),
            "grow": part("ConvTranspose2d", out_channels=32, bias=False, **_BY_TWO),
            "norm2": part("BatchNorm2d"),
            "relu2": part("ReLU"),
            "pixels": part("ConvTranspose2d", out_channels=1, **_BY_TWO),
            "ink": part("Sigmoid"),
            "picture": part("Output"),
        },
        "code > linear > unflatten > norm1 > relu1 > grow > norm2 > relu2 > pixels > ink > picture",
    )
    add(
        project,
        "discriminator",
        {
            "picture": part("Input", field="image"),
            "conv1": part("Conv2d", out_channels=64, **_BY_TWO),
            "relu1": part("LeakyReLU", negative_slope=0.2),
            "dropout1": part("Dropout2d", p=0.4),
            "conv2": part("Conv2d", out_channels=128, **_BY_TWO),
            "relu2": part("LeakyReLU", negative_slope=0.2),
            "dropout2": part("Dropout", p=0.4),
            "flatten": part("Flatten"),
            "linear": part("Linear", out_features=1),
            "score": part("Output"),
        },
        "picture > conv1 > relu1 > dropout1 > conv2 > relu2 > dropout2 > flatten > linear > score",
    )
    opponents(project, losses="gan", lr=0.001)
    note(
        project,
        "generator",
        "Sixteen random numbers become 64 tiny pictures of 2×2, and each transposed convolution doubles them: 4×4, "
        "then 8×8. It grows with the data: for MNIST choose its folder under Data, let the linear layer answer 3136 "
        "numbers and unflatten make 7×7 of them, which become 28×28. The discriminator fits by itself.",
    )
    note(
        project,
        "tell_apart",
        "First of two opponents: the discriminator halves a picture twice by convolutions with a stride and learns to "
        "tell digits from made ones. Dropout keeps it from knowing its few digits by heart, from which the generator "
        "would learn nothing.",
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
