"""Ways to take the curves along: as a picture, as a drawing of lines, as numbers; to a file or to the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QWidget

from studio.curves.history import RunHistory
from studio.curves.table import as_csv
from studio.theme import ThemeHolder

if TYPE_CHECKING:
    from studio.curves.plot import CurvePlot


class Takeaway(QObject):
    """Takes along what is seen in `body`: its plots and their legend."""

    def __init__(
        self,
        body: QWidget,
        plots: Callable[[], Sequence[CurvePlot]],
        runs: Callable[[], Sequence[RunHistory]],
        holder: ThemeHolder,
    ) -> None:
        super().__init__(body)
        self._body, self._plots, self._runs, self._holder = body, plots, runs, holder

    def csv(self) -> str:
        """Every number of the runs that are shown, as a table."""
        return as_csv(self._runs())

    def picture(self) -> QPixmap:
        """The plots and their legend as they are seen."""
        panel = self._body.window()
        return panel.grab(QRect(self._body.mapTo(panel, QPoint(0, 0)), self._body.size()))

    def save_picture(self, path: Path | str) -> bool:
        """Write the plots as a PNG file; False when it cannot be written."""
        return self.picture().save(str(path), "PNG")

    def save_drawing(self, path: Path | str) -> bool:
        """Write the plots and their titles as an SVG file of lines and text; False when it cannot be written."""
        try:
            Path(path).write_bytes(b"")
        except OSError:
            return False
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(QSize(self._body.width(), self._body.height()))
        generator.setViewBox(QRect(QPoint(0, 0), self._body.size()))
        generator.setTitle(self.tr("Curves"))
        painter = QPainter(generator)
        painter.fillRect(self._body.rect(), self._holder.theme.panel)
        for plot in self._plots():
            if plot.isVisible():
                plot.render_lines(painter, self._place(plot.canvas))
                for label in (plot.title, plot.best):
                    self._write(painter, label)
                if plot.legend.isVisible():
                    plot.legend.render(painter, self._place(plot.legend).topLeft().toPoint())
        return painter.end()

    def save_csv(self, path: Path | str) -> bool:
        """Write the numbers as a CSV file; False when it cannot be written."""
        try:
            Path(path).write_text(self.csv(), encoding="utf-8", newline="")
        except OSError:
            return False
        return True

    def copy_picture(self) -> None:
        """Put the plots on the clipboard as a picture."""
        QGuiApplication.clipboard().setPixmap(self.picture())

    def copy_csv(self) -> None:
        """Put the numbers on the clipboard as text."""
        QGuiApplication.clipboard().setText(self.csv())

    def ask_picture(self) -> None:
        """Ask where to, and write a PNG file."""
        self._ask(self.tr("Save the curves"), "curves.png", "PNG (*.png)", self.save_picture)

    def ask_drawing(self) -> None:
        """Ask where to, and write an SVG file."""
        self._ask(self.tr("Save the curves"), "curves.svg", "SVG (*.svg)", self.save_drawing)

    def ask_csv(self) -> None:
        """Ask where to, and write a CSV file."""
        self._ask(self.tr("Save the numbers"), "curves.csv", "CSV (*.csv)", self.save_csv)

    def _ask(self, title: str, name: str, kinds: str, save: Callable[[str], bool]) -> None:
        path, _ = QFileDialog.getSaveFileName(self._body, title, name, kinds)
        if path and not save(path):
            text = self.tr("{} cannot be written. Choose another folder, or free some space.").format(path)
            QMessageBox.warning(self._body, self.tr("Not saved"), text)

    def _place(self, widget: QWidget) -> QRectF:
        return QRectF(QRect(widget.mapTo(self._body, QPoint(0, 0)), widget.size()))

    def _write(self, painter: QPainter, label: QLabel) -> None:
        painter.setFont(label.font())
        painter.setPen(label.palette().color(label.foregroundRole()))
        painter.drawText(self._place(label), int(Qt.AlignmentFlag.AlignVCenter), label.text())
