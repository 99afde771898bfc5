"""Training that starts from the weights of another run: what is kept, taken over, told, resumed and exported."""

from __future__ import annotations

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from branches import Branches
from safetensors.torch import load_file, save_file
from training_projects import Layer, curve, moons, project_of

from graph.files import dump, parse, read
from graph.model import Project
from graph.problems import Problem
from runtime.analysis import Analyser
from runtime.differences import differences, run_name
from runtime.exporter import export_run
from runtime.preparation import prepare
from runtime.protocol import Analysis
from runtime.rundir import RunDir, create_run
from runtime.start_from import StartError, keep_weights, read_shapes
from runtime.start_names import StartNames
from runtime.start_report import StartReport, start_fit
from runtime.worker import Cadence, run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OFTEN = Cadence(within_epoch=0.0, epoch_end=0.0)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """A run of a network with BatchNorm, beside a project file."""
    folder = tmp_path_factory.mktemp("project")
    return trained(moons(), folder / "a.runs")


def trained(project: Project, root: Path, **options: Any) -> RunDir:
    run = create_run(root, dump(project), base=root.parent)
    ended = run_training(run, **options)
    assert ended["reason"] == "completed", ended
    return run


def started(first: RunDir, folder: Path, project: Project | None = None) -> tuple[Project, Path]:
    """A project in a folder that starts from weights beside it."""
    shutil.copytree(first.path, folder / "a.runs" / first.name)
    kept = keep_weights(RunDir(folder / "a.runs" / first.name), folder / "a.loom")
    project = project or moons()
    project.training["start_from"] = kept.relative_to(folder).as_posix()
    return project, kept


def text_of(run: RunDir) -> str:
    return (run.path / "train.py").read_text()


def messages(run: RunDir) -> list[str]:
    return [str(event["text"]) for event in run.events() if event["kind"] == "message"]


def test_the_first_weights_are_those_of_the_file_buffers_and_counters_included(first: RunDir, tmp_path: Path) -> None:
    project, kept = started(first, tmp_path)
    prepared = prepare(dump(project), tmp_path)
    training: Any = prepared.load().Training(device="cpu")
    held = load_file(kept)
    assert {"norm.running_mean", "norm.num_batches_tracked"} <= held.keys()
    assert int(held["norm.num_batches_tracked"]) > 0
    state = training.networks["network"].state_dict()
    assert state.keys() == held.keys()
    assert all(torch.equal(state[name], held[name]) for name in held)


def test_the_random_stream_is_the_one_of_a_training_without(first: RunDir, tmp_path: Path) -> None:
    project, _ = started(first, tmp_path)
    prepare(dump(project), tmp_path).load().Training(device="cpu")
    after = torch.get_rng_state()
    prepare(dump(moons()), tmp_path).load().Training(device="cpu")
    assert torch.equal(after, torch.get_rng_state())


def test_a_weight_of_another_shape_begins_as_it_would_without(first: RunDir, tmp_path: Path) -> None:
    project, _ = started(first, tmp_path)
    wide = parse(dump(project).replace('"out_features": 8', '"out_features": 9'))
    assert dump(wide) != dump(project)
    run = trained(wide, tmp_path / "a.runs")
    told = "hidden.weight (8×2, now 9×2), hidden.bias (8, now 9) and 5 more begin anew."
    assert any(f"2 of 9 weights fit; {told}" in text for text in messages(run)), messages(run)


