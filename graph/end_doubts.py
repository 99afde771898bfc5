"""Doubts about the end of a network: its last layer, the field it answers and the loss that judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph.doubts import LOG_SOFTMAX, SOFTMAX, Ports
from graph.edits import Batch, Edit, RemoveNode, SetParam, SetSetting
from graph.fields import Field
from graph.flow import TensorInfo
from graph.mending import bridged, insertion, plain_name, width_source
from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.problems import Fix, Problem, Severity

_SIGMOID = frozenset({"torch.nn.Sigmoid", "torch.sigmoid", "torch.nn.functional.sigmoid"})
_RELU = frozenset({"torch.nn.ReLU", "torch.relu", "torch.nn.functional.relu", "torch.nn.ReLU6"})
_BOUNDED = frozenset({"torch.nn.Tanh", "torch.tanh", "torch.nn.Hardtanh", "torch.nn.Softsign"})
_OWN_SOFTMAX = frozenset({"CrossEntropyLoss", "FocalLoss", "DiceLoss"})
_RAW_SCORES = _OWN_SOFTMAX | {"MultiMarginLoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"}
_PER_CLASS = frozenset({"CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"})
_SQUARES = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What judges the Outputs: by uid the loss, the fields of the data, what the person set, whether the numbers to
    foretell are scaled to both sides of zero, and how inputs are scaled, which may be rebuilt."""

    losses: Mapping[str, str]
    fields: Mapping[str, Field]
    training: Mapping[str, Value]
    is_scaled: bool = True
    inputs: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One Output, the layer that feeds it, and what arrives."""

    catalog: Catalog
    network: Network
    output: Node
    giver: Node
    spec: OpSpec
    info: TensorInfo | None
    field: Field | None
    loss: str
    ending: Ending

    def problem(
        self, node: Node, code: str, message: str, *fixes: Fix, severity: Severity = "warning", port: str = ""
    ) -> Problem:
        return Problem(
            code=code,
            severity=severity,
            message=message,
            network=self.network.name,
            node=node.uid,
            port=port,
            fixes=tuple(fixes),
        )

    def insert(self, op: str, **params: int) -> tuple[Fix, ...]:
        spec = self.catalog.ops.get(op)
        if spec is None:
            return ()
        wire = self.network.wires_in(self.output.uid)[0]
        edit = insertion(self.catalog, self.network, wire, spec, dict(params))
        return (Fix(label=f"Insert {op}", edit=edit),)

    def use(self, loss: str, *, without: bool = False) -> tuple[Fix, ...]:
        """Another loss, and with `without` the last activation taken away too."""
        own = f"head.{self.output.uid}.loss"
        key = own if own in self.ending.training else "loss"
        parts: list[Edit] = [SetSetting(section="training", key=key, value=loss)]
        label = f"Use {loss}"
        if without:
            parts += [fix.edit for fix in bridged(self.network, self.giver)]
            label += f" and remove {self.giver.name}"
        return (Fix(label=label, edit=parts[0] if len(parts) == 1 else Batch(edits=tuple(parts))),)


def end_doubts(catalog: Catalog, network: Network, ports: Ports, ending: Ending) -> tuple[Problem, ...]:
    """What does not go together at the end of a network, one problem an Output and its last layer."""
    found: list[Problem] = [*_same_field(network, ending.fields), *_given_away(network, ending.fields)]
    for node in network.nodes():
        wires = network.wires_in(node.uid)
        if node.op != "Output" or len(wires) != 1 or node.uid not in ending.losses:
            continue
        giver = network.node(wires[0].source)
        spec = catalog.ops.get(giver.op)
        if spec is None:
            continue
        end = _End(
            catalog=catalog,
            network=network,
            output=node,
            giver=giver,
            spec=spec,
            info=ports.get((wires[0].source, wires[0].source_port)),
            field=ending.fields.get(str(node.params.get("field", ""))),
            loss=ending.losses[node.uid],
            ending=ending,
        )
        found += _first(_last_step(end)) or _first(_last_layer(end)) or _first(_rebuilt(end))
        found += _last_width(end)
    return tuple(found)


def _first(problems: Iterator[Problem]) -> list[Problem]:
    problem = next(problems, None)
    return [problem] if problem is not None else []


def _last_step(end: _End) -> Iterator[Problem]:
    """The last activation against what the loss expects."""
    giver, loss, target = end.giver, end.loss, end.spec.target
    drop = bridged(end.network, giver)
    has_classes = end.field is not None and end.field.kind == "class"
    if loss in _SQUARES and has_classes:
        yield _squares(end)
    elif target in SOFTMAX and loss in _OWN_SOFTMAX:
        yield end.problem(
            giver,
            "softmax-before-loss",
            f"{giver.name} is a softmax, but {loss} takes the raw scores and does its own softmax; "
            "twice makes learning slow.",
            *drop,
        )
    elif target in SOFTMAX and loss == "NLLLoss":
        sentence = f"{loss} takes logarithms of probabilities; {giver.name} gives the probabilities themselves."
        yield end.problem(giver, "softmax-before-loss", sentence, *end.use("CrossEntropyLoss", without=True))
    elif target in _SIGMOID and loss in _RAW_SCORES:
        sentence = f"{giver.name} is a sigmoid, but {loss} takes the raw scores; without it learning is faster."
        yield end.problem(giver, "sigmoid-before-loss", sentence, *drop)
    elif target in _RELU and loss in _RAW_SCORES | {"NLLLoss"}:
        sentence = f"{giver.name} cuts off negative numbers, but {loss} needs scores of both signs."
        yield end.problem(giver, "relu-before-loss", sentence, *drop)
    elif target in _BOUNDED and loss in _RAW_SCORES:
        sentence = f"{giver.name} keeps scores between -1 and 1, so {loss} can never become sure of an answer."
        yield end.problem(giver, "bounded-before-loss", sentence, *drop)
    elif loss == "NLLLoss" and target not in LOG_SOFTMAX:
        sentence = (
            f"NLLLoss takes logarithms of probabilities: put a LogSoftmax before {end.output.name}, "
            "or choose CrossEntropyLoss."
        )
        fixes = (*end.insert("LogSoftmax", dim=1), *end.use("CrossEntropyLoss"))
        yield end.problem(end.output, "no-log-softmax", sentence, *fixes)
    elif loss == "BCELoss" and target not in _SIGMOID | SOFTMAX:
        sentence = (
            f"BCELoss takes numbers from 0 to 1 and fails at others: put a Sigmoid before {end.output.name}, "
            "or choose BCEWithLogitsLoss."
        )
        fixes = (*end.insert("Sigmoid"), *end.use("BCEWithLogitsLoss"))
        yield end.problem(end.output, "no-sigmoid", sentence, *fixes, severity="error")


def _squares(end: _End) -> Problem:
    """Distances between numbers, where the answer is a class."""
    is_single = end.info is not None and end.info.shape[1:] in ((), (1,))
    better = "BCEWithLogitsLoss" if is_single else "CrossEntropyLoss"
    squashed = end.spec.target in SOFTMAX | _SIGMOID | LOG_SOFTMAX
    return end.problem(
        end.output,
        "squares-for-classes",
        f"{end.loss} measures how far numbers are apart, but {end.output.name} answers a class. "
        f"{better} learns it faster.",
        *end.use(better, without=squashed),
    )


def _last_layer(end: _End) -> Iterator[Problem]:
    """The last layer, whatever the loss: what shuts answers out, or disturbs them."""
    giver, field = end.giver, end.field
    drop = bridged(end.network, giver)
    if end.spec.group == "Dropout":
        sentence = f"{giver.name} switches off answers themselves while training, so it cannot learn to give them."
        yield end.problem(giver, "dropout-last", f"{sentence} Dropout belongs between layers.", *drop)
    elif end.spec.target.startswith("torch.nn.BatchNorm"):
        sentence = f"{giver.name} balances the answers of each batch against each other, so none stands for itself."
        yield end.problem(giver, "norm-last", f"{sentence} Let the answer come straight from a layer.", *drop)
    elif field is not None and field.kind == "number" and end.loss != "PoissonNLLLoss" and end.ending.is_scaled:
        ranges = (
            (_RELU, "only numbers from 0 up"),
            (_SIGMOID | SOFTMAX, "only numbers from 0 to 1"),
            (_BOUNDED, "only numbers from -1 to 1"),
        )
        for targets, words in ranges:
            if end.spec.target in targets:
                yield end.problem(
                    giver,
                    "bounded-answer",
                    f"{giver.name} lets {words} through, but {field.name} is scaled to both sides of 0, "
                    "so it could never be foretold well.",
                    *drop,
                )


def _rebuilt(end: _End) -> Iterator[Problem]:
    """What is rebuilt under a loss that takes shares alone: pictures are, other numbers seldom."""
    field, scaling = end.field, end.ending.inputs
    if end.loss != "BCELoss" or field is None or field.kind == "class":
        return
    if field.kind == "image" and scaling != "standard":
        return
    why = f"scaling ({scaling}) brings some of {field.name} outside of these"
    if scaling == "none":
        why = f"{field.name} may hold others"
    elif scaling == "minmax":
        why = f"{field.name} of validation and test may lie outside of the range of the training part"
    yield end.problem(
        end.output,
        "not-shares",
        f"BCELoss measures against numbers from 0 to 1 and stops at others, and {why}. Choose MSELoss.",
        *end.use("MSELoss"),
        severity="error" if scaling == "standard" else "warning",
    )


def _last_width(end: _End) -> Iterator[Problem]:
    """The number of answers against the number of classes."""
    info, field = end.info, end.field
    if info is None or field is None or field.kind != "class" or end.loss not in _PER_CLASS or len(info.shape) != 2:
        return
    count, width = len(field.classes), info.shape[1]
    if count < 2 or width == count or not isinstance(width, int):
        return
    fixes: tuple[Fix, ...] = ()
    source = width_source(end.catalog, end.network, end.output.uid)
    if source is not None:
        node, param = source
        edit: Edit = SetParam(network=end.network.name, uid=node.uid, name=param, value=count)
        label = f"Set {plain_name(end.catalog.op(node.op), param)} of {node.name} to {count}"
        fixes = (Fix(label=label, edit=edit),)
    yield end.problem(
        end.output,
        "wrong-width",
        f"{end.output.name} gets {width} numbers a sample, but {field.name} has {count} classes; "
        f"{'the others could never be answered' if width < count else 'the rest would learn nothing'}.",
        *fixes,
        severity="error" if width < count else "warning",
        port="input",
    )


def _same_field(network: Network, fields: Mapping[str, Field]) -> Iterator[Problem]:
    """Two Outputs that answer the same."""
    taken: dict[str, Node] = {}
    outputs = [node for node in network.nodes() if node.op == "Output"]
    answered = {str(node.params.get("field", "")) for node in outputs}
    for node in outputs:
        name = str(node.params.get("field", ""))
        if not name or name not in taken:
            taken[name] = node
            continue
        free = [row.name for row in fields.values() if row.role == "target" and row.name not in answered]
        fixes = [
            Fix(
                label=f"Let {node.name} answer {other}",
                edit=SetParam(network=network.name, uid=node.uid, name="field", value=other),
            )
            for other in free[:1]
        ]
        fixes.append(Fix(label=f"Remove {node.name}", edit=RemoveNode(network=network.name, uid=node.uid)))
        yield Problem(
            code="same-answer",
            severity="warning",
            message=f"{node.name} answers {name}, and {taken[name].name} does already, so their figures are told as "
            "one. Let one of them answer something else, or remove it.",
            network=network.name,
            node=node.uid,
            fixes=tuple(fixes),
        )


def _given_away(network: Network, fields: Mapping[str, Field]) -> Iterator[Problem]:
    """An Input that is fed what an Output shall answer."""
    answered = {str(node.params.get("field", "")) for node in network.nodes() if node.op == "Output"}
    inputs: Sequence[Node] = [node for node in network.nodes() if node.op == "Input"]
    given = {str(node.params.get("field", "")) for node in inputs}
    for node in inputs:
        name = str(node.params.get("field", ""))
        row = fields.get(name)
        if row is None or row.role != "target" or name not in answered:
            continue
        free = [other.name for other in fields.values() if other.role == "input" and other.name not in given]
        fixes = tuple(
            Fix(
                label=f"Feed {node.name} {other}",
                edit=SetParam(network=network.name, uid=node.uid, name="field", value=other),
            )
            for other in free[:1]
        )
        yield Problem(
            code="answer-given",
            severity="warning",
            message=f"{node.name} is given {name}, which the network shall answer: it would only copy it.",
            network=network.name,
            node=node.uid,
            fixes=fixes,
        )


def unset_loss(training: Mapping[str, Value]) -> tuple[Fix, ...]:
    """Back to the usual loss, where one was chosen that does not fit."""
    keys = [key for key in training if key == "loss" or (key.startswith("head.") and key.endswith(".loss"))]
    edits = tuple(SetSetting(section="training", key=key, value=MISSING) for key in keys)
    if not edits:
        return ()
    return (Fix(label="Use the usual loss", edit=edits[0] if len(edits) == 1 else Batch(edits=edits)),)
