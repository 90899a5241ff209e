"""The recording stand-in for a column of the window."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from onedag.aggregates import rowwise
from onedag.aggregates.emptiness import asks_for_emptiness
from onedag.aggregates.expression import MOST_OPERATIONS, Column, Reduction
from onedag.aggregates.reductions import KINDS
from onedag.aggregates.traced_scalar import TracedScalar
from onedag.aggregates.untraceable import Refusals, Untraceable

__all__ = ["TracedColumn"]


class TracedField(Untraceable):
    """Stands for a field of each value, such as its hour.

    It is an integer if no value is null and a float otherwise, so all that it can do is to be
    compared with constants, which tells no difference.
    """

    def __init__(self, refusals: Refusals, column: Column) -> None:
        super().__init__(refusals)
        self._column = column

    def _apply(self, text: str, operation: Callable[..., Any], *others: Any) -> TracedColumn:
        columns = [self._column, *map(self._operand, others)]
        operations = 1 + sum(column.operations for column in columns)
        if operations > MOST_OPERATIONS:
            self._refuse()
        return TracedColumn(
            self._refusals,
            Column(
                text.format(*(column.text for column in columns)),
                lambda series: operation(*(column.compute(series) for column in columns)),
                tuple(dict.fromkeys(value for one in columns for value in one.constants)),
                operations,
            ),
        )

    def _operand(self, value: Any) -> Column:
        if not _is_constant(value):
            self._refuse()
        return Column(f"<{value!r}>", lambda _: value, (value,))

    def isin(self, values: Any) -> TracedColumn:
        """As `pandas.Series.isin`, for constants of one type."""
        if type(values) not in (list, tuple, set, frozenset) or not all(map(_is_constant, values)):
            self._refuse()
        if len(set(map(type, values))) > 1 or any(value != value for value in values):
            self._refuse()
        kept = sorted(values)
        return self._apply("{}.isin({})", lambda series, *_: series.isin(kept), repr(kept), *kept)

    def between(self, left: Any, right: Any, inclusive: Any = "both") -> TracedColumn:
        """As `pandas.Series.between`."""
        return self._apply(
            "{}.between({}, {}, {})",
            lambda series, *ends: series.between(ends[0], ends[1], inclusive=ends[2]),
            left,
            right,
            inclusive,
        )


class TracedColumn(TracedField):
    """Stands for a column of the window."""

    def _operand(self, value: Any) -> Column:
        return value._column if type(value) is TracedColumn else super()._operand(value)

    def __len__(self) -> int:
        # What a window without rows gives is asked of the function itself.
        return 1 if asks_for_emptiness(sys._getframe(1)) else self._refuse()

    @property
    def empty(self) -> bool:
        """As `pandas.Series.empty`, of a window with rows."""
        return False

    @property
    def iloc(self) -> _Positions:
        """As `pandas.Series.iloc`, for the first and the last row."""
        return _Positions(self._refusals, self._column)

    @property
    def dt(self) -> _Times:
        """As `pandas.Series.dt`, for fields of a time."""
        return _Times(self._refusals, self._column)

    @property
    def str(self) -> _Texts:
        """As `pandas.Series.str`, for the length."""
        return _Texts(self._refusals, self._column)

    def fillna(self, *values: Any, **options: Any) -> TracedColumn:
        """As `pandas.Series.fillna` with one value."""
        if len(values) != 1 or options:
            self._refuse()
        return self._apply("{}.fillna({})", rowwise.fillna, *values)

    def where(self, condition: Any, *other: Any, **options: Any) -> TracedColumn:
        """As `pandas.Series.where` with a column of bools, and a constant or nothing."""
        return self._choose("{}.where({})", rowwise.where, condition, other, options)

    def mask(self, condition: Any, *other: Any, **options: Any) -> TracedColumn:
        """As `pandas.Series.mask` with a column of bools, and a constant or nothing."""
        return self._choose("{}.mask({})", rowwise.mask, condition, other, options)

    def _choose(
        self, text: Any, operation: Any, condition: Any, other: tuple[Any, ...], options: Any
    ) -> TracedColumn:
        other = other or tuple(options.pop(name) for name in ("other",) if name in options)
        if options or len(other) > 1 or type(condition) is not TracedColumn:
            self._refuse()
        if other and not _is_constant(other[0]):
            self._refuse()
        holes = text.replace("({})", "({}, {})") if other else text
        return self._apply(holes, operation, condition, *other)

    def clip(self, lower: Any = None, upper: Any = None, **options: Any) -> TracedColumn:
        """As `pandas.Series.clip` with numbers."""
        for bound in (lower, upper):
            if options or not (bound is None or (_is_number(bound) and bound == bound)):
                self._refuse()
        return self._apply(
            f"{{}}.clip({lower!r}, {upper!r})", lambda series: rowwise.clip(series, lower, upper)
        )

    def astype(self, *arguments: Any, **options: Any) -> TracedColumn:
        """As `pandas.Series.astype` to ``float``, ``int`` or ``bool``."""
        if options or len(arguments) != 1 or not any(arguments[0] is cast for cast in _CASTS):
            self._refuse()
        target = np.dtype(arguments[0])
        return self._apply(f"{{}}.astype({target})", lambda series: rowwise.astype(series, target))

    def quantile(self, q: Any = 0.5, **options: Any) -> TracedScalar:
        """As `pandas.Series.quantile` with one number and linear interpolation."""
        if options or type(q) not in (int, float) or not 0 <= q <= 1:
            self._refuse()
        return TracedScalar(self._refusals, Reduction("quantile", self._column, float(q)))


class _Accessor(Untraceable):
    """Stands for ``x.iloc``, ``x.dt`` or ``x.str``."""

    def __init__(self, refusals: Refusals, column: Column) -> None:
        super().__init__(refusals)
        self._column = column

    def _field(self, text: str, compute: Callable[[Any], Any]) -> TracedField:
        column = self._column
        return TracedField(
            self._refusals,
            Column(
                f"{column.text}.{text}",
                lambda series: compute(column.compute(series)),
                column.constants,
                column.operations + 1,
            ),
        )


class _Positions(_Accessor):
    def __getitem__(self, position: Any) -> TracedScalar:
        if type(position) is not int or position not in (0, -1):
            self._refuse()
        kind = "last" if position else "first"
        return TracedScalar(self._refusals, Reduction(kind, self._column))


class _Times(_Accessor):
    pass


class _Texts(_Accessor):
    def len(self) -> TracedField:
        """As `pandas.Series.str.len`."""
        return self._field("str.len()", lambda series: series.str.len())


_CONSTANTS = (bool, int, float, str, datetime, pd.Timestamp)
_CASTS = (float, int, bool, np.float64, np.int64, np.bool_)


def _is_constant(value: Any) -> bool:
    return type(value) in _CONSTANTS or isinstance(value, np.number | np.bool_)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) or isinstance(value, np.number)


def _time_field(name: str) -> property:
    compute = operator.attrgetter(f"dt.{name}")
    return property(lambda self: self._field(f"dt.{name}", compute))


def _unary_operator(text: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: TracedColumn, *arguments: Any, **options: Any) -> TracedColumn:
        if arguments or options:
            self._refuse()
        return self._apply(text, operation)

    return apply


def _column_operator(name: str, symbol: str, *, reflected: bool) -> Callable[..., Any]:
    operation = getattr(operator, name)
    if reflected:
        return lambda self, other: self._apply(
            f"({{1}} {symbol} {{0}})", lambda a, b: operation(b, a), other
        )
    return lambda self, other: self._apply(f"({{}} {symbol} {{}})", operation, other)


def _reduction(kind: str) -> Callable[..., Any]:
    def apply(self: TracedColumn, *arguments: Any, **options: Any) -> TracedScalar:
        if arguments or options:
            self._refuse()
        return TracedScalar(self._refusals, Reduction(kind, self._column))

    return apply


_REDUCTIONS = set(KINDS) - {"first", "last", "quantile"}
_TIME_FIELDS = {
    **{name: name for name in ("year", "month", "day", "hour", "minute", "second", "day_of_week")},
    **dict.fromkeys(("dayofweek", "weekday"), "day_of_week"),
}
_UNARY: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "__neg__": ("(-{})", operator.neg),
    "__invert__": ("(~{})", operator.invert),
    "__abs__": ("abs({})", abs),
    "abs": ("abs({})", abs),
    "isna": ("{}.isna()", pd.Series.isna),
    "isnull": ("{}.isna()", pd.Series.isna),
    "notna": ("{}.notna()", pd.Series.notna),
    "notnull": ("{}.notna()", pd.Series.notna),
}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}
_LOGIC = {"and_": "&", "or_": "|", "xor": "^"}

for _name, (_text, _operation) in _UNARY.items():
    setattr(TracedColumn, _name, _unary_operator(_text, _operation))
for _name, _symbol in _COMPARISONS.items():
    _apply = _column_operator(_name, _symbol, reflected=False)
    setattr(TracedField, f"__{_name}__", _apply)
for _name, _symbol in {**_ARITHMETIC, **_LOGIC}.items():
    _method = _name.rstrip("_")
    setattr(TracedColumn, f"__{_method}__", _column_operator(_name, _symbol, reflected=False))
    setattr(TracedColumn, f"__r{_method}__", _column_operator(_name, _symbol, reflected=True))
for _name in _REDUCTIONS:
    setattr(TracedColumn, _name, _reduction(_name))
for _name in (*_ARITHMETIC, *_LOGIC, "floordiv", "mod", "pow"):
    # They write into the Series, under all of its names; a stand-in would only get another name.
    setattr(TracedField, f"__i{_name.rstrip('_')}__", TracedField._refuse)
for _name, _field in _TIME_FIELDS.items():
    setattr(_Times, _name, _time_field(_field))
