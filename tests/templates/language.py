"""Templates for language: encoders and decoders of words, with the names of the weights that are published for them."""

from __future__ import annotations

from sketch import Part, Sketch, answer, block, network, parameter, part, source, use

WIDTH = parameter("width", "How many numbers stand for a word.")
HEADS = parameter("heads", "How many heads look at the words, each in its own way.")
INNER = parameter("inner", "The width inside the dense layers.")
DROPOUT = part("Dropout", p=0.1)


def dense(width: str) -> Part:
    """A dense layer that keeps the width of what enters the block."""
    return part("Linear", in_features=width, out_features=width)


def bert_base() -> list[Sketch]:
    shape = {name: f"={name}" for name in ("width", "heads", "inner")}
    norm = part("LayerNorm", normalized_shape="=width", eps=1e-12)
    whole = {
        "input_ids": source("input_ids", -1, kind="tokens"),
        "token_type_ids": source("token_type_ids", -1, kind="tokens"),
        "attention_mask": source("attention_mask", -1, kind="tokens"),
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
            "attention": part("scaled_dot_product_attention", dropout_p=0.1),
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
        takes=(parameter("inputs", "How many numbers arrive for a word."), WIDTH),
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


def gpt2() -> list[Sketch]:
    norm = part("LayerNorm", normalized_shape="=width")
    drawn = {"init.weight": "normal_", "init.weight.std": 0.02}
    conv1d = block(
        "Conv1D",
        {
            "weight": part("parameter", shape=("=inputs", "=outputs"), fill="normal"),
            "bias": part("parameter", shape=("=outputs",)),
            "product": part("matmul"),
            "add": part("add"),
        },
        "input > product > add > output",
        "weight > product",
        "bias > add",
        note="# Conv1D\nA dense layer whose weight is stored as inputs × outputs.",
        takes=(parameter("inputs"), parameter("outputs")),
    )
    attention = block(
        "gpt2_attention",
        {
            "c_attn": use("Conv1D", inputs="=width", outputs="=3 * width"),
            "split": part("split_axis", dim=-1, sizes=(3, "=heads", -1)),
            "turned": part("permute", dims=(2, 0, 3, 1, 4)),
            "qkv": part("unbind_3", dim=0),
            "attention": part("scaled_dot_product_attention", dropout_p=0.1, is_causal=True),
            "back": part("transpose", dim0=1, dim1=2),
            "joined": part("join_axes", start_dim=2),
            "c_proj": use("Conv1D", inputs="=width", outputs="=width"),
            "resid_dropout": DROPOUT,
        },
        "input > c_attn > split > turned > qkv > attention.query",
        "qkv.second > attention.key",
        "qkv.third > attention.value",
        "attention > back > joined > c_proj > resid_dropout > output",
        note="# GPT-2 attention\nEach token looks at those before it, in several ways at once.",
        takes=(WIDTH, HEADS),
    )
    mlp = block(
        "gpt2_mlp",
        {
            "c_fc": use("Conv1D", inputs="=width", outputs="=4 * width"),
            "act": part("GELU", approximate="tanh"),
            "c_proj": use("Conv1D", inputs="=4 * width", outputs="=width"),
            "dropout": DROPOUT,
        },
        "input > c_fc > act > c_proj > dropout > output",
        note="# GPT-2 MLP\nTwo dense layers, for each token by itself.",
        takes=(parameter("width"),),
    )
    layer = block(
        "gpt2_block",
        {
            "ln_1": norm,
            "attn": use("gpt2_attention", width="=width", heads="=heads"),
            "seen": part("add"),
            "ln_2": norm,
            "mlp": use("gpt2_mlp", width="=width"),
            "thought": part("add"),
        },
        "input > ln_1 > attn > seen > ln_2 > mlp > thought > output",
        "input > seen > thought",
        note="# GPT-2 block\nTokens look back, then each thinks by itself; shortcuts lead around both.",
        takes=(WIDTH, HEADS),
    )
    transformer = block(
        "gpt2_model",
        {
            "wte": part("Embedding", num_embeddings="=words", embedding_dim="=width", **drawn),
            "positions": part("positions", dim=1),
            "wpe": part("Embedding", num_embeddings=1024, embedding_dim="=width", **drawn),
            "add": part("add"),
            "drop": DROPOUT,
            "h": use("gpt2_block", width="=width", heads="=heads", repeat="=layers"),
            "ln_f": norm,
        },
        "input > wte > add > drop > h > ln_f > output",
        "input > positions > wpe > add",
        note="# GPT-2 model\nSays which token it is and where it stands; then blocks, one on another.",
        takes=(
            parameter("words", "How many tokens are known."),
            WIDTH,
            HEADS,
            parameter("layers", "How many blocks there are."),
        ),
    )
    whole = {
        "input_ids": source("input_ids", -1, kind="tokens"),
        "transformer": use("gpt2_model", words=50257, width=768, heads=12, layers=12),
        "lm_head": part("Linear", out_features=50257, bias=False, tie="transformer.wte.weight"),
        "logits": answer("next_ids"),
    }
    note = "# GPT-2\nScores each token that could come next; the small one (Radford and others, 2019)."
    return [network("GPT2", whole, " > ".join(whole), note=note), transformer, layer, attention, mlp, conv1d]


def seq2seq() -> list[Sketch]:
    gru = {"hidden_size": "=width", "num_layers": "=layers", "dropout": 0.1, "batch_first": True}
    table = part("Embedding", num_embeddings="=words", embedding_dim="=width", padding_idx=0)
    words = parameter("words", "How many words are known; number 0 is padding.")
    layers = parameter("layers", "How many recurrent layers stand on one another.", 2)
    encoder = block(
        "encoder",
        {
            "tokens": source(),
            "embedding": table,
            "is_word": part("ne", other=0),
            "lengths": part("sum", dim=1),
            "pack": part("pack_padded_sequence", batch_first=True, enforce_sorted=False),
            "gru": part("GRU", **gru, bidirectional=True),
            "unpack": part("pad_packed_sequence", batch_first=True),
            "directions": part("chunk", chunks=2, dim=-1),
            "states": part("add"),
            "places": part("positions", dim=1),
            "column": part("unsqueeze", dim=1),
            "inside": part("less"),
            "mask": part("unsqueeze", dim=1),
            "memory": part("narrow", dim=0, start=0, length="=layers"),
            "answered": answer(),
            "is_there": answer(),
            "remembered": answer(),
        },
        "tokens > embedding > pack > gru > unpack > directions > states > answered",
        "directions.second > states",
        "tokens > is_word > lengths > pack",
        "states > places > inside > mask > is_there",
        "lengths > column > inside",
        "gru.h_n > memory > remembered",
        note="# Encoder\nReads the words in both directions, as far as each text goes.",
        takes=(words, WIDTH, layers),
    )
    attention = block(
        "luong_attention",
        {
            "states": source(),
            "mask": source(),
            "query": source(),
            "attn": dense("=width"),
            "attention": part("scaled_dot_product_attention", scale=1.0),
        },
        "query > attention.query",
        "states > attn > attention.key",
        "states > attention.value",
        "mask > attention.attn_mask",
        "attention > output",
        note="# Luong attention\nEach word of the answer takes a mix of the states of the words that were read.",
        takes=(WIDTH,),
    )
    decoder = block(
        "decoder",
        {
            "tokens": source(),
            "states": source(),
            "mask": source(),
            "memory": source(),
            "embedding": table,
            "embedding_dropout": DROPOUT,
            "gru": part("GRU", **gru),
            "attn": use("luong_attention", width="=width"),
            "joined": part("cat", dim=-1),
            "concat": part("Linear", in_features="=2 * width", out_features="=width"),
            "tanh": part("Tanh"),
            "out": part("Linear", out_features="=words"),
        },
        "tokens > embedding > embedding_dropout > gru > joined",
        "memory > gru.h_0",
        "gru > attn.query",
        "states > attn.states",
        "mask > attn.mask",
        "attn > joined > concat > tanh > out > output",
        note="# Decoder\nReads the answer so far, looks at what was read, and scores what comes next.",
        takes=(words, WIDTH, layers),
    )
    note = (
        "# Sequence to sequence\nReads one text and answers with another, word by word, looking back at what it read. "
        "While it learns, it is given the right answer one word late. Number 0 is padding.\n\n"
        "Luong, Pham, Manning: Effective approaches to attention-based neural machine translation, 2015; "
        "names and sizes as in PyTorch's chatbot tutorial."
    )
    whole = {
        "source_ids": source("source_ids", -1, kind="tokens"),
        "target_ids": source("target_ids", -1, kind="tokens"),
        "encoder": use("encoder", words=10_000, width=500),
        "decoder": use("decoder", words=10_000, width=500),
        "scores": answer("next_ids"),
    }
    main = network(
        "Seq2Seq",
        whole,
        "source_ids > encoder.tokens",
        "target_ids > decoder.tokens",
        "encoder.answered > decoder.states",
        "encoder.is_there > decoder.mask",
        "encoder.remembered > decoder.memory",
        "decoder > scores",
        note=note,
    )
    return [main, encoder, decoder, attention]
