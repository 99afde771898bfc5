"""How the function of an objective calls networks, and what only it holds: gradients, attacks, noise and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from graph.attack_code import step_size_of
from graph.ops.spec import MISSING, Value
from graph.pretty import Atom, Group, Piece, literal, quoted, written

if TYPE_CHECKING:
    from graph.lower import Call

_WHICH = frozenset({"network", "average", "error", "by_data"})
"""Settings that say which weights answer, and how an attack is written."""
KEPT: Final = "retain_graph"
"""What a gradient says when the way back is needed after it."""
_UNUSUAL = {"mode": "train", "frozen": False}


def average_name(network: str) -> str:
    """By what name a training knows the average of a network's weights."""
    return f"{network} average"


def call_of_network(call: Call, arguments: Sequence[Piece]) -> Piece:
    """`nets["name"](...)`, or what asks the network in another mode or with weights that do not learn."""
    name = call.spec.key.partition(":")[2]
    network = f"nets[{quoted(average_name(name) if call.params.get('average') else name)}]"
    unusual = {key: call.params[key] for key in _UNUSUAL if call.params.get(key, _UNUSUAL[key]) != _UNUSUAL[key]}
    if not unusual:
        return Group(f"{network}(", tuple(arguments), ")")
    told = tuple(literal(value, f"{key}=") for key, value in unusual.items())
    return Group("answer_of(", (Atom(network), *arguments, *told), ")")


def write_step(call: Call, arguments: Sequence[Piece], params: Sequence[Piece]) -> Piece:
    """The right-hand side of a line that only the drawing of a training step can hold."""
    names = [name for argument in call.arguments for name in argument.names]
    match call.spec.key:
        case "Gradient":
            kept = (literal(True, f"{KEPT}="),) if call.params.get(KEPT) else ()
            return Group("torch.autograd.grad(", (*arguments, *params, *kept), ")")
        case "track":
            return Atom(f"{names[0]}.detach().requires_grad_()")
        case "noise":
            shape = call.params["shape"]
            sizes = tuple(written(size) for size in (shape if isinstance(shape, tuple) else (shape,)))
            return Group("torch.randn(", (Atom(f"{names[0]}.size(0)"), *sizes, Atom(f"device={names[0]}.device")), ")")
        case "numbers":
            numbers = call.params["numbers"]
            row = tuple(written(one) for one in (numbers if isinstance(numbers, tuple) else (numbers,)))
            return Group("torch.tensor(", (Group("[", row, "]"), Atom(f"device={names[0]}.device")), ")")
        case "ramp":
            known = _known(call)
            return Group("ramp(", (Atom("step"), *(literal(known[name]) for name in ("start", "end", "steps"))), ")")
    name = str(call.params["network"])
    network = Atom(f"nets[{quoted(average_name(name) if call.params.get('average') else name)}]")
    known = _known(call)
    if call.spec.key == "PGD" and not known["step_size"]:
        epsilon, steps = known["epsilon"], known["steps"]
        assert isinstance(epsilon, int | float), "the checks let nothing else through"
        assert isinstance(steps, int), "the checks let nothing else through"
        known["step_size"] = step_size_of(epsilon, steps, 0)
    given = {key: value for key, value in known.items() if key not in _WHICH and value is not None}
    told = tuple(literal(value, f"{name}=") for name, value in given.items())
    return Group(f"{call.spec.target}(", (network, *arguments, *told), ")")


def _known(call: Call) -> dict[str, Value]:
    """What is set, and torch's or our defaults for the rest."""
    usual = {param.name: param.default for param in call.spec.params if param.default is not MISSING}
    return {**usual, **call.params}


def as_trained(call: Call) -> Call:
    """A call that asks its module whether it trains, as it is written where no module is: it does."""
    if call.spec.form not in ("training", "drops", "while training"):
        return call
    return replace(call, spec=replace(call.spec, form="usual"))
