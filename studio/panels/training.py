"""The Training tab: every setting of a training, made from the table of settings and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from graph.fields import Field
from graph.model import Node
from graph.objectives import steps_of
from graph.ops.spec import MISSING, CallableSpec, Missing, ParamSpec, Value
from graph.step_settings import shown_params
from runtime.data_paths import start_path
from runtime.fit import LOOP_SAYS
from runtime.protocol import Analysis
from runtime.setting_table import UNLABELLED, UNLABELLED_BATCH, SettingRow
from runtime.settings import losses_for, metrics_for, setting_rows, task_of
from runtime.simple_step import TARGET
from runtime.start_names import START_KEYS, start_edit
from studio.document import Change, Document
from studio.metric_words import METRIC_TITLES
from studio.panels.drawn_note import DrawnNote
from studio.panels.drawn_settings import DrawnSettings
from studio.panels.start_note import StartNote
from studio.panels.training_words import ATTACKS, DEVICES, LOSSES, SECTIONS, TASKS, folded_state
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence
from studio.widgets.page import Page, clear
from studio.widgets.rows import ParamRow
from studio.widgets.section import Section
from studio.widgets.values import written

_ORIGIN: Final = "training panel"
_FIELD_WIDTH: Final = 128
_ATTACKED_BY: Final[Mapping[str, tuple[str, ...]]] = {"fgsm": ("epsilon",), "pgd": ("epsilon", "steps", "step_size")}
_WEIGHT: Final = ParamSpec(
    name="weight", type="float", default=1.0, minimum=0, doc="How much this output counts in the sum of the losses."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """An Output of the trained network and what it answers."""

    uid: str
    name: str
    field: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What decides which rows there are; while it stays the same, only values change."""

    task: str
    heads: tuple[_Head, ...]
    loss: str
    optimizer: str
    scheduler: str
    stops_early: bool
    attack: str
    is_drawn: bool
    is_simple: bool
    hidden: tuple[str, ...]
    has_unlabelled: bool


