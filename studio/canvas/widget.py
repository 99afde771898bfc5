"""The canvas: one widget that shows a network, and turns mouse and keys into gestures and commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from graph.edits import Edit, Move
from graph.fields import Field
from graph.model import Network, Position, Wire
from graph.ops.spec import Value
from graph.problems import Problem
from runtime.protocol import Analysis
from studio.canvas.accessible import install, tell_selection
from studio.canvas.building import Builder, shifted
from studio.canvas.commands import ORIGIN, Commands
from studio.canvas.drops import DropTarget
from studio.canvas.geometry import Direction, Rect
from studio.canvas.gestures import Pointer
from studio.canvas.keys import KeyBindings
from studio.canvas.look import Figure, Hit, Look, ValueMark
from studio.canvas.mouse import Mouse
from studio.canvas.note_editing import NoteDesk, moved_notes, places_moved, together
from studio.canvas.painter import CanvasPainter
from studio.canvas.popups import Popups
from studio.canvas.samples import Samples
from studio.canvas.scene import Scene
from studio.canvas.sprites import Sprites
from studio.canvas.surface import Surface
from studio.canvas.view import Spot, View
from studio.canvas.viewport import Viewport
from studio.document import Change, Document
from studio.theme import ThemeHolder

if TYPE_CHECKING:
    from studio.canvas.driver import CanvasDriver


class CanvasWidget(Surface):
    """Shows the network that the document shows. Edits go to the document, changes come back from it.

    `menu_wanted` carries a place on the screen and what lies there: node, wire, note or nothing.
    `search_wanted` carries a place on the screen and the port (uid, name, is output) that waits for a node, or None;
    the canvas opens its own search then. Selections are uids.
    """

    selection_changed = Signal(frozenset)
    wire_selection_changed = Signal(object)
    node_activated = Signal(str)
    rename_wanted = Signal(str)
    view_changed = Signal()
    search_wanted = Signal(QPoint, object)
    menu_wanted = Signal(QPoint, str)
    leave_wanted = Signal()  # Esc, where there is nothing else to give up and the drawing is a block

    def __init__(self, document: Document, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._holder = holder
        self._scene = Scene(document.catalog)
        self._look = Look()
        self._viewport = Viewport(self._scene.geometry)
        self._viewport.corners = lambda: self._painter.corners(self._look, QRectF(self.rect()))
        self._painter = CanvasPainter(Sprites(holder.canvas_theme, self.devicePixelRatioF()))
        self._commands = Commands(document, self)
        self._keys = KeyBindings(self)
        self._mouse = Mouse(self, self._keys)
        self._drops = DropTarget(self, document.catalog)
        self.popups = Popups(self, document.catalog, holder)
        self._samples = Samples(self._scene, self._look)
        self.notes = NoteDesk(self, holder)
        self.spot_of: Callable[[str], Spot | None] = lambda _network: None
        self.wheel_mode: Literal["auto", "mouse", "touchpad"] = "auto"
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 160)
        self.setAccessibleName(self.tr("Canvas"))
        install()
        document.changed.connect(self._on_changed)
        document.network_shown.connect(self._on_network_shown)
        holder.changed.connect(self._on_theme_changed)
        self._show_network()

    # What gestures and commands need.

    @property
    def scene(self) -> Scene:
        return self._scene

    @property
    def look(self) -> Look:
        return self._look

    @property
    def view(self) -> View:
        return self._viewport.view

    def builder(self) -> Builder:
        return Builder(self._document.catalog, self._scene.network, self._scene.direction, self._scene.fields)

    def apply(self, edit: Edit, label: str, merge: str = "") -> bool:
        return self._document.apply(edit, self.tr(label), origin=ORIGIN, merge=merge)

    def pan(self, dx: float, dy: float) -> None:
        """Shift the drawing by widget pixels."""
        self._set_view(self.view.moved(dx, dy))

    def show_notes_moved(self, by: Position) -> None:
        """Show the selected notes moved by a vector, while they are dragged."""
        self._look.moved_notes = places_moved(self._scene.network, self._look.selected_notes, by)

    def move_selection(self, homes: Mapping[str, Position], by: Position) -> bool:
        """Move nodes from their homes, and the selected notes, by a vector: one step."""
        network = self._scene.network
        edits: list[Edit] = [Move(network=network.name, positions=shifted(homes, by))] if homes else []
        edits += moved_notes(network, self._look.selected_notes, by)
        return bool(edits) and self.apply(together(edits), "Move")

    def offer_search(self, pointer: Pointer, port: int) -> None:
        """Open the search for a node at the end of a pulled wire."""
        self.popups.search_for_port(self.mapToGlobal(pointer.at.toPoint()), (pointer.x, pointer.y), port)

    def middle(self) -> Position:
        """The scene point in the middle of the canvas."""
        return self.view.to_scene(self.width() / 2, self.height() / 2)

    def show_node(self, uid: str) -> None:
        """Bring a node into view, with as little motion as possible."""
        row = self._scene.geometry.index.get(uid)
        if row is not None:
            self.show_place(self._scene.geometry.rect(row))

    def show_place(self, rect: Rect) -> None:
        """Bring a rectangle of the scene into view, with as little motion as possible."""
        if self._viewport.reveal(rect):
            self._after_view_change()

    # What the window calls.

    def selection(self) -> frozenset[str]:
        return self._look.selected

    def select(self, uids: Iterable[str], notes: Iterable[str] = ()) -> None:
        """Select exactly these nodes and notes."""
        chosen = frozenset(uid for uid in uids if self._scene.network.has(uid))
        chosen_notes = frozenset(notes)
        if (chosen or chosen_notes) and self._look.selected_wire is not None:
            self.select_wire(None)
        if chosen_notes != self._look.selected_notes:
            self._look.selected_notes = chosen_notes
            self.update()
        if chosen != self._look.selected:
            self._look.selected = chosen
            self.selection_changed.emit(chosen)
            tell_selection(self)
            self.update()

    def selected_wire(self) -> Wire | None:
        return self._look.selected_wire

    def select_wire(self, wire: Wire | None) -> None:
        """Select a wire alone, or none."""
        if wire is not None:
            self.select(())
        if wire != self._look.selected_wire:
            self._look.selected_wire = wire
            self.wire_selection_changed.emit(wire)
            self.update()

    def give_keys_away(self, keys: frozenset[str]) -> None:
        """Leave these keys to the commands that the person gave them to."""
        self._keys.give_away(keys)

    def select_all(self) -> None:
        self.select(self._scene.geometry.uids, (note.uid for note in self._scene.notes))

    def frame_all(self, *, most: float = 1.0) -> None:
        """Show the whole drawing, at most at that scale, and keep showing it while the canvas is resized."""
        self._viewport.frame_all(most)
        self._after_view_change()

    def frame_selection(self) -> None:
        """Show what is selected, or everything."""
        rows = [self._scene.geometry.index[uid] for uid in self._look.selected if uid in self._scene.geometry.index]
        self._viewport.frame(rows)
        self._after_view_change()

    def spot(self) -> Spot | None:
        """What is looked at, or None while the view is at fit."""
        return self._viewport.spot()

    def go_to(self, spot: Spot) -> None:
        """Look at a spot."""
        self._viewport.go_to(spot)
        self._after_view_change()

    def zoom_by(self, factor: float) -> None:
        """Zoom around the middle."""
        self.zoom_to(self.view.scale * factor)

    def zoom_to(self, scale: float) -> None:
        self._set_view(self.view.zoomed(scale, self.width() / 2, self.height() / 2))

    def add_op(self, key: str, scene_pos: QPointF | Position | None = None) -> str:
        """Place a node and select it: at a point of the scene, or under the selection and wired to it; its uid."""
        at = (scene_pos.x(), scene_pos.y()) if isinstance(scene_pos, QPointF) else scene_pos
        return self._commands.add(key, at)

    def open_search(self) -> None:
        """Open the search for a layer, which is placed under the selection."""
        self.popups.search_below()

    def delete_selection(self, *, heal: bool = False) -> None:
        """Delete the selected nodes or wire; `heal` joins the wires of what goes."""
        self._commands.delete(heal=heal)

    def arrange(self) -> None:
        self._commands.arrange()
        self._viewport.follow()
        self._after_view_change()

    def add_note(self) -> None:
        """Write a new note at the pointer, or beside the selection."""
        self.notes.add()

    def rename_selected(self) -> None:
        """Ask for another name of the one selected node."""
        if len(self._look.selected) == 1:
            self.rename_wanted.emit(next(iter(self._look.selected)))

    @property
    def commands(self) -> Commands:
        """What keys and menus do."""
        return self._commands

    def autos_of(self, uid: str) -> Mapping[str, Value]:
        """The params of a node that follow from what arrives."""
        return self._scene.autos().get(uid, {})

    def set_analysis(self, analysis: Analysis | None, stale: bool = False) -> None:
        """Show what torch says: what flows, auto params, weights, problems. A stale answer is shown pale."""
        self._scene.set_analysis(analysis, stale=stale)
        if analysis is not None:
            self._scene.set_problems(analysis.problems)
        self.update()

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Mark nodes and wires with what is wrong with them, in place of the problems shown before."""
        self._scene.set_problems(problems)
        self.popups.close_popover()
        self.update()

    def set_fields(self, fields: Sequence[Field]) -> None:
        """Tell the fields of the data, for the words on Inputs and Outputs."""
        self._scene.set_fields(fields)
        self.update()

    def set_samples(self, samples: Mapping[str, QImage | Sequence[QImage]]) -> None:
        """Show pictures of the data on Inputs, by uid; a click on the picture turns to the next."""
        self._samples.take(samples)
        self.update()

    def set_figures(self, figures: Mapping[str, Figure]) -> None:
        """Show what the last run came to at Outputs, by uid; the drawing itself stays as it is."""
        if figures != self._look.figures:
            self._look.figures = figures
            self.update()

    def set_values(self, values: Mapping[tuple[str, str], ValueMark], caption: str) -> None:
        """Show the numbers of a step beside the ports that they leave, in the place of shapes."""
        if (values, caption) == (self._look.values, self._look.values_caption):
            return
        had_caption = bool(self._look.values_caption)
        self._look.values, self._look.values_caption = values, caption
        self.update()
        if had_caption != bool(caption):
            self._viewport.follow()
            self._after_view_change()

    def show_problem(self, problem: Problem) -> None:
        """Go to the node of a problem and say what is wrong."""
        row = self._scene.geometry.index.get(problem.node)
        if row is not None:
            self.select({problem.node})
            self.show_node(problem.node)
            self.popups.tell_node(row)

    def driver(self) -> CanvasDriver:
        """Hands that use the canvas by the names of nodes and ports, with real mouse events; for tests."""
        from studio.canvas.driver import CanvasDriver  # the driver needs QtTest, which only tests have

        return CanvasDriver(self)

    # The document.

    def _on_changed(self, change: object) -> None:
        assert isinstance(change, Change)
        self._mouse.cancel()
        self._scene.take_notes()
        network = self._shown_network()
        is_turned = self._wanted_direction() != self._scene.direction
        if change.whole or is_turned or network is not self._scene.network:
            self._show_network()
            return
        if change.moves_only:
            self._scene.replace(change.touched)
        elif change.touched or change.networks or change.texts:
            self._scene.refresh(change.touched)
        self._forget_gone()
        self.popups.close_popover()
        self._look.hovered = Hit()
        self._set_guide()
        self.update()

    def _on_network_shown(self, name: str) -> None:
        self._show_network()

    def _wanted_direction(self) -> Direction:
        return "right" if self._document.project.view.get("direction") == "right" else "down"

    def _shown_network(self) -> Network | None:
        return self._document.project.networks.get(self._document.network_name)

    def _show_network(self) -> None:
        self.notes.drop()
        self._scene.show(self._shown_network(), self._wanted_direction())
        self._forget_gone()
        self.popups.close_popover()
        self._look.hovered = Hit()
        self._set_guide()
        self._viewport.show(self._scene.inputs(), self.spot_of(self._document.network_name))
        self._after_view_change()

    def _forget_gone(self) -> None:
        network, wire = self._scene.network, self._look.selected_wire
        notes = [uid for uid in self._look.selected_notes if network.note(uid) or uid == self._look.edited_note]
        self.select((uid for uid in self._look.selected if network.has(uid)), notes)
        if wire is not None and (
            not network.has(wire.target) or network.wire_into(wire.target, wire.target_port) != wire
        ):
            self.select_wire(None)

    def _set_guide(self) -> None:
        self._look.guide = self.tr("Drop a layer here, or press Tab") if self._scene.has_only_ends() else ""

    # The view.

    def _set_view(self, view: View) -> None:
        self._viewport.view = view
        self._after_view_change()

    def _after_view_change(self) -> None:
        self.popups.close_popover()
        self.notes.place()
        self.view_changed.emit()
        self.update()

    def _on_theme_changed(self, _theme: object) -> None:
        self._painter = CanvasPainter(Sprites(self._holder.canvas_theme, self.devicePixelRatioF()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(860, 760)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._viewport.resize(self.width(), self.height())
        self._after_view_change()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._painter.ratio != self.devicePixelRatioF():
            self._painter = CanvasPainter(Sprites(self._holder.canvas_theme, self.devicePixelRatioF()))
        painter = QPainter(self)
        self._painter.paint(painter, self._scene, self.view, self._look, QRectF(event.rect()), QRectF(self.rect()))
        painter.end()

    def turn_sample(self, x: float, y: float) -> None:
        """Show the next picture of the Input whose picture lies at a point of the scene, if one does."""
        if self._samples.click(x, y):
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._viewport.turn_wheel(event, self.wheel_mode)
        self._after_view_change()
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if self._viewport.pinch(event):
                self._after_view_change()
            return True
        return super().event(event)

    @property
    def is_busy(self) -> bool:
        """Whether a gesture is under way or something is said beside the pointer, which Esc ends first."""
        return self._mouse.is_busy or self.popups.popover is not None

    def can_cancel(self) -> bool:
        """Whether there is something that `cancel` would give up."""
        return self._look.has_chosen or self.is_busy or self._scene.network.block is not None

    def cancel(self) -> bool:
        """Give up the gesture under way or the popover; whether there was one."""
        if self._mouse.cancel():
            return True
        if self.popups.close_popover():
            return True
        if self._look.has_chosen:
            self.select(())
            self.select_wire(None)
            return True
        if self._scene.network.block is not None:
            self.leave_wanted.emit()
            return True
        return False
