"""Names of nodes and networks: they become attributes and classes in the code, so Python's and torch's rules hold."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_OF_METHODS = "self"
_EMITTER_NAMES = frozenset({"torch", "nn", "F", "math", "Tensor", "forward", "model", "train", "super"})
MAX_NAME_LENGTH = 32


def problem_with_name(
    name: str, *, taken: Collection[str] = (), reserved: Collection[str] = (), is_argument: bool = False
) -> str | None:
    """Why `name` cannot name a node, as a sentence, or None.

    `reserved` are the attributes of `torch.nn.Module` (`Catalog.reserved_names`). `is_argument`: it becomes the name of
    an argument too, as that of an Input does; a layer may be called self, for `self.self` is a fine attribute.
    """
    if not _NAME.match(name):
        return f"{name!r} cannot be a name: use letters, digits and _, and begin with a letter or _."
    if len(name) > MAX_NAME_LENGTH:
        return f"{name[:20]!r}... is too long for a name: use at most {MAX_NAME_LENGTH} characters."
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"{name!r} is a word of the Python language; choose another name."
    means_self = is_argument and name == _OF_METHODS
    if means_self or name in reserved or name in _EMITTER_NAMES or name.startswith("__"):
        return f"{name!r} already means something in the generated code; choose another name."
    if name in taken:
        return f"There is already a node called {name!r}; choose another name."
    return None


def fresh_name(stem: str, *, taken: Collection[str], reserved: Collection[str] = ()) -> str:
    """`stem` itself for input and output if free, else the stem with the first free number (`conv1`, `conv2`)."""
    base = stem.rstrip("0123456789") or "node"
    if base in {"input", "output"} and problem_with_name(base, taken=taken, reserved=reserved) is None:
        return base
    number = 2 if base in {"input", "output"} else 1
    while problem_with_name(f"{base}{number}", taken=taken, reserved=reserved) is not None:
        number += 1
    return f"{base}{number}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
