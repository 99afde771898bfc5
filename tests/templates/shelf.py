"""The blocks that ship, by their names, and the script that writes their files."""

from __future__ import annotations

from pathlib import Path

from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from image_blocks import (
    dense_block,
    inception,
    inverted_residual,
    patch_embedding,
    residual,
    residual_bottleneck,
    residual_preactivation,
    squeeze_excite,
    unet_down,
    unet_up,
)
from sequence_blocks import (
    decoder_layer_post_norm,
    decoder_layer_pre_norm,
    encoder_layer_post_norm,
    encoder_layer_pre_norm,
    gru_stack,
    learned_positions,
    lstm_stack,
    mixture_of_experts,
    sinusoidal_positions,
)
from sketch import Sketch, project

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "blocks"
_SKETCHES = (
    residual,
    residual_bottleneck,
    residual_preactivation,
    inverted_residual,
    squeeze_excite,
    inception,
    dense_block,
    unet_down,
    unet_up,
    patch_embedding,
    encoder_layer_pre_norm,
    encoder_layer_post_norm,
    decoder_layer_pre_norm,
    decoder_layer_post_norm,
    sinusoidal_positions,
    learned_positions,
    gru_stack,
    lstm_stack,
    mixture_of_experts,
)
NAMES = tuple(one.__name__ for one in _SKETCHES)


def sketches(name: str) -> list[Sketch]:
    """A block and what it needs, as they are drawn here."""
    return next(one for one in _SKETCHES if one.__name__ == name)()


def shelved(name: str) -> Project:
    """A block as it ships, with what it needs."""
    return project(load_catalog(), *sketches(name))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        (FOLDER / f"{name}.loom").write_text(dump(shelved(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
