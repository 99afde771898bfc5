"""Templates with the data that they are made for: their code, once all that could be wrong with it is not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import torch
from templates import template
from torch import nn

from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import EmittedCode, emit_model
from graph.fields import Field
from graph.ops.catalog import load_catalog
from graph.report import ShapeReport
from graph.shapes import ShapeMemo, infer

MEMO = ShapeMemo()
SIZES = {"lenet5": (1, 32, 32), "resnet20": (3, 32, 32), "vae": (1, 28, 28)}
CLASSES = tuple(map(str, range(10)))
LABEL = Field(name="label", shape=(), dtype="int64", kind="class", role="target", classes=CLASSES)
NOISE = Field(name="noise", shape=(100,), dtype="float32", kind="vector")
POINTS = Field(name="sequence", shape=(-1, 3), dtype="float32", kind="sequence")
SERIES = Field(name="sequence", shape=(-1, 1), dtype="float32", kind="sequence")
WORDS = {"bert_base": 30_522, "gpt2": 50_257, "seq2seq": 10_000}
MASK = Field(name="mask", shape=(1, 224, 224), dtype="float32", kind="image", role="target")


def fields_of(name: str) -> dict[str, Field]:
    """The data that a template is made for."""
    image = Field(name="image", shape=SIZES.get(name, (3, 224, 224)), dtype="float32", kind="image")
    sequence = SERIES if name == "tcn" else POINTS
    return {one.name: one for one in (image, LABEL, MASK, NOISE, sequence, *_texts(name))}


def _texts(name: str) -> Iterator[Field]:
    """Tokens of any length with what goes with them, and what is answered for each and for the whole."""
    words = tuple(map(str, range(WORDS.get(name, 0))))
    for field in ("input_ids", "source_ids", "target_ids"):
        yield Field(name=field, shape=(-1,), dtype="int64", kind="tokens", classes=words)
    for field in ("attention_mask", "token_type_ids"):
        yield Field(name=field, shape=(-1,), dtype="int64", kind="tokens")
    yield Field(name="next_ids", shape=(-1,), dtype="int64", kind="tokens", role="target", classes=words)
    yield Field(name="hidden_states", shape=(-1, 768), dtype="float32", kind="sequence", role="target")
    yield Field(name="pooled", shape=(768,), dtype="float32", kind="vector", role="target")


@cache
def code_of(name: str) -> tuple[EmittedCode, ShapeReport]:
    """The code of a template for images of its size, once all that could be wrong with it is not."""
    project = template(name)
    catalog = catalog_of(load_catalog(), project)
    main = project.main()
    fields = fields_of(name)
    assert check(catalog, project) == ()
    report = infer(catalog, main, fields, MEMO)
    assert report.problems == ()
    return emit_model(catalog, main, report), report


def built(name: str, device: str) -> nn.Module:
    emitted, _ = code_of(name)
    names: dict[str, type[nn.Module]] = {}
    exec(emitted.text, names)
    with torch.device(device):
        return names[emitted.program.class_name]()
