"""`onedag diff` as people and a continuous integration run it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from drivers.estimates import Estimate, Estimates
from onedag.errors import RegistryError
from onedag.snapshots import Snapshot

Run: TypeAlias = Callable[..., tuple[int, str]]
Edit: TypeAlias = Callable[[str, str], None]
Publish: TypeAlias = Callable[[], str]

WEIGHT = ("return weight.sum()", "return weight.mean()")


def cells(said: str, function: str) -> list[str]:
    """The cells of a function's row."""
    (line,) = (line for line in said.splitlines() if re.match(rf"{function} +\w", line))
    return re.split(r" {2,}", line.strip())


def test_without_a_snapshot_it_says_what_to_do(run: Run) -> None:
    code, said = run("diff")
    assert code == 1
    assert "has no current snapshot to compare with. Write one with `onedag apply`" in said


def test_nothing_changed(run: Run, publish: Publish) -> None:
    run("apply")
    publish()
    code, said = run("diff")
    assert code == 0
    assert re.match(r"snapshot [0-9a-f]{12} -> the working tree\nNothing changed.", said)
    assert "No published model would see a change of meaning." in said


def test_a_published_model_sees_a_change(run: Run, edit: Edit, publish: Publish) -> None:
    run("apply")
    run_id = publish()
    edit(*WEIGHT)
    code, said = run("diff")
    assert code == 1
    assert cells(said, "clicks_seen_1d") == [
        "clicks_seen_1d",
        "changed",
        "its code",
        "buys*",
        "user_clicks",
    ]
    assert "  buys: its features may have other values" in said
    assert "  user_clicks: materialize it: about 4,000 rows, 20 keys, " in said
    assert f"NOT ACKNOWLEDGED: clicks_seen_1d (its code) is used by buys (run {run_id})" in said
    assert "--acknowledge clicks_seen_1d" in said


def test_acknowledging_by_name_and_by_pattern(run: Run, edit: Edit, publish: Publish) -> None:
    run("apply")
    publish()
    edit(*WEIGHT)
    for name in ("clicks_seen_1d", "clicks_*"):
        code, said = run("diff", "--no-estimate", "--acknowledge", name)
        assert code == 0
        assert "\nacknowledged: clicks_seen_1d" in said
    code, said = run("diff", "--no-estimate", "--acknowledge", "clicks")
    assert code == 1
    assert (
        "'clicks' is acknowledged, and no published model would see a change of it: that can go."
        in said
    )


def test_an_acknowledgement_in_the_settings_ends_at_the_next_change(
    run: Run, edit: Edit, publish: Publish, repository: Path
) -> None:
    run("apply")
    publish()
    edit(*WEIGHT)
    _, said = run("diff", "--no-estimate")
    lines = re.search(
        r'^\[tool.onedag.acknowledged\]\nclicks_seen_1d = "[0-9a-f]{12}"$', said, re.M
    )
    assert lines is not None
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text() + "\n" + lines[0] + "\n")
    assert run("diff", "--no-estimate")[0] == 0
    edit("weight.mean()", "weight.max()")
    code, said = run("diff", "--no-estimate")
    assert code == 1
    assert "NOT ACKNOWLEDGED: clicks_seen_1d" in said


def test_digits_that_arent_any_are_refused(run: Run, repository: Path) -> None:
    settings = repository / "pyproject.toml"
    settings.write_text(settings.read_text() + '\n[tool.onedag.acknowledged]\nprice = "yes"\n')
    code, said = run("diff")
    assert code == 1
    assert "acknowledged.price: give the digits that `onedag diff` prints" in said


def test_what_no_model_sees_may_change(run: Run, edit: Edit, publish: Publish) -> None:
    run("apply")
    publish()
    edit("Mean price of the training rows.", "The mean price.")
    code, said = run("diff")
    assert code == 0
    assert cells(said, "price_mean")[1:3] == ["doc only", "docstring"]
    edit('["clicks_seen_1d", "price_over_mean"]', '["price_over_mean"]')
    code, said = run("diff")
    assert code == 0
    assert "buys: takes clicks_seen_1d no more" in said


def test_without_a_store_every_service_counts(run: Run, edit: Edit) -> None:
    run("apply")
    edit(*WEIGHT)
    code, said = run("diff", "--no-estimate")
    assert code == 1
    assert "There is no store" in said
    assert "every service of the old snapshot counts as one with a model" in said


def test_a_store_where_nothing_is_published(run: Run, edit: Edit) -> None:
    run("apply")
    run("materialize", "--as-of", "2024-01-18")
    edit(*WEIGHT)
    code, said = run("diff", "--no-estimate")
    assert code == 0
    assert "No model is published." in said


def test_the_snapshot_of_the_run_counts(run: Run, edit: Edit, publish: Publish) -> None:
    """A model that was trained since isn't held to the snapshot that is compared with.

    apply -> edit -> apply, publish -> diff current~1
    """
    run("apply")
    edit(*WEIGHT)
    run("apply")
    publish()
    code, said = run("diff", "current~1", "--no-estimate")
    assert cells(said, "clicks_seen_1d")[1] == "changed"
    assert code == 0
    code, said = run("diff", "current~2")
    assert code == 1
    assert "'current~2' is before the first snapshot" in said


