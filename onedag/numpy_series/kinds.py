"""The kinds of columns, and the dtypes of the numbers among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["BOOL", "KINDS", "MASKED", "NUMPY"]

KINDS = "biufBIUFsMm"
"""The kinds of columns: NumPy's bool, integer, unsigned and float; the same nullable, in capitals
(pandas' masked dtypes); text; times; durations."""

MASKED: Mapping[np.dtype[Any], Any] = {
    np.dtype(np.bool_): pd.BooleanDtype(),
    np.dtype(np.int8): pd.Int8Dtype(),
    np.dtype(np.int16): pd.Int16Dtype(),
    np.dtype(np.int32): pd.Int32Dtype(),
    np.dtype(np.int64): pd.Int64Dtype(),
    np.dtype(np.uint8): pd.UInt8Dtype(),
    np.dtype(np.uint16): pd.UInt16Dtype(),
    np.dtype(np.uint32): pd.UInt32Dtype(),
    np.dtype(np.uint64): pd.UInt64Dtype(),
    np.dtype(np.float32): pd.Float32Dtype(),
    np.dtype(np.float64): pd.Float64Dtype(),
}
"""The nullable dtype of each of NumPy's."""

NUMPY = frozenset(MASKED)
"""The dtypes of the kinds ``biuf``."""

BOOL = np.dtype(np.bool_)
