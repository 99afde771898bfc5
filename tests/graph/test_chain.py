"""Typed chains: read as they are meant, answered by a sentence where they are not, and never a crash."""

from __future__ import annotations

import pytest
from drawings import digits_cnn
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.chain import EXAMPLE, Chain, Step, arriving, read_chain
from graph.flow import TensorInfo
from graph.ops.catalog import load_catalog
from graph.ops.spec import OpSpec, Value

CATALOG = load_catalog()
IMAGE = TensorInfo(shape=("N", 1, 8, 8), dtype="float32", kind="image")
SEQUENCE = TensorInfo(shape=("N", 24, 1), dtype="float32", kind="sequence")
VECTOR = TensorInfo(shape=("N", 13), dtype="float32", kind="vector")
TOKENS = TensorInfo(shape=("N", 12), dtype="int64", kind="tokens", classes=8)


def read(text: str, arrives: TensorInfo | None = None) -> Chain:
    chain = read_chain(CATALOG, text, arrives)
    assert chain is not None
    return chain


def ops(text: str, arrives: TensorInfo | None = None) -> list[str]:
    chain = read(text, arrives)
    assert not chain.problem
    return [step.op for step in chain.steps]


def test_the_example_is_read() -> None:
    assert ops(EXAMPLE, IMAGE) == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"]


@pytest.mark.parametrize(
    ("text", "arrives", "wanted"),
    [
        ("conv 8 > bn > pool", SEQUENCE, ["Conv1d", "BatchNorm1d", "MaxPool1d"]),
        ("conv 8 > bn > pool", IMAGE, ["Conv2d", "BatchNorm2d", "MaxPool2d"]),
        ("conv 8 > bn", VECTOR, ["Conv1d", "BatchNorm1d"]),
        ("conv 8 > flatten > norm", IMAGE, ["Conv2d", "Flatten", "BatchNorm1d"]),
        ("embedding 16 > conv 8 > gap", TOKENS, ["Embedding", "Conv1d", "AdaptiveAvgPool1d"]),
        ("embedding 16 > attention 4", TOKENS, ["Embedding", "MultiheadAttention"]),
        ("unflatten 1x8x8 > conv 4", VECTOR, ["Unflatten", "Conv2d"]),
        ("conv3d 4 > relu", IMAGE, ["Conv3d", "ReLU"]),
        ("fully connected 32 -> dropout 0.3 | dense 10", VECTOR, ["Linear", "Dropout", "Linear"]),
        ("max pool\naverage pool → softmax", None, ["MaxPool2d", "AvgPool2d", "Softmax"]),
        ("nn.Conv2d(32, 3) > relu", None, ["Conv2d", "ReLU"]),
    ],
)
def test_each_name_means_what_suits_what_arrives(text: str, arrives: TensorInfo | None, wanted: list[str]) -> None:
    if text.startswith("nn."):
        text = text.removeprefix("nn.")
    assert ops(text, arrives) == wanted


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("conv 32", {"out_channels": 32}),
        ("conv 32 5", {"out_channels": 32, "kernel_size": 5}),
        ("conv 32, 5", {"out_channels": 32, "kernel_size": 5}),
        ("conv 32 k5 same", {"out_channels": 32, "kernel_size": 5, "padding": "same"}),
        ("conv 32 3x5", {"out_channels": 32, "kernel_size": (3, 5)}),
        ("conv2d(32, (3, 5), stride=2)", {"out_channels": 32, "kernel_size": (3, 5), "stride": 2, "padding": (1, 2)}),
        ("conv 32 5 s2", {"out_channels": 32, "kernel_size": 5, "stride": 2, "padding": 2}),
        ("conv 32 s2 p0", {"out_channels": 32, "stride": 2, "padding": 0}),
        ("conv filters=8 bias=no", {"out_channels": 8, "bias": False}),
        ("dropout 0.3", {"p": 0.3}),
        ("dropout p=.5", {"p": 0.5}),
        ("lstm 64 2 bidirectional", {"hidden_size": 64, "num_layers": 2, "bidirectional": True}),
        ("embedding 32", {"embedding_dim": 32}),
        ("embedding 1000 32", {"num_embeddings": 1000, "embedding_dim": 32}),
        ("mean 1", {"dim": 1}),
        ("leaky relu 0.1", {"negative_slope": 0.1}),
    ],
)
def test_numbers_and_words_become_settings(text: str, params: dict[str, Value]) -> None:
    (step,) = read(text).steps
    assert step.params == params
    assert {name: type(value) for name, value in step.params.items()} == {k: type(v) for k, v in params.items()}


