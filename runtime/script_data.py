"""The part of a script that reads the data, shares them out and scales them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.fields import Field
from graph.pretty import Atom, Group, Piece, render
from runtime.inline import Imports, inline
from runtime.plan import LoadPlan, field_to_split_by, split_method
from runtime.script_heads import field_literal
from runtime.script_sources import answer_of, loader_call, picture_lines
from runtime.script_streams import second_functions, unlabelled_lines
from runtime.setting_table import PER_CLASS
from runtime.settings import DataSettings, Head, SettingsError, SplitMethod, TrainingSettings
from runtime.streams import Stream

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
    streams: tuple[Stream, ...] = (),
) -> list[str]:
    """Blocks of text: the loader, the split, the scaling, and `load_splits`; and what reads the `streams`."""
    target = field_to_split_by(settings.heads, plan)
    method = split_method(data, plan.words, target)
    names = {plan.source.loader, *(f"{one.method}_scale" for one in scaled)}
    names |= {f"{method}_split"} if method != "shared" else set()
    names |= {"join_pictures"} if plan.pictures is not None else set()
    names |= {"middle_values"} if plan.gaps else set()
    names |= {"few_of_each"} if data.per_class else set()
    has_unlabelled = any(one.name == "unlabelled" for one in streams)
    names |= {"the_others"} if has_unlabelled else set()
    blocks = inline(names, imports, written)
    imports.add("torch")
    lines = ["def load_splits(path: str) -> tuple[dict[str, Batch], Scaling]:" if scaled else _plain_head(plan)]
    if scaled and not plan.path:
        lines = ["def load_splits() -> tuple[dict[str, Batch], Scaling]:"]
    lines.append(f'    """{_doc(bool(scaled))}"""')
    lines.append(render(f"{answer_of(plan)} = ", loader_call(plan), 4))
    if plan.pictures is not None:
        imports.add("os")
        lines += picture_lines(plan.pictures)
    lines += _split_lines(data, plan, target, method)
    if data.per_class:
        lines += ['    whole = parts["train"]'] if has_unlabelled else []
        lines.append(render('parts["train"] = ', _few(data, target), 4))
    if has_unlabelled:
        lines.append('    parts["unlabelled"] = the_others(whole, parts["train"])')
    goes_on = bool(plan.gaps or scaled or has_unlabelled)
    lines += [
        f"    {'splits =' if goes_on else 'return'} {{",
        "        part: {name: values[index] for name, values in data.items()}",
        "        for part, index in parts.items()",
        "    }",
    ]
    if plan.gaps:
        lines += [
            '    middle = middle_values(splits["train"]["features"])',
            "    for part in splits.values():",
            '        empty = part["features"].isnan()',
            '        part["features"] = torch.where(empty, middle, part["features"])',
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
    lines += unlabelled_lines(streams)
    if goes_on:
        lines.append("    return splits, scaling" if scaled else "    return splits")
    return [*blocks, "\n".join(lines), *second_functions(data, plan, streams, imports, written)]


def _plain_head(plan: LoadPlan) -> str:
    return f"def load_splits({'path: str' if plan.path else ''}) -> dict[str, Batch]:"


def _doc(is_scaled: bool) -> str:
    if is_scaled:
        return "Training, validation and test, scaled by what the training part holds."
    return "Training, validation and test: the samples of each, by field."


def _split_lines(data: DataSettings, plan: LoadPlan, target: Field, method: SplitMethod) -> list[str]:
    label = f"data[{field_literal(target.name)}]"
    given = plan.tells_training and plan.comes_with_test
    if method == "shared":  # slices, for one picture may stand for all steps of an epoch
        most = f"slice({data.source.looked_at})"
        parts = (Atom('"train": slice(None)'), Atom(f'"validation": {most}'), Atom(f'"test": {most}'))
        return [render("parts = ", Group("{", parts, "}"), 4)]
    if method == "column":
        return ['    parts = column_split(words["part"])']
    if method == "grouped":
        first = 'words["group"]'
    elif method == "stratified":
        first = f"{label}[:for_training]" if given else label
    else:
        first = "for_training" if given else f"len({label})"
    shares = ["validation=VALIDATION", "test=0" if given else "test=TEST", "seed=SEED"]
    call = Group(f"{method}_split(", tuple(Atom(one) for one in (first, *shares)), ")")
    lines = [render("parts = ", call, 4)]
    if given:
        lines.append(f'    parts["test"] = torch.arange(for_training, len({label}))')
    return lines


def _few(data: DataSettings, target: Field) -> Piece:
    """The call that leaves some training samples of each class."""
    if target.kind != "class":
        raise SettingsError(
            f"{target.name} has no classes of which {data.per_class} samples each could be drawn. Set Training samples "
            "a class to 0.",
            section="data",
            key=PER_CLASS,
        )
    given = (f"data[{field_literal(target.name)}]", 'parts["train"]', "PER_CLASS", "SEED")
    return Group("few_of_each(", tuple(Atom(one) for one in given), ")")
