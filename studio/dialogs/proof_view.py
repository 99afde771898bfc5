"""The loss of the app's run with the loss of its exported script drawn over it, and the seal below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.style import set_look
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_HEIGHT = 120
_MARGIN = 6


class ProofView(QWidget):
    """Shows a proof under way; `cancelled` by its button."""

    cancelled = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._plot = _Plot(holder)
        self.sentence = words("", "body", wrap=True)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.cancelled)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._plot)
        nest(layout, line)
        self.hide()

    @property
    def drawn(self) -> int:
        """How many losses of the script are drawn."""
        return len(self._plot.script)

    def begin(self, losses: Mapping[int, float]) -> None:
        """Show the losses of the run, and wait for the script's."""
        self._plot.app, self._plot.script = losses, {}
        self._plot.update()
        set_look(self.sentence, "role", "body")
        self.sentence.setText(self.tr("Starting the script…"))
        self.cancel.show()
        self.show()

    def show_progress(self, losses: Mapping[int, float], epoch: int, epochs: int) -> None:
        """Draw what the script has told so far."""
        self._plot.script = losses
        self._plot.update()
        if epochs:
            self.sentence.setText(self.tr("The script trains: epoch {} of {}").format(epoch, epochs))

    def end(self, text: str, *, is_proven: bool) -> None:
        """Say what came out."""
        self.cancel.hide()
        set_look(self.sentence, "role", "strong" if is_proven else "problem")
        self.sentence.setText(f"✓ {text}" if is_proven else text)


class _Plot(QWidget):
    """Two lines: the app's wide and pale, the script's thin and dark on top."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.app: Mapping[int, float] = {}
        self.script: Mapping[int, float] = {}
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(self.tr("Loss of the run and of the script"))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        painter.setPen(theme.line)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        values = [value for value in self.app.values() if value == value]  # not the one that is no number
        if not values:
            return
        last, low, high = max(self.app), min(values), max(values)
        pale = QColor(theme.accent)
        pale.setAlphaF(0.35)
        for losses, pen in ((self.app, QPen(pale, 5)), (self.script, QPen(theme.text, 1.2))):
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(_points(losses, area, last, low, high)))
        painter.setFont(theme.font(CAPTION))
        for number, (text, color) in enumerate(((self.tr("app"), theme.accent), (self.tr("script"), theme.text))):
            painter.setPen(color)
            place = QPointF(area.right() - 60, area.top() + 14 + 15 * number)
            painter.drawText(place, text)


def _points(losses: Mapping[int, float], area: QRectF, last: int, low: float, high: float) -> Sequence[QPointF]:
    """At most two points a pixel, the lowest and the highest of it."""
    columns: dict[int, list[tuple[int, float]]] = {}
    for step, value in losses.items():
        columns.setdefault(int(step * area.width() / last), []).append((step, value))
    chosen: list[tuple[int, float]] = []
    for rows in columns.values():
        chosen += sorted({min(rows, key=lambda row: row[1]), max(rows, key=lambda row: row[1])})
    span = (high - low) or 1.0
    return [
        QPointF(area.left() + step * area.width() / last, area.bottom() - (value - low) / span * area.height())
        for step, value in sorted(chosen)
        if value == value
    ]
