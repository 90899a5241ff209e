"""Features of a few rows: what batch and online agree on, and what they are caught at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver
from drivers.testing import both_ways
from onedag import Project
from onedag.errors import (
    FunctionError,
    InvalidDefinition,
    MissingInput,
    SourceError,
    SpineError,
    UnknownName,
)

ORDERS = [
    {"customer_id": 1, "amount": 50.0, "ordered_at": "2024-01-01T10:00"},
    {"customer_id": 1, "amount": 150.0, "ordered_at": "2024-01-02T10:00"},
]


def at(time: str, **fields: Any) -> dict[str, Any]:
    return {"event_timestamp": time, **fields}


def test_values_statuses_and_dtypes(shop: Project) -> None:
    # ── 01 10:00 ── 50 known 11:00 ── 02 10:00 ── 150 known 11:00 ── 02 12:00 asked
    features = both_ways(
        shop,
        "spent_1d",
        "large_share",
        sources={"orders": ORDERS},
        spine=[
            at("2024-01-02T12:00", customer_id=1),
            at("2024-01-01T10:59", customer_id=1),
            at("2024-01-02T12:00", customer_id=2),
        ],
    )
    assert features["spent_1d"] == [150.0, 0.0, 0.0]
    assert features["large_share"] == [0.5, None, None]
    assert features.statuses["spent_1d"] == ["PRESENT", "MISSING", "MISSING"]
    assert features.dtypes == {"spent_1d": "float64", "large_share": "float64"}
    assert list(features) == ["spent_1d", "large_share"]
    assert features.to_pandas()["spent_1d"].tolist() == [150.0, 0.0, 0.0]
    assert "150.0" in repr(features)


def test_the_project_is_left_as_it_was(shop: Project, orders: pd.DataFrame) -> None:
    both_ways(shop, "spent_1d", sources={"orders": ORDERS}, spine=[at("2024-01-02", customer_id=1)])
    assert shop.sources["orders"].data is orders
    assert shop.graph["spent_1d"].definition.source is shop.sources["orders"]  # type: ignore[union-attr]
    with BatchDriver(shop) as batch:
        assert batch._store.read([b"current/both_ways", b"current/basket"]) == [None, None]
    assert not shop.offline.exists()


def test_a_service_with_all_that_it_needs(
    shop: Project, orders: pd.DataFrame, profiles: pd.DataFrame, spine: pd.DataFrame
) -> None:
    features = both_ways(
        shop,
        service="basket",
        sources={"orders": orders, "profiles": profiles},
        spine=spine.drop(columns="label"),
    )
    with BatchDriver(shop) as batch:
        frame = batch.training_frame(spine, "basket")
    whole = frame.to_pandas().reset_index(drop=True)
    pd.testing.assert_frame_equal(features.to_pandas(), whole, check_exact=True)
    assert features.statuses["spent_1d"] == frame.statuses("spent_1d")
    assert features.fitted == {"basket_mean": 40.0}


def test_fitted_values_are_given_or_those_of_the_rows(shop: Project) -> None:
    rows = [at("2024-01-02", basket=10.0), at("2024-01-03", basket=20.0)]
    assert both_ways(shop, "basket_over_mean", spine=rows)["basket_over_mean"] == [-5.0, 5.0]
    given = both_ways(shop, "basket_over_mean", spine=rows, fitted={"basket_mean": 30.0})
    assert given["basket_over_mean"] == [-20.0, -10.0]
    with pytest.raises(UnknownName, match=r"'basket_mena'. Did you mean 'basket_mean'"):
        both_ways(shop, "basket_over_mean", spine=rows, fitted={"basket_mena": 30.0})


def test_the_time_may_be_left_out_where_nothing_depends_on_it(shop: Project) -> None:
    spine = [{"basket": 10.0}]
    assert both_ways(shop, "basket_over_mean", spine=spine)["basket_over_mean"] == [0.0]
    with pytest.raises(SpineError, match="no column 'event_timestamp'"):
        both_ways(shop, "spent_1d", sources={"orders": ORDERS}, spine=[{"customer_id": 1}])


def test_a_request_of_names_is_as_the_project_s_services_declare_it(shop: Project) -> None:
    features = both_ways(
        shop,
        "customer_id",
        "basket",
        "points",
        spine=[at("2024-01-02", customer_id=1, basket=10, points=3)],
    )
    assert features.dtypes == {"customer_id": "Int64", "basket": "float64", "points": "int64"}
    null = [at("2024-01-02", points=3), at("2024-01-02", points=None)]
    assert both_ways(shop, "points", "is_loyal", spine=null).dtypes["points"] == "Int64"


def test_columns_are_looked_up_where_a_row_lacks_them(shop: Project) -> None:
    features = both_ways(
        shop,
        "is_loyal",
        sources={"profiles": [{"customer_id": 1, "points": 12, "changed_at": "2024-01-01"}]},
        spine=[at("2024-01-02", customer_id=1), at("2024-01-02", customer_id=2)],
    )
    assert features["is_loyal"] == [True, None]
    assert features.statuses["is_loyal"] == ["PRESENT", "MISSING"]


def test_only_what_the_features_need_must_be_there(shop: Project) -> None:
    # `last_amount` is kept with `spent`, in one view; nothing of `amount` is asked for.
    features = both_ways(
        shop,
        "large_share",
        sources={
            "orders": [{"customer_id": 1, "is_large": True, "ordered_at": "2024-01-01"}],
        },
        spine=[at("2024-01-02", customer_id=1)],
    )
    assert features["large_share"] == [1.0]


NOWHERE = """
import pandas as pd
from onedag import Entity, Source, aggregate, latest

