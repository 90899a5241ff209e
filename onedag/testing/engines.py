"""The contract of an engine, as a test suite that an engine of your own passes by subclassing it.

A test module for it needs nothing else::

    class TestMyEngine(EngineContract):
        @pytest.fixture
        def engine(self):
            engine = MyEngine()
            yield engine
            engine.close()

Each cell is compared with `onedag.testing.oracle`, type included. Only sums of floats, means,
variances and standard deviations may differ from it, within the bound that
`onedag.testing.references` states. An engine that promises more sets `exact_sums`.

The suite needs pytest and Hypothesis.
"""

from __future__ import annotations

import inspect
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onedag.aggregates.reductions import Var
from onedag.dtypes import ColumnType, annotated_type, to_series
from onedag.entity import Entity
from onedag.graph import FunctionNode, Kind, Parameter
from onedag.modifiers import Aggregate
from onedag.planner import StoredFeature
from onedag.source import Source
from onedag.testing import oracle
from onedag.testing.functions import OTHERS, REDUCTIONS, price_mean, price_sum, size_sum
from onedag.testing.oracle import AT, EVENT, KNOWN
from onedag.testing.references import ROUNDED, Reference
from onedag.testing.strategies import TYPES, Example, examples, lengths

__all__ = ["EngineContract", "History", "assert_windows", "feature", "history_of"]

_SETTINGS = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class History:
    """`drivers.engines.History`, said again because the vocabulary may not import the drivers."""

    table: pa.Table
    join_keys: tuple[str, ...]
    types: Mapping[str, ColumnType]


class _Windows(Protocol):
    @property
    def table(self) -> pa.Table: ...


class Engine(Protocol):
    """`drivers.engines.Engine`, likewise."""

    def asof(self, moments: pa.Table, history: Any, columns: Sequence[str]) -> pa.Table: ...
    def window(
        self, moments: pa.Table, history: Any, features: Sequence[StoredFeature]
    ) -> _Windows: ...
    def close(self) -> None: ...


