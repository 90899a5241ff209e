"""A catalog of a small project, with a store whose content is written down by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.catalog import Catalog, MeasuredDrift, MeasuredSkew, ServedRun, StoredView
from onedag.lineage import dead_functions, flows_of, project_lineage
from onedag.snapshots import snapshot_of
from onedag.statistics import FeatureStatistics, FrameStatistics

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
STATISTICS = FeatureStatistics("double", 4, 1, {}, None)

SHOP = '''
from hamilton.function_modifiers import tag

user = Entity("user", "user_id")
orders = Source("orders", "orders.parquet", timestamp="at", tags={"amount": ["pii"]})
profiles = Source("profiles", "profiles.parquet", timestamp="since", key=user)

def is_big(amount: pd.Series) -> pd.Series:
    """Whether it is big.

    At least 100."""
    return amount >= 100

@tag(owner="risk")
@aggregate(orders, by=user, over=["1d", "7d"], refresh="1d")
def big_share(is_big: pd.Series) -> float:
    """Share of big orders."""
    return is_big.mean()

@latest(orders, by=user, max_age="3d")
def last_hour(event_timestamp: pd.Series) -> pd.Series:
    """Hour of the last order."""
    return event_timestamp.dt.hour

@aggregate(orders, by=None)
def all_orders(amount: pd.Series) -> float:
    """Nobody asks for it."""
    return amount.sum()

def mean_price(price: pd.Series) -> float:
    """Mean price."""
    return price.mean()

def above_mean(price: pd.Series, mean_price: float) -> pd.Series:
    """How far above."""
    return price - mean_price

def risk(big_share_7d: pd.Series, above_mean: pd.Series) -> pd.Series:
    """Both."""
    return big_share_7d * above_mean

@tag(pii="false")
def band(big_share_7d: pd.Series) -> pd.Series:
    """A band tells of nobody."""
    return big_share_7d.round()

def nobody(risk: pd.Series) -> pd.Series:
    """Nothing takes it."""
    return risk

class Price(pydantic.BaseModel):
    """A price that is asked for."""
    user_id: int
    price: float

class Who(pydantic.BaseModel):
    user_id: int

buys = FeatureService("buys", ["risk", "big_share_1d", "age", "price", "band"], Price,
                      may_use=["amount"])
visits = FeatureService("visits", ["last_hour"], Who)
broken = FeatureService("broken", ["nobody"], Who)
'''

TYPES = {
    "orders": {"user_id": "int64", "amount": "double", "at": "timestamp[us, tz=UTC]"},
    "profiles": {"user_id": "int64", "age": "int64", "town": "string", "since": "date32[day]"},
}

MakeCatalog = Callable[..., Catalog]


def made(project: Project, types: dict[str, dict[str, str]]) -> Catalog:
    """The catalog of a project without a store."""
    columns = {name: tuple(of) for name, of in types.items()}
    plans = {name: plan(name, project, columns) for name in project.services if name != "broken"}
    lineage = project_lineage(plans.values(), project, columns, {"buys": "buys.onnx"})
    return Catalog(
        "shop",
        NOON,
        snapshot_of(project, types, None, plans),
        lineage,
        flows_of(lineage),
        dead_functions(lineage, project.graph),
        store="memory",
        unplanned={"broken": "It lacks a price."},
    )


@pytest.fixture
def bare(make_module: Callable[..., ModuleType]) -> Catalog:
    """The catalog of a shop that nothing is stored of."""
    preamble = "import pandas as pd\nimport pydantic\n"
    preamble += "from onedag import Entity, FeatureService, Source, aggregate, latest\n"
    return made(Project(make_module(preamble + SHOP), store="memory://"), TYPES)


@pytest.fixture
def catalog(bare: Catalog) -> Catalog:
    """The same once it is trained, stored and measured."""
    types = dict.fromkeys(["risk", "big_share_1d", "age", "price", "band"], "double")
    statistics = FrameStatistics(4, {"risk": STATISTICS, "age": STATISTICS})
    run = ServedRun(
        "buys-1", "buys", NOON, 4, "f" * 64, "c0ffee", types, {"mean_price": "7.5"}, statistics
    )
    stored = StoredView(
        "user_orders_every_1d", NOON - timedelta(hours=12), 3, "f" * 64, True,
        types={"big_share_1d": "double", "big_share_7d": "double"},
    )  # fmt: skip
    return replace(
        bare,
        runs={"buys": run},
        views={stored.name: stored},
        drift={"buys": {"risk": MeasuredDrift(NOON, 9, 0.3, 0.25, "drifted")}},
        skew={"buys": {"risk": MeasuredSkew(NOON, 9, 2, {"late-data": 2})}},
    )
