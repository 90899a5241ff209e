"""`LocalEngine` against the contract, and what is its own."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from drivers.engines import History
from drivers.engines.local import LocalEngine, slices, window
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import FunctionError
from onedag.testing import oracle
from onedag.testing.engines import EngineContract, assert_windows, feature, history_of
from onedag.testing.expressions import late_per_size
from onedag.testing.functions import (
    OTHERS,
    REDUCTIONS,
    amount_mean,
    guarded_ratio,
    median_or_mean,
    size_mean,
    size_sum,
)
from onedag.testing.oracle import AT, EVENT, KNOWN
from onedag.testing.strategies import TYPES, Example, examples

_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_FIXTURES: Any = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


class TestLocalEngine(EngineContract):
    exact_sums = True

    @pytest.fixture
    def engine(self) -> Iterator[LocalEngine]:
        engine = LocalEngine()
        yield engine
        engine.close()

    def test_what_ran_inside_the_engine_is_not_called(self, engine: LocalEngine) -> None:
        example = _history(rows=50, moments=5)
        features = [feature(function, None) for function in (*REDUCTIONS, *OTHERS)]
        called = engine.window(example.moments_table(), history_of(example), features).called
        by_name = {one.name: one.node.function for one in features if one.node}
        assert {by_name[name] for name in called} == set(OTHERS)

    @pytest.mark.parametrize("delay", [0, 7, None], ids=["at once", "delay", "each its own"])
    def test_thousands_of_rows(self, engine: LocalEngine, delay: int | None) -> None:
        """Long windows, deep levels of the sparse table, long tails."""
        example = _history(rows=2000, moments=6, delay=delay)
        features = [feature(f, over) for f in REDUCTIONS for over in (_us(3), _us(700), None)]
        assert_windows(engine, example, features, exact_sums=True)

    @settings(max_examples=200, derandomize=True, database=None, deadline=None, **_FIXTURES)
    @given(example=examples(finite=True))
    def test_a_ratio_of_float_sums(self, engine: LocalEngine, example: Example) -> None:
        """Each sum is rounded once, so their ratio is right to a few units in the last place."""
        one = feature(price_per_weight, _us(3 * example.unit))
        found = engine.window(example.moments_table(), history_of(example), [one])
        assert not found.called or not example.rows
        for moment, cell in zip(example.moments, found.table[one.name].to_pylist(), strict=True):
            rows = oracle.of_key(example.rows, list(example.join_keys), moment)
            rows = oracle.window(rows, moment[AT], _us(3 * example.unit))
            price, weight = (sum(Fraction(r[n] or 0) for r in rows) for n in ("price", "weight"))
            if weight == 0:
                assert cell == (None if price == 0 else math.copysign(math.inf, price))
            else:
                expected = float(price / weight)
                assert abs(cell - expected) <= 6 * math.ulp(expected)

    def test_moments_in_portions(
        self, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        example = _history(rows=200, moments=40, delay=None)
        features = [feature(f, _us(90)) for f in REDUCTIONS]
        whole = engine.window(example.moments_table(), history_of(example), features).table
        monkeypatch.setattr(slices, "_PAIRS_AT_ONCE", 3)
        assert engine.window(example.moments_table(), history_of(example), features).table == whole

    def test_a_join_key_of_which_nothing_is_known(self, engine: LocalEngine) -> None:
        """A column of nulls alone has no type: it meets nothing, on either side."""
        for there, here in ((pa.null(), pa.int64()), (pa.int64(), pa.null()), (pa.null(),) * 2):
            values = {"plane": None if there == pa.null() else 1}
            rows = [{**row, **values} for row in _history(rows=3, moments=0).rows]
            example = Example(rows, [], {"plane": there}, 1)
            moments = pa.table(
                {"plane": pa.array([None if here == pa.null() else 1], here), AT: [10**6]}
            )
            history = history_of(example)
            assert engine.asof(moments, history, ["size"])["size"].to_pylist() == [None]
            table = engine.window(moments, history, [feature(size_sum, None)]).table
            assert table.columns[0].to_pylist() == [0.0]

    @settings(max_examples=200, derandomize=True, database=None, deadline=None, **_FIXTURES)
    @given(example=examples())
    def test_keys_that_come_with_a_dictionary(self, engine: LocalEngine, example: Example) -> None:
        """Text keys may, on either side or both: the answers are those of plain text."""
        history, moments = history_of(example), example.moments_table()
        one = feature(size_sum, _us(3 * example.unit))
        newest = engine.asof(moments, history, list(TYPES))
        totals = engine.window(moments, history, [one]).table
        encoded = _with_dictionaries(history.table, example.join_keys)
        for table in (history.table, encoded):
            for asked in (moments, _with_dictionaries(moments, example.join_keys)):
                other = History(table, history.join_keys, history.types)
                assert engine.asof(asked, other, list(TYPES)) == newest
                assert engine.window(asked, other, [one]).table == totals

    def test_a_history_is_asked_again(self, engine: LocalEngine) -> None:
        """With other moments, and then with the first ones."""
        example = _history(rows=300, moments=40, delay=None)
        history, moments = history_of(example), example.moments_table()
        features = [feature(size_sum, _us(90)), feature(amount_mean, None)]
        first = engine.asof(moments, history, ["size"]), engine.window(moments, history, features)
        some = moments.slice(5, 10)
        assert engine.window(some, history, features).table == first[1].table.slice(5, 10)
        assert engine.asof(some, history, ["size"]) == first[0].slice(5, 10)
        assert engine.asof(moments, history, ["size"]) == first[0]
        assert engine.window(moments, history, features).table == first[1].table

    def test_a_history_is_forgotten_with_its_last_owner(self, engine: LocalEngine) -> None:
        example = _history(rows=30, moments=4)
        history = history_of(example)
        engine.asof(example.moments_table(), history, ["size"])
        table = weakref.ref(history.table)
        del history
        gc.collect()
        assert table() is None

    def test_several_threads_ask_at_once(self, engine: LocalEngine) -> None:
        """Each about a history of its own, and all about one that they share."""
        examples = [_history(rows=200 + n, moments=60, delay=None) for n in range(8)]
        shared = history_of(examples[0])
        features = [feature(f, over) for f in (size_sum, amount_mean) for over in (_us(90), None)]

        def ask(example: Example, history: Any) -> tuple[pa.Table, pa.Table]:
            moments = example.moments_table()
            newest = engine.asof(moments, history, ["size", "price"])
            return newest, engine.window(moments, history, features).table

        pairs = [(e, h) for e in examples for h in (history_of(e), shared)]
        expected = [ask(*pair) for pair in pairs]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda pair: ask(*pair), pairs * 4))
        assert found == expected * 4


class TestFunctions:
    """What a function may do wrong, and what it may do."""

    def test_zero_denominators_are_no_warnings(self, engine: LocalEngine) -> None:
        rows = [_row(0, size=1, late=True), _row(1, size=-1, late=False)]
        found = _windows(engine, rows, late_per_size, times=range(3))
        assert found == [1.0, math.inf, math.inf]

    def test_a_guard_that_no_sample_meets(self, engine: LocalEngine) -> None:
        """``if total == 0`` compares a stand-in; a default comparison would say False."""
        rows = [_row(time, size=1, late=True) for time in range(50)]
        rows += [_row(100 + time, size=0, late=True) for time in range(50)]
        rows += [_row(200 + time, size=1, late=True) for time in range(50)]
        assert _windows(engine, rows, guarded_ratio, over=5, times=[120]) == [-1.0]

    def test_an_error_that_is_caught(self, engine: LocalEngine) -> None:
        """A known reduction doesn't raise, so the function never gets to its other way."""
        rows = [_row(time, size=int(time in (40, 110)) * 9) for time in range(150)]
        assert _windows(engine, rows, median_or_mean, over=30, times=[60, 120]) == [0.0, 0.0]

    def test_a_function_that_only_real_windows_please(self, engine: LocalEngine) -> None:
        """The first row alone has no integer maximum, and no window holds the first row alone."""

        def largest(amount: pd.Series) -> int:
            return amount.max() if len(amount) else -1

        rows = [_row(0, amount=None), _row(0, amount=3), _row(1, amount=5)]
        assert _windows(engine, rows, largest, times=[-1, 0, 1]) == [-1, 3, 5]

        def total(amount: pd.Series) -> int:
            return (amount * 2).sum()

        def mean(amount: pd.Series) -> float:
            return (amount / 2).mean()

        assert _windows(engine, rows, total, times=[-1, 0, 1]) == [0, 6, 16]
        assert _windows(engine, rows, mean, times=[-1, 0, 1]) == [None, 1.5, 2.0]

    def test_a_sum_that_samples_cannot_say(self, engine: LocalEngine) -> None:
        """Whether the annotation holds a value is a matter of each window, not of the samples."""

        def mean(amount: pd.Series) -> int:
            return amount.mean() if len(amount) else 0

        def plain_mean(price: pd.Series) -> int | None:
            return price.mean()

        rows = [_row(0, price=1.0, amount=1), _row(0, price=2.0, amount=2), _row(0, price=3.0)]
        assert _windows(engine, rows, plain_mean, times=[0]) == [2]
        with pytest.raises(FunctionError, match=r"returned 1\.5"):
            _windows(engine, rows, mean, times=[0])

    @pytest.mark.parametrize("size", [1.0, 1e300, math.inf])
    def test_infinity_is_no_integer(self, engine: LocalEngine, size: float) -> None:
        def ratio(price: pd.Series, size: pd.Series) -> int | None:
            return price.sum() / size.sum()

        def total(price: pd.Series) -> int:
            return price.sum()

        rows = [_row(0, price=size, size=0)]
        with pytest.raises(FunctionError, match="inf"):
            _windows(engine, rows, ratio, times=[0])
        if size > 1:
            with pytest.raises(FunctionError, match="its annotation"):
                _windows(engine, rows, total, times=[0])

    def test_a_division_by_zero_that_only_windows_have(self, engine: LocalEngine) -> None:
        def ratio(size: pd.Series, amount: pd.Series) -> int | None:
            return size.sum() / amount.sum()

        rows = [_row(time, size=2, amount=1) for time in range(100)]
        rows[60] = _row(60, size=2, amount=0)
        with pytest.raises(FunctionError, match="null or a fraction for 1 windows"):
            _windows(engine, rows, ratio, over=1, times=[59, 60])

    def test_a_row_of_another_key_that_pandas_refuses(self, engine: LocalEngine) -> None:
        """What is computed for all rows at once raises; only the windows with that row may.

        plane    a   a   b   b        c
        apart    1h  2h  1h  20 years nothing
        """
        one = feature(far, None)
        history, moments = _of_two_times({"a": [1, 2], "b": [1, 24 * 366 * 20], "c": [None]})
        found = engine.window(moments.slice(0, 1), history, [one])
        hours = timedelta(hours=2)
        assert found.table[one.name].to_pylist() == [_DAY + 20_000 * hours]
        assert found.calls == {one.name: 1}
        assert engine.window(moments.slice(2, 1), history, [one]).table[one.name].to_pylist() == [
            None
        ]
        with pytest.raises(FunctionError, match=r"'far_None'.*OverflowError"):
            engine.window(moments, history, [one])

    def test_a_fallback_has_the_bits_of_all_at_once(self, engine: LocalEngine) -> None:
        """Which other rows are there must not show in the last bits of a sum."""
        whole = feature(far_share, None)
        hours = [0.1 * n for n in range(1, 60)]
        alone, moments = _of_two_times({"a": hours})
        beside, _ = _of_two_times({"a": hours, "b": [24 * 366 * 20]})
        found = engine.window(moments, alone, [whole])
        assert not found.called
        again = engine.window(moments, beside, [whole])
        assert again.called
        assert again.table == found.table

    def test_an_error_says_of_which_window(self, engine: LocalEngine) -> None:
        def third(price: pd.Series) -> float:
            return price.iloc[2] if len(price) else 0.0

        rows = [_row(n, plane=plane) for n, plane in enumerate("aaabb")]
        example = Example(rows, [{"plane": p, AT: 9} for p in "cb"], {"plane": pa.string()}, 1)
        with pytest.raises(FunctionError) as raised:
            engine.window(example.moments_table(), history_of(example), [feature(third, _us(9))])
        assert "raised IndexError" in str(raised.value)
        assert str(raised.value).endswith(
            "for feature 'third_0:00:00.000009' of a window of 2 rows, the newest of "
            "1970-01-01T00:00:00.000004 UTC, of {'plane': 'b'}."
        )

    def test_arithmetic_that_raises_for_all_windows(
        self, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def failing(price: pd.Series, size: pd.Series) -> float:
            return price.sum() / size.sum()

        def broken(*_: Any) -> Any:
            raise ZeroDivisionError("never")

        monkeypatch.setattr(window, "evaluate", broken)
        with pytest.raises(FunctionError, match=r"'failing_None'.*ZeroDivisionError: never"):
            _windows(engine, [_row(0)], failing, times=[0])

    def test_an_integer_of_a_null_of_another_key(self, engine: LocalEngine) -> None:
        def cents(price: pd.Series, label: pd.Series) -> int:
            return price.where(label == "ok", 0.0).astype(int).sum()

        rows = [_row(0, price=None, label="ok"), _row(5, price=3.0, label="ok")]
        assert _windows(engine, rows, cents, over=2, times=[5]) == [3]

    def test_small_dtypes_are_left_to_pandas(self, engine: LocalEngine) -> None:
        """An engine that adds in 64 bits would give other numbers than these."""

        def unsigned(size: pd.Series) -> float:
            return 1 - size.astype("uint8").sum()

        def wraps(size: pd.Series) -> int | None:
            return size.astype("int8").max() * 2

        def single(size: pd.Series) -> float:
            return (size / 3).astype("float32").sum()

        rows = [_row(0, size=100), _row(1, size=27)]
        for function in (unsigned, wraps, single):
            assert_windows(
                engine, Example(rows, [{AT: 0}, {AT: 1}], {}, 1), [feature(function, None)]
            )

    def test_a_mean_beyond_64_bits(self, engine: LocalEngine) -> None:
        rows = [_row(time, size=2**62, amount=2**62) for time in range(6)]
        assert _windows(engine, rows, size_mean, times=[5]) == [2.0**62]
        assert _windows(engine, rows, amount_mean, times=[5]) == [2.0**62]

    def test_what_a_function_does_to_its_columns_stays_with_it(self, engine: LocalEngine) -> None:
        def spoiling(size: pd.Series) -> int:
            size += 1
            size.iloc[:] = size.iloc[:] * 2
            return int(size.sum())

        rows = [_row(0, size=1), _row(1, size=2)]
        assert _windows(engine, rows, spoiling, times=[0, 1, 0, 1]) == [4, 10, 4, 10]

    @pytest.fixture
    def engine(self) -> Iterator[LocalEngine]:
        engine = LocalEngine()
        yield engine
        engine.close()
        engine.close()


def price_per_weight(price: pd.Series, weight: pd.Series) -> float:
    return price.sum() / weight.sum()


def far(seen: pd.Series, since: pd.Series) -> datetime | None:
    return ((seen - since) * 10**4 + (seen - since) * 10**4 + since).max()


def far_share(seen: pd.Series, since: pd.Series, price: pd.Series) -> float:
    late = ((seen - since) * 10**4 + (seen - since) * 10**4 + since) > since
    return price.where(late, 0.0).sum() / 3


def _of_two_times(hours: Mapping[str, Sequence[float | None]]) -> tuple[History, pa.Table]:
    """Rows of planes, so many hours after a day, and a moment for each plane."""
    rows = [
        _row(n, plane=plane, price=0.1 * n, seen=h and _DAY + timedelta(hours=h), since=_DAY)
        for plane, several in hours.items()
        for n, h in enumerate(several)
    ]
    types = {**TYPES, "since": ColumnType(TIMESTAMP)}
    fields = [("plane", pa.string()), (EVENT, pa.int64()), (KNOWN, pa.int64())]
    schema = pa.schema([*fields, *((name, column.arrow) for name, column in types.items())])
    history = History(pa.Table.from_pylist(rows, schema), ("plane",), types)
    return history, pa.table({"plane": list(hours), AT: [1000] * len(hours)})


def _windows(
    engine: LocalEngine,
    rows: Sequence[dict[str, Any]],
    function: Callable[..., Any],
    times: Iterable[int],
    over: int | None = None,
) -> list[Any]:
    example = Example(rows, [{AT: time} for time in times], {}, 1)
    one = feature(function, None if over is None else _us(over))
    table = engine.window(example.moments_table(), history_of(example), [one]).table
    values: list[Any] = table[one.name].to_pylist()
    return values


def _history(rows: int, moments: int, delay: int | None = 0) -> Example:
    """Random rows of five planes at 400 times, most times taken more than once."""
    random = Random(7)
    made = []
    for _ in range(rows):
        event = random.randrange(-200, 200) * 5
        late = random.choice([0, 0, 5, 40, 400]) if delay is None else delay
        made.append(
            _row(
                event,
                event + late,
                plane=random.choice("abcde"),
                price=random.choice([None, 0.1, 1e-3, 1e16, -1e16, random.uniform(-1e3, 1e3)]),
                amount=random.choice([None, random.randrange(-(10**6), 10**6)]),
                size=random.randrange(-(10**6), 10**6),
                late=random.choice([None, True, False]),
                sure=random.random() < 0.5,
                label=random.choice([None, "x", "y"]),
            )
        )
    asked = [
        {"plane": random.choice("abcdef"), AT: random.randrange(-1100, 1500)}
        for _ in range(moments)
    ]
    return Example(made, asked, {"plane": pa.string()}, 1)


def _row(event: int, known: int | None = None, **values: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(TYPES) | {"size": 0, "sure": False}
    return {EVENT: event, KNOWN: event if known is None else known, **nothing, **values}


def _with_dictionaries(table: pa.Table, keys: Iterable[str]) -> pa.Table:
    for key in keys:
        if table[key].type == pa.string():
            place = table.column_names.index(key)
            table = table.set_column(place, key, table[key].dictionary_encode())
    return table


def _us(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)
