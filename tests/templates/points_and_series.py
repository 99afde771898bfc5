"""Templates for points in space and for series of numbers."""

from __future__ import annotations

from convolutional import LABEL, RELU
from sketch import Part, Sketch, arriving, block, network, parameter, part, source, use

_NORM = part("BatchNorm1d")
_BEST = part("amax", dim=2)


def _each(channels: int) -> Part:
    """The same small layer for each point; a norm follows."""
    return part("Conv1d", out_channels=channels, kernel_size=1, bias=False)


def _dense(features: int) -> Part:
    """A layer that a norm follows."""
    return part("Linear", out_features=features, bias=False)


def pointnet() -> list[Sketch]:
    shared = {
        "conv1": _each(64),
        "bn1": _NORM,
        "relu1": RELU,
        "conv2": _each(128),
        "bn2": _NORM,
        "relu2": RELU,
        "conv3": _each(1024),
        "bn3": _NORM,
    }
    t_net = {
        **shared,
        "relu3": RELU,
        "max": _BEST,
        "fc1": _dense(512),
        "bn4": _NORM,
        "relu4": RELU,
        "fc2": _dense(256),
        "bn5": _NORM,
        "relu5": RELU,
        "fc3": part("Linear", out_features=9),
        "matrix": part("Unflatten", dim=1, unflattened_size=(3, 3)),
        "identity": part("eye", n=3),
        "add": part("add"),
    }
    features: dict[str, Part] = {
        "stn": use("t_net"),
        "points": part("transpose", dim0=1, dim1=2),
        "turned": part("bmm"),
        "channels": part("transpose", dim0=1, dim1=2),
        **shared,
        "max": _BEST,
    }
    whole = {
        "points": source("sequence", -1, 3),
        "channels": part("transpose", dim0=1, dim1=2),
        "feat": use("point_features"),
        "fc1": _dense(512),
        "bn1": _NORM,
        "relu1": RELU,
        "fc2": _dense(256),
        "bn2": _NORM,
        "relu2": RELU,
        "dropout": part("Dropout", p=0.3),
        "fc3": part("Linear", out_features=40),
        "label": LABEL,
    }
    note = (
        "# PointNet\nTells what a cloud of points is, whatever their order: each point goes through the same layers, "
        "and the largest numbers of all remain. For points of 3 coordinates, 40 classes.\n\n"
        "Qi, Su, Mo, Guibas: PointNet: deep learning on point sets for 3D classification and segmentation, 2017; "
        "names as in pointnet.pytorch, without the biases that the norms take away."
    )
    return [
        network("PointNet", whole, " > ".join(whole), note=note),
        block(
            "point_features",
            features,
            "input > stn > turned.mat2",
            "input > points > turned.input",
            " > ".join(["turned", "channels", *shared, "max", "output"]),
            note="# Point features\n1,024 numbers that tell of all points together.",
        ),
        block(
            "t_net",
            t_net,
            " > ".join(["input", *(name for name in t_net if name != "identity"), "output"]),
            "identity > add",
            note="# T-Net\nA matrix that turns the points to where they are easy to tell.",
        ),
    ]


def tcn() -> list[Sketch]:
    shift = "=(kernel - 1) * dilation"
    causal = part("Conv1d", out_channels="=channels", kernel_size="=kernel", dilation="=dilation", norm="weight")
    temporal = block(
        "temporal_block",
        {
            "pad1": part("pad", pad=(shift, 0)),
            "conv1": causal,
            "relu1": RELU,
            "dropout1": part("Dropout", p="=drop"),
            "pad2": part("pad", pad=(shift, 0)),
            "conv2": causal,
            "relu2": RELU,
            "dropout2": part("Dropout", p="=drop"),
            "downsample": part("Conv1d", out_channels="=channels", kernel_size=1, when="=inputs != channels"),
            "add": part("add"),
            "relu": RELU,
        },
        "input > pad1 > conv1 > relu1 > dropout1 > pad2 > conv2 > relu2 > dropout2 > add > relu > output",
        "input > downsample > add",
        note="# Temporal block\nTwo convolutions with normed weights that see the past alone, and a shortcut.",
        takes=(
            arriving("inputs", "How many channels arrive."),
            parameter("channels", "How many channels leave."),
            parameter("dilation", "How far apart the steps are that it looks at."),
            parameter("kernel", "At how many steps it looks.", 7),
            parameter("drop", "The share of numbers switched off while training.", 0.05),
        ),
    )
    whole = {
        "series": source("sequence", -1, 1),
        "channels": part("transpose", dim0=1, dim1=2),
        "network": use("temporal_block", channels=25, dilation="=2 ** index", repeat=8),
        "last": part("index", places=":, :, -1"),
        "linear": part("Linear", out_features=10),
        "label": LABEL,
    }
    note = (
        "# TCN\nReads a series with convolutions that see the past alone, each twice as far as the one before: eight "
        "blocks reach 1,500 steps back. For series of one number a step, such as images pixel by pixel; 10 classes.\n\n"
        "Bai, Kolter, Koltun: An empirical evaluation of generic convolutional and recurrent networks for sequence "
        "modeling, 2018."
    )
    return [network("TCN", whole, " > ".join(whole), note=note), temporal]