plane = Entity("plane", "tailnum")
landings = Source("landings", "data/landings.parquet", timestamp="Landed", delay="1h",
                  columns={"Landed": "landed_at", "Delay": "arr_delay"})
planes = Source("planes", "data/planes.parquet", timestamp="seen_at", key=plane)

@aggregate(landings, by=plane, over="1w")
def mean_delay(arr_delay: pd.Series) -> float:
    return arr_delay.mean()

@latest(landings, by=plane, refresh="1d")
def last_delay(arr_delay: pd.Series) -> pd.Series:
    return arr_delay

def seats_doubled(seats: pd.Series) -> pd.Series:
    return seats * 2
"""


@pytest.fixture
def nowhere(make_module: Callable[..., ModuleType], tmp_path: Path) -> Project:
    """A project whose files aren't there."""
    return Project([make_module(NOWHERE)], root=tmp_path)


@pytest.mark.parametrize("time", ["landed_at", "Landed"])
def test_no_file_has_to_be_there(nowhere: Project, time: str) -> None:
    features = both_ways(
        nowhere,
        "mean_delay_1w",
        "last_delay",
        sources={"landings": [{time: "2024-01-01T10:00", "tailnum": "N1", "arr_delay": 20}]},
        spine=[
            at("2024-01-01T10:59", tailnum="N1"),
            at("2024-01-01T11:00", tailnum="N1"),
            at("2024-01-02T00:00", tailnum="N1"),
        ],
    )
    assert features["mean_delay_1w"] == [None, 20.0, 20.0]
    assert features["last_delay"] == [None, None, 20]
    assert features.dtypes == {"mean_delay_1w": "float64", "last_delay": "Int64"}


def write(project: Project, name: str, frame: pd.DataFrame) -> None:
    (project.root / "data").mkdir(exist_ok=True)
    frame.to_parquet(project.root / "data" / f"{name}.parquet")


def test_columns_have_the_types_of_the_file_where_it_is_there(nowhere: Project) -> None:
    real = {"Landed": [datetime(2024, 1, 1)], "tailnum": ["007"], "Delay": [1.5], "tags": [["a"]]}
    write(nowhere, "landings", pd.DataFrame(real))
    text = """
        tailnum, landed_at,        arr_delay
        007,     2024-01-01T10:00, 20
    """
    spine = [at("2024-01-02", tailnum="007")]
    features = both_ways(nowhere, "last_delay", sources={"landings": text}, spine=spine)
    assert features["last_delay"] == [20.0]
    assert features.dtypes == {"last_delay": "float64"}
    nothing = both_ways(nowhere, "last_delay", sources={"landings": []}, spine=spine)
    assert (nothing["last_delay"], nothing.dtypes) == ([None], features.dtypes)


def test_a_column_that_the_file_does_not_have(nowhere: Project) -> None:
    write(nowhere, "landings", pd.DataFrame({"Landed": [datetime(2024, 1, 1)], "Delay": [1.5]}))
    rows = [{"Landed": "2024-01-01", "arr_dely": 1.0}]
    with pytest.raises(UnknownName, match=r"'arr_dely'. Did you mean 'arr_delay'"):
        both_ways(nowhere, "mean_delay_1w", sources={"landings": rows}, spine=[])


