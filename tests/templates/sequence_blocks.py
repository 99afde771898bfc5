"""Blocks of the library for sequences: layers of transformers, positions, recurrent stacks and experts."""

from __future__ import annotations

from image_blocks import following
from sketch import Part, Sketch, block, parameter, part, source, use

WIDTH = following("width", "How many numbers stand for a step; as many as arrive while it is not set.", axis=-1)
HEADS = parameter("heads", "How many heads look at the steps, each in its own way; they share the width.", 4)
EXPANSION = parameter("expansion", "How many times wider it is between the two dense layers.", 4)
DROP = parameter("drop", "The share of numbers switched off while training.", 0.1)
_LAYER = (WIDTH, HEADS, EXPANSION, DROP)
_DROPOUT = part("Dropout", p="=drop")
_NORM = part("LayerNorm")
_ADD = part("add")
_LOOK = part("MultiheadAttention", num_heads="=heads", dropout="=drop", batch_first=True)
_VASWANI = "Vaswani and others: Attention is all you need, 2017"
_XIONG = "Xiong and others: On layer normalization in the transformer architecture, 2020."


def _dense(activation: str) -> dict[str, Part]:
    return {
        "linear1": part("Linear", out_features="=width * expansion"),
        "activation": part(activation),
        "dropout": _DROPOUT,
        "linear2": part("Linear", out_features="=width"),
    }


def _looks(giver: str, attention: str, looked_at: str = "") -> tuple[str, ...]:
    return (
        f"{giver} > {attention}.query",
        f"{looked_at or giver} > {attention}.key",
        f"{looked_at or giver} > {attention}.value",
    )


_AFTER = "linear1 > activation > dropout > linear2"


def encoder_layer_pre_norm() -> list[Sketch]:
    parts = {
        "norm1": _NORM,
        "self_attn": _LOOK,
        "dropout1": _DROPOUT,
        "add1": _ADD,
        "norm2": _NORM,
        **_dense("GELU"),
        "dropout2": _DROPOUT,
        "add2": _ADD,
    }
    note = (
        "# Pre-norm encoder layer\nEach step looks at all others, then thinks by itself; the norms come "
        f"first, which trains steadily.\n\n{_XIONG}"
    )
    return [
        block(
            "encoder_layer_pre_norm",
            parts,
            "input > norm1",
            *_looks("norm1", "self_attn"),
            f"self_attn > dropout1 > add1 > norm2 > {_AFTER} > dropout2 > add2 > output",
            "input > add1 > add2",
            note=note,
            takes=_LAYER,
        )
    ]


def encoder_layer_post_norm() -> list[Sketch]:
    parts = {
        "self_attn": _LOOK,
        "dropout1": _DROPOUT,
        "add1": _ADD,
        "norm1": _NORM,
        **_dense("ReLU"),
        "dropout2": _DROPOUT,
        "add2": _ADD,
        "norm2": _NORM,
    }
    note = (
        "# Post-norm encoder layer\nEach step looks at all others, then thinks by itself; the norms come "
        f"last, as in the first transformers.\n\n{_VASWANI}."
    )
    return [
        block(
            "encoder_layer_post_norm",
            parts,
            *_looks("input", "self_attn"),
            f"self_attn > dropout1 > add1 > norm1 > {_AFTER} > dropout2 > add2 > norm2 > output",
            "input > add1",
            "norm1 > add2",
            note=note,
            takes=_LAYER,
        )
    ]


_DECODING = {"causal": part("causal_mask", dim=1), "self_attn": _LOOK, "dropout1": _DROPOUT, "add1": _ADD}
_CROSSING = {"multihead_attn": _LOOK, "dropout2": _DROPOUT, "add2": _ADD}
_ENDS: dict[str, Part] = {"input": source(), "memory": source()}


def decoder_layer_pre_norm() -> list[Sketch]:
    parts = {
        **_ENDS,
        "norm1": _NORM,
        **_DECODING,
        "norm2": _NORM,
        **_CROSSING,
        "norm3": _NORM,
        **_dense("GELU"),
        "dropout3": _DROPOUT,
        "add3": _ADD,
    }
    note = (
        "# Pre-norm decoder layer\nEach step looks at the steps before it, then at a second sequence, "
        f"the memory, then thinks by itself; norms first.\n\n{_VASWANI}; with the norms first."
    )
    return [
        block(
            "decoder_layer_pre_norm",
            parts,
            "input > norm1",
            "input > causal > self_attn.attn_mask",
            *_looks("norm1", "self_attn"),
            "self_attn > dropout1 > add1 > norm2",
            *_looks("norm2", "multihead_attn", "memory"),
            f"multihead_attn > dropout2 > add2 > norm3 > {_AFTER} > dropout3 > add3 > output",
            "input > add1 > add2 > add3",
            note=note,
            takes=_LAYER,
        )
    ]


def decoder_layer_post_norm() -> list[Sketch]:
    parts = {
        **_ENDS,
        **_DECODING,
        "norm1": _NORM,
        **_CROSSING,
        "norm2": _NORM,
        **_dense("ReLU"),
        "dropout3": _DROPOUT,
        "add3": _ADD,
        "norm3": _NORM,
    }
    note = (
        "# Post-norm decoder layer\nEach step looks at the steps before it, then at a second sequence, "
        f"the memory, then thinks by itself; norms last.\n\n{_VASWANI}."
    )
    return [
        block(
            "decoder_layer_post_norm",
            parts,
            "input > causal > self_attn.attn_mask",
            *_looks("input", "self_attn"),
            "self_attn > dropout1 > add1 > norm1",
            *_looks("norm1", "multihead_attn", "memory"),
            f"multihead_attn > dropout2 > add2 > norm2 > {_AFTER} > dropout3 > add3 > norm3 > output",
            "input > add1",
            "norm1 > add2",
            "norm2 > add3",
            note=note,
            takes=_LAYER,
        )
    ]


