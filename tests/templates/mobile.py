"""Templates for images on small devices: inverted residuals with narrow ends."""

from __future__ import annotations

from convolutional import AVERAGE, CHANNELS, IMAGE, INPUTS, KERNEL, LABEL, NORM, SHRINK_ONCE, STRIDE, conv
from sketch import Part, Sketch, block, network, parameter, part, sequence, use

GROUPS = parameter("groups", "In how many groups channels stay apart.", 1)
EXPAND = parameter("expand", "How many times wider it is inside.", 6)
KEEPS = "=stride == 1 and inputs == channels"


def _conv_norm(activation: Part) -> Sketch:
    window = conv("=channels", "=kernel", stride="=stride", padding="=kernel // 2", groups="=groups")
    return sequence(
        "conv_norm",
        {"conv": window, "norm": NORM, "act": activation},
        note="# Convolution, norm, activation",
        takes=(CHANNELS, KERNEL, STRIDE, GROUPS),
    )


def _ends(name: str, note: str, dropout: float) -> tuple[Sketch, Sketch]:
    parts = {
        "image": IMAGE,
        "features": use("features"),
        "avgpool": AVERAGE,
        "flatten": part("Flatten"),
        "classifier": use("classifier"),
        "label": LABEL,
    }
    classifier = {"dropout": part("Dropout", p=dropout), "linear": part("Linear", out_features=1000)}
    return (
        network(name, parts, " > ".join(parts), note=note),
        sequence("classifier", classifier, note="# Classifier\nA score for each class."),
    )


def mobilenet_v2() -> list[Sketch]:
    separable = block(
        "separable",
        {"conv": use("separable_path")},
        "input > conv > output",
        note="# Separable\nThe first block does not widen: each channel by itself, then all together.",
    )
    separable_path = sequence(
        "separable_path",
        {"depthwise": use("conv_norm", channels=32, groups=32), "project": conv(16, 1), "norm": NORM},
        note="# Separable path",
    )
    inverted = block(
        "inverted_residual",
        {
            "conv": use("inverted_path", hidden="=inputs * expand", channels="=channels", stride="=stride"),
            "add": part("add", when=KEEPS),
        },
        "input > conv > add > output",
        "input > add",
        note="# Inverted residual\nWidens, looks at each channel by itself, narrows; a shortcut where sizes agree.",
        takes=(INPUTS, CHANNELS, STRIDE, EXPAND),
    )
    inverted_path = sequence(
        "inverted_path",
        {
            "expand": use("conv_norm", channels="=hidden", kernel=1),
            "depthwise": use("conv_norm", channels="=hidden", stride="=stride", groups="=hidden"),
            "project": conv("=channels", 1),
            "norm": NORM,
        },
        note="# Inverted path",
        takes=(parameter("hidden", "The width inside."), CHANNELS, STRIDE),
    )
    features: dict[str, Part] = {"stem": use("conv_norm", channels=32, stride=2)}
    features["separable"] = use("separable")
    inputs = 16
    for at, (channels, repeat, stride) in enumerate(
        ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)), start=1
    ):
        features[f"stage{at}"] = _stage("inverted_residual", inputs, channels, repeat, stride)
        inputs = channels
    features["head"] = use("conv_norm", channels=1280, kernel=1)
    whole, classifier = _ends("MobileNetV2", _MOBILENET, 0.2)
    return [
        whole,
        classifier,
        sequence("features", features, note="# Features\nFrom the image to 1,280 maps."),
        inverted,
        inverted_path,
        separable,
        separable_path,
        _conv_norm(part("ReLU6")),
    ]


def _stage(name: str, inputs: int, channels: int, repeat: int, stride: int) -> Part:
    more: dict[str, int | str] = {"stride": SHRINK_ONCE if repeat > 1 else stride} if stride > 1 else {}
    if repeat == 1:
        return use(name, inputs=inputs, channels=channels, **more)
    first = f"={inputs} if index == 0 else {channels}"
    return use(name, inputs=first, channels=channels, repeat=repeat, **more)


_MOBILENET = (
    "# MobileNetV2\nInverted residuals with linear ends: few numbers travel, many are looked at. For colour images of "
    "224 × 224, 1,000 classes.\n\n"
    "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: inverted residuals and linear bottlenecks, 2018."
)
_EFFICIENTNET = (
    "# EfficientNet-B0\nInverted residuals with squeeze and excitation; depth, width and size were balanced. Whole "
    "samples skip a block at random in training. For colour images of 224 × 224, 1,000 classes.\n\n"
    "Tan, Le: EfficientNet: rethinking model scaling for convolutional neural networks, 2019."
)


