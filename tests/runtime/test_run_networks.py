"""Each network of a run can be taken away by itself, judged or not, and so can the averages of weights that it kept."""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from branches import Branches
from objective_projects import averaged_gan, mean_teacher
from safetensors.torch import load_file
from torch import nn

from graph.edits import SetParam
from graph.errors import LoomError
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING
from runtime.analysis import Analyser
from runtime.attack import attack
from runtime.attack_protocol import AttackOrder
from runtime.attack_reach import targets_of
from runtime.attack_result import packed_attack
from runtime.attack_words import beside_words, share
from runtime.checkpoint import kept_averages, kept_weights
from runtime.cli import main
from runtime.code_layout import CodeForm
from runtime.conversion import convert
from runtime.exporter import export_run
from runtime.kept_attacks import attack_path, attacks_of, keep_attack
from runtime.network_ends import noted_ends
from runtime.preparation import prepare
from runtime.run_label import start_title
from runtime.run_networks import RunNetwork, networks_of, other_networks, wanted_network
from runtime.rundir import RunDir, create_run
from runtime.start_from import keep_weights
from runtime.trial import Trials
from runtime.trial_model import TrialError, fill, open_run_model, weights_of
from runtime.trial_protocol import TrialAnswer
from runtime.unused_weights import drop_unused
from runtime.worker import run_training


def trained(project: Project, folder: Path) -> RunDir:
    run = create_run(folder, dump(project))
    assert run_training(run)["reason"] == "completed"
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    return trained(averaged_gan(), tmp_path_factory.mktemp("gan"))


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    project = mean_teacher({"epochs": 4, "optimizer.Adam.lr": 0.1, "seed": 2})  # so that the best epoch is not the last
    return trained(project, tmp_path_factory.mktemp("teacher"))


def network_of(run: RunDir, name: str, *, is_average: bool = False) -> nn.Module:
    opened = open_run_model(load_catalog(), run, wanted=RunNetwork(name=name, is_average=is_average))
    fill(opened, weights_of(run, is_average=is_average), is_part=False)
    return opened.network


def test_averages_are_those_of_the_epoch_whose_weights_are_kept(
    taught: RunDir, branches: Branches, tmp_path: Path
) -> None:
    training = prepare(taught.project_text(), tmp_path).load().Training()
    for _ in training.run():
        pass
    last = {key: one.clone() for key, one in training.averages["classifier average"].state_dict().items()}
    assert training.finish().weights_sha256 == taught.summary().weights_sha256
    best, kept = training.averages["classifier average"].state_dict(), load_file(taught.averages)
    assert kept.keys() == best.keys()
    assert all(torch.equal(kept[key], best[key]) for key in best)
    assert not all(torch.equal(last[key], best[key]) for key in best)
    assert kept_averages(taught.checkpoints) == taught.averages.read_bytes()
    assert kept_weights(taught.checkpoints) == taught.weights.read_bytes()

    files = export_run(taught, tmp_path / "code")
    assert [path.name for path in files] == [
        "model.py",
        "train.py",
        "requirements.txt",
        "weights.safetensors",
        "averages.safetensors",
    ]
    said = branches.script(tmp_path / "code")
    assert said[-1] == f"weights_sha256 {taught.summary().weights_sha256}"
    for name in ("weights", "averages"):
        alone, exported = (load_file(tmp_path / "code" / place / f"{name}.safetensors") for place in ("out", "."))
        assert alone.keys() == exported.keys()
        assert all(torch.equal(alone[key], exported[key]) for key in alone)


def test_each_network_of_a_run_and_its_average_becomes_a_program(made: RunDir, tmp_path: Path) -> None:
    wanted = networks_of(made)
    assert [one.title() for one in wanted] == ["discriminator", "generator", "generator (average)"]
    answers = []
    for one in wanted:
        converted = convert(made, "pt2", network=one.name, is_average=one.is_average)
        assert (converted.remarks, converted.difference) == ([], 0.0)
        module = torch.export.load(io.BytesIO(converted.raw)).module()
        given = torch.randn(5, 4 if one.name == "generator" else 2, generator=torch.Generator().manual_seed(1))
        answers.append(module(given))
        assert torch.equal(answers[-1], network_of(made, one.name, is_average=one.is_average)(given))
    assert not torch.equal(answers[1], answers[2])
    assert answers[0].shape == (5, 1)

    words = [str(made.path), "--to", str(tmp_path), "--format", "safetensors", "--network", "generator", "--average"]
    assert main(["export", *words]) == 0
    network_of(made, "generator").load_state_dict(load_file(tmp_path / "weights.safetensors"))
    facts = json.loads((tmp_path / "model.json").read_text())
    assert (facts["network"], facts["inputs"][0]["shape"]) == ("generator", ["batch", 4])
    assert "average" in facts


