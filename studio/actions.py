"""The table of actions: everything the window can be told to do, with its words, its menu and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

MenuName = Literal["File", "Edit", "View", "Network", "Train", "Window", "Help"]
Scope = Literal["window", "canvas", "code"]
MENUS: tuple[MenuName, ...] = ("File", "Edit", "View", "Network", "Train", "Window", "Help")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action. `scope`: where its keys work (a canvas key needs the canvas in focus). `line`: a rule above it.

    `submenu` puts it under a menu of that title;
    """

    name: str
    label: str
    menu: MenuName
    keys: tuple[str, ...] = ()
    scope: Scope = "window"
    tip: str = ""
    checkable: bool = False
    line: bool = False
    submenu: str = ""


def _row(
    name: str,
    label: str,
    menu: MenuName,
    keys: str = "",
    tip: str = "",
    scope: Scope = "window",
    checkable: bool = False,
    line: bool = False,
    submenu: str = "",
) -> ActionSpec:
    return ActionSpec(
        name=name,
        label=label,
        menu=menu,
        keys=tuple(keys.split()),
        tip=tip,
        scope=scope,
        checkable=checkable,
        line=line,
        submenu=submenu,
    )


_STEPS: tuple[tuple[str, str, MenuName, str, str, Scope], ...] = (
    (
        "step.template",
        "Add a training step…",
        "Network",
        "",
        "Choose one, such as GAN or mean teacher; it comes with its networks.",
        "window",
    ),
    (
        "step.draw",
        "Draw the training step",
        "Network",
        "",
        "Draw what the training panel says, to change it.",
        "window",
    ),
    ("step.new", "New training step", "Network", "", "Draw another number for training to make smaller.", "window"),
    ("step.earlier", "Run it earlier", "Network", "", "Run the shown objective before the one before it.", "window"),
    ("step.later", "Run it later", "Network", "", "Run the shown objective after the one after it.", "window"),
    ("step.remove_all", "Train by the panel again", "Network", "", "Take all drawn objectives away.", "window"),
)
_BLOCKS: tuple[tuple[str, str, MenuName, str, str, Scope], ...] = (
    ("block.make", "Make block…", "Network", "Ctrl+B", "Make one node of the selected layers.", "canvas"),
    ("block.expand", "Expand block", "Network", "Ctrl+Shift+B", "Put its layers in the place of a block.", "canvas"),
    ("block.enter", "Enter block", "Network", "Ctrl+Down", "Show the inside of the selected block.", "canvas"),
    ("block.leave", "Leave block", "Network", "Ctrl+Up", "Show the drawing around the block again.", "canvas"),
    ("block.new", "New block", "Network", "", "Draw a block from the start.", "window"),
    ("block.rename", "Rename block…", "Network", "", "It becomes the name of its class in the code.", "window"),
    (
        "block.keep",
        "Save block to my library",
        "Network",
        "",
        "Offer the block in every project.",
        "window",
    ),
    (
        "block.share",
        "Share block as a file…",
        "Network",
        "",
        "Write a file that others can drop.",
        "window",
    ),
    ("block.clean", "Remove unused blocks", "Network", "", "Take away the blocks that no network uses.", "window"),
)

_PYTHON: tuple[tuple[str, str, MenuName, str, str], ...] = (
    ("python.function", "New Python function", "Network", "", "Write a step of your own, and place it."),
    ("python.module", "New Python module", "Network", "", "Write a layer of your own as a class, and place it."),
    ("python.edit", "Edit Python code…", "Network", "", "Open the code of the selected node, or of this project."),
    ("python.trust", "Trust this project's Python", "Network", "", "Let the Python code of this project run."),
)

