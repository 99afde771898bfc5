"""The steps of undo: values and nothing but values, in a plain list, with the signals that menus follow.

Qt has a stack of its own for this. Its commands have to be objects of Qt that refer back to the document, and
PySide's garbage collector may end such commands before the stack that owns them: the process then ends with a
segmentation fault when a window is closed. A list of edits has no such life of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from graph.edits import Batch, Edit, Move, Rename, SetParam, SetSetting

_NEVER = -1


@dataclass(slots=True)
class Step:
    """An edit that was applied, its inverse, and what the menu calls it; steps with equal `merge` in a row are one."""

    edit: Edit
    inverse: Edit
    label: str
    merge: str = ""

    def take(self, other: Step) -> None:
        """Make one step of this and of the one that came after it."""
        if _overwrites(other.edit, self.edit):
            self.edit = other.edit
        else:
            self.edit = Batch(edits=(self.edit, other.edit))
            self.inverse = Batch(edits=(other.inverse, self.inverse))


class UndoStack(QObject):
    """The steps done and undone. Method and signal names are those of `QUndoStack`; `perform` applies an edit."""

    indexChanged = Signal(int)  # noqa: N815  # Qt's name
    cleanChanged = Signal(bool)  # noqa: N815  # Qt's name

    def __init__(self, perform: Callable[[Edit], None], parent: QObject) -> None:
        super().__init__(parent)
        self._perform = perform
        self._steps: list[Step] = []
        self._index = self._clean = 0

    def push(self, step: Step) -> None:
        """Add a step that was applied already; what was undone before is forgotten."""
        was_clean = self.isClean()
        del self._steps[self._index :]
        if self._clean > self._index:
            self._clean = _NEVER
        last = self._steps[-1] if self._steps else None
        if last is not None and step.merge and last.merge == step.merge and self._index != self._clean:
            last.take(step)
        else:
            self._steps.append(step)
            self._index += 1
        self._tell(was_clean)

    def undo(self) -> None:
        """Apply the inverse of the last step, if there is one."""
        if self.canUndo():
            was_clean = self.isClean()
            self._index -= 1
            self._perform(self._steps[self._index].inverse)
            self._tell(was_clean)

    def redo(self) -> None:
        """Apply the step again that was undone last, if there is one."""
        if self.canRedo():
            was_clean = self.isClean()
            self._index += 1
            self._perform(self._steps[self._index - 1].edit)
            self._tell(was_clean)

    def rewrite(self, change: Callable[[Edit], Edit]) -> None:
        """Put another edit in place of each, done and undone, that means the same now."""
        for step in self._steps:
            step.edit, step.inverse = change(step.edit), change(step.inverse)

    def clear(self) -> None:
        """Forget all steps; the state of now counts as saved."""
        was_clean = self.isClean()
        self._steps.clear()
        self._index = self._clean = 0
        self._tell(was_clean)

    def setClean(self) -> None:
        """The state of now is the saved one."""
        was_clean = self.isClean()
        self._clean = self._index
        self._tell(was_clean)

    def resetClean(self) -> None:
        """No state is the saved one."""
        was_clean = self.isClean()
        self._clean = _NEVER
        self._tell(was_clean)

    def isClean(self) -> bool:
        """Whether the state of now is the saved one."""
        return self._clean == self._index

    def canUndo(self) -> bool:
        """Whether there is a step to take back."""
        return self._index > 0

    def canRedo(self) -> bool:
        """Whether there is a step to do again."""
        return self._index < len(self._steps)

    def undoText(self) -> str:
        """What the menu calls the step to take back."""
        return self._steps[self._index - 1].label if self.canUndo() else ""

    def redoText(self) -> str:
        """What the menu calls the step to do again."""
        return self._steps[self._index].label if self.canRedo() else ""

    def count(self) -> int:
        """How many steps there are, done and undone."""
        return len(self._steps)

    def _tell(self, was_clean: bool) -> None:
        self.indexChanged.emit(self._index)
        if self.isClean() != was_clean:
            self.cleanChanged.emit(self.isClean())


def _overwrites(later: Edit, earlier: Edit) -> bool:
    """Whether the later edit sets exactly what the earlier one set, so that the earlier one leaves no trace."""
    if isinstance(later, SetParam) and isinstance(earlier, SetParam):
        return (later.network, later.uid, later.name) == (earlier.network, earlier.uid, earlier.name)
    if isinstance(later, SetSetting) and isinstance(earlier, SetSetting):
        return (later.section, later.key) == (earlier.section, earlier.key)
    if isinstance(later, Rename) and isinstance(earlier, Rename):
        return (later.network, later.uid) == (earlier.network, earlier.uid)
    if isinstance(later, Move) and isinstance(earlier, Move):
        return later.network == earlier.network and set(later.positions) == set(earlier.positions)
    return False
