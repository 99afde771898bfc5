"""Rows of attention: alone, with weights, and as the blocks of transformers."""

from __future__ import annotations

from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.spec import MISSING, AutoRule, PortSpec, Sample

_MHA = ("embed_dim", "num_heads", "dropout", "bias", "add_bias_kv", "add_zero_attn", "kdim", "vdim", "batch_first")
_HEADS: Changes = {"num_heads": {"type": "int", "minimum": 1}, "nhead": {"type": "int", "minimum": 1}}
_ATTENTION: Changes = {
    "embed_dim": {"type": "int", "auto": AutoRule(port="query", axis=-1), "minimum": 1},
    "dropout": {"type": "float", "maximum": 1, "doc": "Share of attention weights switched off while training."},
    "kdim": {"type": "int", "doc": "The width of the keys, when it is not that of the queries."},
    "vdim": {"type": "int", "doc": "The width of the values, when it is not that of the queries."},
}
_BLOCK: Changes = {
    "dropout": {"maximum": 1, "doc": "Share of numbers switched off while training."},
    "activation": {"type": "choice", "choices": ("relu", "gelu"), "default": "relu", "doc": "The activation inside."},
}
_BLOCK_SHOWN = ("nhead", "dim_feedforward", "dropout")
_BLOCK_INITIAL = {"nhead": 4, "dim_feedforward": 128, "batch_first": True}
_STEPS = Sample(shape=(2, 5, 8))
_LOOKED_AT = Sample(shape=(2, 3, 8))


def _mask(rows: int, columns: int) -> Sample:
    """A mask that hides nothing."""
    return Sample(shape=(rows, columns), dtype="bool", high=1)


def _masks(**labels: str) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(name=name, label=label, optional=True, by_name=True) for name, label in labels.items())


def _hints(**docs: str) -> Changes:
    """What is told about masks when a layer is called."""
    return {
        name: {"type": "bool", "default": False, "label": label, "advanced": True}
        | {"doc": f"Tells that {what} hides later steps and nothing else, which is quicker."}
        for name, (label, what) in ((name, doc.split("|")) for name, doc in docs.items())
    }


def _hints_told(hints: Changes) -> Changes:
    """Hints that must be said: left out, torch would look at the numbers of the mask each time."""
    return {name: {**hint, "default": MISSING} for name, hint in hints.items()}


_ENCODER_MASKS = _masks(src_mask="Mask", src_key_padding_mask="Padding")
_DECODER_MASKS = _masks(
    tgt_mask="Mask",
    memory_mask="Mask of looked at",
    tgt_key_padding_mask="Padding",
    memory_key_padding_mask="Padding of looked at",
)
_DECODER_INPUTS = (PortSpec(name="tgt", label="Sequence"), PortSpec(name="memory", label="Looked at"), *_DECODER_MASKS)
_DECODER_SAMPLES = (_STEPS, _LOOKED_AT, _mask(5, 5), _mask(5, 3), _mask(2, 5), _mask(2, 3))
_DECODER_HINTS = _hints(
    tgt_is_causal="Mask is causal|the mask", memory_is_causal="Second mask is causal|the mask of what is looked at"
)
_WHOLE_HINTS = _hints_told(
    _hints(
        src_is_causal="First mask is causal|the mask of what is read",
        tgt_is_causal="Second mask is causal|the mask of what is answered",
    )
)
_OF_LAYER = ("nhead", "dim_feedforward", "dropout", "activation", "norm_first", "layer_norm_eps", "bias", "batch_first")
_BLOCK_DEFAULTS: Changes = {
    "nhead": {**_HEADS["nhead"], "default": MISSING},
    "dim_feedforward": {"type": "int", "default": 2048},
    "dropout": {**_BLOCK["dropout"], "type": "float", "default": 0.1},
    "activation": _BLOCK["activation"],
    "norm_first": {"type": "bool", "default": False},
    "layer_norm_eps": {"type": "float", "default": 1e-05},
    "bias": {"type": "bool", "default": True},
    "batch_first": {"type": "bool", "default": False},
}


def _width(port: str) -> dict[str, Any]:
    return {"type": "int", "auto": AutoRule(port=port, axis=-1), "minimum": 1}