def efficientnet_b0() -> list[Sketch]:
    squeeze = block(
        "squeeze_excitation",
        {
            "avgpool": AVERAGE,
            "fc1": part("Conv2d", out_channels="=squeezed", kernel_size=1),
            "activation": part("SiLU"),
            "fc2": part("Conv2d", out_channels="=channels", kernel_size=1),
            "scale_activation": part("Sigmoid"),
            "scale": part("mul"),
        },
        "input > avgpool > fc1 > activation > fc2 > scale_activation > scale > output",
        "input > scale",
        note="# Squeeze and excitation\nWeighs the channels by what the whole image shows.",
        takes=(CHANNELS, parameter("squeezed", "How many numbers the image is squeezed into.")),
    )
    depth = block(
        "stochastic_depth",
        {
            "one": part("index", places=":, :1, :1, :1"),
            "ones": part("ones_like"),
            "dropout": part("Dropout", p="=p"),
            "keep": part("mul"),
        },
        "input > one > ones > dropout > keep > output",
        "input > keep",
        note="# Stochastic depth\nSwitches whole samples off while training, and makes up for it with the others.",
        takes=(parameter("p", "The share of samples that are switched off.", 0.2),),
    )
    first = block(
        "separable",
        {"block": use("separable_path")},
        "input > block > output",
        note="# Separable\nThe first block does not widen.",
    )
    first_path = sequence(
        "separable_path",
        {
            "depthwise": use("conv_norm", channels=32, groups=32),
            "squeeze": use("squeeze_excitation", channels=32, squeezed=8),
            "project": use("project", channels=16),
        },
        note="# Separable path",
    )
    mbconv = block(
        "mb_conv",
        {
            "block": use(
                "mb_path",
                hidden="=inputs * expand",
                squeezed="=inputs // 4",
                **{name: f"={name}" for name in ("channels", "kernel", "stride")},
            ),
            "stochastic_depth": use("stochastic_depth", p="=drop", when=KEEPS),
            "add": part("add", when=KEEPS),
        },
        "input > block > stochastic_depth > add > output",
        "input > add",
        note="# MBConv\nWidens, looks at each channel by itself, weighs the channels, narrows; a shortcut where "
        "sizes agree.",
        takes=(INPUTS, CHANNELS, KERNEL, STRIDE, EXPAND, parameter("drop", "The share of samples that skip it.", 0.0)),
    )
    path = sequence(
        "mb_path",
        {
            "expand": use("conv_norm", channels="=hidden", kernel=1),
            "depthwise": use("conv_norm", channels="=hidden", kernel="=kernel", stride="=stride", groups="=hidden"),
            "squeeze": use("squeeze_excitation", channels="=hidden", squeezed="=squeezed"),
            "project": use("project", channels="=channels"),
        },
        note="# MBConv path",
        takes=(
            parameter("hidden", "The width inside."),
            parameter("squeezed", "How many numbers the image is squeezed into."),
            *(CHANNELS, KERNEL, STRIDE),
        ),
    )
    project = sequence(
        "project", {"conv": conv("=channels", 1), "norm": NORM}, note="# Convolution and norm", takes=(CHANNELS,)
    )
    stage = sequence(
        "stage",
        {
            "mb_conv": use(
                "mb_conv",
                inputs="=inputs if index == 0 else channels",
                channels="=channels",
                kernel="=kernel",
                stride="=stride if index == 0 else 1",
                drop="=0.2 * (place + index) / 16",
                repeat="=repeats",
            )
        },
        note="# Stage\nBlocks of one width; the first shrinks the image.",
        takes=(
            *(INPUTS, CHANNELS, KERNEL, STRIDE),
            parameter("repeats", "How many blocks there are."),
            parameter("place", "How many blocks came before."),
        ),
    )
    features: dict[str, Part] = {"stem": use("conv_norm", channels=32, stride=2), "stage1": use("first_stage")}
    inputs, place = 16, 1
    for at, (channels, kernel, stride, repeats) in enumerate(
        ((24, 3, 2, 2), (40, 5, 2, 2), (80, 3, 2, 3), (112, 5, 1, 3), (192, 5, 2, 4), (320, 3, 1, 1)), start=2
    ):
        features[f"stage{at}"] = use(
            "stage", inputs=inputs, channels=channels, kernel=kernel, stride=stride, repeats=repeats, place=place
        )
        inputs, place = channels, place + repeats
    features["head"] = use("conv_norm", channels=1280, kernel=1)
    whole, classifier = _ends("EfficientNetB0", _EFFICIENTNET, 0.2)
    return [
        whole,
        classifier,
        sequence("features", features, note="# Features\nFrom the image to 1,280 maps."),
        sequence("first_stage", {"separable": use("separable")}, note="# First stage"),
        *(stage, mbconv, path, first, first_path, squeeze, depth, project, _conv_norm(part("SiLU"))),
    ]