def sinusoidal_positions() -> list[Sketch]:
    parts = {
        "steps": part("positions", dim=1),
        "place": part("float"),
        "pair": part("arange", end="=width // 2"),
        "scaled": part("mul_number", other="=-18.420680743952367 / width"),  # twice the logarithm of 10,000
        "speed": part("exp"),
        "angle": part("outer"),
        "sine": part("sin"),
        "cosine": part("cos"),
        "both": part("stack", dim=2),
        "waves": part("Flatten", start_dim=1),
        "add": part("add"),
        "dropout": _DROPOUT,
    }
    note = (
        "# Positions, sinusoidal\nTells each step of a sequence where it stands, by waves that need not be learned; "
        f"the width must be even.\n\n{_VASWANI}."
    )
    return [
        block(
            "sinusoidal_positions",
            parts,
            "input > steps > place > angle",
            "pair > scaled > speed > angle",
            "angle > sine > both",
            "angle > cosine > both",
            "input > add",
            "both > waves > add > dropout > output",
            note=note,
            takes=(WIDTH, DROP),
        )
    ]


def learned_positions() -> list[Sketch]:
    parts = {
        "steps": part("positions", dim=1),
        "table": part("Embedding", num_embeddings="=longest", embedding_dim="=width"),
        "add": _ADD,
        "dropout": _DROPOUT,
    }
    note = (
        "# Positions, learned\nTells each step of a sequence where it stands, by vectors that are learned, up to a "
        "longest sequence.\n\nGehring and others: Convolutional sequence to sequence learning, 2017."
    )
    longest = parameter("longest", "How many steps a sequence may have.", 512)
    chains = "input > add > dropout > output", "input > steps > table > add"
    return [block("learned_positions", parts, *chains, note=note, takes=(WIDTH, longest, DROP))]


def _recurrent(kind: str, memory: str) -> list[Sketch]:
    """Layers of one direction with dropout, and shortcuts where the width stays the same."""
    layer, name = f"{kind.lower()}_layer", kind.lower()
    inputs = following("inputs", "How many numbers a step has that arrives.", axis=-1)
    hidden = parameter("hidden", "How many numbers are remembered.", 64)
    residual = parameter("residual", "Whether a shortcut leads around each layer that keeps the width.", True)
    read = part(kind, hidden_size="=hidden", batch_first=True)
    one = block(
        layer,
        {name: read, "dropout": _DROPOUT, "add": part("add", when="=residual and inputs == hidden")},
        f"input > {name} > dropout > add > output",
        "input > add",
        note=f"# {kind} layer\nReads the sequence once, with {memory}.",
        takes=(inputs, hidden, DROP, residual),
    )
    note = (
        f"# {kind} stack\nReads a sequence several times, each layer what the one before made of it, with {memory}, "
        "dropout and shortcuts; answers every step."
    )
    said = {one: f"={one}" for one in ("hidden", "drop", "residual")}
    takes = (hidden, parameter("layers", "How many layers there are.", 2), DROP, residual)
    layers = {"layer": use(layer, **said, repeat="=layers")}
    return [block(f"{name}_stack", layers, "input > layer > output", note=note, takes=takes), one]


def gru_stack() -> list[Sketch]:
    return _recurrent("GRU", "a memory")


def lstm_stack() -> list[Sketch]:
    return _recurrent("LSTM", "a long and a short memory")


def mixture_of_experts() -> list[Sketch]:
    def weights(*shape: str, bound: str) -> Part:
        return part("parameter", shape=shape, fill="uniform", bound=bound)

    parts = {
        "router": part("Linear", out_features="=experts", bias=False),
        "best": part("topk", k="=chosen", dim=-1),
        "least": part("amin", dim=-1, keepdim=True),
        "is_worse": part("less"),
        "kept": part("masked_fill", value=-1e9),
        "shares": part("Softmax", dim=-1),
        "widen_weight": weights("=experts", "=width", "=width * expansion", bound="=width ** -0.5"),
        "widen": part("einsum", equation="...i,eij->...ej"),
        "gelu": part("GELU"),
        "narrow_weight": weights("=experts", "=width * expansion", "=width", bound="=(width * expansion) ** -0.5"),
        "narrow": part("einsum", equation="...ej,ejk->...ek"),
        "mix": part("einsum", equation="...ek,...e->...k"),
    }
    note = (
        "# Mixture of experts\nSmall networks side by side, of which a router lets the best few answer for each step; "
        "all of them are computed, those not chosen with a share of nothing.\n\n"
        "Shazeer and others: Outrageously large neural networks: the sparsely-gated mixture-of-experts layer, 2017."
    )
    return [
        block(
            "mixture_of_experts",
            parts,
            "input > router > best.input",
            "best.values > least",
            "router > is_worse.input",
            "least > is_worse.other",
            "router > kept.input",
            "is_worse > kept.mask",
            "kept > shares",
            "input > widen",
            "widen_weight > widen",
            "widen > gelu > narrow",
            "narrow_weight > narrow",
            "narrow > mix",
            "shares > mix",
            "mix > output",
            note=note,
            takes=(
                WIDTH,
                parameter("experts", "How many networks there are.", 4),
                parameter("chosen", "How many of them answer for each step; all of them: soft gating.", 2),
                EXPANSION,
            ),
        )
    ]
