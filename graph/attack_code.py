"""Attacks on the loss of a drawn step itself, and attacks within the range of the data: how their lines are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from graph.ops.spec import Value
from graph.pretty import Atom, Group, Piece, quoted

if TYPE_CHECKING:
    from graph.lower import Call
    from graph.model import Network, Node

ATTACKS: Final[Mapping[str, str]] = {"FGSM": "fgsm", "PGD": "pgd"}
"""The ops that move inputs so that a network errs, and the function of each."""
OF_STEP: Final = "the loss of this step"
"""What an attack may make larger in place of the surprise at a label."""
ERROR: Final = "how_wrong"
"""What the loss of a step is called as a function of what is attacked."""
NAMES: Final = frozenset({*ATTACKS.values(), ERROR, "error_of"})
"""What no node may be called beside such an attack."""
_STEP_SHARE: Final = 2.5


def step_size_of(epsilon: float, steps: int, said: float) -> float:
    """How far a step goes: as is said, else all together go 2.5 epsilon (Madry et al. 2018)."""
    return float(f"{said or _STEP_SHARE * epsilon / steps:.6g}")


def attacks_step(params: Mapping[str, Value]) -> bool:
    """Whether an attack makes the loss of its own step larger."""
    return params.get("error") == OF_STEP


def is_by_data(params: Mapping[str, Value]) -> bool:
    """Whether an attack takes its unit and its bounds from the data."""
    return params.get("by_data") is True


def attacked_fields(network: Network) -> tuple[str, ...]:
    """The fields whose range the attacks of a drawing ask for."""
    found = (attacked_field_of(network, node) for node in network.nodes())
    return tuple(dict.fromkeys(name for name in found if name))


def attacked_field_of(network: Network, node: Node) -> str:
    """The field whose range an attack asks for; "" where it asks for none."""
    wire = network.wire_into(node.uid, "input") if node.op in ATTACKS and is_by_data(node.params) else None
    entry = network.node(wire.source) if wire is not None else None
    return str(entry.params.get("field", "")) if entry is not None and entry.op == "Input" else ""


def range_key(field: str, what: str) -> str:
    """By what name the batch holds what is known of the range of a field: its `lowest`, its `highest`, its `unit`."""
    return f"{field} {what}"


def in_attacked_order(network: Network, end: Node | None, calls: Sequence[Call]) -> tuple[Sequence[Call], set[str]]:
    """The calls so that an attack on the step's own loss follows on all that its loss needs; what lies behind it.

    That are the uids of the calls that lead from the attack to the end.
    """
    attack = next((call for call in calls if call.spec.key in ATTACKS and attacks_step(call.params)), None)
    if attack is None or end is None:
        return calls, set()
    after = [call for call in calls if call is not attack and network.reaches(attack.uid, call.uid)]
    before = [call for call in calls if call is not attack and call not in after]
    return [*before, attack, *after], {call.uid for call in after if network.reaches(call.uid, end.uid)}


def direct_targets(call: Call) -> tuple[str, ...]:
    """The functions that such an attack calls; none where it is a plain one."""
    if call.spec.key not in ATTACKS or not (attacks_step(call.params) or is_by_data(call.params)):
        return ()
    return (ATTACKS[call.spec.key], *(() if attacks_step(call.params) else ("error_of",)))


def attack_piece(call: Call, fields: Mapping[str, str]) -> Piece:
    """The right-hand side of the line of such an attack; `fields` are those of the batch, by their variables."""
    params = {param.name: param.default for param in call.spec.params} | dict(call.params)
    network, inputs = Atom(f"nets[{quoted(str(params['network']))}]"), call.arguments[0].names[0]
    error: Piece = Atom(ERROR)
    if not attacks_step(call.params):
        error = Group("error_of(", (network, Atom(call.arguments[1].names[0])), ")")
    epsilon, given = _number(params.get("epsilon")), {}
    given["epsilon"] = epsilon
    if call.spec.key == "PGD":
        steps = int(_number(params.get("steps")))
        given["step_size"] = step_size_of(epsilon, steps, _number(params.get("step_size")))
    rows: list[Piece] = [network, error, Atom(inputs)]
    if is_by_data(call.params):
        known = {what: f"batch[{quoted(range_key(fields[inputs], what))}]" for what in ("lowest", "highest", "unit")}
        rows += [Atom(f"{name}={number!r} * {known['unit']}") for name, number in given.items()]
        bounds = [known["lowest"], known["highest"]]
    else:
        rows += [Atom(f"{name}={inputs}.new_tensor({number!r})") for name, number in given.items()]
        said = ((params.get("low"), "-torch.inf"), (params.get("high"), "torch.inf"))
        bounds = [f"{inputs}.new_tensor({none if number is None else repr(number)})" for number, none in said]
    rows += [Atom(f"steps={params['steps']}")] if call.spec.key == "PGD" else []
    rows += [Atom(f"low={bounds[0]}"), Atom(f"high={bounds[1]}")]
    return Group(f"{ATTACKS[call.spec.key]}(", tuple(rows), ")")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
