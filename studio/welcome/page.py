"""The page of an untouched window: start from your data, go on with a project, or open an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.theme import RADIUS_NODE, ThemeHolder
from studio.welcome.cards import Card, CardGrid
from studio.welcome.examples import EXAMPLES
from studio.widgets.icons import IconView
from studio.widgets.labels import words
from studio.widgets.layouts import nest
from studio.widgets.page import Inner

_WIDEST: Final = 960
_MARGIN: Final = 28
_ICON, _AIR = 36, 20  # of the tile for data of one's own

Painted = Callable[[], QImage | None]
"""Makes the picture of a card, or nothing when its file is gone."""


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
        self.examples: dict[str, Card] = {}
        self.recent: dict[Path, Card] = {}
        self._waiting: list[tuple[Card, Painted]] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._paint_next)
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

    def show_examples(self, names: Sequence[str]) -> None:
        """Offer these examples."""
        self.examples = {}
        for name in names:
            about = EXAMPLES[name]
            card = Card(self._holder, about.name(), about.said(), about.time())
            card.clicked.connect(lambda _=False, name=name: self.example_chosen.emit(name))
            self.examples[name] = card
            self._wait(card, partial(self._example_picture, name))
        self._example_grid.show_cards(list(self.examples.values()))

    def show_recent(self, paths: Sequence[Path]) -> None:
        """Offer these projects."""
        if tuple(paths) == tuple(self.recent):
            return
        self._waiting = [row for row in self._waiting if row[0] not in self.recent.values()]
        self.recent = {}
        examples, self._waiting = self._waiting, []
        for path in paths:
            card = Card(self._holder, path.stem, str(path.parent), is_file=True)
            card.clicked.connect(lambda _=False, path=path: self._on_recent(path))
            card.remove_wanted.connect(lambda path=path: self.recent_removed.emit(path))
            self.recent[path] = card
            self._wait(card, partial(self._recent_picture, path))
        self._waiting += examples  # what stands above is painted first
        self._recent_grid.show_cards(list(self.recent.values()))
        for widget in (self._recent_title, self._recent_grid):
            widget.setVisible(bool(self.recent))

    def pictures_waiting(self) -> int:
        """How many cards still wait for their picture."""
        return len(self._waiting)

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
        if event.key() == Qt.Key.Key_Escape:
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
        inner = _Ground()
        inner.setProperty("surface", "canvas")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner.painted.connect(lambda: self._turn.start() if self._waiting and not self._turn.isActive() else None)
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
        self._recent_title = words(self.tr("Go on with"), "heading")
        self._recent_grid, self._example_grid = CardGrid(), CardGrid()
        self.leave = QPushButton(self.tr("Begin with an empty canvas"))
        self.leave.setProperty("quiet", True)
        self.leave.setProperty("flush", True)
        self.leave.clicked.connect(self.left)
        column.addWidget(words(self.tr("What should it learn from?"), "welcome", wrap=True))
        column.addSpacing(8)
        column.addWidget(self.tile)
        column.addSpacing(12)
        column.addWidget(self._recent_title)
        column.addWidget(self._recent_grid)
        column.addSpacing(12)
        column.addWidget(self.templates)
        column.addSpacing(12)
        column.addWidget(words(self.tr("Examples: open one, then press Train"), "heading"))
        column.addWidget(self._example_grid)
        column.addSpacing(12)
        column.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        for widget in (self._recent_title, self._recent_grid):
            widget.hide()
        self.setWidget(inner)

    def _on_recent(self, path: Path) -> None:
        if self.recent[path].is_missing:
            self.recent_removed.emit(path)
        else:
            self.recent_chosen.emit(path)

    # Pictures.

    def _wait(self, card: Card, paint: Painted) -> None:
        self._waiting.append((card, paint))
        card.update()

    def _paint_next(self) -> None:
        if not self._waiting or self.isHidden():
            return
        card, paint = self._waiting.pop(0)
        picture = paint()
        if picture is not None:
            card.show_picture(picture)
        elif card in self.recent.values():
            card.show_missing()
            self._recent_grid.lay_again()
        if self._waiting:
            self._turn.start()

    def _example_picture(self, name: str) -> QImage | None:
        return self.paint_example(name)

    def _recent_picture(self, path: Path) -> QImage | None:
        return self.paint_recent(path)

    def _paint_again(self, _theme: object = None) -> None:
        """The colours have changed."""
        self._waiting = []
        for name, card in self.examples.items():
            self._wait(card, partial(self._example_picture, name))
        for path, card in self.recent.items():
            if not card.is_missing:
                self._wait(card, partial(self._recent_picture, path))


class _Ground(Inner):
    """Tells when it is painted."""

    painted = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()
