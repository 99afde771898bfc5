"""What can be chosen of a map: which layer, which part of the data, how it is drawn, and which clusters are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from runtime.map_protocol import MOST_CLUSTERS, MapQuestion, SampleMap, umap_missing
from studio.widgets.fields import Combo
from studio.widgets.layouts import nest

_FIELD: Final = 92
_OWN: Final = frozenset({"pca", "as_is", ""})  # a layer of another width decides anew between these


class MapChoices(QWidget):
    """Holds the question as it is put together; `changed` when the person chose something else."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._asked = MapQuestion()
        self._is_filling = False
        self.layer = _combo(self.tr("Layer"), self.tr("Whose output is mapped, with its numbers a sample"))
        self.part = _combo(self.tr("Part"), self.tr("Which samples; at most 2,000, chosen by the seed"))
        self.reduction = _combo(self.tr("Method"), self.tr("How many numbers become two"))
        self.clustering = _combo(self.tr("Clusters"), self.tr("How clusters are found among all numbers of the layer"))
        self.count, self.reach = _Count(), _Reach()
        self.scale = QCheckBox(self.tr("Scale each column"))
        self.count.setToolTip(self.tr("How many clusters; auto: as many as there are classes"))
        self.reach.setToolTip(self.tr("How near neighbours are; auto: what parts the samples best"))
        self.scale.setToolTip(self.tr("Give every number of the layer mean 0 and spread 1, so that all count alike"))
        _fill(
            self.part,
            [("validation", self.tr("Validation")), ("test", self.tr("Test")), ("train", self.tr("Training"))],
        )
        _fill(
            self.clustering,
            [
                ("kmeans", self.tr("k-means")),
                ("mixture", self.tr("Gaussian mixture")),
                ("dbscan", self.tr("DBSCAN")),
                ("none", self.tr("No clusters")),
            ],
        )
        self._fill_reductions(is_plane=False)
        self._lay_out()
        self._show()
        for box, key in ((self.part, "part"), (self.reduction, "reduction"), (self.clustering, "clustering")):
            box.activated.connect(lambda _at, box=box, key=key: self._change(**{key: box.currentData()}))
        self.layer.activated.connect(self._on_layer)
        self.count.valueChanged.connect(lambda value: self._change(count=0 if value < 2 else value))
        self.reach.valueChanged.connect(lambda value: self._change(reach=value))
        self.scale.toggled.connect(lambda on: self._change(scale=on))

    @property
    def question(self) -> MapQuestion:
        """What is asked now."""
        return self._asked

    def forget_layer(self) -> None:
        """Another drawing: what its layers are is not known yet."""
        self._asked = self._with_layer("", "")
        self.layer.clear()
        self._show()

    def set_layer(self, node: str) -> None:
        """Ask for this node's output."""
        self._asked = self._with_layer(node, "")
        at = next((at for at in range(self.layer.count()) if self.layer.itemData(at)[0] == node), -1)
        self.layer.setCurrentIndex(at)

    def show_answer(self, found: SampleMap) -> None:
        """Show what was asked for where the question left it open."""
        places = [place for place in found.places if not place.problem]
        rows = [((one.node, one.port), f"{one.name} · {one.width:,}") for one in places]
        if [(self.layer.itemData(at), self.layer.itemText(at)) for at in range(self.layer.count())] != rows:
            _fill(self.layer, rows)
        here = (found.asked.node, found.asked.port)
        self.layer.setCurrentIndex(next((at for at, (key, _) in enumerate(rows) if key == here), -1))
        self._fill_reductions(is_plane=found.width == 2)
        self._is_filling = True
        self.reduction.setCurrentIndex(self.reduction.findData(found.asked.reduction))
        self._is_filling = False
        self._show()

    def _change(self, **values: Any) -> None:
        if self._is_filling:
            return
        asked = replace(self._asked, **values)
        if asked != self._asked:
            self._asked = asked
            self._show()
            self.changed.emit()

    def _on_layer(self, at: int) -> None:
        node, port = self.layer.itemData(at)
        if (node, port) != (self._asked.node, self._asked.port):
            self._asked = self._with_layer(node, port)
            self.changed.emit()

    def _with_layer(self, node: str, port: str) -> MapQuestion:
        reduction = "" if self._asked.reduction in _OWN else self._asked.reduction
        return replace(self._asked, node=node, port=port, reduction=reduction)

    def _show(self) -> None:
        """Which fields there are depends on the method."""
        self.layer.setEnabled(self.layer.count() > 0)
        self.count.setVisible(self._asked.clustering in ("kmeans", "mixture"))
        self.reach.setVisible(self._asked.clustering == "dbscan")

    def _fill_reductions(self, *, is_plane: bool) -> None:
        rows: list[tuple[object, str]] = [("as_is", self.tr("As it is"))] if is_plane else []
        missing = umap_missing()
        umap = self.tr("UMAP (not installed)") if missing else self.tr("UMAP")
        rows += [("pca", self.tr("PCA")), ("tsne", self.tr("t-SNE")), ("umap", umap)]
        if self.reduction.count() != len(rows):
            _fill(self.reduction, rows)
            model = self.reduction.model()
            if missing and isinstance(model, QStandardItemModel):
                item = model.item(len(rows) - 1)
                item.setEnabled(False)
                item.setToolTip(missing)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for parts in ((self.layer, self.part), (self.reduction, self.clustering, self.count, self.reach)):
            line = QHBoxLayout()
            line.setSpacing(6)
            for place, part in enumerate(parts):
                line.addWidget(part, 2 if part is self.layer else 1 if place < 2 else 0)
            nest(column, line)


class _Count(QSpinBox):
    """How many clusters; 1 stands for as many as there are classes."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(1, MOST_CLUSTERS)
        self.setSpecialValueText(self.tr("auto"))
        self.setKeyboardTracking(False)
        self.setFixedWidth(_FIELD)
        self.setAccessibleName(self.tr("Number of clusters"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 6, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Reach(QDoubleSpinBox):
    """How near samples must lie for DBSCAN; 0 stands for what is found."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(3)
        self.setRange(0, 1e6)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setSpecialValueText(self.tr("auto"))
        self.setKeyboardTracking(False)
        self.setFixedWidth(_FIELD)
        self.setAccessibleName(self.tr("Reach"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 6, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _combo(name: str, tip: str) -> Combo:
    box = Combo()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def _fill(box: QComboBox, rows: Sequence[tuple[object, str]]) -> None:
    box.clear()
    for key, words in rows:
        box.addItem(words, key)
