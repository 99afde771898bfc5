"""The document: the single writer of the project, with undo, the file it stands in, and one signal for every change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from graph import files
from graph.blocks import catalog_of
from graph.edits import (
    AddNetwork,
    AddNode,
    Batch,
    Connect,
    Disconnect,
    Edit,
    Move,
    RemoveNetwork,
    RemoveNode,
    Rename,
    RenameNetwork,
    SetBlock,
    SetNote,
    SetParam,
    SetSetting,
    SetText,
)
from graph.errors import EditError, LoomError
from graph.model import Network, Project, empty_project
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from runtime import data_paths
from runtime.start_from import keep_copy, weights_root
from studio.undo import Step, UndoStack
from studio.welcome.examples import is_shipped

_LABELS: dict[type[Edit], str] = {
    AddNode: "Add a layer",
    RemoveNode: "Delete",
    Connect: "Connect",
    Disconnect: "Disconnect",
    SetParam: "Change a setting",
    Rename: "Rename",
    Move: "Move",
    SetNote: "Change a note",
    SetSetting: "Change a setting",
    AddNetwork: "Add a network",
    RemoveNetwork: "Remove a network",
    RenameNetwork: "Rename a network",
    SetBlock: "Change a block",
    SetText: "Change Python code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an edit, its undo or its redo changed; `origin` names the view that asked, so that it can skip its echo.

    `moves_only`: places and notes alone, which mean nothing to shapes and training. `notes`: some notes. `networks`: a
    network was added, removed, renamed or became another block. `texts`: some of its Python is another. `whole`:
    another project took the place of the old one.
    """

    touched: frozenset[str] = frozenset()
    moves_only: bool = False
    notes: bool = False
    data: bool = False
    training: bool = False
    networks: bool = False
    texts: bool = False
    whole: bool = False
    origin: str = ""


