"""A read-only view of Python text with line numbers and lit lines."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from studio.highlight import PythonHighlighter
from studio.theme import LABEL, ThemeHolder

_BAR = 3


class CodeView(QPlainTextEdit):
    """Shows text; `line_clicked` tells the line (from 1) that was clicked without selecting anything."""

    line_clicked = Signal(int)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._lit: frozenset[int] = frozenset()
        self._numbers = _Numbers(self)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._highlighter = PythonHighlighter(self.document(), holder.theme)
        self.blockCountChanged.connect(self._on_blocks)
        self.updateRequest.connect(self._on_update)
        self._restyle()
        holder.changed.connect(self._restyle)

    def set_text(self, text: str) -> None:
        """Show another text at the same place."""
        if text == self.toPlainText():
            return
        bar = self.verticalScrollBar()
        place = bar.value()
        self.setPlainText(text)
        bar.setValue(min(place, bar.maximum()))
        self._light()

    def light(self, lines: Collection[int], also: Collection[int] = (), *, go: bool) -> None:
        """Mark lines (from 1), and others; `go` scrolls the first of these lines into view when none is in view."""
        self._lit = frozenset((*lines, *also))
        self._light()
        if go and lines and not any(self._is_shown(line) for line in lines):
            cursor = QTextCursor(self.document().findBlockByNumber(min(lines) - 1))
            self.setTextCursor(cursor)
            self.centerCursor()

    def find_next(self, text: str, *, backward: bool = False) -> bool:
        """Select the next place of a text, from the top again after the end; whether there is one."""
        flags = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
        options = self.document().FindFlag.FindBackward if backward else self.document().FindFlag(0)
        if self.find(text, options):
            return True
        before = self.textCursor()
        around = QTextCursor(before)
        around.movePosition(flags)
        self.setTextCursor(around)
        if self.find(text, options):
            return True
        self.setTextCursor(before)
        return False

    def mark_color(self) -> QColor:
        """The colour of lit lines."""
        return self._holder.theme.accent

    def number_width(self) -> int:
        """How wide the column of line numbers is."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * digits + 20

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Draw the column of line numbers."""
        theme = self._holder.theme
        painter = QPainter(self._numbers)
        painter.fillRect(event.rect(), theme.panel)
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            number = block.blockNumber() + 1
            if number in self._lit:
                painter.fillRect(QRect(0, round(top), _BAR, round(height)), self.mark_color())
            painter.setPen(theme.text if number in self._lit else theme.text3)
            box = QRect(0, round(top), self._numbers.width() - 10, round(height))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            block, top = block.next(), top + height
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._numbers.setGeometry(area.left(), area.top(), self.number_width(), area.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_clicked.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def _is_shown(self, line: int) -> bool:
        first = self.firstVisibleBlock().blockNumber() + 1
        shown = self.viewport().height() // max(1, self.fontMetrics().lineSpacing())
        return first <= line < first + shown - 1

    def _light(self) -> None:
        ground = QColor(self.mark_color())
        ground.setAlphaF(0.12)
        marks = []
        for line in sorted(self._lit):
            block = self.document().findBlockByNumber(line - 1)
            if block.isValid():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(block)
                mark.format.setBackground(ground)
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                marks.append(mark)
        self.setExtraSelections(marks)
        self._numbers.update()

    def _restyle(self) -> None:
        theme = self._holder.theme
        border = "none" if self.isReadOnly() else f"1px solid {theme.line.name()}"
        self.setFont(theme.font(LABEL, mono=True))
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.panel.name()}; color: {theme.text.name()}; border: {border};"
            f" selection-background-color: {theme.accent.name()}; selection-color: {theme.on_accent.name()}; }}"
        )
        self._highlighter.set_theme(theme)
        self._on_blocks()
        self._light()

    def _on_blocks(self) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)

    def _on_update(self, area: QRect, scrolled: int) -> None:
        if scrolled:
            self._numbers.scroll(0, scrolled)
        else:
            self._numbers.update(0, area.y(), self._numbers.width(), area.height())


class _Numbers(QWidget):
    """The column of line numbers beside the text."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_numbers(event)
