"""A trained network in other forms: weights alone, a `torch.export` program, ONNX; tried whole before files are made.

Nothing is known of what converts but what the converters themselves say: the network is exported on inputs of the
right shapes, ONNX is asked for every operation of the program, and what comes out is loaded and compared with torch.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule

from graph.errors import LoomError
from graph.ops.catalog import load_catalog
from runtime.conversion_facts import Facts, facts_of
from runtime.conversion_protocol import FACTS_FILE, FILES, Format, Remark, onnx_missing
from runtime.exporter import write_files
from runtime.run_networks import networks_of, wanted_network
from runtime.rundir import RunDir
from runtime.trial_model import Opened, fill, open_run_model, weights_of

_TRIED_WITH: Final = 4
_CHECKED_WITH: Final = 3
"""Batches of another size than the one it was exported with, and of more than one sample: torch treats 1 apart."""
_TOLERANCE: Final = 1e-4
"""Of the largest answer: more is told. Converters put operations together, so sums are taken in another order."""
_LINE: Final = re.compile(r'File "(<model\.py \d+>)", line (\d+)')
_MOST_WORDS: Final = 240


class ConversionError(LoomError):
    """Networks cannot be converted here; the text says why and what to do."""


@dataclass(slots=True, kw_only=True)
class Converted:
    """A network that was tried: what was said of it, and what is to be written when nothing stands in the way."""

    run: RunDir
    format: Format
    facts: Facts
    remarks: list[Remark] = field(default_factory=list)
    raw: bytes = b""
    difference: float | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be written."""
        return bool(self.raw) and not any(remark.is_problem for remark in self.remarks)

    def write(self, to: Path, *, force: bool = False) -> tuple[Path, ...]:
        """Write the network, and what one must know to use it, into a folder; ExportError says what is in the way."""
        return write_files(to, self._files(), force=force)

    def _files(self) -> dict[str, bytes]:
        return {FILES[self.format]: self.raw, FACTS_FILE: self.facts.to_bytes(self.difference)}


def convert(run: RunDir, form: Format, *, network: str = "", is_average: bool = False, trusted: str = "") -> Converted:
    """Convert the kept weights of a run; nothing is written. LoomError when there is nothing to convert.

    The network is taken as it answers: in eval mode, without dropout, with the statistics it has gathered. `network`
    is one of those that were trained together, else the main one; `is_average` takes the average of its weights.
    `trusted`: the fingerprint of the Python that may run.
    """
    if form == "onnx" and (missing := onnx_missing()):
        raise ConversionError(missing)
    wanted = wanted_network(run, network, is_average=is_average)
    is_one_of_several = len({one.name for one in networks_of(run)}) > 1
    opened = open_run_model(load_catalog(), run, wanted=wanted, trusted=trusted)
    weights = weights_of(run, is_average=is_average)
    fill(opened, weights, is_part=False)
    facts = facts_of(opened, form, network=wanted.name if is_one_of_several else "", is_average=is_average)
    made = Converted(run=run, format=form, facts=facts)
    if form == "safetensors":
        is_whole = weights.step < 0 and not is_one_of_several and not is_average
        made.raw = weights.path.read_bytes() if is_whole else _packed(opened)
        return made
    with _quiet():
        _to_program(made, opened)
    return made


def _packed(opened: Opened) -> bytes:
    from safetensors.torch import save

    return save({name: tensor.contiguous().clone() for name, tensor in opened.network.state_dict().items()})


def _to_program(made: Converted, opened: Opened) -> None:
    if taken := _taken_name(opened):
        made.remarks.append(taken)
        return
    example = _inputs(opened, _TRIED_WITH)
    try:
        program = _exported(opened, example, is_free=True)
    except Exception as first:  # noqa: BLE001  # whatever the exporter meets is told of the node
        try:
            program = _exported(opened, example, is_free=False)
        except Exception:  # noqa: BLE001
            made.remarks.append(_refusal(opened, first))
            return
        words = f"The batch size is fixed at {_TRIED_WITH}: {_where(opened, first)}"
        made.facts.fix_batch(_TRIED_WITH)
        made.remarks.append(Remark(text=words, node=_node_of(opened, first), is_problem=False))
    drawn = _random_nodes(opened, program)
    for node in drawn:
        name = opened.names.get(node, "A node")
        text = f"{name} draws random numbers: each call answers something else, and not what torch would draw."
        made.remarks.append(Remark(text=text, node=node, is_problem=False))
    answers: list[Tensor] | None
    if made.format == "pt2":
        made.raw = _saved(program, made.facts)
        answers = _run_program(made.raw, _again(made, opened))
    else:
        unknown = _unknown_to_onnx(opened, program)
        made.remarks += unknown
        if unknown:
            return
        answers = _to_onnx(made, opened, program)
    if answers is not None and not drawn:
        _compare(made, opened, answers)


