"""What the spine's rows are: a request of the project's services, or one that is made of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from types import ModuleType
from typing import Any, Literal

import pandas as pd
import pydantic

from drivers.testing import both_ways
from onedag import FeatureService, Project


def at(time: str, **fields: Any) -> dict[str, Any]:
    return {"event_timestamp": time, **fields}


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


class Colour(StrEnum):
    RED = "red"


class Everything(pydantic.BaseModel):
    flag: bool
    count: int | None
    share: float | None
    name: str
    colour: Colour
    size: Literal["S", "L"]
    number: uuid.UUID
    day: date
    moment: datetime | None
    with_default: int = 3


def test_fields_of_every_type(make_module: Callable[..., ModuleType]) -> None:
    module = make_module("")
    vars(module)["service"] = FeatureService("s", list(Everything.model_fields), Everything)
    number = uuid.UUID(int=7)
    full = {
        "flag": True,
        "count": 1,
        "share": 2,
        "name": "x",
        "colour": Colour.RED,
        "size": "L",
        "number": number,
        "day": date(2024, 1, 2),
        "moment": "2024-01-02T03:04",
    }
    empty = full | {"count": None, "share": None, "moment": None}
    features = both_ways(Project([module]), service="s", spine=[full, empty])
    assert {name: values[0] for name, values in features.items()} == full | {
        "colour": "red",
        "number": str(number),
        "day": datetime(2024, 1, 2, tzinfo=UTC),
        "moment": datetime(2024, 1, 2, 3, 4, tzinfo=UTC),
        "with_default": 3,
    }
    assert [name for name, values in features.items() if values[1] is None] == [
        "count",
        "share",
        "moment",
    ]
    named = both_ways(Project([module]), *full, spine=[full, empty])
    assert [named[name] for name in full] == [features[name] for name in full]


def test_a_spine_without_rows(shop: Project) -> None:
    spine = pd.DataFrame({"basket": pd.Series([], dtype="float64")})
    features = both_ways(shop, "basket", spine=spine)
    assert (features["basket"], features.dtypes["basket"]) == ([], "float64")
