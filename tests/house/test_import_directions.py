"""The packages import in one direction, studio -> runtime -> graph; the window has no torch, the rest no Qt."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = {"graph", "runtime", "studio"}
FORBIDDEN = {
    "graph": {"runtime", "studio", "PySide6", "pyqtgraph", "shiboken6"},
    "runtime": {"PySide6", "pyqtgraph", "shiboken6"},
    "studio": {"torch", "sklearn", "safetensors"},
}
WINDOW_OPENER = ("runtime/cli.py", "studio")  # the command opens the window; nothing else looks up the arrow
TEXTS = "graph/pieces/"  # is read as text and copied into generated code; only other such texts import it


def _imports(path: Path) -> list[tuple[str, bool]]:
    """(top-level name, whether at the top of the module) of every import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.partition(".")[0], id(node) in at_top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append(((node.module or "").partition(".")[0], id(node) in at_top))
    return found


@pytest.mark.parametrize("package", sorted(OWN))
def test_no_module_imports_against_the_arrow(package: str) -> None:
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules
    for path in modules:
        relative = path.relative_to(ROOT).as_posix()
        for name, at_top in _imports(path):
            assert name not in FORBIDDEN[package], f"{relative} imports {name}"
            if package == "runtime" and name == "studio":
                assert relative == WINDOW_OPENER[0], f"{relative} imports studio"
                assert not at_top, f"{relative} imports studio before it is needed"
            if package == "graph" and not relative.startswith(TEXTS):
                assert not (name == "torch" and at_top), f"{relative} imports torch when it is imported"


def test_the_texts_of_pieces_need_torch_alone_and_only_texts_import_them() -> None:
    texts = sorted((ROOT / TEXTS).glob("*.py"))
    assert len(texts) > 5
    assert {name for path in texts for name, _ in _imports(path)} == {"torch"}
    for package in sorted(OWN):
        for path in (ROOT / package).rglob("*.py"):
            if path not in texts and path.parent != ROOT / "runtime" / "library":
                assert "from graph.pieces" not in path.read_text(encoding="utf-8"), path


def _modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_the_document_layer_loads_without_torch_or_qt() -> None:
    names = ", ".join(f"graph.{path.stem}" for path in sorted((ROOT / "graph").glob("*.py")) if path.stem != "__init__")
    loaded = _modules_after(f"import {names}, graph.ops.catalog\ngraph.ops.catalog.load_catalog()")
    assert "graph.ops.catalog" in loaded
    assert not loaded & {"torch", "PySide6", "runtime", "studio"}


def test_what_the_window_may_import_of_the_runtime_loads_without_torch() -> None:
    loaded = _modules_after(
        "import runtime.settings, runtime.sources, runtime.rundir, runtime.protocol, runtime.series"
    )
    assert "runtime.settings" in loaded
    assert not loaded & {"torch", "sklearn", "PySide6", "studio"}
