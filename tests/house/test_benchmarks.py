"""Every benchmark is run by `make bench`, and every figure by `make figures`."""

from __future__ import annotations

import ast
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench"


def stated(tree: ast.Module) -> set[str]:
    """The names that a module gives at its top."""
    named = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    given = [target for one in tree.body if isinstance(one, ast.Assign) for target in one.targets]
    given += [one.target for one in tree.body if isinstance(one, ast.AnnAssign)]
    return named | {target.id for target in given if isinstance(target, ast.Name)}


def test_make_bench_runs_every_benchmark() -> None:
    tree = ast.parse((BENCH / "run.py").read_text(encoding="utf-8"))
    given = {ast.unparse(one.targets[0]): one.value for one in tree.body if isinstance(one, ast.Assign)}
    listed = ast.literal_eval(given["BENCHMARKS"])
    assert sorted(listed) == sorted(path.stem.removeprefix("bench_") for path in BENCH.glob("bench_*.py"))


def test_every_figure_has_a_title_says_what_it_needs_and_yields_rows() -> None:
    for path in BENCH.glob("figure_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path.name
        assert {"NEEDS", "rows"} <= stated(tree), path.name
