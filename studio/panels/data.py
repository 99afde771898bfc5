"""The Data tab: what to learn from, a look at it, how it is shared out, and how it is scaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from graph.edits import Batch, Edit, SetSetting
from graph.ends import field_edits
from graph.fields import Field
from graph.objectives import is_called
from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from runtime.data_paths import stored
from runtime.protocol import MISSING_DATA, ColumnReport, DataReport
from runtime.setting_table import PER_CLASS, SECOND, UNLABELLED, setting_row
from runtime.sources import SOURCES, SourceSpec, fields_named
from studio.column_roles import ROLES, kind_edits, other_kind, role_edits, with_role
from studio.document import Change, Document
from studio.panels.data_loading import LoadingLine, LoadingState
from studio.panels.data_second import FILES, SecondData
from studio.panels.data_source import SourceCombo, SourceTiles
from studio.panels.data_view import DataView
from studio.templates.needs import size_edit
from studio.theme import ThemeHolder
from studio.widgets.fields import TextField
from studio.widgets.labels import Sentence, words
from studio.widgets.page import Page, clear
from studio.widgets.paths import PathField
from studio.widgets.rows import ParamRow
from studio.widgets.section import Section
from studio.widgets.split import Shares, SplitBar, with_share

_ORIGIN: Final = "data panel"
_FIELD_WIDTH: Final = 112
_PATH_WIDTH: Final = 200
_PARTS: Final = (("split.train", "Training"), ("split.validation", "Validation"), ("split.test", "Test"))
_IN_COLUMNS: Final = ("csv.group", "csv.split_column", "csv.image")  # said in the list of columns
_WORDS: Final = {
    word: word.capitalize()
    for word in (
        "none",
        "standard",
        "random",
        "stratified",
        "auto",
        "yes",
        "no",
        "class",
        "number",
    )
} | {"minmax": "Min-max", "grouped": "By group", "column": "By a column", "fill": "Fill in", "leave out": "Leave out"}


class DataPanel(Page):
    """Edits the data settings of the project. `preview_wanted` asks for a new report.

    `path_chosen` comes before the edit: the person has named that file or folder herself. `find_wanted`: it is not
    where the project says.
    """

    preview_wanted = Signal()
    path_chosen = Signal(str)
    find_wanted = Signal()
    stop_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__(holder)
        self._document = document
        self._report: DataReport | None = None
        self._source: str | None = None
        self._columns: tuple[ColumnReport, ...] = ()
        self._option_rows: dict[str, ParamRow] = {}
        self.ask_path: Callable[[SourceSpec], str] = self._ask_system
        self._renew = QTimer(self)
        self._renew.setSingleShot(True)
        self._renew.setInterval(0)
        self._renew.timeout.connect(self._on_renewed)
        document.changed.connect(self._on_changed)
        self._show()

    def set_report(self, report: DataReport | None) -> None:
        """What was found in the data, or nothing."""
        self._report = report
        if report is not None and (report.columns or not report.problems):
            self._columns = report.columns  # else the last ones help to mend what is wrong
        self._refresh()

    def show_loading(self, state: LoadingState, share: float = -1.0) -> None:
        """Say that the data are being read for long, that it was stopped, or nothing of it."""
        if self._source:
            self.loading.show_state(state, share)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._source and self.loading.stop.isVisible():
            self.stop_wanted.emit()
        else:
            super().keyPressEvent(event)

    def row(self, key: str) -> ParamRow:
        """The row of a setting's key, such as `moons.noise` or `scale.inputs`."""
        return self._option_rows[key]

    def choose(self, key: str) -> None:
        """Learn from this source; for the person's own data a dialog asks where they are."""
        spec = SOURCES[key]
        if spec.reads_files and not self._values().get(f"{key}.path"):
            path = self.ask_path(spec)
            if path:
                self.choose_path(key, path)
            else:
                self._refresh()
            return
        self._choose(spec, [SetSetting(section="data", key="source", value=key)])

    def choose_path(self, key: str, path: str) -> None:
        """Learn from this file or folder, which the person has named."""
        self.path_chosen.emit(path)
        source = SetSetting(section="data", key="source", value=key)
        edits: list[Edit] = [source, SetSetting(section="data", key=f"{key}.path", value=self._stored(path))]
        size = size_edit(self._document.project, key)
        if size is not None and size.key not in self._values():
            edits.append(size)  # pictures come in the size that a template is drawn for
        self._choose(SOURCES[key], edits)

    def _choose(self, spec: SourceSpec, edits: list[Edit]) -> None:
        key = spec.key
        fields = fields_named({**self._values(), "source": key})
        if spec.batch_size and "batch_size" not in self._document.project.training:
            edits.append(SetSetting(section="training", key="batch_size", value=spec.batch_size))
        edits += [
            edit
            for network in self._document.project.networks.values()
            if not is_called(self._document.project.networks, network.name)
            for edit in field_edits(network, fields)
        ]
        label = self.tr("Choose %1").replace("%1", spec.title)
        self._document.apply(Batch(edits=tuple(edits)), label, origin=_ORIGIN)

    def show_setting(self, key: str) -> None:
        """Scroll to and focus the row of a key, if there is one."""
        row = self._option_rows.get(key)
        if row is not None:
            self._open_more(key)
            self.area.ensureWidgetVisible(row)
            row.field.setFocus()

    def _values(self) -> Mapping[str, Value]:
        return self._document.project.data

    def _on_changed(self, change: Change) -> None:
        if change.data or change.whole:
            self._renew.start()

    def _on_renewed(self) -> None:
        self._show()
        if self._source:
            self.preview_wanted.emit()

    # What rows there are.

    def _show(self) -> None:
        source = str(self._values().get("source", ""))
        if source not in SOURCES:
            source = ""
        if source != self._source:
            self._source, self._report, self._columns = source, None, ()
            clear(self.rows)
            self._option_rows = {}
            self.show_help("")
            if source:
                self._build(SOURCES[source])
            else:
                self.tiles = SourceTiles(self.holder)
                self.tiles.chosen.connect(self.choose)
                self.rows.addWidget(self.tiles)
            self.rows.addStretch(1)
        self._refresh()

    def _build(self, spec: SourceSpec) -> None:
        self.combo = SourceCombo(self.holder)
        self.combo.chosen.connect(self.choose)
        self.rows.addWidget(self.combo)
        about = words(spec.doc, "caption", wrap=True)
        about.setContentsMargins(0, 6, 0, 4)
        self.rows.addWidget(about)
        self._trouble = Sentence(self.holder)
        self.rows.addWidget(self._trouble)
        self.find_button = QPushButton(self.tr("Find the folder…") if spec.is_folder else self.tr("Find the file…"))
        self.find_button.clicked.connect(self.find_wanted)
        self.find_button.hide()
        self.more = Section(self.holder, self.tr("How the table is read"), is_open=False)
        for param in spec.params:
            key = f"{spec.key}.{param.name}"
            if param.type == "words" or key in _IN_COLUMNS:
                continue
            if spec.key == "csv" and param.name != "path":
                self.more.add(self._make_row(key, param))
            else:
                self.rows.addWidget(self._make_row(key, param))
            if param.name in ("path", "style"):
                self.rows.addWidget(self.find_button)
        self.loading = LoadingLine()
        self.loading.stop.clicked.connect(self.stop_wanted)
        self.loading.again.clicked.connect(self.again_wanted)
        self.rows.addWidget(self.loading)
        self.view = DataView(self.holder)
        self.view.columns.role_chosen.connect(self._on_role)
        self.view.columns.kind_chosen.connect(self._on_kind)
        self.rows.addWidget(self.view)
        self.rows.addWidget(self._build_split(spec))
        scaling = Section(self.holder, self.tr("Scaling"))
        for key in ("scale.inputs", "scale.targets"):
            self._add_setting(scaling, key)
        self.rows.addWidget(scaling)
        self.second = SecondData(self.holder, _WORDS, self._ask, is_open=bool(self._values().get(SECOND)))
        self.second.edited.connect(self._on_second)
        self.second.help_wanted.connect(self.show_help)
        self.rows.addWidget(self.second)
        self.rows.addWidget(self.more)
        self.more.setVisible(spec.key == "csv")

    def _build_split(self, spec: SourceSpec) -> Section:
        section = Section(self.holder, self.tr("Split"))
        if spec.looked_at:
            text = self.tr("Training, validation and test see the same samples here: there is nothing to share out.")
            section.add(words(text, "caption", wrap=True))
            return section
        self.bar = SplitBar(self.holder)
        self.bar.moved.connect(lambda shares: self._set_shares(shares, f"split.bar.{self.bar.drags}"))
        section.add(self.bar)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 6, 0, 4)
        row.setSpacing(8)
        self.shares = tuple(_Share(self.holder, key, self.tr(label)) for key, label in _PARTS)
        for part, share in enumerate(self.shares):
            row.addWidget(share)
            share.field.edited.connect(lambda value, part=part: self._on_share(part, value))
            share.field.focused.connect(lambda on: self.show_help(self._split_help() if on else ""))
        section.add(line)
        self._add_setting(section, "split.method")
        self._add_setting(section, PER_CLASS)
        self._add_setting(section, UNLABELLED)
        return section

    def _split_help(self) -> str:
        row = setting_row("data", "split.train")
        return row.tooltip if row is not None else ""

    def _add_setting(self, section: Section, key: str) -> None:
        setting = setting_row("data", key)
        if setting is not None:
            section.add(self._make_row(key, setting.spec))

    def _make_row(self, key: str, param: ParamSpec) -> ParamRow:
        field = None
        if param.name in FILES:
            none = "" if param.name == "path" else self.tr("the sample picture")
            ask = partial(self._ask, str(self._source))
            field = PathField(self.holder, replace(param, name=key), ask, none)
        row = ParamRow(
            self.holder,
            replace(param, name=key),
            titles=_WORDS,
            field=field,
            field_width=_FIELD_WIDTH if field is None else _PATH_WIDTH,
            technical_name=param.name,
        )
        row.edited.connect(self._on_edited)
        row.reset_wanted.connect(lambda name: self._on_edited(name, MISSING))
        row.help_wanted.connect(self.show_help)
        self._option_rows[key] = row
        return row

    # Values.

    def _refresh(self) -> None:
        if not self._source:
            return
        spec, values = SOURCES[self._source], self._values()
        self.combo.show_source(self._source)
        self.view.show_report(self._report)
        self._show_columns()
        problems = self._report.problems if self._report is not None else ()
        for key, row in self._option_rows.items():
            value = values.get(key, MISSING)
            is_path = row.spec.name.rpartition(".")[2] in FILES
            row.show_value(value, value if is_path else self._default(spec, key, row.spec))
            row.show_problem(next((item.message for item in problems if item.key == key), ""))
        self.find_button.setVisible(any(item.code == MISSING_DATA for item in problems))
        if any(item.key in self._option_rows for item in problems):
            self._open_more(next(item.key for item in problems if item.key in self._option_rows))
        has_classes = any(field.role == "target" and field.kind == "class" for field in self._fields(spec))
        if PER_CLASS in self._option_rows:
            self._option_rows[PER_CLASS].setVisible(has_classes or PER_CLASS in values)
            has_few = has_classes and bool(values.get(PER_CLASS))
            self._option_rows[UNLABELLED].setVisible(has_few or UNLABELLED in values)
        self.second.show_values(values, problems)
        others = [item for item in problems if item.key not in self._option_rows | self.second.options]
        self._trouble.say(others[0].message if others else "", others[0].severity if others else "error")
        if not spec.looked_at:
            self._show_shares()

    def _show_shares(self) -> None:
        shares = self._shares()
        self.bar.show_shares(shares)
        splits = self._report.splits if self._report is not None else {}
        for share, value, name in zip(self.shares, shares, ("train", "validation", "test"), strict=True):
            share.show_share(value, splits.get(name))

    def _default(self, spec: SourceSpec, key: str, param: ParamSpec) -> Value | Missing:
        """What holds for a key while nothing is set; some follow from the data."""
        if key == "scale.inputs":
            return spec.scale
        targets = [field for field in self._fields(spec) if field.role == "target"]
        if key == "split.method":
            if self._report is not None and self._report.split_method:
                return self._report.split_method
            return "stratified" if any(field.kind == "class" for field in targets) else "random"
        if key == "scale.targets":
            return "standard" if any(field.kind == "number" for field in targets) else "none"
        return param.default

    def _fields(self, spec: SourceSpec) -> tuple[Field, ...]:
        if self._report is not None and self._report.fields:
            return tuple(row.field for row in self._report.fields)
        return fields_named({**self._values(), "source": spec.key})

    def _shares(self) -> Shares:
        values = self._values()
        found = []
        for key, _ in _PARTS:
            row = setting_row("data", key)
            value = values.get(key, row.default("") if row is not None else 0.0)
            found.append(float(value) if isinstance(value, int | float) else 0.0)
        if "split.train" not in values:
            found[0] = round(1 - found[1] - found[2], 4)
        return found[0], found[1], found[2]

    def _show_columns(self) -> None:
        is_class = any(field.role == "target" and field.kind == "class" for field in self._fields(SOURCES["csv"]))
        values = self._values()
        kinds = {column.name: other_kind(values, column, is_class=is_class) for column in self._columns}
        self.view.show_columns(self._columns, kinds)

    def _open_more(self, key: str) -> None:
        """Unfold the section that a row is in."""
        if self.more.isAncestorOf(self._option_rows[key]):
            self.more.set_open(True)

    # Edits.

    def _on_role(self, name: str, role: str) -> None:
        wanted = next(row for row in ROLES if row == role)
        if any(column.name == name and column.role == wanted for column in self._columns):
            return
        edits = role_edits(self._document.project, self._columns, name, wanted)
        self._columns = with_role(self._columns, name, wanted)
        self._apply_to_column(edits, name)

    def _on_kind(self, name: str, kind: str) -> None:
        column = next(column for column in self._columns if column.name == name)
        self._apply_to_column(kind_edits(self._document.project, column, kind), name)

    def _apply_to_column(self, edits: tuple[Edit, ...], name: str) -> None:
        label = self.tr("Change the column %1").replace("%1", name)
        self._document.apply(Batch(edits=edits), label, origin=_ORIGIN)
        self._show_columns()

    def _on_edited(self, key: str, value: Value | Missing) -> None:
        row = self._option_rows[key]
        if key.rpartition(".")[2] in FILES and isinstance(value, str) and value:
            self.path_chosen.emit(value)
            value = self._stored(value)
        if value == "" and row.spec.default == "":
            value = MISSING
        old = self._values().get(key, MISSING)
        if value == old and type(value) is type(old):
            return
        label = self.tr("Change %1").replace("%1", row.spec.label or key)
        self._document.apply(SetSetting(section="data", key=key, value=value), label, origin=_ORIGIN, merge=row.merge)

    def _on_second(self, key: str, value: Value | Missing) -> None:
        """Second data, or an option of theirs; a file that is chosen there is the person's own choice."""
        rows = {SECOND: self.second.source, **self.second.options}
        if key.rpartition(".")[2] in FILES and isinstance(value, str) and value:
            self.path_chosen.emit(value)
            value = self._stored(value)
        if value == "" and rows[key].spec.default == "":
            value = MISSING
        if value == self._values().get(key, MISSING):
            return
        label = self.tr("Change %1 of the second data").replace("%1", rows[key].spec.label or key)
        edit = SetSetting(section="data", key=key, value=value)
        self._document.apply(edit, label, origin=_ORIGIN, merge=rows[key].merge)

    def _on_share(self, part: int, value: Value | Missing) -> None:
        if isinstance(value, int | float):
            self._set_shares(with_share(self._shares(), part, value / 100), f"split.{part}.{self.shares[part].visits}")

    def _set_shares(self, shares: Shares, merge: str) -> None:
        if shares == self._shares():
            return
        edits = tuple(
            SetSetting(section="data", key=key, value=value) for (key, _), value in zip(_PARTS, shares, strict=True)
        )
        self._document.apply(Batch(edits=edits), self.tr("Change the split"), origin=_ORIGIN, merge=merge)

    def _stored(self, path: str) -> str:
        home = self._document.path
        return stored(path, home.parent if home is not None else None)

    def _ask(self, source: str) -> str:
        return self.ask_path(SOURCES[source])

    def _ask_system(self, spec: SourceSpec) -> str:
        """The system's dialog for a file, or for a folder of pictures."""
        title = self.tr("Choose %1").replace("%1", spec.title if spec.reads_files else self.tr("a picture"))
        if spec.is_folder:
            return QFileDialog.getExistingDirectory(self, title)
        patterns = {"csv": self.tr("Tables (*.csv *.tsv *.txt)"), "npz": self.tr("Arrays (*.npz)")}
        patterns["pictures_for_style"] = self.tr("Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff)")
        path, _ = QFileDialog.getOpenFileName(
            self, title, "", f"{patterns.get(spec.key, '')};;{self.tr('All files (*)')}"
        )
        return path


class _Share(QWidget):
    """One part of the split: its name, its share in percent, and how many samples that is."""

    def __init__(self, holder: ThemeHolder, key: str, label: str) -> None:
        super().__init__()
        spec = ParamSpec(name=key, type="float", default=0.0, minimum=0, maximum=100, label=label)
        self.field = TextField(holder, spec)
        self.field.setFixedHeight(28)
        self.visits = 0
        self._count = words("", "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(words(f"{label}, %", "caption"))
        column.addWidget(self.field)
        column.addWidget(self._count)
        self.field.focused.connect(self._on_focus)

    def show_share(self, share: float, count: int | None) -> None:
        """Show the share (0 to 1), and how many samples it is, once known."""
        self.field.show_value(round(100 * share, 2), MISSING)
        self._count.setText(f"{count:,}" if count is not None else "")

    def _on_focus(self, has_focus: bool) -> None:
        self.visits += int(has_focus)
