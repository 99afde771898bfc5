"""Drawings whose shapes or types do not fit: a table of what is drawn, and whom it must be blamed on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training_projects import Layer, project_of

from graph.fields import Field
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value

Wires = Sequence[tuple[str, str]]

FIELDS = (
    Field(name="image", shape=(3, 32, 32), dtype="float32", kind="image"),
    Field(name="small", shape=(1, 5, 5), dtype="float32", kind="image"),
    Field(name="row", shape=(16,), dtype="float32", kind="vector"),
    Field(name="past", shape=(24, 4), dtype="float32", kind="sequence"),
    Field(name="words", shape=(12,), dtype="int64", kind="tokens", classes=tuple("abcdefghijklmnop")),
    Field(name="digit", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456789")),
)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A drawing with one thing wrong: the node that must be blamed, and the repair offered first; "" where none is."""

    project: Callable[[], Project]
    node: str
    fix: str = ""


def op(name: str, key: str, **params: Value) -> Layer:
    return (name, key, params)


def source(field: str) -> Layer:
    return op("source", "Input", field=field)


DIGIT = op("answer", "Output", field="digit")
FLAT = op("flat", "Flatten")
HEAD = op("head", "Linear", out_features=10)
END = (FLAT, HEAD, DIGIT)
LAST = (op("last", "select", dim=1, index=-1), HEAD, DIGIT)


def conv(name: str, width: int = 8, **params: Value) -> Layer:
    return op(name, "Conv2d", out_channels=width, **{"kernel_size": 3, "padding": "same", **params})


def linear(name: str, width: int, **params: Value) -> Layer:
    return op(name, "Linear", out_features=width, **params)


def drawn(*layers: Layer, wires: Wires | None = None) -> Project:
    return project_of(layers, wires, data={"source": "digits"})


def chain(node: str, fix: str, field: str, *layers: Layer) -> Broken:
    """Layers one after the other."""
    return Broken(project=lambda: drawn(source(field), *layers), node=node, fix=fix)


def joined(node: str, fix: str, field: str, left: Sequence[Layer], right: Sequence[Layer], *after: Layer) -> Broken:
    """Two branches from one source (an empty one is a plain wire) into the first of what comes after."""
    key = after[0][1]
    ports = _PORTS.get(key, ("tensors.0", "tensors.1"))
    wires: list[tuple[str, str]] = []
    for port, branch in zip(ports, (left, right), strict=True):
        names = ["source", *(layer[0] for layer in branch), f"{after[0][0]}.{port}"]
        wires += zip(names, [*names[1:-1], names[-1]], strict=False)
    names = [layer[0] for layer in after]
    wires += itertools.pairwise(names)
    return Broken(project=lambda: drawn(source(field), *left, *right, *after, wires=wires), node=node, fix=fix)


_PORTS: Mapping[str, tuple[str, str]] = {
    "matmul": ("input", "other"),
    "sub": ("input", "other"),
    "bmm": ("input", "mat2"),
    "cosine_similarity": ("x1", "x2"),
    "Bilinear": ("input1", "input2"),
    "masked_fill": ("input", "mask"),
    "TransformerDecoderLayer": ("tgt", "memory"),
    "GRU": ("input", "h_0"),
    "gather": ("input", "index"),
    "cross": ("input", "other"),
    "index_select": ("input", "index"),
}


def block(
    node: str,
    fix: str,
    field: str,
    inner: Sequence[Layer],
    before: Sequence[Layer],
    *after: Layer,
    parameters: Sequence[Parameter] = (),
    **use: Value,
) -> Broken:
    """A chain in which `part` stands for a block of the inner layers."""

    def make() -> Project:
        project = drawn(source(field), *before, *after)
        made = Network("part")
        layers = [op("inside", "Input"), *inner, op("outside", "Output")]
        for name, key, params in layers:
            made.put_node(Node(uid=f"uid_{name}", op=key, name=name, params=params))
        ops = {name: load_catalog().op(key) for name, key, _ in layers}
        for (first, _, _), (second, _, _) in itertools.pairwise(layers):
            ends = ops[first].outputs[0].name, ops[second].inputs[0].name
            made.put_wire(Wire(f"uid_{first}", ends[0], f"uid_{second}", ends[1]))
        made.put_block(Block(parameters=tuple(parameters)))
        project.networks["part"] = made
        network = project.main()
        last = before[-1][0] if before else "source"
        (wire,) = network.wires_out(f"uid_{last}")
        network.drop_wire(wire)
        network.put_node(Node(uid="uid_part", op="block:part", name="part", params=use))
        network.put_wire(Wire(wire.source, wire.source_port, "uid_part", "inside"))
        network.put_wire(Wire("uid_part", "outside", wire.target, wire.target_port))
        return project

    return Broken(project=make, node=node, fix=fix)


