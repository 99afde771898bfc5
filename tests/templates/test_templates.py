"""Templates: the weights, names and shapes that were published, and code that a good engineer would leave as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import black
import published
import pytest
import torch
from checked import MEMO, built, code_of
from safetensors.torch import load_file
from templates import FOLDER, NAMES, template

from graph.blocks import catalog_of
from graph.code_style import CodeStyle, styled
from graph.codegen import emit_model
from graph.files import dump, read
from graph.meaning import meaning
from graph.ops.catalog import load_catalog
from graph.shapes import infer
from studio.templates.facts import TEMPLATES, template_text
from type_check import mypy_finds

PUBLISHED: dict[str, Callable[[], published.Shapes]] = {
    "alexnet": published.alexnet,
    "vgg16": published.vgg16,
    "resnet18": lambda: published.resnet((2, 2, 2, 2), bottleneck=False),
    "resnet50": lambda: published.resnet((3, 4, 6, 3), bottleneck=True),
    "densenet121": published.densenet121,
    "mobilenet_v2": published.mobilenet_v2,
    "efficientnet_b0": published.efficientnet_b0,
    "vit_b_16": published.vit_b_16,
    "unet": published.unet,
    "vae": published.vae,
    "dcgan": published.dcgan,
    "pointnet": published.pointnet,
    "tcn": published.tcn,
    "bert_base": published.bert_base,
    "gpt2": published.gpt2,
    "seq2seq": published.seq2seq,
}
DATA = Path(os.environ.get("LAYERLOOM_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
WEIGHTS = DATA / "resnet20-cifar10" / "resnet20.safetensors"


def test_every_template_is_in_the_gallery_and_its_file_is_drawn_by_the_script() -> None:
    assert sorted(TEMPLATES) == sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.loom"))
    for name in NAMES:
        assert template_text(name) == dump(template(name)) == dump(read(FOLDER / f"{name}.loom"))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_the_published_number_of_weights(name: str) -> None:
    emitted, report = code_of(name)
    assert sum(one.numel() for one in built(name, "meta").parameters()) == TEMPLATES[name].parameters
    assert sum(report.weights.values()) == TEMPLATES[name].parameters
    for style in (CodeStyle(), CodeStyle(hints=False), CodeStyle(hints=False, comments=False)):
        text = styled(emitted.text, style).text
        assert black.format_str(text, mode=black.Mode()) == text
        assert meaning(text) == meaning(emitted.text) or not style.hints


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_weights_have_the_published_names_and_shapes(name: str) -> None:
    found = {key: tuple(tensor.shape) for key, tensor in built(name, "meta").state_dict().items()}
    assert found == PUBLISHED[name]()


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_template_is_the_same_before_data_are_chosen(name: str) -> None:
    project = template(name)
    catalog = catalog_of(load_catalog(), project)
    report = infer(catalog, project.main(), {}, MEMO)
    assert {problem.code for problem in report.problems} == {"unknown-field"}
    assert emit_model(catalog, project.main(), report).text == code_of(name)[0].text


def test_the_code_of_resnet_50_is_short() -> None:
    assert len(code_of("resnet50")[0].text.splitlines()) < 150


def test_a_loop_that_counts_tells_a_size_of_which_the_first_alone_differs_by_the_number() -> None:
    assert "TemporalBlock(1 if index == 0 else 25, 25, 2**index)" in code_of("tcn")[0].text


def test_code_tells_the_shape_of_what_is_used_and_says_for_instance_only_where_uses_differ() -> None:
    assert "        _, _, x = self.vae(image)\n" in code_of("vae")[0].text  # log_var, the first, has another shape
    assert "for instance" not in code_of("vit_b_16")[0].text  # all layers get the same
    assert "    Shape, for instance:\n        input: N × 3 × 224 × 224\n" in code_of("unet")[0].text


def test_few_repeats_that_differ_stand_one_after_the_other_and_fractions_say_how_they_were_reckoned() -> None:
    text = code_of("efficientnet_b0")[0].text
    assert "MbConv(24, 40, kernel=5, stride=2, drop=0.2 * 3 / 16),\n" in text
    assert " if index" not in text
    assert "BertEncoder(768, 12, inner=3072)" in code_of("bert_base")[0].text


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the published weights are not on this machine")
def test_the_published_weights_of_resnet_20_fit_with_none_missing_or_left_over() -> None:
    network = built("resnet20", "cpu").eval()
    network.load_state_dict(load_file(WEIGHTS), strict=True)
    with torch.no_grad():
        answers = network(torch.zeros(2, 3, 32, 32))
    assert answers.shape == (2, 10)
    assert torch.isfinite(answers).all()


def test_a_variational_autoencoder_draws_points_while_it_learns_and_takes_the_mean_afterwards() -> None:
    network, image = built("vae", "cpu"), torch.rand(2, 1, 28, 28)
    log_var, mean, rebuilt = network.vae(image)
    assert (log_var.shape, mean.shape, rebuilt.shape) == ((2, 20), (2, 20), (2, 1, 28, 28))
    assert not torch.equal(network(image), network(image))
    network.eval()
    assert torch.equal(network(image), network(image))


def test_code_of_all_templates_is_clean_for_ruff_and_mypy(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(code_of(name)[0].text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert mypy_finds(tmp_path, ".") == []
