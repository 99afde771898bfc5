"""The look of the shell's own parts: toolbar, tabs, docks, status bar and palette of commands."""

from __future__ import annotations

from string import Template
from typing import Final

from PySide6.QtGui import QColor

from studio.style import blend
from studio.theme import BODY, CAPTION, RADIUS_CONTROL, Theme


def faint(theme: Theme) -> QColor:
    """The colour of what cannot be used now."""
    return blend(theme.text3, theme.panel, 0.45)


def shell_stylesheet(theme: Theme) -> str:
    """Rules for the shell; parts are told by object name, so that panels keep their own."""
    named = ("panel", "raised", "text", "text2", "text3", "line", "control", "accent", "on_accent", "error", "warning")
    return _RULES.substitute(
        {name: getattr(theme, name).name() for name in named},
        faint=faint(theme).name(),
        pressed=blend(theme.accent, theme.text, 0.12).name(),
        radius=f"{RADIUS_CONTROL}px",
        body=theme.size(BODY),
        caption=theme.size(CAPTION),
    )


_RULES: Final = Template("""
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
#Toolbar { background: $panel; border-bottom: 1px solid $line; }
QToolButton#Flat { background: transparent; border: none; border-radius: $radius; padding: 0 8px; color: $text2; }
QToolButton#FlatIcon { background: transparent; border: 1px solid transparent; border-radius: $radius; padding: 0; }
QToolButton#FlatIcon:hover { background: $raised; }
QToolButton#FlatIcon:focus { border: 1px solid $accent; }
QToolButton#Flat:hover { background: $raised; }
QToolButton#Flat:focus { border: 1px solid $accent; }
QToolButton#Boxed { background: $raised; border: 1px solid $line; border-radius: $radius; }
QToolButton#Boxed:hover { border: 1px solid $control; }
QToolButton#Boxed:checked { border: 1px solid $accent; }
QToolButton#Boxed:focus { border: 1px solid $accent; }
QPushButton#Train { background: $accent; color: $on_accent; border: 1px solid $accent;
  border-radius: $radius; padding: 0 14px; font-size: ${body}px; font-weight: 600; min-height: 30px; max-height: 30px; }
QPushButton#Train:hover { background: $pressed; }
QPushButton#Train:focus { border: 2px solid $text; }
QPushButton#Train:disabled { background: $raised; color: $text3; border: 1px solid $line; }
QPushButton#Train[problem="true"] { background: $panel; color: $error; border: 1px solid $error; }
QPushButton#Train[problem="true"]:hover { background: $raised; }
QPushButton#TrainAgain { background: $raised; color: $text; border: 1px solid $control; border-radius: $radius;
  padding: 0 12px; min-height: 30px; max-height: 30px; }
QPushButton#TrainAgain:hover { background: $panel; }
QPushButton#TrainAgain:focus { border: 1px solid $accent; }
QPushButton#CommandSearch { background: $raised; color: $text2; border: 1px solid $line; border-radius: $radius;
  text-align: left; padding: 0 8px; font-size: ${caption}px; min-height: 26px; max-height: 26px; }
QPushButton#CommandSearch:hover { border: 1px solid $control; }
QLabel#Device { color: $text2; border: 1px solid $control; border-radius: 13px; padding: 5px 10px; }
QLabel#Device[odd="true"] { color: $warning; border: 1px solid $warning; }
#StatusBar { background: $raised; border-top: 1px solid $line; }
#NetworkTabs { background: $panel; border-bottom: 1px solid $line; }
#DockTitle { background: $panel; border-bottom: 1px solid $line; }
#PaletteTitle { background: $panel; }
#Flyout { background: $panel; border-right: 1px solid $control; }
#Watch { background: $panel; }
QTabBar#TabRow { background: transparent; border: none; }
QTabBar#TabRow::tab { background: transparent; color: $text2; border: none; border-bottom: 2px solid transparent;
  padding: 3px 4px 1px 4px; margin: 0 7px; min-width: 20px; min-height: 26px; max-height: 26px; }
QTabBar#TabRow::tear { width: 0; border: none; }
QTabBar#TabRow::tab:hover { color: $text; border-bottom: 2px solid $line; }
QTabBar#TabRow::tab:selected { color: $text; font-weight: 600; border-bottom: 2px solid $accent; }
QTabBar#TabRow::tab:focus { color: $accent; }
QTabBar#CodeTabs { background: transparent; }
QTabBar#CodeTabs::tab { background: transparent; color: $text2; border: none; padding: 4px 8px; margin: 0 2px;
  border-radius: 4px; }
QTabBar#CodeTabs::tab:selected { background: $raised; color: $text; }
#Problems { background: $panel; }
#CommandPalette { background: $panel; border: 1px solid $control; border-radius: 8px; }
#CommandPalette QLineEdit { background: $raised; color: $text; border: 1px solid $line; border-radius: $radius;
  padding: 6px 8px; }
#CommandPalette QListWidget { background: $panel; color: $text; border: none; outline: none; }
""")