LAYERS: Mapping[str, Broken] = {
    "a convolution for one channel": chain(
        "a", "Let input channels of a follow", "image", conv("a", in_channels=1), *END
    ),
    "a convolution fed a row": chain("a", "Insert Unflatten to 1×4×4", "row", conv("a"), *END),
    "a convolution larger than the image": chain(
        "a", "Set padding of a to same", "small", conv("a", kernel_size=7, padding=0), *END
    ),
    "too many poolings": chain(
        "c", "Set kernel size of c to 1", "small", *(op(name, "MaxPool2d", kernel_size=2) for name in "abc"), *END
    ),
    "groups that do not divide the channels": chain("a", "Set groups of a to 1", "image", conv("a", groups=2), *END),
    "groups that do not divide the filters": chain(
        "b", "Set groups of b to 2", "image", conv("a", 8), op("r", "ReLU"), conv("b", 6, groups=4), *END
    ),
    "a convolution of rows fed an image": chain(
        "a", "Use Conv2d for a", "image", op("a", "Conv1d", out_channels=4, kernel_size=3), *END
    ),
    "a convolution of images fed a sequence": chain("a", "Use Conv1d for a", "past", conv("a"), *END),
    "a dense layer made for another width": chain(
        "head", "Let input size of head follow", "row", linear("head", 10, in_features=20), DIGIT
    ),
    "a dense layer fed words": chain("head", "Insert float", "words", HEAD, DIGIT),
    "a transposed convolution for other channels": chain(
        "up",
        "Let input channels of up follow",
        "image",
        op("up", "ConvTranspose2d", out_channels=4, kernel_size=2, stride=2, in_channels=8),
        *END,
    ),
    "a transposed convolution that adds too much": chain(
        "up",
        "Set extra size of up to 0",
        "image",
        op("up", "ConvTranspose2d", out_channels=4, kernel_size=2, stride=2, output_padding=2),
        *END,
    ),
    "a transposed convolution fed a row": chain(
        "up", "Insert Unflatten to 1×4×4", "row", op("up", "ConvTranspose2d", out_channels=4, kernel_size=2), *END
    ),
    "a recurrence fed an image": chain(
        "rnn", "Insert Flatten from axis 2", "image", op("rnn", "LSTM", hidden_size=8, batch_first=True), *LAST
    ),
    "a recurrence fed a row": chain(
        "rnn", "Insert Unflatten to 16×1", "row", op("rnn", "GRU", hidden_size=8, batch_first=True), *LAST
    ),
    "a recurrence made for another width": chain(
        "rnn",
        "Let input size of rnn follow",
        "past",
        op("rnn", "RNN", hidden_size=8, batch_first=True, input_size=1),
        *LAST,
    ),
    "a recurrence fed words": chain(
        "rnn", "Insert Embedding", "words", op("rnn", "LSTM", hidden_size=8, batch_first=True), *LAST
    ),
    "a first state of another width": joined(
        "rnn",
        "Set memory size of rnn to 6",
        "past",
        [],
        [op("mean", "mean", dim=1), linear("state", 6), op("one", "unsqueeze", dim=0)],
        op("rnn", "GRU", hidden_size=8, batch_first=True),
        *LAST,
    ),
    "one step of a recurrence fed all of them": chain(
        "cell", "Insert Flatten", "past", op("cell", "GRUCell", hidden_size=8), HEAD, DIGIT
    ),
    "heads that do not divide the width": chain(
        "enc", "Set heads of enc to 2", "past", op("enc", "TransformerEncoderLayer", nhead=3, batch_first=True), *LAST
    ),
    "a transformer fed a row": chain(
        "enc",
        "Insert unsqueeze for one step",
        "row",
        op("enc", "TransformerEncoderLayer", nhead=4, batch_first=True),
        *LAST,
    ),
    "a transformer made for another width": chain(
        "enc",
        "Let width of enc follow",
        "past",
        op("enc", "TransformerEncoderLayer", nhead=2, d_model=8, batch_first=True),
        *LAST,
    ),
    "a decoder whose memory is wider": joined(
        "dec",
        "Set neurons of memory to 4",
        "past",
        [],
        [linear("memory", 8)],
        op("dec", "TransformerDecoderLayer", nhead=2, batch_first=True),
        *LAST,
    ),
    "an embedding fed decimal numbers": chain(
        "embed", "Use Linear for embed", "row", op("embed", "Embedding", num_embeddings=9, embedding_dim=4), *END
    ),
    "a norm of rows fed an image": chain(
        "norm", "Use BatchNorm2d for norm", "image", conv("a"), op("norm", "BatchNorm1d"), *END
    ),
    "a norm of images fed a row": chain(
        "norm",
        "Use BatchNorm1d for norm",
        "row",
        linear("a", 8),
        op("norm", "BatchNorm2d"),
        op("r", "ReLU"),
        HEAD,
        DIGIT,
    ),
    "a norm made for other channels": chain(
        "norm",
        "Let channels of norm follow",
        "image",
        conv("a"),
        op("norm", "BatchNorm2d", num_features=16),
        op("r", "ReLU"),
        *END,
    ),
    "a layer norm made for another width": chain(
        "norm", "Let size of norm follow", "row", op("norm", "LayerNorm", normalized_shape=12), HEAD, DIGIT
    ),
    "a layer norm made for another image": chain(
        "norm", "Let size of norm follow", "image", op("norm", "LayerNorm", normalized_shape=(3, 28, 28)), *END
    ),
    "groups of a norm that do not divide": chain(
        "norm", "Set groups of norm to 2", "image", conv("a"), op("norm", "GroupNorm", num_groups=3), *END
    ),
    "a pooling larger than the image": chain(
        "pool", "Set kernel size of pool to 5", "small", op("pool", "AvgPool2d", kernel_size=8), *END
    ),
    "a pooling with too much padding": chain(
        "pool", "Set padding of pool to 1", "image", op("pool", "MaxPool2d", kernel_size=2, padding=2), *END
    ),
    "a pooling of rows fed an image": chain(
        "pool", "Use AdaptiveAvgPool2d for pool", "image", op("pool", "AdaptiveAvgPool1d", output_size=4), *END
    ),
    "a pooling of images fed a row": chain(
        "pool", "Insert Unflatten to 1×4×4", "row", op("pool", "MaxPool2d", kernel_size=2), *END
    ),
}
FORMS: Mapping[str, Broken] = {
    "a reshape that does not come out": chain(
        "form", "Set shape of form to -1×3072", "image", op("form", "reshape", shape=(-1, 700)), HEAD, DIGIT
    ),
    "a view that does not come out": chain(
        "form", "Set shape of form to -1×2×8", "row", op("form", "view", size=(-1, 3, 5)), *END
    ),
    "an unflatten that does not come out": chain(
        "form", "Set into of form to 2×8", "row", op("form", "Unflatten", dim=1, unflattened_size=(3, 5)), *END
    ),
    "a permute of three axes of four": chain(
        "turn", "Set order of turn to 0×2×1×3", "image", op("turn", "permute", dims=(0, 2, 1)), *END
    ),
    "a transpose of an axis that is not there": chain(
        "turn", "", "row", op("turn", "transpose", dim0=1, dim1=2), HEAD, DIGIT
    ),
    "an unsqueeze too far": chain("more", "Set axis of more to 1", "row", op("more", "unsqueeze", dim=4), *END),
    "a mean over an axis that is not there": chain(
        "mean", "Set axis of mean to 1", "past", op("mean", "mean", dim=3), *END
    ),
    "a step that is not there": chain(
        "pick", "Set position of pick to 23", "past", op("pick", "select", dim=1, index=24), HEAD, DIGIT
    ),
    "a piece that is too long": chain(
        "pick", "Set length of pick to 14", "past", op("pick", "narrow", dim=1, start=10, length=20), *END
    ),
    "a column that is not there": chain(
        "pick",
        "Set places of pick to :, 15",
        "row",
        op("pick", "index", places=":, 16"),
        op("more", "unsqueeze", dim=1),
        HEAD,
        DIGIT,
    ),
    "more best than there are": chain(
        "best", "Set how many of best to 16", "row", op("best", "topk", k=20), HEAD, DIGIT
    ),
    "a mirrored rim wider than the image": chain(
        "rim", "Set edges of rim to 4", "small", op("rim", "ReflectionPad2d", padding=6), *END
    ),
    "a mirrored pad wider than the image": chain(
        "rim", "Set edges of rim to 4×4×4×4", "small", op("rim", "pad", pad=(7, 7, 7, 7), mode="reflect"), *END
    ),
    "a rim around more axes than there are": chain(
        "rim", "Set edges of rim to 1×1", "row", op("rim", "pad", pad=(1, 1, 1, 1, 1, 1)), HEAD, DIGIT
    ),
    "sizes of an image for a sequence": chain(
        "size", "Set size of size to 8", "past", op("size", "interpolate", size=(8, 8)), *END
    ),
    "a resize without a size": chain("size", "Set scale factor of size to 2.0", "image", op("size", "Upsample"), *END),
    "a resize by lines of a row": chain("size", "", "row", op("size", "interpolate", scale_factor=2.0), *END),
    "pixels that are too few channels": chain(
        "pix", "Set filters of a to 8", "image", conv("a", 6), op("pix", "PixelShuffle", upscale_factor=2), *END
    ),
    "halves of an odd width": chain(
        "gate", "Set neurons of a to 16", "row", linear("a", 15), op("gate", "GLU", dim=1), HEAD, DIGIT
    ),
    "a softmax over an axis that is not there": chain(
        "soft", "Set axis of soft to 1", "row", linear("a", 8), op("soft", "Softmax", dim=2), HEAD, DIGIT
    ),
}
TYPES: Mapping[str, Broken] = {
    "whole numbers into a dense layer": chain("head", "Insert float", "row", op("whole", "long"), HEAD, DIGIT),
    "the place of the largest into a dense layer": chain(
        "head", "Insert float", "past", op("place", "argmax", dim=2), HEAD, DIGIT
    ),
    "long decimals into a dense layer": chain("head", "Insert float", "row", op("wide", "double"), HEAD, DIGIT),
    "short decimals into a convolution": chain("a", "Insert float", "image", op("short", "half"), conv("a"), *END),
    "a softmax of words": chain("soft", "Insert float", "words", op("soft", "Softmax", dim=1), HEAD, DIGIT),
    "a mean of words": chain("mean", "Insert float", "words", op("mean", "mean", dim=1, keepdim=True), HEAD, DIGIT),
    "a mask of decimal numbers": joined(
        "fill", "Insert bool", "row", [], [op("sign", "sign")], op("fill", "masked_fill", value=0.0), HEAD, DIGIT
    ),
    "places of decimal numbers": joined(
        "pick", "Insert long", "row", [], [op("up", "ceil")], op("pick", "gather", dim=1), HEAD, DIGIT
    ),
}
JOINS: Mapping[str, Broken] = {
    "channels joined at two sizes": joined(
        "join",
        "Insert 1×1 convolution with 3 filters and stride 2 after a",
        "image",
        [conv("a")],
        [op("pool", "MaxPool2d", kernel_size=2)],
        op("join", "cat", dim=1),
        *END,
    ),
    "an image joined with a row": joined(
        "join", "Insert Flatten", "image", [conv("a")], [op("f", "Flatten")], op("join", "cat", dim=1), HEAD, DIGIT
    ),
    "joined along an axis that is not there": joined(
        "join",
        "Set axis of join to 1",
        "row",
        [linear("a", 8)],
        [linear("b", 8)],
        op("join", "cat", dim=2),
        op("r", "ReLU"),
        HEAD,
        DIGIT,
    ),
    "stacked at two widths": joined(
        "join",
        "Set neurons of b to 8",
        "row",
        [linear("a", 8)],
        [linear("b", 6)],
        op("join", "stack", dim=1),
        op("r", "ReLU"),
        *END,
    ),
    "a shortcut of another width": joined(
        "sum", "Set filters of a to 3", "image", [conv("a", 8)], [], op("sum", "add"), *END
    ),
    "a shortcut around a layer without padding": joined(
        "sum", "Set padding of a to same", "image", [conv("a", 3, padding=0)], [], op("sum", "add"), *END
    ),
    "a shortcut around a stride": joined(
        "sum",
        "Insert 1×1 convolution with 16 filters and stride 2 after source",
        "image",
        [conv("a", 16, stride=2, padding=1), op("norm", "BatchNorm2d")],
        [],
        op("sum", "add"),
        *END,
    ),
    "a shortcut around a dense layer": joined(
        "sum", "Set neurons of a to 16", "row", [linear("a", 8), op("r", "ReLU")], [], op("sum", "add"), HEAD, DIGIT
    ),
    "a shortcut around a recurrence": joined(
        "sum",
        "Set memory size of rnn to 4",
        "past",
        [op("rnn", "GRU", hidden_size=8, batch_first=True)],
        [],
        op("sum", "add"),
        *LAST,
    ),
    "an image added to a row": joined(
        "sum", "Insert Flatten", "image", [conv("a", 3)], [op("f", "Flatten")], op("sum", "add"), *END
    ),
    "a difference of two widths": joined(
        "less",
        "Set neurons of b to 8",
        "row",
        [linear("a", 8)],
        [linear("b", 6)],
        op("less", "sub"),
        op("r", "ReLU"),
        HEAD,
        DIGIT,
    ),
    "levels that do not meet": joined(
        "join",
        "Insert interpolate to 5×5 after up",
        "small",
        [conv("a")],
        [op("pool", "MaxPool2d", kernel_size=2), conv("deep"), op("up", "Upsample", scale_factor=2.0)],
        op("join", "cat", dim=1),
        *END,
    ),
    "levels that meet at another width": joined(
        "sum",
        "Set filters of up to 8",
        "image",
        [conv("a", 8)],
        [
            op("pool", "MaxPool2d", kernel_size=2),
            conv("deep", 16),
            op("up", "ConvTranspose2d", out_channels=4, kernel_size=2, stride=2),
        ],
        op("sum", "add"),
        *END,
    ),
    "a product of matrices that do not meet": joined(
        "times", "Insert transpose after b", "past", [], [linear("b", 4)], op("times", "matmul"), *END
    ),
    "a product in the wrong order": joined(
        "times",
        "Insert transpose after turn_too",
        "past",
        [op("turn", "transpose", dim0=1, dim1=2)],
        [op("turn_too", "transpose", dim0=1, dim1=2)],
        op("times", "bmm"),
        *END,
    ),
    "a product of two branches that were confused": joined(
        "times",
        "Swap the inputs of times",
        "past",
        [linear("b", 6)],
        [op("turn", "transpose", dim0=1, dim1=2)],
        op("times", "bmm"),
        *END,
    ),
    "rows multiplied as batches of matrices": joined(
        "times", "", "row", [linear("a", 8)], [linear("b", 8)], op("times", "bmm"), *END
    ),
    "an equation for other axes": joined(
        "sum", "", "past", [], [linear("b", 4)], op("sum", "einsum", equation="nf,ng->nfg"), *END
    ),
    "an equation whose letters do not meet": joined(
        "sum", "Set neurons of b to 4", "past", [], [linear("b", 6)], op("sum", "einsum", equation="ntf,nsf->nts"), *END
    ),
    "a likeness of two widths": joined(
        "like",
        "Set neurons of b to 8",
        "row",
        [linear("a", 8)],
        [linear("b", 6)],
        op("like", "cosine_similarity", dim=1),
        op("more", "unsqueeze", dim=1),
        HEAD,
        DIGIT,
    ),
    "a bilinear layer made for another width": joined(
        "pair",
        "Let second size of pair follow",
        "row",
        [linear("a", 8)],
        [linear("b", 6)],
        op("pair", "Bilinear", out_features=4, in2_features=8),
        op("r", "ReLU"),
        HEAD,
        DIGIT,
    ),
}
BLOCKS: Mapping[str, Broken] = {
    "a dense layer inside of a block": block(
        "inner",
        "Let input size of inner follow",
        "row",
        [linear("inner", 8, in_features=4), op("act", "ReLU")],
        [],
        HEAD,
        DIGIT,
    ),
    "a norm inside of a block": block(
        "inner",
        "Use BatchNorm2d for inner",
        "image",
        [conv("inner_conv", bias=False), op("inner", "BatchNorm1d"), op("act", "ReLU")],
        [],
        *END,
    ),
    "a block that is repeated and made for its first width": block(
        "inner",
        "Let input channels of inner follow",
        "image",
        [conv("inner", 8, in_channels=3), op("act", "ReLU")],
        [],
        *END,
        **{"@repeat": 3},
    ),
    "a block whose expression does not come out": block(
        "inner",
        "Set shape of inner to -1×16",
        "row",
        [op("inner", "reshape", shape=("=-1", "=width // 3"))],
        [],
        HEAD,
        DIGIT,
        parameters=[Parameter(name="width", type="int", default=16)],
    ),
    "a block whose expression gives another width": block(
        "inner",
        "Let input size of inner follow",
        "row",
        [linear("inner", 8, in_features="=width // 2"), op("act", "ReLU")],
        [],
        HEAD,
        DIGIT,
        parameters=[Parameter(name="width", type="int", default=16)],
    ),
    "heads inside of a block": block(
        "inner",
        "Set heads of inner to 2",
        "past",
        [op("inner", "TransformerEncoderLayer", nhead="=heads", batch_first=True)],
        [],
        *LAST,
        parameters=[Parameter(name="heads", type="int", default=3)],
    ),
}
BROKEN: Mapping[str, Broken] = {**LAYERS, **FORMS, **TYPES, **JOINS, **BLOCKS}
