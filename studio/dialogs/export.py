"""Export: the code of the drawing or of a run, with the weights if wanted; or the trained network in another form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QStandardItemModel
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

from graph.errors import LoomError
from runtime.code_layout import CodeForm
from runtime.conversion_protocol import FACTS_FILE, FILES, Format, Remark, onnx_missing
from runtime.run_networks import RunNetwork, networks_of
from runtime.rundir import AVERAGES_FILE, RunDir
from studio.dialogs.ask import Asker
from studio.dialogs.code_options import CodeOptions
from studio.dialogs.export_remarks import RemarkList
from studio.dialogs.proof_view import ProofView
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

WEIGHTS_FILE = FILES["safetensors"]
_HOLDS = {
    "model.py": " (the network, torch alone)",
    "train.py": " (data, loss, optimizer, the whole run)",
    "README.md": " (how to run it)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to write and where. Without a run it is the drawing as it stands; without a `form` it is the `code`."""

    folder: Path
    run: RunDir | None = None
    with_weights: bool = False
    form: Format | None = None
    code: CodeForm = field(default_factory=CodeForm)


class ExportDialog(QDialog):
    """Asks what and where; `ordered` carries the Order. Progress and the result are shown in place.

    A trained network in another form is tried as soon as it is chosen: `trial_wanted` carries the run, the form and the
    network of the run, or nothing when no trial is wanted any more.
    """

    ordered = Signal(object)
    trial_wanted = Signal(object, object, object)
    node_wanted = Signal(str)
    proof_wanted = Signal(object)  # ProofView, to be filled

    def __init__(
        self,
        runs: Sequence[tuple[RunDir, str]],
        folder: Path,
        asker: Asker,
        holder: ThemeHolder,
        parent: QWidget | None,
        code: CodeForm,
    ) -> None:
        super().__init__(parent)
        self._name = code.name
        self._runs, self._asker = [run for run, _ in runs], asker
        self.setWindowTitle(self.tr("Export"))
        self.setMinimumWidth(560)
        self.form = QComboBox()
        for form, label in self._forms().items():
            self.form.addItem(label, form)
        self.what = QComboBox()
        self.what.addItem(self.tr("The drawing as it stands"))
        for _, title in runs:
            self.what.addItem(title)
        self.network = QComboBox()
        self.network.setToolTip(self.tr("Which of the networks that were trained together; an average is often better"))
        self.network_label = words(self.tr("Network"), "label")
        self.weights = QCheckBox(self.tr("With the weights that this run kept"))
        self.code = CodeOptions(code)
        self.code.changed.connect(self._show_files)
        self.folder = QLineEdit(str(folder))
        self.files = words("", "label", wrap=True)
        self.remarks = RemarkList(holder)
        self.remarks.node_wanted.connect(self.node_wanted)
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
        self.form.currentIndexChanged.connect(self._on_form)
        self.what.currentIndexChanged.connect(self._on_run)
        self.network.currentIndexChanged.connect(self._show_choice)
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

    def show_tried(
        self, remarks: Sequence[Remark], known: frozenset[str], *, is_ready: bool, difference: float | None
    ) -> None:
        """How the trial of a conversion went; `known` are the nodes of the drawing."""
        self.progress.hide()
        self.remarks.show_remarks(remarks, known)
        self.export.setEnabled(is_ready)
        set_look(self.answer, "role", "body" if is_ready else "problem")
        if not is_ready:
            text = self.tr("It cannot be exported in this form.")
        elif difference is None:
            text = self.tr("It can be exported.")
        elif difference == 0:
            text = self.tr("It can be exported: its answers are those of torch, to the bit.")
        else:
            text = self.tr("It can be exported: its answers differ from those of torch by {} at most.").format(
                f"{difference:.1e}"
            )
        self.answer.setText(text)
        self._fit_soon()

    def _forms(self) -> dict[str, str]:
        return {
            "": self.tr("Python code"),
            "safetensors": self.tr("Weights alone (.safetensors)"),
            "pt2": self.tr("PyTorch program (.pt2, by torch.export)"),
            "onnx": self.tr("ONNX model (.onnx)"),
        }

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
        form.addRow(words(self.tr("Export"), "label"), self.form)
        form.addRow(words(self.tr("Of"), "label"), self.what)
        form.addRow(self.network_label, self.network)
        form.addRow("", self.weights)
        form.addRow(self.code.label, self.code)
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
        layout.addWidget(words(self.tr("Export"), "title"))
        nest(layout, form)
        layout.addWidget(self.progress)
        layout.addWidget(self.answer)
        layout.addWidget(self.remarks)
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

    def _form(self) -> Format | None:
        form: Format | None = self.form.currentData() or None
        return form

    def _network(self) -> RunNetwork | None:
        network: RunNetwork | None = self.network.currentData()
        return network

    def _on_run(self) -> None:
        """Offer the networks of the run that is chosen."""
        run = self._run()
        try:
            known = networks_of(run) if run is not None else ()
        except LoomError:
            known = ()  # the trial says what is wrong with the run
        self.network.blockSignals(True)
        self.network.clear()
        for one in known:
            self.network.addItem(one.title(), one)
        self.network.blockSignals(False)
        self._show_choice()

    def _on_form(self) -> None:
        """Only a run has weights: the drawing is not offered for a form that needs them."""
        needs_run = self._form() is not None
        model = self.what.model()
        assert isinstance(model, QStandardItemModel)
        model.item(0).setEnabled(not needs_run)
        if needs_run and self._run() is None and self._runs:
            self.what.setCurrentIndex(1)  # the newest; it shows the choice
        else:
            self._show_choice()

    def _show_choice(self) -> None:
        """Show what would be written, and have a network tried in the form that is chosen."""
        form, run = self._form(), self._run()
        for part in (self.weights, self.code, self.code.label):
            part.setVisible(form is None)
        for choice in (self.network, self.network_label):
            choice.setVisible(form is not None and self.network.count() > 1)
        self.remarks.show_remarks((), frozenset())
        for widget in (self.progress, self.prove, self.open_folder):
            widget.hide()
        self.answer.setText("")
        self.export.setEnabled(True)
        self._show_files()
        missing = self._what_is_missing(form, run)
        if missing:
            set_look(self.answer, "role", "problem")
            self.answer.setText(missing)
            self.export.setEnabled(False)
            self.trial_wanted.emit(None, None, None)
        elif form is None:
            self.trial_wanted.emit(None, None, None)
        else:
            set_look(self.answer, "role", "body")
            self.answer.setText(self.tr("Trying whether the whole network converts…"))
            self.progress.show()
            self.export.setEnabled(False)
            self.trial_wanted.emit(run, form, self._network())
        self._fit_soon()

    def _what_is_missing(self, form: Format | None, run: RunDir | None) -> str:
        if form is not None and run is None:
            return self.tr("Only a trained network can be exported so. Train once, then come back.")
        return onnx_missing() if form == "onnx" else ""

    def _show_files(self) -> None:
        form, run = self._form(), self._run()
        is_run = run is not None
        self.weights.setEnabled(is_run)
        if form is not None:
            names = [FILES[form], f"{FACTS_FILE} (inputs, outputs, and how numbers were scaled)"]
        else:
            names = [f"{name}{_HOLDS.get(name.rpartition('/')[2], '')}" for name in self.code.form(self._name).files]
            if is_run and self.weights.isChecked():
                names.append(WEIGHTS_FILE)
                names += [AVERAGES_FILE] if run is not None and run.averages.is_file() else []
        self.files.setText("\n".join(names))
        self._fit_soon()

    def _choose_folder(self) -> None:
        chosen = self._asker.folder(self.tr("Export to"), Path(self.folder.text()).parent)
        if chosen is not None:
            self.folder.setText(str(chosen))

    def _order(self) -> None:
        text = self.folder.text().strip()
        if not text:
            self.show_result(self.tr("Choose a folder."), is_done=False)
            return
        run, form = self._run(), self._form()
        folder = Path(text).expanduser().absolute()
        self.folder.setText(str(folder))
        with_weights = form is None and run is not None and self.weights.isChecked()
        code = self.code.form(self._name)
        self.ordered.emit(Order(folder=folder, run=run, with_weights=with_weights, form=form, code=code))
