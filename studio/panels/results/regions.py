"""What a network of two input numbers answers all over their plane: regions of classes, or a landscape of numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from runtime.media import Look, Region
from studio.panels.results.axes import Axes, fitted, paint_axes, paint_dots
from studio.panels.results.picture import Picture, Titled, class_color, stacked
from studio.panels.results.sentences import count_words
from studio.pixels import in_colors
from studio.plain_numbers import plain_number
from studio.style import blend
from studio.theme import CAPTION, Theme, ThemeHolder
from studio.widgets.labels import words

_STRONGEST: Final = 0.62
_WEAKEST: Final = 0.06
_ENTRY_GAP: Final = 14
_CHIP: Final = 10


class RegionsView(QWidget):
    """Shows the regions of a look, the training points over them, and the points that check it with a ring."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.picture = RegionsPicture(holder)
        self.legend = Legend(holder)
        self._says = words("", "caption", wrap=True)
        self._titled = Titled(self.tr("What it answers everywhere"), self.picture, self.legend, self._says)
        stacked(self, self._titled)

    def set_look(self, look: Look) -> None:
        """Show what is answered all over the plane."""
        head, region = look.heads[0], region_of(look, 2)
        self._titled.say(count_words(look, len(look.shown)))
        self.picture.set_look(look)
        self.legend.show_names(head.field.classes)
        rings = self.tr("Dots: training. Ringed dots: not trained with.")
        if region is not None and region.sure is None:
            low, high = _numbers(region)
            self._says.setText(
                self.tr("Pale: {} {}, strong: {}. {}").format(
                    head.field.name, plain_number(low), plain_number(high), rings
                )
            )
        else:
            self._says.setText(self.tr("The stronger the colour, the surer the answer. {}").format(rings))


class RegionsPicture(Picture):
    """The regions with the points over them."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 360)
        self.setAccessibleName(self.tr("What it answers everywhere"))
        self._look: Look | None = None
        self._region: Region | None = None

    def set_look(self, look: Look) -> None:
        """Show a look."""
        self._look, self._region = look, region_of(look, 2)
        told = ""
        if self._region is not None and self._region.sure is not None:
            shares = np.bincount(self._region.values.reshape(-1).astype(np.int64)) / self._region.values.size
            names = look.heads[0].field.classes
            told = ", ".join(
                f"{names[at]}: {share:.0%}" for at, share in enumerate(shares) if share and at < len(names)
            )
        self.tell(is_empty=self._region is None, description=told)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        look, region, theme = self._look, self._region, self.theme
        assert look is not None
        assert region is not None
        x0, x1, y0, y1 = region.extent
        axes = fitted(painter, theme, area, (x0, x1), (y0, y1), widest=1.4)
        field = look.fields[0]
        names = field.columns if len(field.columns) == 2 else (f"{field.name} 1", f"{field.name} 2")
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        paint_axes(painter, theme, axes, *names)
        painter.drawImage(axes.box, region_image(theme, region, len(look.heads[0].field.classes)))
        painter.setClipRect(axes.box)
        head = look.heads[0]
        self._draw_training(painter, axes, region)
        (given,) = look.inputs.values()
        colors = _colors(theme, region, head.target[look.shown].reshape(-1))
        painter.setPen(QPen(theme.text, 1.4))
        for place, color in zip(axes.places(given[:, 0], given[:, 1]), colors, strict=False):
            painter.setBrush(color)
            painter.drawEllipse(place, 3.2, 3.2)
        painter.setClipping(False)

    def _draw_training(self, painter: QPainter, axes: Axes, region: Region) -> None:
        if region.points is None or region.point_targets is None:
            return
        if region.sure is None:
            colors = _colors(self.theme, region, region.point_targets)
            painter.setPen(Qt.PenStyle.NoPen)
            for place, color in zip(axes.places(region.points[:, 0], region.points[:, 1]), colors, strict=False):
                painter.setBrush(color)
                painter.drawEllipse(place, 1.8, 1.8)
            return
        for number in np.unique(region.point_targets).astype(int).tolist():
            there = region.points[region.point_targets == number]
            places = axes.places(there[:, 0], there[:, 1])
            paint_dots(painter, QPen(class_color(self.theme, number), 3.4), places)


class Legend(QWidget):
    """The classes with their colours, in as many lines as they need."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._names: tuple[str, ...] = ()
        self._ringed: frozenset[int] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        holder.changed.connect(self.update)

    def show_names(self, names: Sequence[str], ringed: Collection[int] = ()) -> None:
        """Show these classes, nothing of none; those whose numbers are `ringed` as points are that have a ring."""
        self._names = tuple(names)
        self._ringed = frozenset(ringed)
        self.setAccessibleName(self.tr("Classes"))
        self.setAccessibleDescription(", ".join(self._names))
        self.setVisible(bool(names))
        self._fit()
        self.update()

    @property
    def ringed(self) -> frozenset[int]:
        """The numbers of the classes whose points have a ring."""
        return self._ringed

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(CAPTION))
        for number, (box, name) in enumerate(self._places()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_color(theme, number))
            chip = QRectF(box.left(), box.center().y() - _CHIP / 2 + 0.5, _CHIP, _CHIP)
            if number in self._ringed:
                painter.setPen(QPen(theme.text, 1.5))
                painter.drawEllipse(chip)
            else:
                painter.drawRoundedRect(chip, 2, 2)
            painter.setPen(theme.text2)
            painter.drawText(box.adjusted(_CHIP + 5, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)

    def _places(self) -> list[tuple[QRect, str]]:
        metrics = QFontMetrics(self._holder.theme.font(CAPTION))
        line = metrics.height() + 4
        found: list[tuple[QRect, str]] = []
        x = y = 0
        for name in self._names:
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(40, self.width() - _CHIP - 5))
            width = _CHIP + 5 + metrics.horizontalAdvance(shown)
            if x and x + width > self.width():
                x, y = 0, y + line
            found.append((QRect(x, y, width + 2, line), shown))
            x += width + _ENTRY_GAP
        return found

    def _fit(self) -> None:
        places = self._places()
        self.setFixedHeight(places[-1][0].bottom() + 1 if places else 0)