ACTIONS: tuple[ActionSpec, ...] = (
    _row("file.new", "New project…", "File", "Ctrl+N", "Begin with a choice of data, or with an empty canvas."),
    _row("file.template", "New from template…", "File", "", "Begin with a network that was published."),
    _row("file.open", "Open…", "File", "Ctrl+O", "Open a .loom project."),
    _row("file.save", "Save", "File", "Ctrl+S", "Save the project to its file.", line=True),
    _row("file.save_as", "Save as…", "File", "Ctrl+Shift+S", "Save the project to another file."),
    _row("file.export", "Export…", "File", "Ctrl+E", "Write the code, the weights, a .pt2 or ONNX.", line=True),
    _row("file.picture", "Export picture…", "File", "Ctrl+Shift+E", "Save the drawing as a PNG picture."),
    _row("file.settings", "Settings…", "File", "Ctrl+,", "Choose colours, sizes, keys and habits.", line=True),
    _row("file.close", "Close", "File", "Ctrl+W", "Close the window.", line=True),
    _row("file.quit", "Quit", "File", "Ctrl+Q", "Leave Layerloom."),
    _row("edit.undo", "Undo", "Edit", "Ctrl+Z", "Take back the last change."),
    _row("edit.redo", "Redo", "Edit", "Ctrl+Shift+Z Ctrl+Y", "Do again what was taken back."),
    _row(
        "edit.cut", "Cut", "Edit", "Ctrl+X", "Take the selected nodes away and keep them to paste.", "canvas", line=True
    ),
    _row("edit.copy", "Copy", "Edit", "Ctrl+C", "Keep the selected nodes to paste.", "canvas"),
    _row("edit.paste", "Paste", "Edit", "Ctrl+V", "Put the copied nodes on the canvas.", "canvas"),
    _row(
        "edit.paste_wired",
        "Paste with wires",
        "Edit",
        "Ctrl+Shift+V",
        "Put the copied nodes on the canvas, fed by what fed the originals.",
        "canvas",
    ),
    _row("edit.duplicate", "Duplicate", "Edit", "Ctrl+D", "Place a second one of what is selected.", "canvas"),
    _row("edit.delete", "Delete", "Edit", "Del Backspace", "Remove the selected nodes and wires.", "canvas"),
    _row(
        "edit.heal",
        "Delete and join wires",
        "Edit",
        "Ctrl+Del",
        "Remove nodes and join what they were between.",
        "canvas",
    ),
    _row("edit.select_all", "Select all", "Edit", "Ctrl+A", "Select every node of this network.", "canvas", line=True),
    _row("edit.rename", "Rename…", "Edit", "F2", "Give the selected node another name.", "canvas"),
    _row("edit.settings", "Edit settings", "Edit", "Return", "Go to the settings of the selected node.", "canvas"),
    _row("edit.find", "Find node…", "Edit", "Ctrl+F", "Go to a node by its name.", line=True),
    _row("view.zoom_in", "Zoom in", "View", "Ctrl+= Ctrl++", "Show the drawing larger."),
    _row("view.zoom_out", "Zoom out", "View", "Ctrl+-", "Show the drawing smaller."),
    _row("view.zoom_100", "Zoom to 100 %", "View", "Ctrl+0", "Show the drawing at its natural size."),
    _row("view.frame_all", "Frame all", "View", "A Home", "Show the whole drawing.", "canvas"),
    _row("view.frame_selection", "Frame selection", "View", "F", "Show what is selected.", "canvas"),
    _row("view.snap", "Snap to grid", "View", "G", "Let dragged nodes stop each 8 units.", "canvas", checkable=True),
    _row(
        "view.values",
        "Show values",
        "View",
        "V",
        "Show beside each wire what flows in a step, and the gradient that comes back.",
        "canvas",
        checkable=True,
    ),
    _row(
        "view.summary", "Network summary…", "View", "", "See weights, calculations and memory of each layer.", line=True
    ),
    _row("view.palette", "Palette", "View", "", "Show or hide the layers.", checkable=True, line=True),
    _row("view.watch", "Watch", "View", "", "Show or hide curves, code, runs, problems and log.", checkable=True),
    _row("view.inspector", "Inspector", "View", "", "Show or hide settings, data and training.", checkable=True),
    _row("view.fold_watch", "Fold Watch", "View", "", "Fold the Watch dock to its rail, or unfold it."),
    _row("view.hide_all", "Hide all panels", "View", "Ctrl+\\", "Leave only the canvas, or bring the panels back."),
    _row("view.reset", "Reset layout", "View", "", "Put every panel back where it began."),
    _row("view.theme_system", "As the system", "View", "", "Follow the desktop.", line=True, submenu="Colours"),
    _row("view.theme_light", "Light", "View", "", "Dark text on a light ground.", submenu="Colours"),
    _row("view.theme_dark", "Dark", "View", "", "Light text on a dark ground.", submenu="Colours"),
    _row("view.code_hints", "Type hints", "View", "", "Write types in the code.", checkable=True, submenu="Code"),
    _row(
        "view.code_comments",
        "Comments",
        "View",
        "",
        "Write shapes, notes and whole docstrings in the code.",
        checkable=True,
        submenu="Code",
    ),
    _row(
        "view.presentation",
        "Presentation",
        "View",
        "Shift+F11",
        "Leave only drawing and curves, large, for a projector; Esc brings the rest back.",
        checkable=True,
    ),
    _row("view.full_screen", "Full screen", "View", "F11", "Use the whole screen."),
    _row("network.add_layer", "Add layer…", "Network", "Tab Space", "Search for a layer to place.", "canvas"),
    _row("network.add_note", "Add note", "Network", "N", "Write a note beside the drawing.", "canvas"),
    _row("network.swap", "Swap…", "Network", "S", "Put another kind in the place of the node.", "canvas", line=True),
    _row("network.wire", "Wire…", "Network", "W", "Choose a port to wire the node to.", "canvas"),
    _row("network.unwire", "Unwire", "Network", "Shift+W", "Take all wires of the selected nodes away.", "canvas"),
    _row(
        "network.map", "Map what this layer sees", "Network", "", "See how a layer arranges the samples, and clusters."
    ),
    _row("network.freeze", "Freeze", "Network", "", "Let training leave the weights of the selected nodes alone."),
    _row("network.thaw", "Thaw", "Network", "", "Let the weights of the selected nodes learn again."),
    _row(
        "network.freeze_body",
        "Freeze all but the head",
        "Network",
        "",
        "Let only the last layers before the Outputs learn.",
        submenu="Transfer",
    ),
    _row("network.thaw_all", "Thaw all", "Network", "", "Let every frozen layer learn again.", submenu="Transfer"),
    _row(
        "network.fit_head",
        "Fit to the data's classes",
        "Network",
        "",
        "Give the last layer an output for each class; its weights begin anew.",
        submenu="Transfer",
    ),
    *(
        _row(
            f"network.align_{edge}",
            f"Align {edge}",
            "Network",
            f"Ctrl+Shift+{key}",
            f"Put the {edge} edges of the selected nodes in line.",
            "canvas",
            submenu="Align",
        )
        for edge, key in (("left", "Left"), ("right", "Right"), ("top", "Up"), ("bottom", "Down"))
    ),
    _row("network.arrange", "Arrange", "Network", "L", "Lay the nodes out in order.", "canvas"),
    _row("network.turn", "Turn the drawing", "Network", "", "Let data flow down, or to the right."),
    _row("network.new", "New network", "Network", "Ctrl+T", "Add an empty network to the project.", line=True),
    _row("network.rename", "Rename network…", "Network", "", "It becomes the name of its class in the code."),
    _row("network.remove", "Remove network", "Network", "", "Take this network out of the project."),
    _row("network.main", "Train this network", "Network", "", "Make the shown network the one that is trained."),
    *(_row(*row, submenu="Blocks") for row in _BLOCKS),
    *(_row(*row, submenu="Training step") for row in _STEPS),
    *(_row(*row, submenu="Python") for row in _PYTHON),
    _row("train.train", "Train", "Train", "Ctrl+Return F5", "Train, pause, or continue."),
    _row("train.stop", "Stop", "Train", "Ctrl+. Shift+F5", "End the run and keep its weights."),
    _row(
        "train.step", "Step", "Train", "F8", "Do one step of training, then pause; a run that has not begun begins so."
    ),
    _row("train.slow", "Slow", "Train", "", "Train slowly enough to watch each step.", checkable=True),
    _row("train.checkpoint", "Checkpoint now", "Train", "F9", "Keep the state of training at this step."),
    _row("train.resume", "Continue the last run", "Train", "", "Go on from the last checkpoint."),
    _row("train.more", "Train more epochs…", "Train", "", "Go on with the last run for some epochs more."),
    _row("train.start_from", "Load this run's weights", "Train", "", "Let the next training start from the run shown."),
    _row("train.attack", "Attack the trained network…", "Train", "", "See how small a change of its input fools it."),
    _row("train.load_weights", "Load weights…", "Train", "", "Let the next training start from a file of weights."),
    _row("train.weights_report", "Show loaded weights…", "Train", "", "See what becomes of each weight of the file."),
    _row("train.again", "Train again from the start", "Train", "", "Begin a new run of this drawing."),
    _row("train.next_problem", "Next problem", "Train", "F4", "Go to the next problem.", line=True),
    _row("train.previous_problem", "Previous problem", "Train", "Shift+F4", "Go to the problem before."),
    _row("train.fix", "Apply fix", "Train", "Alt+Return", "Mend the chosen problem with its first fix."),
    _row("window.canvas", "Canvas", "Window", "Ctrl+1", "Go to the canvas."),
    _row("window.palette", "Layers", "Window", "Ctrl+2", "Search the layers."),
    _row("window.node", "Node", "Window", "Ctrl+3", "Go to the settings of the node."),
    _row("window.data", "Data", "Window", "Ctrl+4", "Choose and look at the data."),
    _row("window.training", "Training", "Window", "Ctrl+5", "Choose loss, optimizer and the rest."),
    _row("window.curves", "Curves", "Window", "Ctrl+6", "Watch the curves.", line=True),
    _row("window.results", "Results", "Window", "Ctrl+7", "See what the network gets right and wrong."),
    _row("window.code", "Code", "Window", "Ctrl+8", "Read the code of the drawing."),
    _row("window.runs", "Runs", "Window", "Ctrl+9", "Look at the runs of this project."),
    _row("window.problems", "Problems", "Window", "Ctrl+Shift+M", "See what is wrong with the drawing."),
    _row("window.log", "Log", "Window", "Ctrl+Shift+L", "Read what the run and the app have said."),
    _row("window.next_pane", "Next pane", "Window", "F6", "Move to the next panel.", line=True),
    _row("window.previous_pane", "Previous pane", "Window", "Shift+F6", "Move to the panel before."),
    _row("window.next_tab", "Next network", "Window", "Ctrl+Tab", "Show the next network."),
    _row("window.previous_tab", "Previous network", "Window", "Ctrl+Shift+Tab", "Show the network before."),
    _row("help.welcome", "Welcome", "Help", "", "Start from your data, from a recent project or from an example."),
    _row("help.commands", "Search commands…", "Help", "Ctrl+Shift+P", "Find any command by its name."),
    _row("help.shortcuts", "Keyboard shortcuts", "Help", "Ctrl+/", "See all keys on one sheet."),
    _row("help.selection", "Help on selection", "Help", "F1", "Read what the selected layer does."),
    _row("help.copy_code", "Copy all code", "Help", "Ctrl+Shift+C", "Copy the code that is shown.", "code"),
    _row("help.about", "About Layerloom", "Help", "", "Version and licence.", line=True),
)


