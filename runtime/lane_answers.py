"""How the lanes of the analysis process answer: by a row, whatever is wrong with a request."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from graph.errors import LoomError


class Answer(Protocol):
    """What is told; it is made with `id` and `problem` alone where there is nothing to tell."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""


def answered(
    request: Mapping[str, Any],
    ask: Callable[[int, Mapping[str, Any]], Answer],
    refused: Callable[..., Answer],
    problem: str,
) -> dict[str, Any]:
    """The answer of `ask` to a request as a row, or one of `refused` that says what is wrong.

    `problem` begins the sentence where nobody foresaw it: `This could not be drawn`.
    """
    number = request.get("id")
    number = number if isinstance(number, int) else 0
    try:
        return ask(number, request).to_json()
    except LoomError as refusal:
        sentence = str(refusal)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the window waits; the traceback goes to the log
        traceback.print_exc()
        words = f"{type(error).__name__}: {error}"[:200]
        sentence = f"{problem} ({words}). The log holds the details."
    return refused(id=number, problem=sentence).to_json()
