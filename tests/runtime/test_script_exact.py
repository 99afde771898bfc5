"""The same losses and weights however a training goes: warm, paused, resumed, watched."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch
from training_projects import curve, losses_of, module_of, moons, points_rebuilt, said, scripts_of

from graph.files import dump
from graph.model import Node, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.checkpoint import load_latest, save_checkpoint, weights_bytes
from runtime.library.weights import take_weights, weights_sha256
from runtime.rundir import create_run
from runtime.settings import SettingsError
from runtime.worker import run_training

OPTIMIZERS = [name for name in load_catalog().optimizers if name not in ("SparseAdam", "Muon")]
SCHEDULERS = list(load_catalog().schedulers)


def carried(state: dict[str, Any]) -> dict[str, Any]:
    """The state as it comes back from a file."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded: dict[str, Any] = torch.load(file, weights_only=True)
    return loaded


def run_with_resume(project: Project, at: int) -> tuple[list[str], str]:
    """Train with a new process's worth of objects after `at` records."""
    module = module_of(project)
    first = module.Training(device="cpu")
    records = first.run()
    told = [said(next(records)) for _ in range(at)]
    state = carried(first.state())
    torch.manual_seed(12345)
    torch.rand(7)
    second = module_of(project).Training(device="cpu")
    second.load(state)
    told += losses_of(second)
    return told, second.finish().weights_sha256


def whole(project: Project) -> tuple[list[str], str]:
    training = module_of(project).Training(device="cpu")
    told = losses_of(training)
    return told, training.finish().weights_sha256


def test_pausing_and_dirtying_the_generators_between_steps_changes_nothing() -> None:
    training = module_of(moons()).Training(device="cpu")
    told = []
    for record in training.run():
        told.append(said(record))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(len(told))
            torch.rand(3)
            network = training.networks["network"]
            network.eval()
            with torch.inference_mode():
                network(training.splits["validation"]["point"])
            network.train()
    assert (told, training.finish().weights_sha256) == whole(moons())


@pytest.mark.parametrize("at", [0, 1, 3, 5, 6, 9])
def test_a_resumed_run_goes_on_from_the_exact_step(at: int) -> None:
    assert run_with_resume(moons(), at) == whole(moons())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_resumes_in_the_middle_of_an_epoch(optimizer: str) -> None:
    project = curve({"optimizer": optimizer, "epochs": 2})
    assert run_with_resume(project, 3) == whole(project)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_schedule_resumes_in_the_middle_of_an_epoch(scheduler: str) -> None:
    project = curve({"scheduler": scheduler, "epochs": 4})
    assert run_with_resume(project, 7) == whole(project)


def test_an_autoencoder_resumes_too() -> None:
    assert run_with_resume(points_rebuilt(), 4) == whole(points_rebuilt())


def tied() -> Project:
    """Two layers of one weight."""
    project = moons(width=2, norm=False)
    for name in ("hidden", "linear"):
        own: dict[str, Value] = {"@tie": "hidden.weight"} if name == "linear" else {}
        node = Node(uid=f"uid_{name}", op="Linear", name=name, params={"out_features": 2, **own})
        project.main().put_node(node)
    return project


def test_tied_weights_train_as_one_and_come_back_from_a_checkpoint_and_from_a_file(tmp_path: Path) -> None:
    told, digest = whole(tied())
    training = module_of(tied()).Training(device="cpu")
    records = training.run()
    first = [said(next(records)) for _ in range(4)]
    save_checkpoint(tmp_path, 4, training.state())
    checkpoint, notes = load_latest(tmp_path)
    assert checkpoint is not None
    assert notes == []
    second = module_of(tied()).Training(device="cpu")
    second.load(checkpoint.state)
    assert first + losses_of(second) == told
    assert second.finish().weights_sha256 == digest
    network = second.networks["network"]
    assert network.linear.weight is network.hidden.weight
    assert sum(one.numel() for one in second.objectives[0].optimizer.param_groups[0]["params"]) == 4 + 2 + 2
    file = tmp_path / "weights.safetensors"
    file.write_bytes(weights_bytes({"network": network.state_dict()}))
    third = module_of(tied()).Training(device="cpu")
    assert take_weights(third.networks, file) == list(network.state_dict())
    assert weights_sha256(third.networks) == digest


def frozen(**training: Value) -> Project:
    """A network of which only the last layer learns."""
    project = moons({"l2": 0.01, "l1": 0.001, "optimizer.AdamW.weight_decay": 0.1, **training})
    params = {**project.main().node("uid_hidden").params, "@frozen": True}
    project.main().put_node(Node(uid="uid_hidden", op="Linear", name="hidden", params=params))
    return project


@pytest.mark.parametrize("optimizer", ["AdamW", "LBFGS"])
def test_frozen_weights_stay_to_the_bit_and_a_run_with_them_resumes(optimizer: str) -> None:
    project = frozen(optimizer=optimizer)
    assert "if one.requires_grad" in scripts_of(project).train
    training = module_of(project).Training(device="cpu")
    before = {key: tensor.clone() for key, tensor in training.networks["network"].state_dict().items()}
    told = losses_of(training)
    after = training.networks["network"].state_dict()
    assert torch.equal(before["hidden.weight"], after["hidden.weight"])
    assert not torch.equal(before["linear.weight"], after["linear.weight"])
    assert run_with_resume(project, 4) == (told, training.finish().weights_sha256)


