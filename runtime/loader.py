"""Executing emitted scripts as fresh modules, with their lines known to tracebacks."""

from __future__ import annotations

import itertools
import linecache
import sys
from types import ModuleType
from typing import Protocol

from graph.errors import UntrustedError

_NUMBERS = itertools.count(1)


class ScriptTexts(Protocol):
    """What is executed: the text of `model.py` and of `train.py`; not while some of it is `untrusted`, by name."""

    @property
    def model(self) -> str: ...

    @property
    def train(self) -> str: ...

    @property
    def untrusted(self) -> tuple[str, ...]: ...


def load_script(scripts: ScriptTexts) -> ModuleType:
    """The executed `train.py`; its `from model import ...` finds the `model.py` that belongs to it."""
    _refuse(scripts.untrusted)
    number = next(_NUMBERS)
    before = sys.modules.get("model")
    model = _execute(f"layerloom_model_{number}", f"<model.py {number}>", scripts.model)
    sys.modules["model"] = model
    try:
        return _execute(f"layerloom_train_{number}", f"<train.py {number}>", scripts.train)
    finally:
        if before is None:
            del sys.modules["model"]
        else:
            sys.modules["model"] = before


def load_model(text: str, untrusted: tuple[str, ...]) -> ModuleType:
    """An executed `model.py` alone; UntrustedError while something in it is `untrusted`, by name."""
    _refuse(untrusted)
    number = next(_NUMBERS)
    return _execute(f"layerloom_model_{number}", f"<model.py {number}>", text)


def _refuse(untrusted: tuple[str, ...]) -> None:
    """The last door: no text with Python that is not trusted gets by."""
    if untrusted:
        raise UntrustedError(f"{', '.join(untrusted)} is Python that is not trusted, so nothing of it was run.")


def unload(module: ModuleType) -> None:
    """Forget an executed text, with its lines."""
    sys.modules.pop(module.__name__, None)
    linecache.cache.pop(module.__file__ or "", None)


def _execute(name: str, file: str, text: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module  # NamedTuple and dataclasses look their module up by name
    exec(compile(text, file, "exec", dont_inherit=True), module.__dict__)
    return module
