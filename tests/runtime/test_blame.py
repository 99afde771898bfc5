"""Wrong drawings: the node where it starts is blamed, alone, and the first repair mends it in one step that undoes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from training_projects import Layer, project_of

from graph.edits import SetParam
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.problems import Fix, Problem
from runtime.analysis import Analyser
from runtime.fix_trials import MOST_TRIALS, tried
from runtime.protocol import Analysis
from studio.document import Document

Wires = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A wrong drawing: the code of its one problem, the node that is blamed, and the label of the first repair."""

    layers: list[Layer]
    code: str
    node: str
    fix: str = ""
    severity: str = "warning"
    source: str = "digits"
    wires: Wires | None = None
    training: Mapping[str, Value] = field(default_factory=dict)
    data: Mapping[str, Value] = field(default_factory=dict)

    def project(self) -> Project:
        rows = {"source": self.source, **self.data}
        return project_of(self.layers, self.wires, data=rows, training=self.training)


IMAGE: Layer = ("input", "Input", {"field": "image"})
ROW: Layer = ("input", "Input", {"field": "features"})
PAST: Layer = ("input", "Input", {"field": "past"})
POINT: Layer = ("input", "Input", {"field": "point"})
DIGIT: Layer = ("output", "Output", {"field": "digit"})
NUMBER: Layer = ("output", "Output", {"field": "progression"})
AGAIN: Layer = ("output", "Output", {"field": "image"})
FLAT: Layer = ("flat", "Flatten", {})
RELU: Layer = ("relu", "ReLU", {})
HEAD: Layer = ("head", "Linear", {"out_features": 10})
ONE: Layer = ("head", "Linear", {"out_features": 1})


def conv(name: str, **params: Value) -> Layer:
    return (name, "Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": "same", **params})


def linear(name: str, width: int, **params: Value) -> Layer:
    return (name, "Linear", {"out_features": width, **params})


def op(name: str, key: str, **params: Value) -> Layer:
    return (name, key, params)


