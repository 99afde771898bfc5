"""Whatever the limits of a setting allow, torch takes: losses, optimizers and schedulers are tried at their edges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from training_projects import curve, module_of, moons

from graph.ops.catalog import load_catalog
from graph.ops.spec import CallableSpec, ParamSpec, Value
from graph.step_settings import shown_params
from runtime.fit import fit_of
from runtime.settings import SettingsError

TRIED: dict[str, tuple[Value, ...]] = {
    "int": (-1, 0, 1, 3),
    "float": (-1.0, 0.0, 1e-9, 0.9999999, 1.0, 3.0),
    "bool": (True, False),
}
BLAMELESS = {
    "BCELoss": "takes answers of a sigmoid only",
    "PoissonNLLLoss.log_input": "without logarithms takes positive answers only",
    "Muon": "takes matrices only",
    "SparseAdam": "takes sparse gradients only",
}
"""What torch refuses for another reason than the number, which is told elsewhere."""


def edges() -> Iterator[tuple[str, CallableSpec, ParamSpec, Value]]:
    catalog = load_catalog()
    tables = (("optimizer", catalog.optimizers), ("scheduler", catalog.schedulers), ("loss", catalog.losses))
    for part, table in tables:
        for spec in table.values():
            fits = part != "loss" or fit_of(spec.key, "classification") or fit_of(spec.key, "regression")
            for param in shown_params(spec) if fits and spec.key not in BLAMELESS else ():
                if f"{spec.key}.{param.name}" not in BLAMELESS:
                    values = param.choices if param.type == "choice" else TRIED.get(param.type, ())
                    yield from ((part, spec, param, value) for value in values if not param.problem_with(value))


@pytest.mark.full
def test_torch_takes_what_the_limits_allow() -> None:
    refused = []
    for part, spec, param, value in edges():
        training: dict[str, Value] = {"limit_steps": 3, part: spec.key, f"{part}.{spec.key}.{param.name}": value}
        classifies = part != "loss" or fit_of(spec.key, "classification")
        project = moons(training, samples=60) if classifies else curve(training)
        try:
            list(module_of(project).Training(device="cpu").run())
        except SettingsError:
            continue
        except Exception as error:  # noqa: BLE001  whatever torch raises is the finding
            refused.append(f"{spec.key}.{param.name} = {value!r}: {error}")
    assert refused == []


def test_nesterov_without_momentum_is_told_before_training() -> None:
    with pytest.raises(SettingsError, match="Nesterov needs a momentum above 0"):
        module_of(moons({"optimizer": "SGD", "optimizer.SGD.nesterov": True}))
