"""Columns of times and durations: nothing yet."""

from __future__ import annotations

from typing import Any

from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries

__all__ = ["TimeMethods", "binary"]


class TimeMethods:
    """The accessor ``.dt``."""

    def __init__(self, column: NumpySeries) -> None:
        raise Refused(".dt", column)


def binary(name: str, column: NumpySeries, other: Any) -> NumpySeries:
    """An operator of which at least one side is a time or a duration."""
    raise Refused(name, column, other)
