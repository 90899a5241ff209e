"""A feature store of Feast in a temporary folder. Imported by the scripts that run beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import FeastType

__all__ = ["opened"]


def opened(
    folder: Path, data: Path, schema: dict[str, FeastType], text: bool, online: dict[str, str]
) -> FeatureStore:
    """A store with one view, ``events``, of one Parquet file.

    Args:
        folder: of the registry.
        data: the file.
        schema: types of the features.
        text: whether the column ``key`` is text or a number.
        online: configuration of the online store.
    """
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=str(folder / "registry.db"),
            offline_store={"type": "duckdb"},
            online_store=online,
            entity_key_serialization_version=3,
        )
    )
    kind = ValueType.STRING if text else ValueType.INT64
    customer = Entity(name="customer", join_keys=["key"], value_type=kind)
    view = FeatureView(
        name="events",
        entities=[customer],
        ttl=timedelta(0),  # any age
        schema=[Field(name=name, dtype=kind) for name, kind in schema.items()],
        source=FileSource(path=str(data), timestamp_field="event_timestamp"),
    )
    store.apply([customer, view])
    return store
