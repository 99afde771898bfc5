"""A scene as text, a line for each node and wire: what a test compares before it looks at a picture."""

from __future__ import annotations

from studio.canvas.look import Look
from studio.canvas.scene import KINDS, Scene


def dump_scene(scene: Scene, look: Look) -> str:
    """Nodes and wires by name, with what is written on them and how they are marked."""
    lines = [_node_line(scene, look, row) for row in range(len(scene.geometry.uids))]
    lines += [_wire_line(scene, look, row) for row in range(len(scene.geometry.wires))]
    lines += [f"note at {note.at[0]:g},{note.at[1]:g} · “{note.text}”" for note in scene.notes]
    if look.guide:
        lines.append(f"~ guide: {look.guide}")
    return "\n".join(sorted(lines))


def _node_line(scene: Scene, look: Look, row: int) -> str:
    uid, face = scene.geometry.uids[row], scene.face(row)
    x, y = scene.geometry.centers[row].tolist()
    parts = [f"{face.name} ({scene.node(row).op}) at {x:g},{y:g}", "pill" if face.pill else "full", face.kind]
    if face.params:
        parts.append(f"“{face.params}”")
    if face.weights:
        parts.append(f"{face.weights} weights")
    if face.frozen:
        parts.append("frozen")
    if uid in look.selected:
        parts.append("selected")
    if uid in look.samples:
        parts.append("sample")
    severity = scene.severity(uid)
    if severity:
        parts.append(f"{severity}: {scene.problems(uid)[0].code}")
    return " · ".join(parts)


def _wire_line(scene: Scene, look: Look, row: int) -> str:
    wire, network = scene.geometry.wires[row], scene.network
    source, target = network.node(wire.source).name, network.node(wire.target).name
    parts = [f"→ {source}.{wire.source_port} → {target}.{wire.target_port}", KINDS[int(scene.wire_kinds[row])]]
    info = scene.wire_info(row)
    if info is not None:
        parts.append(info.label())
    if wire == look.selected_wire:
        parts.append("selected")
    if scene.wire_problem(wire) is not None:
        parts.append("broken")
    return " · ".join(parts)
