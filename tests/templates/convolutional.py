"""Templates for images: from LeNet to EfficientNet, with the names of the weights that are published for them."""

from __future__ import annotations

from sketch import Part, Sketch, answer, block, network, numbered, parameter, part, sequence, source, use

IMAGE = source("image", 3, 224, 224)
LABEL = answer("label")
CHANNELS = parameter("channels", "How many channels leave.")
INPUTS = parameter("inputs", "How many channels arrive.")
STRIDE = parameter("stride", "By how much the image shrinks.", 1)
KERNEL = parameter("kernel", "The side of the window.", 3)
SHRINK_ONCE = "=2 if index == 0 else 1"


def conv(channels: int | str, kernel: int | str, **more: int | str) -> Part:
    """A convolution without a bias, for a norm follows."""
    return part("Conv2d", out_channels=channels, kernel_size=kernel, bias=False, **more)


def wide(channels: int, **more: int) -> Part:
    return part("Conv2d", out_channels=channels, kernel_size=3, padding=1, **more)


RELU = part("ReLU")
NORM = part("BatchNorm2d")
HALVE = part("MaxPool2d", kernel_size=2, stride=2)
AVERAGE = part("AdaptiveAvgPool2d", output_size=1)


def lenet5() -> list[Sketch]:
    parts = {
        "image": source("image", 1, 32, 32),
        "conv1": part("Conv2d", out_channels=6, kernel_size=5),
        "tanh1": part("Tanh"),
        "pool1": part("AvgPool2d", kernel_size=2),
        "conv2": part("Conv2d", out_channels=16, kernel_size=5),
        "tanh2": part("Tanh"),
        "pool2": part("AvgPool2d", kernel_size=2),
        "conv3": part("Conv2d", out_channels=120, kernel_size=5),
        "tanh3": part("Tanh"),
        "flatten": part("Flatten"),
        "fc1": part("Linear", out_features=84),
        "tanh4": part("Tanh"),
        "fc2": part("Linear", out_features=10),
        "label": LABEL,
    }
    note = (
        "# LeNet-5\nThe network that read cheques: convolutions and averaging, then dense layers. For grey images of "
        "32 × 32.\n\nLeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998."
    )
    return [network("LeNet5", parts, " > ".join(parts), note=note)]


def alexnet() -> list[Sketch]:
    features = numbered(
        part("Conv2d", out_channels=64, kernel_size=11, stride=4, padding=2),
        *(RELU, part("MaxPool2d", kernel_size=3, stride=2)),
        part("Conv2d", out_channels=192, kernel_size=5, padding=2),
        *(RELU, part("MaxPool2d", kernel_size=3, stride=2)),
        *(wide(384), RELU, wide(256), RELU, wide(256), RELU),
        part("MaxPool2d", kernel_size=3, stride=2),
    )
    dense = part("Linear", out_features=4096)
    classifier = numbered(
        *(part("Dropout"), dense, RELU, part("Dropout"), dense, RELU, part("Linear", out_features=1000)),
    )
    note = (
        "# AlexNet\nFive convolutions and three dense layers, in the form with one tower. It won ImageNet in 2012 and "
        "began the deep years. For colour images of 224 × 224, 1,000 classes.\n\n"
        "Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks, 2012."
    )
    return [
        _classified("AlexNet", part("AdaptiveAvgPool2d", output_size=6), note),
        sequence("features", features, note="# Features\nFrom the image to 256 maps."),
        sequence("classifier", classifier, note="# Classifier\nFrom the maps to a score for each class."),
    ]


def vgg16() -> list[Sketch]:
    layers: list[Part] = []
    for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [*(one for _ in range(count) for one in (wide(channels), RELU)), HALVE]
    dense = part("Linear", out_features=4096)
    classifier = numbered(
        *(dense, RELU, part("Dropout"), dense, RELU, part("Dropout"), part("Linear", out_features=1000)),
    )
    note = (
        "# VGG-16\nNothing but convolutions of 3 × 3 and halving, sixteen layers with weights. For colour images of "
        "224 × 224, 1,000 classes.\n\n"
        "Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, 2015."
    )
    return [
        _classified("VGG16", part("AdaptiveAvgPool2d", output_size=7), note),
        sequence("features", numbered(*layers), note="# Features\nFive stages; each halves the image."),
        sequence("classifier", classifier, note="# Classifier\nFrom the maps to a score for each class."),
    ]


