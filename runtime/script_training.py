"""The class `Training` of a script: the loop, its state, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator

from graph.ops.spec import Value
from graph.pretty import Atom, Group, Piece, flat, literal, quoted, render
from runtime.drawn import Drawn
from runtime.fit import LOOP_SAYS
from runtime.script_attack import attack_method, attack_setup, attack_step
from runtime.script_drawn import (
    add_up_lines,
    averages_lines,
    networks_lines,
    objectives_lines,
    optimizer_names,
    train_step_lines,
    weights_lines,
)
from runtime.script_epoch import (
    counted,
    end_epoch_lines,
    evaluate_lines,
    finish_lines,
    loss_name,
    measures_training,
    state_lines,
)
from runtime.script_learning import adjusted, parameter_lines, rate_lines, rate_of_groups, thaw_lines
from runtime.script_parts import Parts
from runtime.script_stages import carries, compares_stages, has_schedules, set_lines
from runtime.script_streams import batches_lines, reading_lines
from runtime.settings import Chosen


def training_class(parts: Parts) -> str:
    """The text of the class."""
    blocks = [
        _head(parts),
        *([weights_lines(parts)] if parts.drawn else []),
        _run(parts),
        *filter(None, [thaw_lines(parts)]),
        train_step_lines(parts) if parts.drawn else _train_step(parts),
        *([attack] if (attack := attack_method(parts)) else []),
        add_up_lines() if parts.drawn else _add_up(parts),
        end_epoch_lines(parts),
        evaluate_lines(parts),
        state_lines(parts),
        finish_lines(parts),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def _head(parts: Parts) -> list[str]:
    settings = parts.settings
    scaled = "self.splits, self.scaling" if parts.scaled else "self.splits"
    path = "data or DATA" if parts.plan.path else ""
    lines = [
        "class Training:",
        '    """The whole training: `run()` yields a record after each step and each epoch."""',
        "",
        "    epochs = EPOCHS",
        "    goal_name = GOAL",
        f"    goal_direction = {quoted(settings.direction)}",
        "",
        *_signature(parts),
        "        torch.set_num_threads(THREADS)",
        "        torch.set_default_dtype(torch.float32)",
    ]
    if settings.deterministic:
        lines.append("        torch.use_deterministic_algorithms(True)")
    lines += _device(settings.device)
    lines.append(f"        {scaled} = load_splits({path})")
    lines += reading_lines(parts.plan, parts.read_streams)
    lines += [
        "        for part in self.splits.values():",
        "            for name, values in part.items():",
        "                part[name] = values.to(self.device)",
    ]
    if parts.scaled:
        lines += [
            "        for name, (shift, scale) in self.scaling.items():",
            "            self.scaling[name] = (shift.to(self.device), scale.to(self.device))",
        ]
    lines += [f"        {head.constant}.to(self.device)" for head in parts.heads if head.has_weights]
    lines += _class_weights(parts)
    arguments = ['self.splits["train"]', f'self.splits["{parts.judged}"]']
    arguments += ["self.scaling"] if parts.scales_targets else []
    guessing = Group("guessing(", tuple(Atom(one) for one in arguments), ")")
    lines += [
        *([f'        self.samples = len(self.splits["train"][{counted(parts)}])'] if not parts.streams else []),
        "        self.steps_per_epoch = len(self.batches(1))",
        f"        self.total_steps = {_total_steps(parts)}",
        render("self.baseline = ", guessing, 8) if parts.heads else "        self.baseline: dict[str, float] = {}",
        *attack_setup(parts),
        "",
        "        torch.manual_seed(SEED)",
        *networks_lines(parts),
        "        for network in self.networks.values():",
        "            network.to(self.device)",
        *_start(parts),
    ]
    if parts.drawn:
        schedules = _schedules(parts) if has_schedules(parts) else []
        lines += [*averages_lines(parts), *objectives_lines(parts, schedules)]
        return [*lines, "", *_counters(parts)]
    lines += [*parameter_lines(parts), render("optimizer = ", _optimizer(parts), 8)]
    lines += _objectives(parts)
    return [*lines, "", *_counters(parts)]


def _signature(parts: Parts) -> list[str]:
    if not parts.start:
        return ["    def __init__(self, *, device: str | None = None, data: str | None = None) -> None:"]
    return [
        "    def __init__(",
        "        self,",
        "        *,",
        "        device: str | None = None,",
        "        data: str | None = None,",
        "        start_from: str | None = None,",
        "    ) -> None:",
    ]


def _start(parts: Parts) -> list[str]:
    """What takes the first weights over; the generator has drawn as without them."""
    if not parts.start:
        return []
    return [
        "        start = start_from or Path(__file__).parent / START_FROM",
        render("self.taken = ", _taking(parts), 8),
    ]


def _taking(parts: Parts) -> Piece:
    names = parts.start_names
    given = (("drop", names.drop), ("add", names.add), ("anew", names.anew))
    said = [f"{word}=START_{word.upper()}" for word, value in given if value]
    return Group("take_weights(", tuple(Atom(one) for one in ("self.networks", "start", *said)), ")")


def _class_weights(parts: Parts) -> list[str]:
    """What makes each class count the same, by how often it is among the training samples."""
    if parts.settings.class_weights == "none":
        return []
    calls = [
        (head, Group("class_weights(", (Atom(f'self.splits["train"][{head.name}]'), Atom(str(head.classes))), ")"))
        for head in parts.heads
    ]
    return [render(f"{head.constant}.weight = ", call, 8) for head, call in calls]


def _objectives(parts: Parts) -> list[str]:
    lines: list[str] = []
    fields = [
        f"name={quoted(loss_name(parts))}",
        f"loss={loss_name(parts)}",
        f"networks=({parts.network},)",
        "parameters=parameters",
        "optimizer=optimizer",
    ]
    if parts.settings.scheduler is not None:
        lines += rate_lines(parts, parts.settings.scheduler)
        lines.append(render("scheduler = ", _scheduler(parts, parts.settings.scheduler), 8))
        fields.append("scheduler=scheduler")
    objective = Group("Objective(", tuple(Atom(field) for field in fields), ")")
    return [*lines, render("self.objectives = ", Group("[", (objective,), "]"), 8)]


def _device(device: str) -> list[str]:
    if device != "auto":
        return ["        self.device = torch.device(device or DEVICE)"]
    return [
        '        found = "cuda" if torch.cuda.is_available() else "cpu"',
        "        self.device = torch.device(device or found)",
    ]


def _total_steps(parts: Parts) -> str:
    if parts.settings.limit_steps:
        return "min(LIMIT_STEPS, EPOCHS * self.steps_per_epoch)"
    return "EPOCHS * self.steps_per_epoch"


def _counters(parts: Parts) -> Iterator[str]:
    yield "        self.step = 0  # steps taken"
    yield "        self.epoch = 0  # epochs completed"
    yield "        self.position = 0  # steps taken of the epoch under way"
    yield "        self.done = False"
    yield "        self.waiting: list[Step] = []  # steps whose losses are not yet added up"
    if parts.drawn:
        yield "        self.sums: dict[str, tuple[float, int]] = {}  # and over how many samples"
        yield "        self.figures: dict[str, float] = {}  # of the last epoch"
        if carries(parts):
            yield "        self.lowered: dict[str, Tensor] = {}  # the last loss of each objective"
    elif parts.is_single:
        yield "        self.loss_sum = 0.0"
    else:
        yield "        self.sums = dict.fromkeys(LOSSES, 0.0)"
    if not parts.drawn:
        yield "        self.outputs: list[Batch] = []  # what the epoch's batches were answered"
    if parts.settings.early_stopping or parts.keeps_best:
        yield f"        self.best = {'-' if parts.settings.direction == 'max' else ''}math.inf"
    if parts.keeps_best:
        yield "        self.kept: dict[str, Batch] = {}  # the weights of the best epoch"
    if compares_stages(parts):
        yield "        self.compared = 0  # objectives that had begun in the best epoch"
    if parts.settings.early_stopping:
        yield "        self.waited = 0  # epochs since the best one"


def _optimizer(parts: Parts) -> Piece:
    chosen = parts.settings.optimizer
    items: list[Piece] = [Atom(adjusted(parts)), Atom("lr=LEARNING_RATE")]
    items += [literal(value, f"{name}=") for name, value in chosen.params.items() if name != "lr"]
    items += parts.fused(chosen.key)
    return Group(f"{chosen.target}(", tuple(items), ")")


def _schedules(parts: Parts) -> list[Piece | None]:
    """The schedule of each drawn objective."""
    named = zip(parts.drawn, optimizer_names(parts), strict=True)
    return [_scheduler(parts, one.scheduler, name, one) if one.scheduler else None for one, name in named]


def _scheduler(parts: Parts, chosen: Chosen, optimizer: str = "optimizer", drawn: Drawn | None = None) -> Piece:
    params: dict[str, Piece] = {name: _scheduled(parts, name, value) for name, value in chosen.params.items()}
    for name, following in LOOP_SAYS.get(chosen.key, {}).items():
        if name not in params:
            code = following.code
            if drawn is not None and drawn.is_own_rate:
                code = code.replace("LEARNING_RATE", repr(drawn.lr))
            params[name] = Atom(f"{name}={rate_of_groups(parts, name, code) or code}")
    if "goal" in chosen.needs:
        params["mode"] = Atom(f"mode={quoted(parts.settings.direction)}")
    if "total steps" in chosen.needs:
        params["total_steps"] = Atom("total_steps=self.total_steps")
    if chosen.key in ("OneCycleLR", "CyclicLR") and not _has_momentum(
        drawn.optimizer if drawn else parts.settings.optimizer
    ):
        params["cycle_momentum"] = Atom("cycle_momentum=False")
    return Group(f"{chosen.target}(", (Atom(optimizer), *params.values()), ")")


def _scheduled(parts: Parts, name: str, value: Value) -> Piece:
    """A param of the scheduler by its name; a learning rate is one for each group."""
    code = rate_of_groups(parts, name, flat(literal(value)))
    return Atom(f"{name}={code}") if code else literal(value, f"{name}=")


def _has_momentum(chosen: Chosen) -> bool:
    if chosen.key in ("SGD", "RMSprop"):
        return bool(chosen.params.get("momentum"))
    return chosen.key in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax", "SparseAdam", "Muon")


def _run(parts: Parts) -> list[str]:
    limit = " and self.step < self.total_steps" if parts.settings.limit_steps else ""
    lines = [
        "    def run(self) -> Iterator[Step | Epoch]:",
        '        """Train, or go on where `load` left off."""',
        "        while not self.done:",
        *(["            self.thaw()"] if parts.thaws else []),
        "            batches = self.batches(self.epoch + 1)",
        "            for network in self.networks.values():",
        "                network.train()",
        f"            while self.position < len(batches){limit}:",
    ]
    if parts.changes:
        lines += [
            "                for step, _, value in CHANGES:",
            "                    if step == self.step:",
            "                        self.set_lr(value)",
        ]
    lines += [
        "                yield self.train_step(batches[self.position])",
        "            yield self.end_epoch(batches)",
        "",
    ]
    if parts.streams:
        return [*lines, *batches_lines(parts.settings, parts.streams)]
    lines.append("    def batches(self, epoch: int) -> list[Tensor]:")
    if parts.full_batch:
        return [
            *lines,
            '        """The sample numbers of each batch: all of them at once."""',
            "        return [torch.arange(self.samples, device=self.device)]",
        ]
    lines += [
        '        """The sample numbers of each batch, shuffled by a seed of the epoch\'s own."""',
        "        generator = torch.Generator().manual_seed(SEED * 1_000_003 + epoch)",
        "        order = torch.randperm(self.samples, generator=generator).to(self.device)",
    ]
    if not parts.merges_last:
        return [*lines, "        return list(order.split(BATCH_SIZE))"]
    return [
        *lines,
        "        batches = list(order.split(BATCH_SIZE))",
        "        if len(batches) > 1 and len(batches[-1]) == 1:",
        "            # BatchNorm cannot learn from one sample: it joins the batch before it",
        "            batches[-2:] = [torch.cat(batches[-2:])]",
        "        return batches",
    ]


