"""Histories of edits: no dangling wire, no circle, undo-all and redo-all give back file text and code."""

from __future__ import annotations

import ast

import black
from drawings import FIELDS, digits_cnn
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from graph import files
from graph.check import can_connect
from graph.codegen import emit_model
from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import (
    AddNode,
    Batch,
    Connect,
    Disconnect,
    Edit,
    Move,
    RemoveNetwork,
    RemoveNode,
    Rename,
    RenameNetwork,
    SetNote,
    SetParam,
    SetSetting,
)
from graph.errors import DrawingError, EditError
from graph.model import Network, Node, Note, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING
from graph.shapes import ShapeMemo, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()
OPS = ("Linear", "ReLU", "Flatten", "Conv2d", "add", "cat", "LSTM", "Input", "Output", "Dropout")
NAMES = st.sampled_from(
    ["alpha", "beta", "gamma", "conv1", "linear1", "class", "x", "two words", "h_n", "n" * 32, "m" * 32]
)
VALUES = st.sampled_from([1, 3, 10, 0.5, "same", (3, 3), "image", "digit", True, MISSING])
PICKS = st.integers(0, 10**6)


def without_words(text: str) -> str:
    """What a module does, without its comments and docstrings; why there is none, as it is."""
    if not text.startswith('"""'):
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def code(project: Project) -> str:
    network = project.main()
    try:
        return emit_model(CATALOG, network, infer(CATALOG, network, FIELDS, MEMO)).text
    except DrawingError as problem:
        return f"refused: {problem}"


