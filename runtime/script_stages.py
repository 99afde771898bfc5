"""The lines of a script by which drawn objectives run in some steps only, each with a schedule of its own."""

from __future__ import annotations

from graph.pretty import Atom, Group, quoted, render
from runtime.script_parts import Parts

_SCHEDULER = "torch.optim.lr_scheduler.LRScheduler"
_STEP = Atom("self.step")
_PLATEAU = "torch.optim.lr_scheduler.ReduceLROnPlateau"


def skips(parts: Parts) -> bool:
    """Whether an objective is not run at each step."""
    return any(one.every != 1 for one in parts.drawn)


def stages(parts: Parts) -> bool:
    """Whether an objective is not run in the whole of the training."""
    return any(one.is_staged for one in parts.drawn)


def may_rest(parts: Parts) -> bool:
    """Whether there can be steps, or whole epochs, in which no objective is run."""
    return bool(parts.drawn) and all(one.every != 1 or one.is_staged for one in parts.drawn)


def carries(parts: Parts) -> bool:
    """Whether the loss of a step is the sum of what several objectives came to last, as some may rest in it."""
    return len(parts.drawn) > 1 and (skips(parts) or stages(parts))


def compares_stages(parts: Parts) -> bool:
    """Whether the best epoch is sought by a sum to which objectives are added later."""
    return parts.keeps_best and carries(parts) and stages(parts) and not parts.heads


def stage_fields(parts: Parts) -> list[str]:
    """The fields of an objective that say when it runs."""
    lines = ["    every: int  # steps"] if skips(parts) else []
    return lines + (["    first_step: int", "    last_step: float"] if stages(parts) else [])


def stage_lines(parts: Parts) -> list[str]:
    """What passes over an objective in a step that is not its own."""
    lines = []
    if skips(parts):
        lines += ["            if self.step % objective.every:", "                continue"]
    if stages(parts):
        lines += [
            "            if not objective.first_step <= self.step <= objective.last_step:",
            "                continue",
        ]
    return lines


def set_lines(parts: Parts) -> list[str]:
    """What writes values into parameters, before the objectives of a step."""
    nets = "self.networks | self.averages" if parts.averages else "self.networks"
    every = 'batch | self.splits["train"]' if parts.streams else 'self.splits["train"]'
    lines = []
    for one in parts.step.settings:
        for at, from_all in sorted({(value.at_step, value.from_all) for value in one.values}):
            call = Group(f"{one.code.function}(", (Atom(nets), Atom(every if from_all else "batch"), _STEP), ")")
            lines += [f"        if self.step == {at}:", render("found = ", call, 12)]
            for value in one.values:
                if (value.at_step, value.from_all) == (at, from_all):
                    passed = (f"self.networks[{quoted(value.network)}]", quoted(value.parameter))
                    items = tuple(Atom(text) for text in (*passed, f"found[{quoted(value.name)}]"))
                    lines.append(render("", Group("set_weights(", items, ")"), 12))
    return lines


def mixes_schedules(parts: Parts) -> bool:
    """Whether the schedule of an objective is another than that of the settings."""
    return any(one.scheduler != parts.settings.scheduler for one in parts.drawn)


def has_schedules(parts: Parts) -> bool:
    """Whether the learning rate of anything follows a schedule."""
    return parts.settings.scheduler is not None or mixes_schedules(parts)


def schedule_fields(parts: Parts) -> list[str]:
    """The fields of an objective that hold its schedule."""
    if mixes_schedules(parts):
        return [f"    scheduler: {_SCHEDULER} | None", "    counts_steps: bool  # by its schedule; else epochs"]
    if parts.settings.scheduler is None:
        return []
    return [f"    scheduler: {_PLATEAU if parts.plateau else _SCHEDULER}"]


def schedule_of_step(parts: Parts) -> list[str]:
    """What moves a schedule after a step of its objective."""
    if not mixes_schedules(parts):
        return ["            objective.scheduler.step()"] if parts.settings.schedules_each_step else []
    if not any(one.counts_steps for one in parts.drawn):
        return []
    return [
        "            if objective.scheduler is not None and objective.counts_steps:",
        "                objective.scheduler.step()",
    ]


def schedule_of_epoch(parts: Parts) -> list[str]:
    """What moves the schedules after an epoch; that of an objective which has not begun waits."""
    mixed, staged = mixes_schedules(parts), stages(parts)
    if not mixed and (parts.settings.scheduler is None or parts.settings.schedules_each_step):
        return []
    if mixed and not any(one.scheduler is not None and not one.counts_steps for one in parts.drawn):
        return []
    lines = ["        for objective in self.objectives:"]
    if staged:
        lines += ["            if self.step <= objective.first_step:", "                continue"]
    if not mixed:
        return [*lines, f"            objective.scheduler.step({'goal' if parts.plateau else ''})"]
    plateau = any(one.scheduler is not None and "goal" in one.scheduler.needs for one in parts.drawn)
    plain = any(one.scheduler and not one.counts_steps and "goal" not in one.scheduler.needs for one in parts.drawn)
    lines.append("            schedule = objective.scheduler")
    if plateau:
        lines += [f"            if isinstance(schedule, {_PLATEAU}):", "                schedule.step(goal)"]
    if plain:
        word = "elif" if plateau else "if"
        lines += [
            f"            {word} schedule is not None and not objective.counts_steps:",
            "                schedule.step()",
        ]
    return lines


def saved_schedules(parts: Parts) -> list[str]:
    """What keeps the schedules, to go on with them."""
    if not has_schedules(parts):
        return []
    if not mixes_schedules(parts):
        return ['        found["schedulers"] = [one.scheduler.state_dict() for one in self.objectives]']
    return [
        '        found["schedulers"] = [',
        "            one.scheduler.state_dict() for one in self.objectives if one.scheduler",
        "        ]",
    ]


def loaded_schedules(parts: Parts) -> list[str]:
    """What goes on with schedules that were kept."""
    if not has_schedules(parts):
        return []
    if not mixes_schedules(parts):
        return [
            '        for one, saved in zip(self.objectives, state["schedulers"], strict=True):',
            "            one.scheduler.load_state_dict(saved)",
        ]
    return [
        "        schedules = [one.scheduler for one in self.objectives if one.scheduler]",
        '        for schedule, saved in zip(schedules, state["schedulers"], strict=True):',
        "            schedule.load_state_dict(saved)",
    ]
