"""The training step that settings describe, as a drawing: batch, network, losses, and their sum to minimise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.check_objectives import STEP_NAMES
from graph.edits import AddNetwork, AddNode, Batch, Connect, Edit, SetObjective, SetSetting
from graph.errors import EditError
from graph.model import Node, Objective, Project, Wire, call_key, new_uid
from graph.names import fresh_name, problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.simple_attack import Attack

FUNCTIONS: Final[Mapping[str, str]] = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "BCELoss": "binary_cross_entropy",
    "HingeLoss": "hinge_loss",
    "FocalLoss": "focal_loss",
    "DiceLoss": "dice_loss",
    "MultiMarginLoss": "multi_margin_loss",
    "SoftMarginLoss": "soft_margin_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
    "PoissonNLLLoss": "poisson_nll_loss",
}
"""The losses of the training panel that are functions to draw, too."""
NUMBERS: Final = "numbers"
"""The op of numbers that never change, and its param."""
_STEP_X, _STEP_Y = 260.0, 110.0


Ready = tuple[str, Mapping[str, Value]]
"""An op that makes a target ready, with its params."""
DECIMAL: Final[Ready] = ("float", {})
COLUMN: Final[Ready] = ("unsqueeze", {"dim": 1})
SIGNS: Final[tuple[Ready, ...]] = (("mul_number", {"other": 2.0}), ("add_number", {"other": -1.0}))
WORDS: Final[Mapping[str, str]] = {"float": "decimal", "unsqueeze": "column", "one_hot": "shares"}
"""What the nodes that make a target ready are called."""


def one_hot(classes: int) -> Ready:
    """What makes a row of shares of a class number."""
    return ("one_hot", {"num_classes": classes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How one Output is judged: the uid of the Output, its target field, its loss with params, and the loss's weight.

    `ready`: the ops, each with its param, through which the target goes on its way into the loss.
    """

    uid: str
    answers: str
    loss: str
    params: Mapping[str, Value] = field(default_factory=dict)
    weight: float = 1.0
    ready: tuple[Ready, ...] = ()


def why_not_drawn(catalog: Catalog, judged: Sequence[Judged]) -> str:
    """Why the settings cannot be drawn, as a sentence; "" where they can."""
    for one in judged:
        spec = catalog.ops.get(FUNCTIONS.get(one.loss, ""))
        ports = _ports_of_numbers(spec) if spec is not None else frozenset()
        strange = [name for name in one.params if spec is not None and name not in ports and spec.param(name) is None]
        if strange:
            return (
                f"{one.loss} with {strange[0]} has no function that could be drawn. Unset it, or draw the step by hand."
            )
        if one.loss not in FUNCTIONS:
            return f"{one.loss} has no function that could be drawn. Choose another loss, or draw the step by hand."
    return "" if judged else "Nothing is judged yet: choose data and a field for the Output."


