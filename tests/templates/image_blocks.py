"""Blocks of the library for images: what residual, dense, mobile, inception and segmenting networks are built of."""

from __future__ import annotations

from convolutional import NORM, RELU, STRIDE, conv
from graph.model import Parameter
from graph.ops.spec import AutoRule
from sketch import Part, Sketch, answer, block, numbered, parameter, part, sequence, source, use


def following(name: str, doc: str, axis: int = 1, port: str = "input") -> Parameter:
    """A parameter that is a size of what arrives, until it is set."""
    return Parameter(name=name, doc=doc, auto=AutoRule(port=port, axis=axis))


INPUTS = following("inputs", "How many channels arrive.")
CHANNELS = following("channels", "How many channels leave; as many as arrive while it is not set.")
_DIFFERS = "=stride != 1 or inputs != channels"
_KEEPS = "=stride == 1 and inputs == channels"
_WIDTH = parameter("channels", "How many channels leave.", 64)

_SHORTCUT = sequence(
    "shortcut",
    {"conv": conv("=channels", 1, stride="=stride"), "norm": NORM},
    note="# Shortcut\nBrings what passes by to the size of what it is added to.",
    takes=(CHANNELS, STRIDE),
)


def _past(when: str = _DIFFERS) -> Part:
    return use("shortcut", channels="=channels", stride="=stride", when=when)


def residual() -> list[Sketch]:
    parts = {
        "conv1": conv("=channels", 3, padding=1, stride="=stride"),
        "norm1": NORM,
        "relu1": RELU,
        "conv2": conv("=channels", 3, padding=1),
        "norm2": NORM,
        "shortcut": _past(),
        "add": part("add"),
        "relu2": RELU,
    }
    note = (
        "# Residual block\nTwo convolutions, and a shortcut around them that keeps deep networks learning; it has a "
        "convolution only where sizes differ.\n\nHe, Zhang, Ren, Sun: Deep residual learning, 2016."
    )
    chains = "input > conv1 > norm1 > relu1 > conv2 > norm2 > add > relu2 > output", "input > shortcut > add"
    return [block("residual", parts, *chains, note=note, takes=(INPUTS, CHANNELS, STRIDE)), _SHORTCUT]


def residual_bottleneck() -> list[Sketch]:
    narrow = "=max(channels // reduction, 1)"
    parts = {
        "conv1": conv(narrow, 1),
        "norm1": NORM,
        "relu1": RELU,
        "conv2": conv(narrow, 3, padding=1, stride="=stride"),
        "norm2": NORM,
        "relu2": RELU,
        "conv3": conv("=channels", 1),
        "norm3": NORM,
        "shortcut": _past(),
        "add": part("add"),
        "relu3": RELU,
    }
    note = (
        "# Residual bottleneck\nNarrows, looks around, widens again, with a shortcut past all of it; cheaper than two "
        "wide convolutions.\n\nHe, Zhang, Ren, Sun: Deep residual learning, 2016; the stride as in ResNet V1.5."
    )
    return [
        block(
            "residual_bottleneck",
            parts,
            "input > conv1 > norm1 > relu1 > conv2 > norm2 > relu2 > conv3 > norm3 > add > relu3 > output",
            "input > shortcut > add",
            note=note,
            takes=(INPUTS, CHANNELS, STRIDE, parameter("reduction", "How many times narrower it is inside.", 4)),
        ),
        _SHORTCUT,
    ]


def residual_preactivation() -> list[Sketch]:
    parts = {
        "norm1": NORM,
        "relu1": RELU,
        "conv1": conv("=channels", 3, padding=1, stride="=stride"),
        "norm2": NORM,
        "relu2": RELU,
        "conv2": conv("=channels", 3, padding=1),
        "shortcut": conv("=channels", 1, stride="=stride", when=_DIFFERS),
        "add": part("add"),
    }
    note = (
        "# Pre-activation residual\nNorm and ReLU come before each convolution, so that nothing stands in the "
        "way of the shortcut.\n\nHe, Zhang, Ren, Sun: Identity mappings in deep residual networks, 2016."
    )
    chains = "input > norm1 > relu1 > conv1 > norm2 > relu2 > conv2 > add > output", "input > shortcut > add"
    return [block("residual_preactivation", parts, *chains, note=note, takes=(INPUTS, CHANNELS, STRIDE))]


