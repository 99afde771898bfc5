"""Names and shapes of weights by the published definitions, written down from those and not from our drawings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

Shapes = dict[str, tuple[int, ...]]


def conv(name: str, out: int, into: int, kernel: int, *, bias: bool = False) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (out, into, kernel, kernel)
    if bias:
        yield f"{name}.bias", (out,)


def norm(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for key in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{key}", (width,)
    yield f"{name}.num_batches_tracked", ()


def layer_norm(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def linear(name: str, out: int, into: int, *, bias: bool = True) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (out, into)
    if bias:
        yield f"{name}.bias", (out,)


def resnet(depths: tuple[int, ...], *, bottleneck: bool) -> Shapes:
    """torchvision.models.resnet: conv1, bn1, layer1..4 of blocks, fc."""
    grow = 4 if bottleneck else 1
    found = dict(conv("conv1", 64, 3, 7)) | dict(norm("bn1", 64))
    into = 64
    for at, depth in enumerate(depths):
        width = 64 * 2**at
        for block in range(depth):
            key = f"layer{at + 1}.{block}"
            kernels = (1, 3, 1) if bottleneck else (3, 3)
            widths = (width, width, width * grow) if bottleneck else (width, width)
            before = into
            for number, (kernel, out) in enumerate(zip(kernels, widths, strict=True), start=1):
                found |= dict(conv(f"{key}.conv{number}", out, before, kernel))
                found |= dict(norm(f"{key}.bn{number}", out))
                before = out
            if block == 0 and (at or bottleneck):
                found |= dict(conv(f"{key}.downsample.0", width * grow, into, 1))
                found |= dict(norm(f"{key}.downsample.1", width * grow))
            into = width * grow
    return found | dict(linear("fc", 1000, into))


def vgg16() -> Shapes:
    """torchvision.models.vgg16: features of 13 convolutions, classifier."""
    found: Shapes = {}
    into, place = 3, 0
    for step in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if step:
            found |= dict(conv(f"features.{place}", step, into, 3, bias=True))
            into = step
        place += 2 if step else 1
    return found | dict(
        [
            *linear("classifier.0", 4096, 25088),
            *linear("classifier.3", 4096, 4096),
            *linear("classifier.6", 1000, 4096),
        ]
    )


def alexnet() -> Shapes:
    """torchvision.models.alexnet."""
    rows = ((0, 64, 3, 11), (3, 192, 64, 5), (6, 384, 192, 3), (8, 256, 384, 3), (10, 256, 256, 3))
    found: Shapes = {}
    for place, out, into, kernel in rows:
        found |= dict(conv(f"features.{place}", out, into, kernel, bias=True))
    for place, out, width in ((1, 4096, 9216), (4, 4096, 4096), (6, 1000, 4096)):
        found |= dict(linear(f"classifier.{place}", out, width))
    return found


def densenet121() -> Shapes:
    """torchvision.models.densenet121: growth 32, blocks of 6, 12, 24 and 16 layers."""
    found = dict(conv("features.conv0", 64, 3, 7)) | dict(norm("features.norm0", 64))
    width = 64
    for block, depth in enumerate((6, 12, 24, 16), start=1):
        for layer in range(1, depth + 1):
            key = f"features.denseblock{block}.denselayer{layer}"
            found |= dict(norm(f"{key}.norm1", width)) | dict(conv(f"{key}.conv1", 128, width, 1))
            found |= dict(norm(f"{key}.norm2", 128)) | dict(conv(f"{key}.conv2", 32, 128, 3))
            width += 32
        if block < 4:
            key = f"features.transition{block}"
            found |= dict(norm(f"{key}.norm", width)) | dict(conv(f"{key}.conv", width // 2, width, 1))
            width //= 2
    return found | dict(norm("features.norm5", width)) | dict(linear("classifier", 1000, width))


def mobilenet_v2() -> Shapes:
    """torchvision.models.mobilenet_v2 of width 1."""
    found = dict(conv("features.0.0", 32, 3, 3)) | dict(norm("features.0.1", 32))
    into, place = 32, 1
    rows = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
    for expand, out, depth in rows:
        for _ in range(depth):
            key, hidden, at = f"features.{place}.conv", into * expand, 0
            if expand != 1:
                found |= dict(conv(f"{key}.0.0", hidden, into, 1)) | dict(norm(f"{key}.0.1", hidden))
                at = 1
            found |= dict(conv(f"{key}.{at}.0", hidden, 1, 3)) | dict(norm(f"{key}.{at}.1", hidden))
            found |= dict(conv(f"{key}.{at + 1}", out, hidden, 1)) | dict(norm(f"{key}.{at + 2}", out))
            into, place = out, place + 1
    found |= dict(conv("features.18.0", 1280, 320, 1)) | dict(norm("features.18.1", 1280))
    return found | dict(linear("classifier.1", 1000, 1280))


def efficientnet_b0() -> Shapes:
    """torchvision.models.efficientnet_b0."""
    found = dict(conv("features.0.0", 32, 3, 3)) | dict(norm("features.0.1", 32))
    into = 32
    rows = ((1, 3, 16, 1), (6, 3, 24, 2), (6, 5, 40, 2), (6, 3, 80, 3), (6, 5, 112, 3), (6, 5, 192, 4), (6, 3, 320, 1))
    for stage, (expand, kernel, out, depth) in enumerate(rows, start=1):
        for block in range(depth):
            key, hidden, at = f"features.{stage}.{block}.block", into * expand, 0
            if expand != 1:
                found |= dict(conv(f"{key}.0.0", hidden, into, 1)) | dict(norm(f"{key}.0.1", hidden))
                at = 1
            found |= dict(conv(f"{key}.{at}.0", hidden, 1, kernel)) | dict(norm(f"{key}.{at}.1", hidden))
            squeezed = max(1, into // 4)
            found |= dict(conv(f"{key}.{at + 1}.fc1", squeezed, hidden, 1, bias=True))
            found |= dict(conv(f"{key}.{at + 1}.fc2", hidden, squeezed, 1, bias=True))
            found |= dict(conv(f"{key}.{at + 2}.0", out, hidden, 1)) | dict(norm(f"{key}.{at + 2}.1", out))
            into = out
    found |= dict(conv("features.8.0", 1280, 320, 1)) | dict(norm("features.8.1", 1280))
    return found | dict(linear("classifier.1", 1000, 1280))


def vit_b_16() -> Shapes:
    """torchvision.models.vit_b_16: twelve encoder layers of width 768, patches of 16."""
    width = 768
    found: Shapes = {"class_token": (1, 1, width), "encoder.pos_embedding": (1, 14 * 14 + 1, width)}
    found |= dict(conv("conv_proj", width, 3, 16, bias=True))
    for layer in range(12):
        key = f"encoder.layers.encoder_layer_{layer}"
        found |= {f"{key}.{norm}.{name}": (width,) for norm in ("ln_1", "ln_2") for name in ("weight", "bias")}
        found[f"{key}.self_attention.in_proj_weight"] = (3 * width, width)
        found[f"{key}.self_attention.in_proj_bias"] = (3 * width,)
        found |= dict(linear(f"{key}.self_attention.out_proj", width, width))
        found |= dict(linear(f"{key}.mlp.0", 4 * width, width)) | dict(linear(f"{key}.mlp.3", width, 4 * width))
    found |= {"encoder.ln.weight": (width,), "encoder.ln.bias": (width,)}
    return found | dict(linear("heads.head", 1000, width))


def unet() -> Shapes:
    """Pytorch-UNet of milesial, with transposed convolutions, for 3 channels and 1 class."""

    def double_conv(name: str, out: int, into: int) -> Shapes:
        key = f"{name}.double_conv"
        first = dict(conv(f"{key}.0", out, into, 3)) | dict(norm(f"{key}.1", out))
        return first | dict(conv(f"{key}.3", out, out, 3)) | dict(norm(f"{key}.4", out))

    found = double_conv("inc", 64, 3)
    for level in range(1, 5):
        wide, narrow = 64 * 2**level, 32 * 2**level
        found |= double_conv(f"down{level}.maxpool_conv.1", wide, narrow)
        found |= {f"up{5 - level}.up.weight": (wide, narrow, 2, 2), f"up{5 - level}.up.bias": (narrow,)}
        found |= double_conv(f"up{5 - level}.conv", narrow, wide)
    return found | dict(conv("outc.conv", 1, 64, 1, bias=True))


def vae() -> Shapes:
    """The VAE of PyTorch's examples: 784, 400, twice 20, 400 and 784 numbers."""
    rows = (("fc1", 400, 784), ("fc21", 20, 400), ("fc22", 20, 400), ("fc3", 400, 20), ("fc4", 784, 400))
    return {key: shape for name, out, into in rows for key, shape in linear(f"vae.{name}", out, into)}


