"""What lies under the pointer, and the words that tell about it."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from graph.blocks import WHEN
from graph.model import Node
from graph.weight_settings import FROZEN, rate_of, thaws_after
from studio.canvas.faces import shown_expression
from studio.canvas.look import Hit, Look
from studio.canvas.notes import note_hit
from studio.canvas.overlay import badge_rect, wire_badge_rect
from studio.canvas.scene import Scene
from studio.canvas.view import DETAIL_CHIPS, DETAIL_NAMES, View

WIRE_REACH = 6.0


def hit_at(scene: Scene, view: View, look: Look, at: QPointF) -> Hit:
    """What lies at a point of the widget: a badge, else a port, a node, a wire or a note."""
    geometry = scene.geometry
    x, y = view.to_scene(at.x(), at.y())
    if view.scale >= DETAIL_CHIPS:
        margin = 16.0 / view.scale
        for row in reversed(geometry.nodes_in((x, y, x, y), margin).tolist()):
            if scene.severity(geometry.uids[row]) and badge_rect(geometry.rect(row), view).contains(at):
                return Hit(what="badge", row=row)
    if view.scale >= DETAIL_NAMES:
        port = geometry.port_at(x, y)
        node = geometry.node_at(x, y, look.selected)
        if port >= 0 and node in (-1, int(geometry.port_node[port])):
            return Hit(what="port", row=port)
    node = geometry.node_at(x, y, look.selected)
    if node >= 0:
        return Hit(what="node", row=node)
    wire = geometry.wire_at(x, y, WIRE_REACH / view.scale)
    if wire < 0:
        return note_hit(scene.notes, look, view, x, y) or Hit()
    is_broken = scene.wire_problem(geometry.wires[wire]) is not None
    if is_broken and wire_badge_rect(scene, wire, view).contains(at):
        return Hit(what="wire_badge", row=wire)
    return Hit(what="wire", row=wire)


def _about(node: Node) -> str:
    """What the marks on a node mean."""
    when, frozen = node.params.get(WHEN, True), node.params.get(FROZEN, False)
    lines = [] if when is True else [f"Only when {shown_expression(when)}"]
    if epochs := thaws_after(node.params):
        lines.append(f"Frozen until epoch {epochs} is over; then it learns.")
    elif frozen is True:
        lines.append("Frozen: training leaves its weights as they begin.")
    elif frozen is not False:
        lines.append(f"Frozen when {shown_expression(frozen)}")
    if (times := rate_of(node.params)) != 1:
        lines.append(f"Learns at {times:g} times the learning rate.")
    return "\n".join(lines)


def told(scene: Scene, hit: Hit, look: Look) -> str:
    """The tooltip of what was hit, or nothing."""
    geometry = scene.geometry
    words = _told(scene, hit)
    port = geometry.port_name(hit.row) if hit.what == "port" else ("", "")
    if hit.what == "wire":
        port = (geometry.wires[hit.row].source, geometry.wires[hit.row].source_port)
    mark = look.values.get(port)
    return words if mark is None else f"{words}\n{mark.tip}"


def _told(scene: Scene, hit: Hit) -> str:
    geometry = scene.geometry
    if hit.what == "badge":
        return "\n".join(problem.message for problem in scene.problems(geometry.uids[hit.row]))
    if hit.what == "wire_badge":
        problem = scene.wire_problem(geometry.wires[hit.row])
        return problem.message if problem is not None else ""
    if hit.what == "port":
        uid, name = geometry.port_name(hit.row)
        info = scene.info(hit.row)
        words = f"{scene.network.node(uid).name}.{name}"
        return f"{words}\n{info.full_label()}" if info is not None else words
    if hit.what == "node":
        return _about(scene.node(hit.row))
    if hit.what == "wire":
        wire, info = geometry.wires[hit.row], scene.wire_info(hit.row)
        names = (scene.network.node(uid).name for uid in (wire.source, wire.target))
        words = " → ".join(names)
        return f"{words}\n{info.full_label()}" if info is not None else words
    return ""
