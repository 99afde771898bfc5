"""Code without hints or comments: it means the same, tools find nothing in it, and lines still lead to nodes."""

from __future__ import annotations

import ast
import itertools
import subprocess
import sys
from pathlib import Path

import black
import pytest
from test_script_text import SCRIPTS
from training_projects import scripts_of

from graph.code_style import CodeStyle, styled
from graph.files import read
from graph.model import Project
from graph.ops.catalog import load_catalog
from runtime.plan import plan_source
from runtime.script import Scripts, emit_script
from runtime.settings import resolve_data
from type_check import UNHINTED, mypy_finds

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STYLES = [CodeStyle(hints=hints, comments=comments) for hints, comments in itertools.product((True, False), repeat=2)]


def example(name: str) -> Scripts:
    project = read(EXAMPLES / f"{name}.loom")
    plan = plan_source(resolve_data(project), EXAMPLES)
    return emit_script(load_catalog(), project, plan.fields, EXAMPLES, plan=plan)


@pytest.fixture(scope="module")
def scripts() -> dict[str, Scripts]:
    names = ("everything", "lbfgs", "two heads", "plateau", "in parts")
    return {"two-inputs": example("two-inputs")} | {name: scripts_of(SCRIPTS[name]) for name in names}


def bare(text: str) -> str:
    """The tree without hints and docstrings, without imports and names of types: what is left is what runs."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.For | ast.If | ast.While | ast.With):
            node.body = [kept for row in node.body if (kept := _bare_row(row, node)) is not None]
    return ast.dump(tree)


def _bare_row(row: ast.stmt, inside: ast.AST) -> ast.stmt | None:
    if isinstance(row, ast.Import | ast.ImportFrom):
        return None
    is_alias = isinstance(row, ast.Assign) and isinstance(row.targets[0], ast.Name) and isinstance(inside, ast.Module)
    if is_alias and row.targets[0].id in ("Networks", "Batch", "Scaling"):  # type: ignore[attr-defined]
        return None
    if isinstance(row, ast.AnnAssign):
        return ast.Assign([row.target], row.value) if row.value is not None else None
    return row


def test_every_style_means_the_same_and_stays_as_black_writes_it(scripts: dict[str, Scripts]) -> None:
    for name, one in scripts.items():
        for text, style in itertools.product((one.model, one.train), STYLES[1:]):
            changed = styled(text, style).text
            assert bare(changed) == bare(text), (name, style)
            assert black.format_str(changed, mode=black.Mode()) == changed, (name, style)
            assert style.hints or "-> " not in changed.replace("Callable", "")
            assert style.comments or not any(row.strip().startswith("# ") for row in changed.splitlines())
        assert styled(one.train, CodeStyle()).text == one.train


def test_ruff_and_mypy_find_nothing_in_any_style(scripts: dict[str, Scripts], tmp_path: Path) -> None:
    folders = []
    for name, style in itertools.product(("two heads", "plateau", "two-inputs"), STYLES[1:]):
        folder = tmp_path / f"{name.replace(' ', '_').replace('-', '_')}_{style.hints:d}{style.comments:d}"
        folder.mkdir()
        folders.append(folder)
        for file in ("model", "train"):
            text = styled(getattr(scripts[name], file), style).text
            (folder / f"{file}.py").write_text(text.replace("from model ", f"from {folder.name}.model ") + UNHINTED)
        (folder / "__init__.py").write_text("")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E4,E7,E9,F", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout[-3000:]
    assert mypy_finds(tmp_path, ".") == []


def test_lines_lead_to_the_same_nodes_in_every_style() -> None:
    project: Project = read(EXAMPLES / "two-inputs.loom")
    one = example("two-inputs")
    plain = one.model.splitlines()
    for style in STYLES:
        changed = styled(one.model, style)
        rows, lines = changed.text.splitlines(), changed.lines(one.lines)
        for node in project.main().nodes():
            told = {_code(rows[number - 1]) for number in lines[node.uid]}
            if node.op == "Input":
                assert any("def forward(" in row for row in told)
            else:
                before = {_code(plain[number - 1]) for number in one.lines[node.uid]}
                assert told == (before if style.comments else {row for row in before if " × " not in row})
                assert told


def _code(row: str) -> str:
    return row.partition("  #")[0]
