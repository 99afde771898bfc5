"""What the person sees on top of a scene: selection, pointer, and the gesture under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtGui import QImage

from graph.model import Wire
from studio.canvas.geometry import Bools, Rect

What = Literal["nothing", "badge", "wire_badge", "port", "node", "wire", "note", "note_corner", "guide", "beyond"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What lies under the pointer; `row` is that of a node, port or wire in the geometry, of a note, or of an edge."""

    what: What = "nothing"
    row: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A wire being pulled: from a port to the pointer. `possible` are the ports that can take it."""

    port: int
    x: float
    y: float
    possible: Bools
    target: int = -1
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """The outline of a node that would be placed, and the wire it would be put into."""

    x: float
    y: float
    pill: bool
    wire: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the last run came to, said at an Output; pale when the drawing is another one by now."""

    text: str
    is_pale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMark:
    """The numbers that leave a port in a step and what the loss hands back, in short; `tip` is more of them."""

    value: str
    grad: str = ""
    tip: str = ""


@dataclass(slots=True, kw_only=True)
class Look:
    """Changed by gestures and by the widget, read by the painter. Rectangles and points are in scene units."""

    selected: frozenset[str] = frozenset()
    selected_notes: frozenset[str] = frozenset()
    selected_wire: Wire | None = None
    hovered: Hit = Hit()
    focused: str = ""
    rubber: Rect | None = None
    pull: Pull | None = None
    ghosts: tuple[Ghost, ...] = ()
    hidden_wire: Wire | None = None
    guide: str = ""
    snaps: bool = False
    moved_notes: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)
    edited_note: str = ""
    shows_zoom: bool = True
    samples: Mapping[str, QImage] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    values: Mapping[tuple[str, str], ValueMark] = field(default_factory=dict)
    values_caption: str = ""

    @property
    def has_chosen(self) -> bool:
        """Whether nodes, notes or a wire are selected."""
        return bool(self.selected or self.selected_notes or self.selected_wire is not None)
