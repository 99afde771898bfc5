"""What one must know to use a converted network: its inputs and outputs, and how the numbers were scaled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from graph.fields import Field
from graph.lower import Answer, Entry
from runtime.settings import Head
from runtime.trial_model import Opened

_MEANINGS: Final[Mapping[str, str]] = {
    "CrossEntropyLoss": "scores; softmax over axis 1 gives how likely each class is",
    "NLLLoss": "log-likelihoods; exp gives how likely each class is",
    "BCEWithLogitsLoss": "scores; sigmoid gives how likely each is",
    "BCELoss": "how likely each is",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """An input or an output; `row` is what is told of it."""

    name: str
    row: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Facts:
    """The facts as they stand in `model.json`, in the program and in the ONNX model. `batch` is 0 where it is free.

    `network` is the name where the run trained several; the sum is of the weights of all.
    """

    format: str
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    weights_sha256: str
    network: str = ""
    is_average: bool = False
    batch: int = 0

    def fix_batch(self, size: int) -> None:
        """Any number of samples at once is not possible, but this."""
        self.batch = size

    def rows(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "made_with": "Layerloom",
            "format": self.format,
            "batch": self.batch or "any",
            "inputs": [{"name": end.name, **end.row} for end in self.inputs],
            "outputs": [{"name": end.name, **end.row} for end in self.outputs],
            "weights_sha256": self.weights_sha256,
            **({"network": self.network} if self.network else {}),
            **({"average": "of the weights of the network, kept while it trained"} if self.is_average else {}),
            "torch": torch.__version__,
        }

    def flat(self) -> dict[str, str]:
        """As texts by key, as ONNX keeps them."""
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in self.rows().items()}

    def to_bytes(self, difference: float | None) -> bytes:
        """The text of `model.json`; `difference` is the largest one from torch's answers, where it was compared."""
        rows = self.rows()
        if difference is not None:
            rows["largest_difference_from_torch"] = difference
        return json.dumps(rows, indent=1, ensure_ascii=False).encode() + b"\n"


def facts_of(opened: Opened, form: str, *, network: str = "", is_average: bool = False) -> Facts:
    """What is known of the network of a run. Inputs are called as in `forward`, outputs as their nodes."""
    program = opened.code.program
    entries = program.entries
    heads = {head.uid: head for head in opened.heads}
    return Facts(
        format=form,
        inputs=tuple(
            End(name=entry.name, row=_input_row(opened, one)) for entry, one in zip(entries, opened.inputs, strict=True)
        ),
        outputs=tuple(
            End(name=_output_name(one.name, entries), row=_output_row(opened, one, heads.get(one.uid)))
            for one in program.answers
        ),
        weights_sha256=opened.run.summary().weights_sha256,
        network=network,
        is_average=is_average,
    )


def _output_name(name: str, entries: Sequence[Entry]) -> str:
    return f"{name}_answer" if any(entry.name == name for entry in entries) else name


def _input_row(opened: Opened, one: Field) -> dict[str, Any]:
    row: dict[str, Any] = {"field": one.name, "shape": ["batch", *one.shape], "dtype": one.dtype, "kind": one.kind}
    if one.columns:
        row["columns"] = list(one.columns)
    if one.classes and one.dtype == "int64":
        row["words"] = list(one.classes)
    return row | _scaling(opened, one.name, "give (value - shift) / scale")


def _output_row(opened: Opened, answer: Answer, head: Head | None) -> dict[str, Any]:
    if head is None:
        info = opened.report.ports.get(answer.source)
        shape = [size if isinstance(size, int) else "any" for size in info.shape[1:]] if info is not None else []
        return {"shape": ["batch", *shape]}
    row: dict[str, Any] = {"field": head.field.name, "task": head.task}
    if head.field.classes:
        row["classes"] = list(head.field.classes)
    if head.loss.key in _MEANINGS and head.task == "classification":
        row["meaning"] = _MEANINGS[head.loss.key]
    return row | _scaling(opened, head.field.name, "the value is answer * scale + shift")


def _scaling(opened: Opened, name: str, words: str) -> dict[str, Any]:
    if name not in opened.scaling:
        return {}
    shift, scale = opened.scaling[name]
    return {"scaled": words, "shift": shift.tolist(), "scale": scale.tolist()}
