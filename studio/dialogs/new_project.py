"""The first question of a new project: what should it learn from?"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from runtime.sources import SOURCES, SourceSpec
from studio import assets
from studio.theme import LABEL, ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_GROUPS = (("ready", "Ready-made"), ("own", "Your file or folder"), ("made", "Made up"))
_COLUMNS = 4
_TILE = (148, 78)


class NewProjectDialog(QDialog):
    """Tiles of sources. When accepted, `source` is the key that was chosen, or nothing for an empty canvas."""

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder = holder
        self.source = ""
        self.setWindowTitle(self.tr("New project"))
        self.tiles: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(words(self.tr("What should it learn from?"), "title"))
        layout.addWidget(words(self.tr("This can be changed at any time in the Data panel."), "label"))
        content = QWidget()
        content.setProperty("surface", "panel")
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 8, 0)
        rows.setSpacing(8)
        for group, title in _GROUPS:
            rows.addWidget(words(self.tr(title), "heading"))
            nest(rows, self._tiles_of(group))
            rows.addSpacing(8)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        layout.addWidget(scroll, 1)
        empty = QPushButton(self.tr("Begin with an empty canvas"))
        empty.setToolTip(self.tr("Choose the data later, in the Data panel."))
        empty.setAutoDefault(False)
        empty.clicked.connect(self.accept)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setToolTip(self.tr("Go on with the project that is open (Esc)"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(empty)
        foot.addStretch(1)
        foot.addWidget(cancel)
        nest(layout, foot)
        self.resize(700, 664)
        self._restyle()
        holder.changed.connect(self._restyle)

    def _tiles_of(self, group: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        specs = [spec for spec in SOURCES.values() if spec.group == group]
        for index, spec in enumerate(specs):
            grid.addWidget(self._tile(spec), index // _COLUMNS, index % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        return grid

    def _tile(self, spec: SourceSpec) -> QToolButton:
        tile = QToolButton()
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setIconSize(QSize(28, 28))
        tile.setFont(self._holder.theme.font(LABEL))
        tile.setText(_folded(spec.title, tile.fontMetrics(), _TILE[0] - 16))
        tile.setToolTip(spec.doc)
        tile.setAccessibleDescription(spec.doc)
        tile.setAccessibleName(spec.title)
        tile.setFixedSize(*_TILE)
        tile.clicked.connect(lambda: self._choose(spec.key))
        self.tiles[spec.key] = tile
        return tile

    def _restyle(self) -> None:
        theme = self._holder.theme
        for key, tile in self.tiles.items():
            tile.setIcon(assets.icon(SOURCES[key].pictogram, theme.text2, 28))
            tile.setStyleSheet(
                f"QToolButton {{ border: 1px solid {theme.line.name()}; border-radius: 8px; color: {theme.text.name()};"
                " padding: 8px 3px 4px 3px; }"
                f"QToolButton:hover, QToolButton:focus {{ border: 1px solid {theme.accent.name()};"
                f" background: {theme.raised.name()}; }}"
            )

    def _choose(self, source: str) -> None:
        self.source = source
        self.accept()


def _folded(text: str, metrics: QFontMetrics, width: int) -> str:
    """The text in two lines when one is too narrow for it, broken where they are about as long."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    breaks = [index for index, letter in enumerate(text) if letter == " "]
    if not breaks:
        return text
    middle = min(breaks, key=lambda index: abs(index - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1:]}"
