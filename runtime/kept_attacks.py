"""The attacks that a run keeps: the last one by each method on each of its networks, and on their averages; torch-free.

`media/attack-METHOD.npz` where the run has one network, else `attack-METHOD-NETWORK.npz` and
`attack-METHOD-NETWORK-average.npz`. Runs of several networks kept a single one of a method before, whose order says of
which network it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

from graph.errors import LoomError
from graph.whole import write_whole
from runtime.attack_protocol import AttackOrder, Method
from runtime.attack_result import AttackResult, attack_in, packed_attack
from runtime.media import told_in
from runtime.run_networks import RunNetwork, networks_of, wanted_network
from runtime.rundir import RunDir

_MOST_FILES: Final = 200
_NAME: Final = re.compile(r"^attack-(fgsm|pgd)(?:-([A-Za-z_][A-Za-z0-9_]{0,63})(-average)?)?\.npz$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAttack:
    """One attack of a run; `network` is None where it has a single one, or where its file does not say which."""

    path: Path
    method: Method
    network: RunNetwork | None = None

    def title(self) -> str:
        """What it is called in a list: `PGD on classifier (average)`."""
        word = self.method.upper()
        return f"{word} on {self.network.title()}" if self.network is not None else word

    def read(self) -> AttackResult | None:
        """What was found, None where the file is gone; MediaError when it is damaged."""
        return attack_in(self.path)


def named_order(run: RunDir, order: AttackOrder) -> AttackOrder:
    """The order with the network that it means, by name where the run has several; LoomError: it has no such one."""
    wanted = wanted_network(run, order.network, is_average=order.average)
    return replace(order, network=wanted.name if len(networks_of(run)) > 1 else "")


def attack_path(run: RunDir, order: AttackOrder) -> Path:
    """Where the last attack by this method on this network lies; the order names it where there are several.

    All that a stranger gave names that are none share the place of those that name no network.
    """
    words = ["attack", order.method, order.network, "average" if order.average else ""]
    name = f"{'-'.join(word for word in words if word)}.npz"
    return run.media / (name if _NAME.match(name) else f"attack-{order.method}.npz")


def keep_attack(run: RunDir, result: AttackResult) -> Path:
    """Write the result into the run's folder, whole or not at all, in the place of the one before on this network."""
    path = attack_path(run, result.order)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, packed_attack(result))
    earlier = attack_path(run, AttackOrder(method=result.order.method))  # as runs of several networks kept it
    if path != earlier and _network_in(earlier) == _network_of(result.order):
        earlier.unlink(missing_ok=True)
    return path


def attacks_of(run: RunDir) -> tuple[KeptAttack, ...]:
    """The attacks that a run keeps, the last one first."""
    found: list[tuple[int, KeptAttack]] = []
    try:
        paths = [path for path in run.media.iterdir() if _NAME.match(path.name)]
    except OSError:
        return ()
    for path in sorted(paths)[:_MOST_FILES]:
        match = _NAME.match(path.name)
        assert match is not None
        method = next(one for one in get_args(Method) if one == match[1])
        network = RunNetwork(name=match[2], is_average=bool(match[3])) if match[2] else _network_in(path)
        try:
            found.append((path.stat().st_mtime_ns, KeptAttack(path=path, method=method, network=network)))
        except OSError:
            continue
    return tuple(kept for _, kept in sorted(found, key=lambda row: (-row[0], row[1].path.name)))


def _network_in(path: Path) -> RunNetwork | None:
    """Of which network the attack in a file is, None where it does not say."""
    try:
        about = told_in(path)
        return None if about is None else _network_of(AttackOrder.from_json(about["order"]))
    except (LoomError, KeyError, TypeError, ValueError, OverflowError):
        return None  # who reads it says what is wrong with it


def _network_of(order: AttackOrder) -> RunNetwork | None:
    return RunNetwork(name=order.network, is_average=order.average) if order.network else None
