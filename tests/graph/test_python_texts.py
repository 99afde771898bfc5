"""Python of a project: texts in files and edits, ops that are read from signatures, and the code that holds them."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from drawings import FIELDS, draw

from graph import files
from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import EmittedCode, emit_model
from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import Batch, Rename, SetBlock, SetParam, SetText
from graph.errors import DrawingError, EditError, FileFormatError
from graph.model import MAX_TEXT_LENGTH, MAX_TEXTS, Block, Project, empty_project, python_key
from graph.ops.catalog import Catalog, load_catalog
from graph.ops.spec import OpSpec, Value
from graph.python_texts import TextFault, fingerprint, op_spec_of, starter_text
from graph.shapes import ShapeMemo, ShapeReport, infer

BLEND = '''import torch
from torch import Tensor


def blend(first: Tensor, second: Tensor, share: float = 0.5) -> Tensor:
    """Mixes two tensors of the same shape."""
    return torch.lerp(first, second, share)
'''
GATE = starter_text("class")
PAIR = """
import math

from torch import Tensor


def halves(input: Tensor, scale: float = math.nan) -> tuple[Tensor, Tensor]:
    left, right = input.chunk(2, dim=1)
    return left * scale, right
""".replace("math.nan", "2.0")


def drawn(text_blend: str = BLEND, text_gate: str = GATE, share: float | None = 0.25) -> Project:
    """Two branches that a function mixes and a class gates."""
    params: dict[str, Value] = {} if share is None else {"share": share}
    project = draw(
        "net",
        [
            ("features", "Input", {"field": "features"}),
            ("left", "Linear", {"out_features": 8}),
            ("right", "Linear", {"out_features": 8}),
            ("blend", "python:mixer", params),
            ("gate1", "python:gate", {}),
            ("last", "Linear", {"out_features": 1}),
            ("next", "Output", {"field": "next"}),
        ],
        [
            *("features > left", "features > right", "left > blend.first", "right > blend.second"),
            *("blend > gate1", "gate1 > last", "last > next"),
        ],
    )
    SetText(name="mixer", text=text_blend).apply(project)
    SetText(name="gate", text=text_gate).apply(project)
    return project


def seen(project: Project) -> tuple[Catalog, ShapeReport]:
    """The catalogue and the shapes of a project that is trusted."""
    catalog = catalog_of(load_catalog(), project, fingerprint(project))
    return catalog, infer(catalog, project.main(), FIELDS, ShapeMemo())


def code_of(project: Project) -> EmittedCode:
    catalog, report = seen(project)
    assert [one.message for one in (*check(catalog, project), *report.problems) if one.severity == "error"] == []
    return emit_model(catalog, project.main(), report)


def spec_of(text: str) -> OpSpec:
    found = op_spec_of("name", text)
    assert isinstance(found, OpSpec), found
    return found


def test_texts_are_saved_copied_undone_and_sent() -> None:
    project = empty_project()
    assert "python" not in files.dump(project)
    write = SetText(name="mixer", text='"é\t\\ \u2028\n' + BLEND)
    before = files.dump(project)
    undo = write.apply(project)
    assert files.dump(files.parse(files.dump(project))) == files.dump(project)
    twin = project.copy()
    redo = undo.apply(project)
    assert files.dump(project) == before
    assert twin.texts == {"mixer": write.text}
    redo.apply(project)
    assert project.texts == twin.texts
    assert [edit_from_json(edit_to_json(one)) for one in (write, undo)] == [write, undo]


def test_texts_have_limits_with_a_sentence_each() -> None:
    project = empty_project()
    SetText(name="full", text=" " * MAX_TEXT_LENGTH).apply(project)
    with pytest.raises(EditError, match="20,000 characters at most"):
        SetText(name="long", text=" " * (MAX_TEXT_LENGTH + 1)).apply(project)
    with pytest.raises(EditError, match="cannot be a name"):
        SetText(name="../a", text="").apply(project)
    many = Batch(edits=tuple(SetText(name=f"t{place}", text="") for place in range(MAX_TEXTS)))
    with pytest.raises(EditError, match="50 Python texts already"):
        many.apply(project)
    assert list(project.texts) == ["full"]
    text = files.dump(project)
    with pytest.raises(FileFormatError, match="longer than 20,000"):
        files.parse(text.replace('"full": "', '"full": "  '))
    with pytest.raises(FileFormatError, match="already means something"):
        files.parse(text.replace('"full"', '"torch"'))
    with pytest.raises(FileFormatError, match="must be text"):
        files.parse(text.replace(f'"{" " * MAX_TEXT_LENGTH}"', "7"))


def test_the_fingerprint_tells_texts_apart_and_nothing_else() -> None:
    project = empty_project()
    assert fingerprint(project) == ""
    seen_before = set()
    for texts in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}, {"a": '1"], ["b", "1'}):
        project.texts = texts
        seen_before.add(fingerprint(project))
    assert len(seen_before) == 5
    project.texts = {"a": "1"}
    project.training["lr"] = 0.5
    assert fingerprint(project) in seen_before


def test_a_signature_says_ports_settings_and_outputs() -> None:
    spec = spec_of(
        "def f(a, b: Tensor, more: 'Tensor | None' = None, size: int = 3, *, rate: float, name='x',\n"
        "      kind: Literal['p', 'q'] = 'q', pad: tuple[int, ...] = (1, 2), last: Tensor = None,\n"
        "      top: int | None = None) -> tuple[Tensor, Tensor, torch.Tensor]:\n"
        '    """Does it.\n\n    More."""\n'
    )
    assert [(one.name, one.optional, one.by_name) for one in spec.inputs] == [
        *(("a", False, False), ("b", False, False), ("more", True, False), ("last", True, True)),
    ]
    assert [(one.name, one.type, one.required, one.optional) for one in spec.params] == [
        *(("size", "int", False, False), ("rate", "float", True, False), ("name", "str", False, False)),
        *(("kind", "choice", False, False), ("pad", "ints", False, False), ("top", "int", False, True)),
    ]
    assert [one.name for one in spec.outputs] == ["first", "second", "third"]
    assert (spec.key, spec.title, spec.doc, spec.style, spec.group) == (
        *("python:name", "f", "Does it.", "function", "Python"),
    )
    assert spec.own
    assert not spec.may_run
    gate = spec_of(GATE)
    assert (gate.style, gate.target, [one.name for one in gate.inputs]) == ("module", "Gate", ["input"])
    assert gate.params[0].auto is not None
    assert spec_of("def f(xs: list[Tensor]): pass").inputs[0].many


FAULTS = {
    "def f(": "Line 1: this is not Python",
    "": "Line 1: there is no function",
    "import numpy\n\ndef f(x): pass": "Line 1: numpy cannot be imported",
    "def f(x):\n    import requests": "Line 2: requests cannot be imported",
    "from torch import *\ndef f(x): pass": "Line 1: name what you import",
    "from torch import nn as F\ndef f(x): pass": "Line 1: F always means torch.nn.functional",
    "def f(x): pass\n\ndef g(x): pass": "Line 3: g is a second one beside f",
    "def f(x): pass\nprint(f)": "Line 2: only imports, functions, classes and constants",
    "x = 1; import math\ndef f(x): pass": "Line 1: put an import on a line of its own",
    "def layer(x): pass": "Line 1: layer already means something",
    "def f(x): pass\nmax = 3": "Line 2: max already means something",
    "def f(x, y=(torch := 3)): pass": "torch already means something",
    "def f(*x): pass": "Line 1: name each argument",
    "def f(n: int): pass": "takes no tensor yet",
    "def f(x: Tensor,\n      n: dict): pass": "Line 2: n is dict",
    "def f(x: Tensor, n: int = 2.5): pass": "n must be a whole number",
    "def f(x: Tensor, n=open('x')): pass": "write the default of n as a number",
    "def f(x: Tensor = 3): pass": "x is a tensor",
    "def f(x) -> int: pass": "must give -> Tensor",
    "class A:\n    def forward(self, x): pass": "A must be an nn.Module",
    "class A(nn.Module): pass": "A has no forward",
    "class a(nn.Module):\n    def forward(self, x): pass": "begin the name of a class with a capital letter: A.",
    "class A(nn.Module):\n    def __init__(self, w: Tensor): pass\n    def forward(self, x): pass": "tensors arrive at",
    "\0": "this is not Python",
    "def f(x, n=0x" + "f" * 19_000 + "): pass": "write the default of n as a number",
    "def f(x): return " + "(" * 900: "this is not Python",
    "def f(x): return " + "-" * 15_000 + "1": "nested too deeply",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_of_a_text_names_its_line_and_stands_on_the_node(text: str) -> None:
    found = op_spec_of("mixer", text)
    assert isinstance(found, TextFault)
    assert FAULTS[text] in str(found)
    project = drawn(text_blend=text)
    catalog = catalog_of(load_catalog(), project, fingerprint(project))
    (problem,) = [one for one in check(catalog, project) if one.severity == "error"]
    assert (problem.code, problem.node) == ("python-text", "u-blend")
    assert FAULTS[text] in problem.message
    assert python_key("mixer") not in catalog.ops
    assert python_key("mixer") not in list(catalog.ops)


def test_texts_are_ops_of_the_catalogue_of_their_project_alone() -> None:
    project = drawn()
    base = load_catalog()
    catalog = catalog_of(base, lambda: project)
    assert [one.key for one in catalog.ops.values() if one.group == "Python"] == ["python:gate", "python:mixer"]
    assert [group for group in catalog.groups if group not in base.groups] == ["Blocks", "Networks", "Python"]
    assert catalog.search("blend")[0].key == "python:mixer"
    SetText(name="mixer", text=None).apply(project)
    assert "python:mixer" not in catalog.ops
    (problem,) = [one for one in check(catalog, project) if one.severity == "error"]
    assert (problem.code, problem.node) == ("unknown-op", "u-blend")


def test_python_is_measured_and_written_where_calls_need_it() -> None:
    project = drawn()
    _, report = seen(project)
    assert report.ports["u-blend", "output"].shape == ("N", 8)
    assert report.autos["u-gate1"] == {"in_features": 8}
    assert report.weights["u-gate1"] == 72
    emitted = code_of(project)
    assert emitted.untrusted == ()
    rows = emitted.text.splitlines()
    assert rows[2:5] == ["import torch", "from torch import Tensor, nn", ""]
    assert emitted.text.count("class Gate(nn.Module):") == emitted.text.count("def blend(") == 1
    assert "self.gate1 = Gate(8)" in emitted.text
    assert "x = blend(left, x, share=0.25)" in emitted.text
    assert [rows[number - 1].strip() for number in emitted.lines["u-blend"]] == ["x = blend(left, x, share=0.25)"]
    held = [rows[number - 1] for number in emitted.definitions["u-blend"]]
    assert held[0].startswith("def blend(")
    assert held[-1].endswith("share)")
    assert emitted.origins[emitted.definitions["u-blend"][0]] == ("blend", 5)
    space: dict[str, object] = {"__name__": "model"}
    exec(emitted.text, space)
    torch.manual_seed(0)
    net = space["Net"]()  # type: ignore[operator]
    given = torch.rand(3, 13)
    mixed = torch.lerp(net.left(given), net.right(given), 0.25)
    wanted = net.last(mixed * net.gate1.gate(mixed).sigmoid())
    assert torch.equal(net(given), wanted)


def test_tools_find_nothing_in_a_module_with_clean_python(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(code_of(drawn()).text, encoding="utf-8")
    for tool in (["black", "--check", "-q", "."], ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."]):
        done = subprocess.run([sys.executable, "-m", *tool], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_imports_of_texts_are_merged_and_their_lines_stay_as_written() -> None:
    text = BLEND.replace("import torch\n", "import torch\nimport torch.nn.functional as F  # words\nimport math\n")
    text = text.replace("from torch import Tensor\n", "from torch import Tensor, fft\nfrom math import tau\nA =  1\n")
    rows = code_of(drawn(text.replace("    return", "\n    # odd   spacing\n    return"))).text.splitlines()
    assert rows[2:8] == [
        *("import math", "from math import tau", "", "import torch", "from torch import Tensor, fft, nn"),
        "from torch.nn import functional as F",
    ]
    assert "A =  1" in rows
    assert "    # odd   spacing" in rows


def test_a_node_may_be_called_as_the_function_it_calls_and_an_input_may_not() -> None:
    project = draw(
        "net",
        [
            ("features", "Input", {"field": "features"}),
            ("twice", "python:twice", {}),
            ("last", "Linear", {"out_features": 13}),
            ("both", "add", {}),
            ("next", "Output", {"field": "next"}),
        ],
        ["features > twice", "twice > last", "twice > both.tensors.0", "last > both.tensors.1", "both > next"],
    )
    SetText(name="twice", text="def twice(input: Tensor) -> Tensor:\n    return 2 * input\n").apply(project)
    emitted = code_of(project)
    assert "twice_2 = twice(features)" in emitted.text
    Rename(network="net", uid="u-twice", name="doubled").apply(project)
    assert "doubled = twice(features)" in code_of(project).text
    Rename(network="net", uid="u-features", name="twice").apply(project)
    (problem,) = [one for one in check(seen(project)[0], project) if one.severity == "error"]
    assert (problem.code, problem.node) == ("python-name", "u-features")
    problem.fixes[0].edit.apply(project)
    assert "doubled = twice(twice1)" in code_of(project).text


def test_names_that_clash_in_the_file_are_problems_of_a_node() -> None:
    cases = {
        "two texts": ("EPS = 1\n" + BLEND, "EPS = 2\n" + GATE),
        "a class of a network": (BLEND + "\n\nNet = 3\n", GATE),
        "an import": ("from math import tau\n" + BLEND, "from torch import fft as tau\n" + GATE),
        "an import and a name": ("from math import tau\n" + BLEND, "tau = 1\n" + GATE),
    }
    for case, texts in cases.items():
        project = drawn(*texts)
        catalog, report = seen(project)
        problems = [one for one in check(catalog, project) if one.severity == "error"]
        assert [one.code for one in problems] == ["python-name"], case
        with pytest.raises(DrawingError):
            emit_model(catalog, project.main(), report)


def test_a_text_inside_of_sequences_and_repeated_blocks_is_written_once() -> None:
    for form in ("class", "sequence"):
        rows = [("enter", "Input", {}), ("gate1", "python:gate", {}), ("act", "ReLU", {}), ("leave", "Output", {})]
        block = draw("part", rows, [f"{a[0]} > {b[0]}" for a, b in itertools.pairwise(rows)])  # type: ignore[arg-type]
        project = draw(
            "net",
            [
                ("features", "Input", {"field": "features"}),
                ("parts", "block:part", {"@repeat": 3}),
                ("last", "Linear", {"out_features": 1}),
                ("next", "Output", {"field": "next"}),
            ],
            ["features > parts.enter", "parts.leave > last", "last > next"],
        )
        project.networks["part"] = block.main()
        SetBlock(network="part", block=Block(form=form)).apply(project)  # type: ignore[arg-type]
        SetText(name="gate", text=GATE).apply(project)
        emitted = code_of(project)
        assert emitted.text.count("class Gate") == 1
        space: dict[str, object] = {"__name__": "model"}
        exec(emitted.text, space)
        assert space["Net"]()(torch.rand(2, 13)).shape == (2, 1)  # type: ignore[operator]


def test_what_stops_in_a_text_is_told_with_its_line() -> None:
    cases = {
        "raise RuntimeError('no such thing')": "Line 7: RuntimeError: no such thing.",
        "import sys; sys.exit(3)": "Line 7: it ends the program (SystemExit).",
        "raise KeyboardInterrupt": "Line 7: it ends the program (KeyboardInterrupt).",
        "raise GeneratorExit('x')": "Line 7: GeneratorExit: x.",
        "return blend(first, second)": "Line 7: RecursionError: maximum recursion",
        "return first.reshape(7)": "Line 7: RuntimeError:",
        "return 3": "TypeError: it gives int, not a tensor.",
        "return first[:, :, 9]": "Line 7: IndexError",
        "yield first": "TypeError: it gives generator, not a tensor.",
        "class E(Exception):\n        def __str__(self): raise E\n    raise E": "E",
    }
    for body, words in cases.items():
        project = drawn(BLEND.replace("return torch.lerp(first, second, share)", body), share=None)
        (problem,) = [one for one in seen(project)[1].problems if one.severity == "error"]
        assert (problem.node, problem.code) == ("u-blend", "shape"), body
        assert words in problem.message, problem.message
    project = drawn(BLEND + "\n\n_EPS = 1 / 0\n")
    (problem,) = [one for one in seen(project)[1].problems if one.severity == "error"]
    assert "Line 10: ZeroDivisionError: division by zero." in problem.message


def test_a_changed_text_is_measured_anew() -> None:
    project = drawn()
    memo = ShapeMemo()
    catalog = catalog_of(load_catalog(), project, fingerprint(project))
    assert infer(catalog, project.main(), FIELDS, memo).ports["u-blend", "output"].shape == ("N", 8)
    project.texts["mixer"] = BLEND.replace("return torch.lerp(first, second, share)", "return first[:, :2]")
    catalog = catalog_of(load_catalog(), project, fingerprint(project))
    assert infer(catalog, project.main(), FIELDS, memo).ports["u-blend", "output"].shape == ("N", 2)


def test_untrusted_python_has_no_shapes_and_its_code_is_for_reading() -> None:
    project = drawn()
    for trusted in ("", fingerprint(project)[:-1], fingerprint(empty_project())):
        catalog = catalog_of(load_catalog(), project, trusted)
        report = infer(catalog, project.main(), FIELDS, ShapeMemo())
        assert report.ports["u-left", "output"].shape == ("N", 8)
        assert ("u-blend", "output") not in report.ports
        with pytest.raises(DrawingError, match="in_features is not known yet"):
            emit_model(catalog, project.main(), report)
    for uid in ("u-gate1", "u-last"):
        SetParam(network="net", uid=uid, name="in_features", value=8).apply(project)
    emitted = emit_model(catalog, project.main(), report)
    assert emitted.untrusted == ("Gate", "blend")
    assert "def blend(" in emitted.text
