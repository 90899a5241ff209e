"""`FeatureVectors`: what the online driver answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from drivers.model_contract import float32_of
from drivers.serving.program import Column
from drivers.serving.provenance import Provenance
from drivers.statuses import null_mask
from onedag.dtypes import ColumnType, cast_exactly, series_to_arrow
from onedag.dtypes import to_series as arrow_to_series
from onedag.errors import FunctionError, SchemaMismatch
from onedag.numpy_series import (
    NumpySeries,
    Refused,
    as_float,
    column_type,
    from_series,
    nulls,
    part,
    to_arrow,
    to_float32,
    to_list,
    to_series,
)
from onedag.status import Codes, Status, of_codes

__all__ = ["FeatureVectors", "Promise", "Vector", "null_values"]

Vector: TypeAlias = NumpySeries | pa.Array
"""A feature of a request's rows; in Arrow where there is no stand-in of its type."""


class FeatureVectors:
    """The features of each row of a request, in the dtypes and order of the published run.

    Args:
        run_id: the run whose fitted values and schema these are.
        schema: the run's Arrow schema.
        columns: one for each feature, shape ``(n_rows,)``, of the schema's types.
        codes: gives the statuses by feature as codes; called when they are asked for.
        store_error: what kept the store from answering, where a service goes on without it.
        made_of: the rows and what was looked up for them, of all that was answered together; None
            in another process.
        first: which of those rows is the first of these.
    """

    def __init__(
        self,
        run_id: str,
        schema: pa.Schema,
        columns: Sequence[Vector],
        codes: Callable[[], Mapping[str, Codes]],
        store_error: str | None = None,
        made_of: Provenance | None = None,
        first: int = 0,
    ) -> None:
        self.run_id = run_id
        self.schema = schema
        self.store_error = store_error
        self.made_of = made_of
        self.first = first
        self._columns = columns
        self._codes = codes

    def __len__(self) -> int:
        return len(self._columns[0])

    def __reduce__(self) -> tuple[Any, ...]:
        columns = list(map(_in_arrow, self._columns))  # columns in hand belong to one process
        codes: Callable[[], Mapping[str, Codes]] = partial(dict, self.codes)
        return FeatureVectors, (self.run_id, self.schema, columns, codes, self.store_error)

    @cached_property
    def codes(self) -> Mapping[str, Codes]:
        """Statuses by feature, as codes."""
        return self._codes()

    @cached_property
    def table(self) -> pa.Table:
        """The features in Arrow."""
        return pa.table(list(map(_in_arrow, self._columns)), schema=self.schema)

    @property
    def statuses(self) -> list[dict[str, Status]]:
        """For each row the status of each feature."""
        columns = {name: of_codes(self.codes[name]) for name in self.schema.names}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def split(self, lengths: Sequence[int]) -> list[FeatureVectors]:
        """The vectors of requests that were answered together, by their numbers of rows."""
        if list(lengths) == [len(self)]:
            return [self]
        ends = list(accumulate(lengths))
        return [self._part(end - length, end) for length, end in zip(lengths, ends, strict=True)]

    def _part(self, start: int, end: int) -> FeatureVectors:
        def codes() -> Mapping[str, Codes]:
            return {name: column[start:end] for name, column in self.codes.items()}

        columns = [_part(column, start, end) for column in self._columns]
        return FeatureVectors(
            self.run_id,
            self.schema,
            columns,
            codes,
            self.store_error,
            self.made_of,
            self.first + start,
        )

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame as `TrainingFrame.to_pandas` gives it, with a RangeIndex."""
        columns = zip(self.schema, self._columns, strict=True)
        return pd.DataFrame({field.name: _in_pandas(column, field) for field, column in columns})

    def to_dicts(self) -> list[dict[str, Any]]:
        """For each row a dict of Python values; null, NaN among it, is None."""
        names = self.schema.names
        columns = map(_listed, self._columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_lists(self, start: int, end: int) -> list[list[Any]]:
        """For each feature the Python values of the rows from ``start`` to ``end``, excluded."""
        if (start, end) == (0, len(self)):
            return list(map(_listed, self._columns))
        return [_listed(_part(column, start, end)) for column in self._columns]

    def matrix(self) -> npt.NDArray[np.float32]:
        """As a model takes them, float32 of shape ``(n_rows, n_features)``. A null is NaN.

        The same numbers as `drivers.model_contract.feature_matrix` makes of a training frame.

        Raises:
            SchemaMismatch: a feature that isn't a number or a bool.
        """
        with np.errstate(over="ignore"):  # beyond float32 is infinity
            if len(self) == 1 and None not in (row := list(map(_as_float, self._columns))):
                return np.array([row], np.float32)
            matrix = np.empty((len(self), len(self._columns)), np.float32)
            for position, column in enumerate(self._columns):
                matrix[:, position] = self._numbers(position, column)
        return matrix

    def _numbers(self, position: int, column: Vector) -> npt.NDArray[Any]:
        numbers = to_float32(column) if type(column) is NumpySeries else None
        if numbers is None:
            return float32_of(self.schema.field(position), _in_arrow(column))
        return numbers


class Promise:
    """What the published run says of one feature.

    Args:
        field: its name, type, and whether it may be null.
    """

    def __init__(self, field: pa.Field) -> None:
        self.name: str = field.name
        self._field = field
        self._type = ColumnType.of_field(field)
        self._right: Any = None  # the dtype, once it has been seen

    def kept(self, column: Column) -> Vector:
        """The feature in the published type.

        Raises:
            SchemaMismatch: that would change a value, or it is null where the type has no null.
        """
        if type(column) is NumpySeries:
            if column.dtype is self._right:
                return column
            if column_type(column) == self._type:
                self._right = column.dtype
                return column
        return self._converted(column)

    def _converted(self, column: Column) -> Vector:
        what, expected = f"Feature {self.name!r}", self._field.type
        if isinstance(column, pd.DataFrame):
            raise FunctionError(f"{what} is a table, and a feature is one column.")
        array, actual = _typed(column, what)
        if array.null_count == len(array):
            array = pa.nulls(len(array), expected)  # of nulls alone a function can't tell the type
        elif actual.arrow != expected:
            array = cast_exactly(pa.chunked_array([array]), expected, what).combine_chunks()
        if array.null_count and not self._field.nullable:
            raise SchemaMismatch(
                f"{what} is null for a row, and the published run says {expected} without nulls. "
                f"Let the function return a dtype that can hold them (Int64, boolean, float64), or "
                f"fill them; then train and publish again."
            )
        try:
            return from_series(arrow_to_series(array, self._type))
        except Refused:
            return array


def _typed(column: NumpySeries | pd.Series, what: str) -> tuple[pa.Array, ColumnType]:
    if isinstance(column, NumpySeries):
        return to_arrow(column)
    return series_to_arrow(column, what)


def _as_float(column: Vector) -> float | None:
    return as_float(column) if type(column) is NumpySeries else None


def null_values(column: Vector) -> npt.NDArray[np.bool_]:
    """Where a feature is null or NaN, shape ``(n_rows,)``."""
    return nulls(column) if type(column) is NumpySeries else null_mask(column)


def _in_arrow(column: Vector) -> pa.Array:
    return to_arrow(column)[0] if type(column) is NumpySeries else column


def _in_pandas(column: Vector, field: pa.Field) -> pd.Series:
    if type(column) is NumpySeries:
        return to_series(column)
    return arrow_to_series(column, ColumnType.of_field(field))


def _listed(column: Vector) -> list[Any]:
    values: list[Any] = to_list(column) if type(column) is NumpySeries else column.to_pylist()
    return values


def _part(column: Vector, start: int, end: int) -> Vector:
    return part(column, start, end) if type(column) is NumpySeries else column[start:end]
