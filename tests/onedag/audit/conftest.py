"""Audits of modules, as they are loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

import pytest

from onedag import Project
from onedag.audit import Audit, Subject, audit_of
from onedag.catalog import Catalog
from onedag.lineage import Lineage
from onedag.snapshots import Snapshot, snapshot_of

NOW = datetime(2024, 3, 10, 12, tzinfo=UTC)

SnapshotOf = Callable[..., Snapshot]
Audited = Callable[..., Audit]


@pytest.fixture
def snapshot_of_module(make_module: Callable[..., ModuleType]) -> SnapshotOf:
    """The snapshot of a module, with the columns of its sources."""

    def make(source: str) -> Snapshot:
        project = Project(make_module(source, preamble=True))
        schemas = {
            name: dict.fromkeys(of.columns_without_reading() or (), "double")
            for name, of in project.sources.items()
        }
        return snapshot_of(project, schemas)

    return make


@pytest.fixture
def audited(snapshot_of_module: SnapshotOf) -> Audited:
    """The audit of the service ``s`` of a module; of a run of it where one is given."""

    def make(source: str, subject: Subject | None = None) -> Audit:
        catalog = Catalog("project", NOW, snapshot_of_module(source), Lineage({}, ()))
        return audit_of(catalog, subject or Subject("s"))

    return make