def _taken_name(opened: Opened) -> Remark | None:
    """A layer whose name means something else in the program that torch makes: there it would not be found."""
    name = next((one for one, _ in opened.network.named_children() if hasattr(GraphModule, one)), None)
    if name is None:
        return None
    node = opened.drawing.by_name(name)
    text = f"{name}: programs of torch.export call something else so. Rename it, such as {name}_layer, and train again."
    return Remark(text=text, node=node.uid if node is not None else "")


def _exported(opened: Opened, example: tuple[Tensor, ...], *, is_free: bool) -> ExportedProgram:
    shapes: Any = None
    if is_free:
        batch = Dim("batch", min=1)
        rows = []
        for one in opened.inputs:
            free = {axis + 1: Dim(f"{one.name}_{axis}", min=1) for axis, size in enumerate(one.shape) if size < 0}
            rows.append({0: batch, **free})
        shapes = tuple(rows)
    with torch.no_grad():
        return torch.export.export(opened.network, example, dynamic_shapes=shapes)


def _inputs(opened: Opened, batch: int) -> tuple[Tensor, ...]:
    """Random inputs as the network sees them; the same at each call."""
    generator = torch.Generator().manual_seed(batch)
    found = []
    for one in opened.inputs:
        shape = (batch, *(size if size >= 0 else 7 for size in one.shape))
        if one.dtype == "int64":
            found.append(torch.randint(0, max(len(one.classes), 2), shape, generator=generator))
        elif one.dtype == "bool":
            found.append(torch.ones(shape, dtype=torch.bool))
        else:
            found.append(torch.randn(shape, generator=generator))
    return tuple(found)


def _again(made: Converted, opened: Opened) -> tuple[Tensor, ...]:
    return _inputs(opened, made.facts.batch or _CHECKED_WITH)


def _saved(program: ExportedProgram, facts: Facts) -> bytes:
    handle = io.BytesIO()
    torch.export.save(program, handle, extra_files={FACTS_FILE: facts.to_bytes(None).decode()})
    return handle.getvalue()