class EngineContract:
    """Subclass it, and override the fixture ``engine``.

    Attributes:
        exact_sums: whether sums and means are the exact ones, bit for bit, and variances and
            standard deviations to two units in the last place.
    """

    exact_sums: ClassVar[bool] = False

    @pytest.fixture
    def engine(self) -> object:
        raise NotImplementedError("Override the fixture 'engine' with an engine.")

    @_SETTINGS
    @given(example=examples())
    def test_asof(self, engine: Engine, example: Example) -> None:
        columns = list(TYPES)
        found = engine.asof(example.moments_table(), history_of(example), columns)
        expected = []
        for moment in example.moments:
            rows = oracle.of_key(example.rows, list(example.join_keys), moment)
            row = oracle.newest(rows, moment[AT])
            expected.append({n: row[n] if row else None for n in (EVENT, KNOWN, *columns)})
        assert found.column_names == [EVENT, KNOWN, *columns]
        assert found.schema.types == [pa.int64(), pa.int64(), *(c.arrow for c in TYPES.values())]
        assert found.to_pylist() == expected

    @settings(_SETTINGS, max_examples=1000)
    @given(data=st.data(), example=examples())
    def test_windows(self, engine: Engine, data: st.DataObject, example: Example) -> None:
        some = st.lists(st.sampled_from(REDUCTIONS), min_size=1, max_size=6, unique=True)
        functions = data.draw(some)
        other = data.draw(st.lists(st.sampled_from(OTHERS), max_size=2, unique=True))
        overs = data.draw(st.lists(lengths(example.unit), min_size=1, max_size=2, unique=True))
        features = [feature(f, over) for f in [*functions, *other] for over in overs]
        assert_windows(engine, example, features, exact_sums=self.exact_sums)

    @settings(_SETTINGS, max_examples=12)
    @pytest.mark.parametrize("function", [*REDUCTIONS, *OTHERS], ids=lambda f: f.__name__)
    @given(data=st.data(), example=examples())
    def test_each_function(
        self,
        engine: Engine,
        function: Callable[..., Any],
        data: st.DataObject,
        example: Example,
    ) -> None:
        one = feature(function, data.draw(lengths(example.unit)))
        assert_windows(engine, example, [one], exact_sums=self.exact_sums)

    @settings(_SETTINGS, max_examples=400)
    @given(data=st.data(), example=examples(keyed=True))
    def test_a_value_depends_on_its_own_key_alone(
        self, engine: Engine, data: st.DataObject, example: Example
    ) -> None:
        """Bit for bit, whether history comes at once, by key, or with others' extreme values."""
        functions = [f for f in (*REDUCTIONS, *OTHERS) if self.exact_sums or f not in ROUNDED]
        asked = data.draw(st.lists(st.sampled_from(functions), min_size=1, max_size=8))
        overs = data.draw(st.lists(lengths(example.unit), min_size=1, max_size=2, unique=True))
        features = [feature(f, over) for f in dict.fromkeys(asked) for over in overs]
        whole = _bits(engine, example, features)
        for remainder in (0, 1):
            part, places = example.part(remainder)
            assert _bits(engine, part, features) == [whole[place] for place in places]
        assert _bits(engine, example.with_strangers(), features) == whole

    @pytest.mark.parametrize("function", [*REDUCTIONS, *OTHERS], ids=lambda f: f.__name__)
    @pytest.mark.parametrize("keys", [{}, {"plane": pa.string()}], ids=["by nothing", "by a key"])
    def test_no_history(
        self, engine: Engine, function: Callable[..., Any], keys: Mapping[str, pa.DataType]
    ) -> None:
        moments = [{**dict.fromkeys(keys, "a"), AT: 0}] * 2
        for asked in (moments, []):
            example = Example([], asked, keys, 1)
            assert_windows(engine, example, [feature(function, timedelta(microseconds=5))])

    def test_what_left_the_window_leaves_nothing_behind(self, engine: Engine) -> None:
        """A running sum would say 0.0, or 0.25 too much or too little.

        event   0      4    8      microseconds
        price   1e16   0.1  0.25
                       (--------]  over 6 at 9: two values
        """
        rows = [_row(0, price=1e16), _row(4, price=0.1), _row(8, price=0.25)]
        example = Example(rows, [{AT: 3}, {AT: 9}, {AT: 13}, {AT: 14}], {}, 1)
        over = timedelta(microseconds=6)
        features = [feature(price_sum, over), feature(price_mean, over)]
        found = engine.window(example.moments_table(), history_of(example), features).table
        assert found[features[0].name].to_pylist() == [1e16, 0.1 + 0.25, 0.25, 0.0]
        assert found[features[1].name].to_pylist() == [1e16, (0.1 + 0.25) / 2, 0.25, None]

    def test_ends_of_a_window(self, engine: Engine) -> None:
        """The start is exclusive, the end inclusive; what isn't known yet isn't there.

        event     1   2   3   4   5   6   7
        size      1   2   4   8   16  32  64     16 is known at 7
        window            (-----------]          over 3 at 6: 8 + 32
        """
        rows = [_row(event, size=1 << (event - 1)) for event in range(1, 8)]
        rows[4] = _row(5, known=7, size=16)
        example = Example(rows, [{AT: time} for time in range(12)], {}, 1)
        over = timedelta(microseconds=3)
        [found] = engine.window(
            example.moments_table(), history_of(example), [feature(size_sum, over)]
        ).table.columns
        expected = [0, 1, 3, 7, 14, 12, 40, 112, 96, 64, 0, 0]
        assert found.to_pylist() == [float(total) for total in expected]

    def test_known_later_than_the_window_is_long(self, engine: Engine) -> None:
        """A row that is known 6 after it happened is in no window of 5, ever.

        event  0
        known  . . . . . . 6
        over 5 at 4  (----]
        over 5 at 6      (----]
        over 7 at 6    (------]
        """
        example = Example([_row(0, known=6, size=1)], [{AT: time} for time in range(9)], {}, 1)
        for over, expected in ((5, [0] * 9), (7, [0] * 6 + [1, 0, 0]), (None, [0] * 6 + [1] * 3)):
            length = None if over is None else timedelta(microseconds=over)
            table = engine.window(
                example.moments_table(), history_of(example), [feature(size_sum, length)]
            ).table
            assert table.columns[0].to_pylist() == [float(n) for n in expected]

    def test_the_order_of_ties(self, engine: Engine) -> None:
        """Event time, then known time, then position; also where all are known before they happen.

        position  0  1  2  3
        event     5  5  5  4
        known     3  1  3  4
        in order  3, 1, 0, 2
        """
        times = [(5, 3), (5, 1), (5, 3), (4, 4)]
        rows = [_row(event, known, size=n) for n, (event, known) in enumerate(times)]

        def in_order(size: pd.Series) -> str:
            return ",".join(map(str, size))

        example = Example(rows, [{AT: 4}, {AT: 5}], {}, 1)
        history, moments = history_of(example), example.moments_table()
        table = engine.window(moments, history, [feature(in_order, None)]).table
        assert table.columns[0].to_pylist() == ["3", "3,1,0,2"]
        assert engine.asof(moments, history, ["size"])["size"].to_pylist() == [3, 2]

    def test_a_row_known_late_never_replaces_a_newer_one(self, engine: Engine) -> None:
        """
        event     1        2     3
        known     a        .     c  b      b at 4, after c happened
        newest    a  a  a  a  a  c  c  c
        """
        rows = [_row(1, label="a"), _row(2, 4, label="b"), _row(3, label="c")]
        example = Example(rows, [{AT: time} for time in range(6)], {}, 1)
        found = engine.asof(example.moments_table(), history_of(example), ["label"])
        assert found["label"].to_pylist() == [None, "a", "a", "c", "c", "c"]


