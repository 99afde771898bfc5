"""Structure: every problem has a code, a node and a sentence, and its fixes work."""

from __future__ import annotations

import json

import pytest
from drawings import chain, digits_cnn, draw

from graph import files
from graph.blocks import catalog_of
from graph.check import can_connect, check
from graph.edits import AddNetwork, AddNode, Disconnect, SetObjective
from graph.model import Network, Node, Objective, Project, Wire, empty_project
from graph.ops.catalog import load_catalog

CATALOG = load_catalog()


def codes(project: Project) -> list[str]:
    return [problem.code for problem in check(CATALOG, project)]


def loaded(project: Project, old: str, new: str) -> Project:
    text = files.dump(project)
    assert old in text
    return files.parse(text.replace(old, new))


def test_a_sound_drawing_has_no_problems() -> None:
    assert codes(digits_cnn()) == []


def test_an_empty_network_lacks_both_ends_and_the_fixes_add_them() -> None:
    project = empty_project("net")
    assert codes(project) == ["no-input", "no-output"]
    for problem in check(CATALOG, project):
        problem.fixes[0].edit.apply(project)
    assert {node.op for node in project.main().nodes()} == {"Input", "Output"}


def test_a_project_without_networks_says_so() -> None:
    assert codes(Project()) == ["no-network"]


def test_a_wire_that_is_missing_is_an_error_and_what_hangs_loose_a_warning() -> None:
    project = digits_cnn()
    wire = project.main().wire_into("u-relu1", "input")
    assert wire is not None
    Disconnect(network="digits_cnn", wire=wire).apply(project)
    problems = check(CATALOG, project)
    assert [(p.code, p.severity, p.node) for p in problems] == [
        ("unwired", "error", "u-relu1"),
        ("dead", "warning", "u-conv1"),
    ]
    problems[0].fixes[0].edit.apply(project)
    assert codes(project) == []