class TrainingPanel(Page):
    """Rows of settings in sections that fold. Pale is what holds while nothing is set."""

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__(holder)
        self._document = document
        self._analysis: Analysis | None = None
        self._shape: _Shape | None = None
        self._setting_rows: dict[str, ParamRow] = {}
        self._defaults: dict[str, Value | Missing] = {}
        self._sections: dict[str, Section] = {}
        self._open = {section.title: section.is_open for section in SECTIONS}
        self._general = Sentence(holder)
        self.start = StartNote(holder)
        self.start.cleared.connect(self._start_anew)
        self.drawn = DrawnNote(holder)
        self._said = DrawnSettings(document)
        self._renew = QTimer(self)
        self._renew.setSingleShot(True)
        self._renew.setInterval(0)
        self._renew.timeout.connect(self._show)
        document.changed.connect(self._on_changed)
        self._show()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Fields (they decide the task), problems, and why the device was chosen."""
        self._analysis = analysis
        self._renew.start()

    @property
    def is_simple(self) -> bool:
        """Whether a training step is drawn that these settings can say, too."""
        return self._said.simple is not None

    def row(self, key: str) -> ParamRow:
        """The row of a setting's key, such as `batch_size` or `optimizer.Adam.lr`."""
        return self._setting_rows[key]

    def shown_keys(self) -> tuple[str, ...]:
        """The keys of all rows, from the top."""
        return tuple(self._setting_rows)

    def section(self, title: str) -> Section:
        """The section of that title."""
        return self._sections[title]

    def show_setting(self, key: str) -> None:
        """Unfold, scroll to and focus the row of a key, if there is one."""
        row = self._setting_rows.get(key)
        if row is None:
            return
        for section in self.findChildren(Section):
            if section.isAncestorOf(row):
                section.set_open(True)
        self.area.ensureWidgetVisible(row)
        row.field.setFocus()

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only:
            self._renew.start()

    def _values(self) -> Mapping[str, Value]:
        return self._said.values()

    # What rows there are.

    def _show(self) -> None:
        self._renew.stop()
        shape = self._current_shape()
        if shape != self._shape:
            focused = next((key for key, row in self._setting_rows.items() if _has_focus(row)), "")
            self._shape = shape
            bar = self.area.verticalScrollBar()
            place, worker = bar.value(), self.focusWidget()
            if worker is not None and focused:
                worker.clearFocus()  # else it goes to the next row as this one is taken away, and the page after it
            self._build(shape)
            QTimer.singleShot(0, bar, lambda: bar.setValue(place))
            if focused in self._setting_rows:
                self._setting_rows[focused].field.setFocus()
        self._refresh(shape)

    def _current_shape(self) -> _Shape:
        values, heads = self._values(), self._heads()
        task = heads[0].task if heads else str(values.get("task", TASKS.usual))
        rows = {row.key: row for row in setting_rows() if row.section == "training"}

        def held(key: str) -> Value:
            return values.get(key, rows[key].default(task))

        return _Shape(
            task=task,
            heads=heads,
            loss=str(held("loss")),
            optimizer=str(held("optimizer")),
            scheduler=str(held("scheduler")),
            stops_early=bool(held("early_stopping")),
            attack=str(held("adversarial")),
            is_drawn=bool(steps_of(self._document.project)),
            is_simple=self._said.simple is not None,
            hidden=tuple(key for key in rows if self._said.hides(key)),
            has_unlabelled=self._document.project.data.get(UNLABELLED) is True,
        )

    def _heads(self) -> tuple[_Head, ...]:
        project = self._document.project
        if not project.has_main:
            return ()
        fields = {field.name: field for field in (self._analysis.fields if self._analysis is not None else ())}
        outputs = [node for node in project.main().nodes() if node.op == "Output"]
        return tuple(
            self._head(node, fields[str(node.params.get("field", ""))])
            for node in outputs
            if node.params.get("field") in fields
        )

    def _head(self, node: Node, field: Field) -> _Head:
        return _Head(uid=node.uid, name=node.name, field=field.name, task=task_of(self._document.project, field))

    def _build(self, shape: _Shape) -> None:
        self._general.setParent(None)
        self.start.setParent(None)
        self.drawn.setParent(None)
        clear(self.rows)
        self._setting_rows, self._defaults, self._sections = {}, {}, {}
        self.rows.addWidget(self._general)
        self.rows.addWidget(self.start)
        if shape.is_drawn:
            self.rows.addWidget(self.drawn)
        table = [row for row in setting_rows() if row.section == "training" and row.key not in START_KEYS]
        for words in SECTIONS:
            section = Section(self.holder, self.tr(words.title), is_open=self._open[words.title])
            section.header.toggled.connect(lambda is_open, title=words.title: self._open.update({title: is_open}))
            self._sections[words.title] = section
            more = self._more(words.title)
            for group in words.groups:
                for row in [row for row in table if row.group == group]:
                    self._add_setting(row, shape, section, more)
            self._finish(section, more)
            self.rows.addWidget(section)
            if not shape.is_drawn and words is SECTIONS[0]:
                self.rows.addWidget(self.drawn)
        self.rows.addStretch(1)

    def _more(self, title: str) -> Section:
        more = Section(
            self.holder, self.tr("More settings"), is_open=self._open.get(f"{title}/more", False), quiet=True
        )
        more.header.toggled.connect(lambda is_open: self._open.update({f"{title}/more": is_open}))
        return more

    @staticmethod
    def _finish(section: Section, more: Section) -> None:
        if more.rows.count():
            section.add(more)
        else:
            more.deleteLater()

    def _add_setting(self, row: SettingRow, shape: _Shape, section: Section, more: Section) -> None:
        several = len(shape.heads) > 1
        if row.key in shape.hidden:
            return
        if row.key == "loss" and shape.is_simple and not several:
            self._add_targets(shape.heads, section)
        if (several and row.key in ("task", "loss")) or (
            row.key == "early_stopping.patience" and not shape.stops_early
        ):
            if row.key == "loss":
                self._add_heads(shape, section)
            return
        if row.key.startswith("adversarial.") and row.key.rpartition(".")[2] not in _ATTACKED_BY.get(shape.attack, ()):
            return
        if row.key == UNLABELLED_BATCH and not shape.has_unlabelled:
            return
        if row.key == "class_weights" and shape.task != "classification" and not several:
            chosen_weights = self._document.project.training.get(row.key, "none")
            if chosen_weights == "none":  # else it is shown, for it is what is wrong
                return
        spec, titles = self._choices(row, shape)
        place = more if row.spec.advanced else section
        self._add(place, row.key, spec, row.default(shape.task), titles)
        chosen = self._chosen(row.key, shape)
        if chosen is not None:
            self._add_params(row.key, chosen, section, more)

    def _choices(self, row: SettingRow, shape: _Shape) -> tuple[ParamSpec, Mapping[str, str] | None]:
        """The row's spec with the choices that are known only here."""
        catalog = self._document.catalog
        found: dict[str, tuple[tuple[str, ...], Mapping[str, str] | None]] = {
            "task": (row.spec.choices, TASKS.titles),
            "loss": (losses_for(shape.task), LOSSES),
            "goal": (self._goals(shape), METRIC_TITLES),
            "optimizer": (tuple(catalog.optimizers), None),
            "scheduler": (("none", *catalog.schedulers), None),
            "device": (DEVICES, None),
            "adversarial": (row.spec.choices, ATTACKS),
            "class_weights": (row.spec.choices, {"none": "None", "balanced": "Balanced"}),
        }
        if row.key not in found:
            return row.spec, None
        choices, titles = found[row.key]
        return replace(row.spec, type="choice", choices=choices), titles

    def _goals(self, shape: _Shape) -> tuple[str, ...]:
        if len(shape.heads) <= 1:
            return metrics_for(shape.task)
        names = [f"{head.field}_{name}" for head in shape.heads for name in metrics_for(head.task) if name != "loss"]
        return ("loss", *names)

    def _chosen(self, key: str, shape: _Shape) -> CallableSpec | None:
        catalog = self._document.catalog
        if key == "loss":
            return catalog.losses.get(shape.loss)
        if key == "optimizer":
            return catalog.optimizers.get(shape.optimizer)
        return catalog.schedulers.get(shape.scheduler) if key == "scheduler" else None

    def _add_params(self, part: str, chosen: CallableSpec, section: Section, more: Section) -> None:
        for param in shown_params(chosen):
            place = more if param.advanced else section
            self._add(place, f"{part}.{chosen.key}.{param.name}", param, param.default, None)

    def _add_targets(self, heads: Sequence[_Head], section: Section) -> None:
        """What each answer is held against, where a drawing says so."""
        fields = tuple(field.name for field in (self._analysis.fields if self._analysis is not None else ()))
        for head in heads:
            label = self.tr("Target of %1").replace("%1", head.name)
            doc = self.tr("The part of the data that this output is held against, in the drawing too.")
            spec = ParamSpec(name="target", type="choice", choices=fields, label=label, doc=doc)
            self._add(section, f"{TARGET}{head.uid}", spec, head.field, None)

    def _add_heads(self, shape: _Shape, section: Section) -> None:
        for head in shape.heads:
            if shape.is_simple:
                self._add_targets([head], section)
            losses = losses_for(head.task)
            doc = self.tr("How the error of this output is measured.")
            label = self.tr("Loss of %1").replace("%1", head.name)
            loss = ParamSpec(name="loss", type="choice", default=losses[0], choices=losses, label=label, doc=doc)
            self._add(section, f"head.{head.uid}.loss", loss, losses[0], LOSSES)
            weight = replace(_WEIGHT, label=self.tr("Weight of %1").replace("%1", head.name))
            self._add(section, f"head.{head.uid}.weight", weight, 1.0, None)

    def _add(
        self, place: Section, key: str, spec: ParamSpec, default: Value | Missing, titles: Mapping[str, str] | None
    ) -> None:
        name = key.rpartition(".")[2] if "." in key else key
        row = ParamRow(
            self.holder,
            replace(spec, name=key, default=default),
            titles=titles,
            field_width=_FIELD_WIDTH,
            technical_name=name,
        )
        row.edited.connect(self._on_edited)
        row.reset_wanted.connect(self._on_reset)
        row.help_wanted.connect(self.show_help)
        self._setting_rows[key] = row
        self._defaults[key] = default
        place.add(row)

    # Values.

    def _refresh(self, shape: _Shape) -> None:
        values = self._values()
        problems = [item for item in self._problems() if item[0] == "training"]
        following = self._following(shape)
        for key, row in self._setting_rows.items():
            rest = following.get(key, self._defaults[key])
            auto = f"{written(rest)}  {self.tr('auto')}" if key in following else ""
            row.show_value(values.get(key, MISSING), rest, auto=auto)
            row.show_problem(next((text for _, where, text in problems if where == key), ""))
        if self._analysis is not None and "device" in self._setting_rows and self._analysis.device_reason:
            self._setting_rows["device"].show_problem(self._analysis.device_reason, "info")
        self._show_start(values, [item for item in problems if item[1] in START_KEYS])
        general = [text for _, where, text in problems if where not in self._setting_rows and where not in START_KEYS]
        self._general.say(general[0] if general else "")

        def held(key: str) -> Value | Missing:
            return values.get(key, self._defaults.get(key, MISSING))

        for title, section in self._sections.items():
            section.header.tell(folded_state(title, held, shape.optimizer))

    def _show_start(self, values: Mapping[str, Value], problems: list[tuple[str, str, str]]) -> None:
        """Whose weights training starts from, and what fits or is wrong."""
        path = start_path(values, self._document.base())
        report = self._analysis.start if self._analysis is not None else None
        fits = report.words() if report is not None else ""
        self.start.show_start(path, fits, problems[0][2] if problems else "")

    def _following(self, shape: _Shape) -> dict[str, Value]:
        """What the params of the schedule are while nobody sets them, by key: they follow epochs and learning rate."""
        rate_key = f"optimizer.{shape.optimizer}.lr"
        epochs, rate = (self._values().get(key, self._defaults.get(key)) for key in ("epochs", rate_key))
        if not isinstance(epochs, int) or not isinstance(rate, int | float):
            return {}
        params = LOOP_SAYS.get(shape.scheduler, {})
        return {f"scheduler.{shape.scheduler}.{name}": param.value(epochs, rate) for name, param in params.items()}

    def _problems(self) -> list[tuple[str, str, str]]:
        problems = self._analysis.problems if self._analysis is not None else ()
        return [(problem.section, problem.key, problem.message) for problem in problems]

    # Edits.

    def _on_edited(self, key: str, value: Value | Missing) -> None:
        row = self._setting_rows[key]
        old = self._values().get(key, MISSING)
        if value == old and type(value) is type(old):
            return
        label = self.tr("Change %1").replace("%1", row.spec.label or key)
        edit = self._said.edit(key, value, self._analysis)
        self._document.apply(edit, label, origin=_ORIGIN, merge=row.merge)

    def _start_anew(self) -> None:
        self._document.apply(start_edit(MISSING), self.tr("Start anew"), origin=_ORIGIN)

    def _on_reset(self, key: str) -> None:
        edit = self._said.edit(key, MISSING, self._analysis)
        row = self._setting_rows[key]
        label = self.tr("Reset %1").replace("%1", row.spec.label or key)
        self._document.apply(edit, label, origin=_ORIGIN)


def _has_focus(row: QWidget) -> bool:
    focused = row.window().focusWidget()
    return focused is not None and row.isAncestorOf(focused)