MOONS: Mapping[str, Value] = {"moons.samples": 200}
WRONG: dict[str, Wrong] = {
    "a dense layer fed an image": Wrong(
        layers=[IMAGE, conv("conv"), RELU, op("pool", "MaxPool2d", kernel_size=2), HEAD, DIGIT],
        code="image-into-linear",
        node="head",
        fix="Insert Flatten",
        severity="error",
    ),
    "softmax before cross-entropy": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("soft", "Softmax", dim=1), DIGIT],
        code="softmax-before-loss",
        node="soft",
        fix="Remove soft",
    ),
    "softmax over the samples": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("soft", "LogSoftmax", dim=0), DIGIT],
        training={"loss": "NLLLoss"},
        code="softmax-over-batch",
        node="soft",
        fix="Set axis of soft to 1",
    ),
    "softmax of one number": Wrong(
        layers=[POINT, linear("head", 1), op("soft", "Softmax", dim=1), ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        training={"loss": "BCELoss"},
        code="softmax-of-one",
        node="soft",
    ),
    "sigmoid before logits": Wrong(
        layers=[POINT, linear("head", 1), op("sig", "Sigmoid"), ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        training={"loss": "BCEWithLogitsLoss"},
        code="sigmoid-before-loss",
        node="sig",
        fix="Remove sig",
    ),
    "sigmoid before cross-entropy": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("sig", "Sigmoid"), DIGIT],
        code="sigmoid-before-loss",
        node="sig",
        fix="Remove sig",
    ),
    "tanh before cross-entropy": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("tanh", "Tanh"), DIGIT],
        code="bounded-before-loss",
        node="tanh",
        fix="Remove tanh",
    ),
    "relu before cross-entropy": Wrong(
        layers=[IMAGE, FLAT, HEAD, RELU, DIGIT], code="relu-before-loss", node="relu", fix="Remove relu"
    ),
    "relu before a number to foretell": Wrong(
        layers=[ROW, ONE, RELU, NUMBER], source="diabetes", code="bounded-answer", node="relu", fix="Remove relu"
    ),
    "sigmoid before a number to foretell": Wrong(
        layers=[ROW, ONE, op("sig", "Sigmoid"), NUMBER],
        source="diabetes",
        code="bounded-answer",
        node="sig",
        fix="Remove sig",
    ),
    "probabilities without a sigmoid": Wrong(
        layers=[POINT, linear("head", 1), ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        training={"loss": "BCELoss"},
        code="no-sigmoid",
        node="output",
        fix="Insert Sigmoid",
        severity="error",
    ),
    "likelihood without logarithms": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT],
        training={"loss": "NLLLoss"},
        code="no-log-softmax",
        node="output",
        fix="Insert LogSoftmax",
    ),
    "likelihood of plain probabilities": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("soft", "Softmax", dim=1), DIGIT],
        training={"loss": "NLLLoss"},
        code="softmax-before-loss",
        node="soft",
        fix="Use CrossEntropyLoss and remove soft",
    ),
    "too few answers": Wrong(
        layers=[IMAGE, FLAT, linear("head", 7), DIGIT],
        code="wrong-width",
        node="output",
        fix="Set neurons of head to 10",
        severity="error",
    ),
    "too many answers": Wrong(
        layers=[IMAGE, FLAT, linear("head", 12), DIGIT],
        code="loss-fit",
        node="output",
        fix="Set neurons of head to 10",
        severity="error",
    ),
    "one answer for two classes": Wrong(
        layers=[POINT, linear("head", 1), ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        code="wrong-width",
        node="output",
        fix="Set neurons of head to 2",
        severity="error",
    ),
    "a loss for another task": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT],
        training={"loss": "PoissonNLLLoss"},
        code="setting",
        node="",
        fix="Use the usual loss",
        severity="error",
    ),
    "squares for classes": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT],
        training={"loss": "MSELoss"},
        code="squares-for-classes",
        node="output",
        fix="Use CrossEntropyLoss",
    ),
    "sigmoid and squares for classes": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("sig", "Sigmoid"), DIGIT],
        training={"loss": "MSELoss"},
        code="squares-for-classes",
        node="output",
        fix="Use CrossEntropyLoss and remove sig",
    ),
    "two dense layers in a row": Wrong(
        layers=[IMAGE, FLAT, linear("hidden", 32), HEAD, DIGIT], code="no-activation", node="head", fix="Insert ReLU"
    ),
    "three dense layers in a row": Wrong(
        layers=[IMAGE, FLAT, linear("a", 64), linear("b", 32), HEAD, DIGIT],
        code="no-activation",
        node="b",
        fix="Insert ReLU",
    ),
    "five dense layers in a row": Wrong(
        layers=[IMAGE, FLAT, *(linear(f"a{number}", 64) for number in range(4)), HEAD, DIGIT],
        code="no-activation",
        node="a1",
        fix="Insert ReLU",
    ),
    "dense layers with dropout between": Wrong(
        layers=[IMAGE, FLAT, linear("hidden", 32), op("drop", "Dropout", p=0.2), HEAD, DIGIT],
        code="no-activation",
        node="head",
        fix="Insert ReLU",
    ),
    "two convolutions in a row": Wrong(
        layers=[IMAGE, conv("a", bias=False), op("norm", "BatchNorm2d"), conv("b"), RELU, FLAT, HEAD, DIGIT],
        code="no-activation",
        node="b",
        fix="Insert ReLU",
    ),
    "dropout as the last layer": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("drop", "Dropout", p=0.5), DIGIT],
        code="dropout-last",
        node="drop",
        fix="Remove drop",
    ),
    "a norm as the last layer": Wrong(
        layers=[IMAGE, FLAT, HEAD, op("norm", "BatchNorm1d"), DIGIT], code="norm-last", node="norm", fix="Remove norm"
    ),
    "a bias that a norm takes away": Wrong(
        layers=[IMAGE, conv("a"), op("norm", "BatchNorm2d"), RELU, FLAT, HEAD, DIGIT],
        code="bias-before-norm",
        node="a",
        fix="Switch bias of a off",
    ),
    "a bias of a dense layer that a norm takes away": Wrong(
        layers=[IMAGE, FLAT, linear("a", 32), op("norm", "BatchNorm1d"), RELU, HEAD, DIGIT],
        code="bias-before-norm",
        node="a",
        fix="Switch bias of a off",
    ),
    "dropout before a norm": Wrong(
        layers=[
            IMAGE,
            FLAT,
            linear("a", 32),
            RELU,
            op("drop", "Dropout", p=0.3),
            op("norm", "BatchNorm1d"),
            HEAD,
            DIGIT,
        ],
        code="dropout-before-norm",
        node="drop",
        fix="Put drop behind norm",
    ),
    "dropout that drops all": Wrong(
        layers=[IMAGE, FLAT, op("drop", "Dropout", p=1.0), HEAD, DIGIT],
        code="drops-all",
        node="drop",
        fix="Set probability of drop to 0.5",
    ),
    "flattened twice": Wrong(
        layers=[IMAGE, FLAT, op("flat2", "Flatten"), HEAD, DIGIT], code="idle", node="flat2", fix="Remove flat2"
    ),
    "activated twice": Wrong(
        layers=[IMAGE, FLAT, linear("hidden", 32), RELU, op("relu2", "ReLU"), HEAD, DIGIT],
        code="twice",
        node="relu2",
        fix="Remove relu2",
    ),
    "no layer that makes one row of the image": Wrong(
        layers=[IMAGE, conv("conv"), RELU, DIGIT],
        code="loss-fit",
        node="output",
        fix="Insert Flatten and Linear with 10 outputs",
        severity="error",
    ),
    "a sequence read along the samples": Wrong(
        layers=[
            PAST,
            op("lstm", "LSTM", hidden_size=8),
            op("last", "select", dim=1, index=-1),
            ONE,
            ("output", "Output", {"field": "next"}),
        ],
        source="sines",
        code="batch-first",
        node="lstm",
        fix="Switch samples first of lstm on",
    ),
    "all steps of a sequence as one answer": Wrong(
        layers=[PAST, op("lstm", "LSTM", hidden_size=8, batch_first=True), ("output", "Output", {"field": "next"})],
        source="sines",
        code="loss-fit",
        node="output",
        fix="Take the last step and insert Linear with 1 output",
        severity="error",
    ),
    "a pooling that leaves one place too early": Wrong(
        layers=[
            IMAGE,
            conv("a"),
            RELU,
            op("pool", "MaxPool2d", kernel_size=8),
            conv("b"),
            op("r2", "ReLU"),
            FLAT,
            HEAD,
            DIGIT,
        ],
        code="pool-to-one",
        node="pool",
        fix="Remove pool",
    ),
    "a pooling larger than what is left": Wrong(
        layers=[IMAGE, op("pool", "MaxPool2d", kernel_size=9), FLAT, HEAD, DIGIT],
        code="shape",
        node="pool",
        fix="Set kernel size of pool to 8",
        severity="error",
    ),
    "a window that leaves gaps": Wrong(
        layers=[IMAGE, conv("a", kernel_size=2, stride=4, padding=0), RELU, FLAT, HEAD, DIGIT],
        code="gaps",
        node="a",
        fix="Set stride of a to 2",
    ),
    "channels set by hand": Wrong(
        layers=[IMAGE, conv("a", in_channels=3), RELU, FLAT, HEAD, DIGIT],
        code="shape",
        node="a",
        fix="Let input channels of a follow",
        severity="error",
    ),
    "an embedding fed decimal numbers": Wrong(
        layers=[ROW, op("embed", "Embedding", embedding_dim=4, num_embeddings=9), FLAT, ONE, NUMBER],
        source="diabetes",
        code="shape",
        node="embed",
        fix="Use Linear for embed",
        severity="error",
    ),
    "more answers than there are numbers to foretell": Wrong(
        layers=[ROW, linear("head", 3), NUMBER],
        source="diabetes",
        code="loss-fit",
        node="output",
        fix="Set neurons of head to 1",
        severity="error",
    ),
    "a rebuilt image of another shape": Wrong(
        layers=[IMAGE, FLAT, linear("code", 8), RELU, linear("wide", 64), AGAIN],
        code="loss-fit",
        node="output",
        fix="Insert Unflatten",
        severity="error",
    ),
    "a rebuilt image of another size": Wrong(
        layers=[IMAGE, FLAT, linear("code", 8), RELU, AGAIN],
        code="loss-fit",
        node="output",
        fix="Insert Linear and Unflatten",
        severity="error",
    ),
    "a branch that leads nowhere": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT, linear("spare", 4), op("spare2", "ReLU")],
        wires=[("input", "flat"), ("flat", "head"), ("head", "output"), ("flat", "spare"), ("spare", "spare2")],
        code="dead",
        node="spare2",
        fix="Remove spare2 and what leads to it",
    ),
    "an input that nothing uses": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT, ("ink", "Input", {"field": "ink"})],
        wires=[("input", "flat"), ("flat", "head"), ("head", "output")],
        source="digits_ink",
        code="unused-input",
        node="ink",
        fix="Remove ink",
    ),
    "two outputs that answer the same": Wrong(
        layers=[IMAGE, FLAT, HEAD, DIGIT, linear("head2", 10), ("output2", "Output", {"field": "digit"})],
        wires=[("input", "flat"), ("flat", "head"), ("head", "output"), ("flat", "head2"), ("head2", "output2")],
        code="same-answer",
        node="output2",
        fix="Remove output2",
    ),
    "an input that is given the answer": Wrong(
        layers=[
            ("input", "Input", {"field": "digit"}),
            op("hot", "one_hot", num_classes=10),
            op("dec", "float"),
            HEAD,
            DIGIT,
        ],
        code="answer-given",
        node="input",
    ),
    "a table with too few entries": Wrong(
        layers=[
            ("input", "Input", {"field": "species"}),
            op("embed", "Embedding", num_embeddings=2, embedding_dim=4),
            linear("head", 3),
            ("output", "Output", {"field": "species"}),
        ],
        source="iris",
        code="too-few-entries",
        node="embed",
        fix="Let entries of embed follow",
        severity="error",
    ),
    "nothing that could learn": Wrong(
        layers=[POINT, RELU, ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        training={"loss": "MultiMarginLoss"},
        code="no-weights",
        node="output",
        fix="Insert Linear with 2 outputs",
        severity="error",
    ),
}


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(lambda row: None)