def _train_step(parts: Parts) -> list[str]:
    lines = [
        "    def train_step(self, index: Tensor) -> Step:",
        '        """One forward, one backward, one adjustment for each objective."""',
        '        batch = {name: self.splits["train"][name][index] for name in FIELDS}',
        *set_lines(parts),
        *attack_step(parts),
        "        scalars: dict[str, Tensor | float] = {}",
        "        for objective in self.objectives:",
    ]
    lines += _with_closure(parts) if parts.uses_closure else _plain_update(parts)
    if parts.is_single:
        lines.append('            scalars["loss"] = found["loss"].detach()')
    else:
        lines += ["            for name in LOSSES:", "                scalars[name] = found[name].detach()"]
    lines += _remember_outputs(parts)
    if parts.settings.schedules_each_step:
        lines.append("            objective.scheduler.step()")
    lines += [
        "        self.step += 1",
        "        self.position += 1",
        '        lr = float(self.objectives[0].optimizer.param_groups[0]["lr"])',
        "        record = Step(self.step, self.epoch + 1, scalars, len(index), lr)",
        "        self.waiting.append(record)",
        '        if self.device.type == "cpu" or len(self.waiting) == READ_EVERY:',
        "            self.add_up()",
        "        return record",
    ]
    return lines


def _remember_outputs(parts: Parts) -> list[str]:
    if not measures_training(parts):
        return []
    if parts.is_single:
        head = parts.heads[0]
        return [
            render(
                "self.outputs.append(",
                Atom(f"{{{head.name}: found[{head.output_key}].detach()}})"),
                12,
            )
        ]
    lines = ["            self.outputs.append("]
    rows = [f"{head.name}: found[{head.output_key}].detach()" for head in parts.heads]
    return [
        *lines,
        *("                " + line for line in ["{", *(f"    {row}," for row in rows), "}"]),
        "            )",
    ]


