"""The numbers behind the pictures, worked out by hand, and the pictures as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from batch_etl.plots import Predictions, calibration, cumulative_lift, draw_calibration, draw_lift


def predictions(rows: int) -> Predictions:
    random = np.random.default_rng(0)
    risk = random.random(rows)
    labels = random.random(rows) < risk
    labels[:2] = [True, False]
    by_model = {"model": risk, "request fields alone": np.full(rows, 0.5)}
    return Predictions("late", "run late-1", "arrived_late", labels, by_model)


def test_calibration_has_as_many_rows_in_each_bin() -> None:
    labels = np.array([True, False, False, True, True])
    predicted, observed = calibration(labels, np.array([0.9, 0.1, 0.3, 0.5, 0.6]), bins=2)
    np.testing.assert_allclose(predicted, [0.3, 0.75])
    np.testing.assert_allclose(observed, [1 / 3, 1.0])


def test_calibration_of_fewer_rows_than_bins() -> None:
    predicted, observed = calibration(np.array([True, False]), np.array([0.7, 0.2]))
    assert predicted.tolist() == [0.2, 0.7]
    assert observed.tolist() == [0.0, 1.0]


def test_lift_ends_at_one_and_ties_are_one_point() -> None:
    labels = np.array([True, False, True, False, False])
    share, lift = cumulative_lift(labels, np.array([0.8, 0.8, 0.9, 0.1, 0.1]))
    np.testing.assert_allclose(share, [0.2, 0.6, 1.0])
    np.testing.assert_allclose(lift, [2.5, 2 / 3 / 0.4, 1.0])


@pytest.mark.parametrize("draw", [draw_calibration, draw_lift])
@pytest.mark.parametrize("rows", [2, 3000])
def test_a_picture_is_written(
    draw: Callable[[Predictions, Path], Path], rows: int, tmp_path: Path
) -> None:
    path = draw(predictions(rows), tmp_path / "reports" / "late.png")
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = imread(path)
    assert pixels.shape[:2] == (960, 1080)
    assert pixels.std() > 0.01  # not one colour
    assert list(path.parent.iterdir()) == [path]
