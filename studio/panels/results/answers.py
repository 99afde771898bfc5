"""The answers of one Output as people read them: what was said of each sample, what it is, and how sure it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.figures import worst_mistakes, worst_rows
from runtime.media import Look, MediaError
from studio.panels.results.faces import Faces
from studio.plain_numbers import plain_number

Places = NDArray[np.int64]
Choice = Literal["all", "right", "wrong"]


class Answers:
    """A look of which the first head says classes or single numbers. MediaError where its parts do not fit."""

    def __init__(self, look: Look, faces: Faces | None = None) -> None:
        if not look.heads:
            raise MediaError("The results name no output, and are not shown.")
        self.look, self.head = look, look.heads[0]
        self.is_classes = self.head.task == "classification"
        self.truth = np.asarray(self.head.target).reshape(-1)
        self.said = np.asarray(self.head.predicted).reshape(-1)
        if len(self.said) != len(self.truth):
            raise MediaError("The results of this moment do not fit together, and are not shown.")
        self.names = self.head.field.classes if self.is_classes else ()
        if self.is_classes and _is_outside(self.names, self.truth, self.said):
            raise MediaError("The results name classes that there are not, and are not shown.")
        self.faces = faces or Faces(look)

    def __len__(self) -> int:
        return len(self.truth)

    def positions(self, choice: Choice) -> Places:
        """The samples behind a choice: wrong ones the most confident first, others as they come."""
        if choice == "wrong":
            return self.worst()
        if not self.is_classes:
            return self.worst()
        return np.flatnonzero(self.truth == self.said) if choice == "right" else np.arange(len(self))

    def cell(self, true: int, said: int) -> Places:
        """The samples of one class that were taken for a class."""
        found: Places = np.flatnonzero((self.truth == true) & (self.said == said))
        return found

    def worst(self) -> Places:
        """The samples that are wrong, those first of which it was surest; numbers by how far they are off."""
        return (worst_mistakes if self.is_classes else worst_rows)(self.head, len(self))

    def with_said(self, said: Places, likely: NDArray[Any]) -> Answers:
        """The same samples with other answers (n,), as sure as `likely` (n, C) says."""
        head = replace(self.head, predicted=said, sure=np.asarray(likely)[np.arange(len(said)), said])
        return Answers(replace(self.look, heads=(head,)), self.faces)

    def said_words(self, position: int) -> str:
        """`said 9`."""
        return f"said {self._name(self.said[position])}"

    def true_words(self, position: int) -> str:
        """`is 4 · 98 %`."""
        words = f"is {self._name(self.truth[position])}"
        sure = self.head.sure
        if sure is None or not self.is_classes:
            return words
        return f"{words} · {100 * float(sure[position]):.0f} %"

    def tip(self, position: int) -> str:
        """All that is known of a sample, a line each."""
        first = f"{self.said_words(position)}, {self.true_words(position)}"
        rows = self.faces.words(position)
        if not rows and not self.faces.has(position):
            rows = ["Its input was not kept."]
        return "\n".join([first, *rows])

    def _name(self, value: Any) -> str:
        return self.names[int(value)] if self.is_classes else plain_number(float(value))


def _is_outside(names: tuple[str, ...], *numbers: Places) -> bool:
    return any(part.size and (part.min() < 0 or part.max() >= len(names)) for part in numbers)
