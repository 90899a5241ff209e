"""Feature vectors: one content, in every form in which it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.model_contract import feature_matrix
from drivers.serving.vectors import FeatureVectors, Promise
from onedag.dtypes import ColumnType
from onedag.errors import SchemaMismatch
from onedag.numpy_series import from_values, to_series
from onedag.status import Codes

_VALUES: Mapping[pa.DataType, st.SearchStrategy[Any]] = {
    pa.float64(): st.floats() | st.sampled_from([1e300, -0.0, 2.0**53]),
    pa.float32(): st.floats(width=32),
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53 + 1, 2**24 + 1]),
    pa.int8(): st.integers(-128, 127),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.bool_(): st.booleans(),
}


@st.composite
def _vectors(draw: st.DrawFn) -> FeatureVectors:
    arrows = draw(st.lists(st.sampled_from(list(_VALUES)), min_size=1, max_size=6))
    length = draw(st.sampled_from([0, 1, 1, 3]))
    types = [ColumnType(arrow, draw(st.booleans())) for arrow in arrows]
    columns = []
    for column in types:
        cell = _VALUES[column.arrow] | st.none() if column.nullable else _VALUES[column.arrow]
        values = draw(st.lists(cell, min_size=length, max_size=length))
        columns.append(from_values(values, column))
    schema = pa.schema([column.field(f"f{number}") for number, column in enumerate(types)])
    codes: dict[str, Codes] = {name: np.zeros(length, np.int8) for name in schema.names}
    return FeatureVectors("run", schema, columns, lambda: codes)


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(vectors=_vectors())
def test_the_matrix_is_that_of_a_training_frame(vectors: FeatureVectors) -> None:
    found, expected = vectors.matrix(), feature_matrix(vectors.table)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    numbers = ~np.isnan(expected)
    assert (np.isnan(found) == ~numbers).all()
    assert found[numbers].tobytes() == expected[numbers].tobytes()


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(vectors=_vectors())
def test_parts_are_slices_of_the_whole(vectors: FeatureVectors) -> None:
    lengths = [len(vectors) // 2, 0, len(vectors) - len(vectors) // 2]
    parts = vectors.split(lengths)
    assert [len(part) for part in parts] == lengths
    assert [row for part in parts for row in part.to_dicts()] == vectors.table.to_pylist()
    assert pa.concat_tables(part.table for part in parts).schema == vectors.schema
    assert [status for part in parts for status in part.statuses] == vectors.statuses


def test_a_promise_is_kept_or_refused() -> None:
    floats = from_values([1.0, None], ColumnType(pa.float64()))
    assert Promise(pa.field("f", pa.float64())).kept(floats) is floats
    whole = from_values([1, 2], ColumnType(pa.int64()))
    kept = Promise(pa.field("f", pa.int64(), nullable=False)).kept(whole)
    assert to_series(kept).dtype == "int64"
    with pytest.raises(SchemaMismatch, match="is null for a row"):
        Promise(pa.field("f", pa.int64(), nullable=False)).kept(
            from_values([1, None], ColumnType(pa.int64()))
        )
    with pytest.raises(SchemaMismatch, match="not int64"):
        Promise(pa.field("f", pa.int64())).kept(from_values(["a"], ColumnType(pa.string())))
