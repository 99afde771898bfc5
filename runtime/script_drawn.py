"""The parts of a script that a drawn training step makes its own: objectives in turn, and averages of weights."""

from __future__ import annotations

from collections.abc import Sequence

from graph.definitions import definition_of
from graph.pretty import Atom, Group, Piece, literal, quoted, render
from graph.step_code import average_name
from runtime.drawn import Drawn
from runtime.inline import Imports, inline
from runtime.script_attack import attack_step
from runtime.script_learning import named_weights_lines, rate_lines
from runtime.script_parts import Parts
from runtime.script_stages import (
    carries,
    may_rest,
    mixes_schedules,
    schedule_of_step,
    set_lines,
    skips,
    stage_lines,
    stages,
)
from runtime.script_streams import batch_lines

_HELPERS = frozenset(
    {"answer_of", "drawn_by_denoising", "error_of", "fgsm", "misled_by_fgsm", "misled_by_pgd", "pgd", "ramp"}
)


def drawn_functions(parts: Parts, imports: Imports, written: set[str]) -> list[str]:
    """The functions of all objectives, after what they call."""
    codes = parts.step_codes
    targets = {target for one in codes for target in one.targets}
    if any(target.startswith("torch.nn.functional.") for target in targets):
        imports.add("torch.nn", "functional as F")
    wanted = targets & _HELPERS
    if parts.averages:
        wanted |= {"follow"}
    if parts.step.settings:
        wanted |= {"set_weights"}
    found = {text: definition_of(text) for one in codes for text in one.definitions}
    made = {text: one for text, one in found.items() if one.called not in written}
    for definition in made.values():
        for one in definition.imports:
            name = f"{one.name or one.module} as {one.alias}" if one.alias else one.name or one.module
            imports.add(one.module if one.name else name, name if one.name else "")
    texts = ["\n".join(made[text].body) for text in sorted(made, key=lambda text: made[text].called)]
    return [*inline(wanted, imports, written), *texts, *(one.text for one in codes)]


def networks_lines(parts: Parts) -> list[str]:
    """How the networks are built, in the order of their names, and the averages that begin as they do."""
    if len(parts.roots) == 1:
        return [f"        self.networks: Networks = {{{parts.network}: {parts.program.class_name}()}}"]
    rows = [f"            {quoted(name)}: {parts.roots[name].class_name}()," for name in sorted(parts.roots)]
    return ["        self.networks: Networks = {", *rows, "        }"]


def averages_lines(parts: Parts) -> list[str]:
    """The averages, once the networks have their first weights; and the name by which objectives know all of them."""
    if not parts.averages:
        return []
    rows = [
        render(f"{quoted(average_name(name))}: copy.deepcopy(", Atom(f"self.networks[{quoted(name)}]"), 12, "),")
        for name in parts.averages
    ]
    return [
        "        self.averages: Networks = {",
        *rows,
        "        }",
        "        for average in self.averages.values():",
        "            average.requires_grad_(False)",
    ]


def nets(parts: Parts) -> str:
    """What the objectives are given."""
    return "self.networks | self.averages" if parts.averages else "self.networks"


def optimizer_names(parts: Parts) -> list[str]:
    """The variables that hold the optimizers, one for each objective."""
    return [f"optimizer_{place + 1}" for place in range(len(parts.drawn))]


def objectives_lines(parts: Parts, schedules: Sequence[Piece | None]) -> list[str]:
    """The list of objectives, each with an optimizer of its own, and its schedule where there is one."""
    lines: list[str] = []
    rows: list[Piece] = []
    for place, one in enumerate(parts.drawn):
        parameters, optimizer = f"parameters_{place + 1}", f"optimizer_{place + 1}"
        names = tuple(Atom(quoted(name)) for name in one.networks)
        gathered = Group("self.weights_of(", names, ")")
        if parts.rates or parts.thaws:
            lines.append(render("named = ", gathered, 8))
            lines.append(f"        {parameters} = list(named.values())")
        else:
            lines.append(render(f"{parameters} = ", gathered, 8))
        lines.append(render(f"{optimizer} = ", _optimizer(parts, one, parameters), 8))
        schedule = schedules[place] if schedules else None
        if schedule is not None:
            lines += rate_lines(parts, one.scheduler, optimizer)
            lines.append(render(f"scheduler_{place + 1} = ", schedule, 8))
        scheduled = f"scheduler=scheduler_{place + 1}" if schedule is not None else "scheduler=None"
        fields = [
            f"name={quoted(one.code.name if len(parts.drawn) > 1 else 'loss')}",
            f"loss={one.code.function}",
            f"networks=({', '.join(map(quoted, one.networks))}{',' if len(one.networks) == 1 else ''})",
            f"parameters={parameters}",
            f"optimizer={optimizer}",
            *([f"every={one.every}"] if skips(parts) else []),
            *([f"first_step={one.first_step}", f"last_step={_last(one)}"] if stages(parts) else []),
            *([f"clip_norm={one.clip_norm!r}"] if clips(parts) else []),
            *([f"has_own_rate={one.is_own_rate}"] if has_own_rates(parts) else []),
            *([scheduled] if schedules else []),
            *([f"counts_steps={one.counts_steps}"] if mixes_schedules(parts) else []),
        ]
        rows.append(Group("Objective(", tuple(Atom(text) for text in fields), ")"))
    return [*lines, render("self.objectives = ", Group("[", tuple(rows), "]"), 8)]


