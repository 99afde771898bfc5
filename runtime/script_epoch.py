"""The second half of the class `Training` of a script: the end of an epoch, figures, state and result."""

from __future__ import annotations

from graph.pretty import Atom, Group, quoted, render
from runtime.script_drawn import has_own_rates, nets
from runtime.script_parts import Parts
from runtime.script_stages import (
    carries,
    compares_stages,
    loaded_schedules,
    may_rest,
    saved_schedules,
    schedule_of_epoch,
)


def loss_name(parts: Parts) -> str:
    """The name of the objective's function."""
    return "reconstruction_loss" if parts.settings.task == "autoencoder" else "supervised_loss"


def counted(parts: Parts) -> str:
    """The field by which samples are counted, as a string literal."""
    return parts.heads[0].name if parts.heads else "FIELDS[0]"


def measures_training(parts: Parts) -> bool:
    """Whether metrics are told of training too; pictures that are rebuilt would cost too much memory."""
    return not parts.drawn and any(head.head.task != "autoencoder" for head in parts.heads)


def end_epoch_lines(parts: Parts) -> list[str]:
    settings = parts.settings
    lines = [
        f"    def end_epoch(self, batches: list[{'dict[str, Tensor]' if parts.streams else 'Tensor'}]) -> Epoch:",
        '        """Measure, keep the best weights, and decide whether to go on."""',
        "        self.add_up()",
        "        seen = torch.cat(batches[: self.position])",
    ]
    if parts.drawn:
        lines.pop()  # nothing asks which samples were seen
        lines += [
            "        train = {name: total / count for name, (total, count) in self.sums.items()}",
            *(["        train = self.figures | train  # what rested is as it was"] if may_rest(parts) else []),
            "        self.sums = {}",
            "        self.figures = train",
        ]
    elif parts.is_single:
        lines += ['        train = {"loss": self.loss_sum / len(seen)}', "        self.loss_sum = 0.0"]
    else:
        lines += [
            "        train = {name: value / len(seen) for name, value in self.sums.items()}",
            "        self.sums = dict.fromkeys(LOSSES, 0.0)",
        ]
    if measures_training(parts):
        lines += [
            '        batch = {name: self.splits["train"][name][seen] for name in FIELDS}',
            f"        train |= measure(joined(self.outputs), batch{_scaling(parts)})",
            "        self.outputs = []",
        ]
    elif _loss_is_metric(parts):
        lines.append('        train["reconstruction_mse"] = train["loss"]')
    if parts.has_validation:
        lines += ['        validation = self.evaluate("validation")', "        goal = validation[GOAL]"]
    elif ("reconstruction_mse" in settings.goal and not _loss_is_metric(parts)) or (parts.drawn and parts.heads):
        lines += ["        validation: dict[str, float] = {}", '        goal = self.evaluate("train")[GOAL]']
    else:
        goal = "train.get(GOAL, math.nan)" if may_rest(parts) else "train[GOAL]"
        lines += ["        validation: dict[str, float] = {}", f"        goal = {goal}"]
    lines += ["        self.epoch += 1", "        self.position = 0"]
    lines += _keep(parts)
    lines += schedule_of_epoch(parts)
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
    if parts.drawn:
        return False
    head = parts.heads[0].head
    return parts.is_single and head.task == "autoencoder" and head.loss.key == "MSELoss" and not head.loss.params


def _keep(parts: Parts) -> list[str]:
    if not parts.keeps_best:
        return []
    sign = ">" if parts.settings.direction == "max" else "<"
    whole = f"({nets(parts)})" if parts.averages else nets(parts)
    lines = [f"        best = goal {sign} self.best or not self.kept"]
    if compares_stages(parts):
        lines += [
            "        if len(self.lowered) > self.compared:  # a sum of more losses is another measure",
            "            best = True",
        ]
    lines += [
        "        if best:",
        "            self.best = goal",
        *(["            self.compared = len(self.lowered)"] if compares_stages(parts) else []),
        "            self.kept = {",
        "                name: copy.deepcopy(dict(network.state_dict()))",
        f"                for name, network in {whole}.items()",
        "            }",
    ]
    if parts.settings.early_stopping:
        lines.append("        self.waited = 0 if best else self.waited + 1")
    return lines


def _scaling(parts: Parts) -> str:
    return ", self.scaling" if parts.scales_targets else ""


