"""Export of the code: of the drawing as it stands or of a run, into a folder, with the weights if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from runtime.rundir import RunDir
from studio.dialogs.ask import Asker
from studio.dialogs.proof_view import ProofView
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

WEIGHTS_FILE = "weights.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to write and where. Without a run it is the drawing as it stands."""

    folder: Path
    run: RunDir | None = None
    with_weights: bool = False


class ExportDialog(QDialog):
    """Asks what and where; `ordered` carries the Order. Progress and the result are shown in place."""

    ordered = Signal(object)
    proof_wanted = Signal(object)  # ProofView, to be filled

    def __init__(
        self,
        runs: Sequence[tuple[RunDir, str]],
        folder: Path,
        asker: Asker,
        holder: ThemeHolder,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._runs, self._asker = [run for run, _ in runs], asker
        self.setWindowTitle(self.tr("Export code"))
        self.setMinimumWidth(560)
        self.what = QComboBox()
        self.what.addItem(self.tr("The drawing as it stands"))
        for _, title in runs:
            self.what.addItem(title)
        self.weights = QCheckBox(self.tr("With the weights that this run kept"))
        self.folder = QLineEdit(str(folder))
        self.files = words("", "label", wrap=True)
        self.answer = words("", "body", wrap=True)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.hide()
        self.open_folder = QPushButton(self.tr("Open folder"))
        self.open_folder.setAutoDefault(False)
        self.open_folder.hide()
        self.proof = ProofView(holder)
        self.prove = QPushButton(self.tr("Prove it"))
        self.prove.setToolTip(self.tr("Run the script at once: its losses land on those of the app."))
        self.prove.setAutoDefault(False)
        self.prove.hide()
        self.prove.clicked.connect(self._on_prove)
        self.export = QPushButton(self.tr("Export"))
        self.export.setProperty("primary", True)
        self.export.setDefault(True)
        self._lay_out()
        self.what.currentIndexChanged.connect(self._show_files)
        self.weights.toggled.connect(self._show_files)
        self.export.clicked.connect(self._order)
        self.open_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self.folder.text())))
        self._show_files()

    def choose_run(self, index: int) -> None:
        """Choose a run by its place, -1 for the drawing."""
        self.what.setCurrentIndex(index + 1)
        self.weights.setChecked(index >= 0)

    def show_busy(self) -> None:
        """It is being written."""
        self.progress.show()
        self.export.setEnabled(False)
        self.answer.setText(self.tr("Writing…"))
        self._fit_soon()

    def show_result(self, text: str, *, is_done: bool, can_prove: bool = False) -> None:
        """It was written, or why not; `can_prove` when a run was written whose weights are known."""
        self.prove.setVisible(can_prove)
        self.progress.hide()
        self.export.setEnabled(True)
        self.open_folder.setVisible(is_done)
        set_look(self.answer, "role", "body" if is_done else "problem")
        self.answer.setText(text)
        self._fit_soon()

    def _fit_soon(self) -> None:
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """Be as tall as what is said needs, once it is laid out."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _lay_out(self) -> None:
        choose = QPushButton(self.tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose_folder)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        where, buttons, form = QHBoxLayout(), QHBoxLayout(), QFormLayout()
        where.setSpacing(8)
        where.addWidget(self.folder, 1)
        where.addWidget(choose)
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(words(self.tr("Code of"), "label"), self.what)
        form.addRow("", self.weights)
        form.addRow(words(self.tr("Folder"), "label"), where)
        form.addRow(words(self.tr("Writes"), "label"), self.files)
        buttons.addWidget(self.prove)
        buttons.addWidget(self.open_folder)
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # `_fit` knows better how tall words are
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(14)
        layout.addWidget(words(self.tr("Export code"), "title"))
        nest(layout, form)
        layout.addWidget(self.progress)
        layout.addWidget(self.answer)
        layout.addWidget(self.proof)
        layout.addStretch(1)
        nest(layout, buttons)

    def _on_prove(self) -> None:
        self.prove.hide()
        self.proof_wanted.emit(self.proof)
        self._fit_soon()

    def _run(self) -> RunDir | None:
        at = self.what.currentIndex() - 1
        return self._runs[at] if at >= 0 else None

    def _show_files(self) -> None:
        is_run = self._run() is not None
        self.weights.setEnabled(is_run)
        names = ["model.py (the network, torch alone)", "train.py (data, loss, optimizer, the whole run)"]
        names.append("requirements.txt")
        if is_run and self.weights.isChecked():
            names.append(WEIGHTS_FILE)
        self.files.setText("\n".join(names))
        self._fit_soon()

    def _choose_folder(self) -> None:
        chosen = self._asker.folder(self.tr("Export code to"), Path(self.folder.text()).parent)
        if chosen is not None:
            self.folder.setText(str(chosen))

    def _order(self) -> None:
        text = self.folder.text().strip()
        if not text:
            self.show_result(self.tr("Choose a folder for the code."), is_done=False)
            return
        run = self._run()
        folder = Path(text).expanduser().absolute()
        self.folder.setText(str(folder))
        self.ordered.emit(Order(folder=folder, run=run, with_weights=run is not None and self.weights.isChecked()))
