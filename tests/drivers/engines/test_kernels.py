"""Reductions of every dtype that a mapped column may have, against pandas, cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drivers.engines import AT, EVENT, KNOWN, History
from drivers.engines.local import LocalEngine
from onedag.aggregates.reductions import KINDS, known
from onedag.dtypes import ColumnType, to_series
from onedag.testing import oracle
from onedag.testing.engines import feature

ROWS, MOMENTS = 80, 12
ROUNDED = ("mean", "std", "sum", "var")
TYPES = {
    str(column): column
    for column in (
        ColumnType(pa.float64()),
        ColumnType(pa.float32()),
        *(
            ColumnType(arrow, nullable)
            for arrow in (pa.int64(), pa.int8(), pa.uint8(), pa.uint64(), pa.bool_())
            for nullable in (True, False)
        ),
    )
}
NUMBERS = [0, 1, 2, 3, 100, 127]
WILD: dict[pa.DataType, list[Any]] = {
    pa.float64(): [0.1, -0.0, 1e16, 1e300, -1e300, float("inf"), float("-inf"), 2.5, 0.7],
    pa.float32(): [0.5, -0.0, 1.5, float("inf"), -2.25],
    pa.int64(): [*NUMBERS, -(2**63), 2**63 - 1, 2**53 + 1, -7],
    pa.int8(): [*NUMBERS, -128, -1],
    pa.uint8(): [*NUMBERS, 255, 200],
    pa.uint64(): [*NUMBERS, 2**64 - 1, 2**63, 2**53 + 1],
    pa.bool_(): [True, False],
}


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    engine = LocalEngine()
    yield engine
    engine.close()


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quantile"])
@pytest.mark.parametrize("dtype", TYPES)
def test_a_reduction(engine: LocalEngine, kind: str, dtype: str) -> None:
    check(engine, _function(kind), kind, TYPES[dtype])


@pytest.mark.parametrize("q", [0.0, 0.1, 1 / 3, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("dtype", [name for name, column in TYPES.items() if "bool" not in name])
def test_a_quantile(engine: LocalEngine, q: float, dtype: str) -> None:
    def quantile(x: pd.Series) -> float:
        return x.quantile(q)  # type: ignore[no-any-return]

    check(engine, quantile, "quantile", TYPES[dtype])


def check(engine: LocalEngine, function: Callable[..., Any], kind: str, column: ColumnType) -> None:
    rows, moments = _rows(column), _moments()
    table = pa.table(
        {
            EVENT: [row[EVENT] for row in rows],
            KNOWN: [row[KNOWN] for row in rows],
            "plane": [row["plane"] for row in rows],
            "x": pa.array([row["x"] for row in rows], column.arrow),
        }
    )
    history = History(table, ("plane",), {"x": column})
    asked = pa.table({"plane": [m["plane"] for m in moments], AT: [m[AT] for m in moments]})
    empty = to_series(pa.array([], column.arrow), column)
    for over in (timedelta(microseconds=4), timedelta(microseconds=30), None):
        found = engine.window(asked, history, [feature(function, over)])
        assert bool(found.called) == (known(kind, empty.dtype, 0.5) is None)
        for moment, cell in zip(moments, found.table.columns[0].to_pylist(), strict=True):
            inside = oracle.window(oracle.of_key(rows, ["plane"], moment), moment[AT], over)
            _compare(kind, cell, _literal(function, inside, empty.dtype), inside)


def _compare(kind: str, cell: Any, literal: Any, rows: list[Any]) -> None:
    expected = float(literal) if literal is not None and not isinstance(literal, bool) else literal
    if cell == expected:
        return
    # What sums, means and variances may differ by, `EngineContract` pins down.
    sizes = [abs(float(row["x"])) for row in rows if row["x"] is not None]
    assert kind in ROUNDED, (cell, literal)
    assert max(sizes) > 1e150 or abs(cell - expected) <= 1e-12 * max(sizes) ** (1 + (kind == "var"))


def _literal(function: Callable[..., Any], rows: list[Any], dtype: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of overflows, which are what is asked for here
        return oracle.value(function, {"x": dtype}, rows)


def _function(kind: str) -> Callable[..., Any]:
    def number(x: pd.Series) -> float:
        return getattr(x, kind)()  # type: ignore[no-any-return]

    def truth(x: pd.Series) -> bool:
        return getattr(x, kind)()  # type: ignore[no-any-return]

    def first(x: pd.Series) -> float | None:
        return x.iloc[0] if len(x) else None

    def last(x: pd.Series) -> float | None:
        return x.iloc[-1] if len(x) else None

    special = {"first": first, "last": last, "any": truth, "all": truth}
    return special.get(kind, number)


def _rows(column: ColumnType) -> list[dict[str, Any]]:
    """Rows of two planes, some known late."""
    random = Random(3)
    values = WILD[column.arrow] + ([None, None] if column.nullable else [])
    made = []
    for _ in range(ROWS):
        event = random.randrange(40)
        late = random.choice([0, 0, 0, 2, 9])
        plane, value = random.randrange(2), random.choice(values)
        made.append({EVENT: event, KNOWN: event + late, "plane": plane, "x": value})
    return made


def _moments() -> list[dict[str, Any]]:
    random = Random(4)
    return [{"plane": random.randrange(3), AT: random.randrange(-1, 55)} for _ in range(MOMENTS)]


class TestDecisions:
    """What is asked of a function, and how often."""

    def test_the_function_is_hardly_called_for_another_part_of_history(
        self, engine: LocalEngine
    ) -> None:
        calls = []

        def counted(x: pd.Series) -> float:
            calls.append(len(calls))
            return x.mean()  # type: ignore[no-any-return]

        for expected in (None, 2, 2):
            before = len(calls)
            check(engine, counted, "mean", ColumnType(pa.float64()))
            # Three windows: each is asked for its value of nothing, and traced. The rest is ours.
            made = len(calls) - before - 3 * MOMENTS
            assert expected is None or made == 3 * expected

    def test_a_constant_that_changes_in_between(self, engine: LocalEngine) -> None:
        limit = 0

        def above(x: pd.Series) -> float:
            return (x > limit).sum() * 10 + limit  # type: ignore[no-any-return]

        table = pa.table({EVENT: [0, 0], KNOWN: [0, 0], "x": [1.0, 2.0]})
        asked = pa.table({AT: [0]})
        found = []
        for limit in (0, 1, 2):  # noqa: B007
            history = History(table, (), {"x": ColumnType(pa.float64())})
            values = engine.window(asked, history, [feature(above, None)])
            assert not values.called
            found += values.table.columns[0].to_pylist()
        assert found == [20.0, 11.0, 2.0]

    def test_rows_have_no_say(self, engine: LocalEngine) -> None:
        """Empty, all null, infinite: the same functions are called."""

        def total(x: pd.Series) -> float:
            return x.sum() / x.count()  # type: ignore[no-any-return]

        for values in ([], [None], [float("inf")], [1e300, 5e-324]):
            times = [0] * len(values)
            table = pa.table(
                {
                    EVENT: pa.array(times, pa.int64()),
                    KNOWN: pa.array(times, pa.int64()),
                    "x": pa.array(values, pa.float64()),
                }
            )
            history = History(table, (), {"x": ColumnType(pa.float64())})
            found = engine.window(pa.table({AT: [0]}), history, [feature(total, None)])
            assert not found.called

    def test_how_often_a_function_was_called(self, engine: LocalEngine) -> None:
        """Moments of the same rows share a call, and a window without rows needs none."""

        def many(x: pd.Series) -> bool:
            return len(x) > 1

        table = pa.table({EVENT: [0, 5], KNOWN: [0, 5], "x": [1.0, 2.0]})
        history = History(table, (), {"x": ColumnType(pa.float64())})
        asked = pa.table({AT: [-1, 0, 1, 5, 6]})
        found = engine.window(asked, history, [feature(many, None)])
        assert list(found.calls.values()) == [2]
        assert found.calls.keys() == found.called.keys()
