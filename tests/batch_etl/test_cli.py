"""The commands on a small repository on disk, as a user would type them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from drivers.stored.records import ViewRecord, view_key
from drivers.stores.sqlite import SqliteStore

Run: TypeAlias = Callable[..., tuple[int, str]]


def test_the_whole_way(run: Run, repository: Path) -> None:
    code, said = run("plan", "buys")
    assert (code, "clicks_seen_1d" in said, "price_mean" in said) == (0, True, True)
    code, said = run("check")
    assert (code, said) == (0, "1 row function checked, 0 problems.\n")
    code, said = run("train", "buys")
    assert code == 0, said
    assert "AUC" in said
    assert (repository / "kept" / "models" / "buys.onnx").exists()
    code, said = run("materialize", "--as-of", "2024-01-20T12:00")
    assert code == 0
    assert "user_clicks" in said
    assert "2024-01-20 12:00:00 UTC" in said
    row = {"user_id": 3, "price": 0.5, "event_timestamp": "2024-01-20T12:00:00Z"}
    code, said = run("features", "buys", json.dumps(row), "--statuses")
    answer = json.loads(said)
    assert set(answer["rows"][0]) == {"clicks_seen_1d", "price_over_mean"}
    assert answer["statuses"] == [{"clicks_seen_1d": "PRESENT", "price_over_mean": "PRESENT"}]
    code, said = run("verify", "--rows", "50")
    assert code == 0
    assert "0 of 206 cells differ" in said
    code, said = run("doctor")
    assert code == 0, said
    assert "20 keys as of 2024-01-20 12:00 UTC" in said
    assert "serves run buys-" in said


def test_lineage_in_every_form(run: Run, repository: Path) -> None:
    code, tree = run("lineage", "buys", "--upstream", "price_over_mean")
    assert code == 0
    assert "price_mean  [fitted]" in tree
    assert "clicks_seen_1d" not in tree
    _, mermaid = run("lineage", "--format", "mermaid", "--downstream", "weight")
    assert mermaid.startswith("flowchart LR")
    assert "clicks_seen_1d" in mermaid
    assert "price_mean" not in mermaid
    code, said = run("lineage", "--format", "svg", "--output", "pictures/lineage.svg")
    assert (code, said) == (0, "Wrote pictures/lineage.svg\n")
    assert "clicks_seen_1d" in (repository / "pictures" / "lineage.svg").read_text()
    code, said = run("lineage", "--format", "dot", "--output", "lineage.dot")
    assert (repository / "lineage.dot").read_text().startswith("digraph lineage {")


MISTAKES = {
    ("plan", "buy"): "UnknownName: No service is named 'buy'. Did you mean 'buys'?",
    (
        "lineage",
        "--upstream",
        "prise",
    ): "UnknownName: No node is named 'prise'. Did you mean 'price'",
    ("lineage", "--format", "gif"): "Possible are tree, mermaid, dot, svg",
    ("lineage", "--format", "svg"): "add --output FILE",
    ("features", "buys", "{"): "RequestError: A row isn't a JSON object",
    ("features", "buys", '{"user_id": 1, "price": 2}'): "NotPublished: Service 'buys'",
    ("materialize", "--view", "user_click"): "UnknownName: No view is named 'user_click'",
    ("verify", "buys", "--spine", "nothing.parquet"): "nothing.parquet can't be read",
    ("--project", "/", "plan", "buys"): "ConfigurationError: No pyproject.toml",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_message_and_exit_code_1(run: Run, arguments: tuple[str, ...]) -> None:
    code, said = run(*arguments)
    assert code == 1
    assert MISTAKES[arguments] in said
    assert "Traceback" not in said


def test_a_function_that_is_not_row_wise_fails_the_check(run: Run, repository: Path) -> None:
    (module,) = repository.glob("features_of_*.py")
    text = module.read_text()
    assert "price - price_mean" in text
    module.write_text(text.replace("price - price_mean", "price - price.mean()"))
    code, said = run("check")
    assert code == 1
    assert "price_over_mean [row-wise]" in said
    code, said = run("verify", "--rows", "20")
    assert code == 1
    assert "price_over_mean: batch" in said


def test_doctor_says_what_is_missing(run: Run, repository: Path) -> None:
    (repository / "clicks.parquet").unlink()
    code, said = run("doctor")
    assert code == 1
    assert "bad source clicks: Source 'clicks': there is no file" in said
    assert "bad service buys" in said


def test_doctor_says_where_events_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "openlineage: off" in run("doctor")[1]
    monkeypatch.setenv("ONEDAG_OPENLINEAGE", "file:kept/events.jsonl")
    assert "kept/events.jsonl" in run("doctor")[1]
    monkeypatch.setenv("ONEDAG_OPENLINEAGE", "nowhere")
    assert "bad openlineage: What `openlineage` in [tool.onedag]" in run("doctor")[1]


def test_doctor_says_where_nothing_can_be_written(run: Run, repository: Path) -> None:
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"kept"', '"spine.parquet/kept"'))
    code, said = run("doctor")
    assert code == 1
    assert "bad offline" in said
    assert "spine.parquet is no folder" in said


def test_doctor_reads_a_record_of_another_version(run: Run, repository: Path) -> None:
    store = SqliteStore(repository / "kept" / "store.db")
    with store.write() as writer:
        writer.put([view_key("user_clicks")], [b'{"format": 1}'], 0)
    store.close()
    code, said = run("doctor")
    assert code == 1
    assert "bad view user_clicks: A view's record in the store has format 1" in said
    assert "bad service buys" in said


def test_doctor_says_which_values_other_code_stored(run: Run, repository: Path) -> None:
    run("train", "buys")
    run("materialize", "--as-of", "2024-01-20T12:00")
    store = SqliteStore(repository / "kept" / "store.db")
    [blob] = store.read([view_key("user_clicks")])
    record = replace(ViewRecord.from_bytes(blob), meaning="of an edit before")
    with store.write() as writer:
        writer.put(*record.entries(), record.as_of)
    store.close()
    code, said = run("doctor")
    assert code == 1
    assert "bad view user_clicks: 20 keys as of" in said
    assert "stored by other code or other packages" in said


def test_doctor_says_which_snapshot_is_the_current_one(run: Run) -> None:
    assert "ok  registry: no snapshot yet" in run("doctor")[1]
    run("apply")
    assert re.search("ok  registry: snapshot [0-9a-f]{12} since 20", run("doctor")[1])


def test_an_unknown_key_in_the_settings(run: Run, repository: Path) -> None:
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text().replace("offline =", "offlin ="))
    code, said = run("plan", "buys")
    assert code == 1
    assert "offlin: unknown key" in said