def dcgan() -> Shapes:
    """Generator and Discriminator of PyTorch's DCGAN tutorial: 100 numbers, images of 64, 64 features."""
    found: Shapes = {}
    widths = (100, 512, 256, 128, 64, 3)
    for at, (into, out) in enumerate(itertools.pairwise(widths)):
        found[f"generator.main.{3 * at}.weight"] = (into, out, 4, 4)
        if out > 3:
            found |= dict(norm(f"generator.main.{3 * at + 1}", out))
    for place, out, into in ((0, 64, 3), (2, 128, 64), (5, 256, 128), (8, 512, 256), (11, 1, 512)):
        found |= dict(conv(f"discriminator.main.{place}", out, into, 4))
        if place and out > 1:
            found |= dict(norm(f"discriminator.main.{place + 1}", out))
    return found


def pointnet() -> Shapes:
    """PointNetCls of pointnet.pytorch for 40 classes, without the biases before norms."""

    def convolutions(name: str) -> Shapes:
        found: Shapes = {}
        for number, (into, out) in enumerate(itertools.pairwise((3, 64, 128, 1024)), start=1):
            found |= {f"{name}.conv{number}.weight": (out, into, 1)} | dict(norm(f"{name}.bn{number}", out))
        return found

    def dense(name: str, norms: tuple[int, int], answers: int) -> Shapes:
        found = dict(linear(f"{name}fc1", 512, 1024, bias=False)) | dict(norm(f"{name}bn{norms[0]}", 512))
        found |= dict(linear(f"{name}fc2", 256, 512, bias=False)) | dict(norm(f"{name}bn{norms[1]}", 256))
        return found | dict(linear(f"{name}fc3", answers, 256))

    inside = convolutions("feat.stn") | dense("feat.stn.", (4, 5), 9)
    return inside | convolutions("feat") | dense("", (1, 2), 40)


