"""The Node tab: name, words and settings of the chosen node; a summary of the network when none is chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton

from graph.edits import Batch, Edit, SetParam
from graph.fields import Field
from graph.model import PYTHON_PREFIX, Network, Node
from graph.ops.spec import MISSING, Missing, OpSpec, ParamSpec, Value
from runtime.protocol import Analysis
from studio.document import Change, Document
from studio.panels.block_form import BlockForm
from studio.panels.network_figures import FigureGrid, figures_of, weights_of
from studio.panels.node_name import NameField
from studio.panels.node_readings import Readings
from studio.panels.node_rows import (
    common_rows,
    expression_problem,
    field_choice,
    is_block,
    is_field,
    rows_of,
    takes_expressions,
)
from studio.panels.weights_section import (
    edits_for,
    expression_fits,
    is_of_weights,
    state_words,
    titles_of,
    weight_rows,
    width_of,
)
from studio.theme import ThemeHolder
from studio.widgets.expression_field import first_value, flexible_field
from studio.widgets.labels import ElidedLabel, Sentence, words
from studio.widgets.layouts import nest
from studio.widgets.page import Page, clear
from studio.widgets.rows import WIDE_FIELD_WIDTH, ParamRow
from studio.widgets.section import Section

_ORIGIN = "inspector"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the rows were made for; other nodes of the same op keep them."""

    uids: tuple[str, ...]
    ops: tuple[str, ...]
    fields: tuple[str, ...]
    network: str
    params: tuple[str, ...]
    weights: tuple[ParamSpec, ...]
    in_block: bool


