"""Training, validation and test: which sample belongs where, from one seed."""

import torch
from torch import Tensor


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
