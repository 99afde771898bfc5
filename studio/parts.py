"""Makes the widgets of one window, so that the session only has to join them."""

from __future__ import annotations

from dataclasses import dataclass

from graph.ops.catalog import Catalog
from studio.actions import Actions
from studio.bars import Bars
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.panels.code import CodePanel
from studio.panels.data import DataPanel
from studio.panels.inspector import InspectorPanel
from studio.panels.log import LogPanel
from studio.panels.palette import PalettePanel
from studio.panels.problems import ProblemsPanel
from studio.panels.training import TrainingPanel
from studio.statusbar import StatusBar
from studio.tabs import NetworkTabs, TabbedPane
from studio.theme import ThemeHolder
from studio.toolbar import Toolbar
from studio.widgets.labels import words
from studio.window import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """The panels of one window, each by its name."""

    canvas: CanvasWidget
    palette: PalettePanel
    node: InspectorPanel
    data: DataPanel
    training: TrainingPanel
    code: CodePanel
    problems: ProblemsPanel
    log: LogPanel


def make_panels(document: Document, holder: ThemeHolder) -> Panels:
    """The panels that do not need pyqtgraph; curves and runs come after the first paint."""
    return Panels(
        canvas=CanvasWidget(document, holder),
        palette=PalettePanel(document, holder),
        node=InspectorPanel(document, holder),
        data=DataPanel(document, holder),
        training=TrainingPanel(document, holder),
        code=CodePanel(holder),
        problems=ProblemsPanel(holder),
        log=LogPanel(holder),
    )


def make_parts(panels: Panels, actions: Actions, catalog: Catalog, holder: ThemeHolder) -> Parts:
    """What the window lays out."""
    watch = TabbedPane(holder)
    watch.add_page("curves", "Curves + Results", words())
    watch.add_page("code", "Code", panels.code)
    watch.add_page("runs", "Runs", words())
    watch.add_page("problems", "Problems", panels.problems)
    watch.add_page("log", "Log", panels.log)
    inspector = TabbedPane(holder)
    inspector.add_page("node", "Node", panels.node)
    inspector.add_page("data", "Data", panels.data)
    inspector.add_page("training", "Training", panels.training)
    return Parts(
        actions=actions,
        toolbar=Toolbar(actions, holder),
        tabs=NetworkTabs(holder),
        bars=Bars(holder),
        canvas=panels.canvas,
        palette=panels.palette,
        catalog=catalog,
        watch=watch,
        inspector=inspector,
        status=StatusBar(holder),
    )
