"""Notes in the generated code: each stands where it belongs, and none means anything to Python or tools."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import black
import torch
from drawings import DRAWINGS, FIELDS
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.codegen import EmittedCode, emit_model
from graph.model import Network, Note
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer
from type_check import mypy_finds

CATALOG = load_catalog()
MEMO = ShapeMemo()


def drawn(*notes: tuple[str, float, float]) -> Network:
    """The digits CNN in one column, 78 apart, with notes (text, left, top)."""
    network = DRAWINGS["digits_cnn"]().main()
    for row, node in enumerate(network.order()):
        network.place(node.uid, (0.0, 78.0 * row))
    for number, (text, left, top) in enumerate(notes):
        network.put_note(Note(uid=f"n{number}", text=text, at=(left, top, 200.0, 56.0)))
    return network


def emitted(network: Network) -> EmittedCode:
    return emit_model(CATALOG, network, infer(CATALOG, network, FIELDS, MEMO))


def beside(network: Network, name: str) -> tuple[float, float]:
    """The left and top of a note right of a node."""
    node = network.by_name(name)
    assert node is not None
    return 120.0, network.position(node.uid)[1] - 28.0


def test_a_note_beside_a_node_is_a_comment_above_its_line_and_belongs_to_its_lines() -> None:
    network = drawn()
    words = "Edges first.\n\n- three by three, " + "as small as it can be " * 5
    network.put_note(Note(uid="n", text=words, at=(*beside(network, "flatten1"), 200.0, 56.0)))
    code = emitted(network)
    comment = (
        "        # Edges first.\n"
        "        # - three by three, as small as it can be as small as it can be as small as it\n"
        "        # can be as small as it can be as small as it can be\n        x = self.flatten1("
    )
    assert comment in code.text
    rows = code.text.splitlines()
    told = [number for number, row in enumerate(rows, 1) if row.startswith("        # ") and " × " not in row]
    assert len(told) == 3
    assert set(told) < set(code.lines["u-flatten1"])


def test_a_moved_note_moves_its_comment_and_weights_stay() -> None:
    plain = drawn()
    texts = []
    for name in ("conv1", "linear1"):
        network = drawn()
        network.put_note(Note(uid="n", text="Here.", at=(*beside(network, name), 200.0, 56.0)))
        texts.append(emitted(network).text)
    assert "        # Here.\n        x = self.conv1(" in texts[0]
    assert (
        "        # Here.\n        return self.linear1(" in texts[1] or "# Here.\n        x = self.linear1(" in texts[1]
    )
    first, *others = (_weights(text) for text in (emitted(plain).text, *texts))
    for other in others:
        assert all(torch.equal(first[key], other[key]) for key in first)


def test_the_first_note_that_heads_a_network_is_its_docstring_and_a_note_of_an_input_follows() -> None:
    network = drawn(("# Which it is\nTells **which** digit.", -400.0, -28.0))
    network.put_note(Note(uid="a", text="Grey, 8 × 8.", at=(110.0, -20.0, 100.0, 40.0)))
    assert '    """Which it is.\n\n    Tells which digit.\n\n    Grey, 8 × 8.\n\n    Shape:' in emitted(network).text
    network = drawn(("Only beside.", 400.0, 150.0))
    assert '    """Answers digit, given image.' in emitted(network).text
    assert "        # Only beside.\n" in emitted(network).text


def test_notes_are_read_from_the_top_then_from_the_left_whatever_their_names() -> None:
    network = drawn(("two", 500.0, 200.0), ("one", 120.0, 200.0), ("three", 120.0, 206.0))
    said = [row.strip() for row in emitted(network).text.splitlines() if row.strip() in ("# one", "# two", "# three")]
    assert said == ["# one", "# two", "# three"]


def _weights(text: str) -> dict[str, torch.Tensor]:
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(compile(text, "model.py", "exec"), names)
    return dict(names["DigitsCnn"]().state_dict())


SPOKEN = (
    *("# type: ignore", "type: ignore", "# noqa", "noqa: F401", "# ruff: noqa", "ruff: noqa", "# flake8: noqa"),
    *("# fmt: off", "fmt: off", "fmt:skip", "; fmt: skip", "# yapf: disable", "# isort: skip_file", "isort: off"),
    *("# mypy: ignore-errors", "mypy: disable-error-code=assignment", "# pyright: basic", "# pylint: skip-file"),
    *("# -*- coding: latin-1 -*-", "type: (int) -> str", "# type: int", "black: off", "# pragma: no cover", "# nosec"),
)
BREAKS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", " ", "\t", "", "\x00", "\ufeff")
SIGNS = ('"""', "'''", "\\", "\\N{X}", "\u202e", "\u2066", "\u200b", "#", "-", "**", "`", "%", "{x}", "ﬁ", "é")
HOSTILE = st.lists(
    st.sampled_from((*SPOKEN, *BREAKS, *SIGNS)) | st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    max_size=12,
).map("".join)
UNTIDY = "\n\nimport os\n\nuntidy: int = [ 'x' ]\n"


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=1, max_size=4), places=st.lists(st.integers(-1, 10), min_size=4, max_size=4))
def test_no_text_of_a_note_changes_the_meaning_of_code_or_speaks_to_a_tool(texts: list[str], places: list[int]) -> None:
    plain, network = drawn(), drawn()
    for number, (text, row) in enumerate(zip(texts, places, strict=False)):
        network.put_note(Note(uid=f"n{number}", text=text, at=(120.0, 78.0 * row - 28.0, 200.0, 56.0)))
    hostile = emitted(network).text
    tree = ast.parse(hostile, type_comments=True)
    assert tree.type_ignores == []
    assert ast.dump(_without_docstrings(tree)) == ast.dump(_without_docstrings(ast.parse(emitted(plain).text)))
    assert black.format_str(hostile, mode=black.Mode()) == hostile
    assert black.format_str(hostile + UNTIDY, mode=black.Mode()).endswith('untidy: int = ["x"]\n')
    assert all(len(row) <= 88 or " " not in row.strip(" #") for row in hostile.splitlines())
    assert hostile.isprintable() or set(hostile) - {"\n"} == {sign for sign in hostile if sign.isprintable()}


def test_ruff_and_mypy_go_on_speaking_in_a_module_whose_notes_tell_them_to_be_silent(tmp_path: Path) -> None:
    notes = [("\n".join(SPOKEN), 120.0, 78.0 * row - 28.0) for row in range(-1, 11)]
    (tmp_path / "model.py").write_text(emitted(drawn(*notes)).text + UNTIDY, encoding="utf-8")
    words = [sys.executable, "-m", "ruff", "check", "--isolated", "model.py"]
    assert "F401" in subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "[assignment]" in " ".join(mypy_finds(tmp_path, "model.py"))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.Module):
            del node.body[0]
    return tree
