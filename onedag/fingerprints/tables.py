"""Containers, arrays and tables, by their values and types. Each is told once."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.fingerprints.writing import Tell, Telling

__all__ = ["TABLES", "tell_mapping"]


def tell_mapping(out: Telling, value: Mapping[Any, Any]) -> None:
    """The items in their order."""
    out.text("items", len(value))
    for key, item in value.items():
        out.value(key)
        out.value(item)


def _list(out: Telling, value: list[Any]) -> None:
    out.values(value)


def _set(out: Telling, value: set[Any]) -> None:
    out.unordered(value)


def _defaultdict(out: Telling, value: defaultdict[Any, Any]) -> None:
    out.value(value.default_factory)
    tell_mapping(out, value)


def _deque(out: Telling, value: deque[Any]) -> None:
    out.text(value.maxlen)
    out.values(value)


def _namespace(out: Telling, value: SimpleNamespace) -> None:
    tell_mapping(out, vars(value))


def _array(out: Telling, value: np.ndarray) -> None:
    out.text(value.dtype, value.shape)
    if value.dtype.hasobject:
        out.values(value.ravel().tolist())
    else:
        out.text(hashlib.sha256(value.tobytes()).hexdigest())


def _index(out: Telling, value: pd.Index[Any]) -> None:
    out.values(value.names)
    if isinstance(value, pd.MultiIndex):
        out.value(value.to_frame(index=False, name=list(range(value.nlevels))))
    else:
        _column(out, value)
        out.value(getattr(value, "freq", None))


def _series(out: Telling, value: pd.Series) -> None:
    out.value(value.name)
    out.value(value.attrs)
    _column(out, value)
    _index(out, value.index)


def _column(out: Telling, column: pd.Series | pd.Index[Any]) -> None:
    out.value(column.dtype)
    if isinstance(column.dtype, np.dtype):
        _array(out, column.to_numpy())
    else:
        out.values(column.astype(object))


def _frame(out: Telling, value: pd.DataFrame) -> None:
    out.value(value.attrs)
    _index(out, value.columns)
    _index(out, value.index)
    for place in range(value.shape[1]):
        _column(out, value.iloc[:, place])


def _arrow(out: Telling, value: pa.Array | pa.ChunkedArray) -> None:
    out.text(value.type)
    out.values(value.to_pylist())


def _arrow_table(out: Telling, value: pa.Table | pa.RecordBatch) -> None:
    out.values(value.column_names)
    for column in value.columns:
        _arrow(out, column)


TABLES: Mapping[type, Tell] = {
    list: _list,
    set: _set,
    dict: tell_mapping,
    OrderedDict: tell_mapping,
    Counter: tell_mapping,
    MappingProxyType: tell_mapping,
    defaultdict: _defaultdict,
    deque: _deque,
    SimpleNamespace: _namespace,
    np.ndarray: _array,
    **dict.fromkeys((pd.Index, pd.RangeIndex, pd.MultiIndex, pd.CategoricalIndex), _index),
    **dict.fromkeys((pd.DatetimeIndex, pd.TimedeltaIndex, pd.IntervalIndex), _index),
    pd.Series: _series,
    pd.DataFrame: _frame,
    pa.ChunkedArray: _arrow,
    pa.Table: _arrow_table,
    pa.RecordBatch: _arrow_table,
}
