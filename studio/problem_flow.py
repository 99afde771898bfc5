"""From a problem in words to the place where it is: the node, the network, or the setting."""

from __future__ import annotations

from PySide6.QtCore import QObject

from graph.problems import Problem
from studio.canvas.widget import CanvasWidget
from studio.data_consent import DataConsent
from studio.document import Document
from studio.navigation import Navigation
from studio.parts import Panels
from studio.train_flow import TrainFlow


class ProblemFlow(QObject):
    """Shows problems where they are listed, and goes from one to its place."""

    def __init__(
        self,
        document: Document,
        canvas: CanvasWidget,
        panels: Panels,
        navigation: Navigation,
        consent: DataConsent,
        training: TrainFlow,
    ) -> None:
        super().__init__()
        self._document, self._canvas, self._panels = document, canvas, panels
        self._navigation, self._consent, self._training = navigation, consent, training
        panels.problems.problem_chosen.connect(self.go_to)
        training.problem_wanted.connect(self.show_first)

    def show_first(self) -> None:
        """List the problems, and go to the first."""
        self._navigation.show_watch("problems")
        if self._panels.problems.problems:
            self._panels.problems.choose(0)

    def explain_state(self) -> None:
        """Show what lies behind the words of the status bar."""
        if self._training.face.press == "show_problem":
            self.show_first()
        elif self._training.face.level == "error":
            self._navigation.show_watch("log")

    def go_to(self, problem: Problem) -> None:
        """Show the place of a problem."""
        if problem.node:
            self._navigation.go_to_node(problem.network, problem.node)
            self._canvas.show_problem(problem)
        elif problem.network in self._document.project.networks:
            self._document.show_network(problem.network)
            self._canvas.select(())
        elif problem.section == "data":
            self._navigation.show_inspector("data", focus=False)
            self._panels.data.show_setting(problem.key)
            self._consent.ask()
        elif problem.section == "training":
            self._navigation.show_inspector("training", focus=False)
            self._panels.training.show_setting(problem.key)
