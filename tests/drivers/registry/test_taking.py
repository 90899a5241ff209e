"""A snapshot of a project is the same wherever, whenever and by whomever it is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.registry import take_snapshot
from onedag import Project
from onedag.errors import SourceError

Load = Callable[[Path], Project]

MODULE = '''
import enum
import re
from pathlib import Path

import pandas as pd
import pydantic
from onedag import Entity, FeatureService, Query, Source, aggregate, latest

HERE = Path(__file__).parent
WORDS = {"one", "two", "three", "four"}
PATTERN = re.compile("|".join(sorted(WORDS)))

user = Entity("user", ["user_id"])
clicks = Source("clicks", data=HERE / "clicks.csv", timestamp="at")
visits = Source("visits", Query("SELECT * FROM 'clicks.csv'"), timestamp="at", key=user)
missing = Source("missing", "missing.parquet", timestamp="at", key=user)


class Kind(enum.Enum):
    SMALL = 1
    LARGE = 2


def is_large(weight: pd.Series) -> pd.Series:
    """Above the limit."""
    return (weight > Kind.LARGE.value) & weight.isin([1, 2]) & (len(WORDS) > 1)


@aggregate(clicks, by=user, over=["1d", "7d"])
def large_share(is_large: pd.Series) -> float:
    """The user's share of large clicks."""
    return is_large.mean()


@latest(visits, by=user)
def matched(weight: pd.Series) -> pd.Series:
    return weight.map(lambda w: bool(PATTERN.match(str(w))) and str(w) in {"p", "q", "r"})


class Request(pydantic.BaseModel):
    """What is asked."""

    user_id: int
    price: float = pydantic.Field(1.0, description="In euros.")


buys = FeatureService("buys", ["large_share_1d", "matched", "price"], request=Request)
broken = FeatureService("broken", ["nowhere"], request=Request)
'''
SCRIPT = """
import random, sys
{0}
from onedag import Project
from drivers.registry import take_snapshot
print(take_snapshot(Project.load(sys.argv[1])).id)
"""


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "clicks.csv").write_text("user_id,weight,at\n1,5.0,2024-01-01 10:00:00\n")
    (folder / "features_of_clicks.py").write_text(MODULE)
    (folder / "pyproject.toml").write_text('[tool.onedag]\nmodules = ["features_of_clicks"]\n')
    return folder


def taken(folder: Path, seed: str, before: str = "") -> str:
    """The id of a snapshot that a process of its own takes."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT.format(before), folder],
        env={
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load the project of a folder, whatever was loaded under its modules' names before."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def project(folder: Path) -> Project:
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.delitem(sys.modules, "features_of_clicks", raising=False)
        sys.path.insert(0, str(folder))
        loaded = Project.load(folder)
        monkeypatch.delitem(sys.modules, "features_of_clicks")
        return loaded

    return project


@pytest.fixture
def project(tmp_path: Path, load: Load) -> Project:
    return load(make(tmp_path / "shop"))


def test_two_processes_two_folders_and_other_modules_give_one_id(
    tmp_path: Path, load: Load
) -> None:
    first, second = make(tmp_path / "one"), make(tmp_path / "another" / "place")
    ids = {taken(first, "1"), taken(second, "7", "import scipy, xml.dom")}
    assert ids == {take_snapshot(load(first)).id}


def test_two_clones_of_a_commit_give_one_id(tmp_path: Path, load: Load) -> None:
    first = make(tmp_path / "one")
    for arguments in (
        ["init"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-m", "all"],
        ["clone", ".", "../clone"],
    ):
        subprocess.run(["git", *arguments], cwd=first, check=True, capture_output=True)
    before = take_snapshot(load(first))
    assert before.commit is not None
    assert not before.commit.dirty
    assert take_snapshot(load(tmp_path / "clone")).id == before.id
    (first / ".onedag").mkdir()
    (first / ".onedag" / "store.db").write_text("")  # is no part of the code
    assert take_snapshot(load(first)).id == before.id
    (first / "more.py").write_text("")
    assert take_snapshot(load(first)).id != before.id


def test_what_a_snapshot_has(project: Project) -> None:
    snapshot = take_snapshot(project)
    clicks = snapshot.sources["clicks"]
    assert clicks.data == "clicks.csv"
    assert clicks.columns == {
        "user_id": "int64",
        "weight": "double",
        "at": "timestamp[us, tz=UTC]",
    }
    assert snapshot.sources["missing"].columns == {}
    assert snapshot.functions["large_share_7d"].code.startswith("@aggregate(clicks")
    assert snapshot.services["buys"].fields[1].description == "In euros."
    assert snapshot.services["buys"].origins["matched"] == "store"
    assert snapshot.services["broken"].origins == {}
    assert snapshot.views["user_clicks"].meaning
    assert snapshot.commit is None


def test_a_strict_one_needs_all_sources(project: Project) -> None:
    with pytest.raises(SourceError, match=r"'missing': there is no file"):
        take_snapshot(project, strict=True)


def test_an_edit_after_loading_leaves_the_code_out(project: Project) -> None:
    before = take_snapshot(project)
    file = project.root / "features_of_clicks.py"
    file.write_text("# A comment.\n\n" + MODULE.replace("w: bool(", "w: not bool("))
    after = take_snapshot(project)
    assert after.functions["is_large"] == before.functions["is_large"]
    assert after.functions["matched"].code == ""
    assert after.functions["matched"].meaning == before.functions["matched"].meaning
    file.write_text("def half")
    assert take_snapshot(project).functions["is_large"].code == ""
