"""The wheel holds all that the app needs: built, unpacked elsewhere, it opens an example."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPEN_EXAMPLE = """
import sys
sys.path.insert(0, sys.argv[1])
import graph, runtime, studio, resources
from pathlib import Path
for package in (graph, runtime, studio, resources):
    assert Path(package.__file__).is_relative_to(sys.argv[1]), package.__file__
from graph.files import read
from graph.ops.catalog import load_catalog
from graph.check import check
import examples
catalog = load_catalog()
folder = Path(examples.__file__).parent
count = 0
for path in sorted(folder.glob("*.loom")):
    problems = [problem for problem in check(catalog, read(path)) if problem.severity == "error"]
    assert not problems, problems
    count += 1
icons = list((Path(resources.__file__).parent / "icons").glob("*.svg"))
print(count, len(icons))
"""


def test_the_built_wheel_opens_every_example(tmp_path: Path) -> None:
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
    examples, icons = map(int, done.stdout.split())
    assert examples == len(list((ROOT / "examples").glob("*.loom"))) >= 9
    assert icons == len(list((ROOT / "resources" / "icons").glob("*.svg"))) >= 40