class Actions:
    """The table as QActions, and the menus made of them."""

    def __init__(self, parent: QObject) -> None:
        self.specs: Mapping[str, ActionSpec] = {spec.name: spec for spec in ACTIONS}
        self._actions: dict[str, QAction] = {}
        for spec in ACTIONS:
            action = QAction(spec.label, parent)
            action.setObjectName(spec.name)
            action.setCheckable(spec.checkable)
            action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
            action.setToolTip(spec.tip)
            action.setIconVisibleInMenu(False)  # in the menu its place belongs to the check mark
            action.setMenuRole(QAction.MenuRole.NoRole)
            if spec.scope != "window":
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._actions[spec.name] = action
        self._actions["file.settings"].setMenuRole(QAction.MenuRole.PreferencesRole)
        self._actions["file.quit"].setMenuRole(QAction.MenuRole.QuitRole)
        self._actions["help.about"].setMenuRole(QAction.MenuRole.AboutRole)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the table."""
        return tuple(self._actions.values())

    def all_of(self, scope: Scope) -> tuple[QAction, ...]:
        """The actions whose keys work in a scope."""
        return tuple(self._actions[spec.name] for spec in ACTIONS if spec.scope == scope)

    def connect(self, handlers: Mapping[str, Callable[[], object]]) -> None:
        """Let actions do something; names that are not in the table are our own bug."""
        for name, handler in handlers.items():
            self._actions[name].triggered.connect(lambda _checked=False, call=handler: call())

    def set_keys(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Give actions the keys that the person chose; all others have those of the table."""
        for name, spec in self.specs.items():
            self._actions[name].setShortcuts([QKeySequence(keys) for keys in chosen.get(name, spec.keys)])

    def keys_of(self, name: str) -> tuple[str, ...]:
        """The keys of an action now, written in the same way on every system."""
        return tuple(_portable(keys) for keys in self._actions[name].shortcuts())

    def given_away(self, scope: Scope) -> frozenset[str]:
        """The keys of the table that their actions in a scope have no more."""
        specs = [spec for spec in ACTIONS if spec.scope == scope]
        return frozenset(
            keys for spec in specs for keys in map(_portable, spec.keys) if keys not in self.keys_of(spec.name)
        )

    def owner(self, keys: str, name: str) -> ActionSpec | None:
        """The other action that answers to keys where the action of that name would."""
        wanted, scope = _portable(keys), self.specs[name].scope
        for other in ACTIONS:
            meets = "window" in (other.scope, scope) or other.scope == scope
            if other.name != name and meets and wanted in self.keys_of(other.name):
                return other
        return None

    def bind(self, scope: Scope, widget: QWidget) -> None:
        """Let the keys of a scope work while `widget` or a child of it has the focus."""
        widget.addActions(list(self.all_of(scope)))

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Make the menus; returns them by title, submenus as `Menu/Submenu`."""
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menus[title] = bar.addMenu(f"&{title}")
            for spec in (spec for spec in ACTIONS if spec.menu == title):
                menu = menus[title]
                path = f"{title}/{spec.submenu}"
                if spec.line and path not in menus:
                    menu.addSeparator()
                if spec.submenu:
                    menu = menus.get(path) or menus.setdefault(path, menus[title].addMenu(spec.submenu))
                menu.addAction(self._actions[spec.name])
        return menus

    def shortcut_text(self, name: str) -> str:
        """The first key of an action as this system writes it, or nothing."""
        return self._actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _portable(keys: QKeySequence | str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
