"""The page Map of the results: the choices, the samples in two dimensions, and the figures of their clusters."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from runtime.map_protocol import SampleMap
from studio.panels.map.choices import MapChoices
from studio.panels.map.legend import ToggleLegend
from studio.panels.map.picture import MapPicture
from studio.panels.map.shades import ShadeKind, kinds_of, shades_of
from studio.panels.map.words import (
    as_table,
    axis_names,
    count_words,
    figure_tip,
    figure_words,
    legend_words,
    note_words,
    sample_words,
    title_words,
)
from studio.panels.results.picture import Titled
from studio.theme import ThemeHolder
from studio.widgets.fields import Combo
from studio.widgets.icons import IconView
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest
from studio.widgets.page import MARGIN, Page

_LEAST: Final = 260
_MOST: Final = 560
_AROUND: Final = 110
_WORTH_A_WORD_MS: Final = 300
EMPTY: Final = "Train once, then see how a layer arranges the samples."
WAITING: Final = "The map comes once the run has kept its first weights."


class MapPage(QWidget):
    """Shows what it is told. `ask_wanted` carries a question, `cancel_wanted` gives it up.

    `seen` when the page comes to the front: what it shows may be old.
    """

    ask_wanted = Signal(object)
    cancel_wanted = Signal()
    save_wanted = Signal()
    seen = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._holder = holder
        self._map: SampleMap | None = None
        self._hint = ""
        self.empty = words(self.tr(EMPTY), "label", wrap=True)
        self.choices = MapChoices()
        self.shade = Combo()
        self.shade.setAccessibleName(self.tr("Colour by"))
        self.shade.setToolTip(self.tr("What colours the samples"))
        self.live = QCheckBox(self.tr("Follow training"))
        self.live.setToolTip(self.tr("While it trains, ask again with new weights; t-SNE and UMAP wait for Refresh"))
        self.live.setChecked(True)
        self.live.hide()
        self.doing = words("", "caption")
        self.cancel = QPushButton(self.tr("Cancel"))
        self.stale = words(self.tr("The network has learned on since."), "caption")
        self.refresh = QPushButton(self.tr("Refresh"))
        self.problem = Sentence(holder)
        self.picture = MapPicture(holder)
        self.legend = ToggleLegend(holder)
        self.legend_note = words("", "caption", wrap=True)
        self.figures = words("", "label", wrap=True)
        self.figures.setToolTip(figure_tip())
        self.notes = words("", "caption", wrap=True)
        self.sample = words("", "label", wrap=True)
        self.copy = QPushButton(self.tr("Copy as table"))
        self.save = QPushButton(self.tr("Save picture…"))
        self.titled = Titled("", self.picture, self.legend, self.legend_note, self.figures, self.notes)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WORTH_A_WORD_MS)
        self._wait.timeout.connect(self._tell_busy)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._map_page())
        self._join()
        self._show_busy("")
        self.show_stale(False)

    @property
    def map(self) -> SampleMap | None:
        """What is shown."""
        return self._map

    @property
    def is_busy(self) -> bool:
        """Whether something is under way, which is said after a moment."""
        return bool(self.doing.text())

    def show_empty(self, sentence: str = EMPTY) -> None:
        """Nothing to map yet; say why."""
        self.clear_map()
        self.empty.setText(self.tr(sentence))
        self._stack.setCurrentIndex(0)

    def show_run(self) -> None:
        """There is a run to be asked."""
        self._stack.setCurrentIndex(1)

    def clear_map(self) -> None:
        """Another run: nothing of the one before holds."""
        self._map = None
        self.choices.forget_layer()
        self.problem.say("")
        self.sample.setText("")
        self.show_stale(False)
        self.show_done()
        self.titled.hide()
        self._offer()

    def ask(self) -> None:
        """Ask for what is chosen now."""
        self.ask_wanted.emit(self.choices.question)

    def show_doing(self, text: str) -> None:
        """Say what is under way."""
        self.problem.say("")
        self._show_busy(text)

    def show_done(self) -> None:
        """Nothing is under way any more."""
        self._show_busy("")

    def show_problem(self, sentence: str) -> None:
        """Say why there is no map; the one before stays in sight."""
        self.show_done()
        self.problem.say(sentence, "error")

    def show_cancelled(self) -> None:
        """What was under way was given up."""
        self.show_done()
        self.problem.say(self.tr("Cancelled. Choose something to ask again."), "info")

    def show_training(self, is_on: bool) -> None:
        """Whether the run still trains, so that its map can follow."""
        self.live.setVisible(is_on)

    def show_stale(self, is_stale: bool) -> None:
        """Whether the network has other weights by now."""
        self.stale.setVisible(is_stale)
        self.refresh.setVisible(is_stale)

    def show_map(self, found: SampleMap) -> None:
        """Show a map."""
        self.show_done()
        self.problem.say("")
        self.show_stale(False)
        self._map = found
        self.choices.show_answer(found)
        self.titled.show()
        self.titled.title.setText(title_words(found))
        self.titled.say(count_words(found))
        self.picture.set_map(found, axis_names(found))
        self._fill_shades(found)
        self._shade()
        self.figures.setText(figure_words(found))
        self.figures.setVisible(bool(self.figures.text()))
        self._hint = self.tr("Point at a place to see what the network makes of it.") if self.picture.has_places else ""
        self._say_notes("")
        self._on_chosen(self.picture.picked)
        self._offer()

    def table(self) -> str:
        """The map as a table, or nothing."""
        return as_table(self._map) if self._map is not None else ""

    def image(self) -> QPixmap:
        """The picture with its title, legend and figures, also what is scrolled out of sight."""
        self.picture.let_go()
        ratio, around = self.devicePixelRatioF(), QSize(2 * MARGIN, 2 * MARGIN)
        image = QPixmap((self.titled.size() + around) * ratio)
        image.setDevicePixelRatio(ratio)
        image.fill(self._holder.theme.panel)
        place = QPoint(MARGIN, MARGIN)
        self.titled.render(image, place, renderFlags=QWidget.RenderFlag.DrawChildren)
        return image

    def minimumSizeHint(self) -> QSize:
        """While it is not seen it takes no room from what is."""
        return super().minimumSizeHint() if self.isVisible() else QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.picture.setFixedHeight(min(max(_LEAST, self.height() - _AROUND), _MOST))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometry()
        self.seen.emit()

    def _join(self) -> None:
        self.choices.changed.connect(self.ask)
        self.refresh.clicked.connect(self.ask)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.shade.activated.connect(self._shade)
        self.legend.hidden_changed.connect(self._shade)
        self.picture.chosen.connect(self._on_chosen)
        self.picture.hint_wanted.connect(self._say_notes)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.table()))
        self.save.clicked.connect(self.save_wanted)

    def _show_busy(self, text: str) -> None:
        self.doing.setText(f"{text} …" if text else "")
        if not text:
            self._wait.stop()
            self._tell_busy()
        elif self.doing.isHidden() and not self._wait.isActive():
            self._wait.start()

    def _tell_busy(self) -> None:
        """What takes no time is not worth a word, which would move the picture."""
        self.doing.setVisible(self.is_busy)
        self.cancel.setVisible(self.is_busy)

    def _offer(self) -> None:
        for button in (self.copy, self.save):
            button.setEnabled(self._map is not None)
        if self._map is None:
            self.shade.clear()
            self.shade.setEnabled(False)

    def _fill_shades(self, found: SampleMap) -> None:
        """Offer what can colour these samples; what was chosen stays so where it can."""
        name = found.target.name if found.target is not None else ""
        said = {
            "label": self.tr("Colour: {}").format(name),
            "cluster": self.tr("Colour: cluster"),
            "said": self.tr("Colour: the network's answer"),
        }
        chosen, kinds = self.shade.currentData(), kinds_of(found)
        self.shade.clear()
        for kind in kinds:
            self.shade.addItem(said[kind], kind)
        self.shade.setCurrentIndex(max(0, self.shade.findData(chosen)))
        self.shade.setEnabled(len(kinds) > 1)

    def _shade(self) -> None:
        if self._map is None:
            return
        kind: ShadeKind = self.shade.currentData() or "label"
        shades = shades_of(self._map, kind)
        self.legend.show_groups(shades.groups if len(shades.groups) > 1 else ())
        is_number = shades.value is not None
        self.legend_note.setText(legend_words(self._map, shades.low, shades.high) if is_number else "")
        self.legend_note.setVisible(is_number)
        self.picture.set_shades(shades, self.legend.hidden_places)

    def _say_notes(self, problem: str) -> None:
        if self._map is not None:
            self.notes.setText(" ".join(part for part in (note_words(self._map), problem or self._hint) if part))

    def _on_chosen(self, position: int) -> None:
        faces = self.picture.faces
        is_one = self._map is not None and faces is not None and position >= 0
        self.sample.setText(sample_words(self._map, faces, position) if is_one and self._map and faces else "")
        self.sample.setVisible(bool(self.sample.text()))

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(IconView(self._holder, "blobs", 32, "text3"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.empty)
        column.addStretch(2)
        return page

    def _map_page(self) -> QWidget:
        page = Page(self._holder)
        page.rows.setSpacing(8)
        page.rows.addWidget(self.choices)
        for parts in (
            (self.choices.scale, self.live, self.shade),
            (self.doing, None, self.cancel),
            (self.stale, None, self.refresh),
        ):
            line = QHBoxLayout()
            line.setSpacing(10)
            for part in parts:
                if part is None:
                    line.addStretch(1)
                else:
                    line.addWidget(part, 1 if part is self.shade else 0)
            nest(page.rows, line)
        page.rows.addWidget(self.problem)
        page.rows.addWidget(self.titled)
        page.rows.addWidget(self.sample)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        nest(page.rows, buttons)
        page.rows.addStretch(1)
        return page
