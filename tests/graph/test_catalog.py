"""The catalogue: complete, in plain words, equal to torch, and easy to search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

from graph.errors import UnknownOpError
from graph.names import fresh_name, problem_with_name
from graph.ops import left_out, losses, schedulers, sync
from graph.ops.catalog import ICON_NAMES, load_catalog, load_signatures
from graph.ops.spec import MISSING, CallableSpec, OpSpec

CATALOG = load_catalog()
CALLABLES = (*CATALOG.losses.values(), *CATALOG.optimizers.values(), *CATALOG.schedulers.values())
EVERYTHING = (*CATALOG.ops.values(), *CALLABLES)

every_op = pytest.mark.parametrize("spec", CATALOG.ops.values(), ids=lambda spec: spec.key)
every_row = pytest.mark.parametrize("spec", EVERYTHING, ids=lambda spec: spec.key)
same_torch = pytest.mark.skipif(
    torch.__version__.partition("+")[0] != load_signatures()["torch"],
    reason=f"the signatures were read from torch {load_signatures()['torch']}, this is {torch.__version__}",
)


def is_sentence(text: str) -> bool:
    return text[:1] == text[:1].upper() and text.endswith(".") and not re.search(r"[`\\]|::|:\w+:|  |\(\.", text)


@same_torch
def test_the_frozen_signatures_are_what_torch_says() -> None:
    path = Path(sync.__file__).with_name(sync.SIGNATURES_FILE)
    assert sync.text_of(sync.read_torch()) == path.read_text(encoding="utf-8"), "run python -m graph.ops.sync"


@same_torch
def test_sync_checks_without_writing_and_then_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "files", lambda package: tmp_path)
    frozen = tmp_path / sync.SIGNATURES_FILE
    assert sync.main(["--check"]) == 1
    assert not frozen.exists()
    assert sync.main([]) == 0
    assert sync.main(["--check"]) == 0
    frozen.write_text(frozen.read_text(encoding="utf-8").replace("out_channels", "out_canals"), encoding="utf-8")
    assert sync.main(["--check"]) == 1


def test_what_torch_leaves_open_is_read_from_elsewhere() -> None:
    targets = load_signatures()["targets"]
    names = {key: [row["name"] for row in targets[f"torch.nn.{key}"]["params"]] for key in ("RNN", "LSTM", "GRU")}
    assert names["RNN"][:4] == ["input_size", "hidden_size", "num_layers", "nonlinearity"]
    assert "proj_size" in names["LSTM"]
    assert "proj_size" not in names["GRU"]
    hidden = {"size_average", "reduce", "device", "dtype", "inplace", "args", "kwargs"}
    assert not [name for row in targets.values() for name in row["params"] if name["name"] in hidden]


def test_there_are_ops_enough_and_every_group_has_some_usual_ones_first() -> None:
    assert len(CATALOG.ops) >= 360
    groups = [spec.group for spec in CATALOG.ops.values()]
    assert tuple(dict.fromkeys(groups)) == CATALOG.groups
    for group in CATALOG.groups:
        rare = [spec.rare for spec in CATALOG.ops.values() if spec.group == group]
        assert rare == sorted(rare)
        assert not all(rare)


def test_every_name_means_one_op_however_it_is_typed() -> None:
    names = Counter(name for spec in CATALOG.ops.values() for name in {spec.key.lower(), spec.title.lower()})
    assert [name for name, count in names.items() if count > 1] == []


@same_torch
def test_every_module_of_torch_is_an_op_or_a_loss_or_left_out_with_a_reason() -> None:
    rows = {spec.target.removeprefix("torch.nn.") for spec in CATALOG.ops.values() if spec.style == "module"}
    scores = torch_names(CATALOG.losses.values())
    wanted = public(torch.nn, torch.nn.Module) | {"Module"}
    assert rows | scores | set(left_out.MODULES) == wanted
    assert len(rows) + len(scores) + len(left_out.MODULES) == len(wanted), "a name stands in two of the lists"
    assert all(len(reason) > 20 for reason in left_out.MODULES.values())


def test_a_great_many_functions_of_torch_are_ops() -> None:
    functions = [spec for spec in CATALOG.ops.values() if spec.style in ("function", "method", "operator")]
    assert len(functions) >= 200


@every_row
def test_it_speaks_in_plain_sentences(spec: OpSpec | CallableSpec) -> None:
    assert is_sentence(spec.doc)
    for param in spec.params:
        assert is_sentence(param.doc), (param.name, param.doc)
        assert param.label, param.name
        assert param.label[:1] == param.label[:1].upper()
        assert param.type != "any" or spec.key == "Adafactor"
        assert (param.type == "choice") <= bool(param.choices)
        if param.default is not MISSING:
            assert param.problem_with(param.default) is None


@every_op
def test_its_row_holds_together(spec: OpSpec) -> None:
    names = {param.name for param in spec.params}
    assert set(spec.key_params) | set(spec.positional) | set(spec.initial) <= names
    assert len(spec.key_params) <= 3
    assert spec.icon in ICON_NAMES
    assert all(param.auto.port in {port.name for port in spec.inputs} for param in spec.params if param.auto)
    name = fresh_name(spec.stem, taken=(), reserved=CATALOG.reserved_names)
    assert problem_with_name(name, reserved=CATALOG.reserved_names) is None
    if spec.outputs and len(spec.outputs) > 1:
        assert re.findall(r"'(\w+)'", repr(spec.unpack)) == [port.name for port in spec.outputs]


def public(module: Any, base: type, ending: str = "") -> set[str]:
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_") and name.endswith(ending)}
    return {name for name, one in found.items() if isinstance(one, type) and issubclass(one, base) and one is not base}


def torch_names(specs: Iterable[CallableSpec]) -> set[str]:
    return {spec.key for spec in specs if spec.target.startswith("torch.")}


@same_torch
def test_every_loss_optimizer_and_scheduler_of_torch_is_here_or_left_out_with_a_reason() -> None:
    found = torch_names(CATALOG.losses.values()) | set(losses.LEFT_OUT)
    assert found == public(torch.nn, torch.nn.Module, "Loss")
    assert torch_names(CATALOG.optimizers.values()) == public(torch.optim, torch.optim.Optimizer)
    wanted = public(torch.optim.lr_scheduler, torch.optim.lr_scheduler.LRScheduler)
    assert torch_names(CATALOG.schedulers.values()) | set(schedulers.LEFT_OUT) == wanted
    assert all({**losses.LEFT_OUT, **schedulers.LEFT_OUT}.values())


@pytest.mark.parametrize("spec", CALLABLES, ids=lambda spec: spec.key)
def test_defaults_are_torchs_own_or_must_be_said(spec: CallableSpec) -> None:
    known = {row["name"]: row for row in load_signatures()["targets"].get(spec.target, {"params": []})["params"]}
    for param in spec.params:
        default = known.get(param.name, {}).get("default", MISSING)
        default = tuple(default) if isinstance(default, list) else default
        assert param.default is not MISSING
        if known:
            assert param.said == (default != param.default), param.name


def said(spec: CallableSpec) -> dict[str, Any]:
    return {param.name: param.default for param in spec.params if param.said}


@pytest.mark.parametrize("spec", CATALOG.optimizers.values(), ids=lambda spec: spec.key)
def test_every_optimizer_steps_with_its_defaults(spec: CallableSpec) -> None:
    weight = torch.nn.Parameter(torch.ones(3, 2))
    optimizer = sync.resolve(spec.target)([weight], **said(spec))

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        answer = weight.square().sum()
        answer.backward()
        if "sparse gradients" in spec.needs:
            assert weight.grad is not None
            weight.grad = weight.grad.to_sparse()
        return answer

    if "closure" in spec.needs:
        optimizer.step(loss)
    else:
        loss()
        optimizer.step()
    assert not torch.equal(weight.detach(), torch.ones(3, 2))


@pytest.mark.parametrize("spec", CATALOG.schedulers.values(), ids=lambda spec: spec.key)
def test_every_scheduler_steps_with_its_defaults(spec: CallableSpec) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1, momentum=0.9)
    total = {"total_steps": 40} if "total steps" in spec.needs else {}
    scheduler = sync.resolve(spec.target)(optimizer, **said(spec), **total)
    rates = []
    for _ in range(30):
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step(*([1.0] if "goal" in spec.needs else []))
    assert len(set(rates)) > 1


@pytest.mark.parametrize("spec", CATALOG.losses.values(), ids=lambda spec: spec.key)
def test_every_loss_is_built_with_its_defaults(spec: CallableSpec) -> None:
    loss = sync.resolve(spec.target)(**said(spec))
    if "other inputs" in spec.needs:
        return
    scores = torch.rand(4, 3, requires_grad=True)
    classes = {"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss", "HingeLoss", "FocalLoss", "DiceLoss"}
    target = torch.tensor([0, 1, 2, 1]) if spec.key in classes else torch.rand(4, 3).round()
    answer = loss(scores, target.long() if spec.key == "MultiLabelMarginLoss" else target)
    answer.backward()
    assert answer.shape == ()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("conv2d", "Conv2d"),
        ("conv", "Conv2d"),
        ("pool", "MaxPool2d"),
        ("2d conv", "Conv2d"),
        ("con", "Conv2d"),
        ("fc", "Linear"),
        ("dense", "Linear"),
        ("fully connected", "Linear"),
        ("relu", "ReLU"),
        ("concat", "cat"),
        ("max pool 2d", "MaxPool2d"),
        ("bn2d", "BatchNorm2d"),
        ("swish", "SiLU"),
        ("+", "add"),
        ("last step", "select"),
        ("deconvolution", "ConvTranspose2d"),
        ("mha", "MultiheadAttention"),
        ("  LINEAR ", "Linear"),
        ("sequence", "LSTM"),
        ("focal", "focal_loss"),
        ("simclr", "nt_xent"),
        ("wgan", "wasserstein_critic_loss"),
        ("flip", "flip"),
        ("noise while training", "noise_while_training"),
        ("Noise while", "noise_while_training"),
    ],
)
def test_search_finds_first_what_was_meant(text: str, first: str) -> None:
    found = CATALOG.search(text)
    assert found
    assert found[0].key == first


def test_search_shows_the_palette_when_nothing_is_typed_and_nothing_for_nonsense() -> None:
    assert CATALOG.search("", limit=1000) == tuple(CATALOG.ops.values())
    assert CATALOG.search("qqqzzz") == ()
    assert len(CATALOG.search("conv", limit=2)) == 2


def test_an_unknown_op_is_answered_with_a_near_one() -> None:
    with pytest.raises(UnknownOpError, match=r"'Cnov2d'\. Did you mean Conv2d\?"):
        CATALOG.op("Cnov2d")
    with pytest.raises(UnknownOpError, match=r"called 'qqqzzz'\.$"):
        CATALOG.op("qqqzzz")
    assert CATALOG.op("Conv2d").title == "Conv2d"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cnov", "Conv2d"),
        ("linaer", "Linear"),
        ("drpout", "Dropout"),
        ("denze", "Linear"),
        ("lstn", "LSTM"),
        ("qz", None),
    ],
)
def test_a_typing_error_is_understood(typed: str, meant: str | None) -> None:
    assert CATALOG.suggest(typed) == meant


def test_names_of_torchs_modules_are_reserved() -> None:
    assert {"forward", "training", "parameters", "_modules", "to"} <= CATALOG.reserved_names
