"""Hypothesis strategies for histories and moments that engines get wrong.

Times are few and far between, so that ties, bounds of windows and known times that fall on a moment
are common rather than rare. A history of ten rows finds what a history of a million hides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.testing.oracle import AT, EVENT, KNOWN

__all__ = ["TYPES", "Example", "examples", "lengths"]

HOUR = 3_600_000_000
JANUARY = 1_767_225_600_000_000  # 2026-01-01 00:00 UTC in microseconds
NEW_YEAR_1940 = -946_771_200_000_000

TYPES: Mapping[str, ColumnType] = {
    "price": ColumnType(pa.float64()),
    "weight": ColumnType(pa.float64()),
    "amount": ColumnType(pa.int64()),
    "size": ColumnType(pa.int64(), nullable=False),
    "late": ColumnType(pa.bool_()),
    "sure": ColumnType(pa.bool_(), nullable=False),
    "label": ColumnType(pa.string()),
    "seen": ColumnType(TIMESTAMP),
}
"""The value columns of each generated history."""


@dataclass(frozen=True)
class Example:
    """A history and the moments at which it is asked.

    Attributes:
        rows: of history, as `onedag.testing.oracle` takes them.
        moments: join keys and `AT`.
        join_keys: with their types; none for features of everything.
        unit: the distance of two neighbouring times, microseconds.
    """

    rows: Sequence[Mapping[str, Any]]
    moments: Sequence[Mapping[str, Any]]
    join_keys: Mapping[str, pa.DataType]
    unit: int

    def history_table(self) -> pa.Table:
        """The rows as an engine takes them."""
        times = [pa.field(EVENT, pa.int64()), pa.field(KNOWN, pa.int64())]
        values = [column.field(name) for name, column in TYPES.items()]
        return pa.Table.from_pylist(
            list(self.rows), pa.schema([*self._key_fields(), *times, *values])
        )

    def moments_table(self) -> pa.Table:
        """The moments as an engine takes them."""
        fields = [*self._key_fields(), pa.field(AT, pa.int64())]
        return pa.Table.from_pylist(list(self.moments), pa.schema(fields))

    def part(self, remainder: int) -> tuple[Example, list[int]]:
        """Every second key, with its history and its moments; and which moments those are."""
        keys = list(dict.fromkeys(map(self._key, [*self.rows, *self.moments])))
        kept = set(keys[remainder::2])
        places = [n for n, moment in enumerate(self.moments) if self._key(moment) in kept]
        return Example(
            [row for row in self.rows if self._key(row) in kept],
            [self.moments[place] for place in places],
            self.join_keys,
            self.unit,
        ), places

    def with_strangers(self) -> Example:
        """With rows of a key that no moment has: extreme values, known late or never."""
        times = [row[EVENT] for row in self.rows] or [0]
        unit = {pa.int64(): 77, pa.string(): "stranger", pa.bool_(): True}
        key = {name: unit[arrow] for name, arrow in self.join_keys.items()}
        strangers = [
            {**key, EVENT: event, KNOWN: known, **values}
            for event in (min(times) - self.unit, max(times))
            for known in (event, event + 1000 * self.unit, None)
            for values in _STRANGE
        ]
        half = len(strangers) // 2
        rows = [*strangers[:half], *self.rows, *strangers[half:]]
        return Example(rows, self.moments, self.join_keys, self.unit)

    def _key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.join_keys)

    def _key_fields(self) -> list[pa.Field]:
        return [pa.field(name, arrow) for name, arrow in self.join_keys.items()]


_KEYS: Mapping[pa.DataType, Sequence[Any]] = {
    pa.int64(): (0, 1, -1, 2**63 - 1, -(2**63), None),
    pa.string(): ("a", "b", "", "a|", "|a", "\\", "a\x00", "é", None),
    pa.bool_(): (True, False, None),
}
_KEY_SETS: Sequence[Mapping[str, pa.DataType]] = (
    {},
    {"plane": pa.int64()},
    {"plane": pa.string()},
    {"origin": pa.string(), "dest": pa.string()},
    {"position": pa.int64(), "since": pa.string()},
    {"a key": pa.string(), "moment": pa.bool_()},
)
_FINITE = (0.0, -0.0, 0.1, -0.1, 1e-3, 2.5, 3.0, 1e16, -1e16, None)
_WILD = (*_FINITE, 1e300, 5e-324, -1e-310, float("inf"), float("-inf"))
_INTEGERS = (0, 1, -1, 2, 100, 2**53 + 1, -(2**40))


_STRANGE: Sequence[Mapping[str, Any]] = [
    dict.fromkeys(TYPES)
    | {"price": number, "weight": -number, "size": size, "sure": size > 0, "label": label}
    for number, size, label in (
        (math.inf, 2**63 - 1, "zz"),
        (1e300, -(2**63), None),
        (5e-324, 0, ""),
        (-math.inf, 1, "a"),
    )
]


def lengths(unit: int) -> st.SearchStrategy[timedelta | None]:
    """Lengths of windows, in whole units, so that bounds fall on rows; None for all history."""
    numbers = st.sampled_from([None, 1, 2, 3, 5, 40])
    return numbers.map(lambda n: None if n is None else timedelta(microseconds=n * unit))


@st.composite
def examples(
    draw: st.DrawFn,
    max_rows: int = 14,
    max_moments: int = 10,
    *,
    finite: bool = False,
    keyed: bool = False,
) -> Example:
    """Histories with ties, late rows and nulls; moments of known and unknown keys, at any time.

    Args:
        draw: given by Hypothesis.
        max_rows: of history; none at all is among the examples.
        max_moments: likewise.
        finite: whether to leave out infinity, and the largest and smallest floats.
        keyed: whether there is a join key.
    """
    join_keys = draw(st.sampled_from(_KEY_SETS[1:] if keyed else _KEY_SETS))
    unit = draw(st.sampled_from([1, HOUR]))
    start = draw(st.sampled_from([0, JANUARY, NEW_YEAR_1940])) // unit
    keys = {
        name: st.sampled_from(draw(_some_of(_KEYS[arrow]))) for name, arrow in join_keys.items()
    }
    steps = st.integers(-4, 8).map(lambda step: (start + step) * unit)
    floats = _FINITE if finite or draw(st.integers(0, 3)) else _WILD
    known = draw(_known_times(unit))
    rows = [
        {name: draw(values) for name, values in keys.items()}
        | {EVENT: (event := draw(steps)), KNOWN: draw(known(event))}
        | {name: draw(values) for name, values in _values(floats).items()}
        for _ in range(draw(st.integers(0, max_rows)))
    ]
    moments = [
        {name: draw(st.sampled_from(_KEYS[arrow])) for name, arrow in join_keys.items()}
        if draw(st.integers(0, 4)) == 0
        else {name: draw(values) for name, values in keys.items()}
        for _ in range(draw(st.integers(0, max_moments)))
    ]
    at = st.integers(-6, 14).map(lambda step: (start + step) * unit)
    near = st.builds(lambda time, off: time + off, at, st.sampled_from([0, 0, 0, -1, 1]))
    return Example(rows, [{**moment, AT: draw(near)} for moment in moments], join_keys, unit)


def _some_of(values: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """A few, so that keys repeat."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def _known_times(
    unit: int,
) -> st.SearchStrategy[Callable[[int], st.SearchStrategy[int | None]]]:
    """How a source's rows become known: at once, after a delay, or each at a time of its own."""
    late = [0, 0, 1, 2, 5, -1, -3]
    kinds: list[Callable[[int], st.SearchStrategy[int | None]]] = [
        lambda event: st.just(event),
        lambda event: st.just(event + unit),
        lambda event: st.just(event + 6 * unit),
        lambda event: st.sampled_from([event - 2 * unit, event - unit, event]),
        lambda event: st.sampled_from([*(event + n * unit for n in late), event + 1, None]),
    ]
    return st.sampled_from(kinds)


def _values(floats: Sequence[float | None]) -> dict[str, st.SearchStrategy[Any]]:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "price": st.sampled_from(floats),
        "weight": st.sampled_from(floats),
        "amount": st.sampled_from([*_INTEGERS, None, None]),
        "size": st.sampled_from(_INTEGERS),
        "late": st.sampled_from([True, False, None]),
        "sure": st.booleans(),
        "label": st.sampled_from(["x", "", "ü", None]),
        "seen": st.sampled_from([day, day - timedelta(microseconds=1), None]),
    }
