"""Templates for language: encoders and decoders of words, with the names of the weights that are published for them."""

from __future__ import annotations

from sketch import Part, Sketch, answer, block, network, parameter, part, source, use

WIDTH = parameter("width", "How many numbers stand for a word.")
HEADS = parameter("heads", "How many heads look at the words, each in its own way.")
INNER = parameter("inner", "The width inside the dense layers.")
DROP = parameter("drop", "The share of numbers switched off while training.", 0.1)
DROPOUT = part("Dropout", p="=drop")


def dense(width: str) -> Part:
    """A dense layer that keeps the width of what enters the block."""
    return part("Linear", in_features=width, out_features=width)


def bert_base() -> list[Sketch]:
    shape = {name: f"={name}" for name in ("width", "heads", "inner")}
    norm = part("LayerNorm", normalized_shape="=width", eps=1e-12)
    whole = {
        "input_ids": source("input_ids"),
        "token_type_ids": source("token_type_ids"),
        "attention_mask": source("attention_mask"),
        "is_word": part("bool"),
        "mask": part("index", places=":, None, None, :"),
        "embeddings": use("bert_embeddings", words=30522, width=768),
        "encoder": use("bert_encoder", width=768, heads=12, inner=3072),
        "pooler": use("bert_pooler", width=768),
        "hidden_states": answer("hidden_states"),
        "pooled": answer("pooled"),
    }
    embeddings = block(
        "bert_embeddings",
        {
            "tokens": source(),
            "types": source(),
            "word_embeddings": part("Embedding", num_embeddings="=words", embedding_dim="=width", padding_idx=0),
            "token_type_embeddings": part("Embedding", num_embeddings=2, embedding_dim="=width"),
            "positions": part("positions", dim=1),
            "position_embeddings": part("Embedding", num_embeddings="=longest", embedding_dim="=width"),
            "add": part("add"),
            "LayerNorm": norm,
            "dropout": DROPOUT,
        },
        "tokens > word_embeddings > add",
        "types > token_type_embeddings > add",
        "tokens > positions > position_embeddings > add",
        "add > LayerNorm > dropout > output",
        note="# BERT embeddings\nSays of each token which word it is, where it stands and to which text it belongs.",
        takes=(
            parameter("words", "How many words are known."),
            WIDTH,
            parameter("longest", "How many tokens a text may have.", 512),
            DROP,
        ),
    )
    heads: dict[str, Part] = {}
    for name in ("query", "key", "value"):
        heads[name] = dense("=width")
        heads[f"{name}_split"] = part("split_axis", dim=-1, sizes=("=heads", -1))
        heads[f"{name}_heads"] = part("transpose", dim0=1, dim1=2)
    attention = block(
        "bert_self_attention",
        {
            "hidden": source(),
            "mask": source(),
            **heads,
            "attention": part("scaled_dot_product_attention"),
            "turned": part("transpose", dim0=1, dim1=2),
            "joined": part("join_axes", start_dim=2),
        },
        *(f"hidden > {name} > {name}_split > {name}_heads > attention.{name}" for name in ("query", "key", "value")),
        "mask > attention.attn_mask",
        "attention > turned > joined > output",
        note="# BERT self-attention\nEach token looks at all others, in several ways at once.",
        takes=(WIDTH, HEADS),
    )
    add_norm = block(
        "bert_output",
        {
            "hidden": source(),
            "residual": source(),
            "dense": part("Linear", in_features="=inputs", out_features="=width"),
            "dropout": DROPOUT,
            "add": part("add"),
            "LayerNorm": norm,
        },
        "hidden > dense > dropout > add > LayerNorm > output",
        "residual > add",
        note="# BERT output\nA dense layer; what came before it is added, then all is normed.",
        takes=(parameter("inputs", "How many numbers arrive for a word."), WIDTH, DROP),
    )
    attended = block(
        "bert_attention",
        {
            "hidden": source(),
            "mask": source(),
            "self": use("bert_self_attention", width="=width", heads="=heads"),
            "output": use("bert_output", inputs="=width", width="=width"),
            "attended": answer(),
        },
        "hidden > self > output > attended",
        "mask > self",
        "hidden > output",
        note="# BERT attention\nLooks around, and adds what is seen to what was known.",
        takes=(WIDTH, HEADS),
    )
    intermediate = block(
        "bert_intermediate",
        {"dense": part("Linear", in_features="=width", out_features="=inner"), "gelu": part("GELU")},
        "input > dense > gelu > output",
        note="# BERT intermediate\nWidens each token by itself.",
        takes=(WIDTH, INNER),
    )
    layer = block(
        "bert_layer",
        {
            "hidden": source(),
            "mask": source(),
            "attention": use("bert_attention", width="=width", heads="=heads"),
            "intermediate": use("bert_intermediate", width="=width", inner="=inner"),
            "output": use("bert_output", inputs="=inner", width="=width"),
            "layered": answer(),
        },
        "hidden > attention > intermediate > output > layered",
        "mask > attention",
        "attention > output",
        note="# BERT layer\nTokens look at one another, then each thinks by itself.",
        takes=(WIDTH, HEADS, INNER),
    )
    encoder = block(
        "bert_encoder",
        {"hidden": source(), "mask": source(), "layer": use("bert_layer", **shape, repeat="=layers")},
        "hidden > layer > output",
        "mask > layer",
        note="# BERT encoder\nLayers of attention, one on another.",
        takes=(WIDTH, HEADS, INNER, parameter("layers", "How many layers there are.", 12)),
    )
    pooler = block(
        "bert_pooler",
        {"first": part("index", places=":, 0"), "dense": dense("=width"), "tanh": part("Tanh")},
        "input > first > dense > tanh > output",
        note="# BERT pooler\nTakes the first token as what the whole text says.",
        takes=(WIDTH,),
    )
    note = (
        "# BERT-base\nReads a text in both directions at once; what it knows of each token and of the whole is for "
        "other tasks to learn from. The mask is 1 for words and 0 for padding.\n\n"
        "Devlin, Chang, Lee, Toutanova: BERT: pre-training of deep bidirectional transformers, 2019."
    )
    main = network(
        "BertBase",
        whole,
        "input_ids > embeddings.tokens",
        "token_type_ids > embeddings.types",
        "attention_mask > is_word > mask > encoder.mask",
        "embeddings > encoder.hidden",
        "encoder > hidden_states",
        "encoder > pooler > pooled",
        note=note,
    )
    return [main, embeddings, encoder, layer, attended, attention, intermediate, add_norm, pooler]
