"""`onedag drift` on a small repository on disk, as a user would type it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from batch_etl.drift import Drift, show_drift
from drivers import BatchDriver, TrainingFrame
from drivers.stored.records import RunRecord, statistics_key
from drivers.stores import open_store
from onedag import Project
from onedag.dtypes import TIMESTAMP
from onedag.statistics import collect, compare, count

Run: TypeAlias = Callable[..., tuple[int, str]]
SPLIT = pd.Timestamp("2024-01-15", tz="UTC")


@pytest.fixture
def spine(repository: Path) -> pd.DataFrame:
    return pd.read_parquet(repository / "spine.parquet")


@pytest.fixture
def published(run: Run, repository: Path, spine: pd.DataFrame) -> TrainingFrame:
    """The run of the rows before the test period."""
    with BatchDriver(Project.load(repository)) as batch:
        frame = batch.training_frame(spine[spine["event_timestamp"] < SPLIT], "buys")
        batch.publish(frame)
    return frame


def write(table: pa.Table, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def as_json(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said)
    return found


def test_the_test_period_of_the_training_spine(
    run: Run, published: TrainingFrame, spine: pd.DataFrame
) -> None:
    code, said = run("drift", "buys")
    assert code == 0, said
    later = (spine["event_timestamp"] >= SPLIT).sum()
    assert f"buys: {later} rows of spine.parquet from 2024-01-15 00:00 UTC" in said
    assert f"compared with the {len(published):,} of run {published.run_id}" in said
    assert "0 of 2 features drifted: PSI above 0.25 or KS above 0.2." in said
    assert said.index("clicks_seen_1d") < said.index("0 of 2")


def test_drift_is_exit_code_1(run: Run, published: TrainingFrame, repository: Path) -> None:
    spine = pd.read_parquet(repository / "spine.parquet")
    later = spine.assign(price=spine["price"] + 0.8)
    later.to_parquet(repository / "later.parquet")
    code, said = run("drift", "buys", "--spine", "later.parquet")
    assert code == 1
    assert "1 of 2 features drifted" in said
    [row] = [line for line in said.splitlines() if line.startswith("price_over_mean")]
    assert "drifted" in row
    assert run("drift", "buys", "--spine", "later.parquet", "--no-fail")[0] == 0
    loose = ("--threshold", "30", "--ks", "1")
    assert run("drift", "buys", "--spine", "later.parquet", *loose)[0] == 0


def test_a_period_of_a_spine(run: Run, published: TrainingFrame, spine: pd.DataFrame) -> None:
    days = ("--since", "2024-01-03", "--until", "2024-01-05")
    code, said = run("drift", "buys", *days, "--json", "-")
    times = spine["event_timestamp"].dt.tz_localize(None)
    rows = ((times >= "2024-01-03") & (times < "2024-01-05")).sum()
    assert as_json(said)["rows_now"] == rows
    code, said = run("drift", "buys", "--since", "2030-01-01")
    assert (code, "None of the spine's 1,500 rows is from 2030-01-01" in said) == (1, True)


def test_json_says_all_of_it(run: Run, published: TrainingFrame, repository: Path) -> None:
    code, said = run("drift", "buys", "--json", "reports/drift.json")
    assert "Wrote reports/drift.json" in said
    written = (repository / "reports" / "drift.json").read_text()
    code, printed = run("drift", "buys", "--json", "-")
    assert code == 0
    assert as_json(printed) == as_json(written)
    content = as_json(written)
    assert content["run_id"] == published.run_id
    assert content["thresholds"] == {"psi": 0.25, "ks": 0.2, "moderate": 0.1}
    for of in content["features"]:
        assert sum(each["then"] for each in of["bins"]) == len(published)
        assert sum(each["now"] for each in of["bins"]) == content["rows_now"]
        assert of["verdict"] == "stable"
        assert 0 < of["p_value"] <= 1


def test_a_frame_of_the_run_has_not_drifted_from_it(
    run: Run, published: TrainingFrame, repository: Path
) -> None:
    published.to_parquet(repository / "frame.parquet")
    code, said = run("drift", "buys", "--frame", "frame.parquet", "--json", "-")
    content = as_json(said)
    assert (code, content["notes"]) == (0, [])
    assert [of["psi"] for of in content["features"]] == [0.0, 0.0]
    assert [of["ks"] for of in content["features"]] == [0.0, 0.0]


def test_a_frame_with_other_fitted_values_is_noted(
    run: Run, published: TrainingFrame, repository: Path, spine: pd.DataFrame
) -> None:
    with BatchDriver(Project.load(repository)) as batch:
        frame = batch.training_frame(spine.assign(price=spine["price"] + 9.0), "buys")
        frame.to_parquet(repository / "frame.parquet")
    code, said = run("drift", "buys", "--frame", "frame.parquet")
    assert code == 0  # that all prices rose isn't in it
    assert f"frame.parquet has the fitted values of run {frame.run_id}, not those of" in said
    assert "normalised by price_mean" in said


def test_what_was_served(run: Run, published: TrainingFrame, repository: Path) -> None:
    rows = 400
    logged = pa.table(
        {
            "served_at": pa.array([datetime(2024, 2, 1, tzinfo=UTC)] * rows, TIMESTAMP),
            "feature.clicks_seen_1d": [0.0] * rows,
            "status.clicks_seen_1d": ["MISSING"] * rows,
        }
    )
    write(logged, repository / "log" / "buys" / published.run_id / "a.parquet")
    code, said = run("drift", "buys", "--log", "log")
    assert code == 1
    assert "buys: 400 rows of log, compared" in said
    assert "1 of 1 features drifted" in said
    assert "The log leaves out price_over_mean, in some of its files at least." in said
    code, said = run("drift", "buys", "--log", "log", "--since", "2024-02-02")
    assert (code, "no later rows to compare" in said) == (1, True)


def test_the_run_may_be_chosen(
    run: Run, published: TrainingFrame, repository: Path, spine: pd.DataFrame
) -> None:
    with BatchDriver(Project.load(repository)) as batch:
        other = batch.publish(batch.training_frame(spine[:100], "buys"))
    for run_id in (published.run_id, other.run_id):
        _, said = run("drift", "buys", "--run", run_id, "--json", "-")
        assert as_json(said)["run_id"] == run_id
    _, said = run("drift", "buys", "--json", "-")
    assert as_json(said)["run_id"] == other.run_id
    code, said = run("drift", "buys", "--run", published.run_id[:-1])
    assert code == 1
    assert f"Did you mean {published.run_id!r}?" in said


def test_without_scipy_it_says_what_to_install(
    run: Run, published: TrainingFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    code, said = run("drift", "buys")
    assert (code, "p needs scipy" in said) == (0, True)


def test_few_rows_do_not_fail(
    run: Run, published: TrainingFrame, repository: Path, spine: pd.DataFrame
) -> None:
    few = spine.sort_values("price")[600:620]  # of one price, but only twenty rows
    spine[:20].to_parquet(repository / "few.parquet")
    code, said = run("drift", "buys", "--spine", "few.parquet", "--threshold", "0.01")
    assert (code, "so few rows can do it by chance" in said) == (0, True)
    few.to_parquet(repository / "few.parquet")
    code, said = run("drift", "buys", "--spine", "few.parquet")
    assert (code, "1 of 2 features drifted" in said) == (1, True)


def shown(column: str, values: tuple[str, str], width: int) -> str:
    """What is printed of a feature whose value went from one to the other."""
    first, second = (pa.table({column: [text] * 300}) for text in values)
    then = collect(lambda: [(first, {})], 300, first.schema)
    record = RunRecord(
        "r-1",
        "r",
        datetime(2024, 1, 1, tzinfo=UTC),
        300,
        first.schema,
        first.schema,
        {},
        {},
        {},
        {},
    )
    console = Console(width=width, file=io.StringIO())
    show_drift(Drift(record, "rows", compare(then, count([(second, {})], then))), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_category_is_shown_as_it_is() -> None:
    assert "[red]a[/red]: 100.0% to 0.0%" in shown("x", ("[red]a[/red]", "[/b]"), 120)


@pytest.mark.parametrize(("width", "changed"), [(80, False), (100, True)])
def test_a_name_is_whole_also_where_there_is_little_room(width: int, changed: bool) -> None:
    name = "carrier_late_rate_3h_by_hour"
    said = shown(name, ("a", "b"), width)
    [row] = [line for line in said.splitlines() if line.startswith(f"{name} ")]
    assert "drifted" in row
    assert ("most changed" in said) is changed


MISTAKES = {
    ("--frame", "nothing.parquet"): "nothing.parquet can't be read as Parquet",
    ("--frame", "spine.parquet"): "lacks 2 of 2 features: clicks_seen_1d, price_over_mean",
    ("--spine", "clicks.parquet"): "SpineError",
    ("--log", "nowhere"): "nowhere has no log of run buys-",
    ("--log", "a", "--frame", "b"): "Only one of --frame, --spine and --log",
    ("--since", "2024-02-01", "--until", "2024-01-01"): "ends before it starts",
    ("--run", "buys-1"): "UnknownName: No kept run of service 'buys'",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_message(
    run: Run, published: TrainingFrame, arguments: tuple[str, ...]
) -> None:
    code, said = run("drift", "buys", *arguments)
    assert code == 1
    assert MISTAKES[arguments] in said
    assert "Traceback" not in said


def test_a_service_that_says_nothing_of_its_training(
    run: Run, published: TrainingFrame, repository: Path
) -> None:
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text().partition("[tool.onedag.training")[0])
    code, said = run("drift", "buys")
    assert code == 1
    assert "No rows to compare: pass --frame, --spine or --log" in said


def test_a_run_without_statistics(run: Run, published: TrainingFrame, repository: Path) -> None:
    store = open_store("sqlite:///kept/store.db", repository)
    with store.write() as writer:
        writer.remove([statistics_key(published.run_id)], 2**62)
    store.close()
    code, said = run("drift", "buys")
    assert code == 1
    assert "published before statistics were kept" in said
    assert "`onedag train buys`" in said
