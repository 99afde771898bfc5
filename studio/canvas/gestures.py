"""Mouse gestures of the canvas, one class each: begun by a press, then moved, released or cancelled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from PySide6.QtCore import QPointF

from graph.edits import Edit
from graph.fits import misfit
from graph.model import Position, Wire
from studio.canvas.building import Builder, shifted
from studio.canvas.geometry import Bools
from studio.canvas.look import Ghost, Hit, Look, Pull
from studio.canvas.notes import notes_in
from studio.canvas.scene import Scene
from studio.canvas.view import View

DRAG_PIXELS: Final = 5.0
SNAP_PIXELS: Final = 6.0
GRID: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where the pointer is, in scene units and in widget pixels, and the keys held with it."""

    x: float
    y: float
    at: QPointF
    shift: bool = False
    ctrl: bool = False
    alt: bool = False


class Stage(Protocol):
    """What gestures need of the canvas."""

    @property
    def scene(self) -> Scene: ...
    @property
    def look(self) -> Look: ...
    @property
    def view(self) -> View: ...

    def builder(self) -> Builder: ...
    def apply(self, edit: Edit, label: str) -> bool: ...
    def select(self, uids: Iterable[str], notes: Iterable[str] = ()) -> None: ...
    def show_notes_moved(self, by: Position) -> None: ...
    def move_selection(self, homes: Mapping[str, Position], by: Position) -> bool: ...
    def select_wire(self, wire: Wire | None) -> None: ...
    def pan(self, dx: float, dy: float) -> None: ...
    def offer_search(self, pointer: Pointer, port: int) -> None: ...
    def update(self) -> None: ...


class Gesture(ABC):
    """One mouse gesture. The canvas makes it at the press, and forgets it at release or cancel."""

    def __init__(self, stage: Stage, pointer: Pointer) -> None:
        self._stage = stage
        self._start = pointer
        self._is_dragged = False

    def is_drag(self, pointer: Pointer) -> bool:
        """Whether the pointer has left the place of the press, which turns a click into a drag."""
        if not self._is_dragged:
            self._is_dragged = (pointer.at - self._start.at).manhattanLength() >= DRAG_PIXELS
        return self._is_dragged

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """Follow the pointer."""

    @abstractmethod
    def release(self, pointer: Pointer) -> None:
        """Do what the gesture was for."""

    @abstractmethod
    def cancel(self) -> None:
        """Leave everything as it was before the press."""


class Pan(Gesture):
    """Pulls the whole drawing along."""

    def __init__(self, stage: Stage, pointer: Pointer) -> None:
        super().__init__(stage, pointer)
        self._last = pointer.at
        self._moved = QPointF()

    def move(self, pointer: Pointer) -> None:
        step = pointer.at - self._last
        self._last = pointer.at
        self._moved += step
        self._stage.pan(step.x(), step.y())

    def release(self, pointer: Pointer) -> None:
        self.move(pointer)

    def cancel(self) -> None:
        self._stage.pan(-self._moved.x(), -self._moved.y())


class Rubber(Gesture):
    """Selects what a rectangle meets; with Shift or Ctrl in addition to what was selected."""

    def __init__(self, stage: Stage, pointer: Pointer) -> None:
        super().__init__(stage, pointer)
        self._before = stage.look.selected
        self._notes_before = stage.look.selected_notes
        adds = pointer.shift or pointer.ctrl
        self._kept = self._before if adds else frozenset()
        self._kept_notes = self._notes_before if adds else frozenset()

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag(pointer):
            return
        stage, start = self._stage, self._start
        left, right = sorted((start.x, pointer.x))
        top, bottom = sorted((start.y, pointer.y))
        stage.look.rubber = (left, top, right, bottom)
        geometry = stage.scene.geometry
        inside = {geometry.uids[row] for row in geometry.nodes_in(stage.look.rubber).tolist()}
        notes = {stage.scene.notes[row].uid for row in notes_in(stage.scene.notes, stage.look.rubber)}
        stage.select(self._kept | inside, self._kept_notes | notes)
        stage.update()

    def release(self, pointer: Pointer) -> None:
        self._stage.look.rubber = None
        if not self._is_dragged:
            self._stage.select(self._kept, self._kept_notes)
            self._stage.select_wire(None)
        self._stage.update()

    def cancel(self) -> None:
        self._stage.look.rubber = None
        self._stage.select(self._before, self._notes_before)
        self._stage.update()