def _stack(key: str, port: str, hints: Changes, **more: Any) -> OpRow:
    """Several equal blocks on one another."""
    has_nested = key == "TransformerEncoder"
    nested: Changes = {
        "enable_nested_tensor": {"label": "Skip padding", "advanced": True}
        | {"doc": "Whether padded steps are left out while not training; the answer may then be shorter."}
    }
    own = ("num_layers", *(nested if has_nested else ()))
    return OpRow(
        key=key,
        target=f"torch.nn.{key}",
        group="Attention",
        form="layers",
        take=("d_model", *_OF_LAYER, *own, *hints),
        changes={
            "d_model": _width(port),
            **_BLOCK_DEFAULTS,
            "num_layers": {"type": "int", "minimum": 1},
            **(nested if has_nested else {}),
            **hints,
        },
        call_params=tuple(hints),
        key_params=("num_layers", "nhead", "dim_feedforward"),
        initial={
            **_BLOCK_INITIAL,
            "num_layers": 2,
            **({"enable_nested_tensor": False} if has_nested else {}),
            **dict.fromkeys(hints, False),
        },
        icon="transformer",
        **more,
    )


ROWS: tuple[OpRow, ...] = (
    OpRow(
        key="MultiheadAttention",
        target="torch.nn.MultiheadAttention",
        group="Attention",
        stem="attention",
        doc="Lets each step of a sequence look at the steps that matter to it.",
        inputs=(
            PortSpec(name="query"),
            PortSpec(name="key"),
            PortSpec(name="value"),
            *_masks(key_padding_mask="Padding", attn_mask="Mask"),
        ),
        outputs=(
            PortSpec(name="attn_output", label="Answer"),
            PortSpec(name="attn_output_weights", label="Weights", asked_by="need_weights"),
        ),
        unpack=("attn_output", "attn_output_weights"),
        take=(*_MHA, "need_weights", "average_attn_weights", "is_causal"),
        changes={
            **_HEADS,
            **_ATTENTION,
            "need_weights": {"type": "bool", "default": True, "label": "Give the weights", "advanced": True}
            | {"doc": "Whether the weights are given, too; without them it is quicker and takes less memory."},
            "average_attn_weights": {"type": "bool", "default": True, "label": "Average the heads", "advanced": True}
            | {"doc": "Whether the weights are averaged over the heads, or given for each."},
            **_hints(is_causal="Mask is causal|the mask"),
        },
        call_params=("need_weights", "average_attn_weights", "is_causal"),
        key_params=("num_heads", "dropout"),
        initial={"num_heads": 4, "batch_first": True},
        samples=(_STEPS, _LOOKED_AT, _LOOKED_AT, _mask(2, 3), _mask(5, 3)),
        icon="attention",
        words="self-attention transformer query key value mha",
    ),
    OpRow(
        key="TransformerEncoderLayer",
        target="torch.nn.TransformerEncoderLayer",
        group="Attention",
        stem="encoder",
        doc="One transformer block: attention, then a small dense network, for each step.",
        inputs=(PortSpec(name="src", label="Sequence"), *_ENCODER_MASKS),
        take=("d_model", *_OF_LAYER, "is_causal"),
        changes={**_HEADS, **_BLOCK, "d_model": _width("src"), **_hints(is_causal="Mask is causal|the mask")},
        call_params=("is_causal",),
        key_params=_BLOCK_SHOWN,
        initial=_BLOCK_INITIAL,
        samples=(_STEPS, _mask(5, 5), _mask(2, 5)),
        icon="transformer",
        words="transformer attention bert block encoder self-attention",
    ),
    OpRow(
        key="TransformerDecoderLayer",
        target="torch.nn.TransformerDecoderLayer",
        group="Attention",
        stem="decoder",
        doc="A transformer block that also looks at a second sequence.",
        inputs=_DECODER_INPUTS,
        take=("d_model", *_OF_LAYER, *_DECODER_HINTS),
        changes={**_HEADS, **_BLOCK, "d_model": _width("tgt"), **_DECODER_HINTS},
        call_params=tuple(_DECODER_HINTS),
        key_params=_BLOCK_SHOWN,
        initial=_BLOCK_INITIAL,
        samples=_DECODER_SAMPLES,
        icon="transformer",
        words="transformer attention block decoder cross-attention translation",
    ),
    _stack(
        "TransformerEncoder",
        "src",
        _hints_told(_hints(is_causal="Mask is causal|the mask")),
        stem="encoder",
        doc="Several transformer blocks on one another.",
        inputs=(
            PortSpec(name="src", label="Sequence"),
            *_masks(mask="Mask", src_key_padding_mask="Padding"),
        ),
        samples=(_STEPS, _mask(5, 5), _mask(2, 5)),
        words="transformer attention bert blocks stack encoder layers",
    ),
    _stack(
        "TransformerDecoder",
        "tgt",
        _hints_told(_DECODER_HINTS),
        stem="decoder",
        doc="Several transformer blocks on one another that also look at a second sequence.",
        inputs=_DECODER_INPUTS,
        samples=_DECODER_SAMPLES,
        words="transformer attention blocks stack decoder cross-attention layers translation",
    ),
    OpRow(
        key="Transformer",
        target="torch.nn.Transformer",
        group="Attention",
        stem="transformer",
        doc="A whole transformer: an encoder reads one sequence, a decoder answers with another.",
        inputs=(
            PortSpec(name="src", label="Read"),
            PortSpec(name="tgt", label="Answered"),
            *_masks(
                src_mask="Mask of read",
                tgt_mask="Mask of answered",
                memory_mask="Mask between",
                src_key_padding_mask="Padding of read",
                tgt_key_padding_mask="Padding of answered",
                memory_key_padding_mask="Padding between",
            ),
        ),
        take=("d_model", "nhead", "num_encoder_layers", "num_decoder_layers", *_OF_LAYER[1:], *_WHOLE_HINTS),
        changes={
            **_HEADS,
            **_BLOCK,
            "d_model": _width("src"),
            "num_encoder_layers": {"label": "Blocks that read", "minimum": 1}
            | {"doc": "How many blocks the encoder has."},
            "num_decoder_layers": {"label": "Blocks that answer", "minimum": 1}
            | {"doc": "How many blocks the decoder has."},
            **_WHOLE_HINTS,
        },
        call_params=tuple(_WHOLE_HINTS),
        key_params=("nhead", "num_encoder_layers", "num_decoder_layers"),
        initial={
            **_BLOCK_INITIAL,
            "num_encoder_layers": 2,
            "num_decoder_layers": 2,
            **dict.fromkeys(_WHOLE_HINTS, False),
        },
        samples=(
            _LOOKED_AT,
            _STEPS,
            _mask(3, 3),
            _mask(5, 5),
            _mask(5, 3),
            _mask(2, 3),
            _mask(2, 5),
            _mask(2, 3),
        ),
        icon="transformer",
        words="transformer attention encoder decoder seq2seq translation",
        rare=True,
    ),
    OpRow(
        key="scaled_dot_product_attention",
        target="torch.nn.functional.scaled_dot_product_attention",
        style="function",
        form="drops",
        group="Attention",
        stem="attention",
        doc="Attention itself, without weights: each query takes a mix of the values.",
        inputs=(
            PortSpec(name="query"),
            PortSpec(name="key"),
            PortSpec(name="value"),
            PortSpec(name="attn_mask", label="Mask", optional=True),
        ),
        take=("dropout_p", "is_causal", "scale", "enable_gqa"),
        changes={
            "dropout_p": {"type": "float", "default": 0.0, "minimum": 0, "maximum": 1, "label": "Dropout"}
            | {"doc": "Share of attention weights switched off while training."},
            "is_causal": {"type": "bool", "default": False, "doc": "Whether a step may look at earlier steps only."},
            "scale": {"type": "float", "default": None, "optional": True, "label": "Scale"}
            | {"doc": "What scores are multiplied by; one over the root of the width if empty."},
            "enable_gqa": {"type": "bool", "default": False, "label": "Shared keys", "advanced": True}
            | {"doc": "Whether there may be fewer heads of keys and values than of queries."},
        },
        key_params=("is_causal",),
        samples=(Sample(shape=(2, 5, 8)), Sample(shape=(2, 3, 8)), Sample(shape=(2, 3, 8))),
        icon="attention",
        words="sdpa flash self-attention transformer query key value",
    ),
)
