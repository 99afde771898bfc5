"""Projects made to do harm, in the window and on the command line: nothing of them runs, and limits answer."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from spoiled import GOOD, open_and_look, put
from test_bad_files import Waiter
from window_kit import Room, open_room

from graph.files import dump, parse
from graph.model import Block, Network, Node, Parameter, Wire
from graph.ops.spec import Value
from runtime.cli import main

Params = dict[str, Value]
MARK = "MARK"
"""Stands in a text for the path of a file that its code would write."""
CODE = "__import__('pathlib').Path('MARK').touch()"


@pytest.fixture(scope="module")
def room(qapp: object, tmp_path_factory: pytest.TempPathFactory, lender: Lender) -> Iterator[Room]:
    """One window for all: nothing here trains."""
    with open_room(cast(QtBot, Waiter()), tmp_path_factory.mktemp("app"), lender) as room:
        yield room


def block(name: str, layers: list[tuple[str, Params]], parameters: tuple[Parameter, ...] = ()) -> Network:
    """A block that takes one tensor through these ops."""
    network = Network(name)
    network.put_block(Block(parameters=parameters))
    rows = [("Input", "input", {}), *((op, f"step{place}", params) for place, (op, params) in enumerate(layers))]
    rows.append(("Output", "output", {}))
    before = ""
    for op, title, params in rows:
        uid = f"{name}-{title}"
        network.put_node(Node(uid=uid, op=op, name=title, params=cast(Params, params)))
        if before:
            network.put_wire(Wire(before, "output", uid, "input"))
        before = uid
    return network


def with_blocks(*blocks: Network, **params: Value) -> str:
    """The spirals with the last of these blocks in the place of a layer."""
    project = parse(GOOD)
    for one in blocks:
        project.networks[one.name] = one
    used = f'"op": {json.dumps("block:" + blocks[-1].name)}, "params": {json.dumps(params)}'
    text = dump(project)
    assert text.count('"op": "Tanh", "params": {}') >= 1
    return text.replace('"op": "Tanh", "params": {}', used, 1)


def nested(depth: int, repeat: int = 1, times: int = 1) -> str:
    """Blocks in blocks: each holds the one before, so often, repeated so."""
    blocks = [block("b0", [("ReLU", {})])]
    for level in range(1, depth):
        inner: tuple[str, Params] = (f"block:b{level - 1}", {"@repeat": repeat} if repeat > 1 else {})
        blocks.append(block(f"b{level}", [inner] * times))
    return with_blocks(*blocks)


def set_in_block(params: Params, *parameters: Parameter) -> str:
    return with_blocks(block("evil", [("Linear", params)], parameters))


def file_of(change: Callable[[Any], object]) -> str:
    data = json.loads(with_blocks(block("evil", [("ReLU", {})])))
    change(data)
    return json.dumps(data)


def rename_node(name: str) -> str:
    return with_blocks(block("evil", [("ReLU", {})])).replace('"name": "step0"', f'"name": {json.dumps(name)}')


def many_nodes() -> str:
    row = {"name": "n", "op": "ReLU", "params": {}, "uid": "u"}
    return file_of(
        lambda data: data["networks"]["evil"]["nodes"].extend(
            {**row, "uid": f"u{number}", "name": f"n{number}"} for number in range(50_001)
        )
    )


def python(body: str, head: str = "input: Tensor", before: str = "") -> str:
    """The spirals with a function of a stranger in the place of a layer."""
    return with_text(f"{before}def evil({head}) -> Tensor:\n    {body}\n")


def with_text(text: str) -> str:
    """The spirals with Python of a stranger in the place of a layer."""
    project = parse(GOOD.replace('"op": "Tanh", "params": {}', '"op": "python:evil", "params": {}', 1))
    project.texts["evil"] = text
    return dump(project)


IN_A_CLASS = f"""class Evil(nn.Module):
    {CODE}

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        {CODE}

    def forward(self, input: Tensor) -> Tensor:
        return input