class InspectorPanel(Page):
    """Settings of the selection, made from the catalogue's rows. `code_wanted` carries the uid of a Python node."""

    code_wanted = Signal(str)

    def __init__(self, document: Document, holder: ThemeHolder) -> None:
        super().__init__(holder)
        self._document = document
        self._uids: tuple[str, ...] = ()
        self._analysis: Analysis | None = None
        self._shown: _Shown | None = None
        self._param_rows: dict[str, ParamRow] = {}
        self._advanced_open = self._weights_open = False
        self._weights_part: Section | None = None
        self._troubled: set[str] = set()
        self._name = NameField(document, holder)
        self._form = BlockForm(document, holder)
        self._form.hide()
        self._figures: FigureGrid | None = None
        self._renew = QTimer(self)
        self._renew.setSingleShot(True)
        self._renew.setInterval(0)
        self._renew.timeout.connect(self._show)
        document.changed.connect(self._on_changed)
        document.network_shown.connect(self._renew_soon)
        self._show()

    def show_nodes(self, uids: Collection[str]) -> None:
        """Show these nodes of the shown network."""
        self._uids = tuple(sorted(uids))
        self._show()

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Shapes, weights, auto values, fields and problems."""
        self._analysis = analysis
        self._renew_soon()

    def row(self, name: str) -> ParamRow:
        """The row of a param."""
        return self._param_rows[name]

    def rows_shown(self) -> tuple[str, ...]:
        """The names of the params that have a row."""
        return tuple(self._param_rows)

    def focus_first(self) -> None:
        """Put the cursor into the first setting."""
        for row in self._param_rows.values():
            row.field.setFocus(Qt.FocusReason.TabFocusReason)
            return

    def focus_name(self) -> None:
        """Put the cursor into the name."""
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name.edit.selectAll()

    def _on_changed(self, change: Change) -> None:
        if change.notes or not change.moves_only:
            self._renew_soon()

    def _renew_soon(self) -> None:
        self._renew.start()

    def _network(self) -> Network | None:
        return self._document.project.networks.get(self._document.network_name)

    def _nodes(self) -> tuple[Node, ...]:
        network = self._network()
        if network is None:
            return ()
        return tuple(network.node(uid) for uid in self._uids if network.has(uid))

    def _show(self) -> None:
        self._renew.stop()
        nodes = self._nodes()
        fields = tuple(field.name for field in self._fields())
        network, spec = self._network(), self._document.catalog.ops.get(nodes[0].op) if nodes else None
        figures = () if nodes or network is None else tuple(label for label, _ in self._counted(network))
        rows = rows_of(network, nodes[0], spec) if spec is not None else []
        wanted = _Shown(
            uids=tuple(node.uid for node in nodes),
            ops=tuple(sorted({node.op for node in nodes})),
            fields=fields,
            network="" if nodes or network is None else network.name,
            params=tuple(f"{param.name} {param.type}" for param in rows) if spec is not None else figures,
            weights=tuple(self._weight_rows(nodes[0], spec)) if len(nodes) == 1 and spec is not None else (),
            in_block=is_block(network),
        )
        if wanted != self._shown or not (nodes or wanted.in_block):
            worked_at = next((name for name, row in self._param_rows.items() if _has_cursor(row)), "")
            self._build(nodes)
            if worked_at in self._param_rows and self._shown is not None and self._shown.uids == wanted.uids:
                self._param_rows[worked_at].field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._shown = wanted
        self._refresh(nodes)

    def _build(self, nodes: tuple[Node, ...]) -> None:
        self._name.hide()
        self._name.setParent(None)
        self._name.sentence.setParent(None)
        self._form.hide()
        self._form.setParent(None)
        clear(self.rows)
        self._param_rows = {}
        self._troubled = set()
        self.show_help("")
        if not nodes:
            self._build_summary()
        elif len(nodes) == 1:
            self._build_node(nodes[0])
        else:
            self._build_several(nodes)
        self.rows.addStretch(1)

    # One node.

    def _build_node(self, node: Node) -> None:
        spec = self._document.catalog.ops.get(node.op)
        self._name.show_node(self._document.network_name, node)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._name, 1)
        title = words(spec.title if spec is not None else node.op.removeprefix(PYTHON_PREFIX), "label")
        head.addWidget(title, 0, Qt.AlignmentFlag.AlignVCenter)
        nest(self.rows, head)
        self._name.show()
        self.rows.addWidget(self._name.sentence)
        about = spec.doc if spec is not None else ""
        if spec is not None and spec.style == "block":
            about = f"{about} {self.tr('A double click shows its inside.')}"
        self._about = words(about, "label", wrap=True)
        self._about.setContentsMargins(0, 2, 0, 0)
        self._facts = ElidedLabel("", "label")
        self._trouble = Sentence(self.holder)
        self.rows.addWidget(self._about)
        self.rows.addWidget(self._facts)
        self.rows.addSpacing(8)
        self.rows.addWidget(self._trouble)
        if node.op.startswith(PYTHON_PREFIX):
            self.rows.addWidget(self._code_button(node.uid), 0, Qt.AlignmentFlag.AlignLeft)
            self.rows.addSpacing(8)
        if spec is None and node.op.startswith(PYTHON_PREFIX):
            self._about.hide()  # what is wrong with the code is told below
        elif spec is None:
            self._about.setText(self.tr("This version of the app does not have %1.").replace("%1", node.op))
        if spec is not None:
            self._add_params(spec, rows_of(self._network(), node, spec))
            self._add_weights(node, spec)

    def _code_button(self, uid: str) -> QPushButton:
        button = QPushButton(self.tr("Edit code"))
        button.setToolTip(self.tr("Write what this node does in Python (Return on the canvas)."))
        button.clicked.connect(lambda: self.code_wanted.emit(uid))
        return button

    def _add_params(self, spec: OpSpec, params: list[ParamSpec]) -> None:
        plain = [param for param in params if not param.advanced]
        advanced = [param for param in params if param.advanced]
        for param in plain:
            self.rows.addWidget(self._make_row(spec, param))
        if not advanced:
            return
        section = Section(self.holder, self.tr("More settings"), is_open=self._advanced_open or not plain, quiet=True)
        section.header.tell(", ".join(param.label.lower() for param in advanced))
        section.header.toggled.connect(self._remember_advanced)
        for param in advanced:
            section.add(self._make_row(spec, param))
        self.rows.addSpacing(4)
        self.rows.addWidget(section)

    def _weight_rows(self, node: Node, spec: OpSpec) -> list[ParamSpec]:
        network = self._network()
        if network is None:
            return []
        return weight_rows(self._document.catalog, self._document.project, network, node, spec, self._analysis)

    def _add_weights(self, node: Node, spec: OpSpec) -> None:
        rows = self._weight_rows(node, spec)
        self._weights_part = None
        if not rows:
            return
        part = self._weights_part = Section(self.holder, self.tr("Weights"), is_open=self._weights_open, quiet=True)
        part.header.toggled.connect(self._remember_weights)
        for param in rows:
            part.add(self._make_row(spec, param))
        self.rows.addSpacing(4)
        self.rows.addWidget(part)

    def _remember_weights(self, is_open: bool) -> None:
        self._weights_open = is_open

    def _remember_advanced(self, is_open: bool) -> None:
        self._advanced_open = is_open

    def _make_row(self, spec: OpSpec, param: ParamSpec) -> ParamRow:
        titles: Mapping[str, str] | None = None
        names_field = is_field(spec, param.name)
        if names_field:
            param, titles = field_choice(param, self._fields(), self._none_of_fields(spec))
        elif is_of_weights(param.name):
            titles = titles_of(param)
        width = WIDE_FIELD_WIDTH if names_field else width_of(param)
        name = param.name.removeprefix("@")
        is_flexible = takes_expressions(self._network(), spec) and expression_fits(param.name)
        field = flexible_field(self.holder, param, partial(self._judge, param)) if is_flexible else None
        row = ParamRow(self.holder, param, titles=titles, field=field, field_width=width, technical_name=name)
        row.edited.connect(self._on_edited)
        row.reset_wanted.connect(self._on_reset)
        row.help_wanted.connect(self.show_help)
        self._param_rows[param.name] = row
        return row

    def _none_of_fields(self, spec: OpSpec) -> str:
        """What an end of a network stands for that names no field of the data; in a training step each names one."""
        network = self._network()
        if network is None or network.objective is not None:
            return ""
        return self.tr("given by a step") if spec.style == "input" else self.tr("judged by a step")

    def _judge(self, param: ParamSpec, value: Value) -> str | None:
        """Why an expression cannot be the value of a param of the chosen node, or None."""
        network, nodes = self._network(), self._nodes()
        if network is None or not nodes:
            return None
        return expression_problem(network, nodes[0], param, value)

    def _fields(self) -> tuple[Field, ...]:
        return self._analysis.fields if self._analysis is not None else ()

    # Several nodes.

    def _build_several(self, nodes: tuple[Node, ...]) -> None:
        self.rows.addWidget(words(self.tr("%n nodes", "", len(nodes)).replace("%n", str(len(nodes))), "title"))
        self._facts = ElidedLabel("", "label")
        self.rows.addWidget(self._facts)
        self.rows.addSpacing(8)
        ops = self._document.catalog.ops
        specs = [ops[node.op] for node in nodes if node.op in ops]
        if len(specs) < len(nodes):
            return
        common = common_rows(specs)
        if common:
            self._add_params(specs[0], common)
        else:
            self.rows.addWidget(words(self.tr("These nodes have no setting in common."), "caption", wrap=True))

    # No node.

    def _build_summary(self) -> None:
        title = ElidedLabel(self._document.network_name or self.tr("No network"), "title")
        title.setContentsMargins(0, 4, 0, 4)  # it stands where the name of a node stands
        self.rows.addWidget(title)
        network = self._network()
        self._figures = None
        sentence = self.tr("Choose a node to see its settings.")
        if network is not None and network.block is not None:
            sentence = self.tr("A block: a network that stands in others as a node. Choose a node to see its settings.")
        if network is None or not network.nodes():
            sentence = self.tr("The settings of a layer stand here once it is drawn.")
        self.rows.addWidget(words(sentence, "label", wrap=True))
        self.rows.addSpacing(12)
        if network is None:
            return
        if network.block is not None:
            self.rows.addWidget(self._form)
            self._form.show_block(network.name)
            self._form.show()
            self.rows.addSpacing(12)
        self._figures = FigureGrid(self._counted(network), weights_of(network, self._analysis))
        self.rows.addWidget(self._figures)

    def _counted(self, network: Network) -> list[tuple[str, str]]:
        return figures_of(self._document.catalog, network, self._analysis)

    # Values.

    def _refresh(self, nodes: tuple[Node, ...]) -> None:
        network = self._network()
        if not nodes and network is not None and network.block is not None:
            self._form.show_block(network.name)
            if self._figures is not None:
                self._figures.tell(self._counted(network))
        if not nodes:
            return
        readings = Readings(self._analysis)
        if len(nodes) == 1:
            self._name.show_node(self._document.network_name, nodes[0])
            self._trouble.say(*readings.node_trouble(nodes[0], self._param_rows))
            if self._weights_part is not None:
                self._weights_part.header.tell(state_words(nodes[0]))
        self._facts.setText(readings.facts(nodes))
        self._facts.setToolTip(readings.facts_tip(nodes))
        spec = self._document.catalog.ops.get(nodes[0].op)
        for name, row in self._param_rows.items():
            values = [node.params.get(name, MISSING) for node in nodes]
            same = all(value == values[0] for value in values)
            baseline: Value | Missing = MISSING if spec is None else spec.initial.get(name, row.spec.default)
            if spec is not None and is_field(spec, name):
                baseline = values[0]  # a field is chosen, never changed from a default
            fallback = row.spec.default if same else MISSING
            row.show_value(
                values[0] if same else MISSING,
                fallback,
                auto=readings.auto(nodes, row.spec) if same else self.tr("several"),
                baseline=baseline,
            )
            aside = first_value(values[0], readings.first_names(nodes[0], self._document.network_name)) if same else ""
            row.show_aside(aside and f"= {aside}", self.tr("Where the block is used first"))
            row.show_problem("" if len(nodes) > 1 else readings.param_trouble(nodes[0], name))
        self._open_for_trouble()

    def _open_for_trouble(self) -> None:
        """Unfold the weights once something is wrong among them; what is folded then stays so."""
        part = self._weights_part
        told = {name for name, row in self._param_rows.items() if is_of_weights(name) and row.sentence()}
        if part is not None and told - self._troubled:
            part.set_open(True)
        self._troubled = told

    # Edits.

    def _on_edited(self, name: str, value: Value | Missing) -> None:
        row = self._param_rows[name]
        self._apply(lambda node: value, name, row.merge)

    def _on_reset(self, name: str) -> None:
        catalog = self._document.catalog

        def initial(node: Node) -> Value | Missing:
            spec = catalog.ops.get(node.op)
            return MISSING if spec is None else spec.initial.get(name, MISSING)

        self._apply(initial, name, "")

    def _apply(self, value_for: Callable[[Node], Value | Missing], name: str, merge: str) -> None:
        network = self._document.network_name
        edits: list[Edit] = []
        for node in self._nodes():
            for key, value in edits_for(node, name, value_for(node)).items():
                old = node.params.get(key, MISSING)
                if value != old or type(value) is not type(old):
                    edits.append(SetParam(network=network, uid=node.uid, name=key, value=value))
        if not edits:
            return
        label = self.tr("Change %1").replace("%1", self._param_rows[name].spec.label or name)
        edit = edits[0] if len(edits) == 1 else Batch(edits=tuple(edits))
        self._document.apply(edit, label, origin=_ORIGIN, merge=merge)


def _has_cursor(row: ParamRow) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and row.isAncestorOf(focus)
