"""`pandas` as a function sees it that runs on stand-ins: what takes a Series takes them too.

A function names the module itself, as ``pd``, in its globals. So a copy of it is called whose
globals answer with `PandasFunctions` in its place; the module of the function is left alone.
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pandas as pd

from onedag.numpy_series.refusal import Refused
from onedag.numpy_series.series import NumpySeries
from onedag.numpy_series.time_methods import DURATIONS

__all__ = ["PandasFunctions", "with_stand_in_pandas"]

_UTC = pd.DatetimeTZDtype("us", "UTC")
_DAY = 86_400_000_000
_UNITS: Mapping[str, int] = {
    **dict.fromkeys(("D", "d", "day", "days"), _DAY),
    **dict.fromkeys(("h", "hour", "hours", "hr"), 3_600_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000_000),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1_000_000),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 1000),
    **dict.fromkeys(("us", "micro", "micros", "microsecond", "microseconds"), 1),
}
_REFUSED = frozenset(
    name
    for name in dir(pd)
    if not name.startswith("_")
    and callable(getattr(pd, name))
    and not isinstance(getattr(pd, name), type)
)


class PandasFunctions:
    """The module `pandas`, whose functions know stand-ins or refuse them.

    Raises:
        Refused: a stand-in is given to a function that isn't one of the below.
    """

    def __getattr__(self, name: str) -> Any:
        value = getattr(pd, name)
        if name in _REFUSED:
            value = _refusing(value)
            setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return dir(pd)

    def to_datetime(self, arg: Any, *args: Any, **options: Any) -> Any:
        """Times are what they are; ``utc=True`` makes them UTC's."""
        if type(arg) is not NumpySeries:
            return _refusing(pd.to_datetime)(arg, *args, **options)
        utc = options.pop("utc", False)
        if arg._kind != "M" or args or options or type(utc) is not bool:
            raise Refused("pd.to_datetime", arg)
        return NumpySeries(arg._values, "M", _UTC) if utc else arg

    def to_timedelta(self, arg: Any, unit: Any = None, errors: Any = "raise") -> Any:
        """Durations are what they are; of int64 the unit says how long they are."""
        if type(arg) is not NumpySeries:
            return pd.to_timedelta(arg, unit, errors=errors)
        if type(errors) is not str or errors != "raise":
            raise Refused("pd.to_timedelta", arg)
        if arg._kind == "m" and unit is None:
            return arg
        scale = _UNITS.get(unit) if type(unit) is str else None
        if scale is None or arg._dtype != np.int64 or arg._kind != "i":
            raise Refused("pd.to_timedelta", arg)
        if any(abs(value) >= 2**62 // scale for value in arg._values.tolist()):
            raise Refused("pd.to_timedelta", arg)
        return NumpySeries((arg._values * scale).view(DURATIONS), "m", DURATIONS)

    def to_numeric(self, arg: Any, *args: Any, **options: Any) -> Any:
        """Numbers are what they are."""
        if type(arg) is not NumpySeries:
            return _refusing(pd.to_numeric)(arg, *args, **options)
        if arg._kind not in "iuf" or args or options:
            raise Refused("pd.to_numeric", arg)
        return arg

    def isna(self, obj: Any) -> Any:
        """Where a stand-in is null, NaN or NaT."""
        if type(obj) is not NumpySeries:
            return pd.isna(obj)
        return obj.isna()

    def notna(self, obj: Any) -> Any:
        """Where a stand-in holds a value."""
        if type(obj) is not NumpySeries:
            return pd.notna(obj)
        return obj.notna()

    isnull = isna
    notnull = notna


def _refusing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; refused if it is given a stand-in, alone or in a list."""

    @functools.wraps(function)
    def refusing(*args: Any, **options: Any) -> Any:
        for value in (*args, *options.values()):
            inner = value.values() if isinstance(value, dict) else value
            several = inner if isinstance(value, dict | list | tuple) else (value,)
            if any(type(each) is NumpySeries for each in several):
                raise Refused(f"pd.{function.__name__}")
        return function(*args, **options)

    return refusing


_FUNCTIONS = PandasFunctions()
_OWN = ("to_datetime", "to_timedelta", "to_numeric", "isna", "isnull", "notna", "notnull")
_REPLACED: Mapping[int, Any] = {
    id(pd): _FUNCTIONS,
    **{id(getattr(pd, name)): getattr(_FUNCTIONS, name) for name in _OWN},
}
"""What stands for pandas and for functions that were imported from it, by identity."""


def with_stand_in_pandas(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that sees `PandasFunctions` where its own globals have pandas.

    So do the functions of its own package that it calls by a global name. What else these globals
    hold is looked up in its module each time.

    Args:
        function: any callable. A plain function, or a `functools.partial` of one, is copied; one
            that doesn't name pandas, or that sets globals, is given back, as is anything else.
    """
    if type(function) is functools.partial:
        inner = with_stand_in_pandas(function.func)
        if inner is function.func:
            return function
        return functools.partial(inner, *function.args, **function.keywords)
    if type(function) is not FunctionType or not _names_pandas(function, set()):
        return function
    return _copied(function, _Globals(function.__globals__))


def _copied(function: FunctionType, seen: dict[str, Any]) -> FunctionType:
    copy = FunctionType(
        function.__code__, seen, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    copy.__doc__ = function.__doc__
    copy.__dict__.update(function.__dict__)
    return copy


def _names_pandas(function: FunctionType, seen: set[FunctionType]) -> bool:
    """Whether it, or a function of its package that it names, has pandas among its globals."""
    seen.add(function)
    codes = list(_codes(function.__code__))
    if any(op.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") for c in codes for op in _steps(c)):
        return False  # a copy would set its own
    named = [function.__globals__.get(name) for code in codes for name in code.co_names]
    if any(id(value) in _REPLACED for value in named):
        return True
    return any(
        _names_pandas(value, seen)
        for value in named
        if type(value) is FunctionType
        and value not in seen
        and _package(value) == _package(function)
    )


def _steps(code: CodeType) -> Iterator[dis.Instruction]:
    return dis.get_instructions(code)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _package(function: FunctionType) -> str:
    return (function.__module__ or "").partition(".")[0]


class _Globals(dict[str, Any]):
    """The globals of a function as they are at each look-up, but for pandas and for helpers.

    CPython asks ``__getitem__`` where the globals aren't a plain dict. What it reads without
    asking, for imports and warnings, is copied.
    """

    def __init__(self, live: dict[str, Any]) -> None:
        names = ("__builtins__", "__name__", "__package__", "__spec__", "__file__")
        super().__init__({name: live[name] for name in names if name in live})
        self._live = live
        self._package = str(live.get("__name__", "")).partition(".")[0]
        self._copies: dict[FunctionType, Callable[..., Any]] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._live[name]
        if type(value) is FunctionType:
            return self._helper(value)
        return _REPLACED.get(id(value), value)

    def _helper(self, function: FunctionType) -> Callable[..., Any]:
        replaced: Callable[..., Any] | None = _REPLACED.get(id(function))
        if replaced is not None:
            return replaced
        if function not in self._copies:
            ours = _package(function) == self._package
            self._copies[function] = with_stand_in_pandas(function) if ours else function
        return self._copies[function]
