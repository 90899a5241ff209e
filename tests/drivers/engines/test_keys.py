"""Join keys as codes: equal keys, and only those, have equal codes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.engines.local.keys import JoinKeys

_VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "number": (pa.int64(), [0, -1, 2**63 - 1, -(2**63), None]),
    "text": (pa.string(), ["a", "", "a|", "é", None]),
    "flag": (pa.bool_(), [True, False, None]),
}
_ROWS = st.lists(st.tuples(*(st.sampled_from(values) for _, values in _VALUES.values())))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    rows=_ROWS,
    moments=_ROWS,
    names=st.lists(st.sampled_from(sorted(_VALUES)), unique=True),
    encoded=st.tuples(st.booleans(), st.booleans()),
    cuts=st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_codes_are_equal_where_keys_are(
    rows: list[Any],
    moments: list[Any],
    names: list[str],
    encoded: tuple[bool, bool],
    cuts: tuple[int, int],
) -> None:
    """Also where one side or both come with dictionaries, one for each chunk."""
    tables = [_table(r, e, c) for r, e, c in zip((rows, moments), encoded, cuts, strict=True)]
    keys = JoinKeys(tables[0], names)
    found = keys.look_up(tables[1]).tolist()
    known: dict[Any, int] = {}
    places = [list(_VALUES).index(name) for name in names]
    for row, code in zip(rows, keys.codes.tolist(), strict=True):
        key = tuple(row[place] for place in places)
        if None in key:
            assert code == -1
        else:
            assert known.setdefault(key, code) == code
            assert 0 <= code < keys.size
    assert len(set(known.values())) == len(known)
    assert found == [known.get(tuple(row[p] for p in places), -1) for row in moments] or not names
    assert names or found == [0] * len(moments)


@pytest.mark.parametrize("dictionary", [["a", "b", "a"], ["a", "b", None]])
def test_a_dictionary_with_a_value_twice_or_a_null(dictionary: list[str | None]) -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None], pa.int8()), dictionary)
    keys = JoinKeys(pa.table({"text": pa.chunked_array([array, array])}), ["text"])
    third = 0 if dictionary[2] else -1
    assert keys.codes.tolist() == [0, 1, third, -1] * 2
    assert keys.look_up(pa.table({"text": array})).tolist() == [0, 1, third, -1]
    assert keys.look_up(pa.table({"text": ["b", "a", "c"]})).tolist() == [1, 0, -1]


@pytest.mark.parametrize(("there", "here"), [("null", "int64"), ("int64", "null"), ("null",) * 2])
def test_a_column_of_nulls_meets_nothing(there: str, here: str) -> None:
    tables = [
        pa.table({"key": pa.array([None if arrow == "null" else 1], arrow)})
        for arrow in (there, here)
    ]
    keys = JoinKeys(tables[0], ["key"])
    assert keys.codes.tolist() == [-1 if there == "null" else 0]
    assert keys.look_up(tables[1]).tolist() == [-1]


def _table(rows: list[Any], encoded: bool, cut: int) -> pa.Table:
    columns = {}
    for place, (name, (arrow, _)) in enumerate(_VALUES.items()):
        values = [row[place] for row in rows]
        chunks = [pa.array(part, arrow) for part in (values[:cut], values[cut:])]
        if encoded:
            chunks = [chunk.dictionary_encode() for chunk in chunks]
        columns[name] = pa.chunked_array(chunks)
    return pa.table(columns)
