"""Colours, sizes and fonts of the window: every look in the app comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

GRID: Final = 8
RADIUS_CHIP: Final = 4
RADIUS_CONTROL: Final = 6
RADIUS_NODE: Final = 8
RADIUS_PILL: Final = 14

CAPTION: Final = 11
LABEL: Final = 12
BODY: Final = 13
TITLE: Final = 17
HEADLINE: Final = 20
WELCOME: Final = 28

FLOW_KINDS: Final = ("image", "vector", "sequence", "tokens", "scalar", "mask")
"""What flows, in the order of the run colours."""
_SAME_FLOW: Final[Mapping[str, str]] = {
    "volume": "image",
    "class": "tokens",
    "classes": "tokens",
    "integers": "tokens",
    "number": "scalar",
    "loss": "scalar",
    "boolean": "mask",
    "bool": "mask",
    "label": "vector",
}

Choice = Literal["light", "dark", "system"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Theme:
    """One set of colours. Text colours reach 4.5:1 on every surface, parts such as ports and borders 3:1."""

    dark: bool
    canvas: QColor
    panel: QColor
    node: QColor
    raised: QColor
    text: QColor
    text2: QColor
    text3: QColor
    line: QColor
    control: QColor
    accent: QColor
    on_accent: QColor
    error: QColor
    warning: QColor
    ok: QColor
    flows: Mapping[str, QColor]
    type_scale: float = 1.0

    def flow(self, kind: str) -> QColor:
        """The colour of what flows; text3 when that is not known yet."""
        return self.flows.get(_SAME_FLOW.get(kind, kind), self.text3)

    @property
    def run_colors(self) -> tuple[QColor, ...]:
        """The colours of runs, in order; the second round of runs is dashed."""
        return tuple(self.flows[kind] for kind in FLOW_KINDS)

    def on_flow(self, kind: str) -> QColor:
        """The colour of a pictogram on a chip of the flow's colour: black or white, whichever is clearer."""
        light, dark = QColor("#FFFFFF"), QColor("#14171B")
        ground = self.flow(kind)
        return light if contrast(light, ground) >= contrast(dark, ground) else dark

    def size(self, size: int) -> int:
        """A size of type as this theme has it."""
        return round(size * self.type_scale)

    def font(self, size: int, bold: bool = False, mono: bool = False) -> QFont:
        """A font of `size` logical pixels: the system's own for words, its fixed one for shapes and code."""
        which = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
        font = QFont(QFontDatabase.systemFont(which))
        font.setPixelSize(self.size(size))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font


def _flows(*colors: str) -> Mapping[str, QColor]:
    return {kind: QColor(color) for kind, color in zip(FLOW_KINDS, colors, strict=True)}


def light() -> Theme:
    """The light theme."""
    return Theme(
        dark=False,
        canvas=QColor("#F6F7F9"),
        panel=QColor("#FFFFFF"),
        node=QColor("#FFFFFF"),
        raised=QColor("#EEF1F4"),
        text=QColor("#1B1F24"),
        text2=QColor("#4F5965"),
        text3=QColor("#606A77"),
        line=QColor("#D3D8DF"),
        control=QColor("#7D8794"),
        accent=QColor("#1F5FD0"),
        on_accent=QColor("#FFFFFF"),
        error=QColor("#B3261E"),
        warning=QColor("#8A5300"),
        ok=QColor("#1A7340"),
        flows=_flows("#244EB5", "#D07212", "#049C85", "#A66BF9", "#91406E", "#353738"),
    )


def dark() -> Theme:
    """The dark theme."""
    return Theme(
        dark=True,
        canvas=QColor("#17191C"),
        panel=QColor("#212429"),
        node=QColor("#2A2E34"),
        raised=QColor("#2B2F35"),
        text=QColor("#ECEEF1"),
        text2=QColor("#B4BCC7"),
        text3=QColor("#98A1AD"),
        line=QColor("#3A4048"),
        control=QColor("#7C8693"),
        accent=QColor("#7FB0FF"),
        on_accent=QColor("#0E1A2E"),
        error=QColor("#FF9A92"),
        warning=QColor("#F2BC57"),
        ok=QColor("#74D190"),
        flows=_flows("#19B4FC", "#DEA118", "#32904E", "#9762F4", "#F65898", "#CFD6DC"),
    )


def luminance(color: QColor) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (_linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dimmer, brighter = sorted((luminance(first), luminance(second)))
    return (brighter + 0.05) / (dimmer + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


class ThemeHolder(QObject):
    """Holds the theme in use; follows the system's colour scheme unless light or dark was chosen."""

    changed = Signal(object)

    def __init__(self, choice: Choice = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice: Choice = choice
        self._type_scale = 1.0
        self._theme = dark() if self._wants_dark() else light()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def theme(self) -> Theme:
        """The theme to draw with."""
        return self._theme

    @property
    def choice(self) -> Choice:
        """What the person chose; the caller remembers it between starts."""
        return self._choice

    @property
    def canvas_theme(self) -> Theme:
        """The theme for drawings, whose words have the size of their nodes."""
        return replace(self._theme, type_scale=1.0)

    def set_type_scale(self, scale: float) -> None:
        """Make words larger than usual, as for a projector."""
        if scale != self._type_scale:
            self._type_scale = scale
            self._theme = replace(self._theme, type_scale=scale)
            self.changed.emit(self._theme)

    def choose(self, choice: Choice) -> None:
        """Use the light or the dark theme, or the system's."""
        self._choice = choice
        self._follow()

    @Slot()
    def _follow(self) -> None:
        wanted = self._wants_dark()
        if wanted != self._theme.dark:
            self._theme = replace(dark() if wanted else light(), type_scale=self._type_scale)
            self.changed.emit(self._theme)

    def _wants_dark(self) -> bool:
        if self._choice != "system":
            return self._choice == "dark"
        scheme = QGuiApplication.styleHints().colorScheme()
        if scheme != Qt.ColorScheme.Unknown:
            return scheme == Qt.ColorScheme.Dark
        return luminance(QGuiApplication.palette().color(QPalette.ColorRole.Window)) < 0.2
