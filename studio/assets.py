"""Our own icons: single-colour drawings of 20 px, painted in any colour at any size."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

_FALLBACK = "layer"


@cache
def icon_names() -> frozenset[str]:
    """The names of all icons there are."""
    folder = files("resources").joinpath("icons")
    return frozenset(item.name.removesuffix(".svg") for item in folder.iterdir() if item.name.endswith(".svg"))


@cache
def _drawing(name: str) -> str:
    known = name if name in icon_names() else _FALLBACK
    return files("resources").joinpath("icons", f"{known}.svg").read_text(encoding="utf-8")


def paint(painter: QPainter, name: str, color: QColor, box: QRectF) -> None:
    """Draw the icon into `box`; a name that is not known draws the plain layer icon."""
    text = _drawing(name).replace("currentColor", color.name(QColor.NameFormat.HexRgb))
    painter.save()
    painter.setOpacity(painter.opacity() * color.alphaF())
    QSvgRenderer(QByteArray(text.encode())).render(painter, box)
    painter.restore()


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels for a screen of that pixel ratio."""
    key = f"icon/{name}/{color.rgba():08x}/{size}/{ratio:g}"
    picture = QPixmap()
    if QPixmapCache.find(key, picture):
        return picture
    side = round(size * ratio)
    picture = QPixmap(QSize(side, side))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, name, color, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, picture)
    return picture


def icon(name: str, color: QColor, size: int = 20, disabled: QColor | None = None) -> QIcon:
    """The icon for buttons and menus, crisp on screens of ratio 1 and 2; `disabled` colours the unusable state."""
    found = QIcon()
    for ratio in (1.0, 2.0):
        found.addPixmap(pixmap(name, color, size, ratio))
        if disabled is not None:
            found.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return found
