"""What the drawing of a training step shows while it trains: a section for each of its nodes, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSlider, QVBoxLayout, QWidget

from runtime.shown_media import Show, Shown
from studio.panels.results.picture import Titled, stacked
from studio.panels.results.regions import Legend
from studio.panels.results.row_pictures import RowPictures, heads_of
from studio.panels.results.shown_pictures import PictureGrid, ScatterPicture, beside_curves, curves_of, names_of
from studio.panels.results.timeline import EpochSlider
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest
from studio.widgets.page import Inner

_MARGIN: Final = 14
_BETWEEN: Final = 12  # two sections side by side
_TIMES: Final = 6  # so many times their width pictures need to stand beside others
_TIMES_IN_A_ROW: Final = 4  # each of those that are asked to stand in a row
Key = tuple[str, str]
Trails = Mapping[Key, Sequence[NDArray[Any]]]
"""The earlier places of points whose ways are drawn, oldest first, by the objective and the node."""


class ShownView(QScrollArea):
    """Makes a section when its node is shown first; what is set in it, such as a slider, stays from look to look.

    Two sections of small pictures stand side by side, so that more is in sight at once.
    """

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._sections: dict[tuple[Key, str], Section] = {}
        inner = Inner()
        inner.setProperty("surface", "panel")
        self._placed: list[tuple[Section, int, int, int]] = []
        self._rows = QGridLayout(inner)
        self._rows.setContentsMargins(_MARGIN, 6, _MARGIN, _MARGIN)
        self._rows.setHorizontalSpacing(_BETWEEN)
        self._rows.setVerticalSpacing(16)
        for column in range(2):
            self._rows.setColumnStretch(column, 1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def set_shown(self, shown: Shown, trails: Trails) -> None:
        """Show what was seen at one moment."""
        wanted = {((show.objective, show.node), show.kind): show for show in shown.shows}
        for gone in self._sections.keys() - wanted.keys():
            self._sections.pop(gone).deleteLater()
        for key, show in wanted.items():
            if key not in self._sections:
                made = PicturesSection(self._holder) if show.kind == "pictures" else PointsSection(self._holder)
                self._sections[key] = made
        self._sections = {key: self._sections[key] for key in wanted}
        for key, show in wanted.items():
            self._sections[key].set_show(show, trails.get(key[0], ()))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """Put the sections below each other, and beside each other where both are small."""
        column = (self.viewport().width() - 2 * _MARGIN - _BETWEEN) // 2
        wanted: list[tuple[Section, int, int, int]] = []
        row, is_waiting = 0, False
        sections = self.sections()
        has_small = sum(section.fits(column) for section in sections) > 1  # that are to be compared in one size
        for at, section in enumerate(sections):
            if is_waiting:
                wanted.append((section, row, 1, 1))
            elif all(one.fits(column) for one in sections[at : at + 2]) and at + 1 < len(sections):
                wanted.append((section, row, 0, 1))
                is_waiting = True
                continue
            else:
                is_small = section.fits(column) and has_small
                wanted.append((section, row, 0, 1 if is_small else 2))
            row, is_waiting = row + 1, False
        if wanted == self._placed:
            return
        self._placed = wanted
        while self._rows.takeAt(0) is not None:
            pass
        for placed, line, at, span in wanted:
            self._rows.addWidget(placed, line, at, 1, span, Qt.AlignmentFlag.AlignTop)
        for line in range(self._rows.rowCount()):
            self._rows.setRowStretch(line, 0)
        self._rows.setRowStretch(row + 1, 1)

    def clear(self) -> None:
        """Another run is followed."""
        for section in self._sections.values():
            section.hide()
            section.deleteLater()
        self._sections.clear()
        self._placed.clear()
        self.verticalScrollBar().setValue(0)

    def sections(self) -> tuple[Section, ...]:
        """The sections as they stand below each other."""
        return tuple(self._sections.values())


class PicturesSection(QWidget):
    """Pictures side by side, or one at a time behind a slider; as tables where their rows and columns have names."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.grid = PictureGrid(holder)
        self.tables = RowPictures(holder)
        self._says = words("", "caption", wrap=True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Which picture"))
        self.slider.setToolTip(self.tr("Another picture"))
        self.slider.valueChanged.connect(self._on_moved)
        self._which = words("", "caption")
        self._is_table = False
        self._line = QWidget()
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._which)
        self.titled = Titled("", self._says, self.grid, self.tables, self._line)
        stacked(self, self.titled)

    def set_show(self, show: Show, _trail: Sequence[NDArray[Any]]) -> None:
        """Show the pictures of one moment."""
        assert show.pictures is not None
        _entitle(self.titled, show)
        count = len(show.pictures)
        self._line.setVisible(show.as_slider and count > 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, count - 1)
        self.slider.blockSignals(False)
        one = self.slider.value() if show.as_slider else None
        self._is_table = bool(show.rows)
        if self._is_table:
            self.tables.set_show(show, one)
        else:
            self.grid.set_pictures(show.pictures, one, show.across)
        self.grid.setVisible(not self._is_table)
        self.tables.setVisible(self._is_table)
        self._says.setText(self._told(show))
        self._says.setVisible(self._is_table)
        self._say()

    def fits(self, width: int) -> bool:
        """Whether so much room is enough to see the pictures well, several times their pixels."""
        if self._is_table:
            return False
        times = max(_TIMES, _TIMES_IN_A_ROW * (self.grid.across or 1))
        return bool(self.grid.images) and times * self.grid.images[0].width() <= width

    def says(self) -> str:
        """What is said above the pictures."""
        return self._says.text()

    def _on_moved(self, place: int) -> None:
        if self._is_table:
            self.tables.show_one(place)
        else:
            self.grid.show_one(place)
        self._say()

    def _told(self, show: Show) -> str:
        """How a table is read."""
        if not self._is_table:
            return ""
        said = self.tr("Each table is one sample; the brighter a cell, the larger its number.")
        if heads_of(show) == show.columns:
            return said
        names = ", ".join(f"{number} {name}" for number, name in enumerate(show.columns))
        return f"{said} {self.tr('Columns: {}.').format(names)}"

    def _say(self) -> None:
        self._which.setText(self.tr("{:,} of {:,}").format(self.slider.value() + 1, self.slider.maximum() + 1))


