"""The answers of one Output as people read them: what was said of each sample, what it is, and how sure it was."""

from __future__ import annotations

import copy
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.media import Look, MediaError
from studio.panels.results.faces import Faces

Places = NDArray[np.int64]
Choice = Literal["all", "right", "wrong"]
_MOST_CLASSES: Final = 10_000


class Answers:
    """A look of which the first head says classes or single numbers. MediaError where its parts do not fit."""

    def __init__(self, look: Look) -> None:
        if not look.heads:
            raise MediaError("The results name no output, and are not shown.")
        head = look.heads[0]
        self.look, self.head = look, head
        self.is_classes = head.task == "classification"
        kind: Any = np.int64 if self.is_classes else np.float64
        self.truth = np.asarray(head.target).reshape(-1).astype(kind)
        self.said = np.asarray(head.predicted).reshape(-1).astype(kind)
        self.sure = None if head.sure is None else np.asarray(head.sure).reshape(-1)
        count = len(self.truth)
        parts = [self.said, *([] if self.sure is None else [self.sure])]
        if any(len(part) != count for part in parts) or len(look.shown) > count:
            raise MediaError("The results of this moment do not fit together, and are not shown.")
        self.names = _names(head.field.classes, self.truth, self.said) if self.is_classes else ()
        self.faces = Faces(look)

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
        if not self.is_classes:
            off = np.nan_to_num(np.abs(self.truth - self.said))
            return np.argsort(-off, kind="stable")
        wrong = np.flatnonzero(self.truth != self.said)
        if self.sure is None:
            return wrong
        return wrong[np.argsort(-np.nan_to_num(self.sure[wrong]), kind="stable")]

    def with_said(self, said: Places, likely: NDArray[Any]) -> Answers:
        """The same samples with other answers (n,), as sure as `likely` (n, C) says."""
        found = copy.copy(self)
        found.said = said
        found.sure = np.asarray(likely)[np.arange(len(said)), said]
        return found

    def is_right(self, position: int) -> bool:
        """Whether the class was the true one."""
        return bool(self.truth[position] == self.said[position])

    def said_words(self, position: int) -> str:
        """`said 9`."""
        return f"said {self._name(self.said[position])}"

    def true_words(self, position: int) -> str:
        """`is 4 · 98 %`."""
        words = f"is {self._name(self.truth[position])}"
        if self.sure is None or not self.is_classes:
            return words
        return f"{words} · {100 * float(self.sure[position]):.0f} %"

    def tip(self, position: int) -> str:
        """All that is known of a sample, a line each."""
        first = f"{self.said_words(position)}, {self.true_words(position)}"
        rows = self.faces.words(position)
        if not rows and not self.faces.has(position):
            rows = ["Its input was not kept."]
        return "\n".join([first, *rows])

    def _name(self, value: Any) -> str:
        return self.names[int(value)] if self.is_classes else f"{float(value):.4g}"


def _names(classes: tuple[str, ...], truth: Places, said: Places) -> tuple[str, ...]:
    """The names of all classes that come up; numbers where they have no name."""
    numbers = np.concatenate((truth, said))
    most = int(numbers.max(initial=-1)) + 1
    if numbers.min(initial=0) < 0 or most > max(_MOST_CLASSES, len(classes)):
        raise MediaError("The results name classes that there are not, and are not shown.")
    return tuple(classes) + tuple(str(number) for number in range(len(classes), most))
