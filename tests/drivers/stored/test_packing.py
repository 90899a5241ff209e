"""Packed values: what goes in comes out, bit for bit."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.stored.packing import (
    NO_TIME,
    Layout,
    Unpacked,
    schema_from_text,
    schema_to_text,
    types_of,
)
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import SchemaMismatch, StoreError
from onedag.numpy_series import to_arrow

_INTEGERS = {
    getattr(pa, f"{sign}int{bits}")(): st.integers(*bounds)
    for sign in ("", "u")
    for bits in (8, 16, 32, 64)
    for bounds in [(0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)]
}
_VALUES: Mapping[pa.DataType, st.SearchStrategy[Any]] = {
    **_INTEGERS,
    pa.bool_(): st.booleans(),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
    pa.string(): st.text() | st.sampled_from(["", "\x00", "é", "🛫", "a" * 300]),
    TIMESTAMP: st.datetimes(timezones=st.just(UTC)),
}
_TIMES = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[dict[str, ColumnType], list[tuple[Any, ...]]]:
    arrows = draw(st.lists(st.sampled_from(list(_VALUES)), max_size=12))
    columns = [ColumnType(arrow, draw(st.booleans())) for arrow in arrows]
    cells = [_VALUES[c.arrow] | st.none() if c.nullable else _VALUES[c.arrow] for c in columns]
    as_of = st.integers(-(2**63), 2**63 - 1)
    rows = draw(st.lists(st.tuples(_TIMES, _TIMES, as_of, *cells), max_size=5))
    types = {f"v{index}": column for index, column in enumerate(columns)}
    return types, rows


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(table=_tables())
def test_round_trip(table: tuple[dict[str, ColumnType], list[tuple[Any, ...]]]) -> None:
    types, rows = table
    layout = Layout("view", types)
    again = Layout.from_json(layout.to_json())
    assert again.hash == layout.hash
    blobs = _pack(layout, rows)
    for some, packed in [
        *(([n], [blob]) for n, blob in enumerate(blobs)),
        (range(len(rows)), blobs),
    ]:
        if not packed:
            continue
        found = again.unpack_all(packed)
        assert found.event.tolist() == [NO_TIME if rows[n][0] is None else rows[n][0] for n in some]
        assert found.as_of.tolist() == [rows[n][2] for n in some]
        for index, column in enumerate(types.values()):
            given = pa.array([rows[n][3 + index] for n in some], column.arrow)
            assert _bits(_column(found, index, column)) == _bits(given)


def test_null_nan_and_missing_are_three_things() -> None:
    layout = Layout("view", {"x": ColumnType(pa.float64())})
    null, nan, missing = _pack(
        layout, [(1, 1, 2, None), (1, 1, 2, float("nan")), (None, None, 0, None)]
    )
    found = layout.unpack_all([null, nan, missing])
    assert found.event.tolist() == [1, 1, NO_TIME]
    assert found.nulls is not None
    assert found.nulls[0].tolist() == [True, False, True]
    assert math.isnan(found.slots[0].view(np.float64)[1])
    assert len({null, nan, missing}) == 3


def test_a_blob_is_as_its_docstring_draws_it() -> None:
    layout = Layout(
        "view",
        {"n": ColumnType(pa.int64()), "s": ColumnType(pa.string()), "t": ColumnType(pa.string())},
    )
    [blob] = _pack(layout, [(-1, 5, 7, None, "é", "x")])
    assert blob == layout.hash + struct.pack("<qqqBqQQ", -1, 5, 7, 0b001, 0, 2, 1) + "éx".encode()


def test_many_values_have_many_null_bits() -> None:
    types = {f"v{index}": ColumnType(pa.int64()) for index in range(20)}
    layout = Layout("view", types)
    row = tuple(None if index % 3 else index for index in range(20))
    [blob] = _pack(layout, [(0, 0, 0, *row)])
    found = layout.unpack_all([blob])
    columns = [_column(found, index, ColumnType(pa.int64())) for index in range(20)]
    assert tuple(column[0].as_py() for column in columns) == row


@pytest.mark.parametrize(
    "other",
    [
        Layout("another view", {"a": ColumnType(pa.int64())}),
        Layout("view", {"b": ColumnType(pa.int64())}),
        Layout("view", {"a": ColumnType(pa.float64())}),
        Layout("view", {"a": ColumnType(pa.int64(), nullable=False)}),
        Layout("view", {"a": ColumnType(pa.int64()), "b": ColumnType(pa.int64())}),
        Layout("view", {}),
    ],
)
def test_another_layout_is_refused(other: Layout) -> None:
    layout = Layout("view", {"a": ColumnType(pa.int64())})
    [blob] = _pack(layout, [(0, 0, 0, 1)])
    assert layout.unpack_all([blob]).slots.tolist() == [[1]]
    with pytest.raises(StoreError, match="Materialize it again"):
        other.unpack_all([blob])


def test_the_order_of_values_is_part_of_the_layout() -> None:
    a, b = ColumnType(pa.int64()), ColumnType(pa.int64())
    assert Layout("view", {"a": a, "b": b}).hash != Layout("view", {"b": b, "a": a}).hash


@pytest.mark.parametrize(
    "arrow",
    [
        pa.duration("us"),
        pa.date32(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.null(),
        pa.list_(pa.int64()),
    ],
    ids=str,
)
def test_what_a_store_cannot_hold(arrow: pa.DataType) -> None:
    with pytest.raises(SchemaMismatch, match=r"Stored feature 'x' has type .*can't hold"):
        Layout("view", {"x": ColumnType(arrow)})


def test_chunked_columns() -> None:
    layout = Layout("view", {"n": ColumnType(pa.int64()), "s": ColumnType(pa.string())})
    times = pa.chunked_array([[1], [2, 3]], pa.int64())
    columns = {
        "n": pa.chunked_array([[1, None], [3]], pa.int64()),
        "s": pa.chunked_array([["a"], [], ["", None]], pa.string()),
    }
    blobs = layout.pack(columns, times, times, times)
    found = layout.unpack_all(blobs)
    kept = [_column(found, n, column).to_pylist() for n, column in enumerate(layout.types.values())]
    assert kept == [[1, None, 3], ["a", "", None]]


def test_a_schema_as_text() -> None:
    types = {
        "a": ColumnType(pa.int8(), nullable=False),
        "b": ColumnType(TIMESTAMP),
        "c": ColumnType(pa.dictionary(pa.int8(), pa.string())),
    }
    schema = pa.schema([column.field(name) for name, column in types.items()])
    again = schema_from_text(schema_to_text(schema))
    assert again == schema
    assert types_of(again) == types


def test_a_time_column_of_values() -> None:
    moment = datetime(1900, 1, 1, microsecond=1, tzinfo=UTC)
    [micros] = pa.array([moment], TIMESTAMP).cast(pa.int64()).to_pylist()
    layout = Layout("view", {"t": ColumnType(TIMESTAMP)})
    found = layout.unpack_all(_pack(layout, [(0, 0, 0, micros), (0, 0, 0, None)]))
    assert _column(found, 0, ColumnType(TIMESTAMP)).to_pylist() == [moment, None]


def _pack(layout: Layout, rows: Sequence[tuple[Any, ...]]) -> list[bytes]:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * (3 + len(layout.types))
    event, known, as_of = (pa.chunked_array([pa.array(c, pa.int64())]) for c in columns[:3])
    values = {
        name: pa.chunked_array([pa.array(column, layout.types[name].arrow)])
        for name, column in zip(layout.types, columns[3:], strict=True)
    }
    return layout.pack(values, event, known, as_of)


def _column(found: Unpacked, index: int, column: ColumnType) -> pa.Array:
    nulls = None if found.nulls is None else found.nulls[index]
    array, kind = to_arrow(found.column(index, nulls, column))
    assert kind == column
    return array


def _bits(array: pa.Array) -> object:
    if pa.types.is_floating(array.type):
        numbers = array.fill_null(math.nan).to_numpy(zero_copy_only=False)
        # Functions see null as a NaN, and a NaN may come back with another payload.
        return np.where(np.isnan(numbers), np.nan, numbers).tobytes()
    return array.to_pylist()
