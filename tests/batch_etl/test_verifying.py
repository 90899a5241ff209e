"""`onedag verify`: tables for people, JSON for programs, and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Run: TypeAlias = Callable[..., tuple[int, str]]


def test_rows_repeat_and_the_report_is_written(run: Run, repository: Path) -> None:
    options = ("--rows", "4000", "--singly", "20", "--whole", "1", "--seed", "5")
    code, said = run("verify", *options, "--json", "report.json")
    assert code == 0, said
    titles = ("service", "rows", "requests", "singly", "whole", "cells", "differ", "rows/s")
    assert all(title in said for title in titles)
    assert "0 of 8,042 cells differ" in said
    written = json.loads((repository / "report.json").read_text())
    assert (written["format"], written["ok"]) == (1, True)
    [report] = written["services"]
    assert (report["service"], report["rows"], report["spine_rows"]) == ("buys", 4000, 1500)
    assert (report["singly"], report["whole"], report["differing_cells"]) == (20, 1, 0)


def test_json_on_the_standard_output(
    run: Run, capsys: pytest.CaptureFixture[str], repository: Path
) -> None:
    code, said = run("verify", "buys", "--rows", "5", "--whole", "0", "--json", "-")
    assert code == 0
    found, end = json.JSONDecoder().raw_decode(said)
    assert found["services"][0]["rows"] == 5
    assert "0 of 20 cells differ" in said[end:]  # which went to the standard error


def test_a_difference_is_exit_code_1_and_says_where_it_begins(run: Run, repository: Path) -> None:
    (module,) = repository.glob("features_of_*.py")
    text = module.read_text()
    module.write_text(text.replace("price - price_mean", "price - price.mean()"))
    code, said = run("verify", "--rows", "20", "--whole", "0", "--json", "report.json")
    assert code == 1
    assert "the sides part at" in said
    assert "price_over_mean (computed) is where" in said
    assert "given price_mean = " in said
    assert "weren't looked into" not in said
    written = json.loads((repository / "report.json").read_text())
    assert not written["ok"]
    [node] = written["services"][0]["nodes"]
    assert (node["node"], node["features"]) == ("price_over_mean", ["price_over_mean"])


def test_a_report_that_cannot_be_written(run: Run) -> None:
    code, said = run("verify", "--rows", "5", "--whole", "0", "--json", "spine.parquet/report.json")
    assert code == 1
    assert "OfflineError: report.json can't be written to" in said


def test_without_a_spine(run: Run, repository: Path) -> None:
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text().split("[tool.onedag.training")[0])
    code, said = run("verify")
    assert code == 1
    assert "No spine for any service: pass --spine FILE, or add [tool.onedag.training.buys]" in said
    code, said = run("verify", "buys")
    assert code == 1
    assert "No spine for 'buys'" in said
    code, said = run("verify", "--spine", "spine.parquet", "--rows", "5", "--whole", "0")
    assert code == 0, said
    assert "buys: 5 rows replayed" in said


OTHER = """

class Fields(pydantic.BaseModel):
    price: float


doubles = FeatureService("doubles", ["price"], request=Fields)
plain = FeatureService("plain", ["price"], request=Fields)
"""
TRAINING = """
[tool.onedag.training.doubles]
spine = "spine.parquet"
label = "bought"
test_from = 2024-01-15T00:00:00Z
"""


def test_services_that_have_no_spine_are_named(run: Run, repository: Path) -> None:
    (module,) = repository.glob("features_of_*.py")
    module.write_text(module.read_text() + OTHER)
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text() + TRAINING)
    code, said = run("verify", "--rows", "5", "--whole", "0")
    assert code == 0, said
    assert "doubles: 5 rows replayed" in said
    assert "Not verified, without a spine: plain." in said


def test_the_table_fits_a_narrow_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    _, said = run("verify", "buys", "--rows", "5", "--whole", "0")
    titles, _, row, *_ = said.splitlines()
    counted = ["service", "rows", "requests", "singly", "whole", "cells", "differ"]
    assert titles.split() == [*counted, "seconds", "rows/s"]
    assert row.split()[:7] == ["buys", "5", "2", "5", "0", "20", "0"]


def test_an_unknown_service(run: Run) -> None:
    for more in ((), ("--spine", "spine.parquet")):
        code, said = run("verify", "bys", *more)
        assert code == 1
        assert "No service is named 'bys'. Did you mean 'buys'?" in said


def test_options_that_go_with_a_log(run: Run) -> None:
    code, said = run("verify", "--plot", "skew.png", "--fail-on", "none")
    assert code == 1
    assert "ConfigurationError: --plot, --fail-on can only be used with --log DIR" in said
