"""The frame of a script: the records that a training yields, and `main`."""

from __future__ import annotations

from graph.pretty import Atom, Group, quoted, render
from runtime.script_drawn import clips, has_own_rates
from runtime.script_epoch import state_constant
from runtime.script_heads import field_literal
from runtime.script_parts import Parts
from runtime.script_stages import may_rest, schedule_fields, stage_fields

_STEP = '''@dataclass(frozen=True, slots=True)
class Step:
    """One adjustment of the weights: its losses, the number of samples, the rate."""

    step: int
    epoch: int
    scalars: dict[str, Tensor | float]
    count: int
    lr: float'''

_EPOCH = '''class Epoch(NamedTuple):
    """One pass over the training samples: metrics, and whether it is the best yet."""

    epoch: int
    step: int
    train: dict[str, float]
    validation: dict[str, float]
    goal: float
    best: bool
    stopped: bool'''

_RESULT = '''class Result(NamedTuple):
    """What came out: the goal with the kept weights, the test, and a fingerprint."""

    epochs: int
    steps: int
    goal: dict[str, Any]
    test: dict[str, float]
    weights_sha256: str'''

_STOPPED = '''class TrainingStopped(RuntimeError):
    """A loss is no longer a number, so that nothing can be learned from it."""

    def __init__(self, step: int, name: str, value: float) -> None:
        what = "not-a-number" if math.isnan(value) else "infinite"
        super().__init__(f"The {name} became {what} at step {step}.")
        self.step = step'''

_JOINED = '''def joined(batches: list[Batch]) -> Batch:
    """The batches one after the other, by field."""
    return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}'''


def types(parts: Parts) -> list[str]:
    """What the names of types stand for."""
    lines = ["Networks = dict[str, nn.Module]", "Batch = dict[str, Tensor]  # by field, samples first"]
    if parts.scaled:
        lines.append("Scaling = dict[str, tuple[Tensor, Tensor]]  # shift and scale, by field")
    return lines


def loop_constants(parts: Parts) -> list[str]:
    """Constants that no setting decides: what of the data is used, and how often it is looked at."""
    fields = Group("(", tuple(Atom(field_literal(name)) for name in parts.fields), ")")
    constants = [render("FIELDS = ", fields, 0)]
    if parts.drawn or not parts.is_single:
        constants.append(render("LOSSES = ", Group("(", tuple(Atom(quoted(one)) for one in parts.losses), ")"), 0))
    if parts.changes:
        rows = tuple(Atom(f'({step}, "lr", {value!r})') for step, _, value in parts.changes)
        constants.append("# what was changed while it trained")
        constants.append(render("CHANGES = ", Group("[", rows, "]"), 0))
    constants += [
        "EVALUATION_BATCH = 1024",
        "READ_EVERY = 50  # steps between two looks at the losses on a GPU",
    ]
    if parts.settings.deterministic:
        constants.append('os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")')
    return constants


def records(parts: Parts) -> list[str]:
    """What a training yields, works on and saves."""
    state = f"# what `Training.state` saves besides weights and generators\n{state_constant(parts)}"
    joined = [_JOINED] if parts.heads else []
    return [_STEP, _EPOCH, _RESULT, _STOPPED, _objective(parts), *joined, state]


def _objective(parts: Parts) -> str:
    """The record of one objective."""
    lines = [
        "class Objective(NamedTuple):",
        '    """A loss, the networks that it trains, and what moves their weights."""',
        "",
        "    name: str",
        "    loss: Callable[[Networks, Batch, int], dict[str, Tensor]]",
        "    networks: tuple[str, ...]",
        "    parameters: list[nn.Parameter]",
        "    optimizer: torch.optim.Optimizer",
    ]
    if parts.drawn:
        lines += stage_fields(parts)
        lines += ["    clip_norm: float  # 0 is no limit"] if clips(parts) else []
        lines += ["    has_own_rate: bool"] if has_own_rates(parts) else []
    return "\n".join([*lines, *schedule_fields(parts)])


_TOLD = '''def told(figures: dict[str, float]) -> str:
    """Figures in words, such as `loss 0.1234, accuracy 0.9567`."""
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())'''


def _gathered(name: str, whose: str) -> list[str]:
    """Lines that gather weights by their names, as a file of them holds them."""
    return [
        f"    {name} = {{",
        "        key: value.detach().cpu().clone().contiguous()",
        f"        for key, value in named_weights(training.{whose}).items()",
        "    }",
    ]


def main_functions(parts: Parts) -> list[str]:
    """The function that runs the script from a shell, and how it tells figures."""
    lines = [
        "def main() -> None:",
        '    """Train, tell every loss to the last bit, and save the weights."""',
        f'    parser = argparse.ArgumentParser(description="Train {parts.program.class_name}.")',
        '    parser.add_argument("--device", help="cpu, cuda or cuda:1")',
        '    parser.add_argument("--out", default=".", help="folder for the weights")',
        '    parser.add_argument("--quiet", action="store_true", help="leave the steps out")',
    ]
    given = [Atom("device=asked.device")]
    if parts.plan.path:
        what = "folder" if parts.plan.source.key == "idx" else "file"
        lines.append(f'    parser.add_argument("--data", help="another {what} of the same form")')
        given.append(Atom("data=asked.data"))
    if parts.start:
        lines.append('    parser.add_argument("--start-from", help="another file of first weights")')
        given.append(Atom("start_from=asked.start_from"))
    validation = ['            print(f"  validation: {told(record.validation)}")'] if parts.has_validation else []
    best = ['            best = ", the best so far" if record.best else ""'] if parts.keeps_best else []
    told = 'not asked.quiet and "loss" in record.scalars' if may_rest(parts) else "not asked.quiet"
    lines += [
        "    asked = parser.parse_args()",
        render("training = ", Group("Training(", tuple(given), ")"), 4),
        *(["    named = named_weights(training.networks)"] if parts.start else []),
        *(['    print(f"{len(training.taken)} of {len(named)} tensors start from a file")'] if parts.start else []),
        '    print(f"{training.total_steps} steps on {training.device}")',
        "    for record in training.run():",
        "        if isinstance(record, Epoch):",
        *best,
        f'            print(f"epoch {{record.epoch}} of {{EPOCHS}}{"{best}" if best else ""}")',
        '            print(f"  training: {told(record.train)}")',
        *validation,
        f"        elif {told}:",
        '            loss = float(record.scalars["loss"]).hex()',
        '            print(f"step {record.step} loss {loss}")',
        "    result = training.finish()",
        '    value = result.goal["value"]',
        f'    print(f"kept weights: {parts.judged} {{GOAL}} {{value:.4g}}")',
        *(['    print(f"test: {told(result.test)}")'] if parts.has_test else []),
        *_gathered("weights", "networks"),
        *(_gathered("averages", "averages") if parts.averages else []),
        "    folder = Path(asked.out)",
        "    folder.mkdir(parents=True, exist_ok=True)",
        '    save_file(weights, folder / "weights.safetensors")',
        *(['    save_file(averages, folder / "averages.safetensors")'] if parts.averages else []),
        '    print(f"weights_sha256 {result.weights_sha256}")',
    ]
    return [_TOLD, "\n".join(lines)]