def _classified(name: str, pool: Part, note: str) -> Sketch:
    parts = {
        "image": IMAGE,
        "features": use("features"),
        "avgpool": pool,
        "flatten": part("Flatten"),
        "classifier": use("classifier"),
        "label": LABEL,
    }
    return network(name, parts, " > ".join(parts), note=note)


DOWNSAMPLE = sequence(
    "downsample",
    {"conv": conv("=channels", 1, stride="=stride"), "bn": NORM},
    note="# Downsample\nBrings the shortcut to the size of what it is added to.",
    takes=(CHANNELS, STRIDE),
)


def resnet18() -> list[Sketch]:
    basic = block(
        "basic_block",
        {
            "conv1": conv("=channels", 3, padding=1, stride="=stride"),
            "bn1": NORM,
            "relu1": RELU,
            "conv2": conv("=channels", 3, padding=1),
            "bn2": NORM,
            "downsample": use("downsample", channels="=channels", stride="=stride", when="=stride != 1"),
            "add": part("add"),
            "relu2": RELU,
        },
        "input > conv1 > bn1 > relu1 > conv2 > bn2 > add > relu2 > output",
        "input > downsample > add",
        note="# Basic block\nTwo convolutions and a shortcut around them.",
        takes=(CHANNELS, STRIDE),
    )
    layers = {
        f"layer{at + 1}": use("basic_block", channels=64 * 2**at, repeat=2, **({"stride": SHRINK_ONCE} if at else {}))
        for at in range(4)
    }
    note = (
        "# ResNet-18\nShortcuts let what a layer gets flow around it, so deep networks learn. For colour images of "
        "224 × 224, 1,000 classes.\n\nHe, Zhang, Ren, Sun: Deep residual learning for image recognition, 2016."
    )
    return [_residual("ResNet18", layers, note), DOWNSAMPLE, basic]


def resnet50() -> list[Sketch]:
    bottleneck = block(
        "bottleneck",
        {
            "conv1": conv("=channels", 1),
            "bn1": NORM,
            "relu1": RELU,
            "conv2": conv("=channels", 3, padding=1, stride="=stride"),
            "bn2": NORM,
            "relu2": RELU,
            "conv3": conv("=channels * 4", 1),
            "bn3": NORM,
            "downsample": use("downsample", channels="=channels * 4", stride="=stride", when="=downsamples"),
            "add": part("add"),
            "relu3": RELU,
        },
        "input > conv1 > bn1 > relu1 > conv2 > bn2 > relu2 > conv3 > bn3 > add > relu3 > output",
        "input > downsample > add",
        note="# Bottleneck\nNarrows, looks around, widens again, and adds a shortcut.",
        takes=(
            parameter("channels", "The width inside; four times as many leave."),
            STRIDE,
            parameter("downsamples", "Whether the shortcut must change its size, too.", False),
        ),
    )
    layers = {
        f"layer{at + 1}": use(
            "bottleneck",
            channels=64 * 2**at,
            repeat=repeat,
            downsamples="=index == 0",
            **({"stride": SHRINK_ONCE} if at else {}),
        )
        for at, repeat in enumerate((3, 4, 6, 3))
    }
    note = (
        "# ResNet-50\nFifty layers with weights, in bottlenecks with shortcuts; the stride stands in the 3 × 3 "
        "convolution. For colour images of 224 × 224, 1,000 classes.\n\n"
        "He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2016."
    )
    return [_residual("ResNet50", layers, note), DOWNSAMPLE, bottleneck]


def _residual(name: str, layers: dict[str, Part], note: str) -> Sketch:
    parts = {
        "image": IMAGE,
        "conv1": conv(64, 7, stride=2, padding=3),
        "bn1": NORM,
        "relu": RELU,
        "maxpool": part("MaxPool2d", kernel_size=3, stride=2, padding=1),
        **layers,
        "avgpool": AVERAGE,
        "flatten": part("Flatten"),
        "fc": part("Linear", out_features=1000),
        "label": LABEL,
    }
    return network(name, parts, " > ".join(parts), note=note)


