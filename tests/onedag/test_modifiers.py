from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hamilton import driver
from hamilton.function_modifiers import tag

from onedag import Entity, Source, aggregate, latest
from onedag.errors import InvalidDefinition
from onedag.graph import FunctionGraph, Kind
from onedag.modifiers import Aggregate, Latest

user = Entity("user", "user_id")
orders = Source("orders", pd.DataFrame({"user_id": [1], "amount": [1.0], "at": [0]}), "at")
MakeModule = Callable[..., ModuleType]

MODULE = """
def is_big(amount: pd.Series) -> pd.Series:
    return amount >= 100

@aggregate(orders, by=user, over=["1d", "24h", "7d"], refresh="1h")
def big_share(is_big: pd.Series) -> float:
    '''Share of big orders.'''
    return is_big.mean()

@aggregate(orders, by=None)
def orders_ever(amount: pd.Series) -> int:
    return len(amount)

@latest(orders, by=user, max_age="2d", refresh="1d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount

def trend(big_share_1d: pd.Series, big_share_7d: pd.Series, last_amount: pd.Series) -> pd.Series:
    return big_share_1d - big_share_7d + last_amount
"""


class _Total:
    def __call__(self, amount: pd.Series) -> float: ...

    def method(self, amount: pd.Series) -> float: ...


@pytest.mark.parametrize("modifier", [aggregate, latest])
@pytest.mark.parametrize(
    "called", [functools.partial(_Total.method, None), _Total(), _Total().method, _Total, len, 3]
)
def test_what_is_no_function(modifier: Any, called: Any) -> None:
    with pytest.raises(InvalidDefinition, match="needs a function that is written with `def`"):
        modifier(orders, by=user)(called)


def test_windows_have_names_and_lengths_of_their_own(make_module: MakeModule) -> None:
    module = make_module(MODULE, preamble=True)
    graph = FunctionGraph.from_modules([module])
    assert sorted(graph) == [
        "big_share_1d",
        "big_share_24h",
        "big_share_7d",
        "is_big",
        "last_amount",
        "orders_ever",
        "trend",
    ]
    hour = timedelta(hours=1)
    assert graph["big_share_7d"].definition == Aggregate(
        module.orders, module.user, timedelta(days=7), hour
    )
    assert graph["big_share_24h"].definition == graph["big_share_1d"].definition
    assert graph["orders_ever"].definition == Aggregate(module.orders, None, None, None)
    assert graph["last_amount"].definition == Latest(
        module.orders, module.user, timedelta(days=2), timedelta(days=1)
    )


def test_what_a_node_says_of_itself(make_module: MakeModule) -> None:
    node = FunctionGraph.from_modules([make_module(MODULE, preamble=True)])["big_share_7d"]
    assert node.kind is Kind.AGGREGATE
    assert node.returns is float
    assert node.inputs == ("is_big",)
    assert node.doc == "Share of big orders."
    assert node.code.__name__ == "big_share"
    assert node.tags["module"] == node.module == "made_module_0"
    assert node.tags["onedag.stored"] == "aggregate"
    assert node.tags["onedag.source"] == "orders"
    assert node.tags["onedag.entity"] == "user"


