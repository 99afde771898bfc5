"""Joins the palette with the drawing and with the settings, which keep its favourites and open groups."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from studio.panels.palette import PalettePanel
from studio.settings import AppSettings


class PaletteFlow(QObject):
    """Adds what is chosen in the palette, and keeps how a person has arranged it."""

    def __init__(self, palette: PalettePanel, settings: AppSettings, add: Callable[[str], object]) -> None:
        super().__init__()
        self._settings = settings
        palette.set_favourites(settings.favourites)
        palette.set_open_groups(settings.open_groups)
        palette.op_chosen.connect(add)
        palette.favourites_changed.connect(self._keep_favourites)
        palette.groups_changed.connect(self._keep_groups)

    def _keep_favourites(self, keys: tuple[str, ...]) -> None:
        self._settings.favourites = keys

    def _keep_groups(self, names: tuple[str, ...]) -> None:
        self._settings.open_groups = names
