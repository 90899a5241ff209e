"""Features of a few rows: what batch and online agree on, and what they are caught at."""

from __future__ import annotations

import types
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver, FeatureVectors
from drivers.stored.packing import Layout
from drivers.testing import both_ways
from onedag import Project
from onedag.errors import (
    FunctionError,
    InvalidDefinition,
    MissingInput,
    SpineError,
    UnknownName,
)

ORDERS = [
    {"customer_id": 1, "amount": 50.0, "ordered_at": "2024-01-01T10:00"},
    {"customer_id": 1, "amount": 150.0, "ordered_at": "2024-01-02T10:00"},
]


TAGGED = """
import pandas as pd
from onedag import Entity, Source

customer = Entity("customer", join_keys=["customer_id"])
people = Source(
    "people", "people.parquet", timestamp="since", key=customer,
    columns={"mail": "email"}, tags={"mail": ["pii"], "country": ["pii"]},
)

def is_home(country: pd.Series) -> pd.Series:
    return country == "DE"
"""


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


def test_a_tagged_column_may_be_left_out(make_module: Callable[..., ModuleType]) -> None:
    module = make_module(TAGGED)
    features = both_ways(
        Project([module], store="memory://"),
        "is_home",
        sources={"people": [{"customer_id": 1, "since": "2024-01-01", "country": "DE"}]},
        spine=[at("2024-01-02", customer_id=1), at("2024-01-02", customer_id=2)],
    )
    assert features["is_home"] == [True, False]


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


def test_a_look_up_that_differs(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Layout.pack

    def spoiled(layout: Layout, *args: Any) -> list[bytes]:
        return [blob[:-1] + bytes([blob[-1] ^ 1]) for blob in pack(layout, *args)]

    monkeypatch.setattr(Layout, "pack", spoiled)
    with pytest.raises(AssertionError, match=r"spent_1d, row 0: batch 50\.0 .*, online "):
        both_ways(
            shop,
            "spent_1d",
            sources={"orders": ORDERS},
            spine=[at("2024-01-02", customer_id=1)],
        )


def test_a_status_that_differs(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"basket": np.array([2], np.int8)}
    monkeypatch.setattr(FeatureVectors, "codes", codes)
    shown = r"basket, row 0: batch 1\.0 \(float64, PRESENT\), online 1\.0 \(float64, STALE\)"
    with pytest.raises(AssertionError, match=shown):
        both_ways(shop, "basket", spine=[{"basket": 1.0}])


def test_a_dtype_that_differs(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    to_pandas = FeatureVectors.to_pandas
    monkeypatch.setattr(FeatureVectors, "to_pandas", lambda self: to_pandas(self).astype("float32"))
    shown = r"basket, row 0: batch 1\.0 \(float64, PRESENT\), online 1\.0 \(float32, PRESENT\)"
    with pytest.raises(AssertionError, match=shown):
        both_ways(shop, "basket", spine=[{"basket": 1.0}])


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
    with pytest.raises(MissingInput, match="Source 'orders' is needed for spent_1d, and no rows"):
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


def test_a_row_that_lacks_a_field_has_its_default(
    make_module: Callable[..., types.ModuleType],
) -> None:
    project = Project([make_module(DEFAULTS)])
    features = both_ways(
        project, service="cart", spine=[{"size": 1}, {"size": 2, "items": None}, {"items": 5}]
    )
    assert features["doubled"] == [6, None, 10]
    assert features["squared"] == [1.0, 4.0, 49.0]


def test_a_feature_that_was_not_asked_for_is_named(shop: Project) -> None:
    rows = [at("2024-01-02", customer_id=1)]
    features = both_ways(shop, "spent_1d", sources={"orders": ORDERS}, spine=rows)
    with pytest.raises(UnknownName, match="Did you mean 'spent_1d'"):
        features["spent_2d"]
    assert features.get("spent_2d") is None


DEFAULTS = """
import pandas as pd
import pydantic

from onedag import FeatureService


def doubled(items: pd.Series) -> pd.Series:
    return items * 2


def squared(size: pd.Series) -> pd.Series:
    return size * size


class Cart(pydantic.BaseModel):
    size: float = 7.0
    items: int | None = 3


cart = FeatureService("cart", ["doubled", "squared"], Cart)
"""
