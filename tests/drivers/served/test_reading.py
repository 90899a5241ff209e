"""Reading the log, and what isn't one."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drivers.served import replay as replay_module
from drivers.served.folder import log_files
from drivers.served.reading import other_formats, read_served, served_features
from drivers.served.report import LogReport
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


def test_rows_of_another_format_are_counted(world: World) -> None:
    world.serve()
    world.serve([ROWS[0]])
    path = log_files(world.log)[0].path
    table = pq.read_table(path)
    [(key, head)] = ((k, v) for k, v in table.schema.metadata.items() if k == b"onedag.served")
    later = head.replace(b'"format": 1', b'"format": 2')
    pq.write_table(table.replace_schema_metadata({key: later}), path)
    assert other_formats(world.log) == {"basket": table.num_rows}
    assert other_formats(world.log, "another") == {}
    assert other_formats(world.log, until=NOON) == {}
    assert other_formats(world.log, since=NOON + timedelta(minutes=1)) == {}
    found = world.replay()
    assert found.rows == 3 - table.num_rows
    [(reason, rows)] = found.not_replayed.items()
    assert rows == table.num_rows
    assert "another format" in reason


def test_a_log_of_another_format_alone_is_not_replayed(world: World) -> None:
    world.serve()
    [file] = log_files(world.log)
    table = pq.read_table(file.path)
    pq.write_table(table.replace_schema_metadata({b"onedag.served": b'{"format": 2}'}), file.path)
    found = world.replay()
    assert (found.rows, list(found.not_replayed.values())) == (0, [2])
    assert LogReport((found,)).fails()


def test_months_of_deployments_are_read_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More snapshots than a byte counts, each in a file of its own."""
    monkeypatch.setattr(replay_module, "MANY_FILES", 50)
    world.serve()
    [file] = log_files(world.log)
    table = pq.read_table(file.path)
    column = "view.customer_orders.snapshot"
    place = table.column_names.index(column)
    for number in range(140):
        names = pa.array([f"{number:064x}"] * table.num_rows).cast(table[column].type)
        name = file.name.replace("-000001", f"-{number + 2:06d}")
        pq.write_table(table.set_column(place, column, names), file.path.with_name(name))
    assert (world.replay().rows, world.replay().differing) == (282, 0)


def test_rows_of_a_field_that_became_another_type_are_read_together(world: World) -> None:
    world.serve()
    note = ("    basket: float\n", "    basket: float\n    note: {} = 0\n")
    ints, floats = (
        world.edited((note[0], note[1].format(kind))) for kind in ("int | None", "float | None")
    )
    for project in (ints, floats):
        world.serve([{**ROWS[0], "note": 1}], project=project)
    found = world.replay(ints)
    assert (found.rows, found.differing, dict(found.not_replayed)) == (4, 0, {})
