"""The figures equal those of scikit-learn from the same answers, and say something sensible of few."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from graph.fields import Field
from runtime import figures
from runtime.media import HeadLook


def class_field(count: int) -> Field:
    names = tuple(f"kind {number}" for number in range(count))
    return Field(name="kind", shape=(), dtype="int64", kind="class", role="target", classes=names)


def classes(count: int, samples: int, *, seed: int = 0, missing: int | None = None) -> HeadLook:
    """Answers that are right more often than not; class `missing` never occurs."""
    rng = np.random.default_rng(seed)
    possible = [number for number in range(count) if number != missing]
    target = rng.choice(possible, samples)
    scores = rng.normal(size=(samples, count)) + 1.5 * np.eye(count)[target]
    if missing is not None:
        scores[:, missing] = -50
    likely = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return HeadLook(
        field=class_field(count),
        task="classification",
        target=target.astype(np.int64),
        predicted=likely.argmax(1).astype(np.int64),
        sure=likely.max(1).astype(np.float32),
        likely=likely.astype(np.float32),
        guess=np.array(1),
    )


def numbers(samples: int, shape: tuple[int, ...] = (), *, seed: int = 0, **more: Any) -> HeadLook:
    rng = np.random.default_rng(seed)
    target = (rng.normal(size=(samples, *shape)) * 40 + 100).astype(np.float32)
    predicted = (target + rng.normal(size=target.shape) * 15).astype(np.float32)
    field = Field(name="price", shape=shape, dtype="float32", kind="number", role="target")
    return HeadLook(field=field, task="regression", target=target, predicted=predicted, **more)


@pytest.mark.parametrize(("count", "missing"), [(2, None), (3, 1), (10, None), (10, 0)])
def test_confusion_accuracy_and_the_figures_of_each_class_equal_the_references(count: int, missing: int | None) -> None:
    head = classes(count, 400, seed=count, missing=missing)
    counts = figures.confusion(head)
    labels = list(range(count))
    assert counts.tolist() == metrics.confusion_matrix(head.target, head.predicted, labels=labels).tolist()
    assert figures.accuracy(counts).value == metrics.accuracy_score(head.target, head.predicted)
    expected = metrics.precision_recall_fscore_support(head.target, head.predicted, labels=labels, zero_division=0)
    rows = figures.per_class(counts, head.field.classes)
    found = [[row.precision for row in rows], [row.recall for row in rows], [row.f1 for row in rows]]
    assert np.allclose(found, expected[:3], rtol=1e-12)
    assert [row.support for row in rows] == expected[3].tolist()


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    """Two values of a textbook: 81 of 263 and 15 of 148 (Newcombe, Statistics in Medicine 17, 1998, table I)."""
    for hits, count, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        share = figures.wilson(hits, count)
        assert (round(share.low, 4), round(share.high, 4)) == (low, high)
    assert figures.wilson(29, 29).high == 1.0
    assert math.isnan(figures.wilson(0, 0).value)


def test_the_most_confused_pairs_and_the_worst_mistakes_come_first() -> None:
    head = classes(6, 500)
    counts = figures.confusion(head)
    pairs = figures.most_confused(counts)
    assert len(pairs) == 12
    assert [pair.count for pair in pairs] == sorted((pair.count for pair in pairs), reverse=True)
    assert all(pair.true != pair.predicted and pair.count == counts[pair.true, pair.predicted] for pair in pairs)
    largest = counts.copy()
    np.fill_diagonal(largest, 0)
    assert pairs[0].count == largest.max()
    worst = figures.worst_mistakes(head, 5)
    assert head.sure is not None
    assert all(head.predicted[worst] != head.target[worst])
    wrong = head.sure[head.predicted != head.target]
    assert head.sure[worst].tolist() == np.sort(wrong)[::-1][:5].tolist()


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_threshold_gives_the_precision_and_recall_of_the_references(threshold: float) -> None:
    head = classes(2, 300, seed=4)
    found = figures.at_threshold(head, threshold)
    assert found is not None
    assert head.likely is not None
    said = (head.likely[:, 1] > threshold).astype(int)
    assert found.precision == pytest.approx(metrics.precision_score(head.target, said, zero_division=0))
    assert found.recall == pytest.approx(metrics.recall_score(head.target, said, zero_division=0))
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(head.target, said))
    assert found.counts.tolist() == metrics.confusion_matrix(head.target, said, labels=[0, 1]).tolist()
    assert figures.at_threshold(classes(3, 30), 0.5) is None


def test_residuals_are_spread_around_nothing_and_the_worst_rows_are_farthest_off() -> None:
    head = numbers(400)
    spread = figures.histogram(figures.residuals(head))
    assert spread.counts.sum() == 400
    assert 0.0 in spread.edges
    assert np.allclose(np.diff(spread.edges), spread.edges[1] - spread.edges[0])
    worst = figures.worst_rows(head, 10)
    off = np.abs(figures.residuals(head))
    assert off[worst].tolist() == np.sort(off)[::-1][:10].tolist()


def test_the_error_by_horizon_equals_the_reference_at_every_step() -> None:
    head = numbers(80, (6,))
    rows = figures.by_horizon(head)
    expected = metrics.mean_absolute_error(head.target, head.predicted, multioutput="raw_values")
    assert [row.step for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.mae for row in rows] == pytest.approx(expected.tolist(), rel=1e-5)
    assert figures.by_horizon(numbers(80)) == ()


def test_what_was_rebuilt_worst_comes_first() -> None:
    rng = np.random.default_rng(1)
    target = rng.random((40, 1, 4, 4)).astype(np.float32)
    predicted = (target + rng.normal(size=target.shape) * 0.2).astype(np.float32)
    each = np.square(predicted - target).reshape(40, -1).mean(1)
    field = Field(name="image", shape=(1, 4, 4), dtype="float32", kind="image")
    head = HeadLook(field=field, task="autoencoder", target=target, predicted=predicted[:16], errors=each)
    assert figures.worst_rebuilt(head, 3).tolist() == np.argsort(-each[:16])[:3].tolist()


def test_no_samples_one_sample_and_answers_that_are_no_numbers_have_figures() -> None:
    none = classes(2, 0)
    assert math.isnan(figures.accuracy(figures.confusion(none)).value)
    assert figures.worst_mistakes(none).tolist() == []
    assert figures.histogram(np.zeros(0)).counts.sum() == 0
    broken = numbers(5)
    broken.predicted[2] = np.nan
    assert figures.worst_rows(broken)[0] == 2
    assert figures.histogram(figures.residuals(broken)).counts.sum() == 4
