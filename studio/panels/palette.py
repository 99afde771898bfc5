"""The palette: every layer and function, found by typing, dragged to the canvas or added with Enter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QMimeData, QModelIndex, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from graph.ops.spec import OpSpec
from runtime.protocol import Analysis
from studio import assets
from studio.document import Document
from studio.panels.suggestions import suggested
from studio.style import blend
from studio.theme import BODY, CAPTION, RADIUS_CHIP, ThemeHolder
from studio.widgets.icons import IconView
from studio.widgets.labels import words

OP_MIME: Final = "application/x-layerloom-op"
ROW_HEIGHT: Final = 28
_HEADING_HEIGHT: Final = 30
_ICON: Final = 20
_KEY: Final = Qt.ItemDataRole.UserRole + 1
_ICON_NAME: Final = Qt.ItemDataRole.UserRole + 2
_SEARCH_LIMIT: Final = 40


class _Rows(QStandardItemModel):
    """Headings and ops; an op is dragged as its key."""

    def mimeTypes(self) -> list[str]:
        return [OP_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        keys = [str(index.data(_KEY)) for index in indexes if index.data(_KEY)]
        if keys:
            data.setData(OP_MIME, keys[0].encode())
        return data

    def fill(self, groups: Sequence[tuple[str, Sequence[OpSpec]]]) -> None:
        """Show these ops under these headings; a heading without words is left out."""
        self.clear()
        for title, ops in groups:
            if title and ops:
                heading = QStandardItem(title)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                self.appendRow(heading)
            for spec in ops:
                self.appendRow(_op_item(spec))


def _op_item(spec: OpSpec) -> QStandardItem:
    item = QStandardItem(spec.title)
    item.setData(spec.key, _KEY)
    item.setData(spec.icon, _ICON_NAME)
    item.setToolTip(f"<p style='margin:0'>{escape(spec.doc)}</p><code>{escape(spec.target)}</code>")
    item.setData(f"{spec.title}: {spec.doc}", Qt.ItemDataRole.AccessibleTextRole)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


class _Painter(QStyledItemDelegate):
    """Draws headings of 11 px and rows of 28: pictogram and title."""

    def __init__(self, holder: ThemeHolder, parent: QObject) -> None:
        super().__init__(parent)
        self._holder = holder

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]  # persistent
        is_op = bool(index.data(_KEY))
        return QSize(100, ROW_HEIGHT if is_op else _HEADING_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        theme = self._holder.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if not index.data(_KEY):
            painter.setFont(theme.font(CAPTION, bold=True))
            painter.setPen(theme.text2)
            words_box = rect.adjusted(14, 0, -8, -5)
            painter.drawText(words_box, int(Qt.AlignmentFlag.AlignBottom), str(index.data()))
            painter.restore()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        if is_chosen or state & QStyle.StateFlag.State_MouseOver:
            ground = blend(theme.panel, theme.accent, 0.16) if is_chosen else theme.raised
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(rect).adjusted(6, 1, -6, -1), RADIUS_CHIP, RADIUS_CHIP)
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        picture = assets.pixmap(str(index.data(_ICON_NAME)), theme.text if is_chosen else theme.text2, _ICON, ratio)
        painter.drawPixmap(rect.left() + 14, rect.top() + (ROW_HEIGHT - _ICON) // 2, picture)
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.text)
        box = rect.adjusted(14 + _ICON + 8, 0, -10, 0)
        title = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), title)
        painter.restore()


class PalettePanel(QWidget):
    """Search, what fits next, and all ops by group. `op_chosen` carries the key of the op to add."""

    op_chosen = Signal(str)

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._document, self._holder = document, holder
        self._chosen: frozenset[str] = frozenset()
        self._analysis: Analysis | None = None
        self._shown_next: tuple[OpSpec, ...] = ()
        self.search = QLineEdit()
        self.list = QListView()
        self._rows = _Rows(self)
        self._nothing = words("", "label", wrap=True)
        self._meant = QPushButton()
        self._build()
        self._fill()
        document.changed.connect(self._refresh)
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
        self.list.setItemDelegate(_Painter(self._holder, self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(self.tr("Layers"))
        self.list.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.setContentsMargins(10, 0, 10, 0)
        top.addWidget(self.search)
        column.addLayout(top)
        self._nothing.setContentsMargins(14, 10, 14, 0)
        column.addWidget(self._nothing)
        meant = QHBoxLayout()
        meant.setContentsMargins(14, 4, 14, 0)
        meant.addWidget(self._meant)
        meant.addStretch(1)
        column.addLayout(meant)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._choose_current)
        self.list.doubleClicked.connect(self._choose)
        self._meant.clicked.connect(lambda: self.search.setText(self._meant.text()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            handler = self._search_key if watched is self.search else self._list_key
            return handler(event)
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

    def _refresh(self) -> None:
        """Fill anew only where the suggestions are others than those shown."""
        if not self.search.text() and self._next_ops() != self._shown_next:
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

    def _fill(self) -> None:
        catalog, text = self._document.catalog, self.search.text().strip()
        if text:
            found = catalog.search(text, _SEARCH_LIMIT)
            self._rows.fill([("", found)])
            self._select(self._first())
        else:
            found = tuple(catalog.ops.values())
            self._shown_next = self._next_ops()
            groups: list[tuple[str, Sequence[OpSpec]]] = [(self.tr("Suggested next"), self._shown_next)]
            groups += [(group, [spec for spec in found if spec.group == group]) for group in catalog.groups]
            self._rows.fill(groups)
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
        return next((index for index in indexes if index.data(_KEY)), None)

    def _after_current(self) -> QModelIndex | None:
        model: QAbstractItemModel = self._rows
        rows = range(self.list.currentIndex().row() + 1, model.rowCount())
        following = (model.index(row, 0) for row in rows)
        return next((index for index in following if index.data(_KEY)), self.list.currentIndex())

    def _select(self, index: QModelIndex | None) -> None:
        if index is not None:
            self.list.setCurrentIndex(index)

    def _choose_current(self) -> None:
        self._choose(self.list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        key = index.data(_KEY) if index.isValid() else None
        if key:
            self.op_chosen.emit(str(key))
