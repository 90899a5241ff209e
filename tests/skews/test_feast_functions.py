"""Skews of Feast 0.67 in what a function is given, may call, and may be built upon."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from drivers.testing import both_ways
from onedag import Project
from onedag.fingerprints import Fingerprints

MakeProject = Callable[..., Project]

PLANES = """
import pandas as pd
from onedag import Entity, Source, latest

plane = Entity("plane", "tailnum")
planes = Source("planes", "data/planes.parquet", timestamp="seen_at", key=plane)

SEEN = []

@latest(planes, by=plane)
def seats(seat_count: pd.Series) -> pd.Series:
    return seat_count

def seats_doubled(seats: pd.Series) -> pd.Series:
    SEEN.append(str(seats.dtype))
    return seats * 2
"""

PLANE_ROWS = [
    {"tailnum": "N1", "seat_count": 180, "seen_at": "2024-01-01"},
    {"tailnum": "N2", "seat_count": None, "seen_at": "2024-01-01"},
]


def asked(*tailnums: str) -> list[dict[str, Any]]:
    return [{"event_timestamp": "2024-01-02", "tailnum": tailnum} for tailnum in tailnums]


@pytest.mark.parametrize("tailnums", [["N1"], ["N2"], ["N9"], ["N1", "N2", "N9"]])
def test_one_column_has_three_dtypes(make_project: MakeProject, tailnums: list[str]) -> None:
    """Integers with a null arrive as Int64 from history, float64 online, object if all are null.

    Here a column's dtype follows from its source, not from the values at hand: functions see Int64
    with one value, with a null and without a row, in batch and online, and features come out so.
    """
    rows = [[180], [180, None], [None]]
    naive = {str(pd.DataFrame([{"seats": n} for n in row])["seats"].dtype) for row in rows}
    assert naive == {"int64", "float64", "object"}

    project = make_project(PLANES)
    features = both_ways(
        project, "seats", "seats_doubled", sources={"planes": PLANE_ROWS}, spine=asked(*tailnums)
    )
    expected = {"N1": 360, "N2": None, "N9": None}
    assert features["seats_doubled"] == [expected[tailnum] for tailnum in tailnums]
    assert set(features.dtypes.values()) == {"Int64"}
    assert set(project.modules[0].SEEN) == {"Int64"}


HELPED = """
import math

import pandas as pd

EARTH_RADIUS_KM = 6371.0

def _radians(degrees: pd.Series) -> pd.Series:
    return degrees * (math.pi / 180.0)

def height_km(latitude: pd.Series) -> pd.Series:
    return _radians(latitude) * EARTH_RADIUS_KM
"""


def test_a_transform_s_helpers_are_not_there_when_it_is_called(make_project: MakeProject) -> None:
    """The function's source is stored and run elsewhere, where its helpers and imports aren't.

    Here both drivers call the function in its module, and what it reaches is part of its meaning.
    """
    project = make_project(HELPED)
    elsewhere: dict[str, Any] = {"pd": pd}
    exec(inspect.getsource(project.modules[0].height_km), elsewhere)
    with pytest.raises(NameError, match="_radians"):
        elsewhere["height_km"](pd.Series([1.0]))

    features = both_ways(project, "height_km", spine=[{"latitude": 0.0}, {"latitude": 180.0}])
    assert features["height_km"] == [0.0, pytest.approx(20015.1, abs=0.1)]

    edits = {"180.0)": "200.0)", "6371.0": "6378.0"}
    others = [make_project(HELPED.replace(old, new)) for old, new in edits.items()]
    codes = [each.graph["height_km"].code for each in (project, *others)]
    assert len({Fingerprints().of(code).text for code in codes}) == 3, "helper and constant count"


CHAIN = """
import pandas as pd
from onedag import Entity, Source, aggregate

shop = Entity("shop", "shop_id")
sales = Source("sales", "data/sales.parquet", timestamp="sold_at")

def is_large(price: pd.Series) -> pd.Series:
    return price > 100.0

@aggregate(sales, by=shop, over=["1d", "7d"])
def large_share(is_large: pd.Series) -> float:
    return is_large.mean()

def large_trend(large_share_1d: pd.Series, large_share_7d: pd.Series) -> pd.Series:
    return large_share_1d - large_share_7d

def large_trend_mean(large_trend: pd.Series) -> float:
    return large_trend.mean()

def large_trend_above(large_trend: pd.Series, large_trend_mean: float) -> pd.Series:
    return large_trend - large_trend_mean

def is_outlier(large_trend_above: pd.Series, is_large: pd.Series) -> pd.Series:
    return (large_trend_above > 0.2) & is_large
"""


def test_transforms_cannot_chain(make_project: MakeProject) -> None:
    """A transform takes stored features and request fields, and not another transform's result.

    Here all functions are one DAG: transforms feed aggregates, which feed transforms and fitted
    values, which feed transforms; and one function serves both above and below the boundary.
    """
    features = both_ways(
        make_project(CHAIN),
        "large_trend",
        "large_trend_above",
        "is_outlier",
        sources={
            "sales": """
                shop_id, sold_at,          price
                1,       2024-01-01T10:00, 50.0
                1,       2024-01-05T10:00, 150.0
                2,       2024-01-05T10:00, 150.0
            """
        },
        spine="""
            event_timestamp,  shop_id, price
            2024-01-05T12:00, 1,       200.0
            2024-01-05T12:00, 1,       20.0
            2024-01-05T12:00, 2,       200.0
        """,
    )
    assert features["large_trend"] == [0.5, 0.5, 0.0]
    assert features["large_trend_above"] == pytest.approx([1 / 6, 1 / 6, -1 / 3])
    assert features["is_outlier"] == [False, False, False]
    assert features.fitted == {"large_trend_mean": pytest.approx(1 / 3)}
