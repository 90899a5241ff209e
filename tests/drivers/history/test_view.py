"""The history of one view: what an engine gets of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drivers.batch import BatchDriver
from drivers.engines import AT, EVENT, KNOWN, History
from drivers.engines.local import LocalEngine
from onedag import Project

FEATURES = """
import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Source, aggregate

shop = Entity("shop", "city")
sales = Source("sales", SALES, timestamp="sold_at", known_at="known_at")


@aggregate(sales, by=shop, over="30d")
def turnover(amount: pd.Series) -> float:
    return amount.sum()


class Request(pydantic.BaseModel):
    city: str


shops = FeatureService("shops", ["turnover_30d"], request=Request)
"""
START = datetime(2026, 1, 1, tzinfo=UTC)


class Watched(LocalEngine):
    """Notes the history that it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int]] = []

    def asof(self, moments: pa.Table, history: History, columns: Sequence[str]) -> pa.Table:
        last = moments[AT].to_numpy().max()
        self.seen += [
            (int(event - last), int(known - last))
            for event, known in zip(
                history.table[EVENT].to_pylist(), history.table[KNOWN].to_pylist(), strict=True
            )
        ]
        return super().asof(moments, history, columns)


@pytest.mark.parametrize("hour", [0, 5, 9])
def test_an_engine_gets_no_row_that_nobody_can_see(
    make_module: Callable[..., ModuleType], tmp_path: Path, hour: int
) -> None:
    """A row that is known in the year 9999 would else make each window be looked at row by row.

    hour     0  1  2  3  4  5  6  7  8  9
    sold     a  b  c  d  e  f  g  h  i  j        b is known in 9999, c never, d at 6
    """
    known: dict[int, Any] = {1: datetime(9999, 12, 31, tzinfo=UTC), 2: None, 3: 6}

    def row(number: int) -> Mapping[str, Any]:
        at = START + timedelta(hours=number)
        seen = known.get(number, number)
        seen = START + timedelta(hours=seen) if isinstance(seen, int) else seen
        return {"city": "Rome", "sold_at": at, "known_at": seen, "amount": float(1 << number)}

    time = pa.timestamp("us", "UTC")
    schema = pa.schema(
        {"city": pa.string(), "sold_at": time, "known_at": time, "amount": pa.float64()}
    )
    sales = pa.Table.from_pylist([row(number) for number in range(10)], schema)
    project = Project([make_module(FEATURES, "view", SALES=sales)], root=tmp_path)
    engine = Watched()
    spine = pd.DataFrame({"event_timestamp": [START + timedelta(hours=hour)], "city": ["Rome"]})
    frame = BatchDriver(project, engine=engine).training_frame(spine, "shops")
    assert all(event <= 0 and seen <= 0 for event, seen in engine.seen)
    visible = [n for n in range(hour + 1) if n not in known or (n == 3 and hour >= 6)]
    assert len(engine.seen) == len(visible)
    assert frame.table["turnover_30d"].to_pylist() == [sum(float(1 << n) for n in visible)]