@pytest.fixture(scope="module")
def problems_of(analyser: Analyser) -> Callable[[Project], tuple[Problem, ...]]:
    def problems(project: Project) -> tuple[Problem, ...]:
        request = {"kind": "analyse", "revision": 1, "project": dump(project), "base": "", "may_read": True}
        return Analysis.from_json(analyser.answer(request)).problems

    return problems


@pytest.mark.parametrize("name", sorted(WRONG))
def test_the_first_cause_is_blamed_and_its_repair_mends_it(
    name: str, problems_of: Callable[[Project], tuple[Problem, ...]]
) -> None:
    wrong = WRONG[name]
    document = Document(load_catalog(), wrong.project())
    before = document.text()
    problems = problems_of(document.project)
    problem = problems[0]
    uid = f"uid_{wrong.node}" if wrong.node else ""
    assert (problem.code, problem.node, problem.severity) == (wrong.code, uid, wrong.severity)
    assert problems[1:] == ()
    assert [fix.label for fix in problem.fixes[:1]] == ([wrong.fix] if wrong.fix else [])
    for fix in problem.fixes:
        assert document.apply(fix.edit, fix.label)
        after = problems_of(document.project)
        assert (wrong.code, uid) not in {(row.code, row.node) for row in after}
        assert not [row for row in after if row.severity == "error"]
        document.undo()
        assert document.text() == before


