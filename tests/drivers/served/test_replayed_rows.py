"""What of a log is replayed, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from drivers import BatchDriver
from drivers.served import schema
from drivers.served.causes import Cause
from drivers.served.folder import log_files
from drivers.served.replay import replay
from drivers.served.report import LogReport
from drivers.serving.compiled import current_run
from drivers.stored.records import run_key
from onedag.durations import micros
from onedag.errors import ConfigurationError
from tests.drivers.served.world import NOON, ROWS, World, at


def test_long_fitted_values_are_the_store_s(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MOST_FITTED", 0)
    world.serve()
    assert (world.replay().findings, world.replay().rows) == ((), 2)
    (world.root / "store.db").unlink()
    found = world.replay()
    assert found.rows == 0
    assert "isn't kept in the store any more" in next(iter(found.not_replayed))


def test_other_fitted_values_of_the_same_run_are_noted(world: World) -> None:
    world.serve()
    with BatchDriver(world.project, clock=world.clock) as batch:
        record = current_run("basket", batch._store)
        other = replace(record, fitted={"basket_mean": "20.0"})
        with batch._store.write() as writer:
            writer.put([run_key(record.run_id)], [other.to_bytes()], micros(NOON))
    found = world.replay()
    assert "other fitted values in the store than those that served: basket_mean" in found.notes[0]
    assert found.causes == {Cause.MODEL_RUN: 3}


def served_before(world: World, old: bytes, new: bytes) -> None:
    """Change what the log says of the packages."""
    [path] = [file.path for file in log_files(world.log)]
    table = pq.read_table(path)
    metadata = {key: text.replace(old, new) for key, text in table.schema.metadata.items()}
    assert metadata != table.schema.metadata
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_other_packages_are_noted_and_late_data_are_still_told(world: World) -> None:
    world.serve()
    served_before(world, b"pandas 3", b"pandas 2")
    assert "pandas 2" in world.replay().notes[0]
    world.write_orders((1, 20.0, "10 08:00"))
    assert set(world.replay().causes) == {Cause.LATE_DATA}


def test_fingerprints_of_another_scheme_leave_it_to_the_code(world: World) -> None:
    world.serve()
    served_before(world, b"fingerprints ", b"fingerprints 0")
    assert world.replay().findings == ()
    changed = world.edited(
        ("return basket_over_mean / last_amount", "return basket_over_mean * last_amount")
    )
    [finding] = world.replay(changed).findings
    assert (finding.cause, finding.node) == (Cause.CODE, "basket_over_last")


def test_only_a_part_of_the_log_is_replayed(world: World) -> None:
    world.serve()
    world.clock.set(NOON + timedelta(hours=2))
    world.serve([ROWS[0]])
    [found] = replay(world.project, world.log, since=at("10 13:00")).services
    assert found.rows == 1
    [found] = replay(world.project, world.log, until=at("10 13:00")).services
    assert found.rows == 2
    with pytest.raises(ConfigurationError, match="nothing that was served by 'baskets'"):
        replay(world.project, world.log, "baskets")
    with pytest.raises(ConfigurationError, match="no served log in"):
        replay(world.project, world.root / "elsewhere")


def test_what_was_left_out_of_the_log_is_said(world: World) -> None:
    world.serve(without=frozenset(["last_amount"]))
    found = world.replay()
    assert found.findings == ()
    assert {each.name for each in found.features} == {
        "spent_7d", "shop_orders_1d", "basket_over_mean",
    }  # fmt: skip
    assert "basket_over_last isn't compared: last_amount isn't in the log" in found.notes


def test_why_a_feature_may_not_be_in_the_log_is_said(world: World) -> None:
    world.serve(without=frozenset(["basket_over_mean"]))
    [note] = [note for note in world.replay().notes if note.startswith("basket_over_mean isn't in")]
    assert note.endswith(": personal (ONEDAG_LOG_PERSONAL), or named by ONEDAG_LOG_WITHOUT")


def test_rows_without_a_needed_field_are_not_replayed(world: World) -> None:
    world.serve(without=frozenset(["customer_id"]))
    found = world.replay()
    assert (found.rows, found.not_replayed) == (0, {"Field 'customer_id' isn't in the log.": 2})
    assert LogReport((found,)).fails()


def test_a_service_that_is_gone_is_said(world: World) -> None:
    world.serve()
    found = world.replay(world.edited(('    "basket",\n', '    "cart",\n')))
    assert found.rows == 0
    assert "No service is named 'basket'" in next(iter(found.not_replayed))
