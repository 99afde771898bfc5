"""Training, validation and test: which sample belongs where, from one seed."""

import math

import torch
from torch import Tensor

from runtime.library.cells import part_named
from runtime.library.errors import BadDataError


def split_sizes(samples: int, validation: float, test: float) -> tuple[int, int]:
    """How many samples validate and test; a part that is wanted gets at least one."""
    most = max(samples - 1, 0)
    for_test = min(max(round(samples * test), int(test > 0)), most)
    for_validation = max(round(samples * validation), int(validation > 0))
    return min(for_validation, most - for_test), for_test


def random_split(
    samples: int,
    *,
    validation: float,
    test: float,
    seed: int,
) -> dict[str, Tensor]:
    """The sample numbers of each part, drawn at random."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(samples, generator=generator)
    for_validation, for_test = split_sizes(samples, validation, test)
    held_back = for_validation + for_test
    return {
        "train": order[held_back:],
        "validation": order[for_test:held_back],
        "test": order[:for_test],
    }


def stratified_split(
    label: Tensor,
    *,
    validation: float,
    test: float,
    seed: int,
) -> dict[str, Tensor]:
    """The sample numbers of each part, each class shared out in the same proportion."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(label), generator=generator)
    by_class = order[label[order].sort(stable=True).indices]
    # Walking through the classes in order, every sample gets a place from 0 to 1 that
    # is spread evenly, so that each stretch of a class is dealt out like the whole.
    for_validation, for_test = split_sizes(len(label), validation, test)
    part = torch.zeros(len(label), dtype=torch.int64)
    part[spread(len(label), for_test)] = 2
    rest = (part == 0).nonzero().flatten()
    part[rest[spread(len(rest), for_validation)]] = 1
    shuffled = torch.randperm(len(label), generator=generator)
    by_class, part = by_class[shuffled], part[shuffled]
    return {
        "train": by_class[part == 0],
        "validation": by_class[part == 1],
        "test": by_class[part == 2],
    }


def spread(length: int, count: int) -> Tensor:
    """`count` places, evenly spaced, among `length`."""
    return (torch.arange(count) * length + length // 2) // max(count, 1)


def grouped_split(
    groups: list[str],
    *,
    validation: float,
    test: float,
    seed: int,
) -> dict[str, Tensor]:
    """The sample numbers of each part, all samples of a group in the same one.

    The largest groups are dealt out first, each to the part that lacks most samples.
    """
    names = sorted(set(groups))
    number = {name: place for place, name in enumerate(names)}
    group = torch.tensor([number[name] for name in groups])
    sizes = torch.bincount(group, minlength=len(names))
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(names), generator=generator)
    order = order[sizes[order].sort(descending=True, stable=True).indices]
    for_validation, for_test = split_sizes(len(groups), validation, test)
    lacking = {0: len(groups) - for_validation - for_test}
    lacking |= {1: for_validation} if validation > 0 else {}
    lacking |= {2: for_test} if test > 0 else {}
    if len(names) < len(lacking):
        text = f"There are {len(names)} groups for {len(lacking)} parts. "
        raise BadDataError(text + "Use fewer parts, or other groups.")
    part = torch.zeros(len(names), dtype=torch.int64)
    empty = set(lacking)
    for dealt, place in enumerate(order.tolist()):
        open_parts = empty if len(names) - dealt == len(empty) else lacking
        chosen = max(open_parts, key=lambda one: (lacking[one], -one))
        lacking[chosen] -= int(sizes[place])
        empty.discard(chosen)
        part[place] = chosen
    shuffled = torch.randperm(len(groups), generator=generator)
    part = part[group[shuffled]]
    return {
        "train": shuffled[part == 0],
        "validation": shuffled[part == 1],
        "test": shuffled[part == 2],
    }


def few_of_each(label: Tensor, index: Tensor, most: int, seed: int) -> Tensor:
    """Of the samples `index`, at most so many of each class, drawn by the seed."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(index), generator=generator)
    kept = torch.zeros(len(index), dtype=torch.bool)
    for one in sorted(set(label[index].tolist())):
        kept[order[label[index[order]] == one][:most]] = True
    return index[kept]


def the_others(index: Tensor, few: Tensor) -> Tensor:
    """The samples `index` that are not among the few."""
    others = index[~torch.isin(index, few)]
    if not len(others):
        text = "All training samples are labelled, so that none are left without. "
        raise BadDataError(text + "Lower the training samples a class.")
    return others


def in_passes(samples: int, wanted: int, generator: torch.Generator) -> Tensor:
    """So many sample numbers, in pass after pass over all, each in an order of its own."""
    passes = math.ceil(wanted / samples)
    orders = [torch.randperm(samples, generator=generator) for _ in range(passes)]
    return torch.cat(orders)[:wanted]


def column_split(words: list[str]) -> dict[str, Tensor]:
    """The sample numbers of each part, as the data say: train, validation or test."""
    named = [part_named(word) for word in words]
    if "" in named:
        text = f"{words[named.index('')]!r} is no part of a split. "
        raise BadDataError(text + "Use train, validation and test.")
    if "train" not in named:
        raise BadDataError("No sample is for training. Write train where one is.")
    places: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for place, part in enumerate(named):
        places[part].append(place)
    return {part: torch.tensor(rows).long() for part, rows in places.items()}
