"""What every part of the emitter knows: the settings, the heads, and small questions about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph.lower import Program
from graph.objective_code import ObjectiveCode
from graph.pretty import Atom, Piece, quoted
from runtime.drawn import Drawn, DrawnStep
from runtime.fit import FUSED_OPTIMIZERS
from runtime.plan import LoadPlan, field_to_split_by, split_method
from runtime.script_data import Scaling
from runtime.script_heads import HeadCode
from runtime.settings import DataSettings, SplitMethod, TrainingSettings
from runtime.start_names import StartNames
from runtime.streams import Stream

Change = tuple[int, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All that a script is made from."""

    program: Program
    data: DataSettings
    plan: LoadPlan
    settings: TrainingSettings
    heads: tuple[HeadCode, ...]
    scaled: tuple[Scaling, ...]
    fields: tuple[str, ...]
    threads: int
    changes: Sequence[Change] = ()
    start: str = ""  # the file of the first weights
    start_names: StartNames = field(default_factory=StartNames)
    has_frozen: bool = False
    rates: Mapping[str, float] = field(default_factory=dict)  # times the learning rate, by part of the network
    thaws: Mapping[str, int] = field(default_factory=dict)  # epochs after which a frozen part learns, by part
    roots: Mapping[str, Program] = field(default_factory=dict)  # the networks that train, by name
    step: DrawnStep = field(default_factory=DrawnStep)
    streams: tuple[Stream, ...] = ()  # what a drawn step takes beside the samples, with the fields that are named
    read_streams: tuple[Stream, ...] = ()  # also those that are only looked at

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """The objectives that are drawn; none where the settings alone say what is learned."""
        return self.step.objectives

    @property
    def attacked(self) -> tuple[str, ...]:
        """The fields within whose range drawn attacks keep."""
        return tuple(dict.fromkeys(name for one in self.drawn for name in one.attacked))

    @property
    def step_codes(self) -> tuple[ObjectiveCode, ...]:
        """The functions of drawn training steps: of what they train first, then of what is looked at meanwhile."""
        found = [*(one.code for one in self.step.objectives), *(one.code for one in self.step.settings)]
        return (*found, *self.step.shown)

    @property
    def averages(self) -> Mapping[str, float]:
        """Of which networks an average of the weights is kept, with the share that stays."""
        return self.step.averages

    @property
    def network(self) -> str:
        """The network's name as a string literal."""
        return quoted(self.program.network)

    @property
    def is_single(self) -> bool:
        """Whether there is one head."""
        return len(self.heads) == 1

    @property
    def split_method(self) -> SplitMethod:
        """How the samples are shared out."""
        return split_method(self.data, self.plan.words, field_to_split_by(self.settings.heads, self.plan))

    @property
    def has_validation(self) -> bool:
        """Whether some samples are kept to check while it learns; there must be something to check by."""
        if not self.heads:
            return False
        if self.split_method == "column":
            return self.plan.parts.get("validation", 0) > 0
        return self.data.validation > 0

    @property
    def has_test(self) -> bool:
        """Whether some samples are looked at once, at the end."""
        if not self.heads:
            return False
        if self.split_method == "column":
            return self.plan.parts.get("test", 0) > 0
        return self.data.test > 0 or (self.plan.tells_training and self.plan.comes_with_test)

    @property
    def judged(self) -> str:
        """The part of the data that the goal is measured on."""
        return "validation" if self.has_validation else "train"

    @property
    def full_batch(self) -> bool:
        """Whether each step sees all samples."""
        return self.settings.batch_size == 0

    @property
    def uses_closure(self) -> bool:
        """Whether the optimizer asks for the loss several times a step."""
        return "closure" in self.settings.optimizer.needs

    @property
    def penalised(self) -> bool:
        """Whether the size of the weights is added to the loss."""
        return self.settings.l1 > 0 or self.settings.l2 > 0

    @property
    def keeps_best(self) -> bool:
        """Whether the weights of the best epoch are kept."""
        return self.settings.keep_best or self.settings.early_stopping

    @property
    def merges_last(self) -> bool:
        """Whether a last batch of one sample joins the batch before it, because BatchNorm cannot use it."""
        if self.streams:
            return False  # each batch is whole
        members = [call for program in (self.roots or {"": self.program}).values() for call in program.members]
        return not self.full_batch and any("BatchNorm" in call.spec.key for call in members)

    @property
    def scales_targets(self) -> bool:
        """Whether answers are brought back to the unit of the data before they are measured."""
        return any(head.unscales for head in self.heads)

    @property
    def losses(self) -> tuple[str, ...]:
        """The names of the losses of a step."""
        if self.drawn:
            names = tuple(one.code.name for one in self.drawn) if len(self.drawn) > 1 else ()
            return ("loss", *names)
        if self.is_single:
            return ("loss",)
        return ("loss", *(f"{head.prefix}loss" for head in self.heads))

    @property
    def plateau(self) -> bool:
        """Whether the schedule follows the goal."""
        chosen = self.settings.scheduler
        return chosen is not None and "goal" in chosen.needs

    def fused(self, optimizer: str) -> list[Piece]:
        """The argument that asks for the fused form of an optimizer, where it has one and it is wanted."""
        is_asked = self.settings.fused and optimizer in FUSED_OPTIMIZERS
        return [Atom(f"fused={FUSED_OPTIMIZERS[optimizer]}")] if is_asked else []
