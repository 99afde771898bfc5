"""Which colour is which run, in one line above the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.curves.history import RunHistory
from studio.curves.lines import GHOST_OPACITY, Look
from studio.theme import CAPTION, ThemeHolder

_SWATCH = 16  # the width of a piece of line
_GAP = 6
_BETWEEN = 16  # one run and the next
_NARROWEST = 56
_SIDE = 14


class Legend(QWidget):
    """The runs that are shown, the current one first; hidden while there is but one."""

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder = holder
        self._entries: tuple[tuple[str, Look], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Runs that are shown"))
        self.hide()

    def show_runs(self, runs: Sequence[RunHistory], looks: Mapping[str, Look]) -> None:
        """Show these runs, the last one first."""
        entries = tuple((run.title, looks[run.key]) for run in reversed(runs))
        if entries == self._entries:
            return
        self._entries = entries
        told = ", ".join(title for title, _ in entries)
        self.setToolTip(told)
        self.setAccessibleDescription(told)
        self.setVisible(len(entries) > 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self._metrics().height() + 4)

    def shown(self) -> list[tuple[Look | None, str, QRectF]]:
        """The names as they are written, each with its place; a last one tells how many more there are."""
        metrics, edge = self._metrics(), _SWATCH + _GAP + _BETWEEN
        room = self.width() - 2 * _SIDE + _BETWEEN
        most = len(self._entries)
        if most * (edge + _NARROWEST) > room:
            room -= metrics.horizontalAdvance("+99")
            most = max(1, int(room // (edge + _NARROWEST)))
        entries = self._entries[:most]
        wide = [metrics.horizontalAdvance(title) + 1.0 for title, _ in entries]
        share = room / max(1, most) - edge
        spare = sum(share - width for width in wide if width < share)
        widest = share + spare / max(1, sum(width >= share for width in wide))
        found: list[tuple[Look | None, str, QRectF]] = []
        x = float(_SIDE)
        for (title, look), width in zip(entries, wide, strict=True):
            place = QRectF(x + _SWATCH + _GAP, 0, min(width, widest), self.height())
            found.append((look, metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, int(place.width())), place))
            x = place.right() + _BETWEEN
        if most < len(self._entries):
            found.append((None, f"+{len(self._entries) - most}", QRectF(x, 0, self.width() - x, self.height())))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(CAPTION))
        for look, text, place in self.shown():
            if look is not None:
                self._draw_line(painter, look, place)
            painter.setPen(theme.text2)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _draw_line(self, painter: QPainter, look: Look, place: QRectF) -> None:
        color = QColor(look.color)
        if look.is_ghost:
            color.setAlphaF(GHOST_OPACITY)
        style = Qt.PenStyle.DashLine if look.is_dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, 2.5, style, Qt.PenCapStyle.FlatCap))
        end = QPointF(place.left() - _GAP, place.center().y())
        painter.drawLine(end - QPointF(_SWATCH, 0), end)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._holder.theme.font(CAPTION))