def test_two_snapshots_need_no_code(
    run: Run, edit: Edit, publish: Publish, repository: Path
) -> None:
    run("apply")
    publish()
    edit(*WEIGHT)
    run("apply")
    edit("import pandas as pd", "import pandas as pd\nimport nowhere")
    code, said = run("diff")
    assert code == 1
    assert "can't be imported: No module named 'nowhere'" in said
    code, said = run("diff", "current~1", "current")
    assert code == 1
    assert "NOT ACKNOWLEDGED: clicks_seen_1d" in said
    assert re.match(r"snapshot [0-9a-f]{12} -> snapshot [0-9a-f]{12}\n", said)
    code, said = run("diff", "current", "current")
    assert code == 1
    assert "Nothing changed." in said
    assert re.search(r"used by buys \(run \S+, trained with snapshot [0-9a-f]{12}\)", said)


def test_what_isnt_a_snapshot(run: Run, repository: Path) -> None:
    run("apply")
    code, said = run("diff", "abcdef123")
    assert code == 1
    assert "No snapshot begins with 'abcdef123'" in said
    (path,) = (repository / ".onedag/registry/snapshots").glob("*.json")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    code, said = run("diff")
    assert code == 1
    assert "isn't what was written" in said


def test_code_is_shown_where_it_differs(run: Run, edit: Edit, publish: Publish) -> None:
    run("apply")
    edit(*WEIGHT)
    _, said = run("diff", "--code", "--no-estimate")
    assert "  -    return weight.sum()\n  +    return weight.mean()\n" in said


@pytest.fixture
def document(run: Run, edit: Edit, publish: Publish, repository: Path) -> dict[str, Any]:
    run("apply")
    publish()
    edit(*WEIGHT)
    code, said = run("diff", "--json", str(repository / "diff.json"))
    assert code == 1
    assert "clicks_seen_1d" in said
    found = json.loads((repository / "diff.json").read_text())
    assert isinstance(found, dict)
    return found


def test_the_same_as_json(run: Run, document: dict[str, Any]) -> None:
    assert (document["format"], document["ok"]) == (1, False)
    assert document["new"]["working_tree"] is True
    [function] = document["functions"]
    [model] = document["published"]["models"]
    assert function == {
        "name": "clicks_seen_1d",
        "change": "meaning",
        "own": ["its code"],
        "causes": [],
        "docs": [],
        "same_as": [],
        "services": ["buys"],
        "models": [model["run"]],
        "views": ["user_clicks"],
    }
    assert model["service"] == "buys"
    assert model["snapshot"] == document["old"]["id"]
    assert model["snapshot_known"] is True
    [finding] = document["findings"]
    assert (finding["name"], finding["acknowledged"]) == ("clicks_seen_1d", False)
    assert document["to_materialize"] == ["user_clicks"]
    [estimate] = document["estimates"]
    assert estimate["cost"]["rows"] == estimate["sampled"] == 4000
    code, said = run("diff", "--no-estimate", "--json", "-")
    assert code == 1
    assert json.loads(said)["estimates"] == []


def test_the_old_snapshot_is_a_snapshot(document: dict[str, Any], repository: Path) -> None:
    path = repository / f".onedag/registry/snapshots/{document['old']['id']}.json"
    assert Snapshot.from_bytes(path.read_bytes()).id == document["old"]["id"]


def test_an_estimate_stands_beside_what_it_took(
    run: Run, document: dict[str, Any], repository: Path
) -> None:
    code, said = run("materialize", "--as-of", "2024-01-21")
    assert code == 0
    pattern = r"^user_clicks, estimated -> actual: rows 4,000 -> 4,000, keys 20 -> 20, bytes "
    assert re.search(pattern, said, re.M)
    (path,) = (repository / ".onedag/registry/estimates").iterdir()
    kept = json.loads(path.read_text())
    assert kept["meaning"] == document["estimates"][0]["meaning"]
    assert kept["actual"]["keys"] == 20
    _, said = run("diff")
    assert "user_clicks: its values are stored already" in said
    _, said = run("materialize", "--as-of", "2024-01-21")
    assert "estimated" not in said


def test_a_materialization_stands_where_what_it_took_cant_be_kept(
    run: Run, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert document["estimates"]

    def full(self: Estimates, estimate: Estimate) -> None:
        raise RegistryError("No space left on device")

    monkeypatch.setattr(Estimates, "keep", full)
    code, said = run("materialize", "--as-of", "2024-01-21")
    assert code == 0
    assert "estimated -> actual" in said
    assert "No space left on device" in said
    _, said = run("diff", "--json", "-")
    assert json.loads(said)["to_materialize"] == []


def test_a_file_that_cant_be_written(run: Run) -> None:
    run("apply")
    code, said = run("diff", "--json", "spine.parquet/difference.json")
    assert code == 1
    assert "difference.json can't be written to" in said
