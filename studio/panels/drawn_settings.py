"""What a drawn training step says in the stead of the training settings, and how a change of these changes it."""

from __future__ import annotations

from collections.abc import Mapping

from graph.edits import Edit, SetSetting
from graph.errors import LoomError
from graph.objectives import steps_of
from graph.ops.spec import Missing, Value
from graph.simple_form import Simple, read_simple, settings_said
from runtime.protocol import Analysis
from runtime.setting_table import setting_row
from runtime.simple_step import TARGET, edit_of_setting
from studio.document import Document


class DrawnSettings:
    """The training settings as they are shown: of a drawing of the simple form what it says."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @property
    def simple(self) -> Simple | None:
        """The drawing as settings; None where none is drawn, or one that says more."""
        return read_simple(self._document.catalog, self._document.project)

    def is_beyond(self) -> bool:
        """Whether a drawing says more than settings can."""
        return bool(steps_of(self._document.project)) and self.simple is None

    def values(self) -> Mapping[str, Value]:
        """The training settings, and in their stead what is drawn."""
        training, simple = self._document.project.training, self.simple
        if simple is None:
            return training
        row = setting_row("training", "optimizer")
        usual = str(row.default("") if row is not None else "")
        drawn = {one.loss for one in simple.judged}
        kept = {key: value for key, value in training.items() if not key.startswith("loss.") or _loss(key) not in drawn}
        fields = {f"{TARGET}{one.uid}": one.answers for one in simple.judged}
        return {**kept, **settings_said(simple, str(training.get("optimizer", usual))), **fields}

    def edit(self, key: str, value: Value | Missing, analysis: Analysis | None) -> Edit:
        """The edit by which a setting gets a value, in the drawing where that says it."""
        document = self._document
        plain = SetSetting(section="training", key=key, value=value)
        if analysis is None or not analysis.fields:
            return plain
        try:
            found = edit_of_setting(document.catalog, document.project, analysis.fields, analysis.ports, key, value)
        except LoomError:
            return plain
        return found if found is not None else plain

    def hides(self, key: str) -> bool:
        """Whether a setting says nothing of what is learned, since a drawing says it, and is not set either."""
        if not steps_of(self._document.project):
            return False
        if key == "class_weights" or (key == "adversarial" and self.is_beyond()):
            return key not in self._document.project.training
        return key == "loss" and self.is_beyond()


def _loss(key: str) -> str:
    """The loss that a key such as `loss.FocalLoss.gamma` speaks of."""
    return key.split(".")[1]
