"""One file, a package or two files, with or without hints and comments: each trains to the same bits."""

from __future__ import annotations

import ast
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import black
import pytest
from branches import Branches
from test_script_text import SCRIPTS
from training_projects import losses_of, module_of, moons, project_of, scripts_of

from graph.code_style import CodeStyle
from graph.edits import RenameNetwork
from graph.files import dump
from graph.lower import class_name
from graph.model import Network
from runtime.cli import main
from runtime.code_layout import LAYOUTS, CodeForm, LayoutError, laid_out, module_name
from runtime.inline import _library
from runtime.script import Scripts
from type_check import UNHINTED, mypy_finds

FORMS = [
    CodeForm(style=CodeStyle(hints=hints, comments=comments), layout=layout, name="two_moons")
    for layout, hints, comments in itertools.product(LAYOUTS, (True, False), (True, False))
]


def code_of(scripts: Scripts) -> dict[str, str]:
    return {"model.py": scripts.model, "train.py": scripts.train, "requirements.txt": scripts.requirements}


def run(folder: Path, form: CodeForm, branches: Branches) -> list[str]:
    """What a script says: its losses to the last bit, and the fingerprint of its weights."""
    told = branches.script(folder, *form.command, "--out", "out", "--device", "cpu")
    assert (folder / "out" / "weights.safetensors").is_file()
    return [line.split()[-1] for line in told if line.startswith(("step ", "weights_sha256 "))]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[CodeForm, Path]:
    root = tmp_path_factory.mktemp("forms")
    scripts = scripts_of(moons())
    found = {}
    for number, form in enumerate(FORMS):
        folder = root / f"form{number}"
        for name, text in laid_out(code_of(scripts), form, scripts.origins).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        found[form] = folder
    return found


def test_every_form_trains_to_the_losses_and_weights_of_the_app(
    folders: dict[CodeForm, Path], branches: Branches
) -> None:
    training = module_of(moons()).Training(device="cpu")
    told = [line.partition("loss=")[2] for line in losses_of(training) if "loss=" in line]
    expected = [*told, training.finish().weights_sha256]
    for form in (FORMS[7], FORMS[8]):  # one file without hints and comments, a package with both
        assert run(folders[form], form, branches) == expected, form


def test_every_form_is_as_black_writes_it_and_ruff_and_mypy_find_nothing(folders: dict[CodeForm, Path]) -> None:
    root = folders[FORMS[0]].parent
    paths = [folders[FORMS[number]] / "two_moons.py" for number in (4, 7)]
    for path in (*paths, *(folders[FORMS[8]] / "two_moons").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert black.format_str(text, mode=black.Mode()) == text, path
    words = ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", *(folders[form] for form in FORMS[4:])]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    together = root / "together"
    shutil.copytree(folders[FORMS[8]], together)
    for number in (5, 6):
        text = (folders[FORMS[number]] / "two_moons.py").read_text(encoding="utf-8")
        (together / f"form{number}.py").write_text(text + UNHINTED, encoding="utf-8")
    assert mypy_finds(together, ".") == []


def test_one_file_holds_the_classes_of_both_and_imports_nothing_twice(folders: dict[CodeForm, Path]) -> None:
    one = ast.parse((folders[FORMS[4]] / "two_moons.py").read_text(encoding="utf-8"))
    classes = [row.name for row in one.body if isinstance(row, ast.ClassDef)]
    assert classes[0] == "Network"
    assert "Training" in classes
    rows = [ast.unparse(row) for row in one.body if isinstance(row, ast.Import | ast.ImportFrom)]
    assert len(set(rows)) == len(rows)
    assert not any(row.startswith("from model") for row in rows)


def test_what_means_two_things_is_refused_in_one_file() -> None:
    project = project_of(
        [
            ("input", "Input", {"field": "point"}),
            ("linear", "Linear", {"out_features": 2}),
            ("output", "Output", {"field": "class"}),
        ],
        data={"source": "moons"},
    )
    code = code_of(scripts_of(project))
    code["model.py"] = code["model.py"].replace("class Network(", "class Epoch(")
    with pytest.raises(LayoutError, match="Epoch means one thing"):
        laid_out(code, CodeForm(layout="single"))


def test_no_network_becomes_a_class_that_the_script_calls_something_else() -> None:
    said = {name for part in _library().values() for name in (part.name, *(one or of for of, one in part.imports))}
    for project in SCRIPTS.values():
        for row in ast.parse(scripts_of(project).train).body:
            if isinstance(row, ast.Import | ast.ImportFrom) and getattr(row, "module", "") != "model":
                said |= {one.asname or one.name for one in row.names}
            said |= {one.id for one in getattr(row, "targets", ()) if isinstance(one, ast.Name)}
            said |= {row.name} if isinstance(row, ast.ClassDef) else set()
    assert [name for name in sorted(said) if class_name(Network(name)) == name] == []
    project = moons({"epochs": 1})
    RenameNetwork(name="network", new_name="training").apply(project)
    training = module_of(project).Training(device="cpu")
    assert type(training.networks["training"]).__name__ == "TrainingNetwork"


def test_a_file_is_called_by_the_title_and_stands_in_the_way_of_no_module() -> None:
    found = [module_name(title) for title in ("Digits CNN", "random", "torch", "2 moons", "—", "class", "train")]
    assert found[:2] == ["digits_cnn", "random_network"]
    assert found[2:] == ["torch_network", "network_2_moons", "network", "class_network", "train_network"]


def test_the_command_line_writes_each_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "two moons.loom"
    project.write_text(dump(moons()), encoding="utf-8")
    words = ["export", str(project), "--to", str(tmp_path / "one"), "--single-file", "--no-type-hints"]
    assert main(words) == 0
    text = (tmp_path / "one" / "two_moons.py").read_text(encoding="utf-8")
    assert "def forward(self, input):" in text
    assert "  # N × 8" in text
    words = ["export", str(project), "--to", str(tmp_path / "other"), "--package", "--name", "Half", "--no-comments"]
    assert main(words) == 0
    assert sorted(path.name for path in (tmp_path / "other" / "half").iterdir()) == [
        "__init__.py",
        "model.py",
        "train.py",
    ]
    assert "  # N × 8" not in (tmp_path / "other" / "half" / "model.py").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["export", str(project), "--to", str(tmp_path / "x"), "--format", "onnx", "--package"]) == 2
    assert "--package is about code" in capsys.readouterr().err
