"""Blocks beside those of the project: the person's own, a folder of files, and those that ship, with what they need."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from graph import files
from graph.block_copies import alone, brought, main_block
from graph.blocks import GROUP, block_spec
from graph.edits import AddNode, Batch, Edit
from graph.errors import EditError, LoomError
from graph.model import Project, block_key
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from studio.shipped_blocks import SHIPPED, SHIPPED_TITLE, shipped_ops, shipped_projects

PREFIX: Final = "library:"
GROUP_TITLE: Final = "My blocks"
_MOST: Final = 200
_LARGEST: Final = 2_000_000  # bytes of one file


class BlockLibrary:
    """What is in the folder, as it was when last looked at; files that cannot be read are left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, tuple[int, int]] = {}
        self._projects: dict[str, Project] = {}
        self._ops: dict[str, OpSpec] = {}
        self._shipped = dict(shipped_ops())

    def refresh(self) -> None:
        """Look at the folder again; files that stayed as they are are not read again."""
        try:
            paths = sorted(path for path in self.folder.glob("*.loom") if path.is_file())[:_MOST]
            stamps = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}
        except OSError:
            stamps = {}
        stamps = {path: stamp for path, stamp in stamps.items() if stamp[1] <= _LARGEST}
        if stamps != self._seen:
            self._seen = stamps
            self._read()

    def ops(self) -> Mapping[str, OpSpec]:
        """The blocks as ops, with those that ship; what is placed of them is copied into the project."""
        return ChainMap(self._ops, self._shipped)

    def project(self, key: str) -> Project | None:
        """The project of a block that holds it and what it needs."""
        return shipped_projects().get(key) or self._projects.get(key)

    def path_of(self, name: str) -> Path:
        """The file of the block of that name."""
        return self.folder / f"{name}.loom"

    def holds_another(self, project: Project, name: str) -> bool:
        """Whether a block of that name is there that would be written over by another one."""
        known = self._projects.get(f"{PREFIX}{name}")
        return known is not None and files.dump(known) != files.dump(alone(project, name))

    def keep(self, project: Project, name: str) -> None:
        """Write a block of a project into the folder; LoomError says why that cannot be."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise LoomError(f"{self.folder} cannot be made: {problem.strerror}. Share the block as a file.") from None
        files.write(self.path_of(name), alone(project, name))
        self.refresh()

    def remove(self, key: str) -> None:
        """Take a block out of the folder; LoomError says why that cannot be."""
        path = self.path_of(key.removeprefix(PREFIX))
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise LoomError(f"{path} cannot be removed: {problem.strerror}.") from None
        self.refresh()

    def _read(self) -> None:
        self._projects, self._ops = {}, {}
        for path in self._seen:
            try:
                project = files.read(path)
            except LoomError:
                continue
            name, key = main_block(project), f"{PREFIX}{path.stem}"
            if not name:
                continue
            spec = block_spec(project.networks[name])
            doc = f"{spec.doc.removesuffix('A block of this project.')}" or "A block of your library."
            self._projects[key] = project
            self._ops[key] = replace(spec, key=key, group=GROUP_TITLE, doc=doc)


class LibraryOps(Mapping[str, OpSpec]):
    """The ops of a catalogue and the blocks of a library."""

    def __init__(self, ops: Mapping[str, OpSpec], library: BlockLibrary) -> None:
        self._base, self._library = ops, library

    def __getitem__(self, key: str) -> OpSpec:
        return self._library.ops()[key] if key.startswith((PREFIX, SHIPPED)) else self._base[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from self._library.ops()

    def __len__(self) -> int:
        return len(self._base) + len(self._library.ops())


def with_library(catalog: Catalog, library: BlockLibrary) -> Catalog:
    """The catalogue with a person's own blocks, below those of the project, and then those that ship."""
    first, *others = catalog.groups
    groups = (first, GROUP, GROUP_TITLE, SHIPPED_TITLE, *(group for group in others if group != GROUP))
    return replace(catalog, ops=LibraryOps(catalog.ops, library), groups=groups)


def copied_in(project: Project, library: BlockLibrary, edit: Edit) -> Edit:
    """An edit that places blocks of the library, with the copying of their networks into the project before it."""
    keys = sorted({leaf.node.op for leaf in _added(edit) if leaf.node.op.startswith((PREFIX, SHIPPED))})
    if not keys:
        return edit
    after, parts, names = project.copy(), list[Edit](), dict[str, str]()
    for key in keys:
        source = library.project(key)
        if source is None:
            raise EditError(f"{key.removeprefix(PREFIX)} is no longer in your library.")
        found = brought(after, source, main_block(source))
        found.edit.apply(after)
        parts += found.edit.edits
        names[key] = block_key(found.name)
    return Batch(edits=(*parts, _renamed(edit, names)))


def _added(edit: Edit) -> Iterator[AddNode]:
    if isinstance(edit, Batch):
        for part in edit.edits:
            yield from _added(part)
    elif isinstance(edit, AddNode):
        yield edit


def _renamed(edit: Edit, names: Mapping[str, str]) -> Edit:
    if isinstance(edit, Batch):
        return Batch(edits=tuple(_renamed(part, names) for part in edit.edits))
    if isinstance(edit, AddNode) and edit.node.op in names:
        return replace(edit, node=replace(edit.node, op=names[edit.node.op]))
    return edit
