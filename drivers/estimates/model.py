"""`Estimate`: what a materialization will take, from what samples took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cost", "Estimate", "Sample", "extrapolated"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What computing a view on the first rows of its source took.

    Attributes:
        rows: of the source.
        keys: that had a value.
        bytes: of their packed values.
        cpu_seconds: of the processor, without those in ``put_seconds``.
        put_seconds: of the processor, to stage the values in a store.
        elapsed: seconds on the wall, for both.
    """

    rows: int
    keys: int
    bytes: int
    cpu_seconds: float
    put_seconds: float
    elapsed: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a materialization of a view takes, as its report has it.

    Attributes:
        rows: of the source.
        keys: that are written.
        bytes: of the packed values, keys not counted.
        seconds: of the whole.
    """

    rows: int
    keys: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What materializing one view anew will take.

    Attributes:
        view: its name.
        meaning: of its features (`onedag.meanings`).
        cost: as it is expected.
        sampled: how many rows were computed for it.
        actual: what it took; None until it is materialized.
    """

    view: str
    meaning: str
    cost: Cost
    sampled: int
    actual: Cost | None = None


def extrapolated(samples: Sequence[Sample], rows: int, known_keys: int | None = None) -> Cost:
    """What all rows will take.

    Seconds are a straight line through the last two samples: what it takes to begin, and what each
    row takes. It is drawn through those of the processor, which other processes disturb less, and
    stretched as the samples were by waiting.

    Distinct keys grow as a power of the rows (Heaps' law: Heaps, Information Retrieval, 1978), by
    an exponent between 0, where all keys are seen soon, and 1, where each row has its own; the same
    two samples tell it. Bytes and staging go with the keys.

    Args:
        samples: of growing numbers of rows, at least one.
        rows: of the whole source.
        known_keys: how many keys there are, if a store says so.

    >>> samples = [Sample(10, 4, 40, 0.2, 0.0, 0.2), Sample(20, 8, 80, 0.3, 0.0, 0.3)]
    >>> extrapolated(samples, 100)
    Cost(rows=100, keys=40, bytes=400, seconds=1.1)
    """
    last = samples[-1]
    before = samples[-2] if len(samples) > 1 else None
    if rows <= last.rows:
        return Cost(rows, last.keys, last.bytes, last.elapsed)
    keys = _keys(before, last, rows) if known_keys is None else known_keys
    each = last.bytes / last.keys if last.keys else 0.0
    put = last.put_seconds / last.keys if last.keys else 0.0
    busy = last.cpu_seconds + _slope(before, last) * (rows - last.rows) + put * keys
    worked = sum(one.cpu_seconds + one.put_seconds for one in samples)
    stretch = sum(one.elapsed for one in samples) / worked if worked else 1.0
    return Cost(rows, keys, round(each * keys), round(busy * stretch, 6))


def _slope(before: Sample | None, last: Sample) -> float:
    """Seconds for each row. Where noise hides what rows take, what begins counts as theirs."""
    more = 0.0 if before is None else last.cpu_seconds - before.cpu_seconds
    if before is None or more <= 0.0:
        return last.cpu_seconds / max(last.rows, 1)
    return more / (last.rows - before.rows)


def _keys(before: Sample | None, last: Sample, rows: int) -> int:
    if last.keys == 0:
        return 0
    exponent = 1.0
    if before is not None and before.keys:
        exponent = math.log(last.keys / before.keys) / math.log(last.rows / before.rows)
    exponent = min(max(exponent, 0.0), 1.0)
    grown: float = (rows / last.rows) ** exponent
    return min(rows, round(last.keys * grown))
