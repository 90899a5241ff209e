"""A small lineage in which everything occurs once."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.lineage import Lineage, service_lineage

MakeLineage = Callable[..., Lineage]

SHOP = '''
def is_big(amount: pd.Series) -> pd.Series:
    """Whether it is "big".

    At least 100."""
    return amount >= 100

@aggregate(orders, by=user, over="1d")
def big_share(is_big: pd.Series) -> float:
    """Share of big orders."""
    return is_big.mean()

def mean_amount(amount: pd.Series) -> float:
    return amount.mean()

def above_mean(amount: pd.Series, mean_amount: float, bonus: pd.Series = None) -> pd.Series:
    return amount - mean_amount

def hour(event_timestamp: pd.Series) -> pd.Series:
    return event_timestamp.dt.hour

class Request(pydantic.BaseModel):
    user_id: int
    amount: float

buys = FeatureService("buys", ["is_big", "big_share_1d", "above_mean", "age", "hour"], Request)
returns = FeatureService("returns", ["is_big", "big_share_1d"], Request)
'''


@pytest.fixture
def lineage_of(make_module: Callable[..., ModuleType]) -> MakeLineage:
    """The lineage of services of a module, of all unless they are named."""

    def make(source: str = SHOP, *services: str) -> Lineage:
        project = Project(make_module(source, preamble=True))
        plans = [plan(name, project) for name in services or project.services]
        return service_lineage(plans, project, {})

    return make
