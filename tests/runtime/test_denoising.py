"""Drawing by denoising: along known ways it ends where it must, and only fitting networks can be asked."""

from __future__ import annotations

import math

import pytest
import torch
from objective_projects import adversarial
from torch import Tensor, nn

from drawing import add, part
from graph.check import check
from graph.ops.catalog import load_catalog
from runtime.library.steps import drawn_by_denoising


def test_noise_is_led_back_to_the_samples_by_a_network_that_knows_the_way() -> None:
    """Of samples that are all alike, the velocity at any place of the way is known."""
    sample = torch.tensor([1.0, -2.0, 0.5])

    class Knows(nn.Module):
        def forward(self, noisy: Tensor, time: Tensor) -> Tensor:
            assert not self.training
            angle = (time * math.pi / 2).unsqueeze(1)
            noise = (noisy - angle.cos() * sample) / angle.sin()
            return angle.cos() * noise - angle.sin() * sample

    network, noise = Knows().train(), torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    for steps in (1, 25):
        found = drawn_by_denoising(network, noise, steps=steps)
        assert torch.allclose(found, sample.expand(4, 3), atol=1e-5)
    assert network.training


@pytest.mark.parametrize("name", ["nobody", "classifier"])
def test_only_a_network_that_takes_samples_and_times_can_draw_by_denoising(name: str) -> None:
    project = adversarial()
    parts = {"point": part("Input", field="point"), "shown": part("ShowPoints")}
    add(project, "look", {**parts, "drawn": part("Denoise", network=name)}, "point > drawn > shown", order=3)
    (problem,) = (one for one in check(load_catalog(), project) if one.code == "no-such-network")
    assert ("two Inputs" in problem.message) == (name == "classifier")
    assert problem.key == "network"