def test_what_fits_is_said_in_words() -> None:
    held = {"a": (10, 256), "b": (3,)}
    assert start_fit(held, {"a": (10, 256), "b": (3,)}).words() == "All 2 weights fit."
    assert (
        start_fit(held, {"a": (5, 256), "b": (3,)}).words() == "1 of 2 weights fit; a (10×256, now 5×256) begins anew."
    )
    assert start_fit(held, {"b": (3,), "c": ()}).words() == "1 of 2 weights fit; c (new) begins anew."
    assert start_fit({}, {"b": (3,)}).words() == "None of the 1 weights fits, so all begin anew."
    names = StartNames(anew=("head",))
    found = start_fit({"head.bias": (3,), "old": (2, 2)}, {"head.bias": (3,), "b": (3,)}, names)
    assert [(row.name, row.state) for row in found.rows] == [("head.bias", "anew"), ("b", "missing"), ("old", "left")]
    counted = start_fit({"n.weight": (2,)}, {"n.weight": (2,), "n.num_batches_tracked": ()})
    assert counted.words() == "All 1 weights fit."
    assert StartReport.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (("backbone.a.w", "backbone.a.b", "backbone.c", "head.w"), "Drop the prefix backbone."),
        (("w", "b"), "Put a. before the names"),
        (("net.0.w", "net.0.b"), "Read net.0. as a."),
        (("a.w", "a.b", "x.c"), None),
    ],
)
def test_where_names_begin_otherwise_the_beginning_is_offered_by_which_most_fit(
    held: tuple[str, ...], words: str | None
) -> None:
    wanted = {"a.w": (4, 2), "a.b": (4,), "c": (3,)}
    sizes = {"w": (4, 2), "b": (4,), "c": (3,)}
    there = {name: sizes[name[-1]] for name in held}
    found = start_fit(there, wanted)
    assert (None if found.offer is None else found.offer.words()) == words
    if found.offer is not None:
        mended = start_fit(there, wanted, StartNames(drop=found.offer.drop, add=found.offer.add))
        assert mended.taken == found.offer.fitting > found.taken
        assert mended.offer is None


def test_the_exported_script_alone_ends_with_the_same_weights_and_so_does_a_resumed_run(
    first: RunDir, branches: Branches, tmp_path: Path
) -> None:
    project, kept = started(first, tmp_path)
    run = trained(project, tmp_path / "a.runs")
    digest = run.events()[-1]["weights_sha256"]
    plain = trained(moons(), tmp_path / "b.runs")
    assert digest != plain.events()[-1]["weights_sha256"]
    assert messages(run)[-1] == "Starts from the weights of first run. All 9 weights fit."

    code = tmp_path / "code"
    export_run(run, code)
    kept.unlink()  # the export needs nothing else
    assert 'START_FROM = "start.safetensors"' in (code / "train.py").read_text()
    told = branches.script(tmp_path, "code/train.py", "--out", "out", "--quiet")
    assert "9 of 9 tensors start from a file" in "\n".join(told)
    assert told[-1] == f"weights_sha256 {digest}"


def killed(run: RunDir, step: int, branches: Branches) -> None:
    """Train in a process that is killed at its first checkpoint from a step on."""
    branches.begin(run, seconds=0.0, dies_at=step)
    assert branches.wait() == -signal.SIGKILL


def test_a_run_that_was_killed_goes_on_to_the_same_weights(first: RunDir, branches: Branches, tmp_path: Path) -> None:
    project, _ = started(first, tmp_path)
    whole = trained(project, tmp_path / "a.runs")
    run = create_run(tmp_path / "a.runs", dump(project), base=tmp_path)
    killed(run, 4, branches)
    ended = run_training(run, resume=True)
    assert ended["weights_sha256"] == whole.events()[-1]["weights_sha256"]
    assert [event["step"] for event in run.events() if event["kind"] == "started"][1] >= 4


def test_kept_weights_are_never_written_over_and_kept_once(first: RunDir, tmp_path: Path) -> None:
    _, kept = started(first, tmp_path)
    run = RunDir(tmp_path / "a.runs" / first.name)
    assert kept == tmp_path / "a.weights" / f"{first.name}.safetensors"
    assert keep_weights(run, tmp_path / "a.loom") == kept
    before = kept.read_bytes()
    other = load_file(run.weights)
    run.weights.unlink()
    save_file({name: value + 1 for name, value in other.items()}, run.weights)
    second = keep_weights(run, tmp_path / "a.loom")
    assert second != kept
    assert kept.read_bytes() == before
    assert second.read_bytes() == run.weights.read_bytes()


