"""Row-wise operations whose dtype, and whether they work at all, don't depend on values.

pandas decides some dtypes by what it finds: ``size.where(size > 0)`` is int64 until the first row
fails. A window would then have another dtype than the whole history, so such a use is refused,
with a TypeError, whatever the values in hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["astype", "clip", "fillna", "mask", "where"]


def astype(series: pd.Series, target: np.dtype[Any]) -> pd.Series:
    """`pandas.Series.astype`, where no value can be refused: floats have no integer for NaN."""
    plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "iub"
    if target.kind in "ib" and not plain:
        raise TypeError(f"A value of {series.dtype} may have no {target}.")
    return series.astype(target)


def where(series: pd.Series, condition: pd.Series, *other: Any) -> pd.Series:
    """`pandas.Series.where`, for a replacement that the dtype can hold."""
    _refuse_another_dtype(series, other)
    return series.where(condition, *other)


def mask(series: pd.Series, condition: pd.Series, *other: Any) -> pd.Series:
    """`pandas.Series.mask`, for a replacement that the dtype can hold."""
    _refuse_another_dtype(series, other)
    return series.mask(condition, *other)


def fillna(series: pd.Series, value: Any) -> pd.Series:
    """`pandas.Series.fillna`, for a value that the dtype can hold, if it can hold a null."""
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iub":
        return series
    _refuse_another_dtype(series, (value,))
    return series.fillna(value)


def clip(series: pd.Series, lower: Any, upper: Any) -> pd.Series:
    """`pandas.Series.clip`, for bounds that the dtype can hold; None for no bound."""
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        raise TypeError(f"{series.dtype} has no bounds.")
    for bound in (lower, upper):
        if bound is not None:
            _refuse_another_dtype(series, (bound,))
    return series.clip(lower, upper)


def _refuse_another_dtype(series: pd.Series, replacement: Sequence[Any]) -> None:
    replaced = series.iloc[:1].where(np.zeros(len(series.iloc[:1]), np.bool_), *replacement)
    if replaced.dtype != series.dtype:
        raise TypeError(f"{series.dtype} would become {replaced.dtype} where a row is replaced.")
