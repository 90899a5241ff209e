"""Making an audit of what is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onedag.audit.differences import Differences
from onedag.audit.features import Features
from onedag.audit.given import fields_of, sources_of, views_of
from onedag.audit.lineage import recorded_lineage
from onedag.audit.model import Audit, AuditedCode, AuditedRun
from onedag.audit.summary import summary_of, unknown_of
from onedag.catalog import Catalog, Index, ServedModel, ServedRun, without_personal
from onedag.errors import UnknownName
from onedag.snapshots import Snapshot

__all__ = ["Subject", "audit_of"]

_NO_SERVICE = (
    "The snapshot of the run has no such service, so the code shown is as it is loaded now."
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about.

    Attributes:
        service: its name.
        run: the training run; None where none is published, or nobody knows.
        model: the file; None where there is none of the service.
        trained: the snapshot that the run was made from; None where it isn't known.
        without_run: why there is no run; empty where there is one.
        without_snapshot: why the snapshot isn't known; empty where it is.
        personal: whether the values that training left of people are told.
    """

    service: str
    run: ServedRun | None = None
    model: ServedModel | None = None
    trained: Snapshot | None = None
    without_run: str = ""
    without_snapshot: str = ""
    personal: bool = False


def audit_of(catalog: Catalog, subject: Subject) -> Audit:
    """All that a report says.

    What is described is the code that the run was trained with. Where that isn't known, or has no
    such service, it is the code as it is loaded, and the report says so.

    Raises:
        UnknownName: there is no such service; the nearest name is given.
    """
    name, trained = subject.service, subject.trained
    if name not in catalog.snapshot.services:
        raise UnknownName.among("service", name, catalog.snapshot.services)
    without = [subject.without_run, subject.without_snapshot]
    if trained is not None and name not in trained.services:
        trained, without = None, [*without, _NO_SERVICE]
    described = trained or catalog.snapshot
    service = described.services[name]
    about = "" if subject.model is None else subject.model.file
    index = Index(described, recorded_lineage(described, name, about))
    now = Index(catalog.snapshot, recorded_lineage(catalog.snapshot, name))
    run = subject.run if subject.personal else _without_personal(subject.run, index, now)
    differences = Differences(trained, catalog.snapshot)
    made = Features(catalog, index, service, run, differences)
    code = _code(catalog, index, now, trained, differences, name)
    audited = Audit(
        service=name,
        project=catalog.project,
        made_at=catalog.read_at,
        doc=service.doc,
        summary=(),
        unknown=(),
        run=_run(catalog, run),
        model=subject.model,
        code=code,
        store=catalog.store,
        store_error=catalog.store_error,
        on_store_error=service.on_store_error,
        may_use=service.may_use,
        fields=fields_of(index, service),
        sources=sources_of(index),
        views=views_of(catalog, index, service),
        features=made.features(),
        fitted=made.fitted(),
        functions=made.functions(),
        lineage=index.lineage,
    )
    unknown = unknown_of(audited, without, catalog.notes)
    return replace(audited, summary=summary_of(audited), unknown=unknown)


def _without_personal(run: ServedRun | None, *codes: Index) -> ServedRun | None:
    """The run without what any of the codes calls personal."""
    for index in codes:
        run = None if run is None else without_personal(run, index)
    return run


def _run(catalog: Catalog, run: ServedRun | None) -> AuditedRun | None:
    if run is None:
        return None
    served = catalog.runs.get(run.service)
    return AuditedRun(
        run.run_id,
        run.created_at,
        run.rows,
        served is not None and served.run_id == run.run_id,
        run.snapshot,
        run.statistics is not None,
    )


def _code(
    catalog: Catalog,
    index: Index,
    now: Index,
    trained: Snapshot | None,
    differences: Differences,
    service: str,
) -> AuditedCode:
    described, loaded = index.snapshot, catalog.snapshot
    commit = described.commit
    return AuditedCode(
        trained is not None,
        described.id,
        "" if commit is None else commit.hash,
        commit is not None and commit.dirty,
        loaded.id,
        "" if loaded.commit is None else loaded.commit.hash,
        described.versions,
        differences.for_service(service),
        differences.of_service(service),
        catalog.unplanned.get(service, ""),
        () if trained is None else _personal_now(index, now, service),
    )


def _personal_now(described: Index, loaded: Index, service: str) -> tuple[str, ...]:
    """The features that come from personal data in the code as it is loaded, and only there."""
    before, after = described.features_of(service), loaded.features_of(service)
    return tuple(
        name
        for name in before
        if name in after
        and loaded.lineage.nodes[after[name]].personal
        and not described.lineage.nodes[before[name]].personal
    )
