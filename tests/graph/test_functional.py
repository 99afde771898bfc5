"""In a training step a module without weights is written as the function that does the same."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from op_samples import CATALOG, tensor
from torch.nn import functional

from graph.construct import emit_construction
from graph.functional import as_function, function_of
from graph.lower import Call
from graph.ops.spec import Value
from graph.pretty import Atom, Group, flat

SET: Mapping[str, dict[str, Value]] = {
    "AvgPool2d": {"kernel_size": 2, "stride": 1, "padding": 1, "count_include_pad": False},
    "CELU": {"alpha": 0.5},
    "CosineSimilarity": {"dim": 0, "eps": 0.1},
    "Dropout": {"p": 0.3},
    "ELU": {"alpha": 0.5},
    "Flatten": {"start_dim": 0, "end_dim": 1},
    "GELU": {"approximate": "tanh"},
    "Hardtanh": {"min_val": -0.3, "max_val": 0.4},
    "LeakyReLU": {"negative_slope": 0.2},
    "MaxPool2d": {"kernel_size": 2, "stride": 1, "padding": 1},
    "PairwiseDistance": {"p": 1.0, "eps": 0.1, "keepdim": True},
    "Softplus": {"beta": 2.0, "threshold": 0.1},
}
KEYS = sorted(key for key, spec in CATALOG.ops.items() if function_of(spec))


def call_of(key: str, params: dict[str, Value]) -> Call:
    return Call(uid="op", name="op", spec=CATALOG.op(key), params=params, settings={}, arguments=(), target="answer")


@pytest.mark.parametrize(
    ("key", "params"),
    [*((key, dict(CATALOG.op(key).initial)) for key in KEYS), *SET.items()],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_function_of_a_module_gives_what_the_module_gives(key: str, params: dict[str, Value]) -> None:
    spec = CATALOG.op(key)
    given = {f"x{place}": tensor(sample) for place, sample in enumerate(spec.samples)}
    call = call_of(key, params)
    made = emit_construction(call)
    assert isinstance(made, Group)
    written = as_function(call, made, tuple(Atom(name) for name in given))
    assert written is not None
    answers = []
    for text in (f"{flat(made)}({', '.join(given)})", flat(written)):
        torch.manual_seed(0)
        answers.append(eval(text, {"torch": torch, "nn": torch.nn, "F": functional, **given}))
    assert torch.equal(*answers), flat(written)


def test_a_module_without_such_a_function_stays_one() -> None:
    for key in ("RReLU", "Linear", "BatchNorm1d", "cat"):
        assert function_of(CATALOG.op(key)) == ""