def resnet20() -> list[Sketch]:
    shortcut = block(
        "shortcut",
        {
            "halve": part("AvgPool2d", kernel_size=1, stride=2),
            "widen": part("pad", pad=(0, 0, 0, 0, "=channels // 4", "=channels // 4")),
        },
        "input > halve > widen > output",
        note="# Shortcut\nTakes every second pixel and adds channels of zeros; it has no weights (option A).",
        takes=(CHANNELS,),
    )
    basic = block(
        "basic_block",
        {
            "conv1": conv("=channels", 3, padding=1, stride="=stride"),
            "bn1": NORM,
            "relu1": part("ReLU"),
            "conv2": conv("=channels", 3, padding=1),
            "bn2": NORM,
            "shortcut": use("shortcut", channels="=channels", when="=stride != 1"),
            "add": part("add"),
            "relu2": part("ReLU"),
        },
        "input > conv1 > bn1 > relu1 > conv2 > bn2 > add > relu2 > output",
        "input > shortcut > add",
        note="# Basic block\nTwo convolutions and a shortcut around them.",
        takes=(CHANNELS, STRIDE),
    )
    layers = {
        f"layer{at + 1}": use("basic_block", channels=16 * 2**at, repeat=3, **({"stride": SHRINK_ONCE} if at else {}))
        for at in range(3)
    }
    parts = {
        "image": source("image", 3, 32, 32),
        "conv1": conv(16, 3, padding=1),
        "bn1": NORM,
        "relu": part("ReLU"),
        **layers,
        "avgpool": AVERAGE,
        "flatten": part("Flatten"),
        "linear": part("Linear", out_features=10),
        "label": LABEL,
    }
    note = (
        "# ResNet-20\nThe small residual network for CIFAR-10, with shortcuts that have no weights. For colour images "
        "of 32 × 32, 10 classes.\n\nHe, Zhang, Ren, Sun: Deep residual learning for image recognition, 2016."
    )
    return [network("ResNet20", parts, " > ".join(parts), note=note), shortcut, basic]


def densenet121() -> list[Sketch]:
    layer = block(
        "dense_layer",
        {
            "norm1": NORM,
            "relu1": RELU,
            "conv1": conv("=growth * 4", 1),
            "norm2": NORM,
            "relu2": RELU,
            "conv2": conv("=growth", 3, padding=1),
            "cat": part("cat", dim=1),
        },
        "input > cat",
        "input > norm1 > relu1 > conv1 > norm2 > relu2 > conv2 > cat > output",
        note="# Dense layer\nAdds a few channels to all that came before.",
        takes=(parameter("growth", "How many channels are added.", 32),),
    )
    transition = block(
        "transition",
        {"norm": NORM, "relu": RELU, "conv": conv("=channels", 1), "pool": part("AvgPool2d", kernel_size=2)},
        "input > norm > relu > conv > pool > output",
        note="# Transition\nHalves the channels and the sides of the image.",
        takes=(CHANNELS,),
    )
    parts: dict[str, Part] = {
        "input": source(),
        "conv0": conv(64, 7, stride=2, padding=3),
        "norm0": NORM,
        "relu0": RELU,
        "pool0": part("MaxPool2d", kernel_size=3, stride=2, padding=1),
    }
    for at, (repeat, channels) in enumerate(((6, 128), (12, 256), (24, 512), (16, 0)), start=1):
        parts[f"denseblock{at}"] = use("dense_layer", repeat=repeat, prefix="denselayer", first=1)
        if channels:
            parts[f"transition{at}"] = use("transition", channels=channels)
    parts |= {"norm5": NORM, "output": answer()}
    whole = {
        "image": IMAGE,
        "features": use("features"),
        "relu": RELU,
        "avgpool": AVERAGE,
        "flatten": part("Flatten"),
        "classifier": part("Linear", out_features=1000),
        "label": LABEL,
    }
    note = (
        "# DenseNet-121\nEach layer sees all that the layers before it made. For colour images of 224 × 224, "
        "1,000 classes.\n\nHuang, Liu, van der Maaten, Weinberger: Densely connected convolutional networks, 2017."
    )
    return [
        network("DenseNet121", whole, " > ".join(whole), note=note),
        layer,
        transition,
        block("features", parts, " > ".join(parts), note="# Features\nFour dense blocks, thinned out in between."),
    ]
