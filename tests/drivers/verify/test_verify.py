"""`verify` finds nothing in a sound project, and finds what is planted in an unsound one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from drivers import BatchDriver
from drivers.verify import Depth, verify
from drivers.verify.parts import as_requests
from drivers.verify.training import Trained
from onedag import Project
from onedag.dtypes import TIMESTAMP
from onedag.errors import ConfigurationError, SpineError


def test_no_cell_differs(shop: Project, spine: pd.DataFrame) -> None:
    report = verify(shop, "basket", spine)
    assert report.ok
    assert (report.spine_rows, report.rows, report.singly, report.whole) == (7, 7, 7, 3)
    assert report.cells == 17 * 10
    assert (report.differing_cells, report.nodes, report.differences) == (0, (), ())
    assert "0 of 170 cells differ" in str(report)


def test_rows_are_drawn_and_the_project_s_store_is_left_alone(
    shop: Project, spine: pd.DataFrame
) -> None:
    assert verify(shop, "basket", spine, rows=2, whole=1).rows == 2
    with BatchDriver(shop) as batch:
        assert batch._store.read([b"current/basket"]) == [None]


def test_rows_repeat_where_the_spine_has_fewer(shop: Project, spine: pd.DataFrame) -> None:
    told: list[tuple[int, int]] = []
    report = verify(
        shop, "basket", spine, rows=1000, singly=0, whole=0, progress=lambda *d: told.append(d)
    )
    assert report.ok
    assert (report.rows, report.singly, report.cells) == (1000, 0, 10_000)
    assert 1 < report.requests < 500
    assert told == [(1000, 1000)]
    assert report.rows_per_second > 0


def test_a_service_that_reads_no_store(
    make_module: Callable[..., object], tmp_path: Path, spine: pd.DataFrame
) -> None:
    source = """
import pandas as pd
import pydantic
from onedag import FeatureService

def doubled(basket: pd.Series) -> pd.Series:
    return basket * 2

class Request(pydantic.BaseModel):
    basket: float

served = FeatureService("served", ["doubled"], request=Request)
"""
    project = Project([make_module(source)], store="memory://", root=tmp_path)
    report = verify(project, "served", spine, rows=20)
    assert report.ok
    assert report.rows == 20


def test_a_spine_without_rows(shop: Project, spine: pd.DataFrame) -> None:
    """Nothing would be shown, and a job that reads the report would think that something was."""
    with pytest.raises(SpineError, match="no rows, so nothing would be compared"):
        verify(shop, "basket", spine.iloc[:0], rows=50)


@pytest.mark.parametrize("count", [{"rows": 0}, {"rows": -1}, {"singly": -1}, {"whole": -1}])
def test_counts_that_make_no_sense(
    shop: Project, spine: pd.DataFrame, count: dict[str, int]
) -> None:
    [(name, number)] = count.items()
    with pytest.raises(ConfigurationError, match=rf"verify\({name}={number}\): pass"):
        verify(shop, "basket", spine, **count)  # type: ignore[arg-type]


def test_a_spine_that_is_not_there(shop: Project) -> None:
    with pytest.raises(SpineError, match=r"nothing\.parquet"):
        verify(shop, "basket", "nothing.parquet")


def test_a_frame_of_another_spine(shop: Project, spine: pd.DataFrame) -> None:
    with BatchDriver(shop) as batch:
        trained = Trained.build(batch, "basket", spine)
        with pytest.raises(SpineError, match="has 7 rows, and its spine 6"):
            Trained(trained.frame, trained.given.slice(1), batch)


def test_a_time_that_no_request_can_carry() -> None:
    far = pa.array([0, 2**60], pa.int64()).cast(pa.timestamp("us")).cast(TIMESTAMP)
    rows = pa.table({"n": [1, 2], "since": far})
    assert as_requests(rows.slice(0, 1)) == [{"n": 1, "since": datetime(1970, 1, 1, tzinfo=UTC)}]
    with pytest.raises(SpineError, match="'since' of the spine holds a time after the year 9999"):
        as_requests(rows)


def test_a_difference_in_the_last_bit_is_found(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited("return basket - basket_mean", "return basket + (len(basket) > 1) * 1e-15")
    report = verify(project, "basket", spine.assign(basket=1.0), rows=1, singly=0, whole=0)
    (difference,) = (d for d in report.differences if d.feature == "basket_over_mean")
    assert "1.000000000000001" in str(difference.batch)
    assert "1.0 " in str(difference.online)
    assert difference.depth is Depth.JOINT
    assert not report.ok


def test_every_cell_is_counted_and_some_are_looked_into(
    edited: Callable[[str, str], Project], spine: pd.DataFrame
) -> None:
    project = edited("return basket - basket_mean", "return basket + (len(basket) == 7)")
    report = verify(project, "basket", spine, rows=7000, singly=0, whole=0)
    assert report.differing["basket_over_mean"] == 7000
    assert report.differing.keys() == {"basket_over_mean", "basket_over_last"}
    assert 200 <= report.looked_into < 600
    left = report.differing_cells - report.looked_into
    assert f"{left:,} more cells differ that weren't looked into" in str(report)