def test_no_rows_of_a_file_that_is_not_there(nowhere: Project) -> None:
    spine = [at("2024-01-02", tailnum="N1")]
    with pytest.raises(SourceError, match="'planes': there are none, and its own data isn't there"):
        both_ways(nowhere, "seats_doubled", sources={"planes": []}, spine=spine)
    empty = pa.schema(
        [("tailnum", pa.string()), ("seen_at", pa.timestamp("us")), ("seats", pa.int64())]
    ).empty_table()
    features = both_ways(nowhere, "seats_doubled", sources={"planes": empty}, spine=spine)
    assert (features["seats_doubled"], features.dtypes["seats_doubled"]) == ([None], "Int64")


def test_a_function_that_looks_across_rows(edited: Callable[[str, str], Project]) -> None:
    project = edited("return basket - basket_mean", "return basket - basket.mean()")
    rows = [at("2024-01-02", basket=10.0), at("2024-01-03", basket=20.0)]
    with pytest.raises(AssertionError) as caught:
        both_ways(project, "basket_over_mean", "basket", spine=rows)
    assert str(caught.value).splitlines()[:4] == [
        "Batch and online differ in 2 of 4 cells:",
        "  basket_over_mean, row 0: batch -5.0 (float64, PRESENT), online 0.0 (float64, PRESENT)",
        "    of 2024-01-02 00:00:00 UTC, basket=10.0",
        "  basket_over_mean, row 1: batch 5.0 (float64, PRESENT), online 0.0 (float64, PRESENT)",
    ]


def test_a_difference_in_the_sign_of_zero(edited: Callable[[str, str], Project]) -> None:
    project = edited("return basket - basket_mean", "return basket * (0 - (len(basket) > 1))")
    rows = [at("2024-01-02", basket=0.0), at("2024-01-03", basket=0.0)]
    with pytest.raises(AssertionError, match=r"batch -0.0 .*, online 0.0"):
        both_ways(project, "basket_over_mean", spine=rows)


def test_names_that_are_not_there(shop: Project) -> None:
    spine = [at("2024-01-02", customer_id=1)]
    with pytest.raises(UnknownName, match=r"'ordrs'. Did you mean 'orders'"):
        both_ways(shop, "spent_1d", sources={"ordrs": ORDERS}, spine=spine)
    with pytest.raises(UnknownName, match=r"'spent_2d'. Did you mean 'spent_7d'"):
        both_ways(shop, "spent_2d", sources={"orders": ORDERS}, spine=spine)
    with pytest.raises(UnknownName, match=r"'baskets'. Did you mean 'basket'"):
        both_ways(shop, service="baskets", spine=spine)
    with pytest.raises(UnknownName, match=r"field of service 'basket'.*'basked'. Did you mean"):
        both_ways(shop, service="basket", spine=[at("2024-01-02", basked=1.0)])
    with pytest.raises(InvalidDefinition, match="The project has 'basket'"):
        both_ways(shop, spine=spine)


def test_rows_that_are_not_there(shop: Project) -> None:
    spine = [at("2024-01-02", customer_id=1)]
    lacking = [{"customer_id": 1, "ordered_at": "2024-01-01"}]
    with pytest.raises(MissingInput, match="spent_1d need rows of source 'orders', and none are"):
        both_ways(shop, "spent_1d", spine=spine)
    with pytest.raises(MissingInput, match="asks for 'amount', and nothing provides it"):
        both_ways(shop, "spent_1d", sources={"orders": lacking}, spine=spine)
    with pytest.raises(MissingInput) as caught:
        both_ways(shop, "is_loyal", sources={"orders": ORDERS}, spine=spine)
    assert caught.value.__notes__ == ["No rows are given of the sources profiles."]


def test_a_function_that_raises(edited: Callable[[str, str], Project]) -> None:
    project = edited("return points >= 10", "return points[99]")
    with pytest.raises(FunctionError, match="is_loyal"):
        both_ways(project, "is_loyal", spine=[at("2024-01-02", points=1)])


def test_a_time_that_is_an_input(make_module: Callable[..., ModuleType]) -> None:
    module = make_module(
        "import pandas as pd\n\n"
        "def hour(event_timestamp: pd.Series) -> pd.Series:\n"
        "    return event_timestamp.dt.hour\n\n"
        "def waited(asked_at: pd.Series, event_timestamp: pd.Series) -> pd.Series:\n"
        "    return (event_timestamp - asked_at).dt.total_seconds()\n"
    )
    asked_at = datetime(2024, 1, 2, 3, 29, 59)
    features = both_ways(
        Project([module]),
        "hour",
        "waited",
        "asked_at",
        spine=[at("2024-01-02T05:30:00+02:00", asked_at=asked_at)],
    )
    assert features["hour"] == [3]
    assert features["waited"] == [1.0]
    assert features["asked_at"] == [asked_at.replace(tzinfo=UTC)]