def evaluate_lines(parts: Parts) -> list[str]:
    if not parts.heads:
        return _no_evaluation()
    outputs = ", ".join(f"{head.name}: found[{head.output_key}]" for head in parts.heads)
    is_single = parts.is_single or bool(parts.drawn)
    total = "total = 0.0" if is_single else "sums = dict.fromkeys(LOSSES, 0.0)"
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
    if is_single:
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
    if is_single:
        lines.append(f"        measured = {measured}")
        return [*lines, '        return {"loss": total / samples, **measured}']
    return [
        *lines,
        "        losses = {name: value / samples for name, value in sums.items()}",
        f"        return losses | {measured}",
    ]


def _no_evaluation() -> list[str]:
    return [
        "    def evaluate(self, part: str) -> dict[str, float]:",
        '        """Nothing that these networks answer can be held against the data."""',
        "        return {}",
    ]


def _state_names(parts: Parts) -> list[str]:
    names = ["step", "epoch", "position", "done"]
    if parts.drawn:
        names += ["sums", "figures", *(["lowered"] if carries(parts) else [])]
    else:
        names += ["loss_sum" if parts.is_single else "sums", "outputs"]
    if parts.keeps_best:
        names += ["best", "kept", *(["compared"] if compares_stages(parts) else [])]
    if parts.settings.early_stopping:
        names.append("waited")
    return names


_OUTPUTS_MOVED = (
    "        self.outputs = [",
    "            {name: value.to(self.device) for name, value in batch.items()}",
    "            for batch in self.outputs",
    "        ]",
)


def state_lines(parts: Parts) -> list[str]:
    times = ' * group["times"]' if parts.rates else ""
    lines = [
        "    def set_lr(self, lr: float) -> None:",
        '        """Another learning rate from the next step on."""',
        "        for objective in self.objectives:",
        *(["            if objective.has_own_rate:", "                continue"] if has_own_rates(parts) else []),
        "            for group in objective.optimizer.param_groups:",
        f'                group["lr"] = lr{times}',
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
    if parts.averages:
        lines += [
            '        found["averages"] = {',
            "            name: dict(network.state_dict()) for name, network in self.averages.items()",
            "        }",
        ]
    lines += [
        *saved_schedules(parts),
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
        *(["        for name, value in self.lowered.items():"] if carries(parts) else []),
        *(["            self.lowered[name] = value.to(self.device)"] if carries(parts) else []),
        *(_OUTPUTS_MOVED if not parts.drawn else []),
        "        for name, network in self.networks.items():",
        '            network.load_state_dict(state["networks"][name])',
        '        for one, saved in zip(self.objectives, state["optimizers"], strict=True):',
        "            one.optimizer.load_state_dict(saved)",
    ]
    if parts.averages:
        lines += [
            "        for name, network in self.averages.items():",
            '            network.load_state_dict(state["averages"][name])',
        ]
    lines += [
        *loaded_schedules(parts),
        "        self.waiting.clear()",
        '        torch.set_rng_state(state["random"].cpu())',
        '        if self.device.type == "cuda" and "cuda_random" in state:',
        '            torch.cuda.set_rng_state(state["cuda_random"].cpu(), self.device)',
    ]
    return lines


def state_constant(parts: Parts) -> str:
    """The names of the counters that `state` saves."""
    return render("STATE = ", Group("(", tuple(Atom(quoted(name)) for name in _state_names(parts)), ")"), 0)


def finish_lines(parts: Parts) -> list[str]:
    what = "the best weights" if parts.keeps_best else "the last weights"
    part = parts.judged
    lines = ["    def finish(self) -> Result:", f'        """Put {what} in place and look at the test part, once."""']
    if parts.keeps_best:
        lines += [
            *([f"        nets = {nets(parts)}"] if parts.averages else []),
            "        for name, kept in self.kept.items():",
            f"            {'nets' if parts.averages else nets(parts)}[name].load_state_dict(kept)",
        ]
    goal = f'{{"name": GOAL, "value": value, "split": "{part}"}}'
    if not parts.heads:
        goal = goal.replace(f'"{part}"', '"train"')
    return [
        *lines,
        f'        value = self.evaluate("{part}")[GOAL]' if parts.heads else f"        value = {_last(parts)}",
        f"        goal = {goal}",
        '        test = self.evaluate("test")',
        "        digest = weights_sha256(self.networks)",
        "        return Result(self.epoch, self.step, goal, test, digest)",
    ]


def _last(parts: Parts) -> str:
    """The last known figure of the goal, where nothing is judged."""
    return "self.figures.get(GOAL, math.nan)" if may_rest(parts) else "self.figures[GOAL]"
