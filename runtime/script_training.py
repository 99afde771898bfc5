"""The class `Training` of a script: the loop, its state, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator

from graph.pretty import Atom, Group, Piece, literal, quoted, render
from runtime.script_parts import Parts
from runtime.settings import Chosen


def training_class(parts: Parts) -> str:
    """The text of the class."""
    blocks = [
        _head(parts),
        _run(parts),
        _train_step(parts),
        _add_up(parts),
        _end_epoch(parts),
        _evaluate(parts),
        _state(parts),
        _finish(parts),
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
        "    def __init__(self, *, device: str | None = None, data: str | None = None) -> None:",
        "        torch.set_num_threads(THREADS)",
        "        torch.set_default_dtype(torch.float32)",
    ]
    if settings.deterministic:
        lines.append("        torch.use_deterministic_algorithms(True)")
    lines += _device(settings.device)
    lines.append(f"        {scaled} = load_splits({path})")
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
    for head in parts.heads:
        if head.has_weights:
            lines.append(f"        {head.constant}.to(self.device)")
    arguments = ['self.splits["train"]', f'self.splits["{parts.judged}"]']
    arguments += ["self.scaling"] if parts.scales_targets else []
    guessing = Group("guessing(", tuple(Atom(one) for one in arguments), ")")
    lines += [
        f'        self.samples = len(self.splits["train"][{parts.heads[0].name}])',
        "        self.steps_per_epoch = len(self.batches(1))",
        f"        self.total_steps = {_total_steps(parts)}",
        render("self.baseline = ", guessing, 8),
        "",
        "        torch.manual_seed(SEED)",
        f"        self.networks: Networks = {{{parts.network}: {parts.program.class_name}()}}",
        "        for network in self.networks.values():",
        "            network.to(self.device)",
        f"        parameters = list(self.networks[{parts.network}].parameters())",
        render("optimizer = ", _optimizer(parts), 8),
    ]
    fields = [
        f"name={quoted(loss_name(parts))}",
        f"loss={loss_name(parts)}",
        f"networks=({parts.network},)",
        "parameters=parameters",
        "optimizer=optimizer",
    ]
    if settings.scheduler is not None:
        lines.append(render("scheduler = ", _scheduler(parts, settings.scheduler), 8))
        fields.append("scheduler=scheduler")
    objective = Group("Objective(", tuple(Atom(field) for field in fields), ")")
    lines.append(render("self.objectives = ", Group("[", (objective,), "]"), 8))
    lines += ["", *_counters(parts)]
    return lines


def loss_name(parts: Parts) -> str:
    """The name of the objective's function."""
    return "reconstruction_loss" if parts.settings.task == "autoencoder" else "supervised_loss"


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
    yield "        self.sums = dict.fromkeys(LOSSES, 0.0)" if not parts.is_single else "        self.loss_sum = 0.0"
    yield "        self.outputs: list[Batch] = []  # what the epoch's batches were answered"
    if parts.settings.early_stopping or parts.keeps_best:
        yield f"        self.best = {'-' if parts.settings.direction == 'max' else ''}math.inf"
    if parts.keeps_best:
        yield "        self.kept: dict[str, Batch] = {}  # the weights of the best epoch"
    if parts.settings.early_stopping:
        yield "        self.waited = 0  # epochs since the best one"


def _optimizer(parts: Parts) -> Piece:
    chosen = parts.settings.optimizer
    items: list[Piece] = [Atom("parameters"), Atom("lr=LEARNING_RATE")]
    items += [literal(value, f"{name}=") for name, value in chosen.params.items() if name != "lr"]
    if parts.fuses:
        items.append(Atom("fused=True"))
    return Group(f"{chosen.target}(", tuple(items), ")")


def _scheduler(parts: Parts, chosen: Chosen) -> Piece:
    params: dict[str, Piece] = {name: literal(value, f"{name}=") for name, value in chosen.params.items()}
    defaults = {
        "CosineAnnealingLR": {"T_max": "T_max=EPOCHS"},
        "CosineAnnealingWarmRestarts": {"T_0": "T_0=10"},
        "PolynomialLR": {"total_iters": "total_iters=EPOCHS"},
        "ExponentialLR": {"gamma": "gamma=0.95"},
        "StepLR": {"step_size": "step_size=10"},
        "MultiStepLR": {"milestones": "milestones=[EPOCHS // 2, EPOCHS * 3 // 4]"},
        "CyclicLR": {"base_lr": "base_lr=LEARNING_RATE / 10", "max_lr": "max_lr=LEARNING_RATE"},
        "OneCycleLR": {"max_lr": "max_lr=LEARNING_RATE", "total_steps": "total_steps=self.total_steps"},
        "ReduceLROnPlateau": {"mode": f"mode={quoted(parts.settings.direction)}"},
    }
    for name, text in defaults.get(chosen.key, {}).items():
        if name not in params or name in ("mode", "total_steps"):
            params[name] = Atom(text)
    if chosen.key == "OneCycleLR":
        params = {name: piece for name, piece in params.items() if name not in ("epochs", "steps_per_epoch")}
    if chosen.key in ("OneCycleLR", "CyclicLR") and not _has_momentum(parts):
        params["cycle_momentum"] = Atom("cycle_momentum=False")
    return Group(f"{chosen.target}(", (Atom("optimizer"), *params.values()), ")")