class Document(QObject):
    """Owns the open project: applies edits, keeps them for undo, reads and writes the file.

    `revision` grows with every change of meaning (moving nodes and writing notes leave it), so that answers of the
    analysis process can be told from stale ones.
    """

    changed = Signal(object)  # Change
    path_changed = Signal()
    clean_changed = Signal(bool)
    network_shown = Signal(str)
    refused = Signal(str)

    def __init__(self, catalog: Catalog, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog_of(catalog, lambda: self._project)
        self._project = project if project is not None else empty_project()
        self._path: Path | None = None
        self._file_hash = ""
        self._revision = 1
        self._network_name = _first_network(self._project)
        self._origin = ""
        self.supply: Callable[[Edit], Edit] = lambda edit: edit  # puts before an edit what it needs
        self.undo_stack = UndoStack(self._perform, self)
        self.undo_stack.cleanChanged.connect(self.clean_changed)

    @property
    def project(self) -> Project:
        """The open project; only `apply` changes it."""
        return self._project

    @property
    def catalog(self) -> Catalog:
        """The catalogue that the project's nodes are from."""
        return self._catalog

    @property
    def path(self) -> Path | None:
        """The file of the project, or None while it was never saved."""
        return self._path

    def base(self) -> Path:
        """The folder that relative paths of the project start from."""
        return self._path.parent if self._path is not None else Path.home()

    @property
    def revision(self) -> int:
        """A number that grows with every change but those of places and notes."""
        return self._revision

    @property
    def network_name(self) -> str:
        """The name of the network that is shown."""
        return self._network_name

    @property
    def network(self) -> Network:
        """The network that is shown; EditError when the project has none."""
        return self._project.network(self._network_name)

    def show_network(self, name: str) -> None:
        """Show another network of the project; an unknown name leaves the view as it is."""
        if name in self._project.networks and name != self._network_name:
            self._network_name = name
            self.network_shown.emit(name)

    def apply(self, edit: Edit, label: str = "", *, origin: str = "", merge: str = "") -> bool:
        """Apply an edit as one undo step; False, and `refused` with the reason, when it does not fit.

        Edits with the same nonempty `merge` key in a row become one step (a drag, a slider, typing).
        """
        try:
            edit = self.supply(edit)
            inverse = edit.apply(self._project)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        self.undo_stack.push(Step(edit, inverse, label or self._default_label(edit), merge))
        self._announce(edit, origin)
        return True

    def undo(self, *, origin: str = "") -> None:
        """Take the last step back, if there is one."""
        self._origin = origin
        self.undo_stack.undo()
        self._origin = ""

    def redo(self, *, origin: str = "") -> None:
        """Do the step again that was taken back, if there is one."""
        self._origin = origin
        self.undo_stack.redo()
        self._origin = ""

    def is_empty(self) -> bool:
        """Whether nothing was begun yet: no data are chosen, and nothing is drawn."""
        return not self._project.data.get("source") and not any(
            network.nodes() for network in self._project.networks.values()
        )

    def is_changed(self) -> bool:
        """Whether the project differs from what was last saved or opened."""
        return not self.undo_stack.isClean()

    def new(self, project: Project | None = None) -> None:
        """Put another, unsaved project in place of the open one."""
        self._replace(project if project is not None else empty_project(), None, "")

    def open(self, path: Path | str) -> None:
        """Read a project file; LoomError with a sentence when it cannot be read, and nothing has changed."""
        place = Path(path)
        project = files.read(place)
        self._replace(project, place.absolute(), _hash_of(place))

    def restore(self, project: Project, path: Path | None, file_hash: str) -> None:
        """Put work that was not saved in place of the open project.

        It belongs to `path`, where `file_hash` was its file's when the work began; it counts as changed.
        """
        self._replace(project, path, file_hash)
        self.undo_stack.resetClean()

    @property
    def file_hash(self) -> str:
        """What the file held when it was opened or saved here, as a hash; nothing while there is no file."""
        return self._file_hash

    def save(self, path: Path | str | None = None) -> None:
        """Write the project to its file, or to another that becomes its file; LoomError when that cannot be done.

        In another folder paths are written so that they name the same files from there; weights that were kept for
        it, or came along with an example, are kept beside the new file.
        """
        place = Path(path).absolute() if path is not None else self._path
        if place is None:
            raise LoomError("This project has no file yet; choose a name for it.")
        folders = self.base(), place.parent
        sections = self._project.data, self._project.training
        paths = [data_paths.moved(settings, *folders) for settings in sections]
        paths[1] |= self._weights_beside(place)
        before = [{key: settings[key] for key in found} for settings, found in zip(sections, paths, strict=True)]
        for settings, found in zip(sections, paths, strict=True):
            settings.update(found)
        try:
            files.write(place, self._project)
        except LoomError:
            for settings, old in zip(sections, before, strict=True):
                settings.update(old)
            raise
        is_other = place != self._path
        self._path, self._file_hash = place, _hash_of(place)
        if folders[0] != folders[1]:
            self.undo_stack.rewrite(lambda edit: _moved(edit, *folders))
        self.undo_stack.setClean()
        if any(paths):
            self._revision += 1
            self.changed.emit(Change(data=bool(paths[0]), training=bool(paths[1]), origin="save"))
        if is_other:
            self.path_changed.emit()

    def _weights_beside(self, place: Path) -> dict[str, Value]:
        """What the project says of its first weights once it is saved there, if that is another thing."""
        start = data_paths.start_path(self._project.training, self.base())
        is_kept = bool(start) and Path(start).parent == weights_root(self._path).absolute()
        if not Path(start).is_file() or not (is_shipped(start) or (is_kept and self._path is None)):
            return {}
        kept = keep_copy(Path(start), place)
        return {data_paths.START_FROM: data_paths.stored(str(kept), place.parent)}

    def is_file_changed_outside(self) -> bool:
        """Whether another window or program wrote the project's file since it was opened or saved here."""
        return self._path is not None and self._path.exists() and _hash_of(self._path) != self._file_hash

    def text(self) -> str:
        """The project as file text, for the other processes."""
        return files.dump(self._project)

    def _default_label(self, edit: Edit) -> str:
        labels = {_LABELS.get(type(leaf), "Edit") for leaf in _leaves(edit)}
        return self.tr(labels.pop()) if len(labels) == 1 else self.tr("Edit")

    def _perform(self, edit: Edit) -> None:
        """Undo and redo come here from the stack, also when a view calls the stack itself."""
        edit.apply(self._project)
        self._announce(edit, self._origin)

    def _announce(self, edit: Edit, origin: str) -> None:
        change = _change_of(edit, origin)
        if not change.moves_only:
            self._revision += 1
        before = self._network_name
        if change.networks:
            self._network_name = self._network_after(edit)
        self.changed.emit(change)
        if self._network_name != before:
            self.network_shown.emit(self._network_name)

    def _network_after(self, edit: Edit) -> str:
        name = self._network_name
        for leaf in _leaves(edit):
            if isinstance(leaf, RenameNetwork) and leaf.name == name:
                name = leaf.new_name
        return name if name in self._project.networks else _first_network(self._project)

    def _replace(self, project: Project, path: Path | None, file_hash: str) -> None:
        self._project, self._path, self._file_hash = project, path, file_hash
        self._network_name = _first_network(project)
        self._revision += 1
        self.undo_stack.clear()
        self.changed.emit(Change(data=True, training=True, networks=True, texts=True, whole=True))
        self.network_shown.emit(self._network_name)
        self.path_changed.emit()


def _leaves(edit: Edit) -> Iterator[Edit]:
    if isinstance(edit, Batch):
        for part in edit.edits:
            yield from _leaves(part)
    else:
        yield edit


def _moved(edit: Edit, old: Path, new: Path) -> Edit:
    """An edit whose paths named files from one folder, so that they name the same from another."""
    if isinstance(edit, Batch):
        return Batch(edits=tuple(_moved(part, old, new) for part in edit.edits))
    if isinstance(edit, SetSetting) and edit.section != "view" and isinstance(edit.value, str):
        return replace(edit, value=data_paths.moved({edit.key: edit.value}, old, new).get(edit.key, edit.value))
    return edit


def _change_of(edit: Edit, origin: str) -> Change:
    leaves = list(_leaves(edit))
    sections = {leaf.section for leaf in leaves if isinstance(leaf, SetSetting)}
    return Change(
        touched=edit.touched(),
        moves_only=edit.moves_only,
        notes=any(isinstance(leaf, SetNote) for leaf in leaves),
        data="data" in sections,
        training="training" in sections,
        networks=any(isinstance(leaf, AddNetwork | RemoveNetwork | RenameNetwork | SetBlock) for leaf in leaves),
        texts=any(isinstance(leaf, SetText) for leaf in leaves),
        origin=origin,
    )


def _first_network(project: Project) -> str:
    return project.main().name if project.has_main else min(project.networks, default="")


def _hash_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