CASES = {
    "unknown op": ('"op": "Conv2d"', '"op": "Conf2d"', "unknown-op", "Did you mean Conv2d?"),
    "unknown param": ('"p": 0.25', '"q": 0.25', "unknown-param", "'q'"),
    "bad param": ('"p": 0.25', '"p": "much"', "bad-param", "p must be a number"),
    "param out of range": ('"out_features": 10', '"out_features": -1', "bad-param", "at least"),
    "missing param": ('"out_channels": 32', '"groups": 1', "missing-param", "out_channels"),
    "no field": ('{"field": "image"}', "{}", "no-field", "choose the part of the data"),
    "bad name": ('"name": "relu1"', '"name": "relu 1"', "bad-name", "cannot be a name"),
    "keyword": ('"name": "relu1"', '"name": "class"', "bad-name", "Python"),
    "attribute of modules": ('"name": "relu1"', '"name": "training"', "bad-name", "already means something"),
    "unknown output port": ('["u-conv1", "output"', '["u-conv1", "h_n"', "unknown-port", "'h_n'"),
    "unknown input port": ('"u-relu1", "input"]', '"u-relu1", "query"]', "unknown-port", "'query'"),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_damage_in_a_drawing_is_told_with_code_and_node(case: str) -> None:
    old, new, code, words = CASES[case]
    project = loaded(digits_cnn(), old, new)
    problem = next(problem for problem in check(CATALOG, project) if problem.code == code)
    assert words in problem.message
    assert problem.severity == "error"
    assert problem.node
    for fix in problem.fixes:
        inverse = fix.edit.apply(project)
        assert code not in [p.code for p in check(CATALOG, project) if p.node == problem.node]
        inverse.apply(project)


def test_an_input_without_a_field_in_a_second_network_may_be_fed_by_a_training_step() -> None:
    project = loaded(digits_cnn(), '{"field": "image"}', "{}")

    def said() -> str:
        found = check(catalog_of(CATALOG, project), project)
        return next(problem.message for problem in found if problem.code == "no-field")

    assert said().endswith("choose the part of the data that it stands for.")
    project.networks["other"] = Network("other")
    assert said().endswith("stands for, or call digits_cnn in a training step, which gives it.")


def test_an_output_without_a_field_may_be_judged_by_a_training_step() -> None:
    project = loaded(digits_cnn(), '{"field": "digit"}', "{}")
    problem = next(one for one in check(CATALOG, project) if one.code == "no-field")
    assert problem.message.endswith("stands for, or call digits_cnn in a training step, which judges it.")


@pytest.mark.parametrize(("op", "offers"), [("Input", False), ("call:digits_cnn", False), ("mse_loss", True)])
def test_no_wire_is_offered_from_what_is_no_number_to_the_end_of_a_training_step(op: str, offers: bool) -> None:
    project = digits_cnn()
    AddNetwork(name="step").apply(project)
    SetObjective(network="step", objective=Objective()).apply(project)
    for uid, key in (("first", op), ("end", "Minimise")):
        AddNode(network="step", node=Node(uid=uid, op=key, name=uid), position=(0.0, 0.0)).apply(project)
    found = check(catalog_of(CATALOG, project), project)
    problem = next(one for one in found if one.code == "unwired" and one.node == "end")
    assert bool(problem.fixes) == offers


def test_a_circle_is_named_and_the_fix_opens_it() -> None:
    project = loaded(
        digits_cnn(), '["u-image", "output", "u-conv1", "input"]', '["u-relu1", "output", "u-conv1", "input"]'
    )
    problem = next(problem for problem in check(CATALOG, project) if problem.code == "cycle")
    assert "conv1 → relu1 → conv1" in problem.message or "relu1 → conv1 → relu1" in problem.message
    problem.fixes[0].edit.apply(project)
    assert "cycle" not in codes(project)


def test_an_operator_needs_two_inputs() -> None:
    project = draw(
        "net",
        [("a", "Input", {"field": "f"}), ("add1", "add", {}), ("b", "Output", {"field": "f"})],
        ["a > add1.tensors.0", "add1 > b"],
    )
    assert [(p.code, p.port) for p in check(CATALOG, project)] == [("unwired", "tensors.0")]


def test_a_packed_pair_of_inputs_goes_together() -> None:
    project = draw(
        "net",
        [("a", "Input", {"field": "f"}), ("lstm", "LSTM", {"hidden_size": 2}), ("b", "Output", {"field": "f"})],
        ["a > lstm", "a > lstm.h_0", "lstm > b"],
    )
    problem = check(CATALOG, project)[0]
    assert (problem.code, problem.port) == ("unwired", "c_0")
    assert "h_0" in problem.message


def test_two_networks_must_not_make_one_class() -> None:
    project = digits_cnn()
    project.networks["DigitsCnn"] = Network("DigitsCnn")
    problem = next(problem for problem in check(CATALOG, project) if problem.code == "duplicate-class")
    problem.fixes[0].edit.apply(project)
    assert "duplicate-class" not in codes(project)


def test_problems_survive_the_way_through_json() -> None:
    for problem in check(CATALOG, empty_project("net")):
        again = type(problem).from_json(json.loads(json.dumps(problem.to_json())))
        assert again == problem


def test_weights_of_attention_that_are_switched_off_cannot_be_taken() -> None:
    project = draw(
        "net",
        [
            ("past", "Input", {"field": "past"}),
            ("attend", "MultiheadAttention", {"num_heads": 1, "need_weights": False}),
            ("mean", "mean", {"dim": 1}),
            ("next", "Output", {"field": "next"}),
        ],
        [*(f"past > attend.{port}" for port in ("query", "key", "value")), "attend.attn_output > mean", "mean > next"],
    )
    assert check(CATALOG, project) == ()
    ends = ("u-attend", "attn_output_weights", "u-mean", "input")
    assert can_connect(CATALOG, project.main(), *ends) == "attend gives this only while 'Give the weights' is on."
    project.main().drop_wire(project.main().wires_in("u-mean")[0])
    project.main().put_wire(Wire(*ends))
    (problem,) = check(CATALOG, project)
    assert problem.message == "attend gives mean nothing while 'Give the weights' is off. Switch it on."
    problem.fixes[0].edit.apply(project)
    assert check(CATALOG, project) == ()


@pytest.mark.parametrize(
    ("source", "port", "target", "into", "words"),
    [
        ("u-image", "output", "u-relu1", "input", None),
        ("u-linear1", "output", "u-conv1", "input", "circle"),
        ("u-conv1", "output", "u-conv1", "input", "itself"),
        ("u-conv1", "h_n", "u-linear1", "input", "gives nothing called h_n"),
        ("u-conv1", "output", "u-linear1", "query", "takes nothing called query"),
        ("u-digit", "output", "u-linear1", "input", "gives nothing"),
        ("u-conv1", "output", "u-image", "input", "takes nothing"),
        ("u-none", "output", "u-conv1", "input", "no longer"),
    ],
)
def test_one_judge_says_whether_a_wire_may_be_drawn(
    source: str, port: str, target: str, into: str, words: str | None
) -> None:
    answer = can_connect(CATALOG, digits_cnn().main(), source, port, target, into)
    assert answer is None if words is None else words in str(answer)


def test_nodes_of_an_unknown_kind_take_no_wires() -> None:
    network = chain(("x1", "Nothing", {})).main()
    assert "does not know" in str(can_connect(CATALOG, network, "u-source", "output", "u-x1", "input"))
