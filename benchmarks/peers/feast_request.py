"""Feast's online look-up in Redis, with and without an on-demand view of pandas functions.

    python feast_request.py FOLDER REDIS_URL

FOLDER has what is stored, ``stored.parquet``, and what is asked, ``requests.json``: requests by
their number of rows. First everything is written into Redis, off the clock; ``ready`` is said then.
After that each line of JSON on the input says how to ask, and is answered by a line with the
seconds of each request and the answer to the first one.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from feast import (
    Entity,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    RepoConfig,
    RequestSource,
    ValueType,
)
from feast.on_demand_feature_view import on_demand_feature_view
from feast.repo_config import RegistryConfig
from feast.types import Bool, Float64, Int64
from timed import timed

STORED = {"mean_amount_30d": Float64, "payments_30d": Int64, "last_amount": Float64}
COMPUTED = {"amount_over_mean": Float64, "amount_change": Float64, "is_unusual": Bool}


def opened(folder: Path, stored: Path, url: str) -> FeatureStore:
    """A store with a view of what is stored, and an on-demand view over it."""
    address = urlsplit(url)
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            # Read once and kept for good.
            registry=RegistryConfig(path=str(folder / "registry.db"), cache_ttl_seconds=0),
            offline_store={"type": "duckdb"},
            online_store={
                "type": "redis",
                "connection_string": f"{address.hostname}:{address.port}",
            },
            entity_key_serialization_version=3,
        )
    )
    customer = Entity(name="customer", join_keys=["key"], value_type=ValueType.INT64)
    view = FeatureView(
        name="stored",
        entities=[customer],
        ttl=timedelta(0),  # any age
        schema=[Field(name=name, dtype=kind) for name, kind in STORED.items()],
        source=FileSource(path=str(stored), timestamp_field="event_timestamp"),
    )
    asked = RequestSource(name="asked", schema=[Field(name="asked_amount", dtype=Float64)])
    computed = on_demand_feature_view(
        sources=[view, asked],
        schema=[Field(name=name, dtype=kind) for name, kind in COMPUTED.items()],
        mode="pandas",
    )(of_the_payment)
    store.apply([customer, view, asked, computed])
    return store


def of_the_payment(inputs: pd.DataFrame) -> pd.DataFrame:
    """The three row features of benchmarks/projects/payments.py."""
    found = pd.DataFrame()
    found["amount_over_mean"] = inputs["asked_amount"] / inputs["mean_amount_30d"]
    found["amount_change"] = (inputs["asked_amount"] - inputs["last_amount"]).fillna(0.0)
    found["is_unusual"] = (found["amount_over_mean"] > 2.0) & (inputs["payments_30d"] >= 3)
    return found


PLAIN = [f"stored:{name}" for name in STORED]
WAYS = {"plain": PLAIN, "pandas": [*PLAIN, *(f"of_the_payment:{name}" for name in COMPUTED)]}


def answer(
    store: FeatureStore, requests: dict[str, list[Any]], asked: dict[str, Any]
) -> dict[str, Any]:
    """Ask as a line says."""
    # Columns are the faster one of the forms that Feast takes.
    columns = [
        {name: [row[name] for row in rows] for name in _fields(asked["way"])}
        for rows in requests[str(asked["rows"])]
    ]
    ask = partial(_ask, store, WAYS[asked["way"]])
    seconds = timed(ask, columns, asked["least"], asked["seconds"])
    return {"seconds": seconds, "answer": ask(columns[0])}


def _fields(way: str) -> list[str]:
    return ["key"] if way == "plain" else ["key", "asked_amount"]


def _ask(
    store: FeatureStore, features: list[str], columns: dict[str, list[Any]]
) -> dict[str, list[Any]]:
    return store.get_online_features(features=features, entity_rows=columns).to_dict()


def main(folder: Path, url: str) -> None:
    """Answer lines until there are none."""
    replies = sys.stdout
    with tempfile.TemporaryDirectory() as temporary, contextlib.redirect_stdout(sys.stderr):
        stored = folder / "stored.parquet"
        store = opened(Path(temporary), stored, url)
        store.write_to_online_store("stored", pd.read_parquet(stored))
        requests = json.loads((folder / "requests.json").read_text())
        print(json.dumps({"ready": version("feast")}), file=replies, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(store, requests, json.loads(line))), file=replies, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