class PressNode(Gesture):
    """Selects a node, and moves the selection when dragged: one Move at the end. With Alt it drags copies out."""

    def __init__(self, stage: Stage, pointer: Pointer, uid: str) -> None:
        super().__init__(stage, pointer)
        self._uid = uid
        self._before = stage.look.selected
        self._notes_before = stage.look.selected_notes
        self._was_selected = uid in self._before
        if pointer.shift or pointer.ctrl:
            stage.select(self._before | {uid}, self._notes_before)
        elif not self._was_selected:
            stage.select({uid})
        network = stage.scene.network
        self._homes: dict[str, Position] = {
            one: network.position(one) for one in stage.look.selected | {uid} if network.has(one)
        }
        self._by: Position = (0.0, 0.0)
        self._wire: Wire | None = None

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag(pointer):
            return
        stage, look = self._stage, self._stage.look
        self._by = self._snapped((pointer.x - self._start.x, pointer.y - self._start.y))
        places = shifted(self._homes, self._by)
        if self._start.alt:
            look.ghosts = tuple(
                Ghost(x=x, y=y, pill=stage.scene.spec(uid).face == "pill") for uid, (x, y) in places.items()
            )
        else:
            stage.scene.move(places)
            stage.show_notes_moved(self._by)
            self._aim(places, joins=not pointer.alt)
        stage.update()

    def _aim(self, places: dict[str, Position], *, joins: bool) -> None:
        """Find the wire that a single free node is held over; with Alt it is left alone."""
        self._wire, self._stage.look.ghosts = None, ()
        if not joins or len(places) != 1 or self._stage.look.selected_notes:
            return
        stage, geometry = self._stage, self._stage.scene.geometry
        uid, (x, y) = next(iter(places.items()))
        row = geometry.wire_at(x, y, 14.0)
        if row < 0 or stage.builder().insert_existing(uid, geometry.wires[row], (x, y)) is None:
            return
        self._wire = geometry.wires[row]
        is_pill = stage.scene.spec(uid).face == "pill"
        stage.look.ghosts = (Ghost(x=x, y=y, pill=is_pill, wire=row),)

    def _snapped(self, by: Position) -> Position:
        """The way moved, drawn to the line of a wired neighbour that stays where it is."""
        stage, network = self._stage, self._stage.scene.network
        x, y = self._homes[self._uid]
        across = 0 if stage.scene.direction == "down" else 1
        here = (x + by[0], y + by[1])[across]
        neighbours = {wire.source for wire in network.wires_in(self._uid)}
        neighbours |= {wire.target for wire in network.wires_out(self._uid)}
        for other in sorted(neighbours - set(self._homes)):
            off = network.position(other)[across] - here
            if abs(off) <= SNAP_PIXELS / stage.view.scale:
                return (by[0] + off, by[1]) if across == 0 else (by[0], by[1] + off)
        if stage.look.snaps:
            return _on_grid(x + by[0]) - x, _on_grid(y + by[1]) - y
        return round(by[0]), round(by[1])

    def release(self, pointer: Pointer) -> None:
        stage = self._stage
        stage.look.ghosts, stage.look.moved_notes = (), {}
        if not self._is_dragged:
            if self._start.shift or self._start.ctrl:
                if self._was_selected:
                    stage.select(self._before - {self._uid}, self._notes_before)
            else:
                stage.select({self._uid})
            return
        if self._start.alt:
            self._drop_copies()
        elif self._by != (0.0, 0.0):
            self._drop()
        stage.update()

    def _drop(self) -> None:
        stage = self._stage
        places = shifted(self._homes, self._by)
        edit: Edit | None = None
        if self._wire is not None:
            edit = stage.builder().insert_existing(self._uid, self._wire, places[self._uid])
        if edit is not None:
            is_done = stage.apply(edit, "Put into a wire")
        else:
            is_done = stage.move_selection(self._homes, self._by)
        if not is_done:
            stage.scene.move(self._homes)

    def _drop_copies(self) -> None:
        stage, network = self._stage, self._stage.scene.network
        rows = [(network.node(uid), place) for uid, place in self._homes.items()]
        wires = [wire for wire in network.wires() if wire.source in self._homes and wire.target in self._homes]
        edit, uids = stage.builder().copies(rows, wires, self._by)
        if stage.apply(edit, "Duplicate"):
            stage.select(uids)

    def cancel(self) -> None:
        stage = self._stage
        stage.look.ghosts, stage.look.moved_notes = (), {}
        stage.scene.move({uid: place for uid, place in self._homes.items() if stage.scene.network.has(uid)})
        stage.select(self._before, self._notes_before)
        stage.update()


