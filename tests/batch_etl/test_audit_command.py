"""``onedag audit``: where it writes, and what it prints."""

from __future__ import annotations

import json
from pathlib import Path

from tests.batch_etl.conftest import Run


def test_the_file_is_named_for_the_service(run: Run, repository: Path) -> None:
    code, said = run("audit", "buys")
    assert code == 0
    assert said.splitlines() == [
        "Wrote buys-audit.html: buys, no run, 2 features.",
        "No run is published, so the report tells of the code as it is loaded.",
    ]
    assert "price_over_mean" in (repository / "buys-audit.html").read_text()


def test_both_forms_go_where_they_are_told(run: Run, repository: Path) -> None:
    code, said = run("audit", "buys", "--output", "out/a.html", "--json", "out/a.json")
    assert code == 0
    assert "Wrote out/a.json: the same as JSON." in said
    assert json.loads((repository / "out" / "a.json").read_text())["service"] == "buys"
    assert sorted(path.name for path in (repository / "out").iterdir()) == ["a.html", "a.json"]


def test_json_alone_is_on_the_standard_output(run: Run, repository: Path) -> None:
    code, said = run("audit", "buys", "--json", "-")
    assert code == 0
    document, end = json.JSONDecoder().raw_decode(said)  # what follows was on standard error
    assert document["format"] == 1
    assert said[end:].startswith("\nWrote buys-audit.html")


def test_an_unknown_service_is_one_message(run: Run) -> None:
    code, said = run("audit", "buy")
    assert code == 1
    assert said.startswith("UnknownName: No service is named 'buy'. Did you mean 'buys'?")