def test_loading_a_state_leaves_the_state_as_it_was() -> None:
    module = module_of(moons())
    training = module.Training(device="cpu")
    records = training.run()
    for _ in range(3):
        next(records)
    state = training.state()
    before = {name: value.clone() for name, value in state["networks"]["network"].items()}
    for _ in range(3):
        next(records)
    assert all(torch.equal(before[name], value) for name, value in state["networks"]["network"].items())


def test_a_live_change_is_replayed_by_the_script_that_holds_it() -> None:
    live = module_of(moons()).Training(device="cpu")
    told = []
    for record in live.run():
        told.append(said(record))
        if getattr(record, "count", 0) and record.step == 4:
            live.set_lr(0.05)
    replay = module_of(moons(), changes=[(4, "lr", 0.05)]).Training(device="cpu")
    assert losses_of(replay) == told
    assert told != whole(moons())[0]
    assert replay.finish().weights_sha256 == live.finish().weights_sha256


def test_a_limit_of_steps_ends_in_the_middle_of_an_epoch_with_an_epoch_record() -> None:
    project = moons({"limit_steps": 7})
    training = module_of(project).Training(device="cpu")
    records = list(training.run())
    assert [record.step for record in records if hasattr(record, "scalars")] == list(range(1, 8))
    assert records[-1].epoch == 2
    assert training.total_steps == 7
    assert run_with_resume(project, 8) == whole(project)


ATTACKED: dict[str, Value] = {"adversarial": "pgd", "adversarial.epsilon": 0.2, "adversarial.steps": 3}


@pytest.mark.parametrize("at", [3, 11])
def test_adversarial_training_goes_on_to_the_last_bit(at: int) -> None:
    project = moons({**ATTACKED, "epochs": 3})
    assert run_with_resume(project, at) == whole(project)
    assert whole(project)[1] != whole(moons({"epochs": 3}))[1]


def test_a_run_with_adversarial_training_has_the_weights_of_its_script(tmp_path: Path) -> None:
    project = moons(ATTACKED)
    run = create_run(None, dump(project), run_dir=tmp_path / "run")
    run_training(run, resume=False)
    assert run.summary().weights_sha256 == whole(project)[1]


def test_what_the_epoch_was_answered_comes_back_to_where_the_training_computes() -> None:
    module = module_of(moons({}))
    first = module.Training(device="cpu")
    next(iter(first.run()))
    state = carried(first.state())
    assert state["outputs"]
    second = module.Training(device="cpu")
    second.device = torch.device("meta")  # as another device, which every machine has
    second.load(state)
    assert {values.device.type for batch in second.outputs for values in batch.values()} == {"meta"}


@pytest.mark.parametrize(("optimizer", "fused"), [("Adam", "True"), ("Adagrad", 'self.device.type == "cpu"')])
def test_an_optimizer_is_fused_where_torch_has_a_fused_form(optimizer: str, fused: str) -> None:
    project = moons({"optimizer": optimizer})
    assert f"fused={fused}" in scripts_of(project).train
    (objective,) = module_of(project).Training(device="cpu").objectives
    assert objective.optimizer.defaults["fused"] is True


def test_adversarial_training_learns_from_what_a_loop_written_by_hand_makes_of_each_batch() -> None:
    module = module_of(moons(ATTACKED))
    training = module.Training(device="cpu")
    torch.manual_seed(0)
    (twin,) = (type(network)() for network in training.networks.values())
    state = torch.get_rng_state()
    optimizer = torch.optim.Adam(twin.parameters(), lr=0.001, fused=True)
    points, classes = training.splits["train"]["point"], training.splits["train"]["class"]
    low, high = points.amin(0), points.amax(0)
    for index in training.batches(1):
        x, y = points[index], classes[index]
        least, most = torch.maximum(x - 0.2, low), torch.minimum(x + 0.2, high)
        moved = (x + 0.2 * (2 * torch.rand(x.shape) - 1)).clamp(least, most)
        twin.eval()
        for _ in range(3):
            moved = moved.detach().requires_grad_()
            slope = torch.autograd.grad(torch.nn.functional.cross_entropy(twin(moved), y), moved)[0]
            moved = (moved + float(f"{2.5 * 0.2 / 3:.6g}") * slope.sign()).clamp(least, most)
        twin.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(twin(moved.detach()), y).backward()
        optimizer.step()
    torch.set_rng_state(state)
    epoch = next(record for record in training.run() if hasattr(record, "goal"))
    assert epoch.epoch == 1
    (network,) = training.networks.values()
    assert all(torch.equal(value, twin.state_dict()[name]) for name, value in network.state_dict().items())


def test_what_adversarial_training_cannot_change_is_said() -> None:
    with pytest.raises(SettingsError, match="which this network rebuilds"):
        scripts_of(points_rebuilt({"adversarial": "fgsm"}))
    with pytest.raises(SettingsError, match="more than 0"):
        scripts_of(moons({"adversarial": "fgsm", "adversarial.epsilon": 0.0}))
