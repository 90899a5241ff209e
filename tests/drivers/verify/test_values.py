"""Where two columns differ: in any bit, and in nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from drivers.verify.values import NodeValues, bits_differ
from onedag.dtypes import TIMESTAMP, ColumnType

NAN = float("nan")
PAIRS = [
    (pa.float64(), 0.0, -0.0, True),
    (pa.float64(), NAN, NAN, False),
    (pa.float64(), NAN, None, True),
    (pa.float64(), 0.0, None, True),
    (pa.float64(), 0.1, 0.1 + 2**-56, True),
    (pa.float32(), 0.0, -0.0, True),
    (pa.float32(), 1.5, 1.5, False),
    (pa.int64(), 2**53, 2**53 + 1, True),
    (pa.int64(), 0, None, True),
    (pa.int64(), None, None, False),
    (pa.uint64(), 2**64 - 1, 2**64 - 1, False),
    (pa.bool_(), False, None, True),
    (pa.bool_(), True, False, True),
    (pa.string(), "", None, True),
    (pa.string(), "ß", "ss", True),
    (TIMESTAMP, datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 0, 1, UTC), True),
    (pa.null(), None, None, False),
]


@pytest.mark.parametrize(("arrow", "one", "other", "differ"), PAIRS)
@pytest.mark.parametrize("chunked", [False, True])
def test_bits(arrow: pa.DataType, one: Any, other: Any, differ: bool, chunked: bool) -> None:
    left, right = pa.array([one, one, other], arrow), pa.array([one, other, one], arrow)
    if chunked:
        left = pa.chunked_array([left[:1], left[1:]])
        right = pa.chunked_array([right[:2], right[2:]])
    assert bits_differ(left, right).tolist() == [False, differ, differ]
    assert bits_differ(left, left).tolist() == [False] * 3


def test_of_nulls_alone_nobody_can_tell_the_type() -> None:
    codes = np.array([1, 1, 1], np.int8)
    floats = NodeValues.of(pa.array([None, None, 1.0]), ColumnType(pa.float64()), codes)
    nothing = NodeValues.of(pa.nulls(3), ColumnType(pa.null()), codes)
    assert floats.differs(nothing).tolist() == [False, False, True]
    stale = NodeValues.of(pa.nulls(3), ColumnType(pa.null()), np.array([1, 2, 1], np.int8))
    assert floats.differs(stale).tolist() == [False, True, True]
    texts = NodeValues.of(pa.nulls(3, pa.string()), ColumnType(pa.string()), codes)
    assert floats.differs(texts).all()


def test_cells_show_every_bit() -> None:
    codes = np.array([0, 3], np.int8)
    floats = NodeValues.of(pa.array([0.1 + 0.2, None]), ColumnType(pa.float64()), codes)
    assert str(floats.cell(0)) == "0.30000000000000004 (double, PRESENT)"
    assert str(floats.cell(1)) == "None (double, MISSING)"
    far = NodeValues.of(pa.array([2**62, 0]).cast(pa.timestamp("us")), "far", codes)
    assert far.cell(0).value == str(2**62)
    times = pa.array([datetime(2024, 1, 1, tzinfo=UTC), None], TIMESTAMP)
    assert NodeValues.of(times, "time", codes).cell(0).value == "2024-01-01T00:00:00+00:00"
    assert NodeValues.fixed('{"a": 1.0}', "dict", 2).cell(1).value == '{"a": 1.0}'
    assert str(NodeValues.raised(KeyError("no"), 2).cell(0)) == "KeyError: 'no'"
