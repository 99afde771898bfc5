"""The blocks that ship, written by hand as people write them in PyTorch, with the same names of weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Shapes = Mapping[str, tuple[int, ...]]


def conv(into: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False)


class Residual(nn.Module):
    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = conv(into, out, 3, stride), nn.BatchNorm2d(out)
        self.conv2, self.norm2 = conv(out, out, 3), nn.BatchNorm2d(out)
        differs = stride != 1 or into != out
        self.shortcut = nn.Sequential(conv(into, out, 1, stride), nn.BatchNorm2d(out)) if differs else nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Bottleneck(nn.Module):
    def __init__(self, into: int, out: int, stride: int, reduction: int) -> None:
        super().__init__()
        narrow = out // reduction
        self.conv1, self.norm1 = conv(into, narrow, 1), nn.BatchNorm2d(narrow)
        self.conv2, self.norm2 = conv(narrow, narrow, 3, stride), nn.BatchNorm2d(narrow)
        self.conv3, self.norm3 = conv(narrow, out, 1), nn.BatchNorm2d(out)
        differs = stride != 1 or into != out
        self.shortcut = nn.Sequential(conv(into, out, 1, stride), nn.BatchNorm2d(out)) if differs else nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        y = functional.relu(self.norm2(self.conv2(y)))
        return functional.relu(self.norm3(self.conv3(y)) + self.shortcut(x))


class Preactivation(nn.Module):
    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(into), conv(into, out, 3, stride)
        self.norm2, self.conv2 = nn.BatchNorm2d(out), conv(out, out, 3)
        self.shortcut = conv(into, out, 1, stride) if stride != 1 or into != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(functional.relu(self.norm1(x)))
        return self.conv2(functional.relu(self.norm2(y))) + self.shortcut(x)


class Inverted(nn.Module):
    def __init__(self, into: int, out: int, stride: int, expansion: int, kernel: int) -> None:
        super().__init__()
        inside = into * expansion
        self.widen = nn.Sequential(conv(into, inside, 1), nn.BatchNorm2d(inside), nn.ReLU6())
        if expansion == 1:
            self.widen = nn.Sequential()
        self.depthwise = nn.Conv2d(inside, inside, kernel, stride, kernel // 2, groups=inside, bias=False)
        self.norm1, self.narrow, self.norm2 = nn.BatchNorm2d(inside), conv(inside, out, 1), nn.BatchNorm2d(out)
        self.keeps = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.narrow(functional.relu6(self.norm1(self.depthwise(self.widen(x))))))
        return x + y if self.keeps else y


class Squeeze(nn.Module):
    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = max(channels // reduction, 1)
        self.squeeze, self.excite = nn.Conv2d(channels, narrow, 1), nn.Conv2d(narrow, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = x.mean(dim=(2, 3), keepdim=True)
        return x * torch.sigmoid(self.excite(functional.relu(self.squeeze(scale))))


class Inception(nn.Module):
    def __init__(self, into: int, ones: int, b3: int, threes: int, b5: int, fives: int, pooled: int) -> None:
        super().__init__()
        self.conv1, self.project = nn.Conv2d(into, ones, 1), nn.Conv2d(into, pooled, 1)
        self.reduce3, self.conv3 = nn.Conv2d(into, b3, 1), nn.Conv2d(b3, threes, 3, padding=1)
        self.reduce5, self.conv5 = nn.Conv2d(into, b5, 1), nn.Conv2d(b5, fives, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        threes = functional.relu(self.conv3(functional.relu(self.reduce3(x))))
        fives = functional.relu(self.conv5(functional.relu(self.reduce5(x))))
        pooled = functional.relu(self.project(functional.max_pool2d(x, 3, 1, 1)))
        return torch.cat([functional.relu(self.conv1(x)), threes, fives, pooled], 1)


class DenseLayer(nn.Module):
    def __init__(self, into: int, growth: int, widening: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(into), conv(into, growth * widening, 1)
        self.norm2, self.conv2 = nn.BatchNorm2d(growth * widening), conv(growth * widening, growth, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(functional.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(functional.relu(self.norm2(y)))], 1)


class DenseBlock(nn.Module):
    def __init__(self, into: int, layers: int, growth: int, widening: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(*(DenseLayer(into + at * growth, growth, widening) for at in range(layers)))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x)
        return y


def double(into: int, out: int) -> nn.Sequential:
    first, second = (conv(into, out, 3), nn.BatchNorm2d(out)), (conv(out, out, 3), nn.BatchNorm2d(out))
    return nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU())


class Down(nn.Module):
    def __init__(self, into: int, channels: int) -> None:
        super().__init__()
        self.look = double(into, channels)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.look(x)
        return y


class Up(nn.Module):
    def __init__(self, across: int, below: int, channels: int) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(below, channels, 2, 2)
        self.look = double(across + channels, channels)

    def forward(self, across: Tensor, below: Tensor) -> Tensor:
        y: Tensor = self.look(torch.cat([across, self.grow(below)], 1))
        return y


class Patches(nn.Module):
    def __init__(self, into: int, width: int, patch: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(into, width, patch, patch)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(x)
        return y.flatten(2).transpose(1, 2)


class Decoder(nn.TransformerDecoderLayer):
    """The layer of PyTorch with a mask that hides what comes later."""

    def forward(self, tgt: Tensor, memory: Tensor) -> Tensor:  # type: ignore[override]  # two tensors are enough here
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        return super().forward(tgt, memory, tgt_mask=mask)


class Sines(nn.Module):
    """Position pos, numbers 2i and 2i + 1: sin and cos of pos / 10000^(2i / width)."""

    def forward(self, x: Tensor) -> Tensor:
        steps, width = x.shape[1:]
        waves = torch.zeros(steps, width)
        for step in range(steps):
            for pair in range(width // 2):
                angle = step / 10_000 ** (2 * pair / width)
                waves[step, 2 * pair], waves[step, 2 * pair + 1] = math.sin(angle), math.cos(angle)
        return x + waves


class Positions(nn.Module):
    def __init__(self, width: int, longest: int) -> None:
        super().__init__()
        self.table = nn.Embedding(longest, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table.weight[: x.size(1)]


class Read(nn.Module):
    def __init__(self, kind: str, into: int, hidden: int, residual: bool) -> None:
        super().__init__()
        self.add_module(kind, getattr(nn, kind.upper())(into, hidden, batch_first=True))
        self.kind, self.keeps = kind, residual and into == hidden

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.get_submodule(self.kind)(x)[0]
        return x + y if self.keeps else y


class Stack(nn.Module):
    def __init__(self, kind: str, into: int, hidden: int, layers: int, residual: bool) -> None:
        super().__init__()
        self.layer = nn.Sequential(
            *(Read(kind, hidden if at else into, hidden, residual) for at in range(layers)),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x)
        return y


class Experts(nn.Module):
    """One sample and step after the other, one expert after the other."""

    def __init__(self, width: int, experts: int, chosen: int, expansion: int) -> None:
        super().__init__()
        self.router, self.chosen = nn.Linear(width, experts, bias=False), chosen
        self.widen_weight = nn.Parameter(torch.empty(experts, width, width * expansion))
        self.narrow_weight = nn.Parameter(torch.empty(experts, width * expansion, width))

    def forward(self, x: Tensor) -> Tensor:
        steps = x.reshape(-1, x.size(-1))
        answers = []
        for step in steps:
            scores, chosen = self.router(step).topk(self.chosen)
            parts = [
                functional.gelu(step @ self.widen_weight[one]) @ self.narrow_weight[one] for one in chosen.tolist()
            ]
            answers.append((torch.softmax(scores, 0)[:, None] * torch.stack(parts)).sum(0))
        return torch.stack(answers).reshape(x.shape)


def _layer(kind: type[nn.Module], *, norm_first: bool) -> Callable[[dict[str, Any], Shapes], nn.Module]:
    def make(said: dict[str, Any], shapes: Shapes) -> nn.Module:
        width = shapes["input"][-1]
        return kind(
            width,
            said.get("heads", 4),
            width * said.get("expansion", 4),
            activation="gelu" if norm_first else "relu",
            batch_first=True,
            norm_first=norm_first,
        )

    return make


_MAKERS: Mapping[str, Callable[[dict[str, Any], Shapes], nn.Module]] = {
    "residual": lambda said, shapes: Residual(*_sides(said, shapes)),
    "residual_bottleneck": lambda said, shapes: Bottleneck(*_sides(said, shapes), said.get("reduction", 4)),
    "residual_preactivation": lambda said, shapes: Preactivation(*_sides(said, shapes)),
    "inverted_residual": lambda said, shapes: Inverted(
        *_sides(said, shapes), said.get("expansion", 6), said.get("kernel", 3)
    ),
    "squeeze_excite": lambda said, shapes: Squeeze(shapes["input"][0], said.get("reduction", 16)),
    "inception": lambda said, shapes: Inception(
        shapes["input"][0],
        *(
            said.get(name, usual)
            for name, usual in (
                *(("ones", 64), ("before_threes", 96), ("threes", 128)),
                *(("before_fives", 16), ("fives", 32), ("pooled", 32)),
            )
        ),
    ),
    "dense_block": lambda said, shapes: DenseBlock(
        shapes["input"][0], said.get("layers", 4), said.get("growth", 32), said.get("widening", 4)
    ),
    "unet_down": lambda said, shapes: Down(shapes["input"][0], said["channels"]),
    "unet_up": lambda said, shapes: Up(
        shapes["across"][0], shapes["below"][0], said.get("channels", shapes["across"][0])
    ),
    "patch_embedding": lambda said, shapes: Patches(shapes["input"][0], said["width"], said["patch"]),
    "encoder_layer_pre_norm": _layer(nn.TransformerEncoderLayer, norm_first=True),
    "encoder_layer_post_norm": _layer(nn.TransformerEncoderLayer, norm_first=False),
    "decoder_layer_pre_norm": _layer(Decoder, norm_first=True),
    "decoder_layer_post_norm": _layer(Decoder, norm_first=False),
    "sinusoidal_positions": lambda _said, _shapes: Sines(),
    "learned_positions": lambda said, shapes: Positions(shapes["input"][-1], said["longest"]),
    "gru_stack": lambda said, shapes: Stack("gru", shapes["input"][-1], *_memory(said)),
    "lstm_stack": lambda said, shapes: Stack("lstm", shapes["input"][-1], *_memory(said)),
    "mixture_of_experts": lambda said, shapes: Experts(
        shapes["input"][-1], said.get("experts", 4), said.get("chosen", 2), said.get("expansion", 4)
    ),
}


def _sides(said: dict[str, Any], shapes: Shapes) -> tuple[int, int, int]:
    into = shapes["input"][0]
    return into, said.get("channels", into), said.get("stride", 1)


def _memory(said: dict[str, Any]) -> tuple[int, int, bool]:
    return said["hidden"], said.get("layers", 2), said.get("residual", True)


def twin(name: str, said: dict[str, Any], shapes: Shapes) -> nn.Module:
    """The module that does what the block of that name does with these parameters."""
    return _MAKERS[name](said, shapes)
