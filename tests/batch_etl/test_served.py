"""The commands on a served log: tables, JSON, the picture, and exit codes."""

from __future__ import annotations

import json
import linecache
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from batch_etl import cli
from drivers import BatchDriver, OnlineDriver
from drivers.catalog import CatalogReader
from drivers.served.log import ServedLog
from drivers.served.rows import ServedRequest
from drivers.served.settings import LogSettings
from onedag import FixedClock, Project

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)

CODE = '''
import pandas as pd
import pydantic

from onedag import Entity, FeatureService, Source, aggregate

customer = Entity("customer", join_keys=["customer_id"])
orders = Source("orders", data="orders.parquet", timestamp="ordered_at")


@aggregate(orders, by=customer, over="7d")
def spent(amount: pd.Series) -> float:
    """Sum of the customer's orders in the window."""
    return amount.sum()


def is_big(basket: pd.Series) -> pd.Series:
    """Whether the basket is above 50."""
    return basket > 50


class Basket(pydantic.BaseModel):
    customer_id: int
    basket: float


buys = FeatureService("buys", ["spent_7d", "is_big"], Basket)
'''

PYPROJECT = """
[tool.onedag]
modules = ["{module}"]
"""


def write_orders(folder: Path, *amounts: float) -> None:
    times = [NOON - timedelta(hours=n + 1) for n in range(len(amounts))]
    frame = pd.DataFrame({"customer_id": 1, "amount": amounts, "ordered_at": times})
    frame.to_parquet(folder / "orders.parquet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that has served four requests, an hour apart, and logged them."""
    monkeypatch.setenv("COLUMNS", "200")
    module(tmp_path).write_text(CODE)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(module=module(tmp_path).stem))
    write_orders(tmp_path, 10.0)
    project, clock = Project.load(tmp_path), FixedClock(NOON)
    with BatchDriver(project, clock=clock) as batch:
        spine = pd.DataFrame({"event_timestamp": [NOON], "customer_id": [1], "basket": [1.0]})
        batch.publish(batch.training_frame(spine, "buys"))
        batch.materialize()
    log = ServedLog(LogSettings(tmp_path / "log"), project, clock)
    log.start()
    with OnlineDriver(project, clock) as online:
        for number in range(4):
            clock.set(NOON + timedelta(hours=number))
            vectors = online.features("buys", {"customer_id": 1, "basket": 40.0 * number})
            log.add(vectors, [ServedRequest(f"till-{number}", 0, 1, [0.25])])
    log.close(30)
    yield tmp_path
    forget(tmp_path)
    sys.path.remove(str(tmp_path))


def module(folder: Path) -> Path:
    return folder / f"features_of_{folder.name}.py"


def forget(folder: Path) -> None:
    """Let the module be imported anew, as another process would."""
    sys.modules.pop(module(folder).stem, None)
    linecache.checkcache()


def onedag(folder: Path, *arguments: str) -> Result:
    forget(folder)
    return CliRunner().invoke(cli.app, ["--project", str(folder), *arguments])


def verify(folder: Path, *arguments: str) -> Result:
    return onedag(folder, "verify", "--log", str(folder / "log"), *arguments)


def edit(folder: Path, old: str, new: str) -> None:
    module(folder).write_text(CODE.replace(old, new))


def test_a_log_that_agrees_is_zero(folder: Path) -> None:
    result = verify(folder)
    assert result.exit_code == 0, result.output
    assert "4 served rows replayed as of their times: 0 of 8 cells differ" in result.output
    assert "which is published now" in result.output


def test_other_code_is_one_and_named(folder: Path) -> None:
    edit(folder, "basket > 50", "basket >= 40")
    result = verify(folder, "--json", str(folder / "found.json"))
    assert result.exit_code == 1
    assert "code: 1 cells, which fails." in result.output
    assert "is_big was False (bool, PRESENT), and is True (bool, PRESENT)" in result.output
    found = json.loads((folder / "found.json").read_text())
    [service] = found["services"]
    assert (found["ok"], service["causes"]) == (False, {"code": 1})
    assert service["findings"][0]["node"] == "is_big"
    assert service["features"]["is_big"]["distance"] > 0
    assert sum(service["skew"]["differing"]["is_big"]) == 1


