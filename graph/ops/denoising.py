"""Rows for diffusion: samples that become noise over a time from 0 to 1, and what a network learns from the way."""

from __future__ import annotations

from typing import Final

from graph.ops.pieces import piece, port
from graph.ops.row import OpRow
from graph.ops.short import IMAGE
from graph.ops.spec import Sample

_TIMES: Final = Sample(shape=(2,), least=0.05, most=0.95)
_ON_THE_WAY: Final = (port("input", "Samples"), port("noise", "Noise"), port("time", "Times"))

ROWS: tuple[OpRow, ...] = (
    piece(
        "random_times",
        "Generative",
        "A random time from 0 to 1 for each sample of the batch: how far it is on its way to noise.",
        "diffusion denoising ddpm time step uniform",
        inputs=(port("batch", "Batch"),),
        samples=(IMAGE,),
        stem="time",
        icon="shuffle",
    ),
    piece(
        "noised",
        "Generative",
        "Samples on their way to noise, at the time of each, from 0 to 1 (Salimans and Ho, 2022).",
        "diffusion denoising ddpm forward process corrupt cosine schedule",
        inputs=_ON_THE_WAY,
        samples=(IMAGE, IMAGE, _TIMES),
        stem="noisy",
        icon="made-up",
    ),
    piece(
        "velocity",
        "Generative",
        "Where samples go as they become noise, which a network of diffusion learns to say (Salimans and Ho, 2022).",
        "diffusion denoising v prediction target ddpm",
        inputs=_ON_THE_WAY,
        samples=(IMAGE, IMAGE, _TIMES),
        stem="target",
        icon="maths",
    ),
    piece(
        "time_embedding",
        "Generative",
        "A time for each sample as waves of many lengths, from which a network reads it well (Ho et al., 2020).",
        "diffusion denoising ddpm sinusoidal position encoding fourier step",
        {
            "features": {"type": "int", "default": 64, "minimum": 2, "label": "Features"}
            | {"doc": "How many numbers a time becomes: half of them sines, half cosines."},
            "scale": {"type": "float", "default": 100.0, "label": "Scale", "advanced": True}
            | {"doc": "How fast the shortest wave goes; 100 suits times from 0 to 1."},
        },
        inputs=(port("time", "Times"),),
        samples=(_TIMES,),
        stem="embedding",
        icon="wave",
    ),
)
"""In the order of a training step."""
