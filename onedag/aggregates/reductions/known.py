"""Which reductions of which dtypes are known, and what each returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any as AnyValue

import numpy as np
import pandas as pd

from onedag.aggregates.reductions.base import Aggregator
from onedag.aggregates.reductions.count import Count
from onedag.aggregates.reductions.ends import First, Last
from onedag.aggregates.reductions.extremes import Max, Min
from onedag.aggregates.reductions.mean import Mean
from onedag.aggregates.reductions.nunique import Nunique
from onedag.aggregates.reductions.order import Median, Quantile
from onedag.aggregates.reductions.sum import IntegerSum, Sum
from onedag.aggregates.reductions.truth import All, Any
from onedag.aggregates.reductions.variance import Std, Var

__all__ = ["KINDS", "Known", "known", "plain_dtype"]

DType = np.dtype[AnyValue]

_BOOL, _FLOAT, _INTEGER = np.dtype(np.bool_), np.dtype(np.float64), np.dtype(np.int64)
_TEXT, _TIME = np.dtype(str), np.dtype("M8[us]")


@dataclass(frozen=True, slots=True)
class Known:
    """A reduction of one dtype.

    Attributes:
        aggregator: its reference implementation.
        dtype: of the scalar that pandas returns; ``U`` for text and ``M8[us]`` for a time in UTC.
    """

    aggregator: Aggregator[AnyValue]
    dtype: DType


def plain_dtype(dtype: object) -> DType | None:
    """The numpy dtype below one of pandas: ``Int64`` is int64, ``boolean`` bool, text is ``U``.

    None for one whose values reductions don't know.
    """
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _TIME if dtype.unit == "us" and str(dtype.tz) == "UTC" else None
    if dtype == pd.StringDtype(na_value=np.nan):
        return _TEXT
    plain = getattr(dtype, "numpy_dtype", dtype)
    if not isinstance(plain, np.dtype) or plain.itemsize > 8:
        return None
    return plain if plain.kind in "biuf" or plain == np.dtype("m8[us]") else None


def known(kind: str, dtype: object, q: float | None = None) -> Known | None:
    """A reduction of a column, or None for a kind and dtype that aren't known.

    Unknown is what pandas refuses, and what it computes in a way that isn't said here, such as
    sums of float32.

    Args:
        kind: one of `KINDS`.
        dtype: of the column, as pandas has it.
        q: of a quantile.
    """
    if kind == "count":
        return Known(Count(), _INTEGER)
    plain = plain_dtype(dtype)
    if plain is None:
        return None
    return _quantile(plain, q) if kind == "quantile" else _BY_KIND[kind](plain)


def _exactly_summed(dtype: DType) -> bool:
    return dtype.kind in "bi" or dtype == _FLOAT or (dtype.kind == "u" and dtype.itemsize < 8)


def _sum(dtype: DType) -> Known | None:
    if dtype.kind == "u":
        return Known(IntegerSum(signed=False), np.dtype(np.uint64))
    if dtype.kind in "bi":
        return Known(IntegerSum(), _INTEGER)
    return Known(Sum(), _FLOAT) if dtype == _FLOAT else None


def _moment(aggregator: Aggregator[AnyValue]) -> Callable[[DType], Known | None]:
    return lambda dtype: Known(aggregator, _FLOAT) if _exactly_summed(dtype) else None


def _row(aggregator: Aggregator[AnyValue]) -> Callable[[DType], Known | None]:
    return lambda dtype: None if dtype.kind == "m" else Known(aggregator, dtype)


def _median(dtype: DType) -> Known | None:
    sortable = dtype.kind in "biu" or dtype == _FLOAT
    return Known(Median(), _FLOAT) if sortable else None


def _quantile(dtype: DType, q: float | None) -> Known | None:
    sortable = dtype.kind in "iu" or dtype == _FLOAT
    return Known(Quantile(q, dtype), _FLOAT) if sortable and q is not None else None


def _nunique(dtype: DType) -> Known:
    return Known(Nunique(), _INTEGER)


def _truth(aggregator: Aggregator[AnyValue]) -> Callable[[DType], Known | None]:
    return lambda dtype: Known(aggregator, _BOOL) if dtype.kind in "biuf" else None


_BY_KIND: dict[str, Callable[[DType], Known | None]] = {
    "all": _truth(All()),
    "any": _truth(Any()),
    "first": _row(First()),
    "last": _row(Last()),
    "max": _row(Max()),
    "mean": _moment(Mean()),
    "median": _median,
    "min": _row(Min()),
    "nunique": _nunique,
    "std": _moment(Std()),
    "sum": _sum,
    "var": _moment(Var()),
}
KINDS = tuple(sorted([*_BY_KIND, "count", "quantile"]))
"""The names of all reductions: pandas' own, and ``first`` and ``last``."""
