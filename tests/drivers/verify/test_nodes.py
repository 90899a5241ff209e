"""Where nothing is wrong, every node is the same on both sides, and not the features alone.

Else a difference would be laid at the door of a node that differs always.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from drivers import BatchDriver
from drivers.history.chunks import Sizes
from drivers.verify import Depth
from drivers.verify.attribution import Attribution
from drivers.verify.dag import REQUEST
from drivers.verify.parts import Parts, PartStore
from drivers.verify.training import Trained
from onedag import Project

KINDS = """
import numpy as np
import pandas as pd
import pydantic
from datetime import datetime
from hamilton.function_modifiers import extract_columns
from onedag import Entity, FeatureService, Source, aggregate, latest

person = Entity("person", "person_id")
visits = Source("visits", VISITS, timestamp="at")


@latest(visits, by=person)
def last_place(place: pd.Series) -> pd.Series:
    return place


@aggregate(visits, by=person)
def spent(amount: pd.Series) -> float:
    return amount.sum()


@aggregate(visits, by=person)
def seen(amount: pd.Series) -> int:
    return len(amount)


def means(age: pd.Series, seen: pd.Series) -> dict[str, float]:
    return {"age": age.mean(), "seen": seen.mean()}


def limit(means: dict[str, float], factor: float = 0.5) -> float:
    return means["age"] * factor


def is_old(age: pd.Series, limit: float) -> pd.Series:
    return age > limit


def per_visit(spent: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return spent / np.maximum(seen, 1)


def told(name: str | None, age: int | None) -> str:
    return f"{name}:{age}"


def hours(event_timestamp: pd.Series, since: pd.Series) -> pd.Series:
    return (event_timestamp - since).dt.total_seconds() / 3600


def gap(event_timestamp: pd.Series, since: pd.Series) -> pd.Series:
    return event_timestamp - since


def day(gap: pd.Series) -> pd.Series:
    return gap.dt.days


def where(last_place: pd.Series, name: pd.Series) -> pd.Series:
    return last_place.fillna("nowhere") + name.fillna("?")


@extract_columns("small", "large")
def sizes(age: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"small": age.astype("Int8"), "large": age.astype("float32")})


def both(small: pd.Series, large: pd.Series) -> pd.Series:
    return small + large


def unsigned(seen: pd.Series) -> pd.Series:
    return seen.astype("uint8")


def whole(seen: pd.Series) -> pd.Series:
    return seen.fillna(0).astype("int64")


def sure(whole: pd.Series) -> pd.Series:
    return whole > 0


class Request(pydantic.BaseModel):
    person_id: int | None
    age: int | None
    name: str | None
    since: datetime


kinds = FeatureService(
    "kinds", ["is_old", "per_visit", "told", "hours", "day", "where", "both", "unsigned", "sure",
              "age", "last_place"],
    request=Request,
)
"""


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp(f"2024-01-{number:02}", tz="UTC")


@pytest.fixture
def kinds(make_module: Callable[..., ModuleType]) -> tuple[Project, pd.DataFrame]:
    visits = pd.DataFrame(
        {
            "person_id": [1, 1, 2, 3],
            "amount": [1.5, 2.5, None, 4.0],
            "place": ["x", None, "", "é"],
            "at": [day(1), day(3), day(2), day(9)],
        }
    )
    spine = pd.DataFrame(
        {
            "event_timestamp": [day(4), day(2), day(5), day(1), day(6)],
            "person_id": pd.array([1, 2, None, 9, 1], dtype="Int64"),
            "age": pd.array([30, None, 5, 70, 44], dtype="Int64"),
            "name": ["a", None, "ß", "", "d"],
            "since": [day(1), day(1), day(2), day(1), day(3)],
        }
    )
    return Project([make_module(KINDS, VISITS=visits)], store="memory://"), spine


@pytest.fixture
def basket(shop: Project, spine: pd.DataFrame) -> tuple[Project, pd.DataFrame]:
    return shop, spine


@pytest.mark.parametrize("name", ["kinds", "basket"])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("sizes", [Sizes(), Sizes(memory=0, chunk_rows=2)])
def test_all_nodes_agree(
    name: str, together: bool, sizes: Sizes, request: pytest.FixtureRequest
) -> None:
    project, spine = request.getfixturevalue(name)
    store, rows = PartStore(), np.arange(len(spine))
    with BatchDriver(project, store=store, sizes=sizes) as batch:
        trained = Trained.build(batch, name, spine)
        batch.publish(trained.frame)
        [part] = Parts(project, trained, store, [rows], batch.historical_rows())
        left = trained.nodes(rows, [node for node in trained.dag.nodes if node != REQUEST])
    for some in [rows] if together else [rows[n : n + 1] for n in rows]:
        right = part.replayed(some, Depth.JOINT, trained).nodes()
        found = Attribution(trained.dag, {n: v.take(some) for n, v in left.items()}, right)
        assert found.differs.keys() == trained.dag.nodes.keys() - {REQUEST}
        assert [node for node, mask in found.differs.items() if mask.any()] == []
