"""Networks that only have another name, or only took the place of the main one, told from networks that are others."""

from __future__ import annotations

from graph.blocks import used_by
from graph.edits import RenameNetwork
from graph.errors import EditError
from graph.model import MAIN, Network, Project
from graph.objectives import called_networks


def taking_part(project: Project) -> tuple[str, ...]:
    """The names of the networks that have a part in training, the main one first."""
    roots = [project.main().name] if project.has_main else []
    roots += [one.name for one in (*called_networks(project), *project.objectives())]
    return tuple(dict.fromkeys(name for root in roots for name in used_by(project, root)))


def under_old_names(before: Project, after: Project) -> tuple[list[str], Project]:
    """What a person would say of names that are new in `after`, and `after` as it were without them."""
    words: list[str] = []
    pairs = _renamed(before, after)
    if pairs:
        told = _told(after)
        after = after.copy()
        for old, new in pairs:
            try:
                RenameNetwork(name=new, new_name=old).apply(after)
            except EditError:
                continue  # something waits for a network of that name: then it is told as another
            words += [f"{old} is called {new} now"] if new in told else []
    called = {one.name for one in called_networks(after)} & {one.name for one in called_networks(before)}
    if called and before.has_main and before.main().name != after.main().name:
        main, new = before.main().name, after.main().name
        if {main, new} <= called:
            words.append(f"{dict(pairs).get(new, new)} is the main network now")
            after = after.copy()
            after.view[MAIN] = main
    return words, after


def _told(project: Project) -> frozenset[str]:
    """The networks whose names have a say; a network that is trained alone is itself under any name."""
    alone = {project.main().name} if project.has_main and not called_networks(project) else set()
    return frozenset(taking_part(project)) - alone


def _renamed(before: Project, after: Project) -> list[tuple[str, str]]:
    """Pairs of an old and a new name under which the same nodes stand."""
    gone = [one for name, one in before.networks.items() if name not in after.networks]
    pairs: list[tuple[str, str]] = []
    for name in sorted(after.networks.keys() - before.networks.keys()):
        came = after.networks[name]
        same = max(gone, key=lambda one: _shared(one, came), default=None)
        if same is not None and _shared(same, came):
            gone.remove(same)
            pairs.append((same.name, name))
    return pairs


def _shared(one: Network, other: Network) -> int:
    return sum(other.has(node.uid) for node in one.nodes())