def inverted_residual() -> list[Sketch]:
    widen = sequence(
        "widen",
        {"conv": conv("=channels", 1), "norm": NORM, "relu": part("ReLU6")},
        note="# Widen\nMore channels, each a mix of those that arrive.",
        takes=(parameter("channels", "How many channels leave."),),
    )
    hidden = "=inputs * expansion"
    parts = {
        "widen": use("widen", channels=hidden, when="=expansion != 1"),
        "depthwise": conv(hidden, "=kernel", padding="=kernel // 2", stride="=stride", groups=hidden),
        "norm1": NORM,
        "relu1": part("ReLU6"),
        "narrow": conv("=channels", 1),
        "norm2": NORM,
        "add": part("add", when=_KEEPS),
    }
    note = (
        "# Inverted residual\nWidens, looks at each channel by itself, narrows; a shortcut where sizes agree. Made for "
        "small devices.\n\nSandler and others: MobileNetV2: inverted residuals and linear bottlenecks, 2018."
    )
    takes = (
        *(INPUTS, CHANNELS, STRIDE),
        parameter("expansion", "How many times wider it is inside.", 6),
        parameter("kernel", "The side of the window.", 3),
    )
    chain = "input > widen > depthwise > norm1 > relu1 > narrow > norm2 > add > output"
    return [block("inverted_residual", parts, chain, "input > add", note=note, takes=takes), widen]


def squeeze_excite() -> list[Sketch]:
    parts = {
        "pool": part("AdaptiveAvgPool2d", output_size=1),
        "squeeze": part("Conv2d", out_channels="=max(channels // reduction, 1)", kernel_size=1),
        "relu": RELU,
        "excite": part("Conv2d", out_channels="=channels", kernel_size=1),
        "sigmoid": part("Sigmoid"),
        "scale": part("mul"),
    }
    note = (
        "# Squeeze and excite\nWeighs the channels by what the whole image shows.\n\n"
        "Hu, Shen, Sun: Squeeze-and-excitation networks, 2018."
    )
    takes = (
        following("channels", "How many channels arrive and leave."),
        parameter("reduction", "How many times fewer numbers the image is squeezed into.", 16),
    )
    chains = "input > pool > squeeze > relu > excite > sigmoid > scale > output", "input > scale"
    return [block("squeeze_excite", parts, *chains, note=note, takes=takes)]


