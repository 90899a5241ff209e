"""A project whose values are easily taken for something else."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd

from drivers import BatchDriver
from onedag import FixedClock, Project

__all__ = ["NOW", "OddProject"]

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)

FEATURES = '''
from datetime import date, datetime
from typing import Literal

import pandas as pd
import pydantic
from pydantic import Field

from onedag import Entity, FeatureService, Source

account = Entity("account", join_keys=["id"])
accounts = Source(
    "accounts",
    data=pd.DataFrame({
        "changed_at": pd.to_datetime(["2024-03-01T06:30:15.250", "2024-03-02T00:00:00.000"]),
        "id": [2**53 + 1, 2**53],
        "balance": [1.5, 2.5],
        "motto": ["<img src=x onerror=\\"document.title='taken'\\">", None],
    }),
    timestamp="changed_at",
    key=account,
)


class Visit(pydantic.BaseModel):
    """Somebody <b>calls</b>."""

    id: int = Field(examples=[2**53 + 1], description="Of the <script>account</script>.")
    name: str = Field(json_schema_extra={"tags": ["pii"]})
    late: bool
    cabin: Literal["economy", "first"]
    day: date
    share: float | None
    at: datetime | None = None


def next_id(id: pd.Series) -> pd.Series:
    """<script>document.title = "taken"</script> One more than **the** number."""
    return id + 1


def days_ago(event_timestamp: pd.Series, day: pd.Series) -> pd.Series:
    return (event_timestamp - day).dt.days


odd = FeatureService(
    "odd",
    ["next_id", "name", "late", "cabin", "day", "days_ago", "share", "at", "balance", "motto"],
    Visit,
)
'''


class OddProject:
    """The project in a folder, trained and materialized."""

    def __init__(self, root: Path) -> None:
        (root / "odd_features.py").write_text(FEATURES, encoding="utf-8")
        features = _imported(root / "odd_features.py")
        self.project = Project([features], store="sqlite:///odd.db", root=root, offline="offline")
        self.clock = FixedClock(NOW)
        spine = pd.DataFrame(
            {
                "event_timestamp": NOW,
                "id": [2**53 + 1],
                "name": "Ann",
                "late": True,
                "cabin": "first",
                "day": pd.Timestamp("2024-02-29", tz="UTC"),
                "share": 0.5,
                "at": NOW,
            }
        )
        with BatchDriver(self.project, clock=self.clock) as batch:
            batch.publish(batch.training_frame(spine, "odd"))
            batch.materialize(as_of=NOW)


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
