"""Datasets are called what OpenLineage's naming conventions say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from drivers.openlineage.naming import Name, Names
from onedag import Project, Query, Source

ROOT = Path("/srv/shop")


def names(store: str = "sqlite:///.onedag/store.db") -> Names:
    return Names(Project([], root=ROOT, store=store), "shop")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("data/a.parquet", Name("file", "/srv/shop/data/a.parquet")),
        ("/data/a.csv", Name("file", "/data/a.csv")),
        ("data/orders/*.parquet", Name("file", "/srv/shop/data/orders")),
        ("data/**/*.parquet", Name("file", "/srv/shop/data")),
        ("data/orders_*.parquet", Name("file", "/srv/shop/data/orders_*.parquet")),
        (Query("SELECT 1", "a.duckdb"), Name("duckdb:///srv/shop/a.duckdb", "s")),
        (Query("SELECT 1", "a.db"), Name("sqlite:///srv/shop/a.db", "s")),
        (Query("SELECT 1"), Name("inmemory://", "shop.s")),
        (pd.DataFrame({"t": [1]}), Name("inmemory://", "shop.s")),
    ],
)
def test_sources(data: str | Query | pd.DataFrame, name: Name) -> None:
    assert names().source(Source("s", data, timestamp="t")) == name


@pytest.mark.parametrize(
    ("store", "name"),
    [
        ("sqlite:///.onedag/s.db", Name("sqlite:///srv/shop/.onedag/s.db", "v")),
        ("sqlite:////var/s.db", Name("sqlite:///var/s.db", "v")),
        ("redis://me:secret@host/3?namespace=n", Name("redis://host:6379", "3.n.v")),
        ("rediss://host:7000", Name("redis://host:7000", "0.onedag.v")),
        ("memory://", Name("inmemory://", "shop.v")),
    ],
)
def test_views(store: str, name: Name) -> None:
    assert names(store).view("v") == name


def test_spines() -> None:
    assert names().spine("s.parquet", "buys") == Name("file", "/srv/shop/s.parquet")
    assert names().spine(pd.DataFrame(), "buys") == Name("inmemory://", "shop.buys.spine")


def test_a_uri() -> None:
    assert Name("file", "/srv/a b.csv").uri == "file:///srv/a%20b.csv"
    assert Name("redis://host:6379", "0.onedag.v").uri == "redis://host:6379"