def history_of(example: Example) -> History:
    """The example's rows as an engine takes them."""
    return History(example.history_table(), tuple(example.join_keys), TYPES)


def feature(function: Callable[..., Any], over: timedelta | None) -> StoredFeature:
    """An aggregate of generated histories, without a project around it."""
    hints = typing.get_type_hints(function)
    name = f"{function.__name__}_{over}"
    definition = Aggregate(
        Source("generated", pa.table({}), timestamp=EVENT), Entity("thing", "thing"), over
    )
    node = FunctionNode(
        name=name,
        function=function,
        parameters=tuple(
            Parameter(parameter, hints[parameter], True)
            for parameter in inspect.signature(function).parameters
        ),
        kind=Kind.AGGREGATE,
        returns=hints["return"],
        definition=definition,
        doc="",
        module=__name__,
        tags={},
        code=function,
    )
    return StoredFeature(name, definition, node)


def assert_windows(
    engine: Engine,
    example: Example,
    features: Sequence[StoredFeature],
    *,
    exact_sums: bool = False,
) -> None:
    """Compare `window` of an engine with the oracle, cell by cell."""
    table = engine.window(example.moments_table(), history_of(example), features).table
    assert table.column_names == [one.name for one in features]
    for one in features:
        assert one.node is not None
        assert isinstance(one.definition, Aggregate)
        found = table[one.name]
        expected = annotated_type(one.node.returns, one.name)
        assert found.type == expected.arrow, one.name
        inputs = {name: _dtype(TYPES[name]) for name in one.node.inputs}
        for moment, cell in zip(example.moments, found.to_pylist(), strict=True):
            rows = oracle.of_key(example.rows, list(example.join_keys), moment)
            rows = oracle.window(rows, moment[AT], one.definition.over)
            literal = _typed(oracle.value(one.node.function, inputs, rows), expected)
            reference = ROUNDED.get(one.node.function)
            if reference is None or not rows:
                same = cell == literal and type(cell) is type(literal)
                assert same, (one.name, moment, cell, literal)
            else:
                _assert_rounded(cell, literal, reference, rows, exact=exact_sums)


def _bits(engine: Engine, example: Example, features: Sequence[StoredFeature]) -> list[list[Any]]:
    """What the engine gives for each moment; floats by their bits, so that -0.0 isn't 0.0."""
    table = engine.window(example.moments_table(), history_of(example), features).table
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [[v.hex() if isinstance(v, float) else v for v in row] for row in rows]


def _assert_rounded(
    cell: object,
    literal: object,
    reference: Reference,
    rows: Sequence[Mapping[str, Any]],
    *,
    exact: bool,
) -> None:
    """Hold a cell to the exact answer, and to what the function gives."""
    value, bound = reference.value(rows), reference.bound(rows)
    if isinstance(literal, float) and math.isfinite(bound):
        assert value is not None
        assert abs(literal - value) <= bound, (literal, value)
    if exact and isinstance(value, float):
        spread = isinstance(reference.aggregator, Var)
        bound = 2 * math.ulp(value) if spread and math.isfinite(value) else 0.0
    elif literal == cell:
        return
    assert type(cell) is type(value), (cell, value)
    assert cell == value or abs(cell - value) <= bound, (cell, value)  # type: ignore[operator]


def _typed(found: object, column: ColumnType) -> object:
    """The value in its annotated type; whole floats are integers there, and bools too."""
    if found is None or isinstance(found, str | datetime):
        return found
    if column.arrow == pa.bool_():
        assert isinstance(found, bool)
        return found
    assert isinstance(found, int | float)
    return float(found) if column.arrow == pa.float64() else int(found)


def _dtype(column: ColumnType) -> Any:
    return to_series(pa.array([], column.arrow), column).dtype


def _row(event: int, known: int | None = None, **values: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(TYPES) | {"size": 0, "sure": False}
    return {EVENT: event, KNOWN: event if known is None else known, **nothing, **values}
