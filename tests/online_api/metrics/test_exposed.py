"""What a scrape does with the folder that workers share."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from prometheus_client import CollectorRegistry

from online_api.metrics.exposed import Exposed

NOBODY = 1 << 22
"""No process has this id on Linux, or one above it."""


def test_workers_that_are_scraped_at_once_forget_the_dead_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    exposed = Exposed(CollectorRegistry())
    at_once = Barrier(4)

    def scrape() -> None:
        at_once.wait(30)
        list(exposed.collect())

    for pid in range(NOBODY, NOBODY + 500):
        (tmp_path / f"gauge_livesum_{pid}.db").write_bytes(bytes(64))
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as workers:
            for ended in [workers.submit(scrape) for _ in range(4)]:
                ended.result()
    finally:
        sys.setswitchinterval(often)
    assert list(tmp_path.iterdir()) == []
