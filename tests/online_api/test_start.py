"""What a server doesn't import before it is asked for: it would be a tenth of its start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.online_api.servers import CODE

LATER = (
    *("drivers.catalog", "drivers.registry", "drivers.openlineage.serving"),
    *("onedag.catalog", "onedag.lineage", "onedag.pages", "onedag.snapshots", "onedag.statistics"),
    *("duckdb", "jinja2", "openlineage", "opentelemetry.sdk", "requests"),
)


@pytest.fixture(scope="module")
def imported() -> set[str]:
    code = "import sys, online_api; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CODE)
    return set(ended.stdout.split())


@pytest.mark.parametrize("module", LATER)
def test_a_server_starts_without(imported: set[str], module: str) -> None:
    assert "online_api.endpoint" in imported
    assert module not in imported
