"""A test's rows in place of a source's: whose types they have, and what needn't be there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from drivers.testing import both_ways
from onedag import Project
from onedag.errors import SourceError, UnknownName


def at(time: str, **fields: Any) -> dict[str, Any]:
    return {"event_timestamp": time, **fields}


def test_columns_are_looked_up_where_a_row_lacks_them(shop: Project) -> None:
    features = both_ways(
        shop,
        "is_loyal",
        sources={"profiles": [{"customer_id": 1, "points": 12, "changed_at": "2024-01-01"}]},
        spine=[at("2024-01-02", customer_id=1), at("2024-01-02", customer_id=2)],
    )
    assert features["is_loyal"] == [True, None]
    assert features.statuses["is_loyal"] == ["PRESENT", "MISSING"]


def test_only_what_the_features_need_must_be_there(shop: Project) -> None:
    # `last_amount` is kept with `spent`, in one view; nothing of `amount` is asked for.
    features = both_ways(
        shop,
        "large_share",
        sources={
            "orders": [{"customer_id": 1, "is_large": True, "ordered_at": "2024-01-01"}],
        },
        spine=[at("2024-01-02", customer_id=1)],
    )
    assert features["large_share"] == [1.0]


NOWHERE = """
import pandas as pd
from onedag import Entity, Source, aggregate, latest

plane = Entity("plane", "tailnum")
landings = Source("landings", "data/landings.parquet", timestamp="Landed", delay="1h",
                  columns={"Landed": "landed_at", "Delay": "arr_delay"})
planes = Source("planes", "data/planes.parquet", timestamp="seen_at", key=plane)

@aggregate(landings, by=plane, over="1w")
def mean_delay(arr_delay: pd.Series) -> float:
    return arr_delay.mean()

@latest(landings, by=plane, refresh="1d")
def last_delay(arr_delay: pd.Series) -> pd.Series:
    return arr_delay

def seats_doubled(seats: pd.Series) -> pd.Series:
    return seats * 2
"""


@pytest.fixture
def nowhere(make_module: Callable[..., ModuleType], tmp_path: Path) -> Project:
    """A project whose files aren't there."""
    return Project([make_module(NOWHERE)], root=tmp_path)


@pytest.mark.parametrize("time", ["landed_at", "Landed"])
def test_no_file_has_to_be_there(nowhere: Project, time: str) -> None:
    features = both_ways(
        nowhere,
        "mean_delay_1w",
        "last_delay",
        sources={"landings": [{time: "2024-01-01T10:00", "tailnum": "N1", "arr_delay": 20}]},
        spine=[
            at("2024-01-01T10:59", tailnum="N1"),
            at("2024-01-01T11:00", tailnum="N1"),
            at("2024-01-02T00:00", tailnum="N1"),
        ],
    )
    assert features["mean_delay_1w"] == [None, 20.0, 20.0]
    assert features["last_delay"] == [None, None, 20]
    assert features.dtypes == {"mean_delay_1w": "float64", "last_delay": "Int64"}


def write(project: Project, name: str, frame: pd.DataFrame) -> None:
    (project.root / "data").mkdir(exist_ok=True)
    frame.to_parquet(project.root / "data" / f"{name}.parquet")


def test_columns_have_the_types_of_the_file_where_it_is_there(nowhere: Project) -> None:
    real = {"Landed": [datetime(2024, 1, 1)], "tailnum": ["007"], "Delay": [1.5], "tags": [["a"]]}
    write(nowhere, "landings", pd.DataFrame(real))
    text = """
        tailnum, landed_at,        arr_delay
        007,     2024-01-01T10:00, 20
    """
    spine = [at("2024-01-02", tailnum="007")]
    features = both_ways(nowhere, "last_delay", sources={"landings": text}, spine=spine)
    assert features["last_delay"] == [20.0]
    assert features.dtypes == {"last_delay": "float64"}
    nothing = both_ways(nowhere, "last_delay", sources={"landings": []}, spine=spine)
    assert (nothing["last_delay"], nothing.dtypes) == ([None], features.dtypes)


def test_a_column_that_the_file_does_not_have(nowhere: Project) -> None:
    write(nowhere, "landings", pd.DataFrame({"Landed": [datetime(2024, 1, 1)], "Delay": [1.5]}))
    rows = [{"Landed": "2024-01-01", "arr_dely": 1.0}]
    with pytest.raises(UnknownName, match=r"'arr_dely'. Did you mean 'arr_delay'"):
        both_ways(nowhere, "mean_delay_1w", sources={"landings": rows}, spine=[])


def test_no_rows_of_a_file_that_is_not_there(nowhere: Project) -> None:
    spine = [at("2024-01-02", tailnum="N1")]
    with pytest.raises(SourceError, match="'planes': there are none, and its own data isn't there"):
        both_ways(nowhere, "seats_doubled", sources={"planes": []}, spine=spine)
    empty = pa.schema(
        [("tailnum", pa.string()), ("seen_at", pa.timestamp("us")), ("seats", pa.int64())]
    ).empty_table()
    features = both_ways(nowhere, "seats_doubled", sources={"planes": empty}, spine=spine)
    assert (features["seats_doubled"], features.dtypes["seats_doubled"]) == ([None], "Int64")
