"""Templates that look at images in other ways than a chain of convolutions: in patches, and at every pixel."""

from __future__ import annotations

from convolutional import CHANNELS, IMAGE, LABEL, NORM, RELU, conv
from sketch import Sketch, answer, block, network, numbered, parameter, part, sequence, source, use

_DROP = parameter("drop", "The share of numbers switched off while training.", 0.0)
_LAYER_NORM = part("LayerNorm", eps=1e-06)


def vit_b_16() -> list[Sketch]:
    whole = {
        "image": IMAGE,
        "conv_proj": part("Conv2d", out_channels=768, kernel_size=16, stride=16),
        "patches": part("Flatten", start_dim=2),
        "tokens": part("transpose", dim0=1, dim1=2),
        "class_token": part("parameter", shape=(1, 1, 768)),
        "once_each": part("expand_batch"),
        "cat": part("cat", dim=1),
        "encoder": use("encoder"),
        "first": part("index", places=":, 0"),
        "heads": use("heads"),
        "label": LABEL,
    }
    encoder = block(
        "encoder",
        {
            "pos_embedding": part("parameter", shape=(1, 197, 768), fill="normal", std=0.02),
            "add": part("add"),
            "dropout": part("Dropout", p="=drop"),
            "layers": use("encoder_layer", drop="=drop", repeat=12, prefix="encoder_layer_"),
            "ln": _LAYER_NORM,
        },
        "input > add > dropout > layers > ln > output",
        "pos_embedding > add",
        note="# Encoder\nTells each patch where it lies; then twelve layers in which patches look at one another.",
        takes=(_DROP,),
    )
    layer = block(
        "encoder_layer",
        {
            "ln_1": _LAYER_NORM,
            "self_attention": part(
                "MultiheadAttention", num_heads=12, dropout="=drop", batch_first=True, need_weights=False
            ),
            "dropout": part("Dropout", p="=drop"),
            "add_1": part("add"),
            "ln_2": _LAYER_NORM,
            "mlp": use("mlp", drop="=drop"),
            "add_2": part("add"),
        },
        "input > ln_1 > self_attention.query",
        "ln_1 > self_attention.key",
        "ln_1 > self_attention.value",
        "self_attention > dropout > add_1 > ln_2 > mlp > add_2 > output",
        "input > add_1 > add_2",
        note="# Encoder layer\nEach patch looks at all others, then thinks by itself; shortcuts lead around both.",
        takes=(_DROP,),
    )
    mlp = sequence(
        "mlp",
        {
            "wide": part("Linear", out_features=3072),
            "gelu": part("GELU"),
            "dropout1": part("Dropout", p="=drop"),
            "narrow": part("Linear", out_features=768),
            "dropout2": part("Dropout", p="=drop"),
        },
        note="# MLP\nTwo dense layers, for each patch by itself.",
        takes=(_DROP,),
    )
    heads = block(
        "heads",
        {"head": part("Linear", out_features=1000)},
        "input > head > output",
        note="# Heads\nA score for each class.",
    )
    note = (
        "# ViT-B/16\nCuts the image into patches of 16 × 16 and reads them like words; a token of its own gathers what "
        "they say. For colour images of 224 × 224, 1,000 classes.\n\n"
        "Dosovitskiy, Beyer, Kolesnikov and others: An image is worth 16 × 16 words, 2021."
    )
    main = network(
        "ViTB16",
        whole,
        "class_token > once_each > cat",
        "image > conv_proj > patches > tokens > cat > encoder > first > heads > label",
        "tokens > once_each.like",
        note=note,
    )
    return [main, encoder, layer, mlp, heads]


def unet() -> list[Sketch]:
    double = block(
        "double_conv",
        {"double_conv": use("twice", channels="=channels")},
        "input > double_conv > output",
        note="# Double convolution\nTwo convolutions of 3 × 3, each with a norm and ReLU.",
        takes=(CHANNELS,),
    )
    twice = sequence(
        "twice",
        numbered(*(one for _ in range(2) for one in (conv("=channels", 3, padding=1), NORM, RELU))),
        note="# Twice",
        takes=(CHANNELS,),
    )
    down = block(
        "down",
        {"maxpool_conv": use("narrowed", channels="=channels")},
        "input > maxpool_conv > output",
        note="# Down\nHalves the image, then looks twice.",
        takes=(CHANNELS,),
    )
    narrowed = sequence(
        "narrowed",
        {"pool": part("MaxPool2d", kernel_size=2), "conv": use("double_conv", channels="=channels")},
        note="# Narrowed",
        takes=(CHANNELS,),
    )
    up = block(
        "up",
        {
            "across": source(),
            "below": source(),
            "up": part("ConvTranspose2d", out_channels="=channels", kernel_size=2, stride=2),
            "cat": part("cat", dim=1),
            "conv": use("double_conv", channels="=channels"),
        },
        "across > cat",
        "below > up > cat > conv > output",
        note="# Up\nDoubles the image and joins it to what the way down saw at this size.",
        takes=(CHANNELS,),
    )
    parts = {"image": IMAGE, "inc": use("double_conv", channels=64)}
    parts |= {f"down{at}": use("down", channels=64 * 2**at) for at in range(1, 5)}
    parts |= {f"up{at}": use("up", channels=1024 // 2**at) for at in range(1, 5)}
    parts |= {"outc": use("out_conv", channels=1), "mask": answer("mask")}
    out = block(
        "out_conv",
        {"conv": part("Conv2d", out_channels="=channels", kernel_size=1)},
        "input > conv > output",
        note="# Out\nA score for each pixel.",
        takes=(CHANNELS,),
    )
    note = (
        "# U-Net\nThe way down sees what is there, the way up says where; shortcuts bring the fine detail across. For "
        "colour images whose sides 16 divides; answers a score for each pixel.\n\n"
        "Ronneberger, Fischer, Brox: U-Net: convolutional networks for biomedical image segmentation, 2015; with "
        "padding and norms, as in Pytorch-UNet."
    )
    levels = ["inc", *(f"down{at}" for at in range(1, 5))]
    main = network(
        "UNet",
        parts,
        "image > inc > down1 > down2 > down3 > down4 > up1.below",
        *(f"{levels[-1 - at]} > up{at}.across" for at in range(1, 5)),
        *(f"up{at} > up{at + 1}.below" for at in range(1, 4)),
        "up4 > outc > mask",
        note=note,
    )
    return [main, double, twice, down, narrowed, up, out]
