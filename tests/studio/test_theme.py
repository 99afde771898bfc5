"""The colours keep their promises: readable text, visible parts, and data colours that nobody confuses."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from pytestqt.qtbot import QtBot

from graph.ops.catalog import ICON_NAMES, load_catalog
from runtime.sources import SOURCES
from studio import assets
from studio.style import stylesheet
from studio.theme import FLOW_KINDS, Theme, ThemeHolder, contrast, dark, light

THEMES = pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])

# Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency";
# these are its matrices for severity 1.
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color: QColor) -> np.ndarray:
    parts = np.array([color.redF(), color.greenF(), color.blueF()])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020, "A perceptual color space for image processing"."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    ) @ np.clip(rgb, 0, 1)
    return np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    ) @ np.cbrt(cones)


@THEMES
def test_text_is_readable_on_every_surface(theme: Theme) -> None:
    surfaces = (theme.canvas, theme.panel, theme.node, theme.raised)
    for text in (theme.text, theme.text2, theme.text3, theme.error, theme.warning, theme.ok):
        assert min(contrast(text, surface) for surface in surfaces) >= 4.5, text.name()
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@THEMES
def test_ports_wires_and_borders_stand_out(theme: Theme) -> None:
    parts = [theme.control, theme.accent, *theme.run_colors, theme.flow("unknown")]
    for part in parts:
        assert min(contrast(part, ground) for ground in (theme.canvas, theme.panel, theme.node)) >= 3, part.name()


@THEMES
def test_pictograms_stand_out_on_their_chips(theme: Theme) -> None:
    for kind in (*FLOW_KINDS, "unknown"):
        assert contrast(theme.on_flow(kind), theme.flow(kind)) >= 3, kind


@THEMES
@pytest.mark.parametrize("eyes", EYES)
def test_no_two_kinds_of_data_look_alike(theme: Theme, eyes: str) -> None:
    seen = [oklab(EYES[eyes] @ linear(color)) for color in theme.run_colors]
    nearest = min(100 * np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest >= 10


def test_a_flow_without_a_colour_of_its_own_is_pale() -> None:
    theme = light()
    assert theme.flow("unknown") == theme.text3
    assert theme.flow("class") == theme.flow("tokens")


@pytest.mark.usefixtures("qapp")
def test_a_chosen_theme_is_told_once_and_stays() -> None:
    holder = ThemeHolder("light")
    heard: list[Theme] = []
    holder.changed.connect(heard.append)
    holder.choose("dark")
    holder.choose("dark")
    assert [theme.dark for theme in heard] == [True]
    assert holder.choice == "dark"
    assert holder.theme.dark


@pytest.mark.usefixtures("qapp")
def test_the_system_decides_until_something_is_chosen() -> None:
    holder = ThemeHolder("system")
    scheme = QGuiApplication.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        assert holder.theme.dark == (scheme == Qt.ColorScheme.Dark)
    holder.choose("dark")
    assert holder.theme.dark


@THEMES
def test_the_stylesheet_has_no_colour_but_the_themes(theme: Theme) -> None:
    sheet = stylesheet(theme)
    assert "$" not in sheet
    assert theme.accent.name() in sheet
    assert sheet.count("{") == sheet.count("}")


@THEMES
def test_the_marks_of_the_stylesheet_have_the_themes_colours(theme: Theme) -> None:
    mode = "dark" if theme.dark else "light"
    folder = files("resources").joinpath("marks")
    for mark, color in (("check", theme.on_accent), ("dot", theme.on_accent), ("down", theme.text2)):
        assert color.name().upper() in folder.joinpath(f"{mark}-{mode}.svg").read_text("utf-8")
        assert f"marks/{mark}-{mode}.svg" in stylesheet(theme)


@pytest.mark.usefixtures("qapp")
def test_type_is_never_below_eleven_pixels() -> None:
    sizes = [int(size) for size in re.findall(r"font-size: (\d+)px", stylesheet(light()))]
    assert sizes
    assert min(sizes) >= 11


def test_every_op_and_source_has_its_drawing() -> None:
    wanted = {*ICON_NAMES, *(spec.icon for spec in load_catalog().ops.values())}
    wanted |= {spec.pictogram for spec in SOURCES.values()}
    assert wanted <= assets.icon_names()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_icons_are_drawn_in_the_colour_asked_for(qtbot: QtBot, ratio: float) -> None:
    color = QColor("#B3261E")
    for name in sorted(assets.icon_names() - {"app"}):  # the app's own icon has its own colours
        picture = assets.pixmap(name, color, 20, ratio).toImage()
        assert picture.width() == round(20 * ratio)
        inks = {
            picture.pixelColor(x, y).name()
            for x in range(picture.width())
            for y in range(picture.height())
            if picture.pixelColor(x, y).alpha() >= 100
        }
        found = [QColor(ink) for ink in inks]
        assert found, name
        assert all(abs(ink.red() - color.red()) <= 6 and abs(ink.green() - color.green()) <= 6 for ink in found), name


@pytest.mark.usefixtures("qapp")
def test_an_unknown_icon_is_the_plain_layer() -> None:
    color = QColor("#1B1F24")
    assert assets.pixmap("no such icon", color, 20).toImage() == assets.pixmap("layer", color, 20).toImage()
