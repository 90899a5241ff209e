"""Plain values, told where they stand: numbers to the bit, texts, times, and tuples of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import operator
import pathlib
import re
import struct
import threading
import types
import typing
import uuid
import zoneinfo
from collections import namedtuple
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from logging import Logger
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onedag.fingerprints.code import instructions, shape
from onedag.fingerprints.installed import installed_name
from onedag.fingerprints.writing import Tell, Telling

__all__ = ["tell_inline"]


def tell_inline(out: Telling, value: Any) -> bool:
    """Tell a value in place if it is plain or installed; False for what needs an entry."""
    tell = _BY_TYPE.get(type(value)) or _by_base(value)
    if tell is not None:
        out.text(type(value).__name__)
        tell(out, value)
        return True
    if typing.get_origin(value):
        out.text("installed", repr(value))
        return True
    name = installed_name(value)
    if name is not None:
        out.text("installed")
        out.installed(name)
    return name is not None


def _by_base(value: Any) -> Tell | None:
    return next((tell for base, tell in _BY_BASE.items() if isinstance(value, base)), None)


def _nothing(_out: Telling, _value: Any) -> None:
    """The type says it all."""


def _text(out: Telling, value: Any) -> None:
    out.text(value)


def _repr(out: Telling, value: Any) -> None:
    out.text(repr(value))


def _int(out: Telling, value: int) -> None:
    out.text(hex(value))  # decimal digits are refused above some number of them


def _float(out: Telling, value: float) -> None:
    out.text(struct.pack(">d", value).hex())


def _complex(out: Telling, value: complex) -> None:
    out.text(struct.pack(">dd", value.real, value.imag).hex())


def _bytes(out: Telling, value: bytes | bytearray) -> None:
    out.text(value.hex())


def _tuple(out: Telling, value: tuple[Any, ...]) -> None:
    out.values(value)


def _frozenset(out: Telling, value: frozenset[Any]) -> None:
    out.unordered(value)


def _enum(out: Telling, value: Enum) -> None:
    out.text(value.name)
    out.value(value.value)  # flags that are combined have no name
    out.value(type(value))


def _time(out: Telling, value: dt.datetime | dt.time) -> None:
    out.text(value.isoformat(), value.fold)
    out.value(value.tzinfo)


def _pattern(out: Telling, value: re.Pattern[Any]) -> None:
    out.text(value.flags)
    out.value(value.pattern)


def _method(out: Telling, value: types.MethodType) -> None:
    out.value(value.__func__)
    out.value(value.__self__)


def _builtin(out: Telling, value: types.BuiltinFunctionType) -> None:
    name = installed_name(value)
    if name is not None:
        out.installed(name)
    else:
        out.text(value.__qualname__)
        of = value.__self__
        out.value(of.__name__ if isinstance(of, types.ModuleType) else of)


def _reduced(out: Telling, value: Any) -> None:
    out.values(value.__reduce__()[1])


def _place(out: Telling, value: Any) -> None:
    out.value(value.__reduce__()[1][0])  # of a field in its tuple; what follows is its docstring


def _range(out: Telling, value: range | slice) -> None:
    out.values((value.start, value.stop, value.step))


def _code(out: Telling, code: types.CodeType) -> None:
    out.text(shape(code))
    for name, by_value, argument in instructions(code):
        out.text(name)
        if by_value:
            out.value(argument)
        else:
            out.text(argument)


def _scalar(out: Telling, value: np.generic) -> None:
    out.text(value.dtype)
    if value.dtype.hasobject:
        out.unknown(value)
    else:
        out.text(value.tobytes().hex())


def _moment(out: Telling, value: pd.Timestamp | pd.Timedelta) -> None:
    out.value(value.asm8)
    if isinstance(value, pd.Timestamp):
        out.text(value.fold)
        out.value(value.tzinfo)


def _categories(out: Telling, value: pd.CategoricalDtype) -> None:
    out.value(value.ordered)
    out.value(value.categories)  # `repr` leaves the middle of many out


def _interval(out: Telling, value: pd.Interval[Any]) -> None:
    out.values((value.left, value.right, value.closed))


def _period(out: Telling, value: pd.Period) -> None:
    out.values((value.ordinal, value.freq))


def _offset(out: Telling, value: Any) -> None:
    out.values((value.n, value.normalize, *sorted(value.kwds)))
    out.values(item for _, item in sorted(value.kwds.items()))


def _arrow_scalar(out: Telling, value: pa.Scalar) -> None:
    out.text(value.type)
    out.value(value.as_py())


_BY_TYPE: Mapping[type, Tell] = {
    **dict.fromkeys((type(None), type(...), type(NotImplemented)), _nothing),
    **dict.fromkeys((type(pd.NA), type(pd.NaT)), _nothing),
    bool: _text,
    int: _int,
    float: _float,
    complex: _complex,
    str: _text,
    bytes: _bytes,
    bytearray: _bytes,
    tuple: _tuple,
    frozenset: _frozenset,
    range: _range,
    slice: _range,
    dt.datetime: _time,
    dt.time: _time,
    dt.date: _repr,
    dt.timedelta: _repr,
    dt.timezone: _repr,
    zoneinfo.ZoneInfo: _repr,
    Decimal: _repr,
    Fraction: _repr,
    uuid.UUID: _repr,
    re.Pattern: _pattern,
    types.CodeType: _code,
    types.MethodType: _method,
    types.BuiltinFunctionType: _builtin,
    **dict.fromkeys((types.GenericAlias, types.UnionType, typing.TypeVar), _repr),
    **dict.fromkeys((operator.itemgetter, operator.attrgetter, operator.methodcaller), _reduced),
    **dict.fromkeys((types.MemberDescriptorType, types.GetSetDescriptorType), _nothing),
    types.WrapperDescriptorType: _repr,
    functools._lru_cache_wrapper: lambda out, value: out.value(value.__wrapped__),
    # Which object it is says nothing, only that it is one.
    **dict.fromkeys((type(threading.Lock()), type(threading.RLock())), _nothing),
    type(dataclasses.MISSING): _nothing,
    type(vars(dataclasses)["_HAS_DEFAULT_FACTORY"]): _nothing,
    type(vars(namedtuple("_One", "one"))["one"]): _place,
    Logger: lambda out, value: out.text(value.name),
    pd.Timestamp: _moment,
    pd.Timedelta: _moment,
    pd.Interval: _interval,
    pd.Period: _period,
    pd.CategoricalDtype: _categories,
}

_BY_BASE: Mapping[type, Tell] = {
    Enum: _enum,
    pathlib.PurePath: lambda out, value: out.path(value),
    np.generic: _scalar,
    np.dtype: _repr,
    pd.api.extensions.ExtensionDtype: _repr,
    pd.tseries.offsets.BaseOffset: _offset,
    pa.DataType: _text,
    pa.Field: _text,
    pa.Schema: _text,
    pa.Scalar: _arrow_scalar,
}
