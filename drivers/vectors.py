"""`FeatureVectors`: what the online driver answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from drivers.stored.packing import types_of
from onedag.dtypes import ColumnType, cast_exactly, to_series
from onedag.errors import SchemaMismatch
from onedag.status import Codes, Status, of_codes

__all__ = ["FeatureVectors", "conform"]


@dataclass(frozen=True)
class FeatureVectors:
    """The features of each row of a request, in the dtypes and order of the published run.

    Attributes:
        run_id: the run whose fitted values and schema these are.
        table: one column for each feature, shape ``(n_rows,)``.
        codes: statuses by feature, as codes.
    """

    run_id: str
    table: pa.Table
    codes: Mapping[str, Codes]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def schema(self) -> pa.Schema:
        """The run's Arrow schema."""
        return self.table.schema

    @property
    def statuses(self) -> list[dict[str, Status]]:
        """For each row the status of each feature."""
        columns = {name: of_codes(self.codes[name]) for name in self.table.column_names}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def split(self, lengths: Sequence[int]) -> list[FeatureVectors]:
        """The vectors of requests that were answered together, by their numbers of rows."""
        parts, start = [], 0
        for length in lengths:
            codes = {name: column[start : start + length] for name, column in self.codes.items()}
            parts.append(FeatureVectors(self.run_id, self.table.slice(start, length), codes))
            start += length
        return parts

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame as `TrainingFrame.to_pandas` gives it, with a RangeIndex."""
        types = types_of(self.table.schema)
        names = self.table.column_names
        return pd.DataFrame({name: to_series(self.table[name], types[name]) for name in names})

    def to_dicts(self) -> list[dict[str, Any]]:
        """For each row a dict of Python values; null, NaN among it, is None."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows


def conform(name: str, array: pa.Array, column: ColumnType, expected: pa.Field) -> pa.Array:
    """A feature in the published type, or an error if that would change a value.

    Raises:
        SchemaMismatch: the value doesn't fit the type, or is null where that has no null.
    """
    if column.arrow != expected.type:
        array = cast_exactly(
            pa.chunked_array([array]), expected.type, f"Feature {name!r}"
        ).combine_chunks()
    if array.null_count and not expected.nullable:
        raise SchemaMismatch(
            f"Feature {name!r} is null for a row, and the published run says {expected.type} "
            f"without nulls. Let the function return a dtype that can hold them (Int64, boolean, "
            f"float64), or fill them; then train and publish again."
        )
    return array