class Histories(RuleBasedStateMachine):
    """Edits as a person makes them, with undo and redo as the document does them."""

    def __init__(self) -> None:
        super().__init__()
        self.project = digits_cnn()
        self.first = (files.dump(self.project), code(self.project))
        self.undo: list[Edit] = []
        self.redo: list[Edit] = []
        self.count = 0

    @property
    def network(self) -> Network:
        return self.project.main()

    def node(self, pick: int) -> Node | None:
        nodes = self.network.nodes()
        return nodes[pick % len(nodes)] if nodes else None

    def do(self, edit: Edit) -> None:
        edit = edit_from_json(edit_to_json(edit))
        before = files.dump(self.project)
        try:
            inverse = edit.apply(self.project)
        except EditError:
            assert files.dump(self.project) == before
            return
        self.undo.append(inverse)
        self.redo.clear()

    @rule(op=st.sampled_from(OPS), x=st.integers(-500, 500))
    def add(self, op: str, x: int) -> None:
        self.count += 1
        spec = CATALOG.op(op)
        node = Node(uid=f"n{self.count}", op=op, name=f"{spec.stem}_{self.count}", params=dict(spec.initial))
        self.do(AddNode(network=self.network.name, node=node, position=(float(x), 0.0)))

    @rule(pick=PICKS)
    def remove(self, pick: int) -> None:
        node = self.node(pick)
        if node is not None:
            self.do(RemoveNode(network=self.network.name, uid=node.uid))

    @rule(a=PICKS, b=PICKS, port=PICKS)
    def connect(self, a: int, b: int, port: int) -> None:
        source, target = self.node(a), self.node(b)
        if source is None or target is None:
            return
        outputs, inputs = CATALOG.op(source.op).outputs, CATALOG.op(target.op).inputs
        if not outputs or not inputs:
            return
        out, into = outputs[port % len(outputs)].name, inputs[port % len(inputs)]
        name = f"{into.name}.{port % 3}" if into.many else into.name
        edits: list[Edit] = []
        taken = self.network.wire_into(target.uid, name)
        if taken is not None:
            edits.append(Disconnect(network=self.network.name, wire=taken))
        edits.append(Connect(network=self.network.name, wire=Wire(source.uid, out, target.uid, name)))
        legal = can_connect(CATALOG, self.network, source.uid, out, target.uid, name) is None
        before = len(self.undo)
        self.do(Batch(edits=tuple(edits)))
        assert (len(self.undo) > before) == legal

    @rule(pick=PICKS)
    def disconnect(self, pick: int) -> None:
        wires = self.network.wires()
        if wires:
            self.do(Disconnect(network=self.network.name, wire=wires[pick % len(wires)]))

    @rule(pick=PICKS, name=st.sampled_from(["out_features", "p", "field", "kernel_size", "zzz"]), value=VALUES)
    def set_param(self, pick: int, name: str, value: object) -> None:
        node = self.node(pick)
        if node is not None:
            self.do(SetParam(network=self.network.name, uid=node.uid, name=name, value=value))  # type: ignore[arg-type]

    @rule(pick=PICKS, name=NAMES)
    def rename(self, pick: int, name: str) -> None:
        node = self.node(pick)
        if node is not None:
            self.do(Rename(network=self.network.name, uid=node.uid, name=name))

    @rule(pick=PICKS, x=st.integers(-500, 500))
    def move(self, pick: int, x: int) -> None:
        node = self.node(pick)
        if node is not None:
            self.do(Move(network=self.network.name, positions={node.uid: (float(x), 5.0)}))

    @rule(uid=st.sampled_from(["a", "b"]), text=st.sampled_from(["", "# Head", None]), x=st.integers(-500, 500))
    def write_note(self, uid: str, text: str | None, x: int) -> None:
        note = None if text is None else Note(uid=uid, text=text, at=(float(x), 0.0, 200.0, 80.0))
        before = without_words(code(self.project))
        self.do(SetNote(network=self.network.name, uid=uid, note=note))
        assert without_words(code(self.project)) == before

    @rule(name=st.sampled_from(["net", "other"]))
    def rename_network(self, name: str) -> None:
        self.do(RenameNetwork(name=self.network.name, new_name=name))

    @rule(value=VALUES)
    def set_setting(self, value: object) -> None:
        self.do(SetSetting(section="training", key="optimizer.Adam.lr", value=value))  # type: ignore[arg-type]

    @precondition(lambda self: self.undo)
    @rule()
    def step_back(self) -> None:
        self.redo.append(self.undo.pop().apply(self.project))

    @precondition(lambda self: self.redo)
    @rule()
    def step_forward(self) -> None:
        self.undo.append(self.redo.pop().apply(self.project))

    @invariant()
    def every_wire_has_two_ends_and_nothing_runs_in_a_circle(self) -> None:
        network = self.network
        for wire in network.wires():
            assert network.has(wire.source)
            assert network.has(wire.target)
        assert not network.circle()
        assert set(network.positions()) == {node.uid for node in network.nodes()}

    def teardown(self) -> None:
        last = (files.dump(self.project), code(self.project))
        assert files.dump(files.parse(last[0])) == last[0]
        assert code(files.parse(last[0])) == last[1]
        if not last[1].startswith("refused"):
            assert black.format_str(last[1], mode=black.Mode()) == last[1]
        back: list[Edit] = []
        while self.undo:
            back.append(self.undo.pop().apply(self.project))
        assert (files.dump(self.project), code(self.project)) == self.first
        while back:
            back.pop().apply(self.project)
        assert (files.dump(self.project), code(self.project)) == last


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_is_taken_out_of_a_circle_comes_back() -> None:
    project = digits_cnn()
    network = project.main()
    conv, pool = network.by_name("conv1"), network.by_name("pool1")
    assert conv is not None
    assert pool is not None
    (before,) = network.wires_in(conv.uid)
    network.drop_wire(before)
    network.put_wire(Wire(pool.uid, "output", conv.uid, "input"))  # as a damaged file may hold it
    first = files.dump(project)
    circle = network.wires_in(conv.uid)[0]
    for edit in (
        Disconnect(network=network.name, wire=circle),
        RemoveNode(network=network.name, uid=conv.uid),
        RemoveNetwork(name=network.name),
    ):
        inverse = edit.apply(project)
        assert edit_from_json(edit_to_json(inverse)) == inverse
        inverse.apply(project)
        assert files.dump(project) == first
