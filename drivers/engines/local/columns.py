"""A row-wise expression over a whole history, as arrays that windows are reduced in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

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
    encoded = array.cast(pa.string()).dictionary_encode()
    order = encoded.dictionary.sort_indices().to_numpy() if len(encoded.dictionary) else []
    places = np.empty(len(encoded.dictionary), np.int64)
    places[order] = np.arange(len(places))
    codes = encoded.indices.fill_null(0).to_numpy().astype(np.int64)
    numbers = places[codes] if len(places) else codes
    return Values(numbers, null, encoded.dictionary.take(pa.array(order, pa.int64())))


def sort_keys(numbers: Array) -> Integers:
    """Integers in the order of the numbers, by which they can be told apart; undone by itself.

    The bits of a float, read as an integer, are in its order, but negative floats are reversed. So
    ``-0.0`` comes before ``0.0``, whatever the order of rows.
    """
    if numbers.dtype == np.float64 or numbers.dtype == np.float32:
        width = numbers.dtype.itemsize * 8
        bits = numbers.view(f"i{numbers.dtype.itemsize}")
        flipped = bits ^ ((bits >> (width - 1)) & np.array(2 ** (width - 1) - 1, bits.dtype))
        return flipped.astype(np.int64)
    if numbers.dtype == np.uint64:
        return (numbers ^ np.uint64(2**63)).view(np.int64)
    return numbers.astype(np.int64)


def from_sort_keys(keys: Integers, dtype: np.dtype[Any]) -> Array:
    """The numbers of `sort_keys`."""
    if dtype.kind == "f":
        bits = keys.astype(f"i{dtype.itemsize}")
        width = dtype.itemsize * 8
        return (bits ^ ((bits >> (width - 1)) & np.array(2 ** (width - 1) - 1, bits.dtype))).view(
            dtype
        )
    if dtype == np.uint64:
        return keys.view(np.uint64) ^ np.uint64(2**63)
    return keys.astype(dtype)
