"""What a head does in a script: how target and output go into its loss, and how the output is read as an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph.flow import TensorInfo
from graph.pretty import Atom, Group, Piece, literal, quoted
from runtime.settings import Head

OWN_LOSSES = "runtime.library.losses."
_WEIGHTS = ("weight", "pos_weight")
"""Params of losses that are tensors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCode:
    """A head with its place in the text: `variable` holds its output, `prefix` precedes its metrics.

    `is_single`: one output a sample stands for two classes. `is_flat`: the output has no second axis.
    """

    head: Head
    index: int
    variable: str
    prefix: str
    constant: str
    info: TensorInfo
    unscales: bool

    @property
    def name(self) -> str:
        """The field as a string literal."""
        return field_literal(self.head.field.name)

    @property
    def output_key(self) -> str:
        """The key of its output in what the objective returns."""
        if self.name == LONG_FIELD:
            return f'f"output/{{{LONG_FIELD}}}"'
        return quoted(f"output/{self.head.field.name}")

    @property
    def is_single(self) -> bool:
        """Whether one number a sample decides between two classes."""
        return self.head.task == "classification" and (len(self.info.shape) == 1 or self.info.shape[1] == 1)

    @property
    def is_flat(self) -> bool:
        """Whether the output is one number a sample, without an axis of its own."""
        return len(self.info.shape) == 1

    @property
    def classes(self) -> int:
        """The number of classes; 0 where there are none."""
        return len(self.head.field.classes)

    @property
    def widens_target(self) -> bool:
        """Whether the target gets a second axis of length 1, as the output has one."""
        if self.head.task == "classification":
            return self.is_single and not self.is_flat
        return self.head.field.shape == () and len(self.info.shape) == 2

    def target(self) -> str:
        """The target as the loss takes it."""
        plain = f"batch[{self.name}]"
        wide = ".unsqueeze(1)" if self.widens_target else ""
        kind = self.head.fit.target
        if kind == "index":
            return plain
        if kind == "same":
            return f"{plain}{wide}"
        if self.is_single:
            text = f"{plain}.float(){wide}"
        else:
            text = f"F.one_hot({plain}, {self.classes}).float()"
        return f"{text} * 2 - 1" if kind == "signs" else text

    def loss(self) -> Piece:
        """The call of the loss."""
        return Group(f"{self.constant}(", (Atom(self.variable), Atom(self.target())), ")")

    def answer(self, output: str) -> str:
        """The output read as class numbers, or as numbers in the unit of the data."""
        fit = self.head.fit
        if self.head.task == "classification":
            if not self.is_single:
                return f"{output}.argmax(1)"
            limit = "0.5" if fit.single == "above 0.5" else "0"
            flat = output if self.is_flat else f"{output}.flatten()"
            return f"({flat} > {limit}).long()"
        if fit.answer == "sigmoid":
            return f"{output}.sigmoid()"
        if self.head.loss.key == "PoissonNLLLoss" and self.head.loss.params.get("log_input", True):
            output = f"{output}.exp()"
        return f"{output}.squeeze(1)" if self.widens_target else output

    def criterion(self) -> Piece:
        """The loss with its settings."""
        target = self.head.loss.target.replace("torch.nn.", "nn.").removeprefix(OWN_LOSSES)
        items: list[Piece] = []
        for name, value in self.head.loss.params.items():
            if name in _WEIGHTS and isinstance(value, tuple):
                inner = Group("[", tuple(literal(number) for number in value), "]")
                items.append(Group(f"{name}=torch.tensor(", (inner,), ")"))
            else:
                items.append(literal(value, f"{name}="))
        return Group(f"{target}(", tuple(items), ")")

    @property
    def has_weights(self) -> bool:
        """Whether the loss holds tensors, which must be moved to the device."""
        return any(name in _WEIGHTS for name in self.head.loss.params)


LONG_FIELD = "TARGET"
_SHORT = 24


def field_literal(name: str) -> str:
    """The name of a field as a string literal; a constant when it is no short word, as a column's heading may be."""
    return quoted(name) if name.isidentifier() and len(name) <= _SHORT else LONG_FIELD


def identifier(text: str) -> str:
    """A word that can be part of a name in the code."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower() or "field"


def fit_problem(head: Head, info: TensorInfo) -> str | None:
    """Why the output of a head does not fit its loss, as a sentence with what to do, or None."""
    shape, field = info.shape, head.field
    if info.dtype != "float32":
        return f"{head.node} gets {info.dtype}, and {head.loss.key} needs decimal numbers. Put a layer before it."
    if head.task == "classification":
        return _classes_problem(head, info)
    label = info.label()
    if head.task == "autoencoder":
        if shape[1:] == field.shape:
            return _weights_problem(head, 1)
        size = "×".join(str(size) for size in field.shape)
        return f"{head.node} gets {label} but rebuilds {field.name}, which is {size}. Give it the same shape."
    if shape[1:] == field.shape or (field.shape == () and shape[1:] == (1,)):
        return None
    count = "one output" if field.shape in ((), (1,)) else f"{'×'.join(map(str, field.shape))} outputs"
    return (
        f"{head.loss.key} needs {count} a sample to foretell {field.name}, but {head.node} gets {label}. "
        f"{'Put a Linear with 1 output before it.' if field.shape == () else 'Change the layer before it.'}"
    )


def _classes_problem(head: Head, info: TensorInfo) -> str | None:
    field, count = head.field, len(head.field.classes)
    inner = info.shape[1:]
    if len(inner) > 1:
        return (
            f"{head.node} gets {info.label()}, but one score for each of the {count} classes of {field.name} is "
            f"needed. Put a Flatten and a Linear with {count} outputs before it."
        )
    width = inner[0] if inner else 1
    if width == count and (count > 1 or inner):
        return _weights_problem(head, count)
    if width == 1 and head.fit.width == "one or classes" and count == 2:
        return _weights_problem(head, count if head.fit.target == "index" else 1)
    if width == 1 and count == 2:
        return (
            f"{head.loss.key} needs 2 outputs, one for each class of {field.name}, but {head.node} gets 1. "
            "Give the last layer 2 outputs, or choose BCEWithLogitsLoss or HingeLoss."
        )
    needed = f"{count} outputs" if head.fit.width == "classes" or count != 2 else "1 or 2 outputs"
    return (
        f"{head.loss.key} needs {needed}, one for each class of {field.name}, but {head.node} gets {width}. "
        f"Give the last layer {count} outputs."
    )


def _weights_problem(head: Head, needed: int) -> str | None:
    """Why the weights of a loss do not fit what it weighs: one number for each class, or a single one."""
    for name in _WEIGHTS:
        given = head.loss.params.get(name)
        if isinstance(given, tuple) and len(given) != needed:
            numbers = "1 number" if needed == 1 else f"{needed} numbers, one for each class of {head.field.name}"
            return f"{head.loss.key}: {name} must be {numbers}, not {len(given)}."
    return None
