"""What the person wants of a run and has not got yet: to halt, to end, one step, a checkpoint, or to go slowly."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.control import Command


@dataclass(slots=True)
class Wishes:
    """Set by commands; whoever fulfils a wish takes it back."""

    pause: bool = False
    stop: bool = False
    snapshot: bool = False
    single: bool = False  # one step, then a pause
    slow: bool = False
    values: bool | None = None  # whether to keep the numbers inside of steps; None: where there are few

    def take(self, command: Command) -> None:
        """Note what a command asks for; one that asks for nothing of this kind changes nothing."""
        kind = command["command"]
        if kind == "pause":
            self.pause = True
        elif kind == "resume":
            self.pause = self.single = False
        elif kind == "stop":
            self.stop = True
        elif kind == "snapshot":
            self.snapshot = True
        elif kind == "step":
            self.single = True
        elif kind == "slow":
            self.slow = bool(command.get("on", True))
        elif kind == "values":
            self.values = bool(command.get("on", True))