def drawn_from(
    catalog: Catalog, project: Project, judged: Sequence[Judged], name: str, attack: Attack | None = None
) -> Batch:
    """The edit that draws what the settings say; EditError where that cannot be drawn.

    What is drawn of an attack is no longer said by the settings.
    """
    why = why_not_drawn(catalog, judged)
    if why:
        raise EditError(why)
    network = project.main()
    sketch = _Sketch(catalog, name)
    entries = [node for node in network.nodes() if node.op == "Input"]
    batch = {str(node.params.get("field")): "" for node in entries} | {one.answers: "" for one in judged}
    for column, field_name in enumerate(batch):
        batch[field_name] = sketch.add("Input", _word(field_name), (column, 0), {"field": field_name})
    call = sketch.add(call_key(network.name), "answer", (0, 1), {})
    given = dict(batch)
    if attack is not None:
        given[attack.field] = sketch.add(attack.op, "attacked", (0, 1), attack.params(network.name))
        sketch.wire(batch[attack.field], "output", given[attack.field], "")
    for node in entries:
        sketch.wire(given[str(node.params.get("field"))], "output", call, node.name)
    names = {node.uid: node.name for node in network.nodes()}
    several = len([node for node in network.nodes() if node.op == "Output"]) > 1
    terms = []
    for column, one in enumerate(judged):
        target = _target(sketch, batch[one.answers], one, column)
        params, given_numbers = apart(catalog, one.loss, one.params)
        loss = sketch.add(FUNCTIONS[one.loss], "error", (column, 3), params)
        sketch.wire(call, names[one.uid] if several else catalog.ops[call_key(network.name)].outputs[0].name, loss, "")
        sketch.wire(target, "output", loss, "target")
        for port, numbers in given_numbers.items():
            made = sketch.add(NUMBERS, port, (column + 1, 2), {NUMBERS: numbers})
            sketch.wire(batch[one.answers], "output", made, "")
            sketch.wire(made, "output", loss, port)
        if one.weight != 1:
            weighed = sketch.add("mul_number", "weighed", (column, 4), {"other": one.weight})
            sketch.wire(loss, "output", weighed, "")
            loss = weighed
        terms.append(loss)
    total = terms[0]
    for place, term in enumerate(terms[1:]):
        added = sketch.add("add", "total", (0, 5 + place), {})
        sketch.wire(total, "output", added, "tensors.0")
        sketch.wire(term, "output", added, "tensors.1")
        total = added
    end = sketch.add("Minimise", "loss", (0, 5 + len(terms)), {})
    sketch.wire(total, "output", end, "")
    old = () if attack is None else tuple(key for key in project.training if key in attack.said())
    unset = (SetSetting(section="training", key=key, value=MISSING) for key in old)
    return Batch(
        edits=(AddNetwork(name=name), SetObjective(network=name, objective=Objective()), *sketch.edits, *unset)
    )


def _ports_of_numbers(spec: OpSpec) -> frozenset[str]:
    """The ports of a loss through which it takes numbers that its setting says in the panel."""
    return frozenset(port.name for port in spec.inputs if port.optional and port.by_name)


def apart(catalog: Catalog, loss: str, params: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """The params of a loss as its node says them, and those that come through ports, such as class weights."""
    ports = _ports_of_numbers(catalog.op(FUNCTIONS[loss]))
    numbers: dict[str, Value] = {name: value for name, value in params.items() if name in ports and value is not None}
    return {name: value for name, value in params.items() if name not in ports}, numbers


def _target(sketch: _Sketch, uid: str, one: Judged, column: int) -> str:
    for op, params in one.ready:
        made = sketch.add(op, WORDS.get(op, "signs"), (column + 1, 1), params)
        sketch.wire(uid, "output", made, "")
        uid = made
    return uid


def _word(text: str) -> str:
    word = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in text).strip("_").lower()
    return word if word and word[0].isalpha() else "field"


class _Sketch:
    """Gathers the edits of one drawing."""

    def __init__(self, catalog: Catalog, name: str) -> None:
        self._catalog, self._name = catalog, name
        self._taken: set[str] = set()
        self._ops: dict[str, str] = {}
        self.edits: list[Edit] = []

    def add(self, op: str, stem: str, place: tuple[int, int], params: Mapping[str, Value]) -> str:
        reserved = self._catalog.reserved_names | STEP_NAMES
        is_free = stem not in self._taken and problem_with_name(stem, reserved=reserved) is None
        name = stem if is_free else fresh_name(stem, taken=frozenset(self._taken), reserved=reserved)
        self._taken.add(name)
        node = Node(uid=new_uid(), op=op, name=name, params=dict(params))
        self._ops[node.uid] = op
        at = (place[0] * _STEP_X, place[1] * _STEP_Y)
        self.edits.append(AddNode(network=self._name, node=node, position=at))
        return node.uid

    def wire(self, source: str, out: str, target: str, into: str) -> None:
        port = into or self._catalog.op(self._ops[target]).inputs[0].name
        self.edits.append(Connect(network=self._name, wire=Wire(source, out, target, port)))
