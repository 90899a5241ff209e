"""A recorded lineage is that of the plan, without the project."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.audit import recorded_lineage
from onedag.lineage import service_lineage
from onedag.snapshots import snapshot_of

REQUEST = """
class Request(pydantic.BaseModel):
    user_id: int
    amount: float
"""
MODULES = {
    "everything": """
def is_big(amount: pd.Series) -> pd.Series:
    \"\"\"Whether it is big.\"\"\"
    return amount >= 100

@tag(owner="sales", pii="false", money="true")
@aggregate(orders, by=user, over="1d", refresh="1h")
def big_share(is_big: pd.Series) -> float:
    return is_big.mean()

@latest(orders, by=user, max_age="2d")
def last_amount(amount: pd.Series) -> pd.Series:
    return amount

def mean_amount(amount: pd.Series) -> float:
    return amount.mean()

def above_mean(amount: pd.Series, mean_amount: float, bonus: pd.Series = None) -> pd.Series:
    return amount - mean_amount

def hour(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.hour

s = FeatureService(
    "s", ["is_big", "big_share_1d", "above_mean", "age", "hour", "last_amount"], Request,
    may_use=["amount"],
)
""",
    "stored of stored": """
@aggregate(orders, by=user, over="7d")
def spent(amount: pd.Series) -> float:
    return amount.sum()

def share(amount: pd.Series, spent_7d: pd.Series) -> pd.Series:
    return amount / spent_7d

@aggregate(orders, by=None)
def mean_share(share: pd.Series) -> float:
    return share.mean()

s = FeatureService("s", ["mean_share", "share"], Request)
""",
    "columns of a keyed source in rows of another": """
@latest(orders, by=user)
def age_then(age: pd.Series, event_timestamp: pd.Series) -> pd.Series:
    return age

s = FeatureService("s", ["age_then", "age"], Request)
""",
    "a fitted value of stored ones": """
@aggregate(orders, by=user)
def spent(amount: pd.Series) -> float:
    return amount.sum()

def mean_spent(spent: pd.Series) -> float:
    return spent.mean()

def above(spent: pd.Series, mean_spent: float) -> pd.Series:
    return spent - mean_spent

s = FeatureService("s", ["above"], Request)
""",
    "a column that two sources have, by different keys": """
shop = Entity("shop", "shop_id")
a_first = Source(
    "a_first", pd.DataFrame({"shop_id": [1], "years": [3], "at": [0]}), timestamp="at", key=shop,
    columns={"years": "age"},
)
s = FeatureService("s", ["age"], Request)
class ShopRequest(pydantic.BaseModel):
    shop_id: int
t = FeatureService("t", ["age"], ShopRequest)
""",
    "a column that is looked up for rows of another source alone": """
@aggregate(orders, by=user)
def mean_age(age: pd.Series) -> float:
    return age.mean()

s = FeatureService("s", ["mean_age"], Request)
""",
    "an optional input whose key the request lacks": """
shop = Entity("shop", "shop_id")
shops = Source(
    "shops", pd.DataFrame({"shop_id": [1], "size": [3], "at": [0]}), timestamp="at", key=shop,
    tags={"size": ["pii"]},
)
@aggregate(orders, by=user)
def sizes(amount: pd.Series) -> float:
    return amount.sum()
def other(amount: pd.Series, size: pd.Series = None) -> pd.Series:
    return amount
class ShopRequest(pydantic.BaseModel):
    shop_id: int
s = FeatureService("s", ["other"], Request)
t = FeatureService("t", ["size"], ShopRequest)
""",
    "a feature that is a field": """
s = FeatureService("s", ["amount", "user_id"], Request)
""",
}


@pytest.mark.parametrize("module", MODULES)
def test_the_snapshot_says_what_the_plan_says(
    make_module: Callable[..., ModuleType], module: str
) -> None:
    source = "from hamilton.function_modifiers import tag\n" + REQUEST + MODULES[module]
    project = Project(make_module(source, preamble=True))
    columns = {name: of.columns_without_reading() or () for name, of in project.sources.items()}
    schemas = {name: dict.fromkeys(names, "double") for name, names in columns.items()}
    expected = service_lineage([plan("s", project, columns)], project, columns, {"s": "s.onnx"})
    found = recorded_lineage(snapshot_of(project, schemas), "s", "s.onnx")
    assert dict(found.nodes) == dict(expected.nodes)
    assert set(found.edges) == set(expected.edges)
    assert found.keys == expected.keys


def test_a_chain_deeper_than_the_stack(make_module: Callable[..., ModuleType]) -> None:
    steps = [
        f"def n{i}(n{i - 1}: pd.Series) -> pd.Series:\n    return n{i - 1}" for i in range(1, 1200)
    ]
    first = "def n0(amount: pd.Series) -> pd.Series:\n    return amount"
    service = 's = FeatureService("s", ["n1199"], Request)'
    source = "\n".join([REQUEST, first, *steps, service])
    project = Project(make_module(source, preamble=True))
    found = recorded_lineage(snapshot_of(project, {}), "s")
    assert len(found.nodes) == 1202
