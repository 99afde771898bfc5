"""One open window: joins the document, the processes and the panels; edits go down, changes come up."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from graph.model import Project
from graph.ops.catalog import load_catalog
from runtime.protocol import DataReport
from runtime.sources import SOURCES, fields_named
from studio.actions import Actions
from studio.adopt_flow import AdoptFlow
from studio.again_flow import AgainFlow
from studio.analysis_client import AnalysisClient
from studio.analysis_flow import AnalysisFlow
from studio.attack_flow import AttackFlow
from studio.autosave import Autosave
from studio.block_files import BlockFiles
from studio.block_flow import BlockFlow
from studio.block_library import BlockLibrary, with_library
from studio.build_flow import BuildFlow
from studio.canvas.widget import CanvasWidget
from studio.code_flow import CodeFlow
from studio.collecting import Collector
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.dialogs.new_project import NewProjectDialog
from studio.dialogs.unsaved import ask_about_training
from studio.document import Change, Document
from studio.edit_flow import EditFlow
from studio.export_flow import ExportFlow
from studio.figure_flow import FigureFlow
from studio.file_flow import FileFlow
from studio.find_data import FindDataFlow
from studio.found_flow import FoundFlow
from studio.joint_flow import JointFlow
from studio.loading import LoadingFlow
from studio.map_flow import MapFlow
from studio.menu_flow import MenuFlow
from studio.more_flow import MoreFlow
from studio.navigation import Navigation
from studio.new_project import project_for
from studio.own_data import OwnDataFlow
from studio.pace_flow import PaceFlow
from studio.palette_flow import PaletteFlow
from studio.parts import make_panels, make_parts
from studio.picture_flow import PictureFlow
from studio.presentation import Presentation
from studio.problem_flow import ProblemFlow
from studio.python_flow import PythonFlow
from studio.python_starters import with_starters
from studio.readouts import Readouts
from studio.remembered import Remembered
from studio.rescue_flow import RescueFlow
from studio.runs_flow import RunsFlow
from studio.sample_flow import SampleFlow
from studio.settings import AppSettings
from studio.settings_flow import SettingsFlow
from studio.slow_switch import SlowSwitch
from studio.stale_flow import StaleFlow
from studio.start_flow import StartFlow
from studio.step_flow import StepFlow
from studio.step_templates.flow import StepTemplateFlow
from studio.style import dress
from studio.summary_flow import SummaryFlow
from studio.templates.flow import TemplateFlow
from studio.templates.needs_flow import NeedsFlow
from studio.theme import ThemeHolder
from studio.train_flow import TrainFlow
from studio.training import TrainingController
from studio.trial_flow import TrialFlow
from studio.values_flow import ValuesFlow
from studio.welcome.first_look_flow import FirstLookFlow
from studio.welcome.flow import WelcomeFlow
from studio.window import MainWindow


class Session(QObject):
    """Makes and joins everything that one window needs.

    `start` comes after the first paint: it starts the processes and makes what needs pyqtgraph. `close` ends it.
    """

    def __init__(
        self,
        settings: AppSettings,
        *,
        asker: Asker | None = None,
        client: AnalysisClient | None = None,
        controller: TrainingController | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.asker = asker or Asker()
        self.holder = ThemeHolder(settings.theme)
        self._dress()  # before there are widgets: each takes its look once, and the window opens half a second sooner
        self.library = BlockLibrary(settings.data_folder / "blocks")
        self.document = Document(with_starters(with_library(load_catalog(), self.library)))
        self.client = client or AnalysisClient()
        self.controller = controller or TrainingController()
        self.actions = Actions(self)
        self.panels = make_panels(self.document, self.holder)
        self.parts = make_parts(self.panels, self.actions, self.document.catalog, self.holder)
        self.window = MainWindow(self.parts, self.holder, self._may_close)
        self.asker.parent = self.window
        self.collector = Collector()
        self.autosave = Autosave(self.document, settings.data_folder / "autosave")
        bars = self.parts.bars
        self.files = FileFlow(self.document, settings, bars, self.asker, self.autosave)
        self.rescues = RescueFlow(settings, self.files, bars)
        self.pictures = PictureFlow(self.document, self.panels.canvas, self.holder, self.files, bars, self.asker)
        self.consent = DataConsent(self.document, settings, bars)
        self.own_data = OwnDataFlow(self.document, self.files, self.consent, bars, self.asker, self.panels.data)
        self.welcome = WelcomeFlow(self.document, self.holder, self.canvas, self.files, self.own_data, settings)
        self.analysis = AnalysisFlow(self.document, self.client, self.consent)
        self.loading = LoadingFlow(self.client, self.analysis, self.panels.data)
        self.find_data = FindDataFlow(self.document, self.analysis, self.consent, bars, self.asker)
        self.training = TrainFlow(self.document, self.analysis, self.controller, bars)
        self.first_look = FirstLookFlow(self.document, self.files, self.training, bars)
        self.pace = PaceFlow(self.document, self.analysis, self.controller)
        self.runs = RunsFlow(self.controller, self.holder, self.parts.watch, self.asker)
        self.trial = TrialFlow(self.client, self.controller, self.holder)
        self.again = AgainFlow(self.client, self.controller, self.consent, self.holder)
        self.edits = EditFlow(self.document, self.panels, self.parts.tabs, bars, self.actions, self.asker)
        self.building = BuildFlow(self.document, self.canvas, self.actions)
        self.menus = MenuFlow(self.document, self.canvas, self.panels.problems, self.actions, self.window.menus)
        self.joints = JointFlow(self.document, self.client, self.analysis, self.building)
        self.blocks = BlockFlow(self.document, self.canvas, self.parts.tabs, self.edits, self.asker)
        self.block_files = BlockFiles(
            self.document, self.library, self.blocks, self.edits, self.files, bars, self.asker
        )
        self.block_files.join(self.panels.palette, self.canvas)
        self.steps = StepFlow(self.document, self.analysis, self.canvas, bars, self.panels.training)
        self.export = ExportFlow(self.document, self.analysis, self.controller, self.asker, self.holder, self.window)
        self.navigation = Navigation(
            self.document, self.window, self.parts, self.panels, self.holder, settings, self.asker
        )
        self.export.node_wanted.connect(partial(self.navigation.go_to_node, ""))
        self.summary = SummaryFlow(
            self.document, self.analysis, self.client, self.holder, self.window, self.navigation.go_to_node
        )
        self.readouts = Readouts(self.document, self.analysis, self.training, self.controller, self.window, self.parts)
        self.habits = SettingsFlow(settings, self.actions, self.holder, self.canvas, self.window, self.autosave)
        self.habits.choose_theme = self.navigation.choose_theme
        self.habits.ghost_changed.connect(self.runs.show_previous)
        self.runs.show_previous(settings.flag("show_previous_run", default=True))
        self.runs.previous_toggled.connect(partial(settings.set_flag, "show_previous_run"))
        self.is_started = self._is_closed = False
        self.presentation = Presentation(self.window, self.parts, self.canvas, self.actions, self.holder)
        self.remembered = Remembered(settings, self.document, self.canvas, self.window, self.parts)
        self._join()
        self.remembered.restore()

    @property
    def canvas(self) -> CanvasWidget:
        """The canvas of the window."""
        return self.panels.canvas

    def show(self, path: Path | str | None = None) -> None:
        """Open the window, with a project when a path is given; the rest starts after it was painted."""
        path = path if path is not None else self.remembered.last_project()
        if path is None:
            self.welcome.refresh()
        self.readouts.refresh()
        self.training.refresh()
        self.window.shown.connect(lambda: QTimer.singleShot(0, lambda: self.start(path)))
        self.window.show_first(is_kept=self.remembered.has_place)
        self.canvas.setFocus()

    def start(self, path: Path | str | None = None) -> None:
        """What may wait until the window is seen."""
        if self.is_started or self._is_closed:
            return
        if path is not None and not self.files.open(path):
            self.welcome.refresh()
        self.client.start()
        self.analysis.start()
        QTimer.singleShot(0, self._start_rest)  # the project is painted before pyqtgraph is loaded

    def _start_rest(self) -> None:
        if self.is_started or self._is_closed:
            return
        self.is_started = True
        self.runs.start(self.settings)
        self.found.start()
        self.files.start()
        self.rescues.offer()
        if self.client.state == "ready":
            self.controller.start_spare()
        self.training.refresh()

    def close(self) -> None:
        """End the processes and timers of this window; a run under way goes on by itself."""
        if self._is_closed:
            return
        self._is_closed = True
        self.presentation.leave()
        self.remembered.keep()
        self.runs.close(self.settings)
        self.trial.stop()
        self.maps.close()
        self.summary.stop()
        self.python.close()
        self.files.stop()
        self.analysis.stop()
        self.start_from.client.close()
        self.loading.close()
        self.pace.close()
        self.stale.close()
        self.values.close()
        self.export.close()
        self.attack.close()
        self.client.close()
        self.controller.close()
        self.autosave.close()
        self.collector.stop()
        for source in (self.document, self.document.undo_stack, self.client, self.controller, self.analysis):
            source.blockSignals(True)  # what is told after the end finds nobody who could show it

    def _join(self) -> None:
        self.maps = MapFlow(self.controller, self.consent, self.holder, self.asker, self.canvas, self.actions)
        self.maps.join(self.runs.results, self.trial, self.again)
        self._join_python()
        self._join_actions()
        self._join_panels()
        self._join_analysis()
        self._join_training()

    def _join_python(self) -> None:
        bars = self.parts.bars
        self.python = PythonFlow(self.document, self.canvas, self.settings, bars, self.asker, self.holder, self.window)
        self.python.join(self.panels, self.files, self.analysis, self.controller)
        self.navigation.open_node = self.python.open_node

    def _join_actions(self) -> None:
        flows = (self.files, self.pictures, self.edits, self.navigation, self.training, self.export, self.welcome)
        self.templates = TemplateFlow(self.document, self.holder, self.files, self.canvas)
        self.step_templates = StepTemplateFlow(
            self.document, self.analysis, self.holder, self.parts.bars, self.canvas, self.actions
        )
        self.welcome.browse_templates = self.templates.show
        self.welcome.came.connect(self.window.fold_watch_a_while)
        self.welcome.went.connect(self.window.unfold_watch_again)
        rooms = (*flows, self.templates, self.building, self.blocks, self.block_files, self.habits, self.summary)
        for room in (*rooms, self.steps, self.step_templates, self.python):
            self.actions.connect(room.handlers())
        self.actions.connect({"file.close": self.window.close, "file.quit": self.window.close})
        self.actions.connect({"network.add_layer": self.canvas.open_search})
        self.slow = SlowSwitch(self.actions["train.slow"], self.controller)
        self.actions["window.results"].triggered.connect(self._show_results)
        self.actions.bind("canvas", self.canvas)
        self.files.join_menu(self.window.menus["File"], self.actions["file.save"])

    def _join_panels(self) -> None:
        panels = self.panels
        self.canvas.selection_changed.connect(self._on_selection)
        self.canvas.node_activated.connect(self._on_activated)
        self.canvas.rename_wanted.connect(lambda _uid: panels.node.focus_name())
        panels.training.drawn.add_wanted.connect(self.actions["step.template"].trigger)
        self.palette = PaletteFlow(panels.palette, self.settings, self.canvas.add_op)
        for dock in (self.window.palette_dock, self.window.watch_dock):
            dock.left.connect(self.canvas.setFocus)
        panels.code.node_chosen.connect(lambda uid: self.navigation.go_to_node("", uid))
        panels.problems.fix_chosen.connect(self.edits.apply_fix)
        panels.data.preview_wanted.connect(self.analysis.ask_data)
        panels.data.path_chosen.connect(self.consent.allow)
        panels.data.find_wanted.connect(self.find_data.find)
        self.window.drop_words = self.own_data.drop_words
        self.window.file_dropped.connect(self.own_data.take)
        self.own_data.begun.connect(lambda: self.navigation.show_inspector("data", focus=False))
        self.files.choose_source = self._choose_project
        self.holder.changed.connect(self._dress)
        for room in (self.files, self.training):
            room.logged.connect(panels.log.add)
        self.client.logged.connect(panels.log.add_output)
        self.client.message.connect(self._on_client_message)
        self.controller.log_text.connect(lambda _run, text: panels.log.add_output(text))

    def _join_analysis(self) -> None:
        self.code = CodeFlow(self.document, self.client, self.analysis, self.panels.code, self.actions, self.settings)
        self.export.join(self.settings, self.code.choose, lambda: self.files.title)
        self.samples = SampleFlow(self.document, self.canvas, self.analysis)
        self.training.client_state = self._client_state
        self.training.title_of = self.files.given_title
        self.needs = NeedsFlow(self.document, self.analysis, self.parts.bars, self.actions["window.data"].trigger)
        self.adopted = AdoptFlow(self.document, self.controller)
        self.stale = StaleFlow(self.document, self.controller, self.training, self.runs)
        self.figures = FigureFlow(self.document, self.canvas, self.runs.results, self.stale)
        seen = (self.document, self.canvas, self.controller, self.runs.results, self.stale, self.pace)
        self.values = ValuesFlow(*seen, self.actions["view.values"], self.panels.node)
        self.more = MoreFlow(self.document, self.training, self.controller, self.runs, self.parts.bars, self.asker)
        self.more.began.connect(self._on_began)
        self.parts.bars.left.connect(self.canvas.setFocus)
        copies = self.settings.data_folder / "autosave"
        rooms = (self.document, self.analysis, self.consent, self.runs, self.parts.bars, copies)
        self.start_from = StartFlow(*rooms, self.panels.training.start, self.asker, self.holder, self.window)
        self.start_from.logged.connect(self.panels.log.add)
        self.attack = AttackFlow(
            self.controller, self.runs, self.consent, self.parts.bars, self.asker, self.holder, self.window
        )
        self.actions.connect(self.more.handlers() | self.start_from.handlers() | self.attack.handlers())
        self.training.pace = self.pace.figure
        self.pace.changed.connect(self.training.refresh)
        self.client.state_changed.connect(self._on_client_state)
        self.client.analysed.connect(lambda _: self.parts.bars.hide_bar("analysis"))
        self.analysis.changed.connect(self._show_analysis)
        self.analysis.data_changed.connect(self._on_data)
        self.document.changed.connect(self._on_changed)
        self.found = FoundFlow(
            self.document, self.controller, self.training, self.runs, self.parts.bars, self.consent, self.python.trust
        )
        self.found.opened.connect(self._select_input)
        self.files.title_changed.connect(self.readouts.set_title)
        self.autosave.kept.connect(self.readouts.set_kept)

    def _join_training(self) -> None:
        self.parts.toolbar.train_pressed.connect(self.training.press)
        self.problems = ProblemFlow(
            self.document, self.canvas, self.panels, self.navigation, self.consent, self.training
        )
        self.parts.status.state_clicked.connect(self.problems.explain_state)
        self.training.log_wanted.connect(lambda: self.navigation.show_watch("log"))
        self.training.training_began.connect(self._on_began)
        self.runs.train_wanted.connect(self.training.press)
        self.training.face_changed.connect(lambda face: self.runs.allow_training(face.press != "none"))
        self.stale.refused.connect(lambda sentence: self.parts.bars.show_bar("refused", sentence, "warning"))
        self.actions["view.reset"].triggered.connect(self.runs.reset_split)
        self.runs.export_wanted.connect(self.actions["file.export"].trigger)

    def _show_analysis(self) -> None:
        flow, panels = self.analysis, self.panels
        analysis = flow.analysis
        self.canvas.set_analysis(analysis, stale=not flow.is_current)
        self.canvas.set_problems(flow.problems)
        panels.problems.set_problems(flow.problems, self.document.project)
        if flow.is_current:
            panels.node.set_analysis(analysis)
            panels.palette.set_analysis(analysis)
            panels.training.set_analysis(analysis)
        if analysis is not None and flow.is_current:
            self.canvas.set_fields(analysis.fields)

    def _on_data(self, report: DataReport | None) -> None:
        self.panels.data.set_report(report)
        self.edits.take_fields(report)
        self.runs.results.set_splits(report.splits if report is not None else {})

    def _on_activated(self, uid: str) -> None:
        if not any(flow.open_node(uid) for flow in (self.blocks, self.steps, self.python)):
            self.panels.node.focus_first()

    def _on_selection(self, uids: Collection[str]) -> None:
        self.panels.node.show_nodes(uids)
        self.panels.palette.show_nodes(uids)
        self.panels.code.light(uids)

    def _on_changed(self, change: Change) -> None:
        if change.data or change.whole:
            fields = fields_named(self.document.project.data)
            if fields:
                self.canvas.set_fields(fields)

    def _on_client_state(self, state: str) -> None:
        if self._is_closed:
            return
        if state == "ready" and self.is_started:
            self.controller.start_spare()
        self.training.refresh()

    def _client_state(self) -> str:
        return self.client.state if self.is_started else "starting"

    def _on_client_message(self, sentence: str) -> None:
        self.parts.bars.show_bar("analysis", sentence, "warning")
        self.panels.log.add(sentence, "warning")

    def _on_began(self) -> None:
        self.window.watch_dock.open_page("curves")

    def _select_input(self) -> None:
        """In a drawing that is only begun the first layer goes under its Input; in another nothing is chosen yet."""
        nodes = self.document.network.nodes() if self.document.network_name else ()
        inputs = [node.uid for node in nodes if node.op == "Input"]
        is_begun = len(inputs) == 1 and len(nodes) == 2
        self.canvas.select(inputs if is_begun else ())
        if is_begun:
            self.canvas.setFocus()

    def _choose_project(self) -> Project | None:
        dialog = NewProjectDialog(self.holder, self.window)
        if not dialog.exec():
            return None
        self.welcome.skip()
        spec = SOURCES.get(dialog.source)
        path = self.panels.data.ask_path(spec) if spec is not None and spec.reads_files else ""
        self.consent.allow(path)
        if path:
            self.own_data.begun.emit()
        return project_for(dialog.source, path)

    def _show_results(self) -> None:
        self.navigation.show_watch("curves")
        self.runs.results.panel.tabs.setFocus()

    def _may_close(self) -> bool:
        if self._is_closed:
            return True
        if not self.files.may_replace():
            return False
        if self.controller.state.is_active:
            answer = ask_about_training(self.asker)
            if answer == "cancel":
                return False
            if answer == "stop":
                self.controller.stop()
        self.close()
        return True

    def _dress(self, _theme: object = None) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            dress(app, self.holder.theme)
