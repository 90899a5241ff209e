"""Reports on a real project: what they say, of which code, and when something is missing."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batch_etl.auditing import gather_audit, write_audit
from drivers.model_contract import model_file, models_folder
from drivers.opening import store_of
from drivers.stored.records import statistics_key
from onedag.audit import Audit
from onedag.errors import OfflineError, UnknownName
from tests.batch_etl.lending import NOW, Lending

CHANGED = ("days_late > 0", "days_late > 5")


@pytest.fixture
def lending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lending]:
    monkeypatch.syspath_prepend(tmp_path / "repository")
    lending = Lending(tmp_path / "repository", f"lending_{tmp_path.name}")
    yield lending
    sys.modules.pop(lending.module, None)


def written(lending: Lending, run: str | None = None) -> tuple[str, dict, list[str]]:
    """The HTML, the JSON, and what was printed."""
    html, to_json, said = lending.root / "a.html", lending.root / "a.json", []
    write_audit(lending.load(), "loans", html, str(to_json), run, said.append)
    return html.read_text("utf-8"), json.loads(to_json.read_text("utf-8")), said


def feature(audit: Audit, name: str):
    return next(each for each in audit.features if each.name == name)


def test_a_trained_service(lending):
    record = lending.train()
    audit = gather_audit(lending.load(), "loans")
    model = model_file(models_folder(lending.load()), "loans")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    assert (audit.run.run_id, audit.run.rows, audit.run.served) == (record.run_id, 3, True)
    assert (audit.model.sha256, audit.model.fits) == (digest, True)
    assert audit.code.of_run
    assert audit.code.snapshot == record.snapshot
    assert audit.code.changes == ()
    assert [each.name for each in audit.features] == list(record.schema.names)
    assert audit.summary == (
        "The model of the service loans predicts from 5 features, which are made from 2 sources "
        "of past records (payments and people) and from 1 field of the request.",
        "Of these features, 2 are computed before the request and kept in a store, 2 are computed "
        "when the request comes and 1 is carried by the request itself.",
        "1 feature comes from data that is marked as personal: people.born.",
        "The service is allowed to use all of it.",
        "Stored values are looked up by personal data of the request: person_id.",
        f"The training run is {record.run_id}, made on 2024-03-10 at 12:00 UTC from 3 rows.",
        f"The model is the file loans.onnx, whose SHA-256 checksum begins with {digest[:12]}.",
        "It was trained on this run: it takes these features, in this order.",
        f"The code that it was trained with is kept as snapshot {record.snapshot[:12]}, and its "
        "git commit isn't known.",
        "Nothing that the model relies on has changed since it was trained.",
    )
    assert [one.value for one in audit.fitted] == ["200.0"]
    assert audit.fitted[0].features == ("amount_over_mean",)
    late = feature(audit, "late_share_7d")
    assert (late.owner, late.stored.window, late.stored.view) == ("risk", "7d", "person_payments")
    assert late.statistics.rows == 3
    [payments, _] = audit.sources
    assert payments.known == "2 hours after the time in its column “paid_at”"
    assert [(c.name, c.role) for c in payments.columns] == [
        ("days_late", "value"),
        ("paid_at", "event time"),
        ("person_id", "look-up"),
    ]
    assert payments.unused == 1
    assert [(view.as_of, view.keys, view.current) for view in audit.views] == [(NOW, 2, True)] * 2


def test_the_document_says_what_the_json_says(lending):
    lending.train()
    html, told, said = written(lending)
    assert told["format"] == 1
    assert said[0].startswith(f"Wrote {lending.root / 'a.html'}: loans, run loans-")
    shown = [told["run"]["run_id"], told["model"]["sha256"], told["code"]["snapshot"]]
    shown += [feature["fingerprint"] for feature in told["features"]]
    shown += [feature["sentence"] for feature in told["features"]]
    shown += [step["said"] for feature in told["features"] for step in feature["formula"]]
    shown += [column["name"] for source in told["sources"] for column in source["columns"]]
    shown += [one["value"] for one in told["fitted"]]
    assert [text for text in shown if text not in html] == []
    nodes = {node["id"] for node in told["lineage"]["nodes"]}
    assert {edge["from"] for edge in told["lineage"]["edges"]} <= nodes


def test_what_a_docstring_says_is_text(lending):
    lending.train()
    html, told, _ = written(lending)
    assert "<script>document.title" in told["functions"]["late_share_7d"]["doc"]
    assert "<script>document.title" not in html
    assert "&lt;script&gt;document.title" in html
    assert "in &lt;b&gt;euros&lt;/b&gt;" in html


def test_the_code_is_that_of_the_run(lending):
    record = lending.train()
    lending.write(
        CHANGED, ("Mean amount of", "The mean amount of"), ('may_use=["born"]', "may_use=[]")
    )
    html, told, _ = written(lending)
    assert told["code"]["snapshot"] == record.snapshot != told["code"]["loaded"]
    assert "days_late &gt; 0" in html
    assert "days_late &gt; 5" not in html
    assert told["code"]["changes"] == [
        {
            "name": "is_late",
            "reasons": ["its code"],
            "features": ["late_share_7d", "late_share_30d"],
        }
    ]
    assert told["may_use"] == ["born"]
    assert told["code"]["service"] == ["may use born -> none"]
    assert told["functions"]["is_late"]["now"] == (
        "The code as it is now computes it in another way: its code."
    )
    assert told["features"][0]["now"] == (
        "Its own code is the same now, but is_late changed before it."
    )
    assert told["functions"]["amount_mean"]["now"] == (
        "Its own code computes the same now; other is its docstring."
    )
    assert told["functions"]["age"]["now"] == ""
    assert "Since then is_late changed in a way that may change its features." in told["summary"]


def test_a_feature_that_is_gone_is_still_told(lending):
    record = lending.train()
    gone = ('"late_share_7d", "late_share_30d", "age", ', '"late_share_7d", ')
    lending.write(gone, ("def age(", "def years("))
    audit = gather_audit(lending.load(), "loans")
    assert [each.name for each in audit.features] == list(record.schema.names)
    assert feature(audit, "age").now == "The code as it is now doesn't have it any more."
    assert feature(audit, "age").sentence.startswith("It comes from people.born and request.")


def test_a_snapshot_that_is_not_in_the_registry(lending):
    record = lending.train()
    (lending.root / ".onedag" / "registry" / "snapshots" / f"{record.snapshot}.json").unlink()
    lending.write(CHANGED)
    html, told, said = written(lending)
    assert not told["code"]["of_run"]
    assert told["code"]["changes"] is None
    assert "days_late &gt; 5" in html
    assert "so the code shown is as it is loaded now" in told["unknown"][0]
    assert said[-1].startswith("The run's own code isn't known")


def test_a_run_that_was_served_before(lending):
    first = lending.train()
    lending.write(CHANGED)
    second = lending.train()
    assert first.run_id != second.run_id
    audit = gather_audit(lending.load(), "loans", first.run_id)
    assert (audit.run.run_id, audit.run.served) == (first.run_id, False)
    assert audit.code.snapshot == first.snapshot
    assert "days_late > 0" in audit.functions["is_late"].code
    assert "It isn't the run that requests are answered with now." in audit.summary
    with pytest.raises(UnknownName, match=f"(?s)'nope'.*{second.run_id}"):
        gather_audit(lending.load(), "loans", "nope")


def test_nothing_is_published(lending):
    _, told, said = written(lending)
    assert told["run"] is None
    assert told["model"] is None
    assert [feature["statistics"] for feature in told["features"]] == [None] * 5
    assert [view["unknown"] for view in told["views"]] == [
        "It was never materialized: run `onedag materialize`."
    ] * 2
    assert told["unknown"][0].startswith("What the model was trained on isn't known. No run is")
    assert said[-1] == "No run is published, so the report tells of the code as it is loaded."


def test_a_store_that_is_down(lending, monkeypatch):
    lending.train()
    monkeypatch.setenv("ONEDAG_STORE", "redis://:sesame@127.0.0.1:1/0")
    html, told, said = written(lending)
    assert "can't be reached" in told["store_error"]
    assert "sesame" not in html
    assert html.count("unknown freshness") == 2
    assert said[-1].startswith("The store can't be read, so freshness is unknown: The store at")
    assert told["model"]["run_id"] in html
    assert (
        "How fresh stored values are isn't known, because the store can't be read."
        in (told["unknown"])
    )


def test_a_run_without_statistics(lending):
    record = lending.train()
    store = store_of(lending.load())
    with store.write() as writer:
        writer.remove([statistics_key(record.run_id)], 2**62)
    store.close()
    html, told, _ = written(lending)
    assert not told["run"]["has_statistics"]
    assert html.count("No statistics were kept with this run.") == 5
    assert (
        "How the training values lie isn't known: no statistics were kept with this run."
        in told["unknown"]
    )


def test_an_unknown_service_gets_a_suggestion(lending):
    with pytest.raises(UnknownName, match="Did you mean 'loans'"):
        gather_audit(lending.load(), "loan")


def test_a_file_that_cant_be_written_leaves_nothing(lending):
    (lending.root / "taken").write_text("")
    project, good, bad = lending.load(), lending.root / "a.html", lending.root / "taken" / "a"
    said: list[str] = []
    with pytest.raises(OfflineError, match="Name another file with --output"):
        write_audit(project, "loans", bad, None, None, said.append)
    with pytest.raises(OfflineError, match="Name another file with --json"):
        write_audit(project, "loans", good, str(bad), None, said.append)
    assert said == []
    assert (lending.root / "taken").read_text() == ""
