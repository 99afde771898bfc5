"""The page of an untouched window: start from your data, go on with a project, or open an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.theme import RADIUS_NODE, ThemeHolder
from studio.welcome.cards import Card, CardGrid
from studio.welcome.examples import EXAMPLES, GROUPS, example_names
from studio.welcome.learned import is_learned
from studio.welcome.painting import Ground, Painting
from studio.welcome.shelves import Shelf, Shelves, search_field
from studio.widgets.icons import IconView
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_WIDEST: Final = 960
_MARGIN: Final = 28
_ICON, _AIR = 36, 20  # of the tile for data of one's own

_SEARCH_WIDTH: Final = 300


class OwnDataTile(QWidget):
    """A place to drop a file on, with buttons for those who would rather choose one."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.file = QPushButton(self.tr("Choose a file…"))
        self.file.setProperty("primary", True)
        self.file.setToolTip(self.tr("A table (.csv) or arrays (.npz)."))
        self.folder = QPushButton(self.tr("Choose a folder…"))
        self.folder.setToolTip(self.tr("A folder of pictures, with one folder for each class, or of IDX files."))
        self.other = QPushButton(self.tr("Other data…"))
        self.other.setToolTip(self.tr("Digits, flowers, spirals, waves and more, which the app brings along."))
        column, line = QVBoxLayout(), QHBoxLayout(self)
        line.setContentsMargins(_AIR, 18, _AIR, 18)
        line.setSpacing(_AIR)
        line.addWidget(IconView(holder, "folder", _ICON, "accent"), 0, Qt.AlignmentFlag.AlignTop)
        nest(line, column, 1)
        column.setSpacing(4)
        column.addWidget(words(self.tr("Start from your data"), "title"))
        hint = self.tr("Drop a table, a folder of pictures or arrays here. It stays on this computer.")
        column.addWidget(words(hint, "label", wrap=True))
        column.addSpacing(8)
        self._buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._buttons.setSpacing(8)
        for button in (self.file, self.folder, self.other):
            self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._buttons.addStretch(1)
        nest(column, self._buttons)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest button allows, with the others below each other."""
        return QSize(self._around() + max(self._widths()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        widths = self._widths()
        fits = self._around() + sum(widths) + self._buttons.spacing() * len(widths) <= self.width()
        ways = QBoxLayout.Direction
        self._buttons.setDirection(ways.LeftToRight if fits else ways.TopToBottom)

    def _widths(self) -> list[int]:
        return [button.sizeHint().width() for button in (self.file, self.folder, self.other)]

    def _around(self) -> int:
        """What stands left and right of the buttons."""
        return _ICON + 3 * _AIR

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.control, 1.5, Qt.PenStyle.DashLine)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_NODE, RADIUS_NODE)


class TemplatesTile(QWidget):
    """The way to the networks that were published."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.button = QPushButton(self.tr("Browse templates…"))
        self.button.setToolTip(self.tr("Choose a published network; then give it your data."))
        line, column = QHBoxLayout(self), QVBoxLayout()
        line.setContentsMargins(_AIR, 14, _AIR, 14)
        line.setSpacing(_AIR)
        line.addWidget(IconView(holder, "network", _ICON, "accent"), 0, Qt.AlignmentFlag.AlignVCenter)
        nest(line, column, 1)
        column.setSpacing(2)
        column.addWidget(words(self.tr("Templates"), "title"))
        hint = self.tr("Networks that were published, from LeNet-5 and ResNet to U-Net, BERT and GPT-2.")
        column.addWidget(words(hint, "label", wrap=True))
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._holder.theme.line)
        painter.setBrush(self._holder.theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_NODE, RADIUS_NODE)