def test_an_export_says_how_the_weights_of_one_of_its_networks_are_used(
    taught: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = averaged_gan()
    project.view["main"] = "generator"
    made = trained(project, tmp_path / "runs")
    noise = torch.randn(36, 4, generator=torch.Generator().manual_seed(0))
    expected = {average: network_of(made, "generator", is_average=average)(noise) for average in (False, True)}
    monkeypatch.setattr(torch, "randn", lambda *sizes: noise if sizes == (36, 4) else None)
    export_run(made, tmp_path / "pack", form=CodeForm(layout="package", name="points_gan"))
    export_run(made, tmp_path / "files")
    export_run(made, tmp_path / "one", form=CodeForm(layout="single", name="gan_in_one"))
    readme = (tmp_path / "pack" / "README.md").read_text()
    assert "begin with `discriminator.`, `generator.`" in readme
    example = readme.partition("```python\n")[2].partition("```")[0]
    given = {"pack": example}
    for folder, module in (("files", "model"), ("one", "gan_in_one")):
        script = tmp_path / folder / ("train.py" if folder == "files" else f"{module}.py")
        said = ast.get_docstring(ast.parse(script.read_text())) or ""
        lines = [line.removeprefix("    ") for line in said.splitlines() if line.startswith("    ")]
        begin = ["import torch", "from safetensors.torch import load_file", f"from {module} import Generator"]
        given[folder] = "\n".join([*begin, *lines])
    for folder, text in given.items():
        monkeypatch.chdir(tmp_path / folder)
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        names: dict[str, Any] = {}
        exec(compile(text, folder, "exec"), names)  # the example, to the letter
        assert torch.equal(names["point"], expected[False]), folder
        average = 'network.load_state_dict(load_file("averages.safetensors"))'
        assert average in (readme if folder == "pack" else script_of(tmp_path / folder))
        exec(average, names)
        assert torch.equal(names["network"](noise), expected[True]), folder
        for module in [one for one in sys.modules if one.partition(".")[0] in ("model", "points_gan", "gan_in_one")]:
            monkeypatch.delitem(sys.modules, module)

    export_run(taught, tmp_path / "single", form=CodeForm(layout="package", name="taught"))
    alone = (tmp_path / "single" / "README.md").read_text()
    assert 'network.load_state_dict(load_file("weights.safetensors"))\nnetwork.eval()\n```' in alone
    assert "The average of the weights of Classifier, which often answers better, is in" in alone


def script_of(folder: Path) -> str:
    return next(one.read_text() for one in folder.glob("*.py") if "argparse" in one.read_text())


def test_what_a_run_does_not_have_is_said(made: RunDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LoomError, match=r"no network called 'critic'\. It has: discriminator, generator"):
        wanted_network(made, "critic")
    with pytest.raises(LoomError, match=r"no average of discriminator\. It keeps averages of: generator"):
        convert(made, "pt2", network="discriminator", is_average=True)
    assert main(["export", str(made.path), "--to", str(tmp_path), "--average"]) == 2
    assert "name a --format too" in capsys.readouterr().err


def test_a_run_that_was_kept_before_averages_were_gives_all_else(made: RunDir, tmp_path: Path) -> None:
    older = create_run(tmp_path, made.project_text())
    for name in ("run.json", "scaling.json", "events.jsonl", "weights.safetensors"):
        (older.path / name).write_bytes((made.path / name).read_bytes())
    assert [one.title() for one in networks_of(older)] == ["discriminator", "generator"]
    assert convert(older, "pt2", network="generator").is_ready
    assert "averages.safetensors" not in [path.name for path in export_run(older, tmp_path / "code")]
    with pytest.raises(TrialError, match="kept no averages"):
        weights_of(older, is_average=True)


def test_the_average_in_a_checkpoint_is_that_of_its_step(made: RunDir, tmp_path: Path) -> None:
    running = create_run(tmp_path, made.project_text())
    for name in ("run.json", "scaling.json"):
        (running.path / name).write_bytes((made.path / name).read_bytes())
    shutil.copytree(made.checkpoints, running.checkpoints, dirs_exist_ok=True)
    network = network_of(running, "generator", is_average=True)
    kept = network_of(made, "generator", is_average=True)
    assert all(
        torch.equal(one, other)
        for one, other in zip(network.state_dict().values(), kept.state_dict().values(), strict=True)
    )


def test_a_training_starts_from_averages_where_they_were_kept(made: RunDir, tmp_path: Path) -> None:
    path = tmp_path / "next.loom"
    kept = keep_weights(made, path, averages=True)
    assert start_title(str(kept)).endswith(" (averages)")
    held = load_file(kept)
    assert held.keys() == load_file(made.weights).keys()
    project = averaged_gan()
    project.training["start_from"] = str(kept)
    training = prepare(dump(project), tmp_path).load().Training()
    assert len(training.taken) == len(held)
    for name, is_average in (("generator", True), ("discriminator", False)):
        other = network_of(made, name, is_average=is_average).state_dict()
        assert all(torch.equal(one, other[key]) for key, one in training.networks[name].state_dict().items())
    analysis = Analyser(lambda _: None).analyse(1, dump(project), tmp_path)
    assert analysis.start is not None
    assert analysis.start.words() == f"All {len(held)} weights fit."
    assert drop_unused(path, [], tmp_path) == (kept,)


def test_a_checkpoint_of_several_networks_is_started_from_by_their_names(made: RunDir, tmp_path: Path) -> None:
    running = create_run(tmp_path, made.project_text())
    shutil.copytree(made.checkpoints, running.checkpoints, dirs_exist_ok=True)
    kept = load_file(keep_weights(running, tmp_path / "next.loom"))
    assert kept.keys() == load_file(made.weights).keys()


def test_scores_without_a_field_are_attacked_as_the_classes_of_the_data(tmp_path: Path) -> None:
    project = mean_teacher({"epochs": 1})
    SetParam(network="classifier", uid="classifier-label", name="field", value=MISSING).apply(project)
    run = trained(project, tmp_path)
    targets = targets_of(run)
    assert [one.title() for one in targets] == ["classifier", "classifier (average)"]
    order = AttackOrder(method="fgsm", epsilons=(0.5,), network="classifier", average=True)
    result = attack(run, order)
    assert (result.answer.name, result.order) == ("class", order)
    network = network_of(run, "classifier", is_average=True)
    module = prepare(run.project_text(), run.path).load()
    found = module.load_splits()
    test = (found[0] if isinstance(found, tuple) else found)["test"]
    with torch.no_grad():
        assert result.clean.tolist() == network(test["point"]).argmax(1).tolist()


def test_attacks_on_a_network_and_on_its_average_are_kept_side_by_side(taught: RunDir) -> None:
    order = AttackOrder(method="fgsm", epsilons=(0.5,), samples=20)
    found = {average: attack(taught, dataclasses.replace(order, average=average)) for average in (False, True)}
    assert not np.array_equal(found[False].sure, found[True].sure)
    before = taught.media / "attack-fgsm.npz"  # as it was kept when a run kept a single one
    before.write_bytes(packed_attack(found[True]))
    pgd = dataclasses.replace(found[True], order=AttackOrder(method="pgd", epsilons=(0.5,)))
    (taught.media / "attack-pgd.npz").write_bytes(packed_attack(pgd))
    assert sorted(one.title() for one in attacks_of(taught)) == ["FGSM on classifier (average)", "PGD"]
    path = keep_attack(taught, found[False])
    assert path.name == "attack-fgsm-classifier.npz"
    assert before.is_file()
    assert keep_attack(taught, found[True]).name == "attack-fgsm-classifier-average.npz"
    assert not before.is_file(), "it is of the same network, and older"
    kept = {one.title(): one.read() for one in attacks_of(taught)}
    for average, title in ((False, "FGSM on classifier"), (True, "FGSM on classifier (average)")):
        result = kept[title]
        assert result is not None
        assert result.order == dataclasses.replace(order, network="classifier", average=average)
        assert np.array_equal(result.sure, found[average].sure)
    words = beside_words("classifier", found[False], 0.5)
    assert words == f"classifier: {share(found[False].accuracy(1))}, instead of {share(found[False].accuracy(0))}."
    strange = dataclasses.replace(order, network="../../elsewhere")
    assert attack_path(taught, strange) == before


def test_what_no_field_feeds_is_noted_and_tried_with_numbers_of_ones_own(made: RunDir) -> None:
    assert noted_ends(made)["generator"].inputs["noise"].shape == (4,)
    assert noted_ends(made)["generator"].outputs["point"].shape == (2,)
    assert other_networks(made) == networks_of(made)
    trials = Trials(load_catalog())
    noise = torch.randn(4, generator=torch.Generator().manual_seed(2))
    for is_average in (False, True):
        which = {"network": "generator", "average": is_average}
        row = {"id": 1, "kind": "try", "run": str(made.path), "inputs": {"noise": noise.tolist()}, **which}
        (head,) = TrialAnswer.from_json(trials.answer(row)).heads
        with torch.no_grad():
            wanted = network_of(made, "generator", is_average=is_average)(noise.unsqueeze(0))[0]
        assert (head.node, head.values.tolist()) == ("point", wanted.tolist())