def test_the_function_stays_a_plain_function(make_module: MakeModule) -> None:
    module = make_module(MODULE, preamble=True)
    assert module.big_share(pd.Series([True, False])) == 0.5
    assert module.orders_ever(amount=pd.Series([], dtype=float)) == 0
    assert module.last_amount(pd.Series([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_a_stock_driver_loads_and_runs_the_module(make_module: MakeModule) -> None:
    module = make_module(MODULE, preamble=True)
    hamilton = driver.Builder().with_modules(module).build()
    names = {variable.name for variable in hamilton.list_available_variables()}
    assert {"big_share_1d", "big_share_7d", "last_amount", "trend", "amount"} <= names
    inputs = {"amount": pd.Series([100.0, 1.0])}
    assert hamilton.execute(["is_big"], inputs=inputs)["is_big"].tolist() == [True, False]
    overrides = {"big_share_1d": pd.Series([1.0]), "big_share_7d": pd.Series([0.25])}
    overrides["last_amount"] = pd.Series([2.0])
    assert hamilton.execute(["trend"], overrides=overrides)["trend"].tolist() == [2.75]
    upstream = {variable.name for variable in hamilton.what_is_upstream_of("trend")}
    assert {"big_share_1d", "is_big", "amount"} <= upstream
    assert "orders_ever" not in upstream


@pytest.mark.parametrize(
    ("over", "names"),
    [
        (None, ["f"]),
        ("7d", ["f_7d"]),
        (timedelta(hours=36), ["f_36h"]),
        (["3h", timedelta(days=1)], ["f_3h", "f_1d"]),
        (("1 d", "90min"), ["f_1d", "f_90min"]),
        ((w for w in ["1d", "2d"]), ["f_1d", "f_2d"]),
        ([pd.Timedelta("1D")], ["f_1d"]),
    ],
)
def test_names_of_windows(over: Any, names: list[str]) -> None:
    assert list(aggregate(orders, by=user, over=over).definitions("f")) == names


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ([], r"^@aggregate: over= is empty; leave it out for all history\.$"),
        (["1d", "7d", "1d"], r"^@aggregate: over=\['1d', '7d', '1d'\] names a window twice\.$"),
        (["1d", timedelta(days=1)], "names a window twice"),
        (["1 d", "1d"], "names a window twice"),
        ("soon", r"^@aggregate: over= 'soon' isn't a duration"),
        (["1d", "-1d"], r"^@aggregate: over= '-1d' isn't a duration"),
        (timedelta(0), r"^@aggregate: over= must be longer than zero"),
        (7, r"^@aggregate: over= must be a timedelta or a string, not 7\.$"),
        ([7], r"^@aggregate: over= must be a timedelta or a string, not 7\.$"),
    ],
)
def test_windows_that_cannot_be(over: Any, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        aggregate(orders, by=user, over=over)


def len_of(orders: pd.Series) -> int:
    return len(orders)


@pytest.mark.parametrize(
    ("modifier", "arguments", "message"),
    [
        (latest, {"source": "orders"}, r"^@latest needs a Source as its first argument, not 'ord"),
        (aggregate, {"source": user}, r"^@aggregate needs a Source as its first argument, not Ent"),
        (
            latest,
            {"source": len_of},
            r"not the function 'len_of'. If a source has this name too, re",
        ),
        (latest, {"by": "user_id"}, r"^@latest: by= must be an Entity or None, not 'user_id'"),
        (aggregate, {"by": [user]}, r"^@aggregate: by= must be an Entity or None"),
        (latest, {"max_age": "old"}, r"^@latest: max_age= 'old' isn't a duration"),
        (latest, {"max_age": 2}, r"^@latest: max_age= must be a timedelta or a string, not 2"),
        (aggregate, {"refresh": "0h"}, r"^@aggregate: refresh= must be longer than zero"),
    ],
)
def test_arguments_that_cannot_be(
    modifier: Callable[..., object], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        modifier(**{"source": orders, "by": user} | arguments)


def series(x: pd.Series) -> pd.Series:
    return x


def array(x: np.ndarray) -> np.ndarray:
    return x


def table(x: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"x": x})


def number(x: pd.Series) -> float:
    return float(x.sum())


def nothing(x: pd.Series) -> None: ...


def listed(x: pd.Series) -> list[float]:
    return list(x)


def unsaid(x: pd.Series):  # type: ignore[no-untyped-def]
    return x


def of_scalar(x: float) -> float:
    return x


def mixed(x: float, y: pd.Series) -> float:
    return x


def of_each(x: float) -> pd.Series:
    return pd.Series([x])


def listed_of_scalar(x: float) -> list[float]:
    return [x]


def of_table(x: pd.DataFrame) -> float:
    return float(x["x"].sum())


def of_unsaid(x) -> float:  # type: ignore[no-untyped-def]
    return float(x.sum())


def of_nothing() -> float:
    return 1.0


def with_default(x: pd.Series, y: pd.Series = None) -> float:  # type: ignore[assignment]
    return float(x.sum())


@pytest.mark.parametrize(
    ("modifier", "function", "message"),
    [
        (aggregate, series, r"'series' returns Series; it must return one scalar for a window"),
        (aggregate, array, r"'array' returns ndarray; it must return one scalar"),
        (aggregate, table, r"'table' returns DataFrame; it must return one scalar"),
        (aggregate, unsaid, r"'unsaid' returns nothing; it must return one scalar"),
        (aggregate, nothing, r"'nothing' is annotated .*NoneType.*, which isn't a column's type"),
        (aggregate, listed, r"'listed' is annotated list\[float\], which isn't a column's type"),
        (latest, number, r"'number' returns float; it must return a pd.Series, one value for each"),
        (latest, table, r"'table' returns DataFrame; it must return a pd.Series"),
        (latest, unsaid, r"'unsaid' returns nothing; it must return a pd.Series"),
        (aggregate, of_scalar, r"takes columns of its source; annotate 'x' as pd.Series"),
        (latest, mixed, r"takes columns of its source; annotate 'y' as one value, such as float"),
        (latest, of_each, r"takes columns of its source; annotate 'x' as pd\.Series"),
        (latest, listed_of_scalar, r"takes columns of its source; annotate 'x' as pd\.Series"),
        (latest, number, r"or a single value of the single values of a row\."),
        (aggregate, of_table, r"takes columns of its source; annotate 'x' as pd.Series"),
        (aggregate, of_unsaid, r"takes columns of its source; annotate 'x' as pd.Series"),
        (aggregate, of_nothing, r"'of_nothing' takes no column of its source"),
        (aggregate, with_default, r"'with_default' has a default for 'y'"),
    ],
)
def test_functions_that_cannot_be(
    modifier: Callable[..., Any], function: Callable[..., Any], message: str
) -> None:
    copy = type(function)(function.__code__, globals(), function.__name__, function.__defaults__)
    copy.__annotations__ = function.__annotations__
    with pytest.raises(InvalidDefinition, match=rf"^@{modifier.__name__} function .*{message}"):
        modifier(orders, by=user)(copy)


def test_annotations_that_cannot_be_read(make_module: MakeModule) -> None:
    with pytest.raises(InvalidDefinition, match=r"annotations of 'f' can't be read.*TYPE_CHECKING"):
        make_module(
            """
            @aggregate(orders, by=user)
            def f(amount: "Nowhere") -> float:
                return 1.0
            """,
            preamble=True,
        )


def test_annotations_may_be_strings(make_module: MakeModule) -> None:
    module = make_module(
        """
        from __future__ import annotations
        import pandas as pd
        from onedag import Entity, Source, aggregate, latest

        orders = Source("orders", "o.parquet", timestamp="at")

        @aggregate(orders, by=None, over="1d")
        def share(x: "pd.Series") -> float | None:
            return x.mean()

        @latest(orders, by=None)
        def newest(x: pd.Series) -> "pd.Series":
            return x

        def twice(share_1d: pd.Series) -> pd.Series:
            return share_1d * 2
        """
    )
    graph = FunctionGraph.from_modules([module])
    assert graph["share_1d"].returns == float | None
    assert graph["newest"].returns is pd.Series
    assert graph["twice"].kind is Kind.ROW


def test_hamilton_s_tags_stand_on_either_side(make_module: MakeModule) -> None:
    def total(amount: pd.Series) -> float:
        return float(amount.sum())

    def newest(amount: pd.Series) -> pd.Series:
        return amount

    module = make_module("")
    for function in (
        tag(owner="a")(aggregate(orders, by=user, over=["1d", "2d"])(total)),
        latest(orders, by=user)(tag(owner="b")(newest)),
    ):
        function.__module__ = module.__name__
        setattr(module, function.__name__, function)
    graph = FunctionGraph.from_modules([module])
    assert {name: node.tags["owner"] for name, node in graph.items()} == {
        "total_1d": "a",
        "total_2d": "a",
        "newest": "b",
    }
    assert graph["total_2d"].kind is Kind.AGGREGATE
