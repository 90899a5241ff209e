"""Join keys as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedag.errors import SchemaMismatch
from onedag.keys import encode_key, encode_keys

_ADVERSARIAL = st.text(alphabet="\\|a\x00é\n'\"/", max_size=5)
_TEXTS = st.one_of(_ADVERSARIAL, st.text(max_size=8), st.none())
_INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, -1, 2**63 - 1, -(2**63)]), st.none()
)
_BOOLS = st.one_of(st.booleans(), st.none())
_COLUMNS = st.lists(
    st.sampled_from([(pa.string(), _TEXTS), (pa.int64(), _INTEGERS), (pa.bool_(), _BOOLS)]),
    min_size=1,
    max_size=3,
)
_SETTINGS = settings(max_examples=500, derandomize=True, database=None, deadline=None)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[pa.DataType], list[tuple[object, ...]]]:
    columns = draw(_COLUMNS)
    rows = draw(st.lists(st.tuples(*(values for _, values in columns)), max_size=8))
    return [arrow for arrow, _ in columns], rows


@_SETTINGS
@given(table=_tables())
def test_a_column_and_a_row_agree(
    table: tuple[list[pa.DataType], list[tuple[object, ...]]],
) -> None:
    types, rows = table
    columns = [
        pa.chunked_array([[row[index] for row in rows]], arrow) for index, arrow in enumerate(types)
    ]
    found = encode_keys(columns, len(rows)).to_pylist()
    one_by_one = [encode_key(row) for row in rows]
    assert [None if text is None else text.encode() for text in found] == one_by_one


@_SETTINGS
@given(table=_tables())
def test_different_keys_have_different_bytes(
    table: tuple[list[pa.DataType], list[tuple[object, ...]]],
) -> None:
    whole = {row for row in table[1] if None not in row}
    assert len({encode_key(row) for row in whole}) == len(whole)


@_SETTINGS
@given(
    first=st.lists(_ADVERSARIAL, min_size=2, max_size=2),
    second=st.lists(_ADVERSARIAL, min_size=2, max_size=2),
)
def test_separators_and_escapes_in_texts(first: list[str], second: list[str]) -> None:
    assert (encode_key(first) == encode_key(second)) == (first == second)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ([7], b"7"),
        ([-7, "x"], b"-7|x"),
        ([True, False], b"true|false"),
        ([""], b""),
        (["", ""], b"|"),
        (["|"], b"\\|"),
        (["\\", "|"], b"\\\\|\\|"),
        (["é"], "é".encode()),
        ([None], None),
        (["a", None], None),
        ([], b""),
    ],
)
def test_keys(values: Sequence[object], key: bytes | None) -> None:
    assert encode_key(values) == key


def test_no_join_keys_are_one_key() -> None:
    assert encode_keys([], 3).to_pylist() == ["", "", ""]
    assert encode_keys([], 0).to_pylist() == []


def test_a_column_of_nulls_alone_has_no_keys() -> None:
    nulls = pa.chunked_array([pa.nulls(2)])
    assert encode_keys([nulls], 2).to_pylist() == [None, None]
    assert encode_keys([nulls, pa.chunked_array([["a", "b"]])], 2).to_pylist() == [None, None]


def test_keys_of_several_chunks() -> None:
    chunked = pa.chunked_array([["a"], [], ["b|", None]], pa.string())
    other = pa.chunked_array([[1, 2], [3]], pa.int64())
    assert encode_keys([chunked, other], 3).to_pylist() == ["a|1", "b\\||2", None]


@pytest.mark.parametrize("arrow", [pa.float64(), pa.timestamp("us", "UTC"), pa.int32()])
def test_what_identifies_nothing(arrow: pa.DataType) -> None:
    with pytest.raises(SchemaMismatch, match="identifies nothing"):
        encode_keys([pa.chunked_array([[None]], arrow)], 1)
