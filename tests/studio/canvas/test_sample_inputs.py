"""Which Inputs show a picture of the data: those that take it, and none that a drawn step feeds with something else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from PySide6.QtCore import QObject, Signal

from drawing import add, part
from graph.model import Project
from runtime.protocol import ImageSample
from studio.analysis_flow import AnalysisFlow
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.sample_flow import SampleFlow


class Analysed(QObject):
    """What the flow reads of an analysis: that there is one field of images."""

    data_changed = Signal(object)
    report = SimpleNamespace(images={"image": (ImageSample(width=1, height=1, channels=1, pixels=b"\x80"),)})


def test_an_input_without_a_field_shows_the_data_only_where_no_drawn_step_feeds_it(
    document: Document, canvas: CanvasWidget
) -> None:
    project = Project()
    add(project, "maker", {"code": part("Input"), "made": part("Output")}, "code > made")
    document.new(project)
    analysed = Analysed()
    flow = SampleFlow(document, canvas, cast(AnalysisFlow, analysed))
    analysed.data_changed.emit(None)
    assert list(canvas.look.samples) == ["maker-code"]
    parts = {"image": part("Input", field="image"), "noise": part("noise", shape=(4,)), "fake": part("call:maker")}
    add(project, "learn", parts | {"loss": part("Minimise")}, "image > noise > fake > loss", order=0)
    add(
        project, "watch", {"more": part("Input", field="unlabelled_image"), "of": part("Input", field="label")}, order=1
    )
    analysed.data_changed.emit(None)
    assert sorted(canvas.look.samples) == ["learn-image", "watch-more"]
    flow.deleteLater()
