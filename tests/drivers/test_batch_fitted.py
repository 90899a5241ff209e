"""Frames with the fitted values of another frame: what a test period's rows get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver
from onedag import Project
from onedag.errors import FunctionError, MissingInput, UnknownName


@pytest.fixture
def batch(shop: Project) -> BatchDriver:
    return BatchDriver(shop)


def test_given_fitted_values_are_not_computed(batch: BatchDriver, spine: pd.DataFrame) -> None:
    frame = batch.training_frame(spine, "basket", fitted={"basket_mean": 10.0})
    assert frame.fitted == {"basket_mean": 10.0}
    assert frame.to_pandas()["basket_over_mean"].tolist() == [0, 10, 20, 30, 40, 50, 60]


def test_rows_apart_get_what_they_get_together(batch: BatchDriver, spine: pd.DataFrame) -> None:
    whole = batch.training_frame(spine, "basket")
    parts = [
        batch.training_frame(rows, "basket", fitted=whole.fitted).to_pandas()
        for rows in (spine.iloc[:3], spine.iloc[3:])
    ]
    pd.testing.assert_frame_equal(pd.concat(parts), whole.to_pandas(), check_exact=True)


def test_a_given_value_takes_its_annotated_type(batch: BatchDriver, spine: pd.DataFrame) -> None:
    frame = batch.training_frame(spine, "basket", fitted={"basket_mean": np.int64(10)})
    assert type(frame.fitted["basket_mean"]) is float


def test_such_a_frame_can_be_published(batch: BatchDriver, spine: pd.DataFrame) -> None:
    frame = batch.training_frame(spine, "basket", fitted={"basket_mean": 10.0})
    assert batch.publish(frame).fitted == {"basket_mean": "10.0"}


@pytest.mark.parametrize(
    ("fitted", "error", "message"),
    [
        ({}, MissingInput, "lacks basket_mean of service 'basket'"),
        ({"basket_mean": 1.0, "basket_men": 1.0}, UnknownName, "Did you mean 'basket_mean'"),
        ({"basket_mean": "many"}, FunctionError, "'basket_mean' is 'many'"),
    ],
)
def test_other_fitted_values_are_refused(
    batch: BatchDriver,
    spine: pd.DataFrame,
    fitted: Mapping[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        batch.training_frame(spine, "basket", fitted=fitted)
