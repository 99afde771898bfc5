"""The Overview of the results: the pictures that fit what was answered, one below the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from runtime.media import Look
from studio.panels.results.classes_view import ClassesView
from studio.panels.results.pictures import PICTURES, pictures_of
from studio.theme import ThemeHolder
from studio.widgets.page import Inner

_MARGIN: Final = 14
_CLASSES: Final = "classes"
_MAKERS: Final[Mapping[str, Callable[[ThemeHolder], Any]]] = {**PICTURES, _CLASSES: ClassesView}


class Overview(QScrollArea):
    """Makes each picture when it is needed first, and tells by `view_made` (name, view).

    `samples_wanted` (true class, answer) asks for a whole list.
    """

    samples_wanted = Signal(int, int)
    view_made = Signal(str, object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._views: dict[str, Any] = {}
        inner = Inner()
        inner.setProperty("surface", "panel")
        self._rows = QVBoxLayout(inner)
        self._rows.setContentsMargins(_MARGIN, 6, _MARGIN, _MARGIN)
        self._rows.setSpacing(16)
        self._rows.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def set_look(self, look: Look) -> None:
        """Show a look; MediaError where it does not fit together."""
        is_classes = bool(look.heads) and look.heads[0].task == "classification"
        wanted = (*pictures_of(look), *((_CLASSES,) if is_classes else ()))
        for name in wanted:
            self._view(name).set_look(look)
        for name, view in self._views.items():
            view.setVisible(name in wanted)

    def forget_cell(self) -> None:
        """Choose no cell of the matrix in what is shown next."""
        if _CLASSES in self._views:
            self._views[_CLASSES].forget_cell()

    def view(self, name: str) -> Any:
        """A picture by its name, or None while it was not needed."""
        return self._views.get(name)

    def _view(self, name: str) -> Any:
        if name not in self._views:
            view = _MAKERS[name](self._holder)
            before = sum(list(_MAKERS).index(other) < list(_MAKERS).index(name) for other in self._views)
            self._rows.insertWidget(before, view)
            self._views[name] = view
            if isinstance(view, ClassesView):
                view.samples_wanted.connect(self.samples_wanted)
            self.view_made.emit(name, view)
        return self._views[name]
