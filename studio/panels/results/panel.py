"""The results panel: a headline, and below it the answers in pictures, the samples, and a place to try it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from runtime.media import Look, MediaError
from runtime.shown_media import Shown
from studio.panels.results.headline import HeadlineRow
from studio.panels.results.overview import Overview
from studio.panels.results.samples import SamplesView
from studio.panels.results.shown import ShownView, StepSlider, Trails, under_slider
from studio.panels.results.tab_line import TabLine
from studio.panels.results.timeline import EpochSlider
from studio.tabs import TabRow
from studio.theme import ThemeHolder
from studio.widgets.icons import IconView
from studio.widgets.labels import words

_TAB_ROW: Final = 32  # a tab and the line under it, no more


class ResultsPanel(QWidget):
    """Shows what it is told; what is wanted comes out as signals. `output_chosen`: one of several Outputs."""

    export_wanted = Signal()
    part_chosen = Signal(str)
    epoch_chosen = Signal(int)
    newest_wanted = Signal()
    output_chosen = Signal(int)
    shown_offered = Signal(bool)  # whether there are pictures of a drawn step
    attack_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look: Look | None = None
        self._output = 0
        self._try_page: QWidget | None = None
        self._map_page: QWidget | None = None
        self._may_export = self._is_unjudged = self._can_map = False
        self._prefers_shown = True  # until another tab is chosen beside it
        self.headline = HeadlineRow(holder)
        self.tabs = TabRow(holder)
        self.timeline = EpochSlider()
        self.steps = StepSlider()
        self.outputs = QComboBox()
        self.outputs.setAccessibleName(self.tr("Output"))
        self.outputs.setToolTip(self.tr("Which Output is looked at"))
        self.overview = Overview(holder)
        self.samples = SamplesView(holder)
        self.shown = ShownView(holder)
        self.empty_sentence = words(self.tr("Train once to see what it gets right and wrong."), "label")
        self._sentence = words("", "label", wrap=True)
        self._pages = QStackedWidget()
        self._lay_out(holder)
        self._join()
        self.show_nothing()

    @property
    def look(self) -> Look | None:
        """What is shown, of the Output that is chosen."""
        return self._look

    @property
    def output(self) -> int:
        """The place of the Output that is looked at."""
        return self._output

    def set_map_page(self, widget: QWidget) -> None:
        """Give the tab Map its page; without one there is no such tab."""
        self.tabs.add_tab("map", self.tr("Map"))
        self._map_page = widget
        self._pages.addWidget(widget)

    def show_map_page(self) -> None:
        """Bring the map to the front."""
        self.tabs.choose("map")

    def set_try_page(self, widget: QWidget) -> None:
        """Give the tab Try it its page; without one there is no such tab."""
        if self._try_page is not None:
            self._pages.removeWidget(self._try_page)
        else:
            self.tabs.add_tab("try", self.tr("Try it"))
        self._try_page = widget
        self._pages.addWidget(widget)
        self.offer(export=self._may_export)

    def show_try_page(self) -> None:
        """Bring Try it to the front."""
        self.tabs.choose("try")

    def show_nothing(self) -> None:
        """No run has left anything yet."""
        self._look = None
        self.headline.clear()
        self.timeline.set_epochs((), planned=0, kept=None)
        self._offer_shown(offered=False)
        self.outputs.hide()
        self._whole.setCurrentIndex(0)

    def forget_choices(self) -> None:
        """What is shown next is of another project: the tab and the cell that were chosen mean nothing there."""
        self.tabs.choose("overview")
        self._prefers_shown = True
        self.overview.forget_cell()
        self.samples.forget_cell()

    def offer(self, *, export: bool) -> None:
        """Whether there are weights to take away, to try and to attack."""
        self._may_export = export
        attack = export and self._look is not None and can_attack(self._look)
        self.headline.offer(export=export, attempt=export and self._try_page is not None, attack=attack)

    def show_run(self) -> None:
        """A run is followed: its headline and pictures come, or a sentence in their place."""
        self._whole.setCurrentIndex(1)

    def set_unjudged(self, unjudged: bool, *, can_map: bool = False) -> None:
        """Whether nothing that is answered can be held against the data: then there is nothing to count.

        Nor to map, unless `can_map`: samples have a place in one of its networks.
        """
        self._is_unjudged, self._can_map = unjudged, can_map
        has_shown = self.tabs.isTabVisible(self.tabs.keys.index("shown"))
        useless = {"map": unjudged and not can_map, "overview": unjudged and has_shown}
        for key in [key for key in useless if key in self.tabs.keys]:
            if useless[key] and self.tabs.current_key() == key:
                self.tabs.choose("shown" if has_shown else "overview")
            self.tabs.setTabVisible(self.tabs.keys.index(key), not useless[key])
        self.tabs.updateGeometry()

    def show_sentence(self, text: str) -> None:
        """Say something in the place of the pictures."""
        self._look = None
        self._sentence.setText(text)
        for stack in (self._first, self._second):
            stack.setCurrentIndex(0)

    def sentence(self) -> str:
        """What is said in the place of the pictures."""
        return self._sentence.text() if self._look is None else ""

    def show_outputs(self, names: Sequence[str]) -> None:
        """Offer the Outputs of a network that has several."""
        if [self.outputs.itemText(at) for at in range(self.outputs.count())] != list(names):
            self.outputs.blockSignals(True)
            self.outputs.clear()
            self.outputs.addItems(list(names))
            self._output = self._output if self._output < len(names) else 0
            self.outputs.setCurrentIndex(self._output)
            self.outputs.blockSignals(False)
        self.outputs.setVisible(len(names) > 1)

    def show_look(self, look: Look) -> None:
        """Show a look; a sentence where it does not fit together."""
        self.show_outputs([head.field.name for head in look.heads])
        try:
            if not look.heads:
                raise MediaError(self.tr("The results name no output, and are not shown."))
            self._look = seen = replace(look, heads=(look.heads[self._output],))
            self.overview.set_look(seen)
            self._fill_samples(seen)
        except MediaError as problem:
            self.show_sentence(str(problem))
            return
        for stack in (self._first, self._second):
            stack.setCurrentIndex(1)

    def show_shown(self, shown: Shown, trails: Trails) -> None:
        """Show what the drawing of a training step shows at one moment."""
        self.shown.set_shown(shown, trails)
        self._shown.setCurrentIndex(1)
        self._offer_shown(offered=bool(shown.shows))

    def say_of_shown(self, text: str) -> None:
        """Say something in the place of what the drawing shows."""
        self._shown_sentence.setText(text)
        self._shown.setCurrentIndex(0)
        self._offer_shown(offered=True)

    def _offer_shown(self, *, offered: bool) -> None:
        at = self.tabs.keys.index("shown")
        if self.tabs.isTabVisible(at) == offered:
            return
        prefers = self._prefers_shown
        if not offered and self.tabs.current_key() == "shown":
            self.tabs.choose("overview")
        self.tabs.setTabVisible(at, offered)
        self.tabs.setTabVisible(self.tabs.keys.index("samples"), not offered or self._has_samples())
        self.tabs.updateGeometry()  # Qt's own row of tabs keeps its room
        if offered and prefers and self.tabs.current_key() == "overview":  # who has gone elsewhere stays there
            self.tabs.choose("shown")
        self.set_unjudged(self._is_unjudged, can_map=self._can_map)
        self.shown_offered.emit(offered)
        if not offered:
            self.shown.clear()
        self._prefers_shown = prefers

    def _fill_samples(self, look: Look) -> None:
        has_samples = self._has_samples()
        self.tabs.setTabVisible(self.tabs.keys.index("samples"), has_samples)
        self.tabs.updateGeometry()
        if has_samples:
            self.samples.set_look(look)
        elif self.tabs.current_key() == "samples":
            self.tabs.choose("overview")

    def _has_samples(self) -> bool:
        return self._look is not None and has_cards(self._look)

    def _join(self) -> None:
        self.headline.export_wanted.connect(self.export_wanted)
        self.headline.try_wanted.connect(self.show_try_page)
        self.headline.attack_wanted.connect(self.attack_wanted)
        self.headline.part_chosen.connect(self.part_chosen)
        self.timeline.epoch_chosen.connect(self.epoch_chosen)
        self.timeline.newest_wanted.connect(self.newest_wanted)
        self.overview.samples_wanted.connect(self._show_samples)
        self.tabs.chosen.connect(self._on_tab)
        self.outputs.currentIndexChanged.connect(self._on_output)

    def _on_tab(self, key: str) -> None:
        if self.tabs.isTabVisible(self.tabs.keys.index("shown")):
            self._prefers_shown = key == "shown"
        first, second, third = (self._pages.widget(at) for at in range(3))
        pages = {"overview": first, "samples": second, "shown": third, "map": self._map_page, "try": self._try_page}
        page = pages.get(key)
        if page is not None:
            page.resize(self._pages.size())  # what it needs depends on what it gets
            self._pages.setCurrentWidget(page)
        is_full = self.tabs.isTabVisible(self.tabs.keys.index("shown"))
        has_no_use = key in ("map", "try")
        self.line.place.setVisible(key != "shown" and not (is_full and has_no_use))  # tabs need its room
        self.timeline.setEnabled(not has_no_use)
        self.tabs.updateGeometry()  # the words of the chosen one are bold

    def _on_output(self, index: int) -> None:
        self._output = max(0, index)
        self.output_chosen.emit(self._output)

    def _show_samples(self, true: int, said: int) -> None:
        self.samples.show_cell((true, said) if true >= 0 else None)
        self.tabs.choose("samples")

    def _lay_out(self, holder: ThemeHolder) -> None:
        self._first, first = _told(self._sentence, self.overview)
        self._second, second = _told(QWidget(), self.samples)
        self._shown_sentence = words("", "label", wrap=True)
        self._shown, third = _told(self._shown_sentence, under_slider(self.steps, self.shown))
        for page in (first, second, third):
            self._pages.addWidget(page)
        rows = [("shown", self.tr("Pictures")), ("overview", self.tr("Overview")), ("samples", self.tr("Samples"))]
        self.tabs.set_tabs(rows, "overview")
        self.tabs.setTabVisible(0, False)
        self.tabs.setFixedHeight(_TAB_ROW)
        self.line = TabLine(self.tabs, self.outputs, self.timeline)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.headline)
        column.addWidget(self.line)
        column.addWidget(self._pages, 1)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(IconView(holder, "results", 32, "text3"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.empty_sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._whole = QStackedLayout(self)
        self._whole.addWidget(empty)
        self._whole.addWidget(full)


def has_cards(look: Look) -> bool:
    """Whether the samples of a look can be shown as cards: classes, and single numbers."""
    head = look.heads[0]
    return head.task == "classification" or (head.task == "regression" and head.target.size == len(head.target))


def can_attack(look: Look) -> bool:
    """Whether a class is said of numbers that can be changed a little."""
    numbers = [field for field in look.fields if field.kind in ("image", "vector", "sequence")]
    return look.heads[0].task == "classification" and len(numbers) == 1


def _told(sentence: QWidget, page: QWidget) -> tuple[QStackedLayout, QWidget]:
    """A page in whose place a sentence can stand."""
    holder = QWidget()
    stack = QStackedLayout(holder)
    told = QWidget()
    column = QVBoxLayout(told)
    column.setContentsMargins(14, 8, 14, 8)
    column.addWidget(sentence)
    column.addStretch(1)
    stack.addWidget(told)
    stack.addWidget(page)
    return stack, holder
