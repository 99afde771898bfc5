"""What a block is, in the Node tab: its parameters as a small table, and how it stands in the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from graph.block_parameters import (
    default_problem,
    parameter_problem,
    renamed_parameter,
    with_parameter,
    without_parameter,
)
from graph.edits import Edit, SetBlock
from graph.errors import EditError
from graph.model import Network, Parameter, ParameterType, block_key
from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from studio.document import Document
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.fields import FIELD_HEIGHT, Combo
from studio.widgets.icons import IconButton
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest
from studio.widgets.values import read, written

_ORIGIN: Final = "inspector"
_TYPES: Final = {"int": "whole number", "float": "number", "bool": "on / off", "str": "word", "ints": "sizes"}
_FORMS: Final = {"class": "A class of its own", "sequence": "A sequence in place"}
_NAMES: Final = ("size", "width", "depth", "rate")
_TYPE_WIDTH: Final = 128
_DEFAULT_WIDTH: Final = 84
_FORM_WIDTH: Final = 176


class BlockForm(QWidget):
    """Shows one block of the project and edits it; rows stay while they are typed into."""

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__()
        self._document, self._holder = document, holder
        self._name = ""
        self.rows: list[ParameterRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(words(self.tr("Parameters"), "strong"), 1)
        self.add_button = QPushButton(self.tr("Add parameter"))
        self.add_button.setProperty("compact", True)
        self.add_button.clicked.connect(self._add)
        head.addWidget(self.add_button)
        nest(self._column, head)
        self._hint = words("", "caption", wrap=True)
        self._column.addWidget(self._hint)
        self._table = QVBoxLayout()
        self._table.setSpacing(10)
        nest(self._column, self._table)
        nest(self._column, self._make_form())
        self._users = words("", "caption", wrap=True)
        self._column.addWidget(self._users)

    def show_block(self, name: str) -> None:
        """Show the block of that name as it is now."""
        network = self._document.project.networks.get(name)
        if network is None or network.block is None:
            return
        is_other = name != self._name
        self._name = name
        parameters = network.block.parameters
        while len(self.rows) > len(parameters):
            row = self.rows.pop()
            self._table.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(parameters):
            self._add_row()
        for row, parameter in zip(self.rows, parameters, strict=True):
            row.show_parameter(parameter, afresh=is_other)
        hint = self.tr("A setting of the block that its layers can speak of.")
        if parameters:
            hint = self.tr("Layers speak of them: type {0} where one of them takes a value.").replace(
                "{0}", f"{parameters[0].name} * 2" if parameters[0].type in ("int", "float") else parameters[0].name
            )
        self._hint.setText(hint)
        self.form.setCurrentIndex(list(_FORMS).index(network.block.form))
        self._users.setText(self._users_text(name))

    def _make_form(self) -> QHBoxLayout:
        self.form = Combo()
        for title in _FORMS.values():
            self.form.addItem(self.tr(title))
        self.form.setAccessibleName(self.tr("In the code"))
        self.form.setToolTip(self.tr("In a sequence the parts are numbered in the keys of the weights, not named."))
        self.form.setFixedSize(_FORM_WIDTH, FIELD_HEIGHT)
        self.form.activated.connect(self._set_form)
        line = QHBoxLayout()
        line.addWidget(words(self.tr("In the code"), "label"), 1)
        line.addWidget(self.form)
        return line

    def _users_text(self, name: str) -> str:
        found = [
            f"{node.name} ({network.name})"
            for network in self._document.project.networks.values()
            for node in network.nodes()
            if node.op == block_key(name)
        ]
        if not found:
            return self.tr("Nothing uses this block yet. It stands in the palette, under Blocks.")
        more = f", +{len(found) - 4}" if len(found) > 4 else ""
        return self.tr("Used by {}").format(", ".join(found[:4]) + more)

    def _add_row(self) -> None:
        row = ParameterRow(self._holder)
        row.judge_name = self._judge_name
        row.renamed.connect(self._rename)
        row.changed.connect(self._change)
        row.removed.connect(self._remove)
        self.rows.append(row)
        self._table.addWidget(row)

    def _network(self) -> Network | None:
        return self._document.project.networks.get(self._name)

    def _judge_name(self, old: str, new: str) -> str | None:
        network = self._network()
        return parameter_problem(self._document.catalog, network, new, old) if network is not None else None

    def _add(self) -> None:
        network = self._network()
        if network is None or network.block is None:
            return
        names = (*_NAMES, *(f"size{number}" for number in range(2, 1000)))
        name = next(name for name in names if self._judge_name("", name) is None)
        self._apply(with_parameter(network, Parameter(name=name, default=1)), self.tr("Add a parameter"))
        self.show_block(self._name)
        self.rows[-1].focus_name()

    def _rename(self, old: str, new: str) -> None:
        network = self._network()
        if network is not None:
            self._apply(renamed_parameter(self._document.project, network, old, new), self.tr("Rename a parameter"))

    def _change(self, parameter: Parameter) -> None:
        network = self._network()
        if network is not None:
            self._apply(with_parameter(network, parameter), self.tr("Change a parameter"))

    def _remove(self, name: str) -> None:
        network = self._network()
        if network is None:
            return
        try:
            edit = without_parameter(self._document.project, network, name)
        except EditError as refusal:
            self._document.refused.emit(str(refusal))
            return
        self._apply(edit, self.tr("Remove a parameter"))

    def _set_form(self, place: int) -> None:
        network, form = self._network(), list(_FORMS)[place]
        if network is None or network.block is None or network.block.form == form:
            return
        block = replace(network.block, form="sequence" if form == "sequence" else "class")
        self._apply(SetBlock(network=network.name, block=block), self.tr("Change the form of a block"))

    def _apply(self, edit: Edit, label: str) -> None:
        self._document.apply(edit, label, origin=_ORIGIN)


class ParameterRow(QWidget):
    """One parameter: name and type, below its default and what it is for.

    `renamed` carries the old and the new name, `changed` the parameter as it is now, `removed` its name.
    """

    renamed = Signal(str, str)
    changed = Signal(object)
    removed = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._parameter = Parameter(name="")
        self.judge_name: Callable[[str, str], str | None] = lambda _old, _new: None
        self.name, self.default, self.doc = QLineEdit(), QLineEdit(), QLineEdit()
        self.type = Combo()
        self._sentence = Sentence(holder)
        remove = IconButton(holder, "trash", self.tr("Remove the parameter"), size=14, box=22)
        for field, title, place in (
            (self.name, self.tr("Name of the parameter"), self.tr("name")),
            (self.default, self.tr("Default"), self.tr("needed")),
            (self.doc, self.tr("What it is for"), self.tr("what it is for")),
        ):
            field.setAccessibleName(title)
            field.setToolTip(title)
            field.setPlaceholderText(place)
            field.setFixedHeight(FIELD_HEIGHT)
        for words_of_type in _TYPES.values():
            self.type.addItem(self.tr(words_of_type))
        self.type.setAccessibleName(self.tr("Type"))
        self.type.setFixedSize(_TYPE_WIDTH, FIELD_HEIGHT)
        self.default.setFixedWidth(_DEFAULT_WIDTH)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line in (first, second):
            line.setSpacing(6)
        first.addWidget(self.name, 1)
        first.addWidget(self.type)
        first.addWidget(remove)
        second.addWidget(self.default)
        second.addWidget(self.doc, 1)
        second.addSpacing(28)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        nest(column, first)
        nest(column, second)
        column.addWidget(self._sentence)
        remove.clicked.connect(lambda: self.removed.emit(self._parameter.name))
        self.name.editingFinished.connect(self._on_name)
        self.default.editingFinished.connect(self._on_default)
        self.doc.editingFinished.connect(self._on_doc)
        self.type.activated.connect(self._on_type)

    def show_parameter(self, parameter: Parameter, *, afresh: bool = False) -> None:
        """Show a parameter; what is being typed is left alone unless another row is meant."""
        is_other = afresh or parameter != self._parameter
        self._parameter = parameter
        texts = ((self.name, parameter.name), (self.default, written(parameter.default)), (self.doc, parameter.doc))
        for field, text in texts:
            if is_other and field.text() != text and not (field.hasFocus() and not afresh):
                field.setText(text)
                field.setCursorPosition(0)  # what does not fit is cut at its end
        self.type.setCurrentIndex(list(_TYPES).index(parameter.type))
        self.default.setPlaceholderText(self.tr("needed") if parameter.auto is None else self.tr("auto"))

    def focus_name(self) -> None:
        """Put the cursor into the name."""
        self.name.setFocus()
        self.name.selectAll()

    def sentence(self) -> str:
        """What is said below."""
        return self._sentence.text()

    def _on_name(self) -> None:
        new, old = self.name.text().strip(), self._parameter.name
        problem = self.judge_name(old, new) if new != old else None
        self._say(self.name, problem)
        if new != old and problem is None:
            self._parameter = replace(self._parameter, name=new)
            self.renamed.emit(old, new)

    def _on_default(self) -> None:
        text = self.default.text().strip()
        value: Value | Missing = MISSING
        try:
            if text:
                value = read(ParamSpec(name="default", type=self._parameter.type, label=self.tr("The default")), text)
        except ValueError as problem:
            self._say(self.default, str(problem))
            return
        self._say(self.default, None)
        auto = self._parameter.auto if value is MISSING else None  # a number set by hand follows nothing
        self._change(replace(self._parameter, default=value, auto=auto))

    def _on_doc(self) -> None:
        self._change(replace(self._parameter, doc=self.doc.text().strip()))

    def _on_type(self, place: int) -> None:
        kind = next(one for one in get_args(ParameterType) if one == list(_TYPES)[place])
        changed = replace(self._parameter, type=kind, auto=self._parameter.auto if kind == "int" else None)
        if default_problem(changed) is not None:
            changed = replace(changed, default=MISSING)
        self._change(changed)

    def _change(self, parameter: Parameter) -> None:
        if parameter != self._parameter or type(parameter.default) is not type(self._parameter.default):
            self._parameter = parameter
            self.changed.emit(parameter)

    def _say(self, field: QLineEdit, problem: str | None) -> None:
        set_look(field, "refused", bool(problem))
        self._sentence.say(problem or "", "error")
