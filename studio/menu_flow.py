"""Menus that know what can be done now: entries that would do nothing are pale; and the menu of the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu

from graph.heads import head_nodes
from graph.mending import WIDTHS
from graph.model import BLOCK_PREFIX, PYTHON_PREFIX
from studio.actions import Actions
from studio.canvas import clipboard
from studio.canvas.freezing import icy
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.panels.problems import ProblemsPanel

_LINE: Final = ""
_OF_A_BLOCK: Final = ("block.enter", "block.expand", "block.rename", "block.keep", "block.share")
_AT_TIMES: Final = ("network.freeze", "network.thaw", "network.fit_head")
_INSIDE: Final = ("block.leave", "block.rename", "block.keep", "block.share")
_ALIGN: Final = ("network.align_left", "network.align_right", "network.align_top", "network.align_bottom")
_MENUS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": (
        "edit.settings",
        "edit.rename",
        "help.selection",
        "network.map",
        _LINE,
        "network.add_layer",
        "network.swap",
        "network.wire",
        "network.unwire",
        _LINE,
        "network.freeze",
        "network.thaw",
        "network.fit_head",
        _LINE,
        "edit.cut",
        "edit.copy",
        "edit.duplicate",
        "edit.delete",
        "edit.heal",
        _LINE,
        "block.make",
    ),
    "wire": ("network.add_layer", "edit.delete"),
    "note": ("edit.cut", "edit.copy", "edit.duplicate", "edit.delete"),
    "nothing": (
        "network.add_layer",
        "network.add_note",
        "edit.paste",
        _LINE,
        "edit.select_all",
        "network.arrange",
        "view.frame_all",
        "file.picture",
    ),
}


class MenuFlow(QObject):
    """Opens the menu of the canvas, and makes entries pale while a menu is open that can do nothing now.

    Only while it is open: keys of an action that is off would reach what lies below it.
    """

    def __init__(
        self,
        document: Document,
        canvas: CanvasWidget,
        problems: ProblemsPanel,
        actions: Actions,
        menus: Mapping[str, QMenu],
    ) -> None:
        super().__init__()
        self._document, self._canvas, self._problems, self._actions = document, canvas, problems, actions
        self.menu: QMenu | None = None
        canvas.menu_wanted.connect(self.open_at)
        for title, menu in menus.items():
            if "/" not in title:  # a submenu closes while its menu is still open
                self._watch(menu)

    def open_at(self, place: QPoint, what: str) -> None:
        """Open the menu of what lies there."""
        menu = QMenu(self._canvas)
        possible = self._possible()
        for name in _MENUS[what]:
            if name in _AT_TIMES and not possible[name]:
                continue
            if name == _LINE:
                menu.addSeparator()
            elif what == "nothing" and name in self._placed(place):
                action = self._actions[name]
                twin = menu.addAction(action.text())
                twin.setShortcut(action.shortcut())
                twin.triggered.connect(partial(self._after, self._placed(place)[name]))
            else:
                menu.addAction(self._actions[name])
        if what == "nothing" and self._canvas.scene.network.block is not None:
            menu.addSeparator()
            menu.addActions([self._actions[name] for name in _INSIDE])
        if what == "node" and self._stands_for(PYTHON_PREFIX):
            menu.addSeparator()
            menu.addAction(self._actions["python.edit"])
        if what == "node" and self._has_block():
            menu.addActions([self._actions[name] for name in _OF_A_BLOCK])
        if what == "node" and len(self._canvas.selection()) > 1:
            sub = menu.addMenu(self.tr("Align"))
            sub.addActions([self._actions[name] for name in _ALIGN])
        self._watch(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(place)

    def _has_block(self) -> bool:
        """Whether the one node that is selected stands for a block."""
        return self._stands_for(BLOCK_PREFIX)

    def _stands_for(self, prefix: str) -> bool:
        network, chosen = self._canvas.scene.network, list(self._canvas.selection())
        return len(chosen) == 1 and network.has(chosen[0]) and network.node(chosen[0]).op.startswith(prefix)

    def _placed(self, place: QPoint) -> dict[str, Callable[[], object]]:
        """What is put where the menu was opened."""
        canvas = self._canvas
        at = canvas.view.to_scene(*canvas.mapFromGlobal(place).toTuple())
        return {
            "network.add_layer": lambda: canvas.popups.search_at(place, at),
            "network.add_note": lambda: canvas.notes.add(at),
        }

    def _after(self, call: Callable[[], object], _checked: bool = False) -> None:
        """Do it when the menu is gone, which takes the focus back from what opens before."""
        QTimer.singleShot(0, self, call)

    def _watch(self, menu: QMenu) -> None:
        menu.aboutToShow.connect(self._pale)
        menu.aboutToHide.connect(lambda: QTimer.singleShot(0, self, self._clear))

    def _pale(self) -> None:
        for name, can in self._possible().items():
            self._actions[name].setEnabled(can)

    def _clear(self) -> None:
        for name in self._possible():
            self._actions[name].setEnabled(True)

    def _transfer(self) -> dict[str, bool]:
        """What can be done in a network that is trained: a block has no head of its own."""
        scene, chosen = self._canvas.scene, self._canvas.selection()
        head = head_nodes(self._document.catalog, scene.network) if scene.network.block is None else frozenset()
        is_widest = {uid for uid in head if any(name in WIDTHS for name in scene.network.node(uid).params)}
        return {
            "network.freeze_body": bool(head),
            "network.thaw_all": any(scene.face(row).frozen for row in range(len(scene.geometry.uids))),
            "network.fit_head": bool(is_widest & chosen if chosen else is_widest),
        }

    def _possible(self) -> dict[str, bool]:
        """For each entry that depends on what is chosen or there: whether it would do something."""
        canvas, project = self._canvas, self._document.project
        look, network = canvas.look, canvas.scene.network
        nodes, notes, is_wire = len(canvas.selection()), len(look.selected_notes), look.selected_wire is not None
        problems, count = self._problems.problems, len(network.nodes())
        return {
            **dict.fromkeys(("edit.cut", "edit.copy", "edit.duplicate"), bool(nodes or notes)),
            "edit.delete": bool(nodes or notes or is_wire),
            "edit.heal": nodes > 0,
            "block.make": nodes > 0,
            **dict.fromkeys(("block.enter", "block.expand"), self._has_block()),
            "block.leave": network.block is not None,
            **dict.fromkeys(
                ("block.rename", "block.keep", "block.share"), network.block is not None or self._has_block()
            ),
            **dict.fromkeys(("python.edit", "python.trust"), bool(project.texts)),
            "block.clean": any(one.block is not None for one in project.networks.values()),
            **dict.fromkeys(("edit.paste", "edit.paste_wired"), _can_paste()),
            "edit.select_all": bool(count or canvas.scene.notes),
            **dict.fromkeys(("edit.rename", "edit.settings", "network.swap"), nodes == 1),
            "edit.find": any(one.nodes() for one in project.networks.values()),
            **dict.fromkeys(("view.frame_all", "file.picture"), bool(count or canvas.scene.notes)),
            "view.frame_selection": nodes > 0,
            "network.map": nodes == 1,
            "network.wire": nodes in (1, 2),
            "network.unwire": nodes > 0 or is_wire,
            "network.freeze": bool(icy(canvas.scene, canvas.selection(), on=True)),
            "network.thaw": bool(icy(canvas.scene, canvas.selection(), on=False)),
            **self._transfer(),
            **dict.fromkeys(_ALIGN, nodes > 1),
            **dict.fromkeys(("network.arrange", "network.turn"), count > 0),
            "network.main": len(project.networks) > 1
            and network.block is None
            and project.main().name != self._document.network_name,
            **dict.fromkeys(("window.next_tab", "window.previous_tab"), len(project.networks) > 1),
            **dict.fromkeys(("train.next_problem", "train.previous_problem"), bool(problems)),
            "train.fix": any(problem.fixes for problem in problems),
        }


def _can_paste() -> bool:
    data = clipboard.held()
    if data.hasFormat(clipboard.MIME) or data.hasImage():
        return True
    return clipboard.text_in(data).lstrip().startswith("{")
