"""The blocks that ship: drawings of the parts that architectures are made of, in the palette of every project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files as resource_files
from typing import Final

from graph import files
from graph.block_copies import main_block
from graph.blocks import block_spec
from graph.model import Project
from graph.ops.spec import OpSpec
from graph.purpose import purpose_words

SHIPPED: Final = "shipped:"
SHIPPED_TITLE: Final = "Ready-made blocks"
SEARCH_WORDS: Final[Mapping[str, str]] = {
    "residual": "resnet basic skip shortcut connection",
    "residual_bottleneck": "resnet 50 skip shortcut connection",
    "residual_preactivation": "resnet v2 skip shortcut connection pre-activation",
    "inverted_residual": "mobilenet mbconv depthwise bottleneck",
    "squeeze_excite": "se senet channel attention gate",
    "inception": "googlenet module branches",
    "dense_block": "densenet concatenate growth",
    "unet_down": "u-net encoder contract pool double convolution",
    "unet_up": "u-net decoder expand skip double convolution",
    "patch_embedding": "vit vision transformer tokens image",
    "encoder_layer_pre_norm": "transformer self attention vit gpt bert",
    "encoder_layer_post_norm": "transformer self attention bert",
    "decoder_layer_pre_norm": "transformer cross attention causal mask gpt",
    "decoder_layer_post_norm": "transformer cross attention causal mask",
    "sinusoidal_positions": "positional encoding position sine transformer",
    "learned_positions": "positional encoding embedding position transformer",
    "gru_stack": "recurrent sequence layers",
    "lstm_stack": "recurrent sequence layers",
    "mixture_of_experts": "moe gate router sparse",
}
"""The blocks in the order of the palette, and what else people call them."""


@cache
def shipped_projects() -> Mapping[str, Project]:
    """Each block with what it needs, by its key."""
    folder = resource_files("resources.blocks")
    texts = {name: (folder / f"{name}.loom").read_text(encoding="utf-8") for name in SEARCH_WORDS}
    return {f"{SHIPPED}{name}": files.parse(text) for name, text in texts.items()}


@cache
def shipped_ops() -> Mapping[str, OpSpec]:
    """The blocks as ops, by their key."""
    return {key: _op(key, project) for key, project in shipped_projects().items()}


def _op(key: str, project: Project) -> OpSpec:
    network = project.networks[main_block(project)]
    spec = block_spec(network)
    words = (*spec.search_words, *SEARCH_WORDS[key.removeprefix(SHIPPED)].split())
    title = purpose_words(network)[0] or spec.title
    return replace(spec, key=key, group=SHIPPED_TITLE, title=title, search_words=words)
