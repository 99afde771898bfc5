"""What differs between two projects in meaning, in a few words each; places, and what is not trained, do not count."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from graph.blocks import catalog_of, node_settings
from graph.declared import KIND, SHAPE
from graph.errors import EditError, LoomError
from graph.files import parse
from graph.model import PYTHON_PREFIX, Block, Network, Node, Objective, Project, Wire
from graph.ops.catalog import Catalog, load_catalog
from graph.ops.spec import MISSING, CallableSpec, Missing, Value
from runtime.data_paths import SECOND_BEFORE, START_FROM, start_path
from runtime.old_names import taking_part, under_old_names
from runtime.run_label import start_title
from runtime.setting_table import PER_CLASS, SECOND, UNLABELLED, UNLABELLED_BATCH, setting_row, setting_rows
from runtime.settings import task_of
from runtime.sources import SOURCES, fields_named

FIRST = "first run"
SAME = "same settings"
_TOLD = 3  # differences in a name; the rest are counted
_LONGEST = 60
_UNSAID = frozenset({"out_channels", "out_features", "hidden_size", "p", "field", "embedding_dim"})
"""Params that a layer is known by: `conv1 32 → 64` says enough."""
_SHORT = {"batch_size": "batch", "lr": "learning rate", UNLABELLED_BATCH: "unlabelled batch"}
_NAMED_BY_VALUE = frozenset({"optimizer", "loss", "source"})


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What of a project decides its training: `settings` that hold, and what each would be if nobody had set it."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: frozenset[Wire] = frozenset()
    settings: Mapping[str, Value | Missing] = field(default_factory=dict)
    usual: Mapping[str, Value | Missing] = field(default_factory=dict)
    blocks: Mapping[str, Block | Objective | None] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def differences(before: Project, after: Project, *, base: Path | None = None) -> tuple[str, ...]:
    """What is other in `after`, layers first; nothing when both train alike. `base`: where relative paths start."""
    named, after = under_old_names(before, after)
    catalog = catalog_of(load_catalog(), after)
    old, new = _meaning(before, base, catalog), _meaning(after, base, catalog)
    return tuple(named + _layers(old, new, catalog) + _settings(old, new))


def run_name(before: str | None, after: str, *, base: Path | None = None) -> str:
    """What a run is called by default: by what differs from the run before it; both are project texts."""
    if before is None:
        return FIRST
    try:
        found = differences(parse(before), parse(after), base=base)
    except LoomError:
        return ""  # the run before cannot be read: nothing can be said
    return in_words(found) or SAME


def in_words(found: tuple[str, ...]) -> str:
    """A few differences as a line, such as `conv1 32 → 64, lr 0.01 and 2 more`."""
    told: list[str] = []
    for words in found[:_TOLD]:
        if told and len(", ".join([*told, words])) > _LONGEST:
            break
        told.append(words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…")
    rest = len(found) - len(told)
    return ", ".join(told) + (f" and {rest} more" if rest else "")


def _meaning(project: Project, base: Path | None, catalog: Catalog) -> _Meaning:
    try:
        network: Network | None = project.main()
    except EditError:
        network = None
    nodes = {} if network is None else {node.uid: node for node in network.nodes()}
    wires = frozenset() if network is None else frozenset(network.wires())
    needed = taking_part(project)
    blocks = {name: project.networks[name] for name in needed if network is None or name != network.name}
    for name, block in blocks.items():
        nodes |= {f"{name} {node.uid}": replace(node, name=f"{name}.{node.name}") for node in block.nodes()}
        ends = frozenset(block.wires())
        wires |= {replace(w, source=f"{name} {w.source}", target=f"{name} {w.target}") for w in ends}
    (data, usual_data), (training, usual) = _data(project, base), _training(project, base, catalog)
    kinds: dict[str, Block | Objective | None] = {name: one.block or one.objective for name, one in blocks.items()}
    texts = {node.op: project.texts.get(node.op.removeprefix(PYTHON_PREFIX), "") for node in nodes.values()}
    python = {op: text for op, text in texts.items() if op.startswith(PYTHON_PREFIX)}
    return _Meaning(nodes, wires, data | training, usual_data | usual, kinds, python)


def _layers(old: _Meaning, new: _Meaning, catalog: Catalog) -> list[str]:
    found: list[str] = []
    for uid in sorted(old.nodes.keys() & new.nodes.keys(), key=lambda uid: new.nodes[uid].name):
        found += _params(old.nodes[uid], new.nodes[uid], catalog)
    if old.nodes and new.nodes and not old.nodes.keys() & new.nodes.keys():
        count = sum(node.op not in ("Input", "Output") for node in new.nodes.values())
        return [f"another network of {count} layer{'' if count == 1 else 's'}"]
    gone = sorted(old.nodes[uid].name for uid in old.nodes.keys() - new.nodes.keys())
    came = sorted(new.nodes[uid].name for uid in new.nodes.keys() - old.nodes.keys())
    for names, word in ((came, "added"), (gone, "removed")):
        if len(names) > 2:
            found.append(f"{len(names)} layers {word}")
        else:
            found += [f"{name} {word}" for name in names]
    moved = {wire.target for wire in old.wires ^ new.wires} & old.nodes.keys() & new.nodes.keys()
    if moved and not came and not gone:
        found += [f"{name} wired anew" for name in sorted(new.nodes[uid].name for uid in moved)]
    both = sorted(old.blocks.keys() & new.blocks.keys())
    found += [f"parameters of {name} changed" for name in both if old.blocks[name] != new.blocks[name]]
    written = [op for op in sorted(old.texts.keys() & new.texts.keys()) if old.texts[op] != new.texts[op]]
    return [*found, *(f"Python of {op.removeprefix(PYTHON_PREFIX)} changed" for op in written)]


def _params(old: Node, new: Node, catalog: Catalog) -> list[str]:
    if old.op != new.op:
        return [f"{new.name} {old.op} → {new.op}"]
    found = [f"{old.name} → {new.name}"] if old.name != new.name else []
    spec = catalog.ops.get(new.op)
    settings = node_settings(spec, {**old.params, **new.params}) if spec else {}
    rows = [*spec.params, *settings.values()] if spec else []
    defaults: dict[str, Value | Missing] = {param.name: param.default for param in rows}
    for name in sorted((old.params.keys() | new.params.keys()) - _untrained(new)):
        values = [node.params.get(name, defaults.get(name, MISSING)) for node in (old, new)]
        if not _is_same(*values):
            word = "" if name in _UNSAID else f" {name.removeprefix('@').replace('_', ' ')}"
            found.append(f"{new.name}{word} {_said(values[0])} → {_said(values[1])}")
    return found


def _untrained(node: Node) -> frozenset[str]:
    """The settings that training does not ask for: what an Input is drawn for is taken from the data."""
    return frozenset({SHAPE, KIND}) if node.op == "Input" else frozenset()


def _settings(old: _Meaning, new: _Meaning) -> list[str]:
    found = []
    for key, value in new.settings.items():
        before = old.settings.get(key, new.usual[key])  # a new optimizer's own settings count where they are set
        if not _is_same(before, value):
            found.append(_setting(key, value))
    return found


def _setting(key: str, value: Value | Missing) -> str:
    if key in _NAMED_BY_VALUE:
        return SOURCES[str(value)].title if key == "source" and value in SOURCES else str(value)
    if key == START_FROM:
        return f"starts from {start_title(str(value))}" if value else "starts anew"
    if key == SECOND:
        return f"{SOURCES[str(value)].title} beside it" if value in SOURCES else "no second data"
    last = key.rpartition(".")[2]
    row = setting_row("training", key) or setting_row("data", key)
    label = row.spec.label.lower() if row is not None else last.replace("_", " ")
    label = _SHORT.get(key, _SHORT.get(last, label))
    if isinstance(value, bool):
        return f"{label} {'on' if value else 'off'}"
    return f"{label} {_said(value)}"


_Values = dict[str, Value | Missing]


def _data(project: Project, base: Path | None) -> tuple[_Values, _Values]:
    values = project.data
    found: _Values = {}
    usual: _Values = {}
    for before in ("", SECOND_BEFORE):
        named = values.get(f"{before}source", "")
        found[f"{before}source"], usual[f"{before}source"] = named, ""
        source = SOURCES.get(str(named))
        for param in source.params if source is not None else ():
            key = f"{before}{source.key}.{param.name}" if source is not None else ""
            value = values.get(key, param.default)
            if key.endswith(".path") and isinstance(value, str) and value and base is not None:
                value = os.path.abspath(base / os.path.expanduser(value))
            found[key], usual[key] = value, param.default
    validation = _number(values.get("split.validation", 0.15))
    test = _number(values.get("split.test", 0.15))
    found["split.train"] = values.get("split.train", round(1 - validation - test, 6))
    found["split.validation"], found["split.test"] = validation, test
    for key in ("split.method", PER_CLASS, UNLABELLED, "scale.inputs", "scale.targets"):
        found[key] = values.get(key, MISSING)
    return found, dict.fromkeys(found, MISSING) | usual


def _training(project: Project, base: Path | None, catalog: Catalog) -> tuple[_Values, _Values]:
    """The settings that hold, defaults filled in; those of an optimizer that is not chosen have no say."""
    values, task = project.training, _task(project)
    usual: _Values = {row.key: row.default(task) for row in setting_rows() if row.section == "training"}
    tables: dict[str, Mapping[str, CallableSpec]] = {
        "loss": catalog.losses,
        "optimizer": catalog.optimizers,
        "scheduler": catalog.schedulers,
    }
    for part, table in tables.items():
        spec = table.get(str(values.get(part, usual[part])))
        if spec is not None:
            usual |= {f"{part}.{spec.key}.{param.name}": param.default for param in spec.params}
    usual |= {key: MISSING for key in values if key.startswith("head.")}
    found = {key: values.get(key, default) for key, default in usual.items()}
    if base is not None:
        found[START_FROM] = start_path(values, base)
    return found, usual


def _task(project: Project) -> str:
    """The task by which defaults go, as far as the data are known without looking at files."""
    known = {field.name: field for field in fields_named(project.data)}
    try:
        answers = [node.params.get("field") for node in project.main().nodes() if node.op == "Output"]
    except EditError:
        answers = []
    found = [task_of(project, known[str(name)]) for name in answers if name in known]
    return found[0] if found else str(project.training.get("task", "classification"))


def _is_same(one: Value | Missing, other: Value | Missing) -> bool:
    return repr(one) == repr(other) or (one == other and not isinstance(one, bool) and not isinstance(other, bool))


def _said(value: Value | Missing) -> str:
    if value is MISSING or value is None:
        return "auto"
    if isinstance(value, tuple):
        return "×".join(_said(one) for one in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
