"""Values of one node on one side, and where those of two sides differ, to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onedag.dtypes import ColumnType
from onedag.status import Codes, Status, of_codes

__all__ = ["NO_VALUE", "RAISED", "Cell", "Mask", "NodeValues", "Side", "bits_differ"]

Mask: TypeAlias = npt.NDArray[np.bool_]

RAISED = "raised"
"""Stands for dtype and status of a node that has no value, but the message of what it raised."""

NO_VALUE = len(Status)
"""Stands in place of a status where a function raises for some rows of a node that has others."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, as a report shows it.

    Attributes:
        value: as Python writes it, so that a float shows every bit.
        dtype: of its column.
        status: why it is there, or isn't.
    """

    value: str
    dtype: str
    status: str

    def __str__(self) -> str:
        return self.value if self.dtype == RAISED else f"{self.value} ({self.dtype}, {self.status})"

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"value": self.value, "dtype": self.dtype, "status": self.status}


@dataclass(frozen=True, slots=True)
class NodeValues:
    """The values of a node for some rows, on one side.

    Attributes:
        column: shape ``(n_rows,)``.
        dtype: the column's type as text; of a fitted value its annotation.
        codes: statuses, shape ``(n_rows,)``.
        as_text: whether the column holds the text that a report shows.
        message: what is raised for rows whose code is `NO_VALUE`.
    """

    column: pa.Array
    dtype: str
    codes: Codes
    as_text: bool = False
    message: str = ""

    @classmethod
    def of(
        cls, column: pa.Array | pa.ChunkedArray, dtype: ColumnType | str, codes: Codes
    ) -> NodeValues:
        """Those of a column."""
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return cls(whole, str(dtype), codes)

    @classmethod
    def fixed(cls, text: str, dtype: str, length: int) -> NodeValues:
        """One value for all rows, as text that tells it from any other: a fitted value's JSON."""
        column = pa.repeat(pa.scalar(text, pa.string()), length)
        return cls(column, dtype, np.zeros(length, np.int8), as_text=True)

    @classmethod
    def raised(cls, error: Exception, length: int) -> NodeValues:
        """What stands where there is no value."""
        return cls.fixed(f"{type(error).__name__}: {error}", RAISED, length)

    def __len__(self) -> int:
        return len(self.column)

    def take(self, rows: npt.NDArray[np.int64]) -> NodeValues:
        """Those of some rows."""
        return replace(self, column=self.column.take(pa.array(rows)), codes=self.codes[rows])

    def differs(self, other: NodeValues) -> Mask:
        """Where the value, the dtype or the status is another one; shape ``(n_rows,)``."""
        differs: Mask = self.codes != other.codes
        if self.dtype == other.dtype and self.column.type == other.column.type:
            differs |= bits_differ(self.column, other.column)
            return differs
        # Of nulls alone a function can't tell the type.
        untyped = pa.types.is_null(self.column.type) or pa.types.is_null(other.column.type)
        both: Mask = _nulls(self.column) & _nulls(other.column)
        return differs | ~both if untyped else np.ones_like(both)

    def cell(self, row: int) -> Cell:
        """One of them, to be shown."""
        if self.dtype == RAISED:
            return Cell(self.column[row].as_py(), RAISED, RAISED)
        if self.codes[row] == NO_VALUE:
            return Cell(self.message, RAISED, RAISED)
        status = of_codes(self.codes[row : row + 1])[0]
        text = self.column[row].as_py() if self.as_text else _text(self.column[row])
        return Cell(text, self.dtype, status)


Side: TypeAlias = Mapping[str, NodeValues]
"""One side of a comparison: values by node, all of the same rows."""


def bits_differ(left: pa.Array | pa.ChunkedArray, right: pa.Array | pa.ChunkedArray) -> Mask:
    """Where two columns of one type differ in a bit; shape ``(n_rows,)``.

    -0.0 isn't 0.0 here, and NaN equals itself.
    """
    differ: Mask = np.zeros(len(left), np.bool_)
    if pa.types.is_floating(left.type):
        differ = _bits(left) != _bits(right)
    elif not pa.types.is_null(left.type):
        unequal = pc.fill_null(pc.not_equal(left, right), False)
        differ = _mask(unequal)
    if left.null_count or right.null_count:
        differ |= _nulls(left) != _nulls(right)
    return differ


def _bits(floats: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.signedinteger]:
    filled = pc.fill_null(floats, 0) if floats.null_count else floats
    values = np.asarray(filled.to_numpy())
    return values.view(f"i{values.itemsize}")


def _nulls(column: pa.Array | pa.ChunkedArray) -> Mask:
    return _mask(pc.is_null(column))


def _mask(booleans: pa.Array | pa.ChunkedArray) -> Mask:
    whole = isinstance(booleans, pa.ChunkedArray)
    mask: Mask = booleans.to_numpy() if whole else booleans.to_numpy(zero_copy_only=False)
    return mask


def _text(scalar: pa.Scalar) -> str:
    try:
        value = scalar.as_py()
        return value.isoformat() if isinstance(value, datetime) else repr(value)
    except (OverflowError, ValueError):  # a time that Python has no datetime for
        return str(scalar.cast(pa.int64()))
