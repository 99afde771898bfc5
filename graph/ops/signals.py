"""Rows of frequencies and complex numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.short import IMAGE, axis, function, pointwise
from graph.ops.spec import PortSpec, Sample

_GROUP = "Frequency"
_SIGNAL = Sample(shape=(2, 8))
_WAVES = Sample(shape=(2, 5), dtype="complex64")
_WAVES_2D = Sample(shape=(2, 3, 4, 3), dtype="complex64")
_NORM: Mapping[str, Any] = {
    "type": "choice",
    "choices": ("backward", "ortho", "forward"),
    "default": None,
    "optional": True,
    "label": "Scaling",
    "advanced": True,
    "doc": "Which way is divided by the length: backward if empty, ortho shares it out.",
}
_LENGTH: Mapping[str, Any] = {
    "type": "int",
    "default": None,
    "optional": True,
    "minimum": 1,
    "label": "Length",
    "advanced": True,
    "doc": "To which length it is cut or filled with zeros; empty keeps it.",
}
_SIZES: Mapping[str, Any] = {**_LENGTH, "type": "ints", "label": "Sizes"}
_PLANE: Mapping[str, Any] = {
    "type": "ints",
    "default": (-2, -1),
    "label": "Axes",
    "doc": "Over which two axes; the last two are height and width.",
}
_ONE: Changes = {"n": _LENGTH, "dim": axis(-1), "norm": _NORM}
_TWO: Changes = {"s": _SIZES, "dim": _PLANE, "norm": _NORM}


def _fourier(key: str, doc: str, words: str, changes: Changes, sample: Sample, *, rare: bool = True) -> OpRow:
    return function(
        key,
        _GROUP,
        doc,
        f"fourier frequency spectrum {words}",
        changes,
        target=f"torch.fft.{key}",
        show=("dim",),
        samples=(sample,),
        icon="wave",
        rare=rare,
    )


_FOURIER = (
    _fourier("rfft", "The frequencies in a signal of real numbers.", "transform real", _ONE, _SIGNAL, rare=False),
    _fourier(
        "irfft", "Turns frequencies back into a signal of real numbers.", "inverse real", _ONE, _WAVES, rare=False
    ),
    _fourier("fft", "The frequencies in a signal.", "transform complex", _ONE, _SIGNAL, rare=False),
    _fourier("ifft", "Turns frequencies back into a signal.", "inverse complex", _ONE, _WAVES, rare=False),
    _fourier("rfft2", "The frequencies in an image of real numbers.", "transform image", _TWO, IMAGE),
    _fourier("irfft2", "Turns frequencies back into an image of real numbers.", "inverse image", _TWO, _WAVES_2D),
    _fourier("fft2", "The frequencies in an image.", "transform image complex", _TWO, IMAGE),
    _fourier("ifft2", "Turns frequencies back into an image.", "inverse image complex", _TWO, _WAVES_2D),
    _fourier(
        "fftshift",
        "Puts the low frequencies into the middle.",
        "center shift",
        {"dim": {**_PLANE, "default": None, "optional": True, "doc": "Over which axes; empty is over all."}},
        _WAVES,
    ),
    _fourier(
        "ifftshift",
        "Puts the low frequencies back to the edge.",
        "inverse center shift",
        {"dim": {**_PLANE, "default": None, "optional": True, "doc": "Over which axes; empty is over all."}},
        _WAVES,
    ),
)

_PARTS = (PortSpec(name="real", label="Real part"), PortSpec(name="imag", label="Imaginary part"))

_COMPLEX = (
    function(
        "complex",
        _GROUP,
        "Makes complex numbers of their real and imaginary parts.",
        "real imaginary join",
        inputs=_PARTS,
        samples=(Sample(shape=(2, 4)), Sample(shape=(2, 4))),
        icon="wave",
    ),
    function(
        "polar",
        _GROUP,
        "Makes complex numbers of lengths and angles.",
        "magnitude phase angle rotation rope",
        inputs=(PortSpec(name="abs", label="Length"), PortSpec(name="angle", label="Angle")),
        samples=(Sample(shape=(2, 4)), Sample(shape=(2, 4))),
        icon="wave",
    ),
    pointwise("real", _GROUP, "The real part of complex numbers.", "complex part", samples=(_WAVES,), icon="wave"),
    pointwise("imag", _GROUP, "The imaginary part of complex numbers.", "complex part", samples=(_WAVES,), icon="wave"),
    pointwise(
        "angle", _GROUP, "The angle of complex numbers.", "phase complex argument", samples=(_WAVES,), icon="wave"
    ),
    pointwise(
        "conj", _GROUP, "Turns the sign of the imaginary part.", "conjugate complex", samples=(_WAVES,), icon="wave"
    ),
    pointwise(
        "view_as_real",
        _GROUP,
        "Shows complex numbers as pairs of real ones, along a new last axis.",
        "complex pair channels",
        samples=(_WAVES,),
        icon="wave",
    ),
    pointwise(
        "view_as_complex",
        _GROUP,
        "Takes the pairs of a last axis of two as complex numbers.",
        "complex pair rotation rope",
        samples=(Sample(shape=(2, 4, 2)),),
        icon="wave",
    ),
)

ROWS: tuple[OpRow, ...] = (*_FOURIER, *_COMPLEX)
