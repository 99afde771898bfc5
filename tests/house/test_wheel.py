"""The wheel holds all that the app needs: built, unpacked elsewhere, it opens an example."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPEN_EXAMPLE = """
import sys
import tomllib
sys.path.insert(0, sys.argv[1])
import graph, runtime, studio, resources
from pathlib import Path
for package in (graph, runtime, studio, resources):
    assert Path(package.__file__).is_relative_to(sys.argv[1]), package.__file__
from graph.blocks import catalog_of
from graph.files import read
from graph.ops.catalog import load_catalog
from graph.check import check
import examples
catalog = load_catalog()
folder = Path(examples.__file__).parent
count = 0
for path in sorted(folder.glob("*.loom")):
    project = read(path)
    problems = [problem for problem in check(catalog_of(catalog, project), project) if problem.severity == "error"]
    assert not problems, problems
    start = project.training.get("start_from")
    assert start is None or (folder / start).is_file(), start
    count += 1
own = Path(resources.__file__).parent
assert list(own.glob("learned/*/*.npz"))
for kind in ("templates", "blocks"):
    for path in sorted((own / kind).glob("*.loom")):
        assert read(path).networks, path
from runtime.inline import Imports, inline
texts = [op.definition for op in catalog.ops.values() if op.definition]
assert all(text.startswith("def ") for text in texts)
assert [text for text in inline(["FocalLoss"], Imports(), set()) if text.startswith("def focal_loss(")]
print(count, *(len(list(own.glob(f"{kind}/*"))) for kind in ("icons", "templates", "blocks")), len(set(texts)))
"""


def test_the_built_wheel_opens_every_example_template_and_block_and_holds_the_texts_of_code(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("graph", "runtime", "studio", "resources", "examples"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*build, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("layerloom-*.whl")
    unpacked = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(unpacked)
    done = subprocess.run(
        [sys.executable, "-P", "-c", OPEN_EXAMPLE, str(unpacked)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    examples, icons, templates, blocks, texts = map(int, done.stdout.split())
    assert examples == len(list((ROOT / "examples").glob("*.loom"))) >= 9
    assert icons == len(list((ROOT / "resources" / "icons").glob("*.svg"))) >= 40
    assert templates == len(list((ROOT / "resources" / "templates").glob("*.*"))) >= 18
    assert blocks == len(list((ROOT / "resources" / "blocks").glob("*.*"))) >= 19
    assert texts >= 45


def test_every_package_is_named_for_the_wheel() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    paths = [path.parent for folder in ("graph", "runtime", "studio") for path in (ROOT / folder).rglob("*.py")]
    assert {".".join(path.relative_to(ROOT).parts) for path in paths} <= set(named)
