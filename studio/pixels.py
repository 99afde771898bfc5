"""Pictures from arrays: values over a span become shades, and the pictures own their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from runtime.protocol import ImageSample

Span = tuple[float, float]


def picture(values: NDArray[Any], span: Span = (0.0, 1.0)) -> QImage:
    """An image (H, W) or (C, H, W) whose values run over the span: three or more channels in colour, else the first."""
    low, high = span
    shares = (np.nan_to_num(values.astype(np.float64)) - low) / ((high - low) or 1.0)
    shades = np.rint(np.clip(shares, 0.0, 1.0) * 255).astype(np.uint8)
    if shades.ndim == 3 and shades.shape[0] >= 3:
        return in_colors(shades[:3].transpose(1, 2, 0))
    return in_greys(shades.reshape(-1, *shades.shape[-2:])[0])


def in_colors(pixels: NDArray[np.uint8]) -> QImage:
    """Red, green and blue, (H, W, 3), as a picture."""
    height, width, _ = pixels.shape
    raw = pixels.tobytes()
    return QImage(raw, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def in_greys(pixels: NDArray[np.uint8]) -> QImage:
    """Greys, (H, W), as a picture."""
    height, width = pixels.shape
    raw = pixels.tobytes()
    return QImage(raw, width, height, width, QImage.Format.Format_Grayscale8).copy()


def sample_picture(sample: ImageSample) -> QImage:
    """A sample of the data as a picture."""
    pixels = np.frombuffer(sample.pixels, np.uint8).reshape(sample.height, sample.width, sample.channels)
    return in_colors(pixels) if sample.channels == 3 else in_greys(pixels[..., 0])


def span_of(values: NDArray[Any]) -> Span:
    """From the lowest to the highest of the values that are numbers, never empty; 0 to 1 of none."""
    there = values[np.isfinite(values)]
    if not there.size:
        return 0.0, 1.0
    low, high = float(there.min()), float(there.max())
    return (low, high) if high > low else (low, low + 1.0)