def _loss_to_lower(parts: Parts) -> str:
    return 'found["loss"] + penalty(objective.parameters)' if parts.penalised else 'found["loss"]'


def _clip(parts: Parts, indent: str) -> list[str]:
    lines = []
    if parts.settings.clip_value:
        lines.append(f"{indent}nn.utils.clip_grad_value_(objective.parameters, CLIP_VALUE)")
    if parts.settings.clip_norm:
        lines.append(f"{indent}norm = nn.utils.clip_grad_norm_(objective.parameters, CLIP_NORM)")
        lines.append(f'{indent}scalars["grad_norm"] = norm.detach()')
    return lines


def _plain_update(parts: Parts) -> list[str]:
    backward = "loss.backward(inputs=objective.parameters)"
    return [
        "            found = objective.loss(self.networks, batch, self.step)",
        f"            loss = {_loss_to_lower(parts)}",
        "            objective.optimizer.zero_grad()",
        f"            {backward}",
        *_clip(parts, " " * 12),
        "            objective.optimizer.step()",
    ]


def _with_closure(parts: Parts) -> list[str]:
    return [
        "            answers: list[dict[str, Tensor]] = []",
        "",
        "            def closure() -> float:",
        "                found = objective.loss(self.networks, batch, self.step)",
        f"                loss = {_loss_to_lower(parts)}",
        "                objective.optimizer.zero_grad()",
        "                loss.backward(inputs=objective.parameters)",
        *_clip(parts, " " * 16),
        "                answers.append(found)",
        "                return loss.item()",
        "",
        "            objective.optimizer.step(closure)  # asks for the loss several times",
        "            found = answers[0]",
    ]


def _add_up(parts: Parts) -> list[str]:
    lines = [
        "    def add_up(self) -> None:",
        '        """Add the waiting losses to the sums of the epoch; waits for a GPU, so rarely."""',
        "        for record in self.waiting:",
    ]
    if parts.is_single:
        lines += [
            '            value = float(record.scalars["loss"])',
            "            if not math.isfinite(value):",
            '                raise TrainingStopped(record.step, "loss", value)',
            "            self.loss_sum += value * record.count",
        ]
    else:
        lines += [
            "            for name in LOSSES:",
            "                value = float(record.scalars[name])",
            "                if not math.isfinite(value):",
            "                    raise TrainingStopped(record.step, name, value)",
            "                self.sums[name] += value * record.count",
        ]
    return [*lines, "        self.waiting.clear()"]
