"""The palette: every layer and function, found by typing, dragged to the canvas or added with Enter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from graph.chain import arriving, unfitness
from graph.flow import TensorInfo
from graph.ops.spec import OpSpec
from runtime.protocol import Analysis
from studio.document import Change, Document
from studio.panels.palette_groups import Heading, OpenGroups, PaletteRow
from studio.panels.palette_rows import GROUP_ROLE, KEY_ROLE, OP_MIME, REST_ROLE, PaletteRows, RowPainter, star_box
from studio.suggestions import suggested
from studio.theme import ThemeHolder
from studio.widgets.icons import IconView
from studio.widgets.labels import words
from studio.widgets.layouts import nest

__all__ = ["OP_MIME", "PalettePanel"]

_SEARCH_LIMIT: Final = 40
_MOUSE: Final = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick}
)


class PalettePanel(QWidget):
    """Search, what fits next, favourites, and all ops by group, each of which folds.

    `op_chosen` carries the key of the op to add, `favourites_changed` the keys of all favourites, `groups_changed` the
    names of all open groups.
    """

    op_chosen = Signal(str)
    favourites_changed = Signal(object)  # tuple of keys
    groups_changed = Signal(object)  # tuple of names

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._document, self._holder = document, holder
        self._chosen: frozenset[str] = frozenset()
        self._analysis: Analysis | None = None
        self._shown_next: tuple[OpSpec, ...] = ()
        self._shown_blocks: tuple[tuple[str, str], ...] = ()
        self._favourites: tuple[str, ...] = ()
        self._groups = OpenGroups()
        self.menu: QMenu | None = None
        self.offers: Callable[[str], Sequence[tuple[str, Callable[[], object]]]] = lambda _key: ()
        self.search = QLineEdit()
        self.list = QListView()
        self._rows = PaletteRows(self)
        self._painter = RowPainter(holder, self.list)
        self._nothing = words("", "label", wrap=True)
        self._meant = QPushButton()
        self._build()
        self._fill()
        document.changed.connect(self._on_changed)
        document.network_shown.connect(self._refresh)
        holder.changed.connect(self.list.viewport().update)

    def show_nodes(self, uids: Collection[str]) -> None:
        """The selection: what is suggested follows its output."""
        self._chosen = frozenset(uids)
        self._refresh()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """What flows, for the suggestions."""
        self._analysis = analysis
        self._refresh()

    @property
    def favourites(self) -> tuple[str, ...]:
        """The keys of the favourites, in the order they were chosen."""
        return self._favourites

    def set_favourites(self, keys: Sequence[str]) -> None:
        """Show these favourites, without telling anyone; keys that no op has are left out."""
        self._favourites = tuple(key for key in dict.fromkeys(keys) if key in self._document.catalog.ops)
        self._painter.favourites = frozenset(self._favourites)
        self._fill_in_place()

    def toggle_favourite(self, key: str) -> None:
        """Make an op a favourite, or not any more."""
        kept = [other for other in self._favourites if other != key]
        self.set_favourites(kept if len(kept) < len(self._favourites) else [*kept, key])
        self.favourites_changed.emit(self._favourites)

    def set_open_groups(self, names: Sequence[str]) -> None:
        """Open these groups and fold the others, without telling anyone."""
        self._groups = OpenGroups(names)
        self._fill_in_place()

    def show_group(self, title: str) -> None:
        """Open a group and bring it to the top of the list."""
        self.search.clear()
        self._groups.open(title)
        self._fill()
        heading = self._rows.row_of(title)
        if heading is not None:
            self.list.scrollTo(heading, QAbstractItemView.ScrollHint.PositionAtTop)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def titles(self) -> tuple[str, ...]:
        """Headings and ops as they stand, from the top."""
        return tuple(self._rows.item(row).text() for row in range(self._rows.rowCount()))

    def nothing_text(self) -> str:
        """What is said when nothing fits what was typed."""
        return self._nothing.text()

    def _build(self) -> None:
        self.search.setPlaceholderText(self.tr("Search layers"))
        self.search.setAccessibleName(self.tr("Search layers"))
        self.search.setProperty("search", True)
        self.search.setClearButtonEnabled(False)
        self.search.setTextMargins(22, 0, 0, 0)
        self.search.installEventFilter(self)
        glass = QHBoxLayout(self.search)
        glass.setContentsMargins(8, 0, 0, 0)
        glass.addWidget(IconView(self._holder, "search", 16, "text3"))
        glass.addStretch(1)
        self.list.setModel(self._rows)
        self.list.setItemDelegate(self._painter)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(self.tr("Layers"))
        self.list.installEventFilter(self)
        self.list.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.setContentsMargins(10, 0, 10, 0)
        top.addWidget(self.search)
        nest(column, top)
        self._nothing.setContentsMargins(14, 10, 14, 0)
        column.addWidget(self._nothing)
        meant = QHBoxLayout()
        meant.setContentsMargins(14, 4, 14, 0)
        meant.addWidget(self._meant)
        meant.addStretch(1)
        nest(column, meant)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._choose_current)
        self.list.doubleClicked.connect(self._choose)
        self.list.clicked.connect(self._fold)
        self._meant.clicked.connect(lambda: self.search.setText(self._meant.text()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            handler = self._search_key if watched is self.search else self._list_key
            return handler(event)
        if watched is self.list.viewport():
            if isinstance(event, QMouseEvent) and event.type() in _MOUSE:
                return self._star_mouse(event)
            if isinstance(event, QContextMenuEvent):
                self._open_menu(event)
                return True
        return super().eventFilter(watched, event)

    def _search_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_PageDown) and self._first() is not None:
            target = self._after_current() if self.list.currentIndex().isValid() else self._first()
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
            self._select(target)
            return True
        if key == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        return False

    def _list_key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_current()
            return True
        group = self.list.currentIndex().data(GROUP_ROLE)
        is_rest = bool(self.list.currentIndex().data(REST_ROLE))
        if group is not None and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space):
            is_wanted = event.key() == Qt.Key.Key_Right
            if event.key() == Qt.Key.Key_Space or (not is_rest and is_wanted != self._groups.is_open(group)):
                self._fold(self.list.currentIndex())
            return True
        if event.key() == Qt.Key.Key_Up and self.list.currentIndex() == self._first():
            self.search.setFocus(Qt.FocusReason.BacktabFocusReason)
            return True
        text = event.text()
        if event.key() == Qt.Key.Key_Backspace or (text.isprintable() and text.strip()):
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
            self.search.deselect()
            self.search.event(event)
            return True
        return False

    def _star_mouse(self, event: QMouseEvent) -> bool:
        """A press on a row's star; what belongs to it does not reach the list."""
        place = event.position().toPoint()
        index = self.list.indexAt(place)
        is_star = bool(index.data(KEY_ROLE)) and star_box(self.list.visualRect(index)).contains(place)
        if not is_star or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.toggle_favourite(str(index.data(KEY_ROLE)))
        return True

    def _open_menu(self, event: QContextMenuEvent) -> None:
        is_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.list.indexAt(event.pos()) if is_mouse else self.list.currentIndex()
        key = index.data(KEY_ROLE)
        if not key:
            return
        self.menu = QMenu(self)
        self.menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu.addAction(self.tr("Add to the drawing"), lambda: self.op_chosen.emit(str(key)))
        is_favourite = key in self._favourites
        star = self.tr("Remove from favourites") if is_favourite else self.tr("Add to favourites")
        self.menu.addAction(star, lambda: self.toggle_favourite(str(key)))
        for at, (words_of_it, call) in enumerate(self.offers(str(key))):
            if not at:
                self.menu.addSeparator()
            self.menu.addAction(words_of_it).triggered.connect(lambda _checked=False, call=call: call())
        corner = self.list.visualRect(index).bottomLeft() + QPoint(14, 0)
        self.menu.popup(event.globalPos() if is_mouse else self.list.viewport().mapToGlobal(corner))

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self.search.clear()  # what was looked for was looked for in another drawing
        self._refresh()

    def _refresh(self) -> None:
        """Fill anew only where the suggestions or the blocks are others than those shown."""
        if not self.search.text() and (self._next_ops(), self._blocks()) != (self._shown_next, self._shown_blocks):
            self._fill_in_place()

    def _fill_in_place(self) -> None:
        bar = self.list.verticalScrollBar()
        place = bar.value()
        self._fill()
        bar.setValue(place)

    def _next_ops(self) -> tuple[OpSpec, ...]:
        name = self._document.network_name
        network = self._document.project.networks.get(name)
        if network is None:
            return ()
        return suggested(self._document.catalog, network, self._chosen, self._analysis)

    def show_blocks(self) -> None:
        """The blocks that can be placed are others now."""
        self._fill_in_place()

    def _blocks(self) -> tuple[tuple[str, str], ...]:
        """The blocks that can be placed: their keys and titles."""
        ops = self._document.catalog.ops
        return tuple((key, ops[key].title) for key in ops if ":" in key)

    def _arrives(self) -> TensorInfo | None:
        """What would reach a layer that is added now: it tells apart those for images and those for signals."""
        network = self._document.project.networks.get(self._document.network_name)
        chosen = [uid for uid in self._chosen if network is not None and network.has(uid)]
        if network is None or len(chosen) != 1 or self._analysis is None:
            return None
        spec = self._document.catalog.ops.get(network.node(chosen[0]).op)
        if spec is None or not spec.outputs:
            return None
        return arriving(self._document.catalog, network, chosen[0], spec.outputs[0].name, self._analysis.ports)

    def _fill(self) -> None:
        catalog, text = self._document.catalog, self.search.text().strip()
        if text:
            arrives = self._arrives()
            found = catalog.search(text, _SEARCH_LIMIT, lambda spec: unfitness(spec, arrives))
            self._rows.fill(found)
            self._select(self._first())
        else:
            found = tuple(catalog.ops.values())
            self._shown_next, self._shown_blocks = self._next_ops(), self._blocks()
            rows: list[PaletteRow] = []
            favourites = tuple(catalog.ops[key] for key in self._favourites)
            for title, ops in ((self.tr("Suggested next"), self._shown_next), (self.tr("Favourites"), favourites)):
                rows += [Heading(title=title, count=len(ops)), *ops] if ops else []
            for group in catalog.groups:
                rows += self._groups.rows(group, [spec for spec in found if spec.group == group])
            self._rows.fill(rows)
        self._tell_nothing("" if found else text)

    def _tell_nothing(self, text: str) -> None:
        meant = self._document.catalog.suggest(text) if text else None
        sentence = self.tr("No layer called '%1'.").replace("%1", text)
        if meant is not None:
            sentence += self.tr(" Did you mean %1?").replace("%1", meant)
        self._nothing.setText(sentence if text else "")
        self._nothing.setVisible(bool(text))
        self._meant.setText(meant or "")
        self._meant.setVisible(meant is not None)

    def _first(self) -> QModelIndex | None:
        indexes = (self._rows.index(row, 0) for row in range(self._rows.rowCount()))
        return next((index for index in indexes if index.data(KEY_ROLE)), None)

    def _after_current(self) -> QModelIndex | None:
        model: QAbstractItemModel = self._rows
        rows = range(self.list.currentIndex().row() + 1, model.rowCount())
        following = (model.index(row, 0) for row in rows)
        return next((index for index in following if index.data(KEY_ROLE)), self.list.currentIndex())

    def _select(self, index: QModelIndex | None) -> None:
        if index is not None:
            self.list.setCurrentIndex(index)

    def _choose_current(self) -> None:
        if self._meant.isVisible():
            self._meant.click()
        else:
            self._fold(self.list.currentIndex())
            self._choose(self.list.currentIndex())

    def _fold(self, index: QModelIndex) -> None:
        """Open or fold the group whose heading this is, or bring its rare layers."""
        group = index.data(GROUP_ROLE) if index.isValid() else None
        if group is None:
            return
        is_rest = bool(index.data(REST_ROLE))
        if is_rest:
            self._groups.toggle_rest(group)
        else:
            self._groups.toggle(group)
        self._fill_in_place()
        self._select(self._rows.row_of(group, rest=is_rest))
        self.groups_changed.emit(self._groups.names)

    def _choose(self, index: QModelIndex) -> None:
        key = index.data(KEY_ROLE) if index.isValid() else None
        if key:
            self.op_chosen.emit(str(key))
