"""The flights service as it is served: a Redis store, a trained model, and requests for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from batch_etl.train import train
from benchmarks.flights import SERVICE, prepared
from benchmarks.machine import on_core
from benchmarks.setting import Setting
from drivers import BatchDriver
from onedag import Project
from onedag.settings import TrainingSettings
from onedag.testing import redis_server

__all__ = ["OTHERS_CORE", "PREDICT", "SERVERS_CORE", "FlightsService", "flights_service"]

PREDICT = f"/v1/services/{SERVICE}/predict"

SERVERS_CORE, OTHERS_CORE = 0, 1
"""A server has a core of its own; Redis and the load share the other one."""
REQUESTS = 500
"""The last flights of the spine are asked about, one a request."""
TEST_FROM = {
    "full": datetime(2013, 10, 1, tzinfo=UTC),
    "small": datetime(2013, 1, 25, tzinfo=UTC),
    "tiny": datetime(2013, 1, 1, 16, tzinfo=UTC),
}
FIELDS = ("carrier", "origin", "dest", "tailnum", "distance")
TIMES = ("scheduled_departure", "event_timestamp")

PYPROJECT = """\
[tool.onedag]
modules = ["features"]
offline = "offline"
"""


@dataclass(frozen=True)
class FlightsService:
    """A published service.

    Attributes:
        project: with its store and its offline folder.
        folder: of the project that a server serves: a ``pyproject.toml`` and the model.
        rows: a row for each request.
        bodies: a file of the requests' bodies, one a line.
    """

    project: Project
    folder: Path
    rows: list[dict[str, Any]]
    bodies: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a server which project and store to serve."""
        return {"ONEDAG_PROJECT": str(self.folder), "ONEDAG_STORE": self.project.store}


@contextmanager
def flights_service(setting: Setting) -> Iterator[FlightsService]:
    """Train, materialize and publish, into a Redis server that ends with the block."""
    data = prepared(setting)
    folder = setting.data / f"service-{setting.size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    spine = pd.read_parquet(data / "data/spine.parquet")
    with ExitStack() as stack:
        with on_core(OTHERS_CORE):
            url = stack.enter_context(redis_server())
        project = Project("features", root=data, store=url, offline=folder / "offline")
        with BatchDriver(project) as batch:
            train(project, SERVICE, batch=batch, settings=_training(setting.size))
            batch.materialize(spine["event_timestamp"].max().to_pydatetime())
        rows = _rows(spine)
        bodies = folder / "bodies.jsonl"
        bodies.write_text("".join(json.dumps({"rows": [row]}) + "\n" for row in rows))
        yield FlightsService(project, folder, rows, bodies)


def _training(size: str) -> TrainingSettings:
    path = Path("data/spine.parquet")
    return TrainingSettings(
        spine=path, label="arrived_late", test_from=TEST_FROM[size], baseline=[]
    )


def _rows(spine: pd.DataFrame) -> list[dict[str, Any]]:
    last = spine.sort_values("event_timestamp", kind="stable").tail(REQUESTS)
    last = last.assign(**{name: last[name].map(pd.Timestamp.isoformat) for name in TIMES})
    rows = last[[*FIELDS, *TIMES]].to_dict("records")
    return [{str(n): None if pd.isna(v) else v for n, v in row.items()} for row in rows]
