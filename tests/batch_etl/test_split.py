"""What counts as a label. The rest of a split is tested through `train`."""

from __future__ import annotations

import pyarrow as pa
import pytest

from batch_etl.split import binary
from onedag.errors import ConfigurationError


@pytest.mark.parametrize(
    "column",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, None]),
        pa.array([1, 0, None], pa.uint8()),
        pa.array([1.0, -0.0, None]),
        pa.array([1.0, 0.0, float("nan")]),
    ],
    ids=lambda column: str(column.type),
)
def test_two_classes_and_null(column: pa.Array) -> None:
    assert binary(pa.chunked_array([column]), "It").to_pylist() == [True, False, None]


def test_no_values_are_bools_too() -> None:
    assert binary(pa.chunked_array([pa.nulls(2)]), "It").type == pa.bool_()
    assert binary(pa.chunked_array([], pa.int64()), "It").to_pylist() == []


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([0, 1, 2, None]), "int64 with the values 0, 1, 2"),
        (pa.array([1, 2]), "int64 with the values 1, 2"),
        (pa.array([0.5, 1.0]), "double with the values 0.5, 1.0"),
        (pa.array(list("abcdef")), "string with the values 'a', 'b', 'c', 'd', 'e', …"),
        (pa.array([0, 1], pa.timestamp("us")), "timestamp"),
    ],
    ids=["three", "one and two", "fractions", "texts", "times"],
)
def test_anything_else_is_refused(column: pa.Array, shown: str) -> None:
    with pytest.raises(ConfigurationError, match=f"It is {shown}") as raised:
        binary(pa.chunked_array([column]), "It")
    assert "bools, or of 0 and 1" in str(raised.value)
