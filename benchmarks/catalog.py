"""The catalog of a project of 1,000 features: gathered as a server's page asks for it, and drawn.

The first page makes what follows from the code, and reads the statistics of all runs; a later one
asks the store whether anything is new, or takes what was read a moment ago.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measure import Contestant, Race, race
from benchmarks.projects.loading import loaded
from benchmarks.projects.many import FEATURES, SERVICES, write_project
from benchmarks.report import Check, Report, Target, timings
from benchmarks.setting import Setting
from drivers.batch import BatchDriver
from drivers.catalog import CatalogReader
from drivers.stored.publishing import publish
from drivers.stored.records import RunRecord
from drivers.stores import Store, open_store
from onedag.catalog import Catalog, feature_facts
from onedag.pages import INDEX, CatalogPages, Links
from onedag.project import Project
from onedag.service import FeatureService
from onedag.statistics import collect
from onedag.testing.redis import redis_server

__all__ = ["run"]

ROWS = 10_000
NOW = datetime(2024, 3, 1, tzinfo=UTC)

FIRST = "gathered the first time"
ASKED = "gathered again, the store is asked"
KEPT = "taken again within seconds"
FACTS = "what is known of one feature"
PAGES = ("overview", "search", "features", "feature", "service", "lineage")
LIMITS = {FIRST: 1.5, ASKED: 0.05, KEPT: 0.01} | {f"page: {name}": 0.2 for name in PAGES}


def run(setting: Setting) -> Report:
    """Run the benchmark, with Redis as the store."""
    modules = SERVICES if setting.size == "tiny" else 10
    with (
        tempfile.TemporaryDirectory(dir=setting.data) as name,
        redis_server() as url,
        loaded(write_project(Path(name) / "many", modules)) as project,
        closing(open_store(f"{url}?namespace=catalog", project.root)) as store,
    ):
        _fill(project, store)
        found = _raced(project, store, setting.rounds)
    catalog: Catalog = found.answers[FIRST]
    counted = [len(run.statistics.features) for run in catalog.runs.values() if run.statistics]
    listed = sum(len(service.features) for service in project.services.values())
    return Report(
        name="catalog",
        title="gathering what the catalog's pages show, and making them",
        size={"features": modules * FEATURES, "services": SERVICES, "views": modules},
        figures=timings(found, {ASKED: FIRST, KEPT: FIRST, FACTS: FIRST}),
        targets=tuple(
            Target(f"seconds, {name}", found.timings[name].median, limit)
            for name, limit in LIMITS.items()
        ),
        checks=(Check("features with statistics", listed - sum(counted), listed),),
        notes=("the project is loaded already, as it is in a server",),
    )


def _raced(project: Project, store: Store, rounds: int) -> Race:
    always = CatalogReader(project, store, kept=timedelta(0))
    kept = CatalogReader(project, store, kept=timedelta(days=1))
    always.read()
    catalog = kept.read()
    feature = next(iter(project.services.values())).features[-1]
    return race(
        [
            Contestant(FIRST, lambda: CatalogReader(project, store).read()),
            Contestant(ASKED, always.read),
            Contestant(KEPT, kept.read),
            Contestant(FACTS, lambda: feature_facts(catalog, feature)),
            *_pages(catalog, feature),
        ],
        rounds,
    )


def _pages(catalog: Catalog, feature: str) -> list[Contestant]:
    """The pages, of a catalog that is there."""
    service = next(iter(catalog.snapshot.services))
    places = (INDEX, INDEX, "features", f"features/{feature}", f"services/{service}", "lineage")
    pages = CatalogPages(catalog)

    def made(name: str, place: str) -> Contestant:
        query = "spent 7d" if name == "search" else ""
        return Contestant(f"page: {name}", lambda: pages.html(Links.served(place), query))

    return [made(name, place) for name, place in zip(PAGES, places, strict=True)]


def _fill(project: Project, store: Store) -> None:
    """A run of each service with statistics of random rows, and values of each view."""
    for service in project.services.values():
        _publish(service, store)
    with BatchDriver(project, store=store) as batch:
        batch.materialize(NOW)


def _publish(service: FeatureService, store: Store) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({name: rng.random(ROWS) for name in service.features})
    statistics = collect(lambda: [(table, {})], ROWS, table.schema)
    record = RunRecord(
        f"{service.name}-1", service.name, NOW, ROWS, table.schema, pa.schema([]), {}, {}, {}, {}
    )
    publish(record, statistics, store, NOW)
