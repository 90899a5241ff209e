"""Feast's materialization into Redis, from its DuckDB offline store.

    python feast_store.py FOLDER REDIS_URL

FOLDER has the profiles. Prints as JSON the seconds of the whole job, those within the online
store's writer, and the keys.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.types import Float64
from feast_common import opened


@dataclass
class Stopwatch:
    """The seconds and the keys of the online store's writer."""

    seconds: float = 0.0
    keys: int = 0

    def attach(self) -> None:
        """Count what the writer does from now on."""
        original = RedisOnlineStore.online_write_batch

        def write(self_: Any, config: Any, table: Any, data: list[Any], progress: Any) -> None:
            start = time.perf_counter()
            original(self_, config, table, data, progress)
            self.seconds += time.perf_counter() - start
            self.keys += len(data)

        RedisOnlineStore.online_write_batch = write


def main(folder: Path, url: str) -> None:
    """Materialize, and print what it took."""
    profiles = folder / "profiles.parquet"
    names = [n for n in pq.read_schema(profiles).names if n.startswith("value_")]
    address = urlsplit(url)
    online = {"type": "redis", "connection_string": f"{address.hostname}:{address.port}"}
    watch = Stopwatch()
    watch.attach()
    with tempfile.TemporaryDirectory() as temporary:
        schema = dict.fromkeys(names, Float64)
        store = opened(Path(temporary), profiles, schema, text=False, online=online)
        start = time.perf_counter()
        store.materialize(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
        seconds = time.perf_counter() - start
    answer = {"seconds": seconds, "writing": watch.seconds, "keys": watch.keys}
    print("\n" + json.dumps(answer | {"feast": version("feast")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
