"""Templates for language: at small sizes they answer what the published maths answers with the same weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from checked import code_of, fields_of
from templates import template
from torch import Tensor, nn
from torch.nn import functional

from graph.blocks import catalog_of
from graph.codegen import emit_model
from graph.edits import SetParam
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer

Weights = Mapping[str, Tensor]
MEMO = ShapeMemo()
SMALL: Mapping[str, Mapping[str, Mapping[str, Value]]] = {
    "bert_base": {
        "embeddings": {"words": 40, "width": 16, "longest": 12},
        "encoder": {"width": 16, "heads": 4, "inner": 24, "layers": 2},
        "pooler": {"width": 16},
    },
    "gpt2": {
        "transformer": {"words": 40, "width": 16, "heads": 4, "layers": 2},
        "lm_head": {"out_features": 40},
    },
    "seq2seq": {
        "encoder": {"words": 40, "width": 16},
        "decoder": {"words": 40, "width": 16},
    },
}


def small(name: str) -> nn.Module:
    """The network of a template with the parameters of its blocks set to small numbers, in eval mode."""
    project = template(name)
    main = project.main()
    uids = {node.name: node.uid for node in main.nodes()}
    for node, params in SMALL[name].items():
        for param, value in params.items():
            SetParam(network=main.name, uid=uids[node], name=param, value=value).apply(project)
    catalog = catalog_of(load_catalog(), project)
    fields = {key: replace(field, classes=()) for key, field in fields_of(name).items()}
    report = infer(catalog, main, fields, MEMO)
    assert report.problems == ()
    emitted = emit_model(catalog, main, report)
    names: dict[str, type[nn.Module]] = {}
    exec(emitted.text, names)
    torch.manual_seed(1)
    made = names[emitted.program.class_name]().eval()
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(std=0.3)
    return made


def words(seed: int, most: int = 40) -> Tensor:
    return torch.randint(1, most, (3, 7), generator=torch.Generator().manual_seed(seed))


MASK = torch.tensor([[1] * 7, [1] * 5 + [0] * 2, [1] + [0] * 6])


def learns_all(network: nn.Module, *answers: Tensor) -> None:
    """Hold that each weight gets a gradient other than nothing from the answers."""
    torch.stack(
        [(answer * torch.linspace(-1, 1, answer.numel()).view_as(answer)).sum() for answer in answers]
    ).sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        if not name.endswith(
            ("attention.self.key.bias", "attn.attn.bias")
        ):  # it adds the same to all scores of a query, which softmax takes away again
            assert weight.grad.abs().max() > 1e-6, name


def linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normed(weights: Weights, name: str, x: Tensor, eps: float) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    spread = (centred**2).mean(-1, keepdim=True)
    return centred / (spread + eps).sqrt() * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def attended(query: Tensor, key: Tensor, value: Tensor, hidden: Tensor, heads: int) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V for each head by itself; what is hidden gets no weight."""
    found = []
    for q, k, v in zip(*(one.chunk(heads, dim=-1) for one in (query, key, value)), strict=True):
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        found.append(scores.masked_fill(hidden, -torch.inf).softmax(-1) @ v)
    return torch.cat(found, dim=-1)