def tcn() -> Shapes:
    """TCN of locuslab for images pixel by pixel: eight levels of 25 channels, windows of 7."""
    found: Shapes = {"network.0.downsample.weight": (25, 1, 1), "network.0.downsample.bias": (25,)}
    for level in range(8):
        for number, into in ((1, 25 if level else 1), (2, 25)):
            key = f"network.{level}.conv{number}"
            weight = f"{key}.parametrizations.weight"  # its length and its direction
            found |= {f"{key}.bias": (25,), f"{weight}.original0": (25, 1, 1), f"{weight}.original1": (25, into, 7)}
    return found | dict(linear("linear", 10, 25))


def bert_base() -> Shapes:
    """transformers.BertModel for bert-base-uncased: embeddings, encoder.layer.0 to 11, pooler."""
    width, inner = 768, 3072

    found: Shapes = {
        "embeddings.word_embeddings.weight": (30_522, width),
        "embeddings.position_embeddings.weight": (512, width),
        "embeddings.token_type_embeddings.weight": (2, width),
    }
    found |= dict(layer_norm("embeddings.LayerNorm", width))
    for layer in range(12):
        key = f"encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            found |= dict(linear(f"{key}.attention.self.{name}", width, width))
        found |= dict(linear(f"{key}.attention.output.dense", width, width))
        found |= dict(layer_norm(f"{key}.attention.output.LayerNorm", width))
        found |= dict(linear(f"{key}.intermediate.dense", inner, width))
        found |= dict(linear(f"{key}.output.dense", width, inner))
        found |= dict(layer_norm(f"{key}.output.LayerNorm", width))
    return found | dict(linear("pooler.dense", width, width))


def gpt2() -> Shapes:
    """transformers.GPT2LMHeadModel for gpt2; its Conv1D keeps weights as inputs × outputs."""
    width = 768
    found: Shapes = {"transformer.wte.weight": (50_257, width), "transformer.wpe.weight": (1024, width)}
    for layer in range(12):
        key = f"transformer.h.{layer}"
        found |= dict(layer_norm(f"{key}.ln_1", width)) | dict(layer_norm(f"{key}.ln_2", width))
        rows = (("attn.c_attn", 1, 3), ("attn.c_proj", 1, 1), ("mlp.c_fc", 1, 4), ("mlp.c_proj", 4, 1))
        for name, into, out in rows:
            found |= {f"{key}.{name}.weight": (into * width, out * width), f"{key}.{name}.bias": (out * width,)}
    return found | dict(layer_norm("transformer.ln_f", width)) | {"lm_head.weight": (50_257, width)}


def seq2seq() -> Shapes:
    """EncoderRNN and LuongAttnDecoderRNN of PyTorch's chatbot tutorial, general score; each with its own table."""
    width, words = 500, 10_000

    def gru(name: str, directions: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        for layer in range(2):
            for end in ("", "_reverse")[:directions]:
                into = width * directions if layer else width
                yield f"{name}.weight_ih_l{layer}{end}", (3 * width, into)
                yield f"{name}.weight_hh_l{layer}{end}", (3 * width, width)
                yield f"{name}.bias_ih_l{layer}{end}", (3 * width,)
                yield f"{name}.bias_hh_l{layer}{end}", (3 * width,)

    found: Shapes = {f"{name}.embedding.weight": (words, width) for name in ("encoder", "decoder")}
    found |= dict(gru("encoder.gru", 2)) | dict(gru("decoder.gru", 1))
    found |= dict(linear("decoder.attn.attn", width, width)) | dict(linear("decoder.concat", width, 2 * width))
    return found | dict(linear("decoder.out", words, width))
