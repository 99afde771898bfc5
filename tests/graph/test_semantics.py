"""What a drawing means: the generated module equals a hand-written twin with the same seed, to the bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from drawings import DRAWINGS, FIELDS
from torch import Tensor, nn

from graph.codegen import class_name, emit_model
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer


class DigitsCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 3, padding=1)
        self.head = nn.Linear(512, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = torch.max_pool2d(torch.relu(self.conv(image)), 2)
        return self.head(torch.dropout(x.flatten(1), 0.25, self.training))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.conv = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, image: Tensor) -> Tensor:
        stem = self.stem(image)
        return (stem + torch.relu(self.norm(self.conv(stem)))).mean((2, 3))


class Forecaster(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 8, batch_first=True)
        self.head = nn.Linear(8, 1)

    def forward(self, past: Tensor) -> Tensor:
        return self.head(self.lstm(past)[0][:, -1]).squeeze(1)


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(64, 16)
        self.b = nn.Linear(13, 16)
        self.c = nn.Linear(32, 10)
        self.d = nn.Linear(32, 1)

    def forward(self, picture: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        joined = torch.cat([self.a(picture.flatten(1)), self.b(table)], 1)
        return self.c(joined), self.d(joined).squeeze(1)


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(8, 16)
        self.mha = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 10)

    def forward(self, words: Tensor) -> Tensor:
        e = self.embed(words)
        return self.head(self.norm(e + self.mha(e, e, e)[0]).mean(1))


class Weights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(8, 16)
        self.lstm = nn.LSTM(16, 16, batch_first=True)
        self.normed = nn.utils.parametrizations.spectral_norm(nn.Linear(16, 16))
        self.decoder = nn.Linear(16, 8)
        self.conv = nn.Conv1d(12, 12, 3)
        self.last = nn.Conv1d(12, 12, 3, padding=1)
        nn.init.normal_(self.words.weight)
        nn.init.orthogonal_(self.lstm.weight_hh_l0)
        nn.init.zeros_(self.normed.bias)
        nn.init.zeros_(self.conv.bias)
        nn.init.kaiming_normal_(self.last.weight, mode="fan_out", nonlinearity="relu")
        self.decoder.weight = self.words.weight
        for one in self.conv.parameters():
            one.requires_grad = False

    def forward(self, words: Tensor) -> Tensor:
        x = self.normed(self.lstm(self.words(words))[0])
        return self.last(torch.relu(self.conv(self.decoder(torch.tanh(x)))))


TWINS: dict[str, tuple[type[nn.Module], tuple[str, ...]]] = {
    "digits_cnn": (DigitsCnn, ("image",)),
    "residual": (Residual, ("image",)),
    "forecaster": (Forecaster, ("past",)),
    "two_inputs": (TwoInputs, ("image", "features")),
    "attention": (Attention, ("words",)),
    "weights": (Weights, ("words",)),
}


def _batch(field: str) -> Tensor:
    row = FIELDS[field]
    if row.dtype == "int64":
        return torch.randint(0, len(row.classes), (5, *row.shape))
    return torch.rand(5, *row.shape)


def _train(module: nn.Module, batches: list[Tensor]) -> list[Tensor]:
    """Two steps of gradient descent, dropout on, then the weights and buffers in order."""
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for _ in range(2):
        answers = module(*batches)
        loss = sum(one.square().mean() for one in (answers if isinstance(answers, tuple) else (answers,)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [value.detach().clone() for value in module.state_dict().values()]


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_the_generated_module_equals_its_hand_written_twin(name: str) -> None:
    torch.set_num_threads(1)
    network = DRAWINGS[name]().main()
    report = infer(load_catalog(), network, FIELDS, ShapeMemo())
    namespace: dict[str, Any] = {}
    exec(emit_model(load_catalog(), network, report).text, namespace)
    twin, fields = TWINS[name]
    torch.manual_seed(3)
    batches = [_batch(field) for field in fields]
    torch.manual_seed(7)
    ours = _train(namespace[class_name(network)](), batches)
    torch.manual_seed(7)
    theirs = _train(twin(), batches)
    assert len(ours) == len(theirs)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert sum(report.weights.values()) == sum(p.numel() for p in twin().parameters())
