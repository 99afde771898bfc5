"""How the weights of an exported training are used: a few lines of Python, for its docstring and for a README."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

_MADE: Final = 36  # samples that are made from noise


def usage(class_name: str, start: str, noise: tuple[int, ...] | None, answers: Sequence[str]) -> tuple[str, ...]:
    """One of several networks is built, gets its weights, and where it takes noise makes some samples.

    `start` begins the names of its weights, `noise` is the shape of a sample of the random numbers that it is given.
    """
    taken = (
        'held = load_file("weights.safetensors")  # of all networks',
        f'start = "{start}"',
        "own = {key: value for key, value in held.items() if key.startswith(start)}",
        f"network = {class_name}()",
        "network.load_state_dict(",
        "    {key.removeprefix(start): value for key, value in own.items()}",
        ")",
        "network.eval()",
    )
    if noise is None:
        return taken
    sizes = ", ".join(map(str, (_MADE, *noise)))
    return *taken, "with torch.no_grad():", f"    {', '.join(answers)} = network(torch.randn({sizes}))"


def noise_given(rows: Sequence[ast.stmt], network: str) -> tuple[int, ...] | None:
    """What random numbers a network is given by functions of a training step, or None."""
    for function in (row for row in rows if isinstance(row, ast.FunctionDef)):
        drawn: dict[str, tuple[int, ...]] = {}
        for row in (one for one in function.body if isinstance(one, ast.Assign)):
            for call in _calls(row):
                shape = _noise(call)
                target = row.targets[0]
                if shape is not None and isinstance(target, ast.Name):
                    drawn[target.id] = shape
                given = _given(call, network)
                if given in drawn:
                    return drawn[given]
    return None


def networks_in(tree: ast.Module, field: str = "networks") -> dict[str, str]:
    """The networks that the `Training` of a script builds, by name; of `averages` what each is copied from."""
    for row in ast.walk(tree):
        if isinstance(row, ast.AnnAssign) and ast.unparse(row.target) == f"self.{field}" and row.value is not None:
            assert isinstance(row.value, ast.Dict), "the emitter writes it so"
            pairs = zip(row.value.keys, row.value.values, strict=True)
            return {str(ast.literal_eval(key)): ast.unparse(value) for key, value in pairs if key is not None}
    return {}


def _calls(row: ast.stmt) -> Iterator[ast.Call]:
    return (one for one in ast.walk(row) if isinstance(one, ast.Call))


def _noise(call: ast.Call) -> tuple[int, ...] | None:
    """The shape of a sample where random numbers are drawn for each of a batch."""
    sizes = call.args[1:]
    if ast.unparse(call.func) != "torch.randn" or not sizes:
        return None
    found = [one.value for one in sizes if isinstance(one, ast.Constant) and isinstance(one.value, int)]
    return tuple(found) if len(found) == len(sizes) else None


def _given(call: ast.Call, network: str) -> str:
    """The name of the one value that a network, or the average of its weights, is asked about; else nothing."""
    asked = [call.func, *call.args[:1]]
    names = {f"nets['{network}']", f"nets['{network} average']"}
    if ast.unparse(asked[0]) in names and len(call.args) == 1:
        given = call.args[0]
    elif len(call.args) == 2 and ast.unparse(asked[-1]) in names:
        given = call.args[1]
    else:
        return ""
    return given.id if isinstance(given, ast.Name) else ""