def _last(one: Drawn) -> str:
    return "math.inf" if one.last_step is None else str(one.last_step)


def clips(parts: Parts) -> bool:
    """Whether an objective shortens its gradients."""
    return any(one.clip_norm for one in parts.drawn)


def has_own_rates(parts: Parts) -> bool:
    """Whether an objective has a learning rate that live changes leave alone."""
    return any(one.is_own_rate for one in parts.drawn)


def weights_lines(parts: Parts) -> list[str]:
    """The method that gathers what an objective adjusts."""
    if parts.rates or parts.thaws:
        return named_weights_lines(parts)
    learns = " if one.requires_grad" if parts.has_frozen else ""
    what = "The weights of some networks, without those that are frozen" if learns else "The weights of some networks"
    lines = ["    def weights_of(self, *names: str) -> list[nn.Parameter]:", f'        """{what}."""']
    if learns:
        return [
            *lines,
            "        return [",
            "            one",
            "            for name in names",
            "            for one in self.networks[name].parameters()",
            "            if one.requires_grad",
            "        ]",
        ]
    return [*lines, "        return [one for name in names for one in self.networks[name].parameters()]"]


def _optimizer(parts: Parts, one: Drawn, parameters: str) -> Piece:
    rate = repr(one.lr) if one.is_own_rate else "LEARNING_RATE"
    adjusted = f"grouped(named, RATES, {rate})" if parts.rates else parameters
    items: list[Piece] = [Atom(adjusted), Atom(f"lr={rate}")]
    items += [literal(value, f"{name}=") for name, value in one.optimizer.params.items()]
    items += parts.fused(one.optimizer.key)
    return Group(f"{one.optimizer.target}(", tuple(items), ")")


def train_step_lines(parts: Parts) -> list[str]:
    """The method that takes one step: all objectives in their turn."""
    loss = 'found["loss"] + penalty(objective.parameters)' if parts.penalised else 'found["loss"]'
    several = len(parts.drawn) > 1
    index = 'index["train"]' if parts.streams else "index"
    lines = [
        f"    def train_step(self, index: {'dict[str, Tensor]' if parts.streams else 'Tensor'}) -> Step:",
        '        """One forward, one backward, one adjustment for each objective in its turn."""',
        *batch_lines(parts.streams),
        *attack_step(parts),
        *set_lines(parts),
        "        scalars: dict[str, Tensor | float] = {}",
    ]
    if several and not carries(parts):
        lines.append("        total = torch.zeros((), device=self.device)")
    lines += [
        "        for objective in self.objectives:",
        *stage_lines(parts),
        f"            found = objective.loss({nets(parts)}, batch, self.step)",
        f"            loss = {loss}",
        "            objective.optimizer.zero_grad()",
        "            loss.backward(inputs=objective.parameters)",
    ]
    if parts.settings.clip_value:
        lines.append("            nn.utils.clip_grad_value_(objective.parameters, CLIP_VALUE)")
    if clips(parts):
        lines += [
            "            if objective.clip_norm:",
            "                nn.utils.clip_grad_norm_(objective.parameters, objective.clip_norm)",
        ]
    lines.append("            objective.optimizer.step()")
    for name, decay in parts.averages.items():
        lines += [
            f"            if {quoted(name)} in objective.networks:",
            "                follow(",
            f"                    self.averages[{quoted(average_name(name))}],",
            f"                    self.networks[{quoted(name)}],",
            f"                    {decay!r},",
            "                )",
        ]
    if several:
        lines += [
            '            lowered = found.pop("loss").detach()',
            f"            {'self.lowered[objective.name] = lowered' if carries(parts) else 'total = total + lowered'}",
            "            scalars[objective.name] = lowered",
        ]
    lines += ["            for name, value in found.items():", "                scalars[name] = value.detach()"]
    lines += schedule_of_step(parts)
    if carries(parts):
        told = 'scalars["loss"] = sum(self.lowered.values())'
        lines += ["        if scalars:", f"            {told}"] if may_rest(parts) else [f"        {told}"]
    elif several:
        lines.append('        scalars["loss"] = total')
    return [
        *lines,
        "        self.step += 1",
        "        self.position += 1",
        '        lr = float(self.objectives[0].optimizer.param_groups[0]["lr"])',
        f"        record = Step(self.step, self.epoch + 1, scalars, len({index}), lr)",
        "        self.waiting.append(record)",
        '        if self.device.type == "cpu" or len(self.waiting) == READ_EVERY:',
        "            self.add_up()",
        "        return record",
    ]


def add_up_lines() -> list[str]:
    """The method that adds the waiting numbers up; an objective may not have been run at each step."""
    return [
        "    def add_up(self) -> None:",
        '        """Add the waiting losses to the sums of the epoch; waits for a GPU, so rarely."""',
        "        for record in self.waiting:",
        "            for name, scalar in record.scalars.items():",
        "                value = float(scalar)",
        "                if name in LOSSES and not math.isfinite(value):",
        "                    raise TrainingStopped(record.step, name, value)",
        "                total, count = self.sums.get(name, (0.0, 0))",
        "                self.sums[name] = total + value * record.count, count + record.count",
        "        self.waiting.clear()",
    ]
