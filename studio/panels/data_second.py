"""The part of the Data tab that names second data, which come beside the samples in a drawn training step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal

from graph.ops.spec import MISSING, ParamSpec, Value
from graph.problems import Problem
from runtime.data_paths import SECOND_BEFORE
from runtime.setting_table import SECOND, setting_row
from runtime.sources import SOURCES, SourceSpec
from studio.theme import ThemeHolder
from studio.widgets.paths import PathField
from studio.widgets.rows import ParamRow
from studio.widgets.section import Section

FILES: Final = frozenset({"path", "content", "style"})
"""Options that name a file or folder."""
_FIELD_WIDTH: Final = 112
_WIDE: Final = 176


class SecondData(Section):
    """The source of the second data and its options. `edited` carries a key of the settings and a value, or MISSING."""

    edited = Signal(str, object)
    help_wanted = Signal(str)

    def __init__(
        self, holder: ThemeHolder, titles: Mapping[str, str], ask_path: Callable[[str], str], *, is_open: bool
    ) -> None:
        setting = setting_row("data", SECOND)
        assert setting is not None, "the table has a row for it"
        super().__init__(holder, self.tr(setting.label), is_open=is_open)
        self._holder, self._titles, self._ask = holder, titles, ask_path
        self._source = ""
        self.options: dict[str, ParamRow] = {}
        words = {"": self.tr("None")} | {key: spec.title for key, spec in SOURCES.items()}
        choices = replace(setting.spec, choices=tuple(words), label=self.tr("Data"))
        self.source = self._row(SECOND, choices, words)
        self.add(self.source)

    def show_values(self, values: Mapping[str, Value], problems: Collection[Problem]) -> None:
        """Show what is chosen, with the options that it has."""
        chosen = str(values.get(SECOND, ""))
        if chosen != self._source:
            self._source = chosen
            for row in self.options.values():
                self.rows.removeWidget(row)
                row.deleteLater()
            self.options = self._rows_of(SOURCES[chosen]) if chosen in SOURCES else {}
        for key, row in {SECOND: self.source, **self.options}.items():
            value = values.get(key, MISSING)
            row.show_value(value, value if key.rpartition(".")[2] in FILES else row.spec.default)
            row.show_problem(next((item.message for item in problems if item.key == key), ""))
        self.header.tell(SOURCES[chosen].title if chosen in SOURCES else self.tr("none"))

    def _rows_of(self, spec: SourceSpec) -> dict[str, ParamRow]:
        found = {}
        for param in spec.params:
            if param.type != "words":
                key = f"{SECOND_BEFORE}{spec.key}.{param.name}"
                found[key] = self._row(key, param, self._titles)
                self.add(found[key])
        return found

    def _row(self, key: str, param: ParamSpec, titles: Mapping[str, str]) -> ParamRow:
        spec = replace(param, name=key)
        none = "" if param.name == "path" else self.tr("the sample picture")
        field = PathField(self._holder, spec, self._ask_here, none) if param.name in FILES else None
        width = _WIDE if key == SECOND or field is not None else _FIELD_WIDTH
        row = ParamRow(self._holder, spec, titles=titles, field=field, field_width=width, technical_name=param.name)
        row.edited.connect(self.edited)
        row.reset_wanted.connect(lambda name: self.edited.emit(name, MISSING))
        row.help_wanted.connect(self.help_wanted)
        return row

    def _ask_here(self) -> str:
        return self._ask(self._source)
