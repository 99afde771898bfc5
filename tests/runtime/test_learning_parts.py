"""Parts of a network with a learning rate of their own, and frozen parts that thaw: told, exact, and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from test_script_exact import run_with_resume, whole
from torch import nn
from training_projects import module_of, moons, scripts_of

from graph.block_edits import block_from
from graph.block_expansion import expanded
from graph.blocks import catalog_of
from graph.check import check
from graph.edits import SetBlock, SetParam
from graph.model import Block, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.library.weights import take_weights
from runtime.settings import SettingsError

OPTIMIZERS = [name for name in load_catalog().optimizers if name not in ("SparseAdam", "Muon", "LBFGS")]


def with_parts(training: dict[str, Value] | None = None, **parts: dict[str, Value]) -> Project:
    """The moons, with settings for some layers."""
    project = moons({"epochs": 4, "early_stopping": False, "keep_best": False, **(training or {})})
    for name, params in parts.items():
        for key, value in params.items():
            SetParam(network="network", uid=f"uid_{name}", name=key, value=value).apply(project)
    return project


def thawing(training: dict[str, Value] | None = None) -> Project:
    """A first layer that learns slowly, from the third epoch on."""
    return with_parts(training, hidden={"@frozen": True, "@thaw": 2, "@lr": 0.1}, linear={"@lr": 2.0})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_part_that_thaws_stays_to_the_bit_until_its_epoch_and_a_run_resumes_anywhere(optimizer: str) -> None:
    project = thawing({"optimizer": optimizer, "clip.norm": 1.0, "l2": 0.001})
    told, digest = whole(project)
    training = module_of(project).Training(device="cpu")
    network = training.networks["network"]
    begun = network.hidden.weight.clone()
    stays = []
    for record in training.run():
        if not hasattr(record, "scalars"):
            stays.append(torch.equal(begun, network.hidden.weight))
    assert stays == [True, True, False, False]
    steps = training.steps_per_epoch
    for at in (3, 2 * (steps + 1), 2 * (steps + 1) + 2):  # while frozen, as it thaws, and afterwards
        assert run_with_resume(project, at) == (told, digest)


def test_groups_and_thawing_are_what_a_plain_loop_does_with_them() -> None:
    project = thawing({"optimizer": "AdamW", "scheduler": "CosineAnnealingLR", "optimizer.fused": False})
    module = module_of(project)
    ours, twin = module.Training(device="cpu"), module.Training(device="cpu")
    for _ in ours.run():
        pass
    torch.manual_seed(0)
    network = module.Network()
    lr = 0.001
    slow, fast = list(network.hidden.parameters()), list(network.linear.parameters())
    base = list(network.norm.parameters())
    groups = [{"params": base, "lr": lr}, {"params": slow, "lr": lr * 0.1}, {"params": fast, "lr": lr * 2}]
    optimizer = torch.optim.AdamW(groups, lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    criterion = nn.CrossEntropyLoss()
    network.train()
    for epoch in range(4):
        for one in slow:
            one.requires_grad_(epoch >= 2)
        for index in twin.batches(epoch + 1):
            batch = {name: values[index] for name, values in twin.splits["train"].items()}
            optimizer.zero_grad()
            criterion(network(batch["point"]), batch["class"]).backward()
            optimizer.step()
        scheduler.step()
    theirs = network.state_dict()
    found = ours.networks["network"].state_dict()
    assert all(torch.equal(found[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("scheduler", list(load_catalog().schedulers))
def test_every_schedule_keeps_the_rates_of_groups_apart_and_the_curve_tells_the_base_one(scheduler: str) -> None:
    plain: dict[str, Value] = {"optimizer": "SGD", "optimizer.SGD.lr": 0.1, "scheduler": scheduler}
    if scheduler == "ReduceLROnPlateau":
        plain["scheduler.ReduceLROnPlateau.min_lr"] = 0.01
    project = with_parts(plain, hidden={"@lr": 0.1}, linear={"@lr": 0.1})
    training = module_of(project).Training(device="cpu")
    base = module_of(with_parts(plain)).Training(device="cpu")
    told, expected = ([one.lr for one in run.run() if hasattr(one, "scalars")] for run in (training, base))
    first, second = training.objectives[0].optimizer.param_groups
    assert second["lr"] == pytest.approx(first["lr"] * 0.1)
    if scheduler != "ReduceLROnPlateau":  # which follows the goal
        assert told == expected
    training.set_lr(0.5)
    assert [group["lr"] for group in (first, second)] == [0.5, 0.05]


def test_all_parts_may_have_a_rate_of_their_own_with_every_optimizer() -> None:
    for optimizer in OPTIMIZERS:
        half: dict[str, Value] = {"@lr": 0.5}
        project = with_parts({"optimizer": optimizer, "epochs": 1}, hidden=half, norm=half, linear=half)
        training = module_of(project).Training(device="cpu")
        before = training.networks["network"].linear.weight.clone()
        rates = {record.lr for record in training.run() if hasattr(record, "scalars")}
        assert rates == {training.objectives[0].optimizer.param_groups[0]["lr"]}
        assert not torch.equal(before, training.networks["network"].linear.weight), optimizer


def test_an_optimizer_without_groups_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match="LBFGS adjusts all weights at one rate, and hidden has a learning rate"):
        module_of(with_parts({"optimizer": "LBFGS"}, hidden={"@lr": 0.1}))
    project = with_parts({"optimizer": "LBFGS", "batch_size": 0}, hidden={"@frozen": True, "@thaw": 2})
    told, digest = whole(project)
    assert run_with_resume(project, 5) == (told, digest)


def test_a_thaw_without_frozen_weights_and_a_rate_of_one_say_nothing() -> None:
    project = with_parts({}, hidden={"@thaw": 2, "@lr": 1.0})
    assert scripts_of(project).train == scripts_of(with_parts()).train


def with_block(form: str, **params: Value) -> Project:
    """The moons, the first two layers in a block that stands there with these settings."""
    project = with_parts({"scheduler": "StepLR"})
    made = block_from(load_catalog(), project, project.main(), ("uid_hidden", "uid_norm"), "unit")
    made.edit.apply(project)
    SetBlock(network="unit", block=replace(project.networks["unit"].block or Block(), form=form)).apply(project)
    (node,) = [node for node in project.main().nodes() if node.op == "block:unit"]
    for key, value in params.items():
        SetParam(network="network", uid=node.uid, name=key, value=value).apply(project)
    return project


@pytest.mark.parametrize("form", ["class", "sequence"])
def test_what_is_said_of_a_block_holds_for_all_that_is_in_it(form: str) -> None:
    project = with_block(form, **{"@frozen": True, "@thaw": 2, "@lr": 0.5})
    training = module_of(project).Training(device="cpu")
    inner = {name: one for name, one in training.learning.items() if name.startswith("unit")}
    assert len(inner) == 4
    assert not any(one.requires_grad for one in inner.values())
    groups = training.objectives[0].optimizer.param_groups
    assert [len(group["params"]) for group in groups] == [2, 4]
    began = {name: one.clone() for name, one in inner.items()}
    for record in training.run():
        if not hasattr(record, "scalars"):
            moved = [not torch.equal(began[name], one) for name, one in inner.items()]
            assert moved == [record.epoch > 2] * 4
    assert run_with_resume(project, 9) == whole(project)


def test_inside_of_a_block_a_part_has_no_rate_of_its_own_and_expanding_hands_it_on() -> None:
    project = with_block("class", **{"@lr": 0.5, "@frozen": True, "@thaw": 1})
    (uid,) = [node.uid for node in project.main().nodes() if node.op == "block:unit"]
    edit = expanded(catalog_of(load_catalog(), project), project, project.main(), uid)
    undo = edit.apply(project)
    assert {node.params.get("@lr") for node in project.main().nodes() if node.op in ("BatchNorm1d", "Linear")} == {
        0.5,
        None,
    }
    thawing_rows = [node.name for node in project.main().nodes() if node.params.get("@thaw") == 1]
    assert sorted(thawing_rows) == ["hidden", "norm"]
    undo.apply(project)
    inner = next(node for node in project.networks["unit"].nodes() if node.op == "Linear")
    SetParam(network="unit", uid=inner.uid, name="@lr", value=0.1).apply(project)
    (problem,) = [row for row in check(catalog_of(load_catalog(), project), project) if row.code == "bad-weights"]
    assert problem.message.startswith("hidden stands in the block unit: its learning rate is said for the whole block")
    problem.fixes[0].edit.apply(project)
    assert not [row for row in check(catalog_of(load_catalog(), project), project) if row.code == "bad-weights"]


def test_names_in_a_file_may_begin_otherwise_and_a_part_may_begin_anew(tmp_path: Path) -> None:
    twin = module_of(with_parts()).Training(device="cpu").networks["network"]
    held = {f"backbone.{name}": tensor + 1 for name, tensor in twin.state_dict().items()}
    save_file(held, tmp_path / "first.safetensors")
    project = with_parts(
        {"start_from": "first.safetensors", "start_from.drop": "backbone."}, linear={"@anew": True}, hidden={"@lr": 0.5}
    )
    training = module_of(project, tmp_path).Training(device="cpu")
    found = training.networks["network"].state_dict()
    assert len(training.taken) == 7
    for name, tensor in found.items():
        expected = twin.state_dict()[name] + (0 if name.startswith("linear.") else 1)
        assert torch.equal(tensor, expected), name
    text = scripts_of(project, tmp_path).train
    assert 'START_DROP = "backbone."' in text
    assert 'START_ANEW = ("linear",)' in text
    plain = {name.removeprefix("backbone.hidden."): one for name, one in held.items() if ".hidden." in name}
    save_file(plain, tmp_path / "plain.safetensors")
    assert take_weights({"net": twin}, tmp_path / "plain.safetensors") == []
    assert take_weights({"net": twin}, tmp_path / "plain.safetensors", add="hidden.") == [
        "hidden.weight",
        "hidden.bias",
    ]
    assert torch.equal(twin.hidden.bias, held["backbone.hidden.bias"])
