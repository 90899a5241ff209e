"""Reading the log, and what isn't one."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers.served.folder import log_files
from drivers.served.reading import read_served, served_features
from onedag.errors import ConfigurationError
from tests.drivers.served.world import NOON, ROWS, World


def test_features_come_under_their_names(world: World) -> None:
    world.serve()
    [table] = served_features(world.log, "basket")
    assert table.column_names == [
        "spent_7d", "last_amount", "shop_orders_1d", "basket_over_mean", "basket_over_last",
    ]  # fmt: skip
    assert table["spent_7d"].to_pylist() == [30.0, 0.0]
    assert list(served_features(world.log, "another")) == []


def test_rows_of_a_time_are_read(world: World) -> None:
    world.serve()
    world.clock.set(NOON + timedelta(hours=1))
    world.serve([ROWS[1]])
    later = NOON + timedelta(minutes=1)
    assert [t.num_rows for t in served_features(world.log, "basket", since=later)] == [1]
    assert [t.num_rows for t in served_features(world.log, "basket", until=later)] == [2]
    assert list(served_features(world.log, "basket", NOON, NOON)) == []


def test_a_head_says_what_the_rows_have_in_common(world: World) -> None:
    world.serve()
    [rows] = read_served(world.log, columns=["row"])
    assert rows.table.column_names == ["row"]
    assert rows.head.fitted == {"basket_mean": "30.0"}
    assert rows.head.run_id == log_files(world.log)[0].run_id
    assert {"spent_7d", "is_large", "basket_mean"} <= rows.head.functions.keys()


def test_other_files_are_no_log(world: World) -> None:
    folder = world.log / "basket" / "run"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"row": [1]}), folder / "20240310T120000000000Z-00-1.parquet")
    assert list(read_served(world.log)) == []
    (folder / "20240310T120000000001Z-00-1.parquet").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match="can't be read as a served log"):
        list(read_served(world.log))