def _has_momentum(parts: Parts) -> bool:
    chosen = parts.settings.optimizer
    if chosen.key in ("SGD", "RMSprop"):
        return bool(chosen.params.get("momentum"))
    return chosen.key in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax", "SparseAdam", "Muon")


def _run(parts: Parts) -> list[str]:
    limit = " and self.step < self.total_steps" if parts.settings.limit_steps else ""
    lines = [
        "    def run(self) -> Iterator[Step | Epoch]:",
        '        """Train, or go on where `load` left off."""',
        "        while not self.done:",
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
        "    def batches(self, epoch: int) -> list[Tensor]:",
    ]
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
        f'        batch = {{name: self.splits["train"][name][index] for name in {_fields(parts)}}}',
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


def _fields(parts: Parts) -> str:
    return "FIELDS"


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


def measures_training(parts: Parts) -> bool:
    """Whether metrics are told of training too; pictures that are rebuilt would cost too much memory."""
    return any(head.head.task != "autoencoder" for head in parts.heads)


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


def _end_epoch(parts: Parts) -> list[str]:
    settings = parts.settings
    lines = [
        "    def end_epoch(self, batches: list[Tensor]) -> Epoch:",
        '        """Measure, keep the best weights, and decide whether to go on."""',
        "        self.add_up()",
        "        seen = torch.cat(batches[: self.position])",
    ]
    if parts.is_single:
        lines += ['        train = {"loss": self.loss_sum / len(seen)}', "        self.loss_sum = 0.0"]
    else:
        lines += [
            "        train = {name: value / len(seen) for name, value in self.sums.items()}",
            "        self.sums = dict.fromkeys(LOSSES, 0.0)",
        ]
    if measures_training(parts):
        lines += [
            f'        batch = {{name: self.splits["train"][name][seen] for name in {_fields(parts)}}}',
            f"        train |= measure(joined(self.outputs), batch{_scaling(parts)})",
            "        self.outputs = []",
        ]
    elif _loss_is_metric(parts):
        lines.append('        train["reconstruction_mse"] = train["loss"]')
    if parts.has_validation:
        lines += ['        validation = self.evaluate("validation")', "        goal = validation[GOAL]"]
    elif "reconstruction_mse" in settings.goal and not _loss_is_metric(parts):
        lines += ["        validation: dict[str, float] = {}", '        goal = self.evaluate("train")[GOAL]']
    else:
        lines += ["        validation: dict[str, float] = {}", "        goal = train[GOAL]"]
    lines += ["        self.epoch += 1", "        self.position = 0"]
    lines += _keep(parts)
    if settings.scheduler is not None and not settings.schedules_each_step:
        lines += [
            "        for objective in self.objectives:",
            f"            objective.scheduler.step({'goal' if parts.plateau else ''})",
        ]
    stopped = "self.waited >= PATIENCE" if settings.early_stopping else "False"
    lines.append(f"        stopped = {stopped}")
    limit = " or self.step >= self.total_steps" if settings.limit_steps else ""
    early = "stopped or " if settings.early_stopping else ""
    lines.append(f"        self.done = {early}self.epoch >= EPOCHS{limit}")
    best = "best" if parts.keeps_best else "False"
    record = [f"epoch=self.epoch, step=self.step, train=train, validation=validation, goal=goal, best={best}"]
    items = tuple(Atom(part) for part in (*record[0].split(", "), "stopped=stopped"))
    lines.append(render("return ", Group("Epoch(", items, ")"), 8))
    return lines


def _loss_is_metric(parts: Parts) -> bool:
    head = parts.heads[0].head
    return parts.is_single and head.task == "autoencoder" and head.loss.key == "MSELoss" and not head.loss.params


def _keep(parts: Parts) -> list[str]:
    if not parts.keeps_best:
        return []
    sign = ">" if parts.settings.direction == "max" else "<"
    lines = [f"        best = goal {sign} self.best or not self.kept"]
    lines += [
        "        if best:",
        "            self.best = goal",
        "            self.kept = {",
        "                name: copy.deepcopy(dict(network.state_dict()))",
        "                for name, network in self.networks.items()",
        "            }",
    ]
    if parts.settings.early_stopping:
        lines.append("        self.waited = 0 if best else self.waited + 1")
    return lines


def _scaling(parts: Parts) -> str:
    return ", self.scaling" if parts.scales_targets else ""