@pytest.mark.parametrize(
    ("text", "sentence", "meant"),
    [
        ("cnov 32 > relu", "No layer called 'cnov'. Did you mean Conv2d?", "conv 32 > relu"),
        ("conv 32 > rleu", "No layer called 'rleu'. Did you mean ReLU?", "conv 32 > relu"),
        ("conv 32 > qqzz", "No layer called 'qqzz'.", ""),
        ("relu 3", "ReLU takes no number here; 3 is too many.", ""),
        ("conv 1 2 3 4", "Conv2d takes only filters, kernel size and padding here; 4 is too many.", ""),
        ("linear 0", "Linear: neurons must be at least 1, not 0.", ""),
        ("linear 2.5", "Linear: neurons must be a whole number, not 2.5.", ""),
        ("dropout 2", "Dropout: probability must be at most 1, not 2.", ""),
        ("conv 8 sane", "Conv2d does not know 'sane'.", ""),
        ("conv 8 k3 k5", "Kernel size of Conv2d is given twice.", ""),
        ("relu > input", "Input takes nothing, so it can only stand first.", ""),
        ("output > relu", "Output gives nothing, so it can only stand last.", ""),
    ],
)
def test_what_cannot_be_read_is_answered_by_a_sentence(text: str, sentence: str, meant: str) -> None:
    chain = read(text)
    assert (chain.problem, chain.meant) == (sentence, meant)
    if meant:
        assert not read(meant).problem


def test_a_plain_search_is_no_chain_and_an_unfinished_chain_is_read_as_far_as_it_goes() -> None:
    for text in ("", "conv", "max pool", "conv 2d", "fully connected", "  ", "+"):
        assert read_chain(CATALOG, text) is None
    assert ops("conv 32 >") == ["Conv2d"]
    assert ops("conv 32 > > relu") == ["Conv2d", "ReLU"]


def test_too_much_is_refused() -> None:
    assert read("relu > " * 61).problem.startswith("A chain holds at most 60 layers")
    assert read("relu" * 1000).problem.startswith("This is too long")


def test_what_was_not_measured_yet_is_told_from_what_comes_before() -> None:
    network = digits_cnn().main()
    seen = {("u-image", "output"): IMAGE}
    pooled = arriving(CATALOG, network, "u-pool1", "output", seen)
    flat = arriving(CATALOG, network, "u-linear1", "output", seen)
    assert pooled is not None
    assert len(pooled.shape) == 4
    assert flat is not None
    assert len(flat.shape) == 2
    assert arriving(CATALOG, network, "u-linear1", "output", {}) is None


words = st.sampled_from(
    ["conv", "relu", "linear", "k3", "same", "32", "0.5", "3x3", ">", "->", "|", ",", "=", "(", "-"]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(words, max_size=14).map(" ".join)))
def test_reading_never_raises(text: str) -> None:
    for arrives in (None, IMAGE, TOKENS):
        chain = read_chain(CATALOG, text, arrives)
        for step in chain.steps if chain is not None else ():
            spec = CATALOG.op(step.op)
            for name, value in step.params.items():
                param = spec.param(name)
                assert param is not None
                assert param.problem_with(value) is None


def _written(step: Step) -> str:
    parts = [step.op]
    for name, value in step.params.items():
        shown = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
        parts.append(f"{name}={shown}")
    return " ".join(parts)


# "norm" alone means a batch norm; the length of vectors is written by its other name
_SIMPLE = [spec for spec in CATALOG.ops.values() if spec.inputs and spec.outputs and spec.key != "norm"]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    spec: OpSpec = draw(st.sampled_from(_SIMPLE))
    params: dict[str, Value] = {}
    for param in spec.params:
        if param.type == "int" and draw(st.booleans()):
            params[param.name] = draw(st.integers(1, 1))
        elif param.type == "bool" and draw(st.booleans()):
            params[param.name] = draw(st.booleans())
        elif param.type == "choice" and draw(st.booleans()):
            params[param.name] = draw(st.sampled_from(param.choices))
    problems = [p for p in params if (known := spec.param(p)) is None or known.problem_with(params[p]) is not None]
    return Step(op=spec.key, params={name: value for name, value in params.items() if name not in problems})


@settings(deadline=None)
@example([Step(op="ReLU", params={}), Step(op="FGSM", params={"error": "surprise at the label"})])
@given(st.lists(steps(), min_size=2, max_size=5))
def test_what_is_written_out_in_full_is_read_back(chain: list[Step]) -> None:
    found = read(" > ".join(_written(step) for step in chain))
    assert found.problem == ""
    for step, back in zip(chain, found.steps, strict=True):
        assert back.op == step.op
        assert {name: back.params[name] for name in step.params} == step.params


def test_none_is_the_choice_where_there_is_one() -> None:
    assert read("gelu approximate=none > relu").steps[0].params == {"approximate": "none"}


def test_norm_is_a_batch_norm_and_the_length_of_vectors_has_a_name_of_its_own() -> None:
    assert [step.op for step in read("relu > norm", IMAGE).steps] == ["ReLU", "BatchNorm2d"]
    assert [step.op for step in read("relu > vector_norm", IMAGE).steps] == ["ReLU", "norm"]