class PointsSection(QWidget):
    """Points in the colours of their labels."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.picture = ScatterPicture(holder)
        self.legend = Legend(holder)
        self._says = words("", "caption", wrap=True)
        self.titled = Titled("", self.picture, self.legend, self._says)
        stacked(self, self.titled)

    def set_show(self, show: Show, trail: Sequence[NDArray[Any]]) -> None:
        """Show the points of one moment, and the ways that they came."""
        _entitle(self.titled, show)
        self.picture.set_show(show, trail if show.trace else ())
        curves = curves_of(show)
        self.legend.show_names(names_of(show), ringed=beside_curves(show))
        said = self.tr("Seen along the two directions in which the points differ most.") if show.is_turned else ""
        if show.trace:
            said = f"{said} {self.tr('Lines: the ways that the points came.')}".strip()
        if curves:
            said = self.tr("Lines: what each answers to the same x. Ringed: points at an x of their own.")
        self._says.setText(said)
        self._says.setVisible(bool(said))

    def fits(self, _width: int) -> bool:
        """Points take all the room there is."""
        return False

    def says(self) -> str:
        """What is said below the points."""
        return self._says.text()


Section = PicturesSection | PointsSection


class StepSlider(EpochSlider):
    """The steps after which something was kept, on a slider."""

    def __init__(self) -> None:
        super().__init__()
        self.slider.setAccessibleName(self.tr("Step of the pictures"))
        self.slider.setToolTip(self.tr("The pictures after another step"))

    def back_words(self) -> str:
        return self.tr("Newest")

    def _words(self) -> str:
        if self._at is None:
            return ""
        return self.tr("step {:,} of {:,}").format(self._at, max(self._planned, self._at))

    def _widest(self) -> str:
        most = max(self._planned, *self._epochs, 0) if self._epochs else self._planned
        return self.tr("step {:,} of {:,}").format(most, most)


def under_slider(slider: QWidget, view: QWidget) -> QWidget:
    """A page whose time is chosen above it."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    line = QHBoxLayout()
    line.setContentsMargins(_MARGIN, 4, _MARGIN, 4)
    line.addWidget(slider)
    nest(column, line)
    column.addWidget(view, 1)
    return page


def _entitle(titled: Titled, show: Show) -> None:
    name = show.name.replace("_", " ")
    titled.title.setText(name[:1].upper() + name[1:])
    titled.say(show.objective.replace("_", " "))