class WelcomePage(QScrollArea):
    """Covers the canvas while it is shown. `paint_example` and `paint_recent` make the pictures of the cards.

    They are made after the page was painted, one each time the event loop comes round.
    """

    file_wanted = Signal()
    folder_wanted = Signal()
    other_wanted = Signal()
    templates_wanted = Signal()
    example_chosen = Signal(str)
    recent_chosen = Signal(object)  # Path
    recent_removed = Signal(object)  # Path
    left = Signal()

    def __init__(self, holder: ThemeHolder, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas, self._holder = canvas, holder
        self.paint_example: Callable[[str], QImage | None] = lambda _name: None
        self.paint_recent: Callable[[Path], QImage | None] = lambda _path: None
        self.recent: dict[Path, Card] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(self.tr("Welcome"))
        self._build()
        canvas.installEventFilter(self)
        holder.changed.connect(self._paint_again)
        self.hide()

    @property
    def examples(self) -> Mapping[str, Card]:
        """The cards of the examples, by the names of their files, in order."""
        return self._shelves.cards

    def shown_examples(self) -> list[str]:
        """The examples that fit what was typed."""
        return self._shelves.shown()

    def show_recent(self, paths: Sequence[Path]) -> None:
        """Offer these projects."""
        if tuple(paths) == tuple(self.recent):
            return
        self._painting.forget(self.recent.values())
        self.recent = {}
        for path in paths:
            card = Card(self._holder, path.stem, str(path.parent), is_file=True)
            card.clicked.connect(lambda _=False, path=path: self._on_recent(path))
            card.remove_wanted.connect(lambda path=path: self.recent_removed.emit(path))
            self.recent[path] = card
            self._painting.wait(card, partial(self._recent_picture, path))
        self._recent_grid.show_cards(list(self.recent.values()))
        for widget in (self._recent_title, self._recent_grid):
            widget.setVisible(bool(self.recent))

    def pictures_waiting(self) -> int:
        """How many cards still wait for their picture."""
        return self._painting.count()

    def cards(self) -> Iterator[Card]:
        """All cards, in the order in which Tab goes through them."""
        yield from self.recent.values()
        yield from self.examples.values()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        elif event.type() == QEvent.Type.FocusIn and not self.isHidden():
            self.tile.file.setFocus(Qt.FocusReason.OtherFocusReason)
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setGeometry(self._canvas.rect())
        self.raise_()
        if self._canvas.hasFocus():
            self.tile.file.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        """Keys of the canvas, such as Tab for a layer, mean something else here."""
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if isinstance(event, QKeyEvent) and is_key and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is under the page is not meant."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """What is under the page is not meant."""

    def _build(self) -> None:
        inner = Ground()
        inner.setProperty("surface", "canvas")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._painting = Painting(self, inner)
        self._painting.missed.connect(self._on_missed)
        middle = QWidget()
        middle.setMaximumWidth(_WIDEST)
        sides = QHBoxLayout(inner)
        sides.setContentsMargins(_MARGIN, 24, _MARGIN, 24)
        sides.addStretch(1)
        sides.addWidget(middle, 1000)
        sides.addStretch(1)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.tile = OwnDataTile(self._holder)
        self.tile.file.clicked.connect(self.file_wanted)
        self.tile.folder.clicked.connect(self.folder_wanted)
        self.tile.other.clicked.connect(self.other_wanted)
        self.templates = TemplatesTile(self._holder)
        self.templates.button.clicked.connect(self.templates_wanted)
        self._recent_title, self._recent_grid = words(self.tr("Go on with"), "heading"), CardGrid()
        self.leave = QPushButton(self.tr("Begin with an empty canvas"))
        self.leave.setProperty("quiet", True)
        self.leave.setProperty("flush", True)
        self.leave.clicked.connect(self.left)
        column.addWidget(words(self.tr("What should it learn from?"), "welcome", wrap=True))
        column.addSpacing(8)
        column.addWidget(self.tile)
        column.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(4)
        column.addWidget(self._recent_title)
        column.addWidget(self._recent_grid)
        column.addSpacing(12)
        column.addWidget(self.templates)
        column.addSpacing(12)
        self._build_examples(column)
        column.addStretch(1)
        for widget in (self._recent_title, self._recent_grid):
            widget.hide()
        self.setWidget(inner)

    def _build_examples(self, column: QVBoxLayout) -> None:
        hint = self.tr("Search, such as “images” or “no labels”")
        self.search = search_field(hint, self.tr("Search examples"))
        self.search.textChanged.connect(self._filter)
        self._nothing = words("", "label", wrap=True)
        self._nothing.hide()
        cards = {}
        for name in example_names():
            row = EXAMPLES[name]
            icon = "" if is_learned(name) else row.icon
            cards[name] = Card(self._holder, row.name(), row.said(), row.length(), icon=icon)
            self._painting.wait(cards[name], partial(self._example_picture, name))
        self._shelves = Shelves(self._holder, _groups(), cards, self.search, self)
        self._shelves.chosen.connect(self.example_chosen)
        head = QHBoxLayout()
        head.setSpacing(_AIR)
        head.addWidget(words(self.tr("Examples: open one, then press Train"), "title", wrap=True), 1)
        self.search.setMaximumWidth(_SEARCH_WIDTH)
        head.addWidget(self.search, 1)
        nest(column, head)
        column.addWidget(self._nothing)
        column.addWidget(self._shelves)

    def _filter(self, typed: str) -> None:
        self._shelves.filter(lambda name: EXAMPLES[name].fits(typed))
        sentence = self.tr("No example has “{}” in its name or words. Try “digits”, “images” or “labels”.")
        self._nothing.setText(sentence.replace("{}", typed.strip()))
        self._nothing.setVisible(not self.shown_examples())

    def _on_recent(self, path: Path) -> None:
        if self.recent[path].is_missing:
            self.recent_removed.emit(path)
        else:
            self.recent_chosen.emit(path)

    # Pictures.

    def _on_missed(self, card: Card) -> None:
        if card in self.recent.values():
            card.show_missing()
            self._recent_grid.lay_again()

    def _example_picture(self, name: str) -> QImage | None:
        return self.paint_example(name)

    def _recent_picture(self, path: Path) -> QImage | None:
        return self.paint_recent(path)

    def _paint_again(self, _theme: object = None) -> None:
        """The colours have changed."""
        for path, card in self.recent.items():
            if not card.is_missing:
                self._painting.wait(card, partial(self._recent_picture, path))
        for name, card in self.examples.items():
            self._painting.wait(card, partial(self._example_picture, name))


def _groups() -> list[Shelf]:
    """The groups of examples that have any."""
    rows = {group: tuple(name for name in example_names() if EXAMPLES[name].group == group) for group in GROUPS}
    return [
        Shelf(title=GROUPS[group].heading(), about=GROUPS[group].said(), names=names)
        for group, names in rows.items()
        if names
    ]
