"""The stylesheet and palette of the window, written from a theme."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from studio import theme as looks
from studio.theme import Theme

_SHEET: Final = Template("""
* { outline: 0; }
QWidget { color: $text; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow, QDialog, QMessageBox, QWidget[surface="panel"] { background: $panel; }
QWidget[surface="canvas"] { background: $canvas; }
QWidget[surface="raised"] { background: $raised; }
QScrollArea, QScrollArea > QWidget > QWidget[surface="panel"] { background: $panel; border: 0; }

QLabel { background: transparent; }
QLabel[role="welcome"] { font-size: ${welcome}px; font-weight: 600; }
QLabel[role="headline"] { font-size: ${headline}px; font-weight: 600; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="heading"] { font-size: ${caption}px; font-weight: 600; color: $text2; }
QLabel[role="strong"] { font-size: ${label}px; font-weight: 600; }
QLabel[role="label"] { font-size: ${label}px; color: $text2; }
QLabel[role="caption"] { font-size: ${caption}px; color: $text3; }
QLabel[role="foot"] {
    font-size: ${caption}px; color: $text2; padding: 7px 14px; border: 0; border-top: 1px solid $line;
}
/* Dots over capitals rise above the line of the font; a label with padding would indent its words by itself. */
QLabel[role="title"], QLabel[role="heading"], QLabel[role="strong"] { padding: 1px 0; qproperty-indent: 0; }
QLabel[role="label"] { padding: 2px 0; qproperty-indent: 0; }
QLabel[role="problem"] { font-size: ${caption}px; color: $error; }
QLabel[role="warning"] { font-size: ${caption}px; color: $warning; }
QLabel[role="ok"] { font-size: ${caption}px; color: $ok; }

QLineEdit, QComboBox, QAbstractSpinBox {
    min-height: 26px; max-height: 26px; padding: 0 8px; font-size: ${body}px;
    color: $text; background: $panel; border: 1px solid $control; border-radius: ${control_radius}px;
    placeholder-text-color: $text3; selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { background: $hover; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {
    border: 2px solid $accent; padding: 0 7px; background: $panel;
}
QLineEdit:focus, QAbstractSpinBox:focus { min-height: 24px; max-height: 24px; }
QComboBox:focus { min-height: 24px; max-height: 24px; }
QLineEdit[pale="true"], QComboBox[pale="true"] { color: $text3; }
QLineEdit[auto="true"] { background: $raised; border-color: $line; color: $text3; }
QLineEdit[auto="true"]:focus { background: $panel; border-color: $accent; }
QLineEdit[refused="true"], QLineEdit[refused="true"]:focus {
    border: 2px solid $error; padding: 0 7px; min-height: 24px; max-height: 24px;
}
QLineEdit[title="true"] {
    font-size: ${title}px; font-weight: 600; background: transparent; border: 1px solid transparent; padding: 0;
}
QLineEdit[title="true"]:hover { background: $raised; }
QLineEdit[title="true"]:focus { border: 2px solid $accent; padding: 0 0 0 4px; background: $panel; }
QLineEdit[search="true"] { background: $raised; padding-left: 4px; }
QLineEdit:disabled, QComboBox:disabled { color: $text3; border-color: $line; background: $raised; }
QComboBox { padding-right: 0; }
QComboBox:focus { padding-right: 0; }
QComboBox::drop-down { width: 22px; border: 0; }
QComboBox::down-arrow { image: url("$marks/down-$mode.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: 0; }
QAbstractItemView {
    background: $panel; border: 0; outline: 0;
    selection-background-color: $hover; selection-color: $text;
}
QComboBox QAbstractItemView { border: 1px solid $control; padding: 4px; }
QComboBox QAbstractItemView::item:disabled { color: $text3; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: ${chip_radius}px; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected { background: $picked; color: $text; }

QPushButton {
    min-height: 26px; padding: 0 12px; font-size: ${label}px; color: $text;
    background: $raised; border: 1px solid $control; border-radius: ${control_radius}px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: 24px; }
QPushButton:disabled { color: $text3; background: $raised; border-color: $line; }
QPushButton[primary="true"] { color: $on_accent; background: $accent; border-color: $accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { color: $text3; background: $raised; border-color: $line; }
QPushButton[quiet="true"] { background: transparent; border-color: transparent; color: $text2; }
QPushButton[quiet="true"]:hover { background: $raised; color: $text; }
QPushButton[quiet="true"]:focus { border: 2px solid $accent; }
QPushButton[flush="true"], QPushButton[flush="true"]:focus { padding: 0; margin: 0; text-align: left; }
QPushButton[compact="true"] { padding: 0 7px; }
QPushButton[compact="true"]:focus { padding: 0 6px; }
QPushButton[chip="true"] {
    min-height: 18px; padding: 0 7px; font-size: ${caption}px; color: $text2; background: $panel; border-color: $line;
}
QPushButton[chip="true"]:hover { background: $raised; color: $text; }
QPushButton[chip="true"]:checked { background: $picked; color: $text; border-color: $accent; }
QPushButton[chip="true"]:focus { border: 2px solid $accent; padding: 0 6px; min-height: 16px; }

QToolButton {
    background: transparent; border: 1px solid transparent; border-radius: ${control_radius}px; padding: 3px;
    color: $text2; font-size: ${label}px;
}
QToolButton:hover { background: $raised; color: $text; }
QToolButton:pressed, QToolButton:checked { background: $line; color: $text; }
QToolButton:focus { border: 1px solid $accent; }
QToolButton:disabled { color: $text3; }
QToolButton::menu-indicator { image: none; }

QTabWidget::pane { border: 0; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    min-height: 28px; padding: 2px 2px 0 2px; margin: 0 7px; font-size: ${body}px; color: $text2;
    background: transparent; border: 0; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; font-weight: 600; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }

QDockWidget { color: $text2; font-size: ${label}px; }
QDockWidget::title { background: $panel; padding: 6px 12px; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }
QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; padding: 0; spacing: 0; }
QStatusBar { background: $raised; color: $text2; font-size: ${label}px; }
QStatusBar::item { border: 0; }
QStatusBar QLabel { font-size: ${label}px; color: $text2; }

QMenuBar { background: $panel; color: $text; font-size: ${body}px; padding: 2px 4px; }
QMenuBar::item { padding: 3px 8px; border-radius: ${chip_radius}px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $panel; border: 1px solid $control; padding: 4px; font-size: ${body}px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: ${chip_radius}px; }
QMenu::item:selected { background: $picked; color: $text; }
QMenu::item:disabled { color: $text3; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QToolTip { background: $panel; color: $text; border: 1px solid $control; padding: 5px 7px; font-size: ${label}px; }

QScrollBar { background: transparent; border: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $control; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; border: 0; width: 0; height: 0;
}

QAbstractScrollArea::corner { background: transparent; border: 0; }
QHeaderView { background: $panel; }
QHeaderView::section {
    background: $panel; color: $text3; font-size: ${caption}px; border: 0; border-bottom: 1px solid $line;
    padding: 4px 3px;
}
QTableView { gridline-color: $line; alternate-background-color: $stripe; font-size: ${label}px; }
QTreeView::item, QListView::item { min-height: 26px; }
QPlainTextEdit, QTextEdit, QTextBrowser {
    background: $panel; color: $text; border: 0; selection-background-color: $accent; selection-color: $on_accent;
}
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    width: 14px; height: 14px; margin: -5px 0; background: $panel; border: 2px solid $accent;
    border-radius: 7px;
}
QSlider::handle:horizontal:focus { background: $accent; }
QProgressBar {
    background: $line; border: 0; border-radius: 2px; max-height: 4px; text-align: center; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QCheckBox, QRadioButton { color: $text; font-size: ${label}px; spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator, QTreeView::indicator {
    width: 14px; height: 14px; background: $panel; border: 1px solid $control; border-radius: ${chip_radius}px;
}
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { background: $raised; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QTreeView::indicator:checked {
    background: $accent; border-color: $accent;
}
QCheckBox::indicator:checked, QTreeView::indicator:checked { image: url("$marks/check-$mode.svg"); }
QRadioButton::indicator:checked { image: url("$marks/dot-$mode.svg"); }
QCheckBox:focus, QRadioButton:focus { text-decoration: underline; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $raised; border-color: $line; }
""")


def stylesheet(theme: Theme) -> str:
    """What `QApplication.setStyleSheet` takes. Widgets choose a look by the properties `role`, `surface`, `primary`,
    `quiet`, `flush`, `compact`, `chip`, `search`, `pale`, `auto` and `refused`.
    """
    named = ("canvas", "panel", "raised", "text", "text2", "text3", "line", "control", "accent", "on_accent")
    colors = {name: getattr(theme, name).name() for name in (*named, "error", "warning", "ok")}
    return _SHEET.substitute(
        colors,
        marks=str(files("resources").joinpath("marks")).replace("\\", "/"),
        mode="dark" if theme.dark else "light",
        hover=blend(theme.raised, theme.text, 0.03).name(),
        stripe=blend(theme.panel, theme.raised, 0.6).name(),
        picked=blend(theme.panel, theme.accent, 0.16).name(),
        accent_hover=blend(theme.accent, theme.text, 0.12).name(),
        caption=theme.size(looks.CAPTION),
        label=theme.size(looks.LABEL),
        body=theme.size(looks.BODY),
        title=theme.size(looks.TITLE),
        headline=theme.size(looks.HEADLINE),
        welcome=theme.size(looks.WELCOME),
        chip_radius=looks.RADIUS_CHIP,
        control_radius=looks.RADIUS_CONTROL,
    )


def dress(app: QApplication, theme: Theme) -> None:
    """Give the whole app the look of a theme; call it again whenever the theme changes."""
    if not app.styleSheet():  # under a sheet the style does not tell its name; another one costs a second
        app.setStyle("Fusion")
    app.setFont(theme.font(looks.BODY))
    app.setPalette(palette(theme))
    if app.styleSheet() != (sheet := stylesheet(theme)):
        app.setStyleSheet(sheet)


def palette(theme: Theme) -> QPalette:
    """The palette for what a stylesheet does not reach: native dialogs, placeholders, links."""
    found = QPalette()
    roles = QPalette.ColorRole
    for role, color in (
        (roles.Window, theme.panel),
        (roles.Base, theme.panel),
        (roles.AlternateBase, theme.raised),
        (roles.Button, theme.raised),
        (roles.ToolTipBase, theme.panel),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Link, theme.accent),
        (roles.PlaceholderText, theme.text3),
        (roles.Mid, theme.line),
        *((role, theme.text) for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.ToolTipText)),
    ):
        found.setColor(role, color)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        found.setColor(QPalette.ColorGroup.Disabled, role, theme.text3)
    return found


def blend(ground: QColor, over: QColor, share: float) -> QColor:
    """`ground` with a share (0 to 1) of another colour laid over it."""
    return QColor.fromRgbF(
        ground.redF() + (over.redF() - ground.redF()) * share,
        ground.greenF() + (over.greenF() - ground.greenF()) * share,
        ground.blueF() + (over.blueF() - ground.blueF()) * share,
    )


def set_look(widget: QWidget, name: str, value: str | bool) -> None:
    """Give a widget one of the properties that the stylesheet knows, and let it show."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
