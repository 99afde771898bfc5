"""Python in the window: begun from the palette, written in an editor, applied as one step, and trusted or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from graph.check_python import UNTRUSTED
from graph.edits import Batch, Edit, SetText
from graph.model import PYTHON_PREFIX, Network, Node
from graph.ops.spec import OpSpec
from graph.problems import Problem
from graph.python_texts import op_spec_of
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.canvas.widget import CanvasWidget
from studio.dialogs.ask import Answer, Asker
from studio.dialogs.python_code import PythonCodeDialog
from studio.document import Change, Document
from studio.file_flow import FileFlow
from studio.parts import Panels
from studio.python_starters import STARTER_PREFIX, begun
from studio.python_trust import PythonTrust
from studio.python_users import following, users_of
from studio.python_words import listed
from studio.settings import AppSettings
from studio.theme import ThemeHolder
from studio.training import TrainingController

ORIGIN: Final = "python"
_MOST_TOLD: Final = 4
_TOLD: Final = (UNTRUSTED, "python-text")  # what the editor says by itself


class PythonFlow(QObject):
    """Owns the editor and what it changes; what may run is said by `trust`."""

    def __init__(
        self,
        document: Document,
        canvas: CanvasWidget,
        settings: AppSettings,
        bars: Bars,
        asker: Asker,
        holder: ThemeHolder,
        window: QWidget,
    ) -> None:
        super().__init__()
        self._document, self._canvas = document, canvas
        self._asker, self._holder, self._window = asker, holder, window
        self.trust = PythonTrust(document, settings, bars)
        self._analysis: AnalysisFlow | None = None
        self.dialog: PythonCodeDialog | None = None
        self._fresh = ""  # the text that was begun, and is opened once it is there
        self._supply = document.supply
        document.supply = self._begin
        self.trust.look = self.look
        self.trust.changed.connect(self._show_state)
        document.changed.connect(self._on_changed)
        document.refused.connect(self._on_refused)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        return {
            "python.function": partial(self._canvas.add_op, f"{STARTER_PREFIX}function"),
            "python.module": partial(self._canvas.add_op, f"{STARTER_PREFIX}class"),
            "python.edit": self.edit,
            "python.trust": self.trust.trust,
        }

    def join(
        self,
        panels: Panels,
        files: FileFlow,
        analysis: AnalysisFlow,
        controller: TrainingController,
    ) -> None:
        """Offer in the palette what can be done to a text, and tell all who ask other processes what may run."""
        others = panels.palette.offers
        panels.palette.offers = lambda key: self._offers(key) or others(key)
        panels.node.code_wanted.connect(self.open_node)
        panels.problems.problem_chosen.connect(self._on_problem)
        files.may_leave = self.may_leave
        trust, self._analysis = self.trust, analysis
        analysis.token = lambda: trust.token
        analysis.changed.connect(self._show_outcome)
        trust.changed.connect(analysis.ask_again)
        controller.token_of = trust.token_of

    def edit(self) -> None:
        """Open the text of the one selected node; where none is selected, the first of the project."""
        chosen = [self._text_of(uid) for uid in self._canvas.selection()]
        if len(chosen) == 1 and chosen[0]:
            self.open(chosen[0])
        else:
            self.look()

    def look(self) -> None:
        """Open the first text of the project that is used, from where all can be reached."""
        first = min(self._document.project.texts, key=lambda name: (not self._users(name), name), default="")
        if first:
            self.open(first)
        else:
            self._document.refused.emit(self.tr("This project holds no Python. Add a Python function or module first."))

    def open_node(self, uid: str) -> bool:
        """Open the text of a node; whether it has one."""
        name = self._text_of(uid)
        if name in self._document.project.texts:
            self.open(name)
            return True
        return False

    def open(self, name: str) -> None:
        """Show a text, after the question about what was typed into another."""
        texts = self._document.project.texts
        if name not in texts:
            return
        dialog = self._shown()
        if dialog is not None and (dialog.name == name or not self.may_leave()):
            dialog.show_names(self._names())
        else:
            dialog = dialog or self._make()
            dialog.show_text(name, texts[name])
            self._show_state()
            self._show_outcome()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        dialog.code.setFocus()

    def may_leave(self) -> bool:
        """Whether what was typed may go: it is applied, nothing was typed, or the person said so."""
        dialog = self._shown()
        if dialog is None or not dialog.is_changed:
            return True
        answers = (
            Answer(key="apply", label=self.tr("Apply"), is_default=True),
            Answer(key="drop", label=self.tr("Don't apply")),
            Answer(key="cancel", label=self.tr("Cancel"), is_escape=True),
        )
        title = self.tr("Apply the changes to {}?").format(self._title(dialog.name))
        key = self._asker.choose(title, self.tr("If you do not apply, what you typed is lost."), answers)
        if key == "apply":
            dialog.apply_now()
            return not dialog.is_changed
        if key == "drop":
            dialog.show_text(dialog.name, self._document.project.texts.get(dialog.name, dialog.text))
        return key == "drop"

    def close(self) -> None:
        """Close the editor without a question."""
        if self.dialog is not None:
            self.dialog.shut()

    def _make(self) -> PythonCodeDialog:
        if self.dialog is None:
            self.dialog = PythonCodeDialog(self._holder, self._window)
            self.dialog.applied.connect(self._apply)
            self.dialog.other_wanted.connect(self._open_other)
            self.dialog.remove_wanted.connect(self.remove)
            self.dialog.trust_wanted.connect(self.trust.trust)
            self.dialog.left.connect(self._leave)
        return self.dialog

    def _shown(self) -> PythonCodeDialog | None:
        return self.dialog if self.dialog is not None and self.dialog.isVisible() else None

    def _leave(self) -> None:
        if self.may_leave():
            self.close()
            self._canvas.setFocus()

    def _open_other(self, name: str) -> None:
        self.open(name)

    # Changes.

    def _apply(self, name: str, text: str) -> None:
        if self._write(name, text, self.tr("Change Python code")) and self.dialog is not None:
            self.dialog.show_text(name, text)
            self._show_state()

    def remove(self, name: str) -> None:
        """Take a text away that no node has."""
        if self._users(name):
            self._document.refused.emit(self.tr("{} is used. Delete its nodes first.").format(self._title(name)))
        elif name in self._document.project.texts:
            self._write(name, None, self.tr("Remove Python code"))

    def _write(self, name: str, text: str | None, label: str) -> bool:
        """Change a text by the person's hand: what was trusted stays so."""
        after = {**self._document.project.texts, name: text}
        self.trust.vouch({name: text for name, text in after.items() if text is not None})
        edits: list[Edit] = [SetText(name=name, text=text)]
        read = op_spec_of(name, text) if text is not None else None
        if isinstance(read, OpSpec):
            edits += following(self._document.project, name, read)
        return self._document.apply(Batch(edits=tuple(edits)), label, origin=ORIGIN)

    def _begin(self, edit: Edit) -> Edit:
        """Put the writing of a text before the edit that places new Python."""
        edit, texts = begun(self._document.project, self._supply(edit))
        if texts:
            self.trust.vouch({**self._document.project.texts, **texts})
            self._fresh = next(iter(texts))
        return edit

    def _on_changed(self, change: Change) -> None:
        fresh, self._fresh = self._fresh, ""
        if fresh in self._document.project.texts:
            QTimer.singleShot(0, self, partial(self.open, fresh))
        if change.whole:
            self.close()
        elif self._shown() is not None and not change.moves_only:
            self._follow()

    def _follow(self) -> None:
        """Show the text as it is now, after undo for example; what was typed and not applied stays."""
        dialog = self._shown()
        text = None if dialog is None else self._document.project.texts.get(dialog.name)
        if dialog is None:
            return
        if dialog.is_changed:
            dialog.show_kept(text or "")
        elif text is None:
            self.close()
            return
        elif dialog.text != text:
            dialog.show_text(dialog.name, text)
        self._show_state()

    def _on_problem(self, problem: Problem) -> None:
        if problem.code == UNTRUSTED:
            self.trust.ask()

    def _on_refused(self, sentence: str) -> None:
        dialog = self._shown()
        if dialog is not None and dialog.isActiveWindow():
            dialog.show_outcome(sentence, "error")

    # What is said.

    def _show_state(self) -> None:
        dialog = self._shown() or self.dialog
        if dialog is None:
            return
        dialog.show_names(self._names())
        users = self._users(dialog.name)
        dialog.show_users(self._users_words(users), can_remove=not users)
        words = self.tr("Nothing of this project's Python runs until you trust it.")
        dialog.show_held(words if self.trust.is_held else "")

    def _show_outcome(self) -> None:
        """What the analysis says about the nodes that have the text as it was applied."""
        dialog, analysis = self._shown(), self._analysis
        if dialog is None or dialog.is_changed or analysis is None or not analysis.is_current:
            return
        users = {node.uid for _, node in self._users(dialog.name)}
        found = [row for row in analysis.problems if row.node in users and row.code not in _TOLD]
        found.sort(key=lambda row: row.severity != "error")
        dialog.show_outcome(found[0].message if found else "", found[0].severity if found else "")

    def _users_words(self, users: Sequence[tuple[Network, Node]]) -> str:
        if not users:
            return self.tr("No node uses it yet: it stands in the palette, under Python.")
        names = sorted({node.name for _, node in users})
        if len(users) == 1:
            return self.tr("Used by {}.").format(names[0])
        told = names if len(names) <= _MOST_TOLD else [*names[:_MOST_TOLD], self.tr("others")]
        return self.tr("Used by {}: a change is for all of them.").format(listed(told))

    def _offers(self, key: str) -> Sequence[tuple[str, Callable[[], object]]]:
        name = key.removeprefix(PYTHON_PREFIX)
        if not key.startswith(PYTHON_PREFIX) or name not in self._document.project.texts:
            return ()
        offers: list[tuple[str, Callable[[], object]]] = [(self.tr("Edit code…"), partial(self.open, name))]
        if not self._users(name):
            offers.append((self.tr("Remove"), partial(self.remove, name)))
        return offers

    def _names(self) -> list[tuple[str, str]]:
        return [(name, self._title(name)) for name in sorted(self._document.project.texts)]

    def _title(self, name: str) -> str:
        """What a text is called: by what it defines, where it can be read."""
        read = op_spec_of(name, self._document.project.texts.get(name, ""))
        return read.title if isinstance(read, OpSpec) else name

    def _users(self, name: str) -> list[tuple[Network, Node]]:
        return users_of(self._document.project, name)

    def _text_of(self, uid: str) -> str:
        network = self._document.project.networks.get(self._document.network_name)
        if network is None or not network.has(uid):
            return ""
        op = network.node(uid).op
        return op.removeprefix(PYTHON_PREFIX) if op.startswith(PYTHON_PREFIX) else ""