def _evaluate(parts: Parts) -> list[str]:
    outputs = ", ".join(f"{head.name}: found[{head.output_key}]" for head in parts.heads)
    total = "total = 0.0" if parts.is_single else "sums = dict.fromkeys(LOSSES, 0.0)"
    lines = [
        "    @torch.inference_mode()",
        "    def evaluate(self, part: str) -> dict[str, float]:",
        '        """Loss and metrics of a part of the data, in eval mode; nothing if it is empty."""',
        "        split = self.splits[part]",
        f"        samples = len(split[{parts.heads[0].name}])",
        "        if samples == 0:",
        "            return {}",
        "        for network in self.networks.values():",
        "            network.eval()",
        "        outputs: list[Batch] = []",
        f"        {total}",
        "        for start in range(0, samples, EVALUATION_BATCH):",
        "            stop = min(start + EVALUATION_BATCH, samples)",
        "            batch = {name: split[name][start:stop] for name in FIELDS}",
        f"            found = {loss_name(parts)}(self.networks, batch, self.step)",
    ]
    if parts.is_single:
        lines.append('            total += found["loss"].item() * (stop - start)')
    else:
        lines += [
            "            for name in LOSSES:",
            "                sums[name] += found[name].item() * (stop - start)",
        ]
    one = f"            outputs.append({{{outputs}}})"
    if len(one) <= 88:
        lines.append(one)
    else:
        rows = [f"                    {head.name}: found[{head.output_key}]," for head in parts.heads]
        lines += ["            outputs.append(", "                {", *rows, "                }", "            )"]
    lines += [
        "        for network in self.networks.values():",
        "            network.train()",
    ]
    measured = f"measure(joined(outputs), split{_scaling(parts)})"
    if parts.is_single:
        lines.append(f"        measured = {measured}")
        return [*lines, '        return {"loss": total / samples, **measured}']
    return [
        *lines,
        "        losses = {name: value / samples for name, value in sums.items()}",
        f"        return losses | {measured}",
    ]


def _state_names(parts: Parts) -> list[str]:
    names = ["step", "epoch", "position", "done", "loss_sum" if parts.is_single else "sums", "outputs"]
    if parts.keeps_best:
        names += ["best", "kept"]
    if parts.settings.early_stopping:
        names.append("waited")
    return names


def _state(parts: Parts) -> list[str]:
    scheduled = parts.settings.scheduler is not None
    lines = [
        "    def set_lr(self, lr: float) -> None:",
        '        """Another learning rate from the next step on."""',
        "        for objective in self.objectives:",
        "            for group in objective.optimizer.param_groups:",
        '                group["lr"] = lr',
        "",
        "    def state(self) -> dict[str, Any]:",
        '        """Everything that `load` needs to go on from here, to the last bit."""',
        "        self.add_up()",
        "        found: dict[str, Any] = {name: getattr(self, name) for name in STATE}",
        '        found["networks"] = {',
        "            name: dict(network.state_dict()) for name, network in self.networks.items()",
        "        }",
        '        found["optimizers"] = [one.optimizer.state_dict() for one in self.objectives]',
    ]
    if scheduled:
        lines.append('        found["schedulers"] = [one.scheduler.state_dict() for one in self.objectives]')
    lines += [
        '        found["random"] = torch.get_rng_state()',
        '        if self.device.type == "cuda":',
        '            found["cuda_random"] = torch.cuda.get_rng_state(self.device)',
        "        return copy.deepcopy(found)",
        "",
        "    def load(self, state: dict[str, Any]) -> None:",
        '        """Go on from what `state` returned."""',
        "        state = copy.deepcopy(state)",
        "        for name in STATE:",
        "            setattr(self, name, state[name])",
        "        for name, network in self.networks.items():",
        '            network.load_state_dict(state["networks"][name])',
        '        for one, saved in zip(self.objectives, state["optimizers"], strict=True):',
        "            one.optimizer.load_state_dict(saved)",
    ]
    if scheduled:
        lines += [
            '        for one, saved in zip(self.objectives, state["schedulers"], strict=True):',
            "            one.scheduler.load_state_dict(saved)",
        ]
    lines += [
        "        self.waiting.clear()",
        '        torch.set_rng_state(state["random"].cpu())',
        '        if self.device.type == "cuda" and "cuda_random" in state:',
        '            torch.cuda.set_rng_state(state["cuda_random"].cpu(), self.device)',
    ]
    return lines


def state_constant(parts: Parts) -> str:
    """The names of the counters that `state` saves."""
    return render("STATE = ", Group("(", tuple(Atom(quoted(name)) for name in _state_names(parts)), ")"), 0)


def _finish(parts: Parts) -> list[str]:
    what = "the best weights" if parts.keeps_best else "the last weights"
    part = parts.judged
    lines = ["    def finish(self) -> Result:", f'        """Put {what} in place and look at the test part, once."""']
    if parts.keeps_best:
        lines += [
            "        for name, kept in self.kept.items():",
            "            self.networks[name].load_state_dict(kept)",
        ]
    goal = f'{{"name": GOAL, "value": value, "split": "{part}"}}'
    return [
        *lines,
        f'        value = self.evaluate("{part}")[GOAL]',
        f"        goal = {goal}",
        '        test = self.evaluate("test")',
        "        digest = weights_sha256(self.networks)",
        "        return Result(self.epoch, self.step, goal, test, digest)",
    ]
