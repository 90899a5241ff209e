"""A recorded lineage is that of the plan, whatever the project is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from onedag import Project, plan
from onedag.audit import recorded_lineage
from onedag.errors import OnedagError
from onedag.lineage import service_lineage
from onedag.snapshots import snapshot_of

DATA = """
import pydantic
from hamilton.function_modifiers import tag
from onedag import Entity, FeatureService, Source, aggregate, latest

def _made_of(*names):
    return pd.DataFrame({name: [1] for name in (*names, "at")})

user, shop = Entity("user", "user_id"), Entity("shop", "shop_id")
pair = Entity("pair", ["user_id", "shop_id"])
orders = Source(
    "orders", _made_of("user_id", "shop_id", "c0", "c1"), "at", tags={"c0": ["pii"]}, delay="1h"
)
people = Source("people", _made_of("user_id", "c1", "raw", "c3"), "at", key=user,
    columns={"raw": "c2", "at": "since"}, tags={"raw": ["pii"], "since": ["pii"]})
shops = Source("shops", _made_of("shop_id", "c2", "c4"), "at", key=shop, tags={"c4": ["PII"]})
pairs = Source("pairs", _made_of("user_id", "shop_id", "c4", "c5"), "at", key=pair)
"""
COLUMNS = [f"c{i}" for i in range(6)]


@pytest.mark.parametrize("seed", range(40))
def test_the_snapshot_says_what_the_plan_says(
    make_module: Callable[..., ModuleType], seed: int
) -> None:
    project = Project(make_module(DATA + "\n".join(functions(random.Random(seed)))))
    columns = {name: of.columns_without_reading() or () for name, of in project.sources.items()}
    schemas = {name: dict.fromkeys(names, "int64") for name, names in columns.items()}
    snapshot, planned = snapshot_of(project, schemas), 0
    for name in project.services:
        try:
            plans = [plan(name, project, columns)]
            expected = service_lineage(plans, project, columns)
        except OnedagError:
            continue
        planned += 1
        found = recorded_lineage(snapshot, name)
        assert dict(found.nodes) == dict(expected.nodes)
        assert set(found.edges) == set(expected.edges)
        assert found.keys == expected.keys
    assert planned


def functions(given: random.Random) -> Iterator[str]:
    """Functions that are made of columns and of each other, and services that take them."""
    types = dict.fromkeys([*COLUMNS, "event_timestamp", "user_id"], "pd.Series")
    for i in range(8):
        name, modifier = f"f{i}", given.choice(MODIFIERS)
        fitted = not modifier and given.random() < 0.3
        usable = [one for one, type_ in types.items() if not modifier or type_ == "pd.Series"]
        first, *others = given.sample(usable, given.randint(1, 4))
        taken = [f"{one}: {types[one]}" for one in (first, *others)]
        if others and not modifier:
            taken[-1] += " = None"
        yield given.choice(["", "", '@tag(pii="true")', '@tag(pii="false", owner="o", x="true")'])
        yield modifier
        returns = "float" if fitted or "aggregate" in modifier else "pd.Series"
        yield f"def {name}({', '.join(taken)}) -> {returns}:\n    return {first}\n"
        types[f"{name}_1d" if "over" in modifier else name] = "float" if fitted else "pd.Series"
    yield from services(given, [one for one, type_ in types.items() if type_ == "pd.Series"])


def services(given: random.Random, names: list[str]) -> Iterator[str]:
    """Two services for each name, alone and with others, whose requests carry some of them."""
    for i, name in enumerate(names):
        carried = {"at_all", "user_id", *given.choice(KEYS), *given.sample(names, 2)}
        fields = "\n".join(
            f"    {each}: int" for each in sorted(carried - {name, "event_timestamp"})
        )
        yield f"class R{i}(pydantic.BaseModel):\n{fields}"
        yield f's{i} = FeatureService("s{i}", ["{name}"], R{i})'
        yield f't{i} = FeatureService("t{i}", {given.sample(names, 3)}, R{i}, may_use=["raw"])'


KEYS = [["shop_id"], ["shop_id"], []]
MODIFIERS = [
    *[""] * 9,
    "@latest(orders, by=user, max_age='2d')",
    "@latest(people, by=user, refresh='1d')",
    "@aggregate(orders, by=shop, over='1d')",
    "@aggregate(orders, by=pair)",
    "@aggregate(shops, by=None, over='1d', refresh='1h')",
]