class PullWire(Gesture):
    """Pulls a wire from a port to another; from a wired input port it takes the end of that wire along."""

    def __init__(self, stage: Stage, pointer: Pointer, port: int) -> None:
        super().__init__(stage, pointer)
        self._pressed = port
        self._port = port
        self._taken: Wire | None = None
        self._possible: Bools | None = None

    def move(self, pointer: Pointer) -> None:
        if not self.is_drag(pointer):
            return
        stage, geometry = self._stage, self._stage.scene.geometry
        if self._possible is None:
            self._begin()
        assert self._possible is not None
        reach = max(1.0, 0.7 / stage.view.scale)
        target = geometry.port_at(pointer.x, pointer.y, self._possible, reach)
        over = target if target >= 0 else geometry.port_at(pointer.x, pointer.y, None, reach)
        if over < 0:
            target = over = self._port_of_node(pointer)
        stage.look.pull = Pull(
            port=self._port,
            x=pointer.x,
            y=pointer.y,
            possible=self._possible,
            target=target,
            message=self._message(target, over),
        )
        stage.update()

    def _port_of_node(self, pointer: Pointer) -> int:
        """On the face of a node: its first possible port, a free one before a wired one."""
        scene, geometry = self._stage.scene, self._stage.scene.geometry
        row = geometry.node_at(pointer.x, pointer.y)
        if row < 0 or self._possible is None:
            return -1
        ports = [port for port in geometry.ports_of(row) if self._possible[port]]
        return min(ports, key=lambda port: (bool(scene.port_wired[port]), port), default=-1)

    def _begin(self) -> None:
        scene, geometry = self._stage.scene, self._stage.scene.geometry
        if not geometry.port_output[self._pressed]:
            row = geometry.wire(*geometry.port_name(self._pressed))
            if row >= 0:
                self._taken = geometry.wires[row]
                self._port = int(geometry.wire_source[row])
                self._stage.look.hidden_wire = self._taken
        self._possible = possible_ports(scene, self._port)

    def _message(self, target: int, over: int) -> str:
        scene, geometry = self._stage.scene, self._stage.scene.geometry
        if target >= 0:
            output = self._port if geometry.port_output[self._port] else target
            info = scene.info(output)
            uid, port = geometry.port_name(target)
            name = scene.network.node(uid).name
            where = name if scene.has_lone_side(target) else f"{name}.{port}"
            if info is None:
                return f"→ {where}"
            taker = target if geometry.port_output[self._port] else self._port
            reason = misfit(scene.spec(geometry.port_name(taker)[0]), info)
            return f"{info.label()} → {where}" if reason is None else reason
        if over < 0 or over == self._port:
            return ""
        wire = self._wire_to(over)
        if wire is None:
            both = "give" if geometry.port_output[self._port] else "take"
            return f"Both ends {both} data; a wire goes from an output to an input."
        return self._stage.builder().why_not(wire) or ""

    def _wire_to(self, port: int) -> Wire | None:
        geometry = self._stage.scene.geometry
        if geometry.port_output[port] == geometry.port_output[self._port]:
            return None
        source, target = (self._port, port) if geometry.port_output[self._port] else (port, self._port)
        return Wire(*geometry.port_name(source), *geometry.port_name(target))

    def release(self, pointer: Pointer) -> None:
        stage, pull = self._stage, self._stage.look.pull
        self._end()
        if not self._is_dragged or pull is None:
            self._click(pointer)
            return
        if pull.target >= 0:
            self._connect(pull.target)
        elif self._taken is not None:
            stage.apply(stage.builder().disconnect(self._taken), "Disconnect")
        elif not pull.message and self._is_over_nothing(pointer):
            stage.offer_search(pointer, self._port)

    def _is_over_nothing(self, pointer: Pointer) -> bool:
        return self._stage.scene.geometry.node_at(pointer.x, pointer.y) < 0

    def _connect(self, target: int) -> None:
        wire = self._wire_to(target)
        if wire is None or wire == self._taken:
            return
        reason = self._stage.builder().why_not(wire)
        if reason is None:
            self._stage.apply(self._stage.builder().connect(wire, self._taken), "Connect")

    def _click(self, pointer: Pointer) -> None:
        """A click on a port selects its wire, or its node when it has none."""
        stage, geometry = self._stage, self._stage.scene.geometry
        uid, _ = geometry.port_name(self._pressed)
        row = geometry.wire_at(pointer.x, pointer.y, 6.0 / stage.view.scale)
        if row >= 0:
            stage.select_wire(geometry.wires[row])
        else:
            stage.select({uid})

    def _end(self) -> None:
        self._stage.look.pull = None
        self._stage.look.hidden_wire = None
        self._stage.update()

    def cancel(self) -> None:
        self._end()


