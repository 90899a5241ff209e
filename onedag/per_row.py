"""Functions of single values: called once for each row, the same way by both drivers.

What goes in and out are Python values, None for null, so that it doesn't matter whether a column is
a `pd.Series` or anything else. The rules:

- A parameter gets a value of its annotation: an integer is a float where ``float`` is asked for, a
  time is an aware `datetime` in UTC, a `date` its day there, text a `UUID` or an `Enum`.
- For a row with a null the function isn't called, and its result is null, unless the parameter says
  ``| None``: then it gets None. NaN and NaT are null too. Fitted values are passed as they are.
- The result has the type of the return annotation. An integer or a bool is nullable if the
  annotation says ``| None``, or if a nullable column goes to a parameter that doesn't. It never
  depends on the values.
- Nothing is coerced but an integer to the float that it equals. None is a result only where the
  annotation says so; NaN is one for ``float``, and NaT for a time: both are null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from textwrap import shorten
from typing import Any

import pandas as pd

from onedag.dtypes import ColumnType, allows_none, annotated_type
from onedag.errors import FunctionError
from onedag.nodes import FunctionNode, shown_type
from onedag.row_values import WRONG, checker, conversion

__all__ = ["PerRow", "RowCalls"]


class PerRow:
    """A function of single values, made ready to be called.

    Args:
        step: with ``per_row``.
    """

    def __init__(self, step: FunctionNode) -> None:
        self.step = step
        self.returns = annotated_type(step.returns, f"Function {step.name!r} of {step.module}")
        self._result = checker(step.returns)
        self._may_be_none = allows_none(step.returns)
        self._by_types: dict[tuple[ColumnType | None, ...], RowCalls] = {}

    @classmethod
    def of(cls, step: FunctionNode) -> PerRow:
        """The function made ready, once for each step."""
        return _made_ready(step)

    def on(self, types: Sequence[ColumnType | None]) -> RowCalls:
        """The function on columns of these types; cheap when it is asked again.

        Args:
            types: of what each parameter gets, in their order. None for one value for all rows,
                and for an optional parameter that gets nothing.

        Raises:
            FunctionError: a column of a type that its parameter's annotation doesn't fit.
        """
        known = self._by_types.get(key := tuple(types))
        if known is None:
            known = self._by_types[key] = RowCalls(self, key)
        return known

    def result(self, value: Any, arguments: Mapping[str, Any]) -> Any:
        """What the function returned as a value of its type; None for null.

        Raises:
            FunctionError: another class, or None where the annotation doesn't allow it.
        """
        if value is None or value is pd.NA:
            if self._may_be_none:
                return None
        elif (found := self._result(value)) is not WRONG:
            return found
        none = value is None or value is pd.NA
        hint = " Annotate `| None` if a row may have no value." if none else ""
        raise FunctionError(
            f"Function {self.step.name!r} of {self.step.module} returned {value!r} "
            f"({type(value).__name__}) for {_shown(arguments)}; its annotation says "
            f"{shown_type(self.step.returns)}.{hint}"
        )


@lru_cache(1024)
def _made_ready(step: FunctionNode) -> PerRow:
    return PerRow(step)


class RowCalls:
    """A function of single values on columns of known types.

    Attributes:
        result_type: of the column that it makes.
    """

    def __init__(self, function: PerRow, types: Sequence[ColumnType | None]) -> None:
        parameters = function.step.parameters
        columns = [(p, t) for p, t in zip(parameters, types, strict=True) if t is not None]
        self._function = function
        self._call = function.step.function
        self._names = [parameter.name for parameter, _ in columns]
        self._conversions = [conversion(p, t, function.step) for p, t in columns]
        self._required = [not allows_none(parameter.annotation) for parameter, _ in columns]
        left_out = any(
            column.nullable and not allows_none(parameter.annotation)
            for parameter, column in columns
        )
        returns = function.returns
        self.result_type = ColumnType(returns.arrow, returns.nullable or left_out)

    def __call__(
        self, columns: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any], length: int
    ) -> list[Any]:
        """The results, None for null.

        Args:
            columns: Python values by parameter, shape ``(length,)``; None or NaN for null.
            fixed: fitted values by parameter.
            length: the number of rows.

        Raises:
            FunctionError: the function raised, or returned what its annotation doesn't say. The
                message has the values of the row.
        """
        names, call, result = self._names, self._call, self._function.result
        results: list[Any] = []
        for row in self._rows(columns, length):
            if row is None:
                results.append(None)
                continue
            arguments = dict(zip(names, row, strict=True), **fixed)
            try:
                value = call(**arguments)
            except Exception as error:  # a user's function may raise anything
                step = self._function.step
                raise FunctionError(
                    f"Function {step.name!r} of {step.module} raised {type(error).__name__}: "
                    f"{error} (it was given {_shown(arguments)})."
                ) from error
            results.append(result(value, arguments))
        return results

    def _rows(
        self, columns: Mapping[str, Sequence[Any]], length: int
    ) -> Iterator[tuple[Any, ...] | None]:
        """The values of each row; None for one with a null that may not be passed."""
        if not self._names:
            yield from [()] * length
            return
        given = [
            convert(columns[name])
            for name, convert in zip(self._names, self._conversions, strict=True)
        ]
        for row in zip(*given, strict=True):
            if None in row and any(
                needed and value is None for needed, value in zip(self._required, row, strict=True)
            ):
                yield None
            else:
                yield row


def _shown(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shorten(repr(value), 80)}" for name, value in arguments.items())
