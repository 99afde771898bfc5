"""The part of a script that says what is learned: the objective, the metrics, and what guessing would reach."""

from __future__ import annotations

from graph.pretty import Atom, Group, flat, quoted, render
from runtime.fit import METRICS
from runtime.script_epoch import loss_name
from runtime.script_heads import OWN_LOSSES, HeadCode, field_literal
from runtime.script_parts import Parts

_USUAL = {
    "classification": ("accuracy", "macro_f1"),
    "regression": ("rmse", "mae", "r2"),
    "autoencoder": ("reconstruction_mse",),
}
_GUESSED_LOSSES = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})


def metric_names(parts: Parts, head: HeadCode) -> tuple[str, ...]:
    """The metrics that are told of a head: the usual ones, and the goal."""
    usual = _USUAL[head.head.task]
    known = {name for name, _ in METRICS[head.head.task]}
    goal = parts.settings.goal.removeprefix(head.prefix)
    return (*usual, goal) if goal in known and goal not in usual else usual


def loss_names(parts: Parts) -> set[str]:
    """What the losses need of the library: those that torch does not have, and the weights of classes."""
    targets = [head.head.loss.target for head in parts.heads]
    found = {target.removeprefix(OWN_LOSSES) for target in targets if target.startswith(OWN_LOSSES)}
    return found | ({"class_weights"} if parts.settings.class_weights != "none" else set())


def metric_functions(parts: Parts) -> set[str]:
    """What measuring needs of the library."""
    names: set[str] = set()
    for head in parts.heads:
        names |= set(metric_names(parts, head))
        if head.head.task == "classification":
            names.add("confusion")
    return names


def criterion_lines(parts: Parts) -> list[str]:
    """The losses as constants."""
    return [render(f"{head.constant} = ", head.criterion(), 0) for head in parts.heads]


def objective_function(parts: Parts) -> str:
    """The function that turns a batch into a loss."""
    entries = tuple(Atom(f"batch[{field_literal(entry.field)}]") for entry in parts.program.entries)
    call = Group(f"nets[{parts.network}](", entries, ")")
    by_uid = {head.head.uid: head.variable for head in parts.heads}
    variables = ", ".join(by_uid.get(answer.uid, "_") for answer in parts.program.answers)
    what = (
        "How badly the inputs are rebuilt" if loss_name(parts) == "reconstruction_loss" else "How wrong the answers are"
    )
    lines = [
        f"def {loss_name(parts)}(nets: Networks, batch: Batch, step: int) -> dict[str, Tensor]:",
        f'    """{what}: the loss of a batch, and the outputs by field."""',
        render(f"{variables} = ", call, 4),
    ]
    if parts.is_single:
        head = parts.heads[0]
        lines.append(render("loss = ", head.loss(), 4))
        lines.append(f'    return {{"loss": loss, {head.output_key}: {head.variable}}}')
        return _fit_return("\n".join(lines), [('"loss"', "loss"), (head.output_key, head.variable)])
    for head in parts.heads:
        lines.append(render(f"{head.variable}_loss = ", head.loss(), 4))
    terms = [
        f"{head.variable}_loss" if head.head.weight == 1 else f"{head.head.weight!r} * {head.variable}_loss"
        for head in parts.heads
    ]
    total = " + ".join(terms)
    if len(f"    loss = {total}") <= 88:
        lines.append(f"    loss = {total}")
    else:
        lines += [f"    loss = {terms[0]}", *(f"    loss = loss + {term}" for term in terms[1:])]
    lines += ["    return {", '        "loss": loss,']
    lines += [f"        {quoted(head.prefix + 'loss')}: {head.variable}_loss," for head in parts.heads]
    lines += [f"        {head.output_key}: {head.variable}," for head in parts.heads]
    return "\n".join([*lines, "    }"])


def _fit_return(text: str, items: list[tuple[str, str]]) -> str:
    head, _, last = text.rpartition("\n")
    if len(last) <= 88:
        return text
    return "\n".join([head, "    return {", *(f"        {key}: {value}," for key, value in items), "    }"])


def penalty_function(parts: Parts) -> str:
    """The function that adds up the size of the weights."""
    settings = parts.settings
    lines = [
        "def penalty(parameters: list[nn.Parameter]) -> Tensor:",
        '    """The size of the weights, without biases, as a price to pay."""',
        "    weights = [one for one in parameters if one.dim() > 1]",
        "    price = torch.zeros((), device=parameters[0].device)",
        "    for weight in weights:",
    ]
    if settings.l1:
        lines.append("        price = price + L1 * weight.abs().sum()")
    if settings.l2:
        lines.append("        price = price + L2 * weight.square().sum()")
    return "\n".join([*lines, "    return price"])