class PressWire(Gesture):
    """Selects a wire."""

    def __init__(self, stage: Stage, pointer: Pointer, wire: Wire) -> None:
        super().__init__(stage, pointer)
        self._before = stage.look.selected_wire
        stage.select_wire(wire)

    def move(self, pointer: Pointer) -> None:
        """A wire stays where it is."""

    def release(self, pointer: Pointer) -> None:
        """The press has selected it."""

    def cancel(self) -> None:
        self._stage.select_wire(self._before)


def _on_grid(value: float) -> float:
    return round(value / GRID) * GRID


def gesture_at(stage: Stage, hit: Hit, pointer: Pointer) -> Gesture:
    """The gesture that a press of the left button begins."""
    geometry = stage.scene.geometry
    if hit.what == "port":
        return PullWire(stage, pointer, hit.row)
    if hit.what == "node":
        return PressNode(stage, pointer, geometry.uids[hit.row])
    if hit.what == "wire":
        return PressWire(stage, pointer, geometry.wires[hit.row])
    return Rubber(stage, pointer)


def possible_ports(scene: Scene, port: int) -> Bools:
    """The ports that can take the other end of a wire from `port`: the other direction, and no circle."""
    geometry = scene.geometry
    is_output = bool(geometry.port_output[port])
    froms = geometry.port_node[geometry.wire_target if is_output else geometry.wire_source].tolist()
    tos = geometry.port_node[geometry.wire_source if is_output else geometry.wire_target].tolist()
    leads: dict[int, list[int]] = {}
    for one, other in zip(froms, tos, strict=True):
        leads.setdefault(one, []).append(other)
    blocked = np.zeros(len(geometry.uids), np.bool_)
    waiting = [int(geometry.port_node[port])]
    while waiting:
        node = waiting.pop()
        if not blocked[node]:
            blocked[node] = True
            waiting += leads.get(node, ())
    blocked[[geometry.index[uid] for uid in scene.strange()]] = True
    possible: Bools = (geometry.port_output != is_output) & ~blocked[geometry.port_node]
    return possible
