"""What the tests of OpenLineage ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from onedag import Project
from tests.drivers.openlineage.collector import Collector, collecting
from tests.drivers.openlineage.shop import shop_in

VARIABLES = ("API_KEY", "NAMESPACE", "PARENT_ID", "_TRANSPORT__COMPRESSION")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of OpenLineage is in the environment but what a test puts there."""
    for name in VARIABLES:
        monkeypatch.delenv(f"OPENLINEAGE_{name}", raising=False)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """Its events go to ``events.jsonl``."""
    with shop_in(tmp_path, openlineage="file:events.jsonl") as project:
        yield project
