"""A field for Python: line numbers and colours as where code is shown, and indenting as one is used to."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QTextCursor

from studio.panels.code_view import CodeView
from studio.theme import ThemeHolder

STEP: Final = 4
_ENDS: Final = re.compile(r"\s*(return|raise|pass|break|continue)\b")
_RETURNS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CodeEditor(CodeView):
    """`apply_wanted` at Ctrl+Return. Tab and Shift+Tab indent; Ctrl+Tab goes on to what stands after the field."""

    apply_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder)
        self.setReadOnly(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
        self._restyle()
        self.setAccessibleName(self.tr("Python code"))

    def mark_line(self, line: int) -> None:
        """Mark the line (from 1) that cannot be read; 0 for none. The view stays where it is."""
        self.light({line} if line > 0 else (), go=False)

    def go_to_line(self, line: int) -> None:
        """Put the cursor at the end of a line (from 1)."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def mark_color(self) -> QColor:
        return self._holder.theme.error

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, with_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if with_control and key in _RETURNS:
            self.apply_wanted.emit()
        elif with_control and key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.focusNextPrevChild(key == Qt.Key.Key_Tab)
        elif key == Qt.Key.Key_Tab:
            self._indent()
        elif key == Qt.Key.Key_Backtab:
            self._shift_lines(back=True)
        elif key in _RETURNS and not with_control:
            self._new_line()
        elif key == Qt.Key.Key_Backspace and not with_control and self._takes_step_back():
            return
        else:
            super().keyPressEvent(event)

    def _indent(self) -> None:
        """Blanks up to the next step, or all selected lines a step further in."""
        cursor = self.textCursor()
        if cursor.hasSelection() and "\u2029" in cursor.selectedText():
            self._shift_lines(back=False)
        else:
            column = cursor.positionInBlock() if not cursor.hasSelection() else _column_of(cursor)
            cursor.insertText(" " * (STEP - column % STEP))

    def _shift_lines(self, *, back: bool) -> None:
        """Move the lines of the selection, or of the cursor, a step in or out; one step of undo."""
        cursor = self.textCursor()
        document = self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last_block = document.findBlock(cursor.selectionEnd())
        last = last_block.blockNumber()
        if last > first and cursor.selectionEnd() == last_block.position():
            last -= 1  # the selection ends before the first letter of that line
        cursor.beginEditBlock()
        for number in range(first, last + 1):
            block = document.findBlockByNumber(number)
            there = QTextCursor(block)
            blanks = len(block.text()) - len(block.text().lstrip(" "))
            if back:
                there.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, min(STEP, blanks))
                there.removeSelectedText()
            elif block.text().strip():
                there.insertText(" " * STEP)
        cursor.endEditBlock()

    def _new_line(self) -> None:
        """A line that begins where this one does: a step further in after a colon, a step out after what ends it."""
        cursor = self.textCursor()
        before = cursor.block().text()[: _column_of(cursor)]
        blanks = len(before) - len(before.lstrip(" "))
        if before.rstrip().endswith(":"):
            blanks += STEP
        elif _ENDS.match(before):
            blanks = max(0, blanks - STEP)
        cursor.insertText("\n" + " " * blanks)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _takes_step_back(self) -> bool:
        """Take a whole step of blanks away where nothing but blanks stands before the cursor; whether it was so."""
        cursor = self.textCursor()
        column = cursor.positionInBlock()
        if cursor.hasSelection() or not column or cursor.block().text()[:column].strip(" "):
            return False
        many = (column - 1) % STEP + 1
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, many)
        cursor.removeSelectedText()
        return True


def _column_of(cursor: QTextCursor) -> int:
    """The column at which the selection begins, or the cursor stands."""
    start = cursor.selectionStart()
    return start - cursor.document().findBlock(start).position()
