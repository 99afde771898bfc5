"""The parts of a script that stream unlabelled samples and second data beside the samples of a drawn training step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.pretty import Atom, Group, Piece, quoted, render
from runtime.inline import Imports, inline
from runtime.plan import LoadPlan
from runtime.script_sources import answer_of, data_constants, loader_call, picture_lines
from runtime.settings import DataSettings, TrainingSettings
from runtime.streams import Stream

_BEFORE = "SECOND_"
_FLAT: Mapping[str, str] = {"image": ".flatten()", "sequence": ".flatten(0, 1)", "vector": ""}
"""What arranges a field so that axis 0 counts what is scaled alike, by the kinds that are scaled."""


def stream_constants(
    plan: LoadPlan, settings: TrainingSettings, streams: Sequence[Stream], read: Sequence[Stream]
) -> list[str]:
    """Where the second data lie where they are `read`, and how many samples of each part a step takes."""
    lines = []
    if plan.second is not None and any(one.name == "second" for one in read):
        lines += data_constants(plan.second, _BEFORE)
    if streams:
        sizes = _sizes(settings, streams)
        rows = tuple(Atom(f"{quoted(part)}: {size}") for part, size in sizes.items())
        lines.append(f"# samples of each part that a step takes{'; 0: all of them' if 0 in sizes.values() else ''}")
        lines.append(render("BATCH_SIZES = ", Group("{", rows, "}"), 0))
    return lines


def _sizes(settings: TrainingSettings, streams: Sequence[Stream]) -> dict[str, int]:
    return {"train": settings.batch_size} | {one.name: one.batch_size(settings) for one in streams}


def unlabelled_lines(streams: Sequence[Stream]) -> list[str]:
    """What keeps of the samples without labels the inputs that are taken."""
    stream = next((one for one in streams if one.name == "unlabelled"), None)
    if stream is None:
        return []
    return [
        '    unlabelled = splits["unlabelled"]',
        render('splits["unlabelled"] = ', _renamed(stream, "unlabelled", ""), 4),
    ]


def second_functions(
    data: DataSettings, plan: LoadPlan, streams: Sequence[Stream], imports: Imports, written: set[str]
) -> list[str]:
    """The function that reads the second data, after what it calls; nothing where they are not taken."""
    stream = next((one for one in streams if one.name == "second"), None)
    if stream is None or data.second is None or plan.second is None:
        return []
    how, second = data.second.scale_inputs, plan.second
    scaled = [one for one in stream.fields if how != "none" and one.kind in _FLAT]
    names = {second.source.loader, *(f"{how}_scale" for _ in scaled)}
    names |= {"join_pictures"} if second.pictures is not None else set()
    names |= {"middle_values"} if second.gaps else set()
    blocks = inline(names, imports, written)
    lines = [
        f"def load_second({'path: str' if second.path else ''}) -> Batch:",
        '    """The second data, all of which is learned from: the samples by field."""',
        render(f"{answer_of(second)} = ", loader_call(second, _BEFORE), 4),
    ]
    if second.pictures is not None:
        imports.add("os")
        lines += picture_lines(second.pictures, _BEFORE)
    if second.gaps:
        lines += [
            '    middle, empty = middle_values(data["features"]), data["features"].isnan()',
            '    data["features"] = torch.where(empty, middle, data["features"])',
        ]
    for field in scaled:
        values = f"data[{quoted(stream.source_name(field))}]"
        call = Group(f"{how}_scale(", (Atom(f"{values}{_FLAT[field.kind]}"),), ")")
        lines += [render("shift, scale = ", call, 4), f"    {values} = ({values} - shift) / scale"]
    lines.append(render("return ", _renamed(stream, "data", "[:for_training]" if second.tells_training else ""), 4))
    return [*blocks, "\n".join(lines)]


def _renamed(stream: Stream, values: str, until: str) -> Piece:
    """The fields of a stream by the names that the batch has for them."""
    return Group(
        "{",
        tuple(Atom(f"{quoted(one.name)}: {values}[{quoted(stream.source_name(one))}]{until}") for one in stream.fields),
        "}",
    )


def reading_lines(plan: LoadPlan, streams: Sequence[Stream]) -> list[str]:
    """What reads the second data when a training begins."""
    if plan.second is None or not any(one.name == "second" for one in streams):
        return []
    return [f'        self.splits["second"] = load_second({f"{_BEFORE}DATA" if plan.second.path else ""})']


def batches_lines(settings: TrainingSettings, streams: Sequence[Stream]) -> list[str]:
    """The method that says which samples of each part the steps of an epoch take."""
    sizes = "BATCH_SIZES"
    steps = [
        "        steps = max(",
        "            math.ceil(samples[part] / size) for part, size in BATCH_SIZES.items()",
        "        )",
    ]
    if 0 in _sizes(settings, streams).values():
        sizes = "sizes"
        steps = [
            "        sizes = {part: size or samples[part] for part, size in BATCH_SIZES.items()}",
            "        steps = max(math.ceil(samples[part] / size) for part, size in sizes.items())",
        ]
    return [
        "    def batches(self, epoch: int) -> list[dict[str, Tensor]]:",
        '        """The sample numbers of each batch, by part, shuffled by a seed of the epoch\'s own.',
        "",
        "        An epoch is one pass over the part that takes most steps. The others are gone",
        "        through again and again, each time in another order.",
        '        """',
        "        generator = torch.Generator().manual_seed(SEED * 1_000_003 + epoch)",
        "        samples = {",
        "            part: len(next(iter(self.splits[part].values()))) for part in BATCH_SIZES",
        "        }",
        *steps,
        "        orders = {",
        "            part: in_passes(samples[part], steps * size, generator).split(size)",
        f"            for part, size in {sizes}.items()",
        "        }",
        "        return [",
        "            {part: order[step].to(self.device) for part, order in orders.items()}",
        "            for step in range(steps)",
        "        ]",
    ]


def batch_lines(streams: Sequence[Stream]) -> list[str]:
    """What gathers the batch of one step from all parts."""
    if not streams:
        return ['        batch = {name: self.splits["train"][name][index] for name in FIELDS}']
    return [
        '        batch = {name: self.splits["train"][name][index["train"]] for name in FIELDS}',
        *(
            line
            for one in streams
            for line in (
                f'        for name, values in self.splits["{one.name}"].items():',
                f'            batch[name] = values[index["{one.name}"]]',
            )
        ),
    ]
