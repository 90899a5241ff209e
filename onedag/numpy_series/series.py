"""`NumpySeries`: an immutable column over NumPy arrays with the surface of `pd.Series`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from onedag.numpy_series.refusal import Refused

__all__ = ["KINDS", "MASKED", "NumpySeries"]

KINDS = "biufBIUFsMm"
"""The kinds of columns: NumPy's bool, integer, unsigned and float; the same nullable, in capitals
(pandas' masked dtypes); text; times; durations."""

MASKED: Mapping[np.dtype[Any], Any] = {
    dtype.numpy_dtype: dtype
    for dtype in (
        *(pd.Int8Dtype(), pd.Int16Dtype(), pd.Int32Dtype(), pd.Int64Dtype(), pd.BooleanDtype()),
        *(pd.UInt8Dtype(), pd.UInt16Dtype(), pd.UInt32Dtype(), pd.UInt64Dtype()),
        *(pd.Float32Dtype(), pd.Float64Dtype()),
    )
}
"""The nullable dtype of each of NumPy's."""


class NumpySeries:
    """A column of ``n`` rows under a ``RangeIndex``, without a name.

    | kind | dtype                       | values                            | mask        |
    |------|-----------------------------|-----------------------------------|-------------|
    | biuf | NumPy's                     | of that dtype                     | None        |
    | BIUF | boolean, Int8 …, Float64    | of the NumPy dtype; any if null   | True = null |
    | s    | str                         | object: str, None for missing     | None        |
    | M    | datetime64[us, zone or not] | M8[us] in UTC, NaT                | None        |
    | m    | timedelta64[us]             | m8[us], NaT                       | None        |

    It is never written to, so columns may share arrays, and one column may be given to several
    functions.
    """

    __slots__ = ("_dtype", "_kind", "_mask", "_values")

    def __init__(
        self,
        values: npt.NDArray[Any],
        kind: str,
        dtype: Any,
        mask: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self._values = values
        self._kind = kind
        self._dtype = dtype
        self._mask = mask

    def __len__(self) -> int:
        return len(self._values)

    @property
    def __class__(self) -> type:
        """`pd.Series`, so that a function's ``isinstance`` has the answer that it has in batch."""
        return pd.Series

    @property
    def dtype(self) -> Any:
        """The pandas dtype."""
        return self._dtype

    def __getattr__(self, name: str) -> Any:
        raise Refused(f".{name}", self)
