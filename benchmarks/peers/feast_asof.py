"""Feast's point-in-time join, with its DuckDB offline store.

    python feast_asof.py FOLDER OUTPUT int|text

FOLDER has the spine and the events. The answer goes to OUTPUT as Parquet, off the clock; the
seconds are printed as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from feast.types import Float64, Int64, String
from feast_common import opened

SCHEMA = {"amount": Float64, "quantity": Int64, "status": String}


def main(folder: Path, output: Path, text: bool) -> None:
    """Join, and print what it took."""
    with tempfile.TemporaryDirectory() as temporary:
        online = {"type": "sqlite", "path": f"{temporary}/online.db"}
        store = opened(Path(temporary), folder / "events.parquet", SCHEMA, text, online)
        start = time.perf_counter()
        spine = pd.read_parquet(folder / "spine.parquet")
        found = store.get_historical_features(spine, [f"events:{name}" for name in SCHEMA])
        table = found.to_arrow()
        seconds = time.perf_counter() - start
    pq.write_table(table.select(["row", *SCHEMA]), output)
    print(json.dumps({"seconds": seconds, "feast": version("feast"), "duckdb": version("duckdb")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "text")
