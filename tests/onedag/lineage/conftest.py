"""A small lineage in which everything occurs once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.lineage import Lineage, LineageNode, NodeKind, project_lineage, service_lineage

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


@pytest.fixture
def whole_of(make_module: Callable[..., ModuleType]) -> MakeLineage:
    """The lineage of all services of a module, and of what none uses; which have a model."""

    def make(source: str = SHOP, *, models: tuple[str, ...] = ()) -> Lineage:
        project = Project(make_module(source, preamble=True))
        plans = [plan(name, project) for name in project.services]
        return project_lineage(plans, project, {}, {name: f"{name}.onnx" for name in models})

    return make


@pytest.fixture
def chain() -> Lineage:
    """A column, 2,999 functions one after the other, and a service: deeper than Python's stack."""
    nodes = [
        LineageNode("first", "first", NodeKind.COLUMN, source="s", column="first"),
        *(LineageNode(f"n{i}", f"n{i}", NodeKind.COMPUTED, service="end") for i in range(2999)),
        LineageNode("service:end", "end", NodeKind.SERVICE, service="end"),
    ]
    ids = [node.id for node in nodes]
    return Lineage({node.id: node for node in nodes}, tuple(pairwise(ids)))


@pytest.fixture
def lattice() -> Lineage:
    """200 diamonds in a row: 2 to the power of 200 ways from the first node to the last."""
    edges: list[tuple[str, str]] = []
    for i in range(200):
        for side in "lr":
            edges += [(f"n{i}", f"{side}{i}"), (f"{side}{i}", f"n{i + 1}")]
    names = dict.fromkeys(name for edge in edges for name in edge)
    nodes = {name: LineageNode(name, name, NodeKind.COMPUTED, module="m") for name in names}
    return Lineage(nodes, tuple(edges))