def test_late_data_fail_where_they_shall(folder: Path) -> None:
    write_orders(folder, 10.0, 5.0)
    result = verify(folder)
    assert result.exit_code == 0
    assert "late-data: 4 cells. Rows came" in result.output
    assert verify(folder, "--fail-on", "late-data").exit_code == 1
    edit(folder, "basket > 50", "basket >= 40")
    assert verify(folder, "--fail-on", "none").exit_code == 0
    wrong = verify(folder, "--fail-on", "late")
    assert "Causes are code, late-data," in str(wrong.exception)


def test_a_part_of_the_log_by_time(folder: Path) -> None:
    result = verify(folder, "buys", "--since", "2024-03-10T13:00", "--until", "2024-03-10T15:00")
    assert "2 served rows" in result.output


def test_json_to_the_standard_output_is_alone_there(folder: Path) -> None:
    result = verify(folder, "--json", "-")
    assert json.loads(result.stdout)["ok"] is True


def test_the_skew_is_drawn(folder: Path) -> None:
    write_orders(folder, 10.0, 5.0)
    result = verify(folder, "--plot", str(folder / "skew.png"))
    assert "skew.png" in result.output
    assert (folder / "skew.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_that_differs_is_drawn_too(folder: Path) -> None:
    assert verify(folder, "--plot", str(folder / "skew.png")).exit_code == 0
    assert (folder / "skew.png").stat().st_size > 10_000


def test_one_request_with_one_command(folder: Path) -> None:
    edit(folder, "basket > 50", "basket >= 40")
    result = onedag(folder, "served", "till-1", "--log", str(folder / "log"))
    assert result.exit_code == 0, result.output
    for said in (
        "request till-1 to buys, answered 2024-03-10 13:00:00 UTC",
        "row 0, as of 2024-03-10 13:00:00 UTC",
        "as of 2024-03-10 12:00:00 UTC; rows up to 2024-03-10 11:00:00 UTC",
        "prediction 0.25",
        "return basket > 50",  # as it was, not as it is now
        "Sum of the customer's orders in the window.",
    ):
        assert said in result.output
    without = onedag(folder, "served", "till-1", "--log", str(folder / "log"), "--no-code")
    assert "return basket" not in without.output


def test_one_request_as_json(folder: Path) -> None:
    result = onedag(folder, "served", "till-3", "--log", str(folder / "log"), "--json")
    [page] = json.loads(result.stdout)
    assert page["rows"][0]["features"] == {"spent_7d": 10.0, "is_big": True}
    assert page["rows"][0]["views"][0]["event"] == "2024-03-10T11:00:00+00:00"


def test_an_unknown_request_is_said(folder: Path) -> None:
    result = onedag(folder, "served", "till-9", "--log", str(folder / "log"))
    assert "has no request 'till-9'" in str(result.exception)


def test_skew_is_kept_where_the_catalog_finds_it(folder: Path) -> None:
    edit(folder, "basket > 50", "basket >= 40")
    result = verify(folder, "--keep")
    assert result.exit_code == 1
    forget(folder)
    catalog = CatalogReader(Project.load(folder)).read()
    run_id = catalog.runs["buys"].run_id
    assert f"Kept with run {run_id} of buys." in result.output
    found = catalog.skew["buys"]
    assert (found["is_big"].rows, found["is_big"].differing) == (4, 1)
    assert (found["is_big"].causes, found["is_big"].runs) == ({"code": 1}, {run_id: 4})
    assert (found["spent_7d"].differing, found["spent_7d"].causes) == (0, {})


def test_skew_of_other_runs_isnt_kept_with_the_one_that_is_published(folder: Path) -> None:
    forget(folder)
    project = Project.load(folder)
    with BatchDriver(project) as batch:
        spine = pd.DataFrame({"event_timestamp": [NOON], "customer_id": [1], "basket": [2.0]})
        run_id = batch.publish(batch.training_frame(spine, "buys")).run_id
    said = verify(folder, "--keep").output
    assert f"Nothing is kept of buys: run {run_id}, which is published now, served none" in said
    assert CatalogReader(project).read().skew == {}