SOUND: dict[str, Wrong] = {
    "a bias before a norm that others use too": Wrong(
        layers=[IMAGE, conv("a"), op("norm", "BatchNorm2d"), RELU, op("sum", "add"), FLAT, HEAD, DIGIT],
        wires=[
            *(("input", "a"), ("a", "norm"), ("norm", "relu"), ("relu", "sum.tensors.0"), ("a", "sum.tensors.1")),
            *(("sum", "flat"), ("flat", "head"), ("head", "output")),
        ],
        code="",
        node="",
    ),
    "a narrow middle": Wrong(
        layers=[POINT, linear("code", 1), linear("wide", 2), ("output", "Output", {"field": "point"})],
        source="circles",
        code="",
        node="",
    ),
    "a dense layer for each step": Wrong(
        layers=[
            PAST,
            op("lstm", "LSTM", hidden_size=8, batch_first=True),
            linear("each", 4),
            op("last", "select", dim=1, index=-1),
            ONE,
            ("output", "Output", {"field": "next"}),
        ],
        source="sines",
        code="",
        node="",
    ),
    "one place, looked at by a window of one": Wrong(
        layers=[
            IMAGE,
            conv("a"),
            RELU,
            op("gap", "AdaptiveAvgPool2d", output_size=1),
            conv("b", kernel_size=1),
            op("r2", "ReLU"),
            FLAT,
            HEAD,
            DIGIT,
        ],
        code="",
        node="",
    ),
    "a shortcut with stride": Wrong(
        layers=[IMAGE, conv("a", kernel_size=1, stride=2, padding=0), RELU, FLAT, HEAD, DIGIT], code="", node=""
    ),
    "unscaled numbers that are never negative": Wrong(
        layers=[ROW, ONE, RELU, NUMBER], source="diabetes", data={"scale.targets": "none"}, code="", node=""
    ),
    "probabilities with a sigmoid": Wrong(
        layers=[POINT, linear("head", 1), op("sig", "Sigmoid"), ("output", "Output", {"field": "class"})],
        source="moons",
        data=MOONS,
        training={"loss": "BCELoss"},
        code="",
        node="",
    ),
}