def region_of(look: Look, inputs: int) -> Region | None:
    """The region of the head that is shown, for so many input numbers, where the samples over it are known too."""
    if not look.heads or len(look.inputs) != 1 or not look.fields:
        return None
    name = look.heads[0].field.name
    (given,) = look.inputs.values()
    if given.ndim != 2 or given.shape[1] != inputs:
        return None
    return next((one for one in look.regions if one.field == name and one.values.ndim == inputs), None)


def region_image(theme: Theme, region: Region, classes: int) -> QImage:
    """The answers as a picture, the lowest y at its bottom: classes in their colours, stronger where it is surer."""
    if region.sure is None:
        low, high = _numbers(region)
        share = np.clip((region.values - low) / ((high - low) or 1.0), 0, 1)
        colors = np.broadcast_to(_rgb(theme.accent), (*region.values.shape, 3))
        strength = _WEAKEST + np.nan_to_num(share) * (0.85 - _WEAKEST)
    else:
        table = np.array([_rgb(class_color(theme, number)) for number in range(256)])
        colors = table[region.values.astype(np.int64)]
        least = 1.0 / max(classes, 2)
        sure = np.clip((np.nan_to_num(region.sure) - least) / (1 - least), 0, 1)
        strength = _WEAKEST + sure * (_STRONGEST - _WEAKEST)
    ground = _rgb(theme.panel)
    pixels = ground + (colors - ground) * strength[..., None]
    return in_colors(np.rint(pixels[::-1]).astype(np.uint8))


def _colors(theme: Theme, region: Region, targets: NDArray[Any]) -> list[QColor]:
    if region.sure is not None:
        return [class_color(theme, number) for number in targets.astype(int).tolist()]
    low, high = _numbers(region)
    shares = np.clip((targets - low) / ((high - low) or 1.0), 0, 1)
    return [blend(theme.panel, theme.accent, 0.15 + 0.85 * float(share)) for share in np.nan_to_num(shares)]


def _numbers(region: Region) -> tuple[float, float]:
    """The range of the answers and the targets that are numbers."""
    parts = [region.values.reshape(-1)] + ([] if region.point_targets is None else [region.point_targets])
    there = np.concatenate(parts)
    there = there[np.isfinite(there)]
    return (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)


def _rgb(color: QColor) -> NDArray[np.float64]:
    return np.array([color.red(), color.green(), color.blue()], dtype=np.float64)
