"""The part of a script that reads the data, shares them out and scales them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.fields import Field
from graph.ops.spec import Value
from graph.pretty import Atom, Group, Piece, literal, quoted, render
from runtime.inline import Imports, inline
from runtime.plan import LoadPlan, Pictures, field_to_split_by, split_method
from runtime.script_heads import LONG_FIELD, field_literal
from runtime.setting_table import PER_CLASS
from runtime.settings import DataSettings, Head, SettingsError, SplitMethod, TrainingSettings

Reading = Value | tuple[str, ...]

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
    target = field_to_split_by(settings.heads, plan)
    method = split_method(data, plan.words, target)
    names = {plan.source.loader, *(f"{one.method}_scale" for one in scaled)}
    names |= {f"{method}_split"} if method != "shared" else set()
    names |= {"join_pictures"} if plan.pictures is not None else set()
    names |= {"middle_values"} if plan.gaps else set()
    names |= {"few_of_each"} if data.per_class else set()
    blocks = inline(names, imports, written)
    imports.add("torch")
    lines = ["def load_splits(path: str) -> tuple[dict[str, Batch], Scaling]:" if scaled else _plain_head(plan)]
    if scaled and not plan.path:
        lines = ["def load_splits() -> tuple[dict[str, Batch], Scaling]:"]
    lines.append(f'    """{_doc(bool(scaled))}"""')
    lines.append(render(f"{_answer(plan)} = ", _loader_call(plan), 4))
    if plan.pictures is not None:
        imports.add("os")
        lines += _picture_lines(plan.pictures)
    lines += _split_lines(data, plan, target, method)
    if data.per_class:
        lines.append(render('parts["train"] = ', _few(data, target), 4))
    goes_on = bool(plan.gaps or scaled)
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
    if goes_on:
        lines.append("    return splits, scaling" if scaled else "    return splits")
    return [*blocks, "\n".join(lines)]


def _plain_head(plan: LoadPlan) -> str:
    return f"def load_splits({'path: str' if plan.path else ''}) -> dict[str, Batch]:"


def _doc(is_scaled: bool) -> str:
    if is_scaled:
        return "Training, validation and test, scaled by what the training part holds."
    return "Training, validation and test: the samples of each, by field."


def _answer(plan: LoadPlan) -> str:
    if plan.tells_words:
        return f"data, {'words' if plan.words else '_'}"
    return "data, for_training" if plan.tells_training else "data"


def _picture_lines(pictures: Pictures) -> list[str]:
    """The pictures that a table names, beside the table unless the settings say where."""
    folder = "IMAGES" if pictures.folder else "os.path.dirname(path)"
    sizes = (f"height={pictures.height}", f"width={pictures.width}", f"channels={pictures.channels}")
    items = tuple(Atom(item) for item in ("data", "words", folder, *sizes))
    return [render("data, words = ", Group("join_pictures(", items, ")"), 4)]


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


def _loader_call(plan: LoadPlan) -> Piece:
    items: list[Piece] = [Atom("path")] if plan.path else []
    for name, value in plan.arguments.items():
        if isinstance(value, Mapping):
            rows = ", ".join(f"{_key(key)}: {_reading(how)}" for key, how in value.items())
            items.append(Atom(f"{name}={{{rows}}}" if len(rows) < 60 else f"{name}={name.upper()}"))
        elif name == "classes" and isinstance(value, tuple):
            items.append(Atom(f"{name}={_reading(value)}") if len(str(value)) < 60 else _CLASSES)
        elif name == "name" and field_literal(str(value)) == LONG_FIELD:
            items.append(Atom(f"name={LONG_FIELD}"))
        else:
            items.append(literal(value, f"{name}="))
    return Group(f"{plan.source.loader}(", tuple(items), ")")


_CLASSES = Atom("classes=CLASSES")


def _key(key: int | str) -> str:
    return quoted(key) if isinstance(key, str) else str(key)


def _reading(how: Reading) -> str:
    """How a column is read, as source text."""
    if not isinstance(how, tuple):
        return quoted(how) if isinstance(how, str) else repr(how)
    inner = ", ".join(quoted(str(word)) for word in how)
    return f"({inner},)" if len(how) == 1 else f"({inner})"


def data_constants(plan: LoadPlan) -> list[str]:
    """Long arguments of the loader, and where the data lie, as constants."""
    lines: list[str] = []
    if plan.path:
        lines.append(f"DATA = {quoted(plan.path)}")
    if plan.pictures is not None and plan.pictures.folder:
        lines.append(f"IMAGES = {quoted(plan.pictures.folder)}")
    lines += [f"{LONG_FIELD} = {quoted(one.name)}" for one in plan.fields if field_literal(one.name) == LONG_FIELD]
    for name, value in plan.arguments.items():
        if isinstance(value, Mapping):
            rows = [f"{_key(key)}: {_reading(how)}" for key, how in value.items()]
            if len(", ".join(rows)) >= 60:
                lines.append(f"{name.upper()}: {_TYPES[name]} = {{")
                lines += [_entry(key, how) for key, how in value.items()]
                lines.append("}")
        elif name == "classes" and isinstance(value, tuple) and len(str(value)) >= 60:
            lines.append(render("CLASSES = ", Group("(", tuple(literal(word) for word in value), ")"), 0))
    return lines


_TYPES = {"features": "dict[int, str | tuple[str, ...] | None]", "kept": "dict[str, int]"}


def _entry(key: int | str, how: Reading) -> str:
    if isinstance(how, tuple):
        return render(f"{_key(key)}: ", Group("(", tuple(literal(word) for word in how), ")"), 4, ",")
    return f"    {_key(key)}: {_reading(how)},"
