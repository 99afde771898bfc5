"""What a row of the table of data sources is, and the options that several of them have; torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from graph.fields import Field
from graph.ops.spec import ParamSpec

SourceGroup = Literal["ready", "own", "made"]
Scale = Literal["none", "standard", "minmax"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One kind of data. `loader` names the function of `runtime.library` that reads it.

    `fields` are known for ready-made data; files are looked into, and made-up data follow their options.
    `scale` is how inputs are scaled unless the person says otherwise. `pictogram` names an icon.
    `is_folder`: its path is a folder, not a file. `looked_at`: only drawn training steps learn from it; every part of
    the split sees the same samples, and so many of them are looked at. `batch_size`: what is set when it is chosen.
    """

    key: str
    title: str
    doc: str
    group: SourceGroup
    module: str
    loader: str
    params: tuple[ParamSpec, ...] = ()
    fields: tuple[Field, ...] = ()
    scale: Scale = "none"
    pictogram: str = "table"
    is_folder: bool = False
    looked_at: int = 0
    batch_size: int = 0

    def param(self, name: str) -> ParamSpec | None:
        """The option of that name, or None."""
        return next((param for param in self.params if param.name == name), None)

    @property
    def reads_files(self) -> bool:
        """Whether it needs a path of the person's."""
        return self.group == "own"


def samples(default: int) -> ParamSpec:
    return ParamSpec(
        name="samples",
        type="int",
        default=default,
        minimum=10,
        maximum=1_000_000,
        label="Samples",
        doc="How many samples are made.",
    )


def noise(default: float) -> ParamSpec:
    return ParamSpec(
        name="noise",
        type="float",
        default=default,
        minimum=0,
        maximum=10,
        label="Noise",
        doc="How far samples stray from the rule.",
    )


SEED: Final = ParamSpec(
    name="seed",
    type="int",
    default=0,
    minimum=0,
    maximum=2**31,
    label="Seed of the data",
    doc="Same seed: the same samples.",
)


def whole(name: str, default: int, low: int, high: int, label: str, doc: str) -> ParamSpec:
    return ParamSpec(name=name, type="int", default=default, minimum=low, maximum=high, label=label, doc=doc)


def number(name: str, default: float, low: float, high: float, label: str, doc: str) -> ParamSpec:
    return ParamSpec(name=name, type="float", default=default, minimum=low, maximum=high, label=label, doc=doc)


def word(name: str, label: str, doc: str, default: str = "") -> ParamSpec:
    return ParamSpec(name=name, type="str", default=default, label=label, doc=doc)


def columns(name: str, label: str, doc: str, default: tuple[str, ...] | None = ()) -> ParamSpec:
    return ParamSpec(name=name, type="words", default=default, optional=default is None, label=label, doc=doc)


def choice(name: str, choices: tuple[str, ...], label: str, doc: str) -> ParamSpec:
    return ParamSpec(name=name, type="choice", default=choices[0], choices=choices, label=label, doc=doc)
