"""What torch would refuse once it trains: settings of an optimizer, and a batch size, that the weights do not allow."""

from __future__ import annotations

from graph.lower import Program, live_nodes
from graph.model import Network
from graph.shapes import ShapeReport
from runtime.learning_parts import rates_of, thaws_of
from runtime.settings import Chosen, SettingsError, TrainingSettings


def check_optimizer(network: Network, program: Program, report: ShapeReport, settings: TrainingSettings) -> None:
    """SettingsError where torch would refuse the optimizer or the batch size once the settings train a network."""
    key, needs = settings.optimizer.key, settings.optimizer.needs
    if "closure" in needs and rates_of(program):
        name = next(iter(rates_of(program)))
        raise SettingsError(
            f"{key} adjusts all weights at one rate, and {name} has a learning rate of its own. "
            "Choose Adam, or unset it.",
            key="optimizer",
        )
    thaws = thaws_of(program, report)
    if "sparse gradients" in needs:
        raise SettingsError(f"{key} adjusts sparse gradients only; no layer has them. Choose Adam.", key="optimizer")
    check_params(settings.optimizer)
    for call in program.members:
        is_matrix = call.spec.key == "Linear" and call.params.get("bias") is False
        learning = report.weights.get(call.uid, 0) - (0 if call.name in thaws else report.frozen.get(call.uid, 0))
        if "matrices" in needs and learning and not is_matrix:
            raise SettingsError(
                f"{key} adjusts matrices only, and {call.name} has other weights (such as a bias). Choose AdamW, "
                "or use Linear layers without a bias alone.",
                key="optimizer",
            )
    check_batch_size(network, report, settings)


def check_params(optimizer: Chosen) -> None:
    """SettingsError where params of an optimizer do not go together."""
    params = optimizer.params
    if optimizer.key == "SGD" and params.get("nesterov") and (not params.get("momentum") or params.get("dampening")):
        raise SettingsError(
            "SGD: Nesterov needs a momentum above 0 and no dampening. Set momentum to 0.9, or switch Nesterov off.",
            key="optimizer.SGD.nesterov",
        )
    decay = params.get("lambd")
    if optimizer.key == "ASGD" and isinstance(decay, int | float) and decay < 0:
        raise SettingsError(
            f"ASGD: its decay (lambd) is {decay:g}; below 0 its rate soon has no value. Set it to 0 or more.",
            key="optimizer.ASGD.lambd",
        )


def check_batch_size(network: Network, report: ShapeReport, settings: TrainingSettings) -> None:
    """SettingsError where a norm would have to learn from one sample, of which each number stands alone."""
    if settings.batch_size != 1:
        return
    live = live_nodes(network) - report.skipped
    for node in (one for one in network.nodes() if one.op == "BatchNorm1d" and one.uid in live):
        wire = next(iter(network.wires_in(node.uid)), None)
        info = report.ports.get((wire.source, wire.source_port)) if wire is not None else None
        if info is not None and len(info.shape) == 2:
            raise SettingsError(
                f"{node.name} (BatchNorm1d) cannot learn from one sample at a time. Use a batch size of 2 or more.",
                key="batch_size",
            )
