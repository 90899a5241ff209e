"""A row-wise expression over a whole history, as arrays that windows are reduced in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.local.exact import Integers
from onedag.aggregates.reductions import plain_dtype
from onedag.dtypes import TIMESTAMP

__all__ = ["Array", "Bools", "Values", "from_sort_keys", "sort_keys", "values_of"]

Array: TypeAlias = npt.NDArray[Any]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Values:
    """A value for each row of history, or for each window.

    Attributes:
        numbers: bools, integers and floats as they are; microseconds of times; the place of a text
            in `texts`. Anything where null. Shape ``(n,)``.
        null: shape ``(n,)``.
        texts: the different texts in order; None for other columns.
        is_time: whether the numbers are times in UTC.
    """

    numbers: Array
    null: Bools
    texts: pa.Array | None = None
    is_time: bool = False

    def with_numbers(self, numbers: Array, null: Bools) -> Values:
        """Other values of the same column."""
        return Values(numbers, null, self.texts, self.is_time)

    def arrow(self) -> pa.Array:
        """As Arrow; a NaN is null."""
        if self.texts is not None:
            return self.texts.take(pa.array(self.numbers, pa.int64(), mask=self.null))
        null = self.null
        if self.numbers.dtype.kind == "f":
            null = null | np.isnan(self.numbers)
        array = pa.array(self.numbers, mask=null)
        return array.cast(TIMESTAMP) if self.is_time else array


def values_of(series: pd.Series) -> Values:
    """The values of a column of a dtype that `plain_dtype` knows, or their nulls alone."""
    null = series.isna().to_numpy()
    plain = plain_dtype(series.dtype)
    if plain is None:
        return Values(np.zeros(len(series), np.int64), null)
    if plain.kind == "U":
        return _texts(series, null)
    if plain.kind in "mM":
        return Values(series.array.asi8, null, is_time=True)
    if isinstance(series.dtype, np.dtype):
        return Values(series.to_numpy(), null)
    return Values(series.to_numpy(plain, na_value=np.nan if plain.kind == "f" else 0), null)


def _texts(series: pd.Series, null: Bools) -> Values:
    array = pa.array(series, pa.large_string(), from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    encoded = array.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy().astype(np.int64)
    places = np.zeros(max(1, len(order)), np.int64)
    places[order] = np.arange(len(order))
    codes = encoded.indices.fill_null(0).to_numpy()
    return Values(places[codes], null, encoded.dictionary.take(pa.array(order)))


def sort_keys(numbers: Array) -> Integers:
    """Integers in the order of the numbers; equal only for the same number.

    The bits of a float, read as an integer, are in its order, but for negative floats, where they
    are in reverse. So ``-0.0`` comes before ``0.0``, whatever the order of the rows.
    """
    if numbers.dtype.kind == "f":
        return _flipped(numbers.view(f"i{numbers.dtype.itemsize}")).astype(np.int64)
    if numbers.dtype == np.uint64:
        keys: Integers = (numbers ^ _TOP_BIT).view(np.int64)
        return keys
    return numbers.astype(np.int64)


def from_sort_keys(keys: Integers, dtype: np.dtype[Any]) -> Array:
    """The numbers of some `sort_keys`."""
    numbers: Array = keys.astype(dtype) if dtype.kind in "bi" else keys
    if dtype.kind == "f":
        numbers = _flipped(keys.astype(f"i{dtype.itemsize}")).view(dtype)
    elif dtype == np.uint64:
        numbers = keys.view(np.uint64) ^ _TOP_BIT
    return numbers.astype(dtype, copy=False)


_TOP_BIT = np.uint64(2**63)


def _flipped(bits: Array) -> Array:
    """All bits but the sign the other way round where the sign is negative."""
    flipped: Array = bits ^ ((bits >> (bits.dtype.itemsize * 8 - 1)) & np.iinfo(bits.dtype).max)
    return flipped