def measure_function(parts: Parts) -> str:
    """The function that turns outputs and targets into metrics."""
    scaling = ", scaling: Scaling" if parts.scales_targets else ""
    head_line = f"def measure(outputs: Batch, batch: Batch{scaling}) -> dict[str, float]:"
    unit = ", in the unit of the data" if parts.scales_targets else ""
    lines = [head_line, f'    """How good the outputs for a batch are{unit}."""']
    rows: list[tuple[str, Group]] = []
    for head in parts.heads:
        stem = "" if parts.is_single else f"{head.variable}_"
        lines += _answer_lines(head, stem)
        names = metric_names(parts, head)
        arguments = ["counts"] if head.head.task == "classification" else ["predicted", "target"]
        passed = tuple(Atom(f"{stem}{argument}") for argument in arguments)
        rows += [(f"{quoted(head.prefix + name)}: ", Group(f"{name}(", passed, ")")) for name in names]
    one = f"    return {{{', '.join(key + flat(call) for key, call in rows)}}}"
    if len(one) <= 88:
        return "\n".join([*lines, one])
    return "\n".join([*lines, "    return {", *(render(key, call, 8, ",") for key, call in rows), "    }"])


def _answer_lines(head: HeadCode, stem: str) -> list[str]:
    answer = head.answer(f"outputs[{head.name}]")
    target = f"batch[{head.name}]"
    if head.head.task == "classification":
        lines = [f"    {stem}predicted = {answer}"]
        call = Group("confusion(", (Atom(f"{stem}predicted"), Atom(target), Atom(str(head.classes))), ")")
        return [*lines, render(f"{stem}counts = ", call, 4)]
    if not head.unscales:
        return [f"    {stem}predicted, {stem}target = {answer}, {target}"]
    return [
        f"    {stem}shift, {stem}scale = scaling[{head.name}]",
        f"    {stem}predicted = {answer} * {stem}scale + {stem}shift",
        f"    {stem}target = {target} * {stem}scale + {stem}shift",
    ]


def guessing_function(parts: Parts) -> str:
    """The function that tells what is reached without looking at the inputs."""
    scaling = ", scaling: Scaling" if parts.scales_targets else ""
    lines = [
        f"def guessing(train: Batch, batch: Batch{scaling}) -> dict[str, float]:",
        '    """What is reached by always giving the commonest or the mean answer."""',
    ]
    passed = ", scaling" if parts.scales_targets else ""
    for head in parts.heads:
        lines += _guess_lines(head)
    tells_loss = parts.is_single and tells_guessed_loss(parts.heads[0])
    answer = "found =" if tells_loss else "return"
    guesses = ", ".join(f"{head.name}: {head.variable}" for head in parts.heads)
    one = f"    {answer} measure({{{guesses}}}, batch{passed})"
    if len(one) <= 88:
        lines.append(one)
    else:
        lines += ["    guesses = {", *(f"        {head.name}: {head.variable}," for head in parts.heads), "    }"]
        lines.append(f"    {answer} measure(guesses, batch{passed})")
    if tells_loss:
        lines += [render('found["loss"] = ', _item(parts.heads[0]), 4), "    return found"]
    return "\n".join(lines)


def _item(head: HeadCode) -> Atom:
    return Atom(f"{head.constant}({head.variable}, {head.target()}).item()")


def tells_guessed_loss(head: HeadCode) -> bool:
    """Whether the loss of guessing is known."""
    if head.head.task == "classification":
        return head.head.loss.key in ("CrossEntropyLoss", "NLLLoss") and not head.is_single
    return head.head.loss.key in _GUESSED_LOSSES


def _guess_lines(head: HeadCode) -> list[str]:
    values = f"train[{head.name}]"
    samples = f"len(batch[{head.name}])"
    if head.head.task == "classification" and head.is_single:
        size = samples if head.is_flat else f"{samples}, 1"
        return [
            f"    commonest = {values}.float().mean().round()",
            f"    {head.variable} = commonest.expand({size})",
        ]
    if head.head.task == "classification":
        return [
            f"    counts = torch.bincount({values}, minlength={head.classes})",
            "    shares = (counts / counts.sum()).clamp(min=1e-6).log()",
            f"    {head.variable} = shares.expand({samples}, -1)",
        ]
    mean = f"{values}.mean(0)"
    if head.head.fit.answer == "sigmoid":
        mean += ".logit(1e-6)"
    elif head.answer("x").startswith("x.exp()"):
        mean += ".log()"
    if head.widens_target:
        return [f"    {head.variable} = {mean}.expand({samples}, 1)"]
    return [f"    {head.variable} = {mean}.expand_as(batch[{head.name}])"]
