"""Shapes, autos, weights: what torch says, in words, with fixes that work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawings import DRAWINGS, FIELDS, Row, chain, digits_cnn, draw, two_inputs

from graph import files
from graph.check import check
from graph.edits import AddNode, Connect
from graph.end_doubts import Ending, end_doubts
from graph.fields import Field
from graph.flow import TensorInfo, field_info, flow_kind
from graph.model import Node, Project, Wire
from graph.ops.catalog import load_catalog
from graph.problems import Problem
from graph.shapes import ShapeMemo, ShapeReport, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()


def measured(project: Project) -> ShapeReport:
    return infer(CATALOG, project.main(), FIELDS, MEMO)


def test_shapes_autos_and_weights_of_the_digits_cnn() -> None:
    report = measured(digits_cnn())
    labels = {uid: info.label() for (uid, _), info in report.ports.items()}
    assert labels == {
        "u-image": "1×8×8",
        "u-conv1": "32×8×8",
        "u-relu1": "32×8×8",
        "u-pool1": "32×4×4",
        "u-flatten1": "512",
        "u-dropout1": "512",
        "u-linear1": "10",
    }
    assert report.autos == {"u-conv1": {"in_channels": 1}, "u-linear1": {"in_features": 512}}
    assert report.weights == {"u-conv1": 320, "u-linear1": 5130}
    assert report.ports["u-conv1", "output"].full_label() == "N × 32 × 8 × 8  float32"
    assert report.problems == ()


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_sound_drawings_have_no_shape_problems(name: str) -> None:
    assert measured(DRAWINGS[name]()).problems == ()


@pytest.mark.parametrize(
    ("field", "steps", "shape"),
    [
        ("image", [("f", "Flatten", {"start_dim": 0})], ("64·N",)),
        ("image", [("c", "stack", {"dim": 0})], (1, "N", 1, 8, 8)),
        ("track", [("f", "Flatten", {"start_dim": 0, "end_dim": 1})], ("N·T", 3)),
        ("track", [("p", "MaxPool1d", {"kernel_size": 2}), ("m", "mean", {"dim": 1})], ("N", 1)),
        ("track", [("t", "transpose", {"dim0": 1, "dim1": 2})], ("N", 3, "T")),
        (
            "track",
            [
                ("t", "transpose", {"dim0": 1, "dim1": 2}),
                ("p", "MaxPool1d", {"kernel_size": 2}),
            ],
            ("N", 3, "depends on T"),
        ),
        ("image", [("m", "mean", {})], ()),
    ],
)
def test_free_sizes_are_found_by_varying_them(field: str, steps: Sequence[Row], shape: tuple[object, ...]) -> None:
    project = chain(*steps, field=field)
    if steps[0][1] == "stack":
        project = draw(
            "net",
            [("source", "Input", {"field": field}), *steps, ("answer", "Output", {"field": "digit"})],
            ["source > c.tensors.0", "c > answer"],
        )
    report = measured(project)
    assert report.ports[f"u-{steps[-1][0]}", "output"].shape == shape


def test_an_answer_that_mixes_the_samples_is_refused_at_its_output() -> None:
    report = measured(chain(("f", "Flatten", {"start_dim": 0})))
    assert [(p.code, p.node) for p in report.problems] == [("not-per-sample", "u-answer")]


CONV: Row = ("conv1", "Conv2d", {"out_channels": 4, "kernel_size": 3})
FLAT: Row = ("flat", "Flatten", {})
HEAD: Row = ("head", "Linear", {"out_features": 10})
MISFITS = {
    "vector into convolution": (
        chain(("flat1", "Flatten", {}), CONV, FLAT, HEAD),
        "conv1 (Conv2d) works on images (N × channels × height × width), but flat1 gives N × 64  float32.",
        "Insert Unflatten to 1×8×8",
    ),
    "window too large": (
        chain(("pool1", "MaxPool2d", {"kernel_size": 9}), FLAT, HEAD),
        "pool1: a window of 9 does not fit into the 8×8 that is left",
        "Set kernel size of pool1 to 8",
    ),
    "kernel too large": (
        chain(("conv1", "Conv2d", {"out_channels": 4, "kernel_size": 9}), FLAT, HEAD),
        "conv1: a window of 9 does not fit",
        "Set padding of conv1 to same",
    ),
    "width set by hand": (
        chain(FLAT, ("head", "Linear", {"out_features": 10, "in_features": 99})),
        "head: in_features is set to 99 by hand, but flat gives 64",
        "Let input size of head follow",
    ),
    "vector into recurrence": (
        chain(("rnn", "LSTM", {"hidden_size": 4, "batch_first": True}), field="features"),
        "rnn (LSTM) works on sequences (N × steps × features), but source gives N × 13  float32.",
        "Insert Unflatten to 13×1",
    ),
    "image into recurrence": (
        chain(("rnn", "GRU", {"hidden_size": 4, "batch_first": True})),
        "works on sequences",
        "Insert Flatten from axis 2",
    ),
    "tokens into a dense layer": (
        chain(HEAD, field="words"),
        "head (Linear) calculates with decimal numbers, but source gives N × 12  int64",
        "Insert Embedding",
    ),
    "decimals into an embedding": (
        chain(("embed", "Embedding", {"embedding_dim": 4}), field="features"),
        "embed looks up whole numbers",
        "",
    ),
    "groups that do not divide": (
        chain(("conv1", "Conv2d", {"out_channels": 9, "kernel_size": 3, "groups": 3}), FLAT, HEAD),
        "conv1: groups is 3, which does not divide in_channels, 1",
        "Set groups of conv1 to 1",
    ),
    "heads that do not divide": (
        draw(
            "net",
            [
                ("source", "Input", {"field": "track"}),
                ("mha", "MultiheadAttention", {"num_heads": 2, "batch_first": True}),
                ("answer", "Output", {"field": "digit"}),
            ],
            ["source > mha.query", "source > mha.key", "source > mha.value", "mha.attn_output > answer"],
        ),
        "mha: num_heads is 2, which does not divide embed_dim, 3",
        "Set heads of mha to 1",
    ),
    "an axis that is not there": (
        chain(("mean1", "mean", {"dim": 4})),
        "mean1 asks for an axis or position that is not there: source gives N × 1 × 8 × 8",
        "Set axis of mean1 to 1",
    ),
    "sizes that do not multiply": (
        chain(("shape1", "reshape", {"shape": (-1, 7)})),
        "shape1 cannot arrange the numbers as -1 × 7",
        "",
    ),
    "weights for a size that varies": (
        chain(("flat", "Flatten", {}), HEAD, field="track"),
        "head: in_features would have to follow a size that varies",
        "",
    ),
}


@pytest.mark.parametrize("case", sorted(MISFITS))
def test_a_misfit_is_explained_and_its_fixes_work(case: str) -> None:
    project, words, label = MISFITS[case]
    before = files.dump(project)
    problem = next(p for p in measured(project).problems if p.code == "shape")
    assert words in problem.message
    assert label in [*(fix.label for fix in problem.fixes), ""]
    assert files.dump(project) == before
    assert not [p for p in check(CATALOG, project) if p.severity == "error"]
    for fix in problem.fixes:
        inverse = fix.edit.apply(project)
        after = [*check(CATALOG, project), *measured(project).problems]
        assert not [p for p in after if p.node == problem.node and p.severity == "error"]
        inverse.apply(project)
        assert files.dump(project) == before


def joined(op: str, left: Row, right: Row, **params: object) -> Project:
    return draw(
        "net",
        [
            ("source", "Input", {"field": "image"}),
            left,
            right,
            ("join", op, dict(params)),  # type: ignore[dict-item]
            ("answer", "Output", {"field": "digit"}),
        ],
        [
            *(f"source > {left[0]}", f"source > {right[0]}", f"{left[0]} > join.tensors.0"),
            *(f"{right[0]} > join.tensors.1", "join > answer"),
        ],
    )


def test_a_sum_of_unequal_shapes_names_both_and_offers_to_widen_either() -> None:
    conv = {"kernel_size": 3, "padding": "same"}
    project = joined("add", ("a", "Conv2d", {"out_channels": 8, **conv}), ("b", "Conv2d", {"out_channels": 4, **conv}))
    problem = measured(project).problems[0]
    assert "a gives N × 8 × 8 × 8  float32 and b gives N × 4 × 8 × 8  float32" in problem.message
    assert [fix.label for fix in problem.fixes] == [
        "Set filters of b to 8",
        "Set filters of a to 4",
        "Insert 1×1 convolution with 8 filters after b",
    ]


def test_joining_an_image_with_a_vector_offers_to_flatten_the_image() -> None:
    project = joined("cat", ("a", "Dropout", {}), ("b", "Flatten", {}), dim=1)
    problem = measured(project).problems[0]
    assert "along axis 1" in problem.message
    assert [fix.label for fix in problem.fixes] == ["Insert Flatten"]


def test_a_misfit_that_leads_nowhere_beside_a_whole_network_is_a_warning() -> None:
    project = chain(FLAT, HEAD)
    AddNode(
        network="net",
        node=Node(uid="spare", op="MaxPool2d", name="spare", params={"kernel_size": 2}),
        position=(0.0, 0.0),
    ).apply(project)
    Connect(network="net", wire=Wire("u-flat", "output", "spare", "input")).apply(project)
    assert [(p.node, p.severity) for p in measured(project).problems] == [("spare", "warning")]


def test_what_follows_a_misfit_is_not_accused_too() -> None:
    report = measured(chain(("flat1", "Flatten", {}), CONV, FLAT, HEAD))
    assert len(report.problems) == 1
    assert ("u-head", "output") not in report.ports


def test_a_dense_layer_fed_an_image_is_doubted_once_where_it_starts() -> None:
    project = chain(CONV, ("r", "ReLU", {}), HEAD, ("t", "Tanh", {}), ("more", "Linear", {"out_features": 10}))
    problem = measured(project).problems[0]
    assert [(p.code, p.severity, p.node) for p in measured(project).problems] == [
        ("image-into-linear", "warning", "u-head")
    ]
    problem.fixes[0].edit.apply(project)
    assert measured(project).problems == ()


def test_a_recurrence_that_reads_samples_as_time_is_doubted() -> None:
    project = chain(("rnn", "LSTM", {"hidden_size": 4}), field="past")
    problem = measured(project).problems[0]
    assert problem.code == "batch-first"
    problem.fixes[0].edit.apply(project)
    assert measured(project).problems == ()


def test_a_field_that_is_not_in_the_data_is_a_problem_with_the_fields_that_are() -> None:
    problems = measured(chain(FLAT, HEAD, field="picture")).problems
    assert [(p.code, p.node) for p in problems] == [("unknown-field", "u-source")]
    assert "Choose image" in [fix.label for fix in problems[0].fixes]


HEADS: dict[str, tuple[Row | None, str, str | None]] = {
    "softmax before cross-entropy": (("s", "Softmax", {"dim": 1}), "CrossEntropyLoss", "softmax-before-loss"),
    "softmax before focal loss": (("s", "Softmax", {"dim": 1}), "FocalLoss", "softmax-before-loss"),
    "sigmoid before overlap": (("s", "Sigmoid", {}), "DiceLoss", "sigmoid-before-loss"),
    "sigmoid before logits": (("s", "Sigmoid", {}), "BCEWithLogitsLoss", "sigmoid-before-loss"),
    "relu before cross-entropy": (("s", "ReLU", {}), "CrossEntropyLoss", "relu-before-loss"),
    "nothing before likelihood": (None, "NLLLoss", "no-log-softmax"),
    "nothing before probabilities": (None, "BCELoss", "no-sigmoid"),
    "softmax before squares": (("s", "Softmax", {"dim": 1}), "MSELoss", "squares-for-classes"),
    "raw scores before cross-entropy": (None, "CrossEntropyLoss", None),
}


def head_problems(project: Project, loss: str) -> tuple[Problem, ...]:
    ending = Ending(
        losses={"u-answer": str(project.training.get("loss", loss))}, fields=FIELDS, training=project.training
    )
    return end_doubts(CATALOG, project.main(), measured(project).ports, ending)


@pytest.mark.parametrize("case", sorted(HEADS))
def test_the_last_step_is_held_against_the_loss(case: str) -> None:
    step, loss, code = HEADS[case]
    project = chain(FLAT, HEAD, *([step] if step else []))
    problems = head_problems(project, loss)
    assert [p.code for p in problems] == ([code] if code else [])
    for problem in problems:
        problem.fixes[0].edit.apply(project)
        assert head_problems(project, loss) == ()


def test_the_last_width_is_held_against_the_classes() -> None:
    project = chain(FLAT, ("head", "Linear", {"out_features": 7}))
    problem = head_problems(project, "CrossEntropyLoss")[0]
    assert (problem.code, problem.severity) == ("wrong-width", "error")
    problem.fixes[0].edit.apply(project)
    assert head_problems(project, "CrossEntropyLoss") == ()


def test_each_node_is_announced_before_it_is_tried_and_only_when_it_is() -> None:
    seen: list[str] = []
    memo = ShapeMemo()
    infer(CATALOG, digits_cnn().main(), FIELDS, memo, lambda network, uid: seen.append(uid))
    assert seen == ["u-conv1", "u-relu1", "u-pool1", "u-flatten1", "u-dropout1", "u-linear1"]
    infer(CATALOG, digits_cnn().main(), FIELDS, memo, lambda network, uid: seen.append(uid))
    assert len(seen) == 6


def test_an_op_that_meta_cannot_run_is_tried_on_made_up_numbers_and_says_so() -> None:
    spec = replace(CATALOG.op("argmax"), key="nonzero", target="torch.nonzero", params=())
    catalog = replace(CATALOG, ops={**CATALOG.ops, "nonzero": spec})
    report = infer(catalog, chain(("found", "nonzero", {})).main(), FIELDS, ShapeMemo())
    assert [p.code for p in report.problems] == ["tried-on-data", "not-per-sample"]
    assert report.ports["u-found", "output"].shape[1] == 4


@pytest.mark.parametrize(
    ("rank", "dtype", "group", "arrives", "kind"),
    [
        (4, "float32", "Convolution", ("image",), "image"),
        (2, "float32", "Dense", ("vector",), "vector"),
        (3, "float32", "Embedding", ("tokens",), "sequence"),
        (3, "float32", "Recurrent", ("unknown",), "sequence"),
        (3, "float32", "Dense", ("sequence",), "sequence"),
        (3, "float32", "Convolution", ("sequence",), "image"),
        (3, "float32", "Convolution", ("image",), "image"),
        (2, "int64", "Reduce", ("vector",), "tokens"),
        (2, "bool", "Arithmetic", ("vector",), "mask"),
        (1, "float32", "Reduce", ("vector",), "scalar"),
    ],
)
def test_what_flows_gets_one_of_six_kinds(
    rank: int, dtype: str, group: str, arrives: tuple[str, ...], kind: str
) -> None:
    assert flow_kind(rank, dtype, group=group, arrives=arrives) == kind  # type: ignore[arg-type]


def test_tensor_infos_survive_the_way_through_json() -> None:
    info = field_info(FIELDS["track"])
    assert TensorInfo.from_json(info.to_json()) == info
    assert info.label() == "T×3"
    assert field_info(FIELDS["digit"]).classes == 10


def test_a_field_with_classes_tells_an_embedding_how_many() -> None:
    report = measured(chain(("embed", "Embedding", {"embedding_dim": 4}), field="words"))
    assert report.autos["u-embed"] == {"num_embeddings": 8}


def test_two_inputs_are_measured_together() -> None:
    report = measured(two_inputs())
    assert report.ports["u-cat1", "output"].shape == ("N", 32)


def test_two_thousand_nodes_are_not_tried_again() -> None:
    steps: list[Row] = [(f"relu{place}", "ReLU", {}) for place in range(2000)]
    network = chain(*steps).main()
    memo = ShapeMemo()
    fields = {"image": FIELDS["image"], "digit": Field(name="digit", shape=(), dtype="int64", kind="class")}
    infer(CATALOG, network, fields, memo)
    tried: list[str] = []
    report = infer(CATALOG, network, fields, memo, lambda network, uid: tried.append(uid))
    assert tried == []
    assert len(report.ports) == 2001