"""
NOT_TRUSTED = "holds Python code"
SAYS_MORE = "says more than an expression may"
OPENED: dict[str, tuple[Callable[[], str], str]] = {
    "code for a number": (lambda: set_in_block({"out_features": f"={CODE}"}), SAYS_MORE),
    "code in a condition": (lambda: set_in_block({"out_features": 4, "@when": f"={CODE} == 0"}), SAYS_MORE),
    "code for a count": (lambda: with_blocks(block("evil", [("ReLU", {})]), **{"@repeat": f"={CODE}"}), SAYS_MORE),
    "code as default": (lambda: set_in_block({}, Parameter(name="w", type="int", default=f"={CODE}")), "w"),
    "code in the network itself": (
        lambda: GOOD.replace('"out_features": 3}', f'"out_features": "={CODE}"}}'),
        SAYS_MORE,
    ),
    "a way to the builtins": (
        lambda: set_in_block({"out_features": "=().__class__.__base__.__subclasses__()"}),
        SAYS_MORE,
    ),
    "a tower of powers": (lambda: set_in_block({"out_features": "=9**9**9**9**9"}), "raises to a power twice"),
    "a tower of products": (lambda: set_in_block({"out_features": "=" + "*".join(["999999"] * 25)}), "too large"),
    "a long text": (lambda: set_in_block({"out_features": "='x' * 9999999999"}), "not a number"),
    "many signs": (lambda: set_in_block({"out_features": "=" + "-" * 190 + "1"}), "nested too deep"),
    "a long expression": (lambda: set_in_block({"out_features": "=" + "1+" * 30_000 + "1"}), "longer than 200"),
    "a block in itself": (lambda: with_blocks(block("evil", [("block:evil", {})])), "itself"),
    "blocks in each other": (
        lambda: with_blocks(block("one", [("block:two", {})]), block("two", [("block:one", {})])),
        "itself",
    ),
    "too many repeats": (lambda: with_blocks(block("evil", [("ReLU", {})]), **{"@repeat": 10**9}), "1000"),
    "repeats of repeats": (lambda: nested(4, 1_000), "100,000 layers"),
    "too deep": (lambda: nested(40), "too deep"),
    "thrice, and thrice again": (lambda: nested(12, times=3), "100,000 layers"),
    "code as the name of a node": (lambda: rename_node(f"x = {CODE}"), "name"),
    "code in lines of a name": (lambda: rename_node("x\nimport os"), "name"),
    "a special method as a name": (lambda: rename_node("__class__"), "name"),
    "code as the name of a parameter": (
        lambda: set_in_block({"out_features": 3}, Parameter(name=CODE, type="int")),
        "Evil cannot do without it",
    ),
    "Python that runs when it is called": (lambda: python(f"{CODE}\n    return input"), NOT_TRUSTED),
    "Python that runs when it is read": (lambda: python("return input", before=f"_RAN = {CODE}\n\n\n"), NOT_TRUSTED),
    "Python in a decorator": (lambda: python("return input", before=f"@{CODE}\n"), NOT_TRUSTED),
    "Python in an annotation": (lambda: python("return input", f"input: Tensor, *, a: {CODE} = 1"), "a is"),
    "Python in a default": (lambda: python("return input", f"input: Tensor, a: int = {CODE}"), "the default of a"),
    "Python in a class": (lambda: with_text(IN_A_CLASS), NOT_TRUSTED),
    "Python that brings what it likes": (lambda: python("return input", before="import evil_twin\n\n\n"), "evil_twin"),
    "Python nested without an end": (lambda: python("return " + "-" * 19_000 + "1"), "nested too deeply"),
    "Python that is none": (lambda: python("return \0"), "this is not Python"),
    "Python that stands nowhere": (
        lambda: python("return input").replace("python:evil", "python:nowhere"),
        "no Python text called 'nowhere'",
    ),
}

OUTSIDE: dict[str, tuple[Callable[[], str], str]] = {
    "data from a system folder": (
        lambda: GOOD.replace('"source": "spirals"', '"source": "csv", "csv.path": "/etc/passwd"'),
        "/etc/passwd is outside the folder",
    ),
    "data behind a path trick": (
        lambda: GOOD.replace('"source": "spirals"', '"source": "csv", "csv.path": "x/../../../../etc/passwd"'),
        "outside the folder",
    ),
    "weights from a path": (
        lambda: GOOD.replace('"training": {', '"training": {\n    "start_from": "../../../etc/passwd",'),
        "outside the folder",
    ),
}
"""What a person may name on the command line, but a project may not by itself."""

REFUSED: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "deep brackets": (
        lambda: GOOD.replace('"training": {', '"training": {"x": ' + "[" * 5_000 + "]" * 5_000 + ",", 1),
        "nested",
    ),
    "100 MB": (lambda: GOOD.encode() + b" " * 100_000_000, "larger than 20 MB"),
    "too many nodes": (many_nodes, "50,000"),
    "too much Python": (lambda: file_of(lambda data: data.update(python={"evil": "#" * 20_001})), "20,000"),
    "too many texts": (
        lambda: file_of(lambda data: data.update(python={f"e{number}": "#" for number in range(51)})),
        "more than 50 Python texts",
    ),
    "a path as the name of a text": (lambda: file_of(lambda data: data.update(python={"../evil": "#"})), "../evil"),
}


def words_of(text: str | bytes, mark: Path) -> str | bytes:
    return text.replace(MARK, str(mark)) if isinstance(text, str) else text


@pytest.mark.parametrize("trick", [*OPENED, *OUTSIDE])
def test_a_hostile_project_can_be_looked_at_and_does_nothing(trick: str, room: Room, tmp_path: Path) -> None:
    make, words = {**OPENED, **OUTSIDE}[trick]
    mark, session = tmp_path / "ran", room.session
    text = words_of(make(), mark)
    path = put(tmp_path / "project", text)
    said = open_and_look(room, path)
    assert words in said
    before = dump(session.document.project)
    session.panels.code.show()
    for network in list(session.document.project.networks):
        session.document.show_network(network)
        session.canvas.select_all()
        room.wait(lambda: session.analysis.is_current)
    session.actions["train.train"].trigger()
    assert not session.controller.state.is_active
    assert dump(session.document.project) == before
    assert not mark.exists()
    assert [one.name for one in path.parent.iterdir()] == ["mine.loom"]
    assert open_and_look(room, put(tmp_path, GOOD, "good.loom")) == ""


@pytest.mark.parametrize("trick", list(REFUSED))
def test_a_hostile_file_is_refused_and_the_open_drawing_stays(trick: str, room: Room, tmp_path: Path) -> None:
    make, words = REFUSED[trick]
    mark, session = tmp_path / "ran", room.session
    before = dump(session.document.project)
    assert not session.files.open(put(tmp_path, words_of(make(), mark)))
    assert words in session.parts.bars.text("file")
    assert len(session.parts.bars.text("file")) < 600
    assert dump(session.document.project) == before
    assert not mark.exists()


@pytest.mark.parametrize("trick", [*OPENED, *REFUSED])
def test_the_command_line_refuses_a_hostile_project_with_a_sentence(
    trick: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, words = {**OPENED, **REFUSED}[trick]
    mark = tmp_path / "ran"
    path = put(tmp_path / "project", words_of(make(), mark))
    for command in (["check"], ["train"], ["export", "--to", str(tmp_path / "code")]):
        assert main([command[0], str(path), *command[1:]]) in (1, 2)
        out, err = capsys.readouterr()
        assert words in out + err
        assert "Traceback" not in out + err
        assert max(map(len, (out + err).splitlines())) < 900
    assert not mark.exists()
    assert [one.name for one in path.parent.iterdir()] == ["mine.loom"]
    assert not (tmp_path / "code").exists()


def test_names_that_are_paths_or_code_stay_names(room: Room, tmp_path: Path) -> None:
    """A network may be called anything; its class and its files may not."""
    mark, folder = tmp_path / "ran", tmp_path / "a" / "code"
    hostile = f"../../X: pass\n{CODE.replace(MARK, str(mark))}\nclass Y"
    path = put(tmp_path / "project", with_blocks(block(hostile, [("Linear", {"out_features": 4})])))
    assert open_and_look(room, path) == ""
    assert main(["export", str(path), "--to", str(folder)]) == 0
    assert sorted(one.name for one in folder.iterdir()) == ["model.py", "requirements.txt", "train.py"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "project"]
    tree = ast.parse((folder / "model.py").read_text())
    classes = [one.name for one in tree.body if isinstance(one, ast.ClassDef)]
    assert len(classes) == 2
    assert {type(one) for one in tree.body} <= {ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef, ast.Assign}
    subprocess.run([sys.executable, "-P", "model.py"], cwd=folder, check=True)
    assert not mark.exists()
