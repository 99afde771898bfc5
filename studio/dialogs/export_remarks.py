"""What an export says before it is written: what does not convert and why, each with the way to its node."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runtime.conversion_protocol import Remark
from studio.theme import ThemeHolder
from studio.widgets.icons import IconView
from studio.widgets.labels import words
from studio.widgets.page import clear


class RemarkList(QWidget):
    """Remarks below each other; `node_wanted` carries the uid of the node that one is about."""

    node_wanted = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        self.hide()

    def show_remarks(self, remarks: Sequence[Remark], known: frozenset[str]) -> None:
        """Show these; nodes that are in the drawing (`known`) can be gone to."""
        clear(self._rows)
        for remark in remarks:
            self._rows.addWidget(self._row(remark, can_show=remark.node in known))
        self.setVisible(bool(remarks))

    def texts(self) -> tuple[str, ...]:
        """What is said."""
        return tuple(str(row.accessibleName()) for row in self.findChildren(QWidget, "Remark"))

    def _row(self, remark: Remark, *, can_show: bool) -> QWidget:
        row = QWidget()
        row.setObjectName("Remark")
        row.setAccessibleName(remark.text)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        icon = IconView(self._holder, "error" if remark.is_problem else "warning", 16)
        line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(words(remark.text, "body", wrap=True), 1)
        if can_show:
            show = QPushButton(self.tr("Show node"))
            show.setAutoDefault(False)
            show.clicked.connect(lambda: self.node_wanted.emit(remark.node))
            line.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        return row
