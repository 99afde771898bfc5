"""The numbers inside of a step: those of plain autograd, of the step that comes next; and nothing learns otherwise."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from objective_projects import gan
from training_projects import moons, project_of

import runtime.onlookers
from graph.files import dump, read
from graph.lower import ASIDE, ENDS, live_nodes
from graph.model import Project
from graph.objectives import called_networks, steps_of
from runtime.pace import estimate
from runtime.preparation import Prepared, prepare
from runtime.rundir import RunDir, create_run
from runtime.value_look import ValueLook
from runtime.value_media import Numbers, Values, ValuesReader, packed_values, read_values, values_path
from runtime.worker import run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def begun(project: Project, folder: Path) -> tuple[Any, ValueLook, Prepared]:
    """A training before its first step, and what looks into it."""
    prepared = prepare(dump(project), folder)
    module = prepared.load()
    training = module.Training(device="cpu")
    return training, ValueLook(module, training, prepared), prepared


def tiny() -> Project:
    """Two numbers, two in the middle, one out: trained by the settings, two samples a step."""
    return project_of(
        [
            ("input", "Input", {"field": "point"}),
            ("hidden", "Linear", {"out_features": 2}),
            ("tanh", "Tanh", {}),
            ("linear", "Linear", {"out_features": 2}),
            ("output", "Output", {"field": "class"}),
        ],
        data={"source": "moons", "moons.samples": 40},
        training={"epochs": 3, "batch_size": 2, "optimizer": "SGD", "optimizer.SGD.lr": 0.5, "threads": 1, "seed": 5},
    )


def same(numbers: Numbers | None, tensor: torch.Tensor | None) -> None:
    """Hold kept numbers to a tensor, to the last bit."""
    assert numbers is not None
    assert tensor is not None
    assert numbers.shape == tuple(tensor.shape)
    assert numbers.values == tuple(tensor.detach().double().flatten().tolist())


def named(project: Project, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ports and weights by the names of nodes."""
    names = {node.uid: node.name for one in project.networks.values() for node in one.nodes()}
    ports = {names[one.node] if one.port == "output" else f"{names[one.node]}.{one.port}": one for one in values.ports}
    return ports, {f"{names[one.node]}.{one.name}": one for one in values.weights}


def test_values_and_gradients_are_those_of_autograd_to_the_last_bit(tmp_path: Path) -> None:
    project = tiny()
    training, look, _ = begun(project, tmp_path)
    values = look.values(0, 0)
    ports, weights = named(project, values)
    net = copy.deepcopy(training.networks["network"])
    batch = {name: rows[training.batches(1)[0]] for name, rows in training.splits["train"].items()}
    hidden = net.hidden(batch["point"])
    hidden.retain_grad()
    tanh = torch.tanh(hidden)
    tanh.retain_grad()
    answer = net.linear(tanh)
    answer.retain_grad()
    loss = torch.nn.functional.cross_entropy(answer, batch["class"])
    torch.autograd.backward(loss)
    assert values.losses == {"supervised_loss": loss.item()}
    assert values.samples == 2
    assert ports["input"].grad is None
    same(ports["input"].value, batch["point"])
    for name, tensor in (("hidden", hidden), ("tanh", tanh), ("linear", answer)):
        same(ports[name].value, tensor)
        same(ports[name].grad, tensor.grad)
    for name in ("hidden.weight", "hidden.bias", "linear.weight", "linear.bias"):
        parameter = net.get_parameter(name)
        same(weights[name].value, parameter)
        same(weights[name].grad, parameter.grad)
        same(weights[name].change, (parameter - 0.5 * parameter.grad) - parameter)  # as SGD is about to do


def test_what_the_optimizer_is_about_to_change_is_what_the_next_step_changes(tmp_path: Path) -> None:
    project = moons({"optimizer": "Adam", "batch_size": 16, "threads": 1})  # with dropout and running averages
    training, look, _ = begun(project, tmp_path)
    steps = training.run()
    for number in range(3):
        _, weights = named(project, look.values(number, 0))
        before = {name: one.detach().clone() for name, one in training.networks["network"].named_parameters()}
        next(steps)
        for name, after in training.networks["network"].named_parameters():
            same(weights[name].change, after.detach() - before[name]) if after.numel() <= 100 else None


