"""Which groups of the palette are open, and the rows that come of it: headings, layers, and one for the rare ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.ops.spec import OpSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a group. `is_open` is None for one that does not fold."""

    title: str
    count: int
    is_open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Stands for the rare layers of a group, or takes them away again."""

    group: str
    count: int
    is_open: bool


PaletteRow = Heading | Rest | OpSpec


class OpenGroups:
    """The groups that are open, and those whose rare layers are seen too."""

    def __init__(self, groups: Iterable[str] = ()) -> None:
        self._open = set(groups)
        self._whole: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The groups that are open."""
        return tuple(sorted(self._open))

    def open(self, group: str) -> None:
        """Open a group."""
        self._open.add(group)

    def toggle(self, group: str) -> None:
        """Open a group, or fold it."""
        self._open ^= {group}

    def toggle_rest(self, group: str) -> None:
        """Show the rare layers of a group too, or no more."""
        self._whole ^= {group}

    def is_open(self, group: str) -> bool:
        """Whether the layers of a group are seen."""
        return group in self._open

    def rows(self, group: str, ops: Sequence[OpSpec]) -> list[PaletteRow]:
        """What stands in the palette for a group; nothing for one without layers."""
        if not ops:
            return []
        rows: list[PaletteRow] = [Heading(title=group, count=len(ops), is_open=self.is_open(group))]
        if not self.is_open(group):
            return rows
        rare = [spec for spec in ops if spec.rare]
        is_whole = group in self._whole or len(rare) == len(ops)
        rows += [spec for spec in ops if is_whole or not spec.rare]
        if rare and len(rare) < len(ops):
            rows.append(Rest(group=group, count=len(rare), is_open=is_whole))
        return rows