def inception() -> list[Sketch]:
    def looked(channels: str, kernel: int) -> Part:
        return part("Conv2d", out_channels=channels, kernel_size=kernel, padding=kernel // 2)

    parts: dict[str, Part] = {
        "conv1": looked("=ones", 1),
        "relu1": RELU,
        "reduce3": looked("=before_threes", 1),
        "relu2": RELU,
        "conv3": looked("=threes", 3),
        "relu3": RELU,
        "reduce5": looked("=before_fives", 1),
        "relu4": RELU,
        "conv5": looked("=fives", 5),
        "relu5": RELU,
        "pool": part("MaxPool2d", kernel_size=3, stride=1, padding=1),
        "project": looked("=pooled", 1),
        "relu6": RELU,
        "cat": part("cat", dim=1),
    }
    note = (
        "# Inception module\nLooks at the image through windows of several sizes at once, and puts what they see side "
        "by side.\n\nSzegedy and others: Going deeper with convolutions, 2015."
    )
    return [
        block(
            "inception",
            parts,
            "input > conv1 > relu1 > cat > output",
            "input > reduce3 > relu2 > conv3 > relu3 > cat",
            "input > reduce5 > relu4 > conv5 > relu5 > cat",
            "input > pool > project > relu6 > cat",
            note=note,
            takes=(
                parameter("ones", "Channels of the windows of 1 × 1.", 64),
                parameter("before_threes", "To how many channels the image is narrowed before windows of 3 × 3.", 96),
                parameter("threes", "Channels of the windows of 3 × 3.", 128),
                parameter("before_fives", "To how many channels the image is narrowed before windows of 5 × 5.", 16),
                parameter("fives", "Channels of the windows of 5 × 5.", 32),
                parameter("pooled", "Channels of what is pooled.", 32),
            ),
        )
    ]


def dense_block() -> list[Sketch]:
    growth = parameter("growth", "How many channels each layer adds.", 32)
    widening = parameter("widening", "How many times wider than that a layer is inside.", 4)
    layer = block(
        "dense_layer",
        {
            "norm1": NORM,
            "relu1": RELU,
            "conv1": conv("=growth * widening", 1),
            "norm2": NORM,
            "relu2": RELU,
            "conv2": conv("=growth", 3, padding=1),
            "cat": part("cat", dim=1),
        },
        "input > cat",
        "input > norm1 > relu1 > conv1 > norm2 > relu2 > conv2 > cat > output",
        note="# Dense layer\nAdds a few channels to all that came before.",
        takes=(growth, widening),
    )
    note = (
        "# Dense block\nEach layer sees all that the layers before it made, and adds a few channels.\n\n"
        "Huang, Liu, van der Maaten, Weinberger: Densely connected convolutional networks, 2017."
    )
    layers = use("dense_layer", growth="=growth", widening="=widening", repeat="=layers")
    takes = (parameter("layers", "How many layers there are.", 4), growth, widening)
    return [block("dense_block", {"layer": layers}, "input > layer > output", note=note, takes=takes), layer]


def _twice() -> Sketch:
    return sequence(
        "double_conv",
        numbered(*(one for _ in range(2) for one in (conv("=channels", 3, padding=1), NORM, RELU))),
        note="# Double convolution\nTwo convolutions of 3 × 3, each with a norm and ReLU.",
        takes=(parameter("channels", "How many channels leave."),),
    )


def unet_down() -> list[Sketch]:
    parts = {
        "input": source(),
        "look": use("double_conv", channels="=channels"),
        "pool": part("MaxPool2d", kernel_size=2),
        "across": answer(),
        "below": answer(),
    }
    note = (
        "# U-Net level, down\nLooks twice and halves the image; wire across to the level up of the same size, and "
        "below to the next level.\n\nRonneberger, Fischer, Brox: U-Net, 2015; with padding and norms."
    )
    chains = "input > look > across", "look > pool > below"
    return [block("unet_down", parts, *chains, note=note, takes=(_WIDTH,)), _twice()]


def unet_up() -> list[Sketch]:
    parts = {
        "across": source(),
        "below": source(),
        "grow": part("ConvTranspose2d", out_channels="=channels", kernel_size=2, stride=2),
        "cat": part("cat", dim=1),
        "look": use("double_conv", channels="=channels"),
    }
    note = (
        "# U-Net level, up\nDoubles the image from below, joins it to what comes across from the way down, and looks "
        "twice.\n\nRonneberger, Fischer, Brox: U-Net, 2015; with padding and norms."
    )
    doc = "How many channels leave; as many as come across while it is not set."
    channels = following("channels", doc, port="across")
    chains = "across > cat", "below > grow > cat > look > output"
    return [block("unet_up", parts, *chains, note=note, takes=(channels,)), _twice()]


def patch_embedding() -> list[Sketch]:
    parts = {
        "project": part("Conv2d", out_channels="=width", kernel_size="=patch", stride="=patch"),
        "flatten": part("Flatten", start_dim=2),
        "tokens": part("transpose", dim0=1, dim1=2),
    }
    note = (
        "# Patch embedding\nCuts an image into square patches and makes a vector of each, so that a transformer can "
        "read it like words.\n\nDosovitskiy and others: An image is worth 16 × 16 words, 2021."
    )
    takes = (
        parameter("width", "How many numbers stand for a patch.", 192),
        parameter("patch", "The side of a patch.", 16),
    )
    return [block("patch_embedding", parts, "input > project > flatten > tokens > output", note=note, takes=takes)]
