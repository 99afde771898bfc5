"""The threads that train follow from the work of a step and the cores of the machine."""

from __future__ import annotations

import os

import pytest
from training_projects import project_of

from graph.fields import Field
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer
from runtime.settings import resolve_training
from runtime.threads import threads_of, work_of_a_sample

IMAGE = Field(name="image", shape=(1, 28, 28), dtype="float32", kind="image")
PAST = Field(name="past", shape=(50, 8), dtype="float32", kind="sequence")
LABEL = Field(name="label", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456789"))
FIELDS = (IMAGE, PAST, LABEL)
CNN = [
    ("input", "Input", {"field": "image"}),
    ("conv", "Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": "same", "bias": False}),
    ("flatten", "Flatten", {}),
    ("linear", "Linear", {"out_features": 10, "bias": False}),
    ("output", "Output", {"field": "label"}),
]
LSTM = [
    ("input", "Input", {"field": "past"}),
    ("lstm", "LSTM", {"hidden_size": 32, "batch_first": True, "bias": False}),
    ("last", "select", {"dim": 1, "index": -1}),
    ("linear", "Linear", {"out_features": 10, "bias": False}),
    ("output", "Output", {"field": "label"}),
]


def threads(layers: list[tuple[str, str, dict[str, Value]]], **training: Value) -> tuple[int, int]:
    """Threads, and the work of a sample."""
    catalog, project = load_catalog(), project_of(layers, data={"source": "digits"}, training=training)
    report = infer(catalog, project.main(), {field.name: field for field in FIELDS}, ShapeMemo())
    settings = resolve_training(catalog, project, FIELDS)
    network = project.main()
    return threads_of(settings, catalog, network, report), work_of_a_sample(catalog, network, report)


def test_a_weight_counts_as_often_as_it_is_used_and_time_steps_once() -> None:
    assert threads(CNN)[1] == 28 * 28 * 9 * 16 + 16 * 28 * 28 * 10
    assert threads(LSTM)[1] == 4 * 32 * (8 + 32) + 32 * 10


def test_a_small_step_gets_one_thread_and_a_large_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert threads(CNN, batch_size=32)[0] == 1
    assert threads(CNN, batch_size=1024)[0] == 3
    assert threads(CNN, batch_size=1_000_000)[0] == 8


def test_no_more_threads_than_cores_unless_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert threads(CNN, batch_size=1_000_000)[0] == 2
    assert threads(CNN, threads=7)[0] == 7
