"""The part of a script that reads the data, shares them out and scales them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.fields import Field
from graph.pretty import Atom, Group, Piece, literal, quoted, render
from runtime.data import stratifies
from runtime.inline import Imports, inline
from runtime.plan import LoadPlan
from runtime.script_heads import LONG_FIELD, field_literal
from runtime.settings import DataSettings, Head, SettingsError, TrainingSettings

_SCALED_KINDS = frozenset({"image", "vector", "sequence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """One field that is scaled: how, and the training values arranged so that axis 0 counts samples."""

    field: Field
    method: str

    @property
    def key(self) -> str:
        """The field as a string literal."""
        return field_literal(self.field.name)

    @property
    def fit(self) -> str:
        """The call that finds shift and scale."""
        flat = ""
        if self.field.kind == "image":
            flat = ".flatten()"
        elif self.field.kind == "sequence":
            flat = ".flatten(0, 1)"
        return f'{self.method}_scale(splits["train"][{self.key}]{flat})'


def scalings(data: DataSettings, heads: Iterable[Head], inputs: Iterable[Field]) -> tuple[Scaling, ...]:
    """The fields that are scaled: inputs by the setting or the source's custom, numbers to foretell by default."""
    found: dict[str, Scaling] = {}
    for field in inputs:
        if data.scale_inputs != "none" and field.kind in _SCALED_KINDS:
            found[field.name] = Scaling(field=field, method=data.scale_inputs)
    for head in heads:
        if head.task == "regression" and _scales_target(data, head) and head.field.name not in found:
            found[head.field.name] = Scaling(field=head.field, method="standard")
    return tuple(found.values())


def _scales_target(data: DataSettings, head: Head) -> bool:
    counts = head.loss.key == "PoissonNLLLoss"
    if counts and data.scale_targets == "standard":
        raise SettingsError(
            f"PoissonNLLLoss foretells counts, so {head.field.name} must not be scaled. Set Scale targets to none.",
            section="data",
            key="scale.targets",
        )
    return data.scale_targets != "none" and not counts


def data_section(
    data: DataSettings,
    plan: LoadPlan,
    settings: TrainingSettings,
    scaled: tuple[Scaling, ...],
    imports: Imports,
    written: set[str],
) -> list[str]:
    """Blocks of text: the loader, the split, the scaling, and `load_splits`."""
    target = settings.heads[0].field
    target_field = target if target.classes else None
    by_class = stratifies(data, target_field)
    names = {plan.source.loader, "stratified_split" if by_class else "random_split"}
    names |= {f"{one.method}_scale" for one in scaled}
    blocks = inline(names, imports, written)
    imports.add("torch")
    lines = ["def load_splits(path: str) -> tuple[dict[str, Batch], Scaling]:" if scaled else _plain_head(plan)]
    if scaled and not plan.path:
        lines = ["def load_splits() -> tuple[dict[str, Batch], Scaling]:"]
    lines.append(f'    """{_doc(bool(scaled))}"""')
    answer = "data, for_training" if plan.tells_training else "data"
    lines.append(render(f"{answer} = ", _loader_call(plan), 4))
    lines += _split_lines(plan, target, by_class)
    lines += [
        "    splits = {",
        "        part: {name: values[index] for name, values in data.items()}",
        "        for part, index in parts.items()",
        "    }",
    ]
    if scaled:
        lines.append("    scaling: Scaling = {")
        lines += [f"        {one.key}: {one.fit}," for one in scaled]
        lines += [
            "    }",
            "    for part in splits.values():",
            "        for name, (shift, scale) in scaling.items():",
            "            part[name] = (part[name] - shift) / scale",
        ]
    lines.append("    return splits, scaling" if scaled else "    return splits")
    return [*blocks, "\n".join(lines)]


def _plain_head(plan: LoadPlan) -> str:
    return f"def load_splits({'path: str' if plan.path else ''}) -> dict[str, Batch]:"


def _doc(is_scaled: bool) -> str:
    if is_scaled:
        return "Training, validation and test, scaled by what the training part holds."
    return "Training, validation and test: the samples of each, by field."


def _split_lines(plan: LoadPlan, target: Field, by_class: bool) -> list[str]:
    label = f"data[{field_literal(target.name)}]"
    given = plan.tells_training and plan.comes_with_test
    if by_class:
        function, first = "stratified_split", f"{label}[:for_training]" if given else label
    else:
        function, first = "random_split", "for_training" if given else f"len({label})"
    shares = ["validation=VALIDATION", "test=0" if given else "test=TEST", "seed=SEED"]
    lines = [render("parts = ", Group(f"{function}(", tuple(Atom(one) for one in (first, *shares)), ")"), 4)]
    if given:
        lines.append(f'    parts["test"] = torch.arange(for_training, len({label}))')
    return lines


def _loader_call(plan: LoadPlan) -> Piece:
    items: list[Piece] = [Atom("path")] if plan.path else []
    for name, value in plan.arguments.items():
        if isinstance(value, Mapping):
            rows = ", ".join(f"{index}: {_words(words)}" for index, words in value.items())
            items.append(Atom(f"{name}={{{rows}}}") if len(rows) < 60 else Atom(f"{name}=FEATURES"))
        elif isinstance(value, tuple):
            items.append(Atom(f"{name}={_words(tuple(map(str, value)))}") if len(str(value)) < 60 else _CLASSES)
        elif name == "name" and field_literal(str(value)) == LONG_FIELD:
            items.append(Atom(f"name={LONG_FIELD}"))
        else:
            items.append(literal(value, f"{name}="))
    return Group(f"{plan.source.loader}(", tuple(items), ")")


_CLASSES = Atom("classes=CLASSES")


def _words(words: tuple[str, ...] | None) -> str:
    if words is None:
        return "None"
    inner = ", ".join(quoted(word) for word in words)
    return f"({inner},)" if len(words) == 1 else f"({inner})"


def data_constants(plan: LoadPlan) -> list[str]:
    """Long arguments of the loader, and where the data lie, as constants."""
    lines: list[str] = []
    if plan.path:
        lines.append(f"DATA = {quoted(plan.path)}")
    lines += [f"{LONG_FIELD} = {quoted(one.name)}" for one in plan.fields if field_literal(one.name) == LONG_FIELD]
    for value in plan.arguments.values():
        if isinstance(value, Mapping):
            rows = [f"{index}: {_words(words)}" for index, words in value.items()]
            if len(", ".join(rows)) >= 60:
                lines.append("FEATURES: dict[int, tuple[str, ...] | None] = {")
                lines += [_entry(index, words) for index, words in value.items()]
                lines.append("}")
        elif isinstance(value, tuple) and len(str(value)) >= 60:
            lines.append(render("CLASSES = ", Group("(", tuple(literal(word) for word in value), ")"), 0))
    return lines


def _entry(index: int, words: tuple[str, ...] | None) -> str:
    if words is None:
        return f"    {index}: None,"
    return render(f"{index}: ", Group("(", tuple(literal(word) for word in words), ")"), 4, ",")