def test_nothing_of_a_training_moves_when_it_is_looked_into(tmp_path: Path) -> None:
    training, look, _ = begun(moons({"threads": 1}), tmp_path)
    next(training.run())
    before = copy.deepcopy(training.state())
    modes = [module.training for module in training.networks["network"].modules()]
    for _ in range(2):
        look.values(1, 0)
    after = training.state()
    assert torch.equal(before["random"], after["random"])
    assert before["step"] == after["step"] == 1
    for part in ("networks", "optimizers"):
        torch.testing.assert_close(before[part], after[part], rtol=0, atol=0)
    assert modes == [module.training for module in training.networks["network"].modules()]
    assert all(one.grad is None or one.grad.isfinite().all() for one in training.networks["network"].parameters())


def test_a_network_that_two_objectives_call_shows_the_gradient_of_the_one_that_trains_it(tmp_path: Path) -> None:
    project = gan()
    _, look, _ = begun(project, tmp_path)
    values = look.values(0, 0)
    assert set(values.losses) == {"tell_apart", "fool"}
    uids = {name: {node.name: node.uid for node in one.nodes()} for name, one in project.networks.items()}
    ports = {(one.node, one.port): one for one in values.ports}
    first_call = ports[uids["tell_apart"]["of_fake"], "score"].grad  # real samples come later in the code
    assert first_call is not None
    assert ports[uids["discriminator"]["linear"], "output"].grad == first_call
    assert ports[uids["tell_apart"]["of_real"], "score"].grad not in (None, first_call)
    assert ports[uids["tell_apart"]["fake"], "point"].grad is None
    made = ports[uids["fool"]["fake"], "point"].grad
    assert made is not None
    assert ports[uids["generator"]["linear"], "output"].grad == made
    assert all(one.grad is not None for one in values.weights)


@pytest.mark.parametrize("name", ["backpropagation-by-hand", "two-inputs", "vae", "sine-lstm"])
def test_all_that_flows_in_a_step_is_seen(name: str, tmp_path: Path) -> None:
    project = read(EXAMPLES / f"{name}.loom")
    _, look, _ = begun(project, tmp_path)
    seen = {(one.node, one.port) for one in look.values(0, 0).ports}
    for network in (*called_networks(project), *steps_of(project)) or (project.main(),):
        live = live_nodes(network, ENDS - ASIDE)
        used = {(wire.source, wire.source_port) for wire in network.wires() if wire.target in live}
        assert used <= seen


def trained(project: Project, folder: Path) -> tuple[RunDir, str]:
    run = create_run(folder, dump(project))
    ended = run_training(run)
    assert ended["reason"] in ("completed", "early_stopping")
    return run, ended["weights_sha256"]


def test_a_run_is_the_same_to_the_last_bit_whether_its_numbers_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.onlookers, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.onlookers, "_SHARE", 1.0)
    seen, bits = trained(tiny(), tmp_path / "seen.runs")
    monkeypatch.setattr(runtime.value_look, "FEW_WEIGHTS", 0)
    blind, same_bits = trained(tiny(), tmp_path / "blind.runs")
    assert bits == same_bits
    reader = ValuesReader(seen.media)
    assert reader.steps()[0] == 0
    assert len(reader.steps()) > 3
    assert ValuesReader(blind.media).steps() == ()
    assert tuple(row["step"] for row in seen.events() if row["kind"] == "values") == reader.steps()
    assert reader.values(reader.steps()[-1]) is not None
    assert reader.values(10**6) is None


def test_numbers_are_read_as_they_were_written_and_damage_is_said(tmp_path: Path) -> None:
    _, look, _ = begun(tiny(), tmp_path)
    values = look.values(7, 2)
    path = values_path(tmp_path, 7)
    path.write_text(packed_values(values))
    assert ValuesReader(tmp_path).values(7) == values
    shape = (
        '{"step": 1, "epoch": 0, "samples": 1, "losses": {}, "ports": [["a", "b", [[1000000000], [1], 1, 0], null]], '
    )
    for text in (
        "{}",
        "[",
        shape + '"weights": []}',
        '{"step": 1, "epoch": 0, "samples": 1, "losses": {}, "ports": [[1]], "weights": []}',
    ):
        path.write_text(text)
        with pytest.raises(runtime.value_media.MediaError, match="damaged"):
            read_values(path)


def test_the_numbers_of_a_small_drawing_are_known_before_it_trains(tmp_path: Path) -> None:
    kept, large = tmp_path / "small.json", tmp_path / "large.json"
    assert estimate(dump(tiny()), tmp_path, values_to=kept)["values"]
    _, look, _ = begun(tiny(), tmp_path)
    assert read_values(kept) == look.values(0, 0)
    assert not estimate(dump(moons()), tmp_path, values_to=large)["values"]
    assert not large.exists()
    assert estimate(dump(moons()), tmp_path, values_to=large, all_values=True)["values"]
    assert large.exists()
