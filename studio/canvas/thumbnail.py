"""A whole drawing as a small picture, painted by the canvas painter in the colours of a theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from graph.blocks import catalog_of
from graph.declared import with_declared
from graph.errors import EditError
from graph.fields import Field
from graph.flow import FlowKind, TensorInfo, field_info
from graph.model import BLOCK_PREFIX, Network, Project
from graph.ops.catalog import Catalog
from runtime.protocol import Analysis
from runtime.sources import fields_named
from studio.canvas.look import Look
from studio.canvas.painter import CanvasPainter
from studio.canvas.scene import Scene
from studio.canvas.sprites import Sprites
from studio.canvas.view import MAX_SCALE, View, centred
from studio.theme import Theme

_MARGIN: Final = 8.0
_LARGEST: Final = 0.5
_TURNS: Final[Mapping[str, FlowKind]] = {
    "Flatten": "vector",
    "Unflatten": "image",
    "select": "vector",
    "Embedding": "sequence",
}
"""What leaves an op, where that is not what arrives."""
_DEEPEST: Final = 3
_STARTS: Final[Mapping[str, FlowKind]] = {"Conv": "image", "MaxPool": "image", "LSTM": "sequence", "GRU": "sequence"}


class Thumbnails:
    """Makes pictures of one theme and pixel ratio; what they share is drawn once."""

    def __init__(self, catalog: Catalog, theme: Theme, ratio: float) -> None:
        self._catalog, self._ratio = catalog, ratio
        self._theme = theme
        self._painter = CanvasPainter(Sprites(theme, ratio))

    def picture(self, project: Project, size: QSize, name: str = "") -> QImage:
        """The network that is trained, or the one of that name, as large as `size` (logical pixels) lets it be."""
        image = QImage(size * self._ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self._ratio)
        image.fill(self._theme.canvas)
        if not project.has_main:
            return image
        network = project.networks.get(name) or project.main()
        catalog = catalog_of(self._catalog, project)
        scene = Scene(catalog)
        scene.show(network, "right" if project.view.get("direction") == "right" else "down")
        scene.notes = ()  # too small to be read, and they would be cut off
        kinds = likely_kinds(project, network, with_declared(network, fields_named(project.data)).values())
        ports = {
            (node.uid, port.name): TensorInfo(shape=(), dtype="", kind=kinds.get(node.uid, "unknown"))
            for node in network.nodes()
            if node.op in catalog.ops
            for port in catalog.op(node.op).outputs
        }
        scene.set_analysis(Analysis(revision=0, ports=ports), stale=False)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(0, 0, size.width(), size.height())
        self._painter.paint(painter, scene, _view(scene, room), Look(shows_zoom=False), room, room)
        painter.end()
        return image


def likely_kinds(
    project: Project, network: Network, fields: Iterable[Field], arriving: FlowKind | None = None, depth: int = 0
) -> dict[str, FlowKind]:
    """What most likely leaves each node, by uid: a hint for colours, where nothing was worked out by torch.

    `arriving` is what enters a block that is looked into.
    """
    known = {field.name: field_info(field).kind for field in fields}
    try:
        order = network.order()
    except EditError:
        return {}
    found: dict[str, FlowKind] = {}
    for node in order:
        uid, into = node.uid, network.wires_in(node.uid)
        if into:
            found[uid] = _TURNS.get(node.op, found[into[0].source])
            block = project.networks.get(node.op.removeprefix(BLOCK_PREFIX))
            if node.op.startswith(BLOCK_PREFIX) and block is not None and depth < _DEEPEST:
                inner = likely_kinds(project, block, (), found[uid], depth + 1)
                found[uid] = next((inner[one.uid] for one in block.nodes() if one.op == "Output"), found[uid])
            continue
        below = next((network.node(wire.target).op for wire in network.wires_out(uid)), "")
        guess: FlowKind = next((kind for start, kind in _STARTS.items() if below.startswith(start)), "vector")
        found[uid] = known.get(str(node.params.get("field", "")), arriving or guess)
    return found


def _view(scene: Scene, room: QRectF) -> View:
    bounds = scene.geometry.bounds()
    if bounds is None:
        return centred(0.0, 0.0, _LARGEST, room.width(), room.height())
    left, top, right, bottom = bounds
    scale = min(
        (room.width() - 2 * _MARGIN) / max(1.0, right - left),
        (room.height() - 2 * _MARGIN) / max(1.0, bottom - top),
        _LARGEST,
        MAX_SCALE,
    )
    return centred((left + right) / 2, (top + bottom) / 2, scale, room.width(), room.height())
