"""New, open, save and close: what happens to the file, and the questions on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from graph import files
from graph.errors import LoomError
from graph.model import Project
from graph.pictures import MAX_PICTURE, extract
from studio.autosave import Autosave
from studio.bars import Bars, Offer
from studio.dialogs.ask import Asker
from studio.dialogs.unsaved import ask_about_changes, ask_about_other_changes
from studio.document import Document
from studio.settings import AppSettings
from studio.welcome.examples import EXAMPLES, GROUPS, example_names, example_project, is_shipped

PATTERN = "Layerloom projects (*.loom)"
OPEN_PATTERN = "Layerloom projects and their pictures (*.loom *.png)"
UNTITLED = "untitled"
_LOOK_MS = 2000


class FileFlow(QObject):
    """Owns the title of the project and every way it comes from or goes to a file."""

    title_changed = Signal(str)
    example_opened = Signal(str)
    logged = Signal(str, str)

    def __init__(self, document: Document, settings: AppSettings, bars: Bars, asker: Asker, autosave: Autosave) -> None:
        super().__init__()
        self._document, self._settings, self._bars, self._asker = document, settings, bars, asker
        self._autosave = autosave
        self.title = UNTITLED
        self.choose_source: Callable[[], Project | None] = Project
        self.may_leave: Callable[[], bool] = lambda: True  # asks about what is typed and not in the project yet
        self.take_blocks: Callable[[Path, Project], bool] = lambda _path, _project: False
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_outside)
        document.path_changed.connect(self._on_path)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {
            "file.new": self.new,
            "file.open": self.open_dialog,
            "file.save": self.save,
            "file.save_as": self.save_as,
        }

    def start(self) -> None:
        """Begin to look whether others change the file."""
        self._look.start()

    def stop(self) -> None:
        """End looking."""
        self._look.stop()

    def new(self) -> None:
        """Another, empty project, after the question about unsaved work; nothing happens when none was chosen."""
        if self.may_replace():
            project = self.choose_source()
            if project is not None:
                path = project.data.get(f"{project.data.get('source')}.path")
                self.begin(project, Path(str(path)).stem if path else UNTITLED)

    def open_dialog(self) -> None:
        """Ask for a file and open it."""
        path = self._asker.file_to_open(self.tr("Open a project"), self._folder(), OPEN_PATTERN)
        if path is not None:
            self.open(path)

    def open(self, path: Path | str, *, adds_blocks: bool = True) -> bool:
        """Open a file in place of the project; a file that cannot be read leaves everything as it is.

        A file of blocks alone is added to the project, unless it is to be opened itself.
        """
        path = Path(path)
        if path.suffix.lower() == ".png":
            return self.open_picture(path)
        if path.suffix == ".loom" and is_shipped(path.absolute()) and path.stem in example_names():
            return self.open_example(path.stem)  # Save must not write over what is shipped
        try:
            project = files.read(path)  # a damaged file must not cost a question about the present work
        except (LoomError, OSError) as error:
            self._tell(str(error) if isinstance(error, LoomError) else f"{path.name} cannot be opened: {error}.")
            return False
        if adds_blocks and self.take_blocks(path, project):
            return True
        if not self.may_replace():
            return False
        try:
            self._document.open(path)
        except LoomError as error:
            self._tell(str(error))
            return False
        self._settings.add_recent(path)
        self._clear_bars()
        return True

    def open_example(self, name: str) -> bool:
        """Open an example as a new, unsaved project."""
        is_open = self._open_new(lambda: example_project(name, Path.home()), name)
        if is_open:
            self.example_opened.emit(name)
        return is_open

    def open_text(self, read: Callable[[], str], name: str) -> bool:
        """Open a project's text as a new, unsaved project of that name."""
        return self._open_new(lambda: files.parse(read()), name)

    def _open_new(self, read: Callable[[], Project], name: str) -> bool:
        try:
            project = read()
        except (LoomError, OSError) as error:
            self._tell(str(error))
            return False
        if not self.may_replace():
            return False
        self.begin(project, name)
        return True

    def given_title(self) -> str:
        """The title, if the project was given one."""
        return "" if self.title == UNTITLED else self.title

    def begin(self, project: Project, title: str) -> None:
        """Put a new, unsaved project of that title in place of the open one; ask `may_replace` before."""
        self.title = title
        self._document.new(project)
        self._clear_bars()

    def open_picture(self, path: Path) -> bool:
        """Open the project inside of a picture as a new, unsaved one; its paths are a stranger's."""
        try:
            with path.open("rb") as stream:
                text = extract(stream.read(MAX_PICTURE + 1))
        except (LoomError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._tell(f"{path.name}: {reason}")
            return False
        return self.open_text(lambda: text, path.stem)

    def restore(self, project: Project, path: Path | None, file_hash: str, title: str) -> bool:
        """Put work that was left behind in place of the project, with the file it belongs to; a copy stays kept."""
        if not self.may_replace():
            return False
        place = path if path is not None and path.is_file() else None
        self.title = title or UNTITLED
        self._document.restore(project, place, file_hash if place else "")
        self._clear_bars()
        self._autosave.flush()
        return True

    def save(self) -> bool:
        """Save to the project's file; whether it is saved now."""
        if self._document.path is None:
            return self.save_as()
        if self._document.is_file_changed_outside():
            answer = ask_about_other_changes(self._asker, self._document.path.name)
            if answer == "cancel":
                return False
            if answer == "elsewhere":
                return self.save_as()
        return self._save(None)

    def save_as(self) -> bool:
        """Ask for a name and save there; whether it is saved now."""
        proposal = self._document.path or self._folder() / f"{self.title}.loom"
        path = self._asker.file_to_write(self.tr("Save the project as"), proposal, PATTERN)
        if path is None:
            return False
        if path.suffix != ".loom":
            path = path.with_name(path.name + ".loom")
        return self._save(path)

    def may_replace(self) -> bool:
        """Whether the open project may go: it is saved, or the person said so."""
        if not self.may_leave():
            return False
        if not self._document.is_changed():
            return True
        answer = ask_about_changes(self._asker, self.title)
        return answer == "drop" or (answer == "save" and self.save())

    def join_menu(self, menu: QMenu, before: QAction) -> None:
        """Put the lists of recent projects and examples before an entry of a menu."""
        recent, examples = menu.addMenu("Open recent"), menu.addMenu("Examples")
        for part in (recent, examples):
            menu.insertMenu(before, part)
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self.fill_recent(recent))
        self.fill_examples(examples)

    def fill_recent(self, menu: QMenu) -> None:
        """List the recent projects."""
        menu.clear()
        for path in self._settings.recent:
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open_recent, path))
        if menu.isEmpty():
            menu.addAction(self.tr("No recent projects")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self.tr("Forget these")).triggered.connect(lambda: self._settings.clear_recent())

    def fill_examples(self, menu: QMenu) -> None:
        """List the examples, group by group."""
        menu.clear()
        for group, facts in GROUPS.items():
            names = [name for name in example_names() if EXAMPLES[name].group == group]
            if not names:
                continue
            part = menu.addMenu(facts.heading())
            part.setToolTipsVisible(True)
            for name in names:
                action = part.addAction(EXAMPLES[name].name())
                action.setToolTip(EXAMPLES[name].said())
                action.triggered.connect(partial(self._open_named, name))
        if menu.isEmpty():
            menu.addAction(self.tr("No examples are installed")).setEnabled(False)

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        self.open(path)

    def _open_named(self, name: str, _checked: bool = False) -> None:
        self.open_example(name)

    def _save(self, path: Path | None) -> bool:
        try:
            self._document.save(path)
        except LoomError as error:
            self._tell(str(error))
            return False
        self._clear_bars()
        if self._document.path is not None:
            self._settings.add_recent(self._document.path)
        return True

    def _on_path(self) -> None:
        if self._document.path is not None:
            self.title = self._document.path.stem
        self._autosave.set_title(self.title)
        self.title_changed.emit(self.title)

    def _look_outside(self) -> None:
        """Tell when another program wrote or removed the file; what is open stays until the person chooses."""
        path = self._document.path
        if path is not None and not path.exists():
            text = self.tr("{} was moved or deleted by another program. Your work is still here.").format(path)
            offer: Offer = (self.tr("Save it again"), self.save)
        elif path is not None and self._document.is_file_changed_outside():
            text = self.tr("{} was changed by another window or program.").format(path.name)
            offer = (self.tr("Open the changed file"), self._open_again)
        else:
            self._bars.hide_bar("outside")
            return
        if self._bars.text("outside") != text:
            self._bars.show_bar("outside", text, "warning", [offer])

    def _open_again(self) -> None:
        if self._document.path is not None:
            self.open(self._document.path)

    def _clear_bars(self) -> None:
        self._bars.hide_bar("file")
        self._bars.hide_bar("outside")
        self._bars.hide_bar("refused")
        self._bars.hide_bar("picture")

    def _folder(self) -> Path:
        if self._document.path is not None:
            return self._document.path.parent
        recent = self._settings.recent
        return recent[0].parent if recent else Path.home()

    def _tell(self, sentence: str) -> None:
        self._bars.show_bar("file", sentence, "error")
        self.logged.emit(sentence, "error")
