"""Statuses of columns: the one place where both drivers decide why a value is there or isn't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onedag.durations import micros
from onedag.modifiers import Aggregate, Latest
from onedag.planner import Plan
from onedag.status import Codes, Status, worst

__all__ = [
    "expired",
    "feature_statuses",
    "node_statuses",
    "null_codes",
    "null_mask",
    "stored_codes",
]

Mask: TypeAlias = npt.NDArray[np.bool_]


def null_mask(column: pa.Array | pa.ChunkedArray) -> Mask:
    """Where a column is null or NaN, shape ``(n_rows,)``."""
    return np.asarray(pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False))


def null_codes(nulls: Mask) -> Codes:
    """NULL where a value is null, else PRESENT; shape ``(n_rows,)``."""
    return np.where(nulls, np.int8(Status.NULL.code), np.int8(Status.PRESENT.code))


def expired(
    event: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
    absent: Mask,
    definition: Latest | Aggregate,
) -> Mask:
    """Where a stored value is older than its ``max_age``; at exactly that age it isn't.

    Args:
        event: event times of the values, microseconds; any number where absent.
        at: the rows' own times, microseconds.
        absent: where there is no value.
        definition: of the stored feature; an aggregate never expires.
    """
    if not isinstance(definition, Latest) or definition.max_age is None:
        return np.zeros(len(at), np.bool_)
    return (at - event > micros(definition.max_age)) & ~absent


def stored_codes(nulls: Mask, absent: Mask, stale: Mask | None) -> Codes:
    """The statuses of a looked-up column: MISSING, else STALE, else NULL, else PRESENT.

    Args:
        nulls: where the value is null or NaN.
        absent: where there is no value.
        stale: where it is too old; None where it doesn't expire.
    """
    codes = null_codes(nulls)
    if stale is not None:
        codes[stale] = Status.STALE.code
    codes[absent] = Status.MISSING.code
    return codes


def feature_statuses(plan: Plan, codes: Mapping[str, Codes], length: int) -> dict[str, Codes]:
    """Each feature's status: the worst of its own and of all that it is derived from.

    Args:
        plan: the service's.
        codes: of what was given and looked up, and of the features themselves.
        length: the number of rows.
    """
    known = node_statuses(plan, codes, length)
    return {name: known[name] for name in plan.service.features}


def node_statuses(plan: Plan, codes: Mapping[str, Codes], length: int) -> dict[str, Codes]:
    """As `feature_statuses`, of what was given and looked up too, and of each step's column."""
    known: dict[str, Codes] = dict(codes)
    for step in plan.serving.steps:
        names = [name for name in (*step.inputs, step.name) if name in known]
        known[step.name] = worst([known[name] for name in names], length)
    return known