@pytest.mark.parametrize("name", sorted(SOUND))
def test_what_is_meant_is_not_blamed(name: str, problems_of: Callable[[Project], tuple[Problem, ...]]) -> None:
    assert problems_of(SOUND[name].project()) == ()


def test_repairs_are_tried_so_often_and_no_more_and_leave_the_drawing_alone() -> None:
    project = WRONG["too few answers"].project()
    edit = SetParam(network="network", uid="uid_head", name="out_features", value=10)
    rows = [
        Problem(code=f"code{number}", message="", node="uid_head", fixes=(Fix(label="Mend it", edit=edit),))
        for number in range(2 * MOST_TRIALS)
    ]
    before, seen = dump(project), []

    def judge(changed: Project) -> list[Problem]:
        seen.append(dump(changed))
        return []

    found = tried(project, rows, judge)
    assert dump(project) == before
    assert seen[0] == before
    assert len(set(seen[1:])) == 1
    assert len(seen) == MOST_TRIALS + 1
    assert sum(bool(row.fixes) for row in found) == MOST_TRIALS


def test_a_field_can_be_chosen_even_where_what_it_then_gives_does_not_fit() -> None:
    project = WRONG["too few answers"].project()
    edit = SetParam(network="network", uid="uid_input", name="field", value="digit")
    unknown = Problem(code="unknown-field", message="", node="uid_input", fixes=(Fix(label="Choose it", edit=edit),))
    misfit = Problem(code="shape", message="", node="uid_head")

    def judge(changed: Project) -> list[Problem]:
        return [misfit if changed.main().node("uid_input").params["field"] == "digit" else unknown]

    (found,) = tried(project, [unknown], judge)
    assert found.fixes == unknown.fixes


def test_a_repair_that_breaks_something_else_is_not_offered() -> None:
    project = WRONG["too few answers"].project()
    edit = SetParam(network="network", uid="uid_head", name="out_features", value=10)
    mended = Problem(code="old", message="", node="uid_head", fixes=(Fix(label="Mend it", edit=edit),))
    broken = Problem(code="new", message="", node="uid_output")

    def judge(changed: Project) -> list[Problem]:
        return [broken] if changed.main().node("uid_head").params["out_features"] == 10 else [mended]

    assert tried(project, [mended], judge)[0].fixes == ()