def _run_program(raw: bytes, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    module = torch.export.load(io.BytesIO(raw)).module()
    with torch.no_grad():
        return _listed(module(*inputs))


def _listed(answer: Any) -> list[Tensor]:
    return list(answer) if isinstance(answer, tuple | list) else [answer]


def _compare(made: Converted, opened: Opened, answers: list[Tensor]) -> None:
    with torch.no_grad():
        wanted = _listed(opened.network(*_again(made, opened)))
    pairs = [(one, other) for one, other in zip(wanted, answers, strict=True) if one.numel()]
    made.difference = max((float((one - other).abs().max()) for one, other in pairs), default=0.0)
    largest = max((float(one.abs().max()) for one, _ in pairs), default=1.0)
    if not made.difference <= _TOLERANCE * max(largest, 1.0):
        text = (
            f"The converted network answers otherwise than torch, by up to {made.difference:.3g}; it was not written."
        )
        made.remarks.append(Remark(text=text))


# ONNX.


def _to_onnx(made: Converted, opened: Opened, program: ExportedProgram) -> list[Tensor] | None:
    import onnx
    import onnxruntime

    inputs = [one.name for one in made.facts.inputs]
    outputs = [one.name for one in made.facts.outputs]
    try:
        converted = torch.onnx.export(program, (), input_names=inputs, output_names=outputs, dynamo=True, verbose=False)
    except Exception as error:  # noqa: BLE001  # whatever the exporter meets is told
        made.remarks.append(_refusal(opened, error))
        return None
    if converted is None:
        made.remarks.append(Remark(text="torch gave no ONNX model for this network."))
        return None
    proto = converted.model_proto
    for key, value in made.facts.flat().items():
        row = proto.metadata_props.add()
        row.key, row.value = key, value
    onnx.checker.check_model(proto)
    made.raw = proto.SerializeToString()
    session = onnxruntime.InferenceSession(made.raw, providers=["CPUExecutionProvider"])
    given = {name: tensor.numpy() for name, tensor in zip(inputs, _again(made, opened), strict=True)}
    known = {one.name for one in session.get_inputs()}
    answers = session.run(None, {name: value for name, value in given.items() if name in known})
    return [torch.from_numpy(one) for one in answers]


def _unknown_to_onnx(opened: Opened, program: ExportedProgram) -> list[Remark]:
    """Every operation for which the exporter has no ONNX form; empty where it cannot be asked beforehand."""
    try:
        from torch.onnx._internal.exporter import _decomp, _registration

        registry = _registration.ONNXRegistry.from_torchlib()
        known = set(_decomp.get_onnx_implemented_overloads(registry))
        small = program.run_decompositions(_decomp.create_onnx_friendly_decomposition_table(known))
        rows = [node for node in small.graph.nodes if isinstance(node.target, torch._ops.OpOverload)]
        missing = [node for node in rows if not registry.is_registered(node.target)]
    except Exception:  # noqa: BLE001  # the exporter's inner parts may move; then the attempt itself will tell
        return []
    found: dict[str, Remark] = {}
    for node in missing:
        uid = _node_at(opened, node.meta.get("stack_trace") or "")
        name = str(node.target).split(".")[1].lstrip("_")
        text = f"{_name(opened, uid)}ONNX has no form for {name}. Replace the node, or export as .pt2."
        found.setdefault(text, Remark(text=text, node=uid))
    return list(found.values())


def _random_nodes(opened: Opened, program: ExportedProgram) -> list[str]:
    """The uids of nodes that draw numbers as the network answers; layers that do so only in training are none."""
    found: dict[str, None] = {}
    for node in program.run_decompositions().graph.nodes:
        is_random = torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
        if is_random and "rrelu" not in str(node.target):
            found[_node_at(opened, node.meta.get("stack_trace") or "")] = None
    return list(found)


# What the exporters say, of the node that it is about.


def _refusal(opened: Opened, error: BaseException) -> Remark:
    return Remark(text=_where(opened, error), node=_node_of(opened, error))


def _where(opened: Opened, error: BaseException) -> str:
    return f"{_name(opened, _node_of(opened, error))}{_plain(error)}"


def _plain(error: BaseException) -> str:
    """The exporter's reason in one sentence."""
    words = str(error)
    if "data-dependent" in words or "GuardOnDataDependent" in type(error).__name__:
        return "what happens depends on the numbers that arrive, which a fixed program cannot follow."
    if "Constraints violated" in words or "specialized" in words:
        return "its sizes are worked out once and for all, so they cannot vary."
    if "PackedSequence" in words or "pack_padded" in words:
        return "packed sequences cannot be exported. Feed the recurrent layer with a padded sequence instead."
    first = next((line.strip() for line in words.splitlines() if line.strip()), type(error).__name__)
    return f"the exporter gave up ({first[:_MOST_WORDS].rstrip('.')})."


def _node_of(opened: Opened, error: BaseException) -> str:
    import traceback

    seen: BaseException | None = error
    while seen is not None:
        for frame in reversed(traceback.extract_tb(seen.__traceback__)):
            if frame.filename.startswith("<model.py") and frame.lineno is not None:
                found = _at_line(opened, frame.lineno)
                if found:
                    return found
        found = _node_at(opened, str(seen))
        if found:
            return found
        seen = seen.__cause__ or seen.__context__
    return ""


def _node_at(opened: Opened, stack: str) -> str:
    places = reversed(_LINE.findall(stack))  # lines of functions that are called stand for no node
    return next((uid for _, number in places if (uid := _at_line(opened, int(number)))), "")


def _at_line(opened: Opened, number: int) -> str:
    return next((uid for uid, numbers in opened.code.lines.items() if number in numbers), "")


def _name(opened: Opened, uid: str) -> str:
    name = opened.names.get(uid, "")
    return f"{name}: " if name else ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporters write and warn a good deal, of which nothing is for the person."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
