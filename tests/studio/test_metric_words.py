"""Metrics are named as people write them, wherever they stand."""

from __future__ import annotations

import pytest

from studio.metric_words import metric_name, metric_title


@pytest.mark.parametrize(
    ("key", "title", "name"),
    [
        ("rmse", "RMSE", "RMSE"),
        ("balanced_accuracy", "Balanced accuracy", "balanced accuracy"),
        ("reconstruction_mse", "Reconstruction error", "error"),
        ("r2", "R²", "R²"),
        ("speed_mae", "Speed MAE", "speed MAE"),
        ("first_balanced_accuracy", "First balanced accuracy", "first balanced accuracy"),
    ],
)
def test_a_metric_has_a_title_and_a_short_name(key: str, title: str, name: str) -> None:
    assert (metric_title(key), metric_name(key)) == (title, name)