def bert(weights: Weights, tokens: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """BERT of Devlin and others, section 3: layers are normed after each sum, GELU inside."""
    table = {name: weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
    x = table["word"][tokens] + table["token_type"][types] + table["position"][: tokens.shape[1]]
    x = normed(weights, "embeddings.LayerNorm", x, 1e-12)
    for layer in range(2):
        key = f"encoder.layer.{layer}"
        projected = (linear(weights, f"{key}.attention.self.{name}", x) for name in ("query", "key", "value"))
        seen = attended(*projected, hidden=mask[:, None] == 0, heads=4)
        output = f"{key}.attention.output"
        x = normed(weights, f"{output}.LayerNorm", linear(weights, f"{output}.dense", seen) + x, 1e-12)
        wide = functional.gelu(linear(weights, f"{key}.intermediate.dense", x))
        x = normed(weights, f"{key}.output.LayerNorm", linear(weights, f"{key}.output.dense", wide) + x, 1e-12)
    return x, linear(weights, "pooler.dense", x[:, 0]).tanh()


def test_bert_answers_what_the_published_maths_does() -> None:
    network, tokens, types = small("bert_base"), words(2), words(3) % 2
    answers = network(MASK, tokens, types)
    expected = bert(network.state_dict(), tokens, types, MASK)
    for answer, wanted in zip(answers, expected, strict=True):
        torch.testing.assert_close(answer, wanted, rtol=1e-5, atol=1e-5)
    learns_all(network, *answers)


def test_bert_does_not_look_at_padding() -> None:
    network, tokens, types = small("bert_base"), words(2), words(3) % 2
    others = torch.where(MASK == 1, tokens, tokens % 39 + 1)
    with torch.no_grad():
        for one, other in zip(network(MASK, tokens, types), network(MASK, others, types), strict=True):
            places = MASK == 1 if one.dim() == 3 else slice(None)
            torch.testing.assert_close(one[places], other[places], rtol=0, atol=0)


def gpt(weights: Weights, tokens: Tensor) -> Tensor:
    """GPT-2 of Radford and others: layers are normed before each part, GELU by its formula with tanh."""

    def conv1d(name: str, x: Tensor) -> Tensor:
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    length = tokens.shape[1]
    later = torch.arange(length)[:, None] < torch.arange(length)
    x = weights["transformer.wte.weight"][tokens] + weights["transformer.wpe.weight"][:length]
    for layer in range(2):
        key = f"transformer.h.{layer}"
        query, keys, value = conv1d(f"{key}.attn.c_attn", normed(weights, f"{key}.ln_1", x, 1e-5)).split(16, dim=-1)
        x = x + conv1d(f"{key}.attn.c_proj", attended(query, keys, value, hidden=later, heads=4))
        wide = conv1d(f"{key}.mlp.c_fc", normed(weights, f"{key}.ln_2", x, 1e-5))
        bent = 0.5 * wide * (1 + (math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3)).tanh())
        x = x + conv1d(f"{key}.mlp.c_proj", bent)
    return normed(weights, "transformer.ln_f", x, 1e-5) @ weights["transformer.wte.weight"].T


def test_gpt_2_answers_what_the_published_maths_does() -> None:
    network, tokens = small("gpt2"), words(2)
    answer = network(tokens)
    torch.testing.assert_close(answer, gpt(network.state_dict(), tokens), rtol=1e-5, atol=1e-5)
    assert network.get_parameter("lm_head.weight") is network.get_parameter("transformer.wte.weight")
    learns_all(network, answer)


def test_gpt_2_does_not_look_ahead() -> None:
    network, tokens = small("gpt2"), words(2)
    with torch.no_grad():
        whole, begun = network(tokens), network(tokens[:, :4])
    torch.testing.assert_close(whole[:, :4], begun, rtol=1e-6, atol=1e-6)


def gru(weights: Weights, name: str, x: Tensor, start: Tensor) -> Tensor:
    """The states of Cho and others, in the form of cuDNN, for the steps of one text."""
    width, states = start.shape[-1], [start]
    for step in x:
        inner = weights[f"gru.weight_ih_{name}"] @ step + weights[f"gru.bias_ih_{name}"]
        outer = weights[f"gru.weight_hh_{name}"] @ states[-1] + weights[f"gru.bias_hh_{name}"]
        reset, update = (inner[: 2 * width] + outer[: 2 * width]).sigmoid().split(width)
        new = (inner[2 * width :] + reset * outer[2 * width :]).tanh()
        states.append((1 - update) * new + update * states[-1])
    return torch.stack(states[1:])


def luong(weights: Weights, read: Tensor, answered: Tensor) -> Tensor:
    """Luong and others, section 3.1, with the general score; for one text without padding."""
    parts = {
        part: {key.removeprefix(f"{part}."): one for key, one in weights.items() if key.startswith(part)}
        for part in ("encoder", "decoder")
    }
    encoder, decoder = parts["encoder"], parts["decoder"]
    x, memory = encoder["embedding.weight"][read], []
    start = torch.zeros(x.shape[-1])
    for layer in range(2):
        there = gru(encoder, f"l{layer}", x, start)
        back = gru(encoder, f"l{layer}_reverse", x.flip(0), start).flip(0)
        x = torch.cat([there, back], dim=-1)
        memory += [there[-1], back[0]]
    states = there + back
    x = decoder["embedding.weight"][answered]
    for layer in range(2):
        x = gru(decoder, f"l{layer}", x, memory[layer])
    scores = x @ linear(decoder, "attn.attn", states).T
    context = scores.softmax(-1) @ states
    return linear(decoder, "out", linear(decoder, "concat", torch.cat([x, context], dim=-1)).tanh())


def test_seq2seq_answers_what_the_published_maths_does_and_does_not_read_padding() -> None:
    network, read, answered = small("seq2seq"), words(2) * MASK, words(3)[:, :4]
    answer = network(read, answered)
    rows = zip(read, answered, strict=True)
    expected = torch.stack([luong(network.state_dict(), one[one != 0], other) for one, other in rows])
    torch.testing.assert_close(answer, expected, rtol=1e-5, atol=1e-5)
    learns_all(network, answer)


def test_the_code_of_gpt_2_is_short() -> None:
    assert len(code_of("gpt2")[0].text.splitlines()) < 160


def test_attention_drops_weights_while_training_alone() -> None:
    for name in ("bert_base", "gpt2"):
        assert "dropout_p=0.1 if self.training else 0.0" in code_of(name)[0].text