def test_a_run_that_did_not_end_gives_the_weights_of_its_newest_whole_checkpoint(first: RunDir, tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", dump(moons()))
    with pytest.raises(StartError, match="has no weights yet"):
        keep_weights(run, tmp_path / "a.loom")
    run_training(run, cadence=OFTEN)
    run.weights.unlink()
    newest = sorted(run.checkpoints.glob("step-*"))
    expected = load_file(newest[-1] / "weights.safetensors")
    found = load_file(keep_weights(run, tmp_path / "a.loom"))
    assert {f"network.{name}" for name in found} == expected.keys()
    assert all(torch.equal(value, expected[f"network.{name}"]) for name, value in found.items())
    (newest[-1] / "weights.safetensors").write_bytes(b"spoiled")
    older = load_file(newest[-2] / "weights.safetensors")
    found = load_file(keep_weights(run, tmp_path / "a.loom"))
    assert all(torch.equal(value, older[f"network.{name}"]) for name, value in found.items())


@pytest.mark.parametrize("raw", [b"", b"12345678", b"\xff" * 40, (2).to_bytes(8, "little") + b"[]", None])
def test_a_file_that_is_damaged_or_missing_is_a_sentence(first: RunDir, tmp_path: Path, raw: bytes | None) -> None:
    project, kept = started(first, tmp_path)
    kept.unlink()
    if raw is not None:
        kept.write_bytes(raw)
    with pytest.raises(StartError, match=r"training (cannot start|starts) from.*start anew"):
        read_shapes(str(kept))
    run = create_run(tmp_path / "a.runs", dump(project), base=tmp_path)
    ended = run_training(run)
    assert ended["bad_input"]
    assert str(kept) in ended["message"]
    problem = analysed(project, tmp_path).problems[0]
    assert (problem.severity, problem.section, problem.key) == ("error", "training", "start_from")
    assert [fix.label for fix in problem.fixes] == ["Start anew"]
    problem.fixes[0].edit.apply(project)
    assert not analysed(project, tmp_path).problems


def analysed(project: Project, base: Path, *, may_read: bool = True) -> Analysis:
    """The answer without doubts about the drawing itself."""
    answer = Analyser(lambda _: None).analyse(1, dump(project), base, may_read=may_read)
    found = Analysis.from_json(json.loads(json.dumps(answer.to_json())))
    return replace(found, problems=tuple(row for row in found.problems if row.code != "bias-before-norm"))


def test_the_analysis_tells_what_fits_and_warns_where_nothing_does(first: RunDir, tmp_path: Path) -> None:
    project, kept = started(first, tmp_path)
    found = analysed(project, tmp_path)
    assert found.start is not None
    assert found.start.words() == "All 9 weights fit."
    assert not found.problems
    assert f'START_FROM = "{kept}"' in found.code["train.py"]
    save_file({"other": torch.zeros(2)}, kept)
    found = analysed(project, tmp_path)
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert "Nothing in this drawing fits the weights of first run" in found.problems[0].message
    assert found.code["train.py"]
    assert analysed(moons(), tmp_path).start is None


def test_the_prefix_that_is_offered_makes_weights_fit_in_the_script_the_analysis_and_the_export(
    first: RunDir, branches: Branches, tmp_path: Path
) -> None:
    project, kept = started(first, tmp_path)
    held = load_file(kept)
    kept.unlink()
    save_file({f"backbone.{name}": tensor for name, tensor in held.items()}, kept)
    (problem,) = analysed(project, tmp_path).problems
    assert [fix.label for fix in problem.fixes] == ["Drop the prefix backbone.", "Start anew"]
    problem.fixes[0].edit.apply(project)
    linear = project.main().node("uid_linear")
    project.main().put_node(replace(linear, params={**linear.params, "@anew": True}))
    found = analysed(project, tmp_path)
    assert not found.problems
    assert found.start is not None
    assert found.start.words().startswith("7 of 9 weights fit; linear.weight (as the drawing says)")
    run = trained(parse(dump(project)), tmp_path / "a.runs")
    assert messages(run)[-1].startswith("Starts from the weights of first run. 7 of 9 weights fit;")
    code = tmp_path / "code"
    export_run(run, code)
    told = branches.script(tmp_path, "code/train.py", "--out", "out", "--quiet")
    assert "7 of 9 tensors start from a file" in "\n".join(told)
    assert told[-1] == f"weights_sha256 {run.events()[-1]['weights_sha256']}"
    problem.fixes[1].edit.apply(project)
    assert not {"start_from", "start_from.drop", "start_from.add"} & project.training.keys()


def test_a_run_with_parts_that_thaw_goes_on_after_a_kill_and_its_export_ends_with_the_same_weights(
    first: RunDir, branches: Branches, tmp_path: Path
) -> None:
    project, _ = started(first, tmp_path)
    project.training.update(
        {"epochs": 40, "early_stopping": False, "scheduler": "ExponentialLR", "scheduler.ExponentialLR.gamma": 0.9}
    )
    for name, own in (("hidden", {"@frozen": True, "@thaw": 20, "@lr": 0.1}), ("linear", {"@lr": 2.0})):
        node = project.main().node(f"uid_{name}")
        project.main().put_node(replace(node, params={**node.params, **own}))
    whole = trained(project, tmp_path / "a.runs")
    run = create_run(tmp_path / "a.runs", dump(project), base=tmp_path)
    killed(run, 60, branches)
    ended = run_training(run, resume=True)
    digest = whole.events()[-1]["weights_sha256"]
    assert ended["weights_sha256"] == digest
    begun = [event["step"] for event in run.events() if event["kind"] == "started"]
    assert begun[1] >= 60
    code = tmp_path / "code"
    export_run(run, code)
    told = branches.script(tmp_path, "code/train.py", "--out", "out", "--quiet")
    assert told[-1] == f"weights_sha256 {digest}"


def test_a_file_outside_is_not_looked_at_before_the_person_agrees(tmp_path: Path) -> None:
    project = curve({"start_from": "/somewhere/else.safetensors"})
    problems: tuple[Problem, ...] = analysed(project, tmp_path, may_read=False).problems
    assert [problem.code for problem in problems] == ["unconfirmed"]
    assert "/somewhere/else.safetensors is outside" in problems[0].message


def test_a_run_is_named_by_the_run_that_it_starts_from(first: RunDir, tmp_path: Path) -> None:
    project, _ = started(first, tmp_path)
    assert differences(moons(), project, base=tmp_path) == ("starts from first run",)
    assert differences(project, moons(), base=tmp_path) == ("starts anew",)
    run = create_run(tmp_path / "a.runs", dump(project), base=tmp_path)
    assert run.title() == "starts from first run"
    assert not differences(parse(run.project_text()), project, base=tmp_path)
    RunDir(tmp_path / "a.runs" / first.name).rename("wide")
    assert run_name(dump(moons()), run.project_text()) == "starts from wide"


def test_a_project_that_starts_anew_has_the_script_that_it_had(first: RunDir) -> None:
    assert "START_FROM" not in text_of(first)
    assert "take_weights" not in text_of(first)


def test_grey_pictures_before_a_layer_that_learned_from_colour_are_repeated_by_a_fix(tmp_path: Path) -> None:
    layers: list[Layer] = [
        ("image", "Input", {"field": "image"}),
        ("conv", "Conv2d", {"out_channels": 4, "kernel_size": 3}),
        ("relu", "ReLU", {}),
        ("flat", "Flatten", {}),
        ("linear", "Linear", {"out_features": 10}),
        ("output", "Output", {"field": "digit"}),
    ]
    held = {"conv.weight": torch.zeros(4, 3, 3, 3), "conv.bias": torch.zeros(4)}
    save_file(held, tmp_path / "colour.safetensors")
    project = project_of(layers, data={"source": "digits"}, training={"start_from": "colour.safetensors"})
    (problem,) = [row for row in analysed(project, tmp_path).problems if row.code == "start-channels"]
    assert problem.message.startswith("conv learned from 3 channels and gets 1 here")
    assert [fix.label for fix in problem.fixes] == ["Repeat the channel 3 times"]
    problem.fixes[0].edit.apply(project)
    found = analysed(project, tmp_path)
    assert not found.problems
    assert found.start is not None
    assert (found.start.taken, found.start.counts["missing"]) == (2, 2)


def test_one_of_several_networks_that_train_together_takes_the_weights_that_are_read_as_its_own() -> None:
    project = read(EXAMPLES / "transfer-learning.loom")
    prepared = prepare(dump(project), EXAMPLES)
    training: Any = prepared.load().Training(device="cpu")
    taken = [f"pretrained.{layer}.{part}" for layer in ("conv1", "conv2", "features") for part in ("weight", "bias")]
    assert sorted(training.taken) == sorted(taken)
    held = load_file(EXAMPLES / str(project.training["start_from"]))
    state = training.networks["pretrained"].state_dict()
    assert all(
        torch.equal(state[name.removeprefix("pretrained.")], held[name.removeprefix("pretrained.")]) for name in taken
    )
    report = Analyser(lambda _: None).analyse(1, dump(project), EXAMPLES).start
    assert report is not None
    assert (report.counts["taken"], report.counts["anew"], report.counts["missing"]) == (6, 2, 8)
    assert report.offer is None
