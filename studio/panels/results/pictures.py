"""Which pictures fit what was answered, and who paints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from runtime.media import Look
from studio.panels.results.curve import CurveView
from studio.panels.results.forecast import ForecastView, past_of
from studio.panels.results.plane import PlaneView
from studio.panels.results.rebuilt import RebuiltView
from studio.panels.results.regions import RegionsView, region_of
from studio.panels.results.regression import RegressionView
from studio.theme import ThemeHolder

PICTURES: Final[Mapping[str, Callable[[ThemeHolder], Any]]] = {
    "regions": RegionsView,
    "curve": CurveView,
    "forecast": ForecastView,
    "regression": RegressionView,
    "rebuilt": RebuiltView,
    "plane": PlaneView,
}
"""The views by name, in the order in which they stand below each other."""


def pictures_of(look: Look) -> tuple[str, ...]:
    """The names of the pictures that fit the first head of a look, those of its classes aside."""
    if not look.heads:
        return ()
    task = look.heads[0].task
    found = []
    if region_of(look, 2) is not None:
        found.append("regions")
    if task == "regression":
        is_forecast = past_of(look) is not None
        found += ["curve"] if region_of(look, 1) is not None else []
        found.append("forecast" if is_forecast else "regression")
    if task == "autoencoder":
        found.append("rebuilt")
    if look.plane is not None:
        found.append("plane")
    return tuple(found)
