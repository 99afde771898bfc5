"""How pieces stand in generated code: once, whole, by their own names, and quiet when the training is over."""

from __future__ import annotations

from typing import Any

import black
import torch
from torch.nn import functional as F  # noqa: N812

from graph.codegen import EmittedCode, emit_model
from graph.definitions import definition_of
from graph.fields import Field
from graph.model import Network, Node, Wire
from graph.ops.catalog import load_catalog
from graph.ops.pieces import texts
from graph.ops.scoring import LEFT_OUT
from graph.shapes import ShapeMemo, infer
from graph.snippet import snippet

CATALOG = load_catalog()
FIELDS = {
    "image": Field(name="image", shape=(3, 8, 8), dtype="float32", kind="image"),
    "label": Field(name="label", shape=(), dtype="int64", kind="class", classes=("a", "b", "c", "d")),
    "answer": Field(name="answer", shape=(3, 8, 8), dtype="float32", kind="image", role="target"),
}


def drawn(*rows: tuple[str, str, dict[str, Any]], wires: str) -> tuple[Network, EmittedCode]:
    network = Network("trial")
    for name, op, params in (("image", "Input", {"field": "image"}), *rows, ("out", "Output", {"field": "answer"})):
        network.put_node(Node(uid=f"u-{name}", op=op, name=name, params=params))
    for wire in wires.split():
        source, target = wire.split(">")
        giver, _, out = source.partition(".")
        taker, _, into = target.partition(".")
        network.put_wire(Wire(f"u-{giver}", out or "output", f"u-{taker}", into or "input"))
    report = infer(CATALOG, network, FIELDS, ShapeMemo())
    assert [one for one in report.problems if one.severity == "error" and one.code != "not-per-sample"] == []
    return network, emit_model(CATALOG, network, report)


def built(code: EmittedCode) -> torch.nn.Module:
    names: dict[str, Any] = {}
    exec(compile(code.text, "model.py", "exec"), names)
    model: torch.nn.Module = names[code.program.class_name]()
    return model


def test_a_function_that_two_nodes_call_stands_once_and_is_quiet_afterwards() -> None:
    flips = [("turn", "random_flip", {"dim": -2}), ("random_flip", "random_flip", {"p": 1.0})]
    network, code = drawn(*flips, wires="image>turn.image turn>random_flip.image random_flip>out")
    assert code.text.count("def random_flip(") == 1
    assert texts()["random_flip"] in code.text
    assert code.text.count("training=self.training") == 2
    assert black.format_str(code.text, mode=black.Mode()) == code.text
    model, images = built(code), torch.rand(4, 3, 8, 8)
    assert not torch.equal(model(images), images)
    assert model.eval()(images) is images
    pasted = snippet(CATALOG, network, {"u-turn", "u-random_flip"}, {})
    assert pasted.count("def random_flip(") == 1


def test_weights_of_classes_go_in_by_name() -> None:
    rows = [
        ("label", "Input", {"field": "label"}),
        ("scores", "mean", {"dim": (2, 3)}),
        ("head", "Linear", {"out_features": 4}),
        ("weight", "buffer", {"shape": 4, "fill": "list", "numbers": (1.0, 2.0, 3.0, 4.0)}),
        ("focal", "focal_loss", {"gamma": 1.5}),
        ("surprise", "cross_entropy", {"label_smoothing": 0.1}),
        ("both", "add", {}),
    ]
    wires = "image>scores scores>head head>focal label>focal.target weight>focal.weight "
    wires += "head>surprise label>surprise.target weight>surprise.weight "
    _, code = drawn(*rows, wires=wires + "focal>both.tensors.0 surprise>both.tensors.1 both>out")
    assert "focal_loss(head, label, weight=self.weight, gamma=1.5)" in code.text
    model, images, labels = built(code), torch.rand(5, 3, 8, 8), torch.tensor([0, 1, 2, 3, 1])
    score, weight = model.head(images.mean((2, 3))), torch.tensor([1.0, 2.0, 3.0, 4.0])
    each = F.cross_entropy(score, labels, reduction="none")
    focal = ((1 - (-each).exp()) ** 1.5 * each * weight[labels]).sum() / weight[labels].sum()
    wanted = focal + F.cross_entropy(score, labels, weight, label_smoothing=0.1)
    assert torch.allclose(model(images, labels), wanted)


def test_every_text_can_stand_alone_and_beside_all_others() -> None:
    held = [definition_of(text) for text in texts().values()]
    names = [name for one in held for name in one.names]
    assert len(names) == len(set(names)) == len(held)
    assert {one.module.partition(".")[0] for made in held for one in made.imports} == {"torch"}
    used = {spec.target for spec in CATALOG.ops.values() if spec.definition}
    assert used == set(texts())
    for name, text in texts().items():
        assert text.startswith(f"def {name}(")
        assert black.format_str(text + "\n", mode=black.Mode()) == text + "\n"


def test_every_loss_among_the_functions_of_torch_is_an_op_or_left_out_with_a_reason() -> None:
    public = {name for name in dir(F) if name.endswith("_loss") or "cross_entropy" in name or name == "kl_div"}
    rows = {
        one.target.rpartition(".")[2] for one in CATALOG.ops.values() if one.group == "Losses" and "." in one.target
    }
    assert rows | set(LEFT_OUT) == public
    assert not rows & set(LEFT_OUT)
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())
