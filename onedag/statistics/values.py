"""The values of Arrow columns as they are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

__all__ = ["as_text", "is_category", "is_number", "sorted_values"]


def is_number(arrow: pa.DataType) -> bool:
    """Whether values of this type are numbers, or times, which are counted as such."""
    return bool(
        pt.is_integer(arrow)
        or pt.is_floating(arrow)
        or pt.is_decimal(arrow)
        or pt.is_timestamp(arrow)
        or pt.is_duration(arrow)
    )


def is_category(arrow: pa.DataType) -> bool:
    """Whether values of this type are texts or bools."""
    return bool(pt.is_boolean(arrow) or pt.is_string(arrow) or pt.is_large_string(arrow))


def sorted_values(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """The values of a column of numbers in ascending order, without nulls and NaN.

    Integers stay integers, so that those beyond 2**53 stay apart; times are int64 of their unit.
    """
    arrow = column.type
    if pt.is_null(arrow):
        return np.empty(0)
    if pt.is_floating(arrow) or pt.is_decimal(arrow):
        values = np.sort(column.cast(pa.float64()).to_numpy())  # null is NaN, and NaN is last
        return values[: np.searchsorted(values, np.nan)]
    if not pt.is_integer(arrow):
        column = column.cast(pa.int64())
    return np.sort(column.drop_null().to_numpy())


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of texts or bools as texts."""
    return column.cast(pa.string())
