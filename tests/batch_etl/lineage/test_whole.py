"""The lineage of a project on disk, and what names mean there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from batch_etl.lineage import lineage_of, whole_lineage
from onedag import Project
from onedag.errors import UnknownName

Load = Callable[[], Project]

MORE = '''
ages = Source(
    "ages",
    data="ages.parquet",
    timestamp="said_at",
    known_at="heard_at",
    columns={"Jahre": "years", "am": "said_at"},
)
orders = Source("orders", data="gone.parquet", timestamp="at")


@aggregate(ages, by=user)
def mean_age(years: pd.Series) -> float:
    """Of nobody's interest."""
    return years.mean()


@aggregate(orders, by=user)
def spent(amount: pd.Series) -> float:
    """From a file that isn't there."""
    return amount.sum()


@aggregate(clicks, by=user, over="1d")
def stray(no_such_column: pd.Series) -> float:
    """Of a column that the source doesn't have."""
    return no_such_column.sum()


def lonely(price: pd.Series) -> pd.Series:
    """Taken by nothing."""
    return price
'''


@pytest.fixture
def load(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """The project of the repository, with more sources."""
    import pandas as pd

    [module] = repository.glob("features_of_*.py")
    module.write_text(module.read_text() + MORE)
    at = pd.to_datetime(["2024-01-01"], utc=True)
    frame = {"user_id": [1], "Jahre": [30.0], "shoe": [44], "am": at, "heard_at": at}
    pd.DataFrame(frame).to_parquet(repository / "ages.parquet")
    monkeypatch.syspath_prepend(str(repository))
    return lambda: Project.load(repository)


def test_all_is_there_what_no_service_uses_and_of_files_that_are_gone(load: Load) -> None:
    lineage = lineage_of(load())
    assert lineage.named("mean_age") == ("view:user_ages:mean_age",)
    assert lineage.named("orders.amount") == ("source:orders:amount",)
    assert "model:buys" not in lineage.nodes


def test_services_alone(load: Load) -> None:
    lineage = lineage_of(load(), "buys")
    assert "clicks_seen_1d" in {node.label for node in lineage.nodes.values()}
    assert "mean_age" not in {node.label for node in lineage.nodes.values()}
    with pytest.raises(UnknownName, match="Did you mean 'buys'"):
        lineage_of(load(), "buy")


def test_a_model_file_is_a_model(load: Load, repository: Path) -> None:
    file = repository / "kept" / "models" / "buys.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not opened")
    assert lineage_of(load()).nodes["model:buys"].detail == "buys.onnx"


NAMES = {
    "clicks.weight": (("clicks.weight",), ()),
    "ages.Jahre": (("ages.Jahre",), ()),
    "ages.shoe": ((), ("No function, no look-up and no key takes ages.shoe.",)),
    "ages.said_at": (
        ("ages.years", "ages.user_id"),
        ("ages.said_at is a time of 'ages': it says which rows count.",),
    ),
    "ages.am": (
        ("ages.years", "ages.user_id"),
        ("ages.am is a time of 'ages': it says which rows count.",),
    ),
    "ages.heard_at": (
        ("ages.years", "ages.user_id"),
        ("ages.heard_at is a time of 'ages': it says which rows count.",),
    ),
    "ages": (("ages.years", "ages.user_id"), ()),
    "lonely": ((), ("lonely is computed nowhere: nothing takes it.",)),
    "stray_1d": ((), ("stray_1d is computed nowhere: it can't be planned; see `onedag check`.",)),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_names_mean(load: Load, name: str) -> None:
    whole = whole_lineage(load())
    columns, said = NAMES[name]
    meant, notes = whole.all_meant([name])
    assert set(meant) == {node for column in columns for node in whole.lineage.named(column)}
    assert notes == said


def test_unknown_names_are_told_from_unused_ones(load: Load) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'ages\.years'"):
        whole_lineage(load()).all_meant(["clicks", "ages.year"])
