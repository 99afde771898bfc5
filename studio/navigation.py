"""Getting about: panes, tabs, zoom, full screen, colours, the command palette, finding a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QWidget

from graph.ops.spec import OpSpec
from studio.actions import Actions
from studio.canvas.view import DETAIL_NAMES
from studio.command_palette import Command, CommandPalette, commands_of
from studio.dialogs.ask import Answer, Asker
from studio.dialogs.shortcuts import ShortcutsDialog, about_words
from studio.document import Document
from studio.parts import Panels
from studio.settings import THEME_CHOICES, AppSettings, ThemeChoice
from studio.theme import ThemeHolder
from studio.window import MainWindow, Parts


class Navigation(QObject):
    """Moves the focus and the view; changes nothing of the project."""

    def __init__(
        self,
        document: Document,
        window: MainWindow,
        parts: Parts,
        panels: Panels,
        holder: ThemeHolder,
        settings: AppSettings,
        asker: Asker,
    ) -> None:
        super().__init__()
        self._document, self._window, self._parts, self._panels = document, window, parts, panels
        self._holder, self._settings, self._asker = holder, settings, asker
        self._actions: Actions = parts.actions
        self.open_node: Callable[[str], bool] = lambda _uid: False  # shows what a node holds beside settings
        self.commands = CommandPalette(window, holder, self.tr("Search commands"))
        self.commands.chosen = settings.add_recent_command
        self.finder = CommandPalette(window, holder, self.tr("Find a node by its name"))
        self._group = QActionGroup(self)
        for choice in THEME_CHOICES:
            action = self._actions[f"view.theme_{choice}"]
            action.setCheckable(True)
            action.setChecked(settings.theme == choice)
            self._group.addAction(action)
        for name, dock in zip(("palette", "watch", "inspector"), window.docks(), strict=True):
            action = self._actions[f"view.{name}"]
            dock.visibilityChanged.connect(action.setChecked)
            action.triggered.connect(dock.setVisible)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        canvas, window = self._panels.canvas, self._window
        found: dict[str, Callable[[], object]] = {
            "view.zoom_in": partial(canvas.zoom_by, 1.15),
            "view.zoom_out": partial(canvas.zoom_by, 1 / 1.15),
            "view.zoom_100": partial(canvas.zoom_to, 1.0),
            "view.frame_all": canvas.frame_all,
            "view.frame_selection": canvas.frame_selection,
            "view.fold_watch": lambda: window.watch_dock.set_folded(not window.watch_dock.is_folded),
            "view.hide_all": window.toggle_all,
            "view.reset": window.reset_layout,
            "view.full_screen": self.toggle_full_screen,
            "edit.find": self.find_node,
            "edit.settings": self._edit_settings,
            "window.canvas": canvas.setFocus,
            "window.palette": window.palette_dock.reveal,
            "window.next_pane": partial(self.go_to_pane, 1),
            "window.previous_pane": partial(self.go_to_pane, -1),
            "window.next_tab": partial(self._parts.tabs.step, 1),
            "window.previous_tab": partial(self._parts.tabs.step, -1),
            "help.commands": self.search_commands,
            "help.shortcuts": self.show_shortcuts,
            "help.selection": self.help_on_selection,
            "help.copy_code": self._panels.code.copy_all,
            "help.about": lambda: self._tell("Layerloom", about_words()),
        }
        for key in ("node", "data", "training"):
            found[f"window.{key}"] = partial(self.show_inspector, key)
        for key in ("curves", "code", "runs", "problems", "log"):
            found[f"window.{key}"] = partial(self.show_watch, key)
        for choice in THEME_CHOICES:
            found[f"view.theme_{choice}"] = partial(self.choose_theme, choice)
        return found

    def search_commands(self) -> None:
        """Find any command by its name; those used lately stand first."""
        self.commands.open(commands_of(self._actions, self._settings.recent_commands))

    def show_watch(self, key: str) -> None:
        """Bring a page of Watch to the front and go there."""
        self._window.watch_dock.open_page(key)
        _focus(self._parts.watch.page(key))

    def show_inspector(self, key: str, *, focus: bool = True) -> None:
        """Bring a page of the inspector to the front."""
        self._window.inspector_dock.show()
        self._window.inspector_dock.raise_()
        self._parts.inspector.show_page(key)
        if focus:
            _focus(self._parts.inspector.page(key))

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Use light or dark colours, or the desktop's."""
        self._settings.theme = choice
        self._actions[f"view.theme_{choice}"].setChecked(True)
        self._holder.choose(choice)

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or the window again."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def go_to_pane(self, step: int) -> None:
        """Move the focus to the next pane that is seen."""
        panes = [pane for pane in self._panes() if pane.isVisible()]
        focused = QApplication.focusWidget()
        at = next((i for i, pane in enumerate(panes) if pane is focused or _holds(pane, focused)), -1)
        _focus(panes[(at + step) % len(panes)] if at >= 0 else panes[0])

    def find_node(self) -> None:
        """Ask for a node by its name, select and frame it."""
        rows: list[Command] = []
        for network in self._document.project.networks.values():
            for node in network.nodes():
                action = QAction(self.finder)
                action.triggered.connect(partial(self.go_to_node, network.name, node.uid))
                rows.append(Command(words=node.name, detail=f"{node.op} · {network.name}", action=action))
        self.finder.open(rows)

    def go_to_node(self, network: str, uid: str, _checked: bool = False) -> None:
        """Show a node: its network, its place, its settings."""
        if not network:
            network = next((row.name for row in self._document.project.networks.values() if row.has(uid)), "")
        if network not in self._document.project.networks or not self._document.project.network(network).has(uid):
            return
        self._document.show_network(network)
        canvas = self._panels.canvas
        canvas.select({uid})
        if canvas.view.scale >= DETAIL_NAMES:  # its name can be read: what stands around it stays where it is
            canvas.show_node(uid)
        else:
            canvas.frame_selection()
        self.show_inspector("node", focus=False)

    def show_shortcuts(self) -> None:
        """Show the sheet of all keys."""
        ShortcutsDialog(self._actions, self._holder, self._window).exec()

    def help_on_selection(self) -> None:
        """Say what the selected layer does."""
        spec = self._selected_op()
        if spec is None:
            self.show_shortcuts()
        else:
            self._tell(f"{spec.title} ({spec.key})", spec.doc)

    def _selected_op(self) -> OpSpec | None:
        selected: Sequence[str] = sorted(self._panels.canvas.selection())
        if len(selected) != 1 or not self._document.network.has(selected[0]):
            return None
        return self._document.catalog.ops.get(self._document.network.node(selected[0]).op)

    def _edit_settings(self) -> None:
        chosen = list(self._panels.canvas.selection())
        if len(chosen) == 1 and self.open_node(chosen[0]):
            return
        self.show_inspector("node", focus=False)
        self._panels.node.focus_first()

    def _panes(self) -> tuple[QWidget, ...]:
        watch, inspector = self._parts.watch, self._parts.inspector
        return (
            self._panels.canvas,
            self._panels.palette,
            inspector.page(inspector.current_key()),
            watch.page(watch.current_key()),
        )

    def _tell(self, title: str, text: str) -> None:
        self._asker.choose(title, text, [Answer(key="close", label=self.tr("Close"), is_escape=True)])


def _holds(pane: QWidget, focused: QWidget | None) -> bool:
    return focused is not None and pane.isAncestorOf(focused)


def _focus(page: QWidget) -> None:
    """Give the focus to a page, or to the first thing in it that takes it."""
    target = page
    if page.focusPolicy().value == 0 and page.focusProxy() is None:
        target = next((child for child in page.findChildren(QWidget) if child.focusPolicy().value & 2), page)
    target.setFocus()
