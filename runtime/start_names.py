"""How names in a file of first weights are read for a drawing: by another beginning, and which parts take nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graph.edits import Batch, Edit, SetSetting
from graph.model import Network, Project
from graph.objectives import called_networks
from graph.ops.spec import MISSING, Missing
from graph.weight_settings import ANEW
from runtime.data_paths import START_FROM

DROP: Final = f"{START_FROM}.drop"
ADD: Final = f"{START_FROM}.add"
START_KEYS: Final = (START_FROM, DROP, ADD)
"""The training settings that speak of first weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartNames:
    """Names that begin with `drop` are read as if they began with `add`; the parts `anew` take nothing.

    Where several networks train together, names and parts begin with the network's.
    """

    drop: str = ""
    add: str = ""
    anew: tuple[str, ...] = ()

    def read(self, names: Iterable[str]) -> dict[str, str]:
        """The names of a file by what they are called here, as `take_weights` of a script has it."""
        ordered = sorted(names)
        found = {name: name for name in ordered if not name.startswith(self.drop)}
        found |= {self.add + name.removeprefix(self.drop): name for name in ordered if name.startswith(self.drop)}
        return found

    def takes(self, name: str) -> bool:
        """Whether a weight of the drawing may be taken from a file."""
        return not any(f"{name}.".startswith(f"{part}.") for part in self.anew)


def start_edit(path: str | Missing) -> Edit:
    """Start from another file, or anew: what was said of names in the one before goes with it."""
    edits = (SetSetting(section="training", key=key, value=MISSING) for key in (DROP, ADD))
    return Batch(edits=(SetSetting(section="training", key=START_FROM, value=path), *edits))


def naming_edit(drop: str, add: str) -> Edit:
    """Read the names in the file otherwise."""
    values = ((DROP, drop), (ADD, add))
    return Batch(edits=tuple(SetSetting(section="training", key=key, value=text or MISSING) for key, text in values))


def start_names(project: Project) -> StartNames:
    """What a project says of them."""
    drop, add = project.training.get(DROP, ""), project.training.get(ADD, "")
    together = trained_networks(project)
    anew = [(network.name, part) for network in together for part in parts_anew(network)]
    return StartNames(
        drop=drop if isinstance(drop, str) else "",
        add=add if isinstance(add, str) else "",
        anew=tuple(sorted(f"{name}.{part}" if len(together) > 1 else part for name, part in anew)),
    )


def trained_networks(project: Project) -> tuple[Network, ...]:
    """The networks whose weights a training begins with: those that the drawn step calls, else the main one."""
    return called_networks(project) or ((project.main(),) if project.has_main else ())


def parts_anew(network: Network) -> list[str]:
    """The names of the parts of a network that begin anew."""
    return [node.name for node in network.nodes() if node.params.get(ANEW) is True]
