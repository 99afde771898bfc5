"""The examples in words: what each shows, and roughly how long its training takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

_CONTEXT: Final = "Examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleWords:
    """One example: a sentence and a time."""

    shows: str
    takes: str


_WORDS: Final[Mapping[str, ExampleWords]] = {
    "digits-dense": ExampleWords(
        shows="Reads handwritten digits with two plain layers.", takes="Trains in a second or two"
    ),
    "digits-cnn": ExampleWords(
        shows="Reads handwritten digits with small filters that slide over them.", takes="Trains in a few seconds"
    ),
    "spirals": ExampleWords(
        shows="Tells three arms of a spiral apart, point by point.", takes="Trains in a few seconds"
    ),
    "breast-cancer-hinge": ExampleWords(
        shows="Tells malignant tumours from benign ones by 30 measurements.", takes="Trains in a second or two"
    ),
    "diabetes-regression": ExampleWords(
        shows="Foretells a number: how far an illness went in a year.", takes="Trains in a second or two"
    ),
    "sine-lstm": ExampleWords(shows="Continues waves with a layer that remembers.", takes="Trains in a few seconds"),
    "digits-autoencoder": ExampleWords(
        shows="Squeezes digits into a few numbers and draws them again.", takes="Trains in a few seconds"
    ),
    "two-inputs": ExampleWords(
        shows="Joins a picture and its measurements in one network.", takes="Trains in a few seconds"
    ),
    "fashion-cnn": ExampleWords(
        shows="Tells shirts from shoes. Asks for the files of Fashion-MNIST.", takes="Trains in some minutes"
    ),
}


def example_words(name: str) -> ExampleWords:
    """What is said about an example; one that is not in the table is a drawing like any other."""
    found = _WORDS.get(name, ExampleWords(shows="A finished drawing.", takes=""))
    return ExampleWords(
        shows=QCoreApplication.translate(_CONTEXT, found.shows),
        takes=QCoreApplication.translate(_CONTEXT, found.takes) if found.takes else "",
    )


def has_words(name: str) -> bool:
    """Whether the table has a row for an example."""
    return name in _WORDS
