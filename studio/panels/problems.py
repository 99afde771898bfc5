"""The list of problems: what is wrong, where, and a button that mends it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from graph.model import Project
from graph.problems import Fix, Problem
from studio import assets
from studio.theme import LABEL, ThemeHolder
from studio.widgets.empty import EmptyState
from studio.widgets.layouts import nest

_ICONS = {"error": "error", "warning": "warning"}
_WORDS = {"error": "Problem", "warning": "Warning"}


class ProblemsPanel(QScrollArea):
    """Lists problems, errors first. `problem_chosen` on a click or Return, `fix_chosen` from a button."""

    problem_chosen = Signal(object)
    fix_chosen = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._problems: tuple[Problem, ...] = ()
        self._names: dict[str, str] = {}
        self._chosen = -1
        self._rows: list[_Row] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fill()
        holder.changed.connect(self._fill)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is listed, errors first."""
        return self._problems

    def set_problems(self, problems: Sequence[Problem], project: Project) -> None:
        """List other problems; names of nodes come from the project."""
        ordered = tuple(sorted(problems, key=lambda problem: problem.severity != "error"))
        has_tabs = len(project.networks) > 1
        names = {
            node.uid: f"{network.name} › {node.name}" if has_tabs else node.name
            for network in project.networks.values()
            for node in network.nodes()
        }
        if (ordered, names) == (self._problems, self._names):
            return
        chosen = self.chosen()
        self._problems, self._names = ordered, names
        self._chosen = ordered.index(chosen) if chosen in ordered else -1
        self._fill()

    def chosen(self) -> Problem | None:
        """The problem that was chosen last, or None."""
        return self._problems[self._chosen] if 0 <= self._chosen < len(self._problems) else None

    def choose_next(self, step: int = 1) -> None:
        """Choose the next problem, or with -1 the one before, around the ends."""
        if self._problems:
            at = self._chosen + step if self._chosen >= 0 else (0 if step > 0 else -1)
            self.choose(at % len(self._problems))

    def choose(self, index: int) -> None:
        """Choose the problem at a place of the list."""
        self._chosen = index
        for at, row in enumerate(self._rows):
            row.mark(at == index)
        if index < len(self._rows):
            self.ensureWidgetVisible(self._rows[index])
        self.problem_chosen.emit(self._problems[index])

    def _fill(self) -> None:
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        content = QWidget()
        content.setObjectName("Problems")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        self._rows = []
        for index, problem in enumerate(self._problems):
            row = _Row(problem, self._where(problem), self._holder)
            row.mark(index == self._chosen)
            row.chosen.connect(lambda at=index: self.choose(at))
            row.fix_chosen.connect(self.fix_chosen)
            self._rows.append(row)
            layout.addWidget(row)
        if self._problems:
            layout.addStretch(1)
        else:
            sentence = self.tr("Nothing wrong with this drawing.")
            layout.addWidget(EmptyState(self._holder, "check", sentence, token="ok"), 1)
        self.setWidget(content)
        if had_focus:  # the button that was pressed is gone: the keys stay here
            (self._rows[max(self._chosen, 0)] if self._rows else self).setFocus()

    def _where(self, problem: Problem) -> str:
        if problem.node:
            return self._names.get(problem.node, self.tr("a node that is gone"))
        words = {"data": self.tr("Data"), "training": self.tr("Training")}
        return words.get(problem.section, problem.network or self.tr("Drawing"))


class _Row(QFrame):
    """One problem: icon, where, sentence, and its fixes."""

    chosen = Signal()
    fix_chosen = Signal(object)

    def __init__(self, problem: Problem, where: str, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setObjectName("ProblemRow")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{_WORDS[problem.severity]}: {where}. {problem.message}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme = holder.theme
        sign = QLabel()
        color = theme.error if problem.severity == "error" else theme.warning
        sign.setPixmap(assets.pixmap(_ICONS[problem.severity], color, 16, self.devicePixelRatioF()))
        title, text = QLabel(where), QLabel(problem.message)
        title.setFont(theme.font(LABEL, bold=True))
        text.setFont(theme.font(LABEL))
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        title.setTextFormat(Qt.TextFormat.PlainText)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(title)
        words.addWidget(text)
        if problem.fixes:
            nest(words, self._fixes(problem.fixes))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(10)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        nest(layout, words, 1)

    def mark(self, chosen: bool) -> None:
        """Show whether this is the chosen one."""
        theme = self._holder.theme
        border = theme.accent if chosen else theme.line
        self.setStyleSheet(
            f"#ProblemRow {{ border: 1px solid {border.name()}; border-radius: 6px;"
            f" background: {theme.panel.name()}; }}"
            f"#ProblemRow:hover {{ background: {theme.raised.name()}; }}"
            f"#ProblemRow:focus {{ border: 1px solid {theme.accent.name()}; }}"
        )

    def _fixes(self, fixes: Sequence[Fix]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for fix in fixes:
            button = QPushButton(fix.label)
            button.setCursor(Qt.CursorShape.ArrowCursor)
            button.clicked.connect(lambda _checked=False, chosen=fix: self.fix_chosen.emit(chosen))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
            return
        super().keyPressEvent(event)
