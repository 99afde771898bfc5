"""The canvas: a full frame at 100, 1,000 and 5,000 nodes, against a lean QGraphicsView in the same process."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from graph.flow import TensorInfo
from graph.model import Network, Node, Wire
from graph.ops.catalog import load_catalog
from measure import interleaved, show
from runtime.protocol import Analysis
from studio.canvas.look import Look
from studio.canvas.painter import CanvasPainter
from studio.canvas.scene import Scene
from studio.canvas.sprites import Sprites
from studio.canvas.view import View, fitted
from studio.theme import Theme, light

WIDTH, HEIGHT = 1400, 900
OPS = ("Conv2d", "ReLU", "BatchNorm2d", "MaxPool2d", "Linear", "Dropout")


def drawing(count: int) -> tuple[Network, Analysis]:
    """Columns of fifty nodes, each wired to the one above and every tenth also to the column before."""
    network = Network("network")
    ports: dict[tuple[str, str], TensorInfo] = {}
    kinds = ("image", "image", "image", "vector", "sequence", "tokens")
    for row in range(count):
        uid, op = f"u{row:05}", OPS[row % len(OPS)]
        network.put_node(Node(uid=uid, op=op, name=f"n{row:05}"), ((row // 50) * 260.0, (row % 50) * 78.0))
        if row % 50:
            network.put_wire(Wire(f"u{row - 1:05}", "output", uid, "input"))
        elif row:
            network.put_wire(Wire(f"u{row - 45:05}", "output", uid, "input"))
        ports[uid, "output"] = TensorInfo(shape=("N", 32, 8, 8), dtype="float32", kind=kinds[row // 7 % 6])
    return network, Analysis(revision=1, ports=ports)


class _Item(QGraphicsItem):
    """What a usual node editor paints for a node, without shadows or child items."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name, self._theme = name, theme
        self._font, self._small = theme.font(13, bold=True), theme.font(11)

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        return QRectF(-102, -30, 204, 60)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, detail = self._theme, option.levelOfDetailFromTransform(painter.worldTransform())
        painter.setPen(QPen(theme.control, 1))
        painter.setBrush(theme.node)
        painter.drawRoundedRect(QRectF(-100, -28, 200, 56), 8, 8)
        painter.setBrush(theme.flow("image"))
        painter.drawRoundedRect(QRectF(-92, -14, 28, 28), 6, 6)
        if detail < 0.22:
            return
        painter.setPen(theme.text)
        painter.setFont(self._font)
        painter.drawText(QPointF(-54, -5), self._name)
        if detail >= 0.8:
            painter.setFont(self._small)
            painter.drawText(QPointF(-54, 14), "32 · 3×3 · same")


def baseline(network: Network, theme: Theme) -> QGraphicsView:
    """The same drawing as items of a QGraphicsScene."""
    view = QGraphicsView()
    scene = QGraphicsScene(view)
    scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
    for node in network.nodes():
        item = _Item(node.name, theme)
        item.setPos(*network.position(node.uid))
        scene.addItem(item)
    for wire in network.wires():
        (ax, ay), (bx, by) = network.position(wire.source), network.position(wire.target)
        path = QPainterPath(QPointF(ax, ay + 28))
        half = max(20.0, abs(by - ay) / 2)
        path.cubicTo(ax, ay + 28 + half, bx, by - 28 - half, bx, by - 28)
        scene.addPath(path, QPen(theme.flow("image"), 3)).setZValue(-1)
    view.setScene(scene)
    view.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
    view.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
    view.setFrameShape(QGraphicsView.Shape.NoFrame)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.resize(WIDTH, HEIGHT)
    view.show()
    QApplication.processEvents()  # a widget paints only once it is exposed
    return view


class Ours:
    """Paints full frames of our canvas; each frame is moved on by a pixel, as in a pan, or zoomed on."""

    def __init__(self, network: Network, analysis: Analysis, theme: Theme) -> None:
        self.scene = Scene(load_catalog())
        self.scene.show(network, "down")
        self.scene.set_analysis(analysis, stale=False)
        self._painter = CanvasPainter(Sprites(theme))
        self._image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32_Premultiplied)
        self._frame = 0

    def frame(self, view: View, *, zooming: bool = False) -> None:
        """One full frame."""
        self._frame += 1
        if zooming:
            view = view.zoomed(view.scale * (1 + self._frame * 0.0004), WIDTH / 2, HEIGHT / 2)
        else:
            view = view.moved(self._frame % 11, 0)
        painter = QPainter(self._image)
        whole = QRectF(0, 0, WIDTH, HEIGHT)
        self._painter.paint(painter, self.scene, view, Look(), whole, whole)
        painter.end()


def compare(count: int, rounds: int = 15) -> dict[str, dict[str, float]]:
    """Median seconds of a full frame: everything in sight, and at 100, 60 and 25 % in the middle."""
    theme = light()
    network, analysis = drawing(count)
    ours, theirs = Ours(network, analysis, theme), baseline(network, theme)
    bounds = ours.scene.geometry.bounds()
    assert bounds is not None
    middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    views = {"all in sight": fitted(bounds, WIDTH, HEIGHT, most=4.0)}
    for scale in (1.0, 0.6, 0.25):
        views[f"{scale:.0%}"] = View(scale=scale, x=WIDTH / 2 - middle[0] * scale, y=HEIGHT / 2 - middle[1] * scale)
    found: dict[str, dict[str, float]] = {}
    for title, view in views.items():

        def their_frame(view: View = view) -> None:
            theirs.resetTransform()
            theirs.scale(view.scale, view.scale)
            theirs.centerOn(*view.to_scene(WIDTH / 2, HEIGHT / 2))
            theirs.viewport().repaint()

        found[title] = interleaved(
            {
                "canvas, panned": lambda view=view: ours.frame(view),
                "canvas, zoomed": lambda view=view: ours.frame(view, zooming=True),
                "lean QGraphicsView": their_frame,
            },
            rounds=rounds,
        )
    theirs.close()
    return found


def main() -> None:
    app = QApplication.instance() or QApplication([])
    print(f"\nThe canvas: a full frame of {WIDTH} x {HEIGHT} pixels")
    for count in (100, 1_000, 5_000):
        for title, medians in compare(count).items():
            show(f"{count:,} nodes, {title}", medians)
    del app


if __name__ == "__main__":
    main()
