"""Whether contestants did the same work: their answers, cell by cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.report import Check

__all__ = ["ROW", "compare"]

ROW = "row"
"""The spine's column that numbers its rows: not every tool keeps their order."""


def compare(
    what: str, left: pa.Table, right: pa.Table, tolerance: float = 0.0, absolute: float = 0.0
) -> Check:
    """Compare two tables by `ROW`, in the columns that the left one has.

    NaN and null are one: numpy and DuckDB say "nothing" differently.

    Args:
        what: is compared, for the report.
        left: an answer.
        right: another.
        tolerance: of floats, relative.
        absolute: of floats besides.
    """
    names = [name for name in left.column_names if name != ROW]
    compared = left.num_rows * len(names)
    if left.num_rows != right.num_rows:
        return Check(what, abs(left.num_rows - right.num_rows), compared)
    one, other = (table.sort_by(ROW) for table in (left, right))
    differing = int((one[ROW].to_numpy() != other[ROW].to_numpy()).sum())
    for name in names:
        differing += int(_differs(one[name], other[name], tolerance, absolute).sum())
    return Check(what, differing, compared)


def _differs(
    left: pa.ChunkedArray, right: pa.ChunkedArray, tolerance: float, absolute: float
) -> npt.NDArray[np.bool_]:
    if pa.types.is_floating(left.type) or pa.types.is_floating(right.type):
        a, b = (_floats(array) for array in (left, right))
        close = np.isclose(a, b, rtol=tolerance, atol=absolute, equal_nan=True)
        return np.asarray(~close)
    missing = pc.not_equal(pc.is_null(left), pc.is_null(right))
    unequal = pc.fill_null(pc.not_equal(left, right.cast(left.type)), False)
    return np.asarray(pc.or_(missing, unequal).to_numpy())


def _floats(array: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy())
