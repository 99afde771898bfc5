"""Attacks on trained networks: exactly what is published, within their ball, leaving no trace, told and kept."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from training_projects import curve, moons, project_of, with_training

from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.attack import attack, bounds_of
from runtime.attack_protocol import AttackError, AttackOrder, epsilons_in
from runtime.attack_reach import NO_CLASSES, reach_of
from runtime.attack_result import attack_in
from runtime.attack_words import class_rows
from runtime.cli import main
from runtime.kept_attacks import attack_path, attacks_of, keep_attack
from runtime.library.attacks import fgsm, pgd, strongest
from runtime.media import MediaError
from runtime.rundir import RunDir, create_run
from runtime.trial_model import open_run_model
from runtime.worker import run_training

PLAIN = {"low": torch.tensor(0.0), "high": torch.tensor(1.0)}


def digits(scale: str) -> Project:
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "image"}),
        ("flat", "Flatten", {}),
        ("wide", "Linear", {"out_features": 32}),
        ("norm", "BatchNorm1d", {}),
        ("relu", "ReLU", {}),
        ("drop", "Dropout", {"p": 0.2}),
        ("last", "Linear", {"out_features": 10}),
        ("output", "Output", {"field": "digit"}),
    ]
    training: dict[str, Value] = {"epochs": 8, "threads": 1}
    return project_of(layers, data={"source": "digits", "scale.inputs": scale}, training=training)


def table() -> Project:
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "features"}),
        ("linear", "Linear", {"out_features": 3}),
        ("output", "Output", {"field": "species"}),
    ]
    data: dict[str, Value] = {"source": "iris", "scale.inputs": "standard"}
    return project_of(layers, data=data, training={"epochs": 20, "threads": 1})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    root = tmp_path_factory.mktemp("attacked")
    single = with_training(moons({"epochs": 10}, width=1), loss="BCEWithLogitsLoss", **{"optimizer.Adam.lr": 0.03})
    single.data.update({"split.test": 0.0, "split.validation": 0.3, "split.train": 0.7})
    projects = {
        "plain": digits("none"),
        "scaled": digits("standard"),
        "points": single,
        "table": table(),
        "numbers": curve({"epochs": 1}),
    }
    found = {}
    for name, project in projects.items():
        found[name] = create_run(None, dump(project), run_dir=root / name)
        run_training(found[name], resume=False)
    return found


def small_network() -> nn.Module:
    """Convolution, BatchNorm and dropout, one part of which is in eval mode while the rest trains."""
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.4), nn.Flatten(), nn.Linear(144, 5)
    )
    network[1].running_mean.uniform_(-0.1, 0.1)
    network.train()
    network[3].eval()
    return network


def pictures(count: int = 12) -> tuple[Tensor, Tensor]:
    made = torch.Generator().manual_seed(5)
    return torch.rand(count, 1, 8, 8, generator=made), torch.randint(0, 5, (count,), generator=made)


def test_both_attacks_give_the_very_numbers_of_a_twin_written_by_hand() -> None:
    network = small_network()
    image, label = pictures()

    def loss(at: Tensor) -> Tensor:
        return functional.cross_entropy(network(at), label, reduction="none")

    epsilon, step = torch.tensor(0.1), torch.tensor(0.03)
    found = fgsm(network, loss, image, epsilon=epsilon, **PLAIN)
    made = torch.Generator().manual_seed(11)
    walked = pgd(network, loss, image, epsilon=epsilon, step_size=step, steps=7, generator=made, **PLAIN)

    twin = small_network().eval()
    x = image.clone().requires_grad_(True)
    functional.cross_entropy(twin(x), label, reduction="sum").backward()
    assert torch.equal(found, (image + 0.1 * x.grad.sign()).clamp(0, 1))
    x = image + 0.1 * (2 * torch.rand(image.shape, generator=torch.Generator().manual_seed(11)) - 1)
    x = torch.max(torch.min(x, image + 0.1), image - 0.1).clamp(0, 1)
    for _ in range(7):
        x = x.detach().requires_grad_(True)
        functional.cross_entropy(twin(x), label, reduction="sum").backward()
        x = x.detach() + 0.03 * x.grad.sign()
        x = torch.max(torch.min(x, image + 0.1), image - 0.1).clamp(0, 1)
    assert torch.equal(walked, x)


def test_on_a_linear_network_one_step_is_the_closed_form_and_no_walk_does_better() -> None:
    torch.manual_seed(0)
    network = nn.Linear(6, 1)
    x, y = torch.randn(40, 6), torch.randint(0, 2, (40,)).float()

    def loss(at: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(network(at).squeeze(1), y, reduction="none")

    wide = {"low": torch.tensor(-100.0), "high": torch.tensor(100.0)}
    found = fgsm(network, loss, x, epsilon=torch.tensor(0.25), **wide)
    away = (1 - 2 * y).unsqueeze(1) * network.weight.detach().sign()
    assert torch.equal(found, x + 0.25 * away)
    made = torch.Generator().manual_seed(1)
    epsilon, step = torch.tensor(0.25), torch.tensor(0.1)
    walked = pgd(network, loss, x, epsilon=epsilon, step_size=step, steps=20, generator=made, **wide)
    torch.testing.assert_close(walked, found)


def test_nothing_leaves_the_ball_or_the_range_and_what_lies_outside_may_stay() -> None:
    network = small_network()
    image, label = pictures(30)
    image[0, 0, 0, 0], image[1, 0, 0, 0] = 1.5, -0.5

    def loss(at: Tensor) -> Tensor:
        return functional.cross_entropy(network(at), label, reduction="none")

    made = torch.Generator().manual_seed(2)
    for size in (0.01, 0.3, 2.0):
        epsilon = torch.tensor(size)
        walk = {"epsilon": epsilon, "step_size": epsilon, "steps": 3, "generator": made, **PLAIN}
        attempts = [pgd(network, loss, image, **walk) for _ in range(3)]
        for moved in (fgsm(network, loss, image, epsilon=epsilon, **PLAIN), *attempts):
            assert bool((moved >= torch.max(image - size, image.clamp(max=0.0))).all())
            assert bool((moved <= torch.min(image + size, image.clamp(min=1.0))).all())
        best = strongest(network, loss, attempts)
        network.eval()
        losses = torch.stack([loss(one) for one in attempts])
        assert torch.equal(loss(best), losses.amax(0))
        network.train()
        network[3].eval()


def test_an_attack_leaves_modes_buffers_gradients_and_the_global_generator_as_they_were() -> None:
    network = small_network()
    image, label = pictures()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    state = torch.get_rng_state()

    def loss(at: Tensor) -> Tensor:
        assert not any(module.training for module in network.modules())
        return functional.cross_entropy(network(at), label, reduction="none")

    made = torch.Generator().manual_seed(2)
    epsilon = torch.tensor(0.1)
    attempts = [pgd(network, loss, image, epsilon=epsilon, step_size=epsilon, steps=2, generator=made, **PLAIN)]
    strongest(network, loss, [*attempts, fgsm(network, loss, image, epsilon=epsilon, **PLAIN)])
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    with pytest.raises(ZeroDivisionError):
        fgsm(network, lambda at: network(at) / (1 // 0), image, epsilon=epsilon, **PLAIN)
    assert [module.training for module in network.modules()] == modes


def test_a_classifier_of_digits_is_right_less_often_as_epsilon_grows(runs: dict[str, RunDir]) -> None:
    torch.manual_seed(8)
    state = torch.get_rng_state()
    order = AttackOrder(method="pgd", epsilons=(0.02, 0.1, 0.3), steps=5)
    told: list[tuple[int, int]] = []
    result = attack(runs["plain"], order, lambda done, of: told.append((done, of)))
    assert torch.equal(torch.get_rng_state(), state)
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))
    shares = [share for _, share in result.curve()]
    assert shares[0] == runs["plain"].summary().result["test"]["accuracy"] > 0.9
    assert shares[0] > shares[1] > shares[2] > shares[3]
    assert shares[3] < 0.1
    assert (result.part, result.count, result.total) == ("test", 270, 270)
    alone = attack(runs["plain"], dataclasses.replace(order, epsilons=(0.1,)))
    np.testing.assert_array_equal(alone.attacked[0], result.attacked[1])
    weaker = attack(runs["plain"], dataclasses.replace(order, method="fgsm", epsilons=(0.1,), samples=100))
    assert weaker.count == 100
    assert weaker.accuracy(0) > weaker.accuracy(1)


def test_restarts_never_make_an_attack_weaker(runs: dict[str, RunDir]) -> None:
    order = AttackOrder(epsilons=(0.05,), steps=2, samples=200)
    once, often = (attack(runs["plain"], dataclasses.replace(order, restarts=count)) for count in (1, 4))
    assert often.accuracy(1) <= once.accuracy(1)


@pytest.mark.parametrize("name", ["plain", "scaled"])
def test_epsilon_is_meant_in_the_unit_of_the_data_whatever_is_scaled(runs: dict[str, RunDir], name: str) -> None:
    result = attack(runs[name], AttackOrder(method="fgsm", epsilons=(0.1,), samples=60))
    assert (result.unit, result.low, result.high) == ("data", (0.0,), (1.0,))
    moved = np.abs(result.changed[0] - result.originals)
    assert result.originals.min() > -1e-5
    assert result.originals.max() < 1 + 1e-5
    assert 0.1 - 1e-5 < moved.max() < 0.1 + 1e-5
    assert result.changed.min() > -1e-5
    assert result.changed.max() < 1 + 1e-5
    assert set(np.unique(np.isclose(moved, 0.1, atol=1e-5))) == {True, False}  # what was black cannot get blacker


def test_columns_that_are_scaled_one_by_one_move_by_a_share_of_their_range(runs: dict[str, RunDir]) -> None:
    result = attack(runs["table"], AttackOrder(method="fgsm", epsilons=(0.05,)))
    width = np.array(result.high) - np.array(result.low)
    assert result.unit == "share"
    moved = np.abs(result.changed[0] - result.originals).max(0)
    np.testing.assert_allclose(moved, 0.05 * width, rtol=1e-3)
    reach = reach_of(runs["table"])
    assert reach.usual_epsilons() == (0.02, 0.05, 0.1, 0.2, 0.3)
    bounds = bounds_of(open_run_model(load_catalog(), runs["table"]), reach)
    torch.testing.assert_close(bounds.unit, bounds.high - bounds.low)


def test_a_single_score_is_attacked_too_on_the_validation_part_where_nothing_is_for_the_test(
    runs: dict[str, RunDir],
) -> None:
    result = attack(runs["points"], AttackOrder(steps=5))
    assert (result.part, result.count) == ("validation", 60)
    assert result.accuracy(0) > result.accuracy(len(result.epsilons))
    assert len(result.epsilons) == 5
    rows = class_rows(result, len(result.epsilons))
    assert [row[0] for row in rows] == list(result.answer.classes)
    wrong = int((result.attacked[-1] != result.target).sum())
    assert sum(row.times for row in result.classes(len(result.epsilons))) == wrong


def test_what_was_found_comes_back_from_the_folder_and_damage_is_told(runs: dict[str, RunDir]) -> None:
    run = runs["scaled"]
    result = attack(run, AttackOrder(method="fgsm", epsilons=(0.05, 0.2), samples=50))
    path = keep_attack(run, result)
    back = attack_in(path)
    assert back is not None
    assert path == attack_path(run, result.order) == run.media / "attack-fgsm.npz"
    for name in ("target", "clean", "attacked", "sure", "shown", "originals", "changed"):
        np.testing.assert_array_equal(getattr(back, name), getattr(result, name))
    assert (back.order, back.low, back.part, back.answer) == (result.order, result.low, "test", result.answer)
    assert [one.title() for one in attacks_of(run)] == ["FGSM"]
    assert attack_in(run.media / "attack-pgd.npz") is None
    keep_attack(run, dataclasses.replace(result, attacked=result.attacked + 10))
    with pytest.raises(MediaError, match="damaged"):
        attack_in(path)
    spoiled = (
        {"low": (float("nan"),)},
        {"answer": dataclasses.replace(result.answer, classes=tuple(range(10)))},
        {"changed": result.changed[:1]},
        {"order": dataclasses.replace(result.order, epsilons=(0.1, -1.0))},
    )
    for values in spoiled:
        keep_attack(run, dataclasses.replace(result, **values))
        with pytest.raises(MediaError, match="damaged"):
            attack_in(path)
    path.write_bytes(b"PK")
    with pytest.raises(MediaError, match="damaged"):
        attack_in(path)
    path.unlink()


def test_what_cannot_be_attacked_gets_a_sentence(runs: dict[str, RunDir]) -> None:
    with pytest.raises(AttackError, match="say a class"):
        attack(runs["numbers"], AttackOrder())
    for text, words in (("", "at least one"), ("0.1 no", "no number"), ("0", "more than 0"), ("nan", "more than 0")):
        with pytest.raises(AttackError, match=words):
            epsilons_in(text)
    assert epsilons_in("0.3; 0.1,0.3 .2") == (0.1, 0.2, 0.3)
    with pytest.raises(AttackError, match="steps"):
        attack(runs["plain"], AttackOrder(steps=0))


def test_the_command_prints_the_table_and_keeps_it(runs: dict[str, RunDir], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["attack", str(runs["plain"].path), "--method", "fgsm", "--epsilon", "0.1,0.2"]
    assert main([*words, "--samples", "80"]) == 0
    shown = capsys.readouterr()
    assert "FGSM, one step; 80 of 270 test samples" in shown.out
    lines = [line.split() for line in shown.out.splitlines()]
    result = attack_in(runs["plain"].media / "attack-fgsm.npz")
    assert result is not None
    for epsilon, share in result.curve():
        assert [f"{epsilon:g}", f"{100 * share:.1f}", "%"] in lines
    assert "0 (black) to 1 (white)" in shown.err
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 270
    assert main(["attack", str(runs["numbers"].path)]) == 2
    assert NO_CLASSES in capsys.readouterr().err
    assert main(["attack", str(runs["plain"].path), "--epsilon", "much"]) == 2


def test_the_process_of_the_window_says_how_far_it_is_and_what_is_wrong(
    runs: dict[str, RunDir], tmp_path: Path
) -> None:
    def said(run: RunDir, order: AttackOrder) -> list[dict[str, object]]:
        command = [sys.executable, "-P", "-m", "runtime.attack_process", str(run.path), json.dumps(order.to_json())]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
        return [json.loads(line) for line in answer.stdout.splitlines()]

    rows = said(runs["points"], AttackOrder(epsilons=(0.3,)))
    assert rows[0]["kind"] == "progress"
    assert rows[-1] == {"kind": "attacked", "file": "attack-pgd.npz"}
    assert attack_in(runs["points"].media / "attack-pgd.npz") is not None
    assert said(runs["numbers"], AttackOrder()) == [{"kind": "problem", "text": NO_CLASSES}]


def test_a_loss_that_cannot_be_followed_back_is_told(tmp_path: Path) -> None:
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "features"}),
        ("round", "detach", {}),
        ("linear", "Linear", {"out_features": 3}),
        ("output", "Output", {"field": "species"}),
    ]
    project = project_of(layers, data={"source": "iris"}, training={"epochs": 1, "threads": 1})
    run = create_run(None, dump(project), run_dir=tmp_path / "run")
    run_training(run, resume=False)
    with pytest.raises(AttackError, match="cannot be followed back to features"):
        attack(run, AttackOrder(method="fgsm"))
