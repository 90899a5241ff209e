"""`Audit`: what an auditor is told of one service's model, as plain values.

The page and the JSON are made from this alone, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from onedag.audit.steps import AuditedFeature, AuditedFitted, AuditedFunction
from onedag.catalog import ServedModel
from onedag.lineage import Lineage

__all__ = [
    "Audit",
    "AuditedCode",
    "AuditedColumn",
    "AuditedField",
    "AuditedRun",
    "AuditedSource",
    "AuditedView",
    "CodeChange",
]


@dataclass(frozen=True, slots=True)
class AuditedRun:
    """The training run that the report is about.

    Attributes:
        run_id: unique.
        created_at: when its frame was built, aware UTC.
        rows: of the training frame.
        served: whether requests are answered with it now.
        snapshot: id of the project's snapshot that it was made from; empty where none was taken.
        has_statistics: whether those of its frame were kept.
    """

    run_id: str
    created_at: datetime
    rows: int
    served: bool
    snapshot: str
    has_statistics: bool


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Something that the model relies on, and that means something else now, or isn't there.

    Attributes:
        name: of a function, a column or a field; ``package-versions`` for the packages.
        reasons: why.
        features: of the service, that are made of it.
    """

    name: str
    reasons: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditedCode:
    """Which code the report describes.

    Attributes:
        of_run: whether it is the snapshot that the run was made from; else it is the code as it
            is loaded now.
        snapshot: id of what is described.
        commit: git hash of that code; empty where it isn't known.
        dirty: whether files differed from the commit then.
        loaded: id of the snapshot of the code as it is loaded now.
        loaded_commit: git hash of that; empty where it isn't known.
        versions: of Python and the packages that compute, in what is described.
        changes: what means something else in the code as it is loaded now; None where that can't
            be told, because the run's own code isn't known.
        service: what of the service itself is another in the code as it is loaded now, such as
            which personal data it may use.
        unplanned: why the service can't be planned in the code as it is loaded now; empty where
            it can.
        personal: the features that come from data which that code marks as personal, and what is
            described doesn't.
    """

    of_run: bool
    snapshot: str
    commit: str
    dirty: bool
    loaded: str
    loaded_commit: str
    versions: tuple[str, ...]
    changes: tuple[CodeChange, ...] | None
    service: tuple[str, ...]
    unplanned: str = ""
    personal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditedField:
    """A field of the request.

    Attributes:
        name: of it.
        type: Arrow type as text.
        required: whether a request must carry it.
        nullable: whether it may be null.
        default: what stands in for it, as text; None where it is required or isn't known.
        description: what the request model says of it.
        personal: whether it is tagged as personal data.
        tags: all of them.
        looks_up: the stored views that it is a join key of.
        features: that are made of it.
    """

    name: str
    type: str
    required: bool
    nullable: bool
    default: str | None
    description: str
    personal: bool
    tags: tuple[str, ...]
    looks_up: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditedColumn:
    """A column of a source that the service's features need.

    Attributes:
        name: in the source.
        type: Arrow type as text; empty where it isn't known.
        tags: such as ``pii``.
        role: ``value``, ``look-up``, ``event time`` or ``when it is known``, or several of them.
    """

    name: str
    type: str
    tags: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class AuditedSource:
    """Rows of history.

    Attributes:
        name: unique.
        data: the path or the query.
        timestamp: the column of the event time.
        known: in words, when a row counts as known.
        known_at: the column that says it; None where another rule holds.
        delay: how long after the event time, as text; None where another rule holds.
        key: the entity whose state a row describes; None where it describes none.
        columns: those that are needed, in order.
        unused: how many others there are; None where the source couldn't be opened.
    """

    name: str
    data: str
    timestamp: str
    known: str
    known_at: str | None
    delay: str | None
    key: str | None
    columns: tuple[AuditedColumn, ...]
    unused: int | None


@dataclass(frozen=True, slots=True)
class AuditedView:
    """Stored values that a request looks up together.

    Attributes:
        name: unique.
        source: whose rows they are made of.
        entity: what they are kept by; None for one value for everything.
        join_keys: its columns.
        features: those that the service needs.
        refresh: how often they are made anew, as text; None for as of each moment.
        as_of: the moment that they are of, aware UTC; None where nothing is stored or known.
        age: how old that was when the report was made.
        keys: how many have a value.
        current: whether they were made by the functions as they are loaded now.
        snapshot: id of the project's snapshot that they were made from.
        unknown: why there is nothing, or why nobody knows; empty where ``as_of`` says it.
    """

    name: str
    source: str
    entity: str | None
    join_keys: tuple[str, ...]
    features: tuple[str, ...]
    refresh: str | None
    as_of: datetime | None
    age: timedelta | None
    keys: int | None
    current: bool | None
    snapshot: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that the report says.

    Attributes:
        service: its name.
        project: what it is called.
        made_at: when, aware UTC.
        doc: what the request model says of itself.
        summary: sentences.
        unknown: sentences on what isn't known, and why.
        run: that it is about; None where none is published, or nobody knows.
        model: of the service; None where there is no file.
        code: that is described.
        store: what to call the store.
        store_error: why it couldn't be read; None where it could.
        on_store_error: what happens to requests when the store is down: ``refuse`` or ``missing``.
        may_use: the columns and fields with personal data that the service may use.
        fields: of the request.
        sources: that the features need.
        views: that are stored.
        features: in the model's order.
        fitted: values of the training run.
        functions: that compute any of it, by name.
        lineage: all of it as a graph.
    """

    service: str
    project: str
    made_at: datetime
    doc: str
    summary: tuple[str, ...]
    unknown: tuple[str, ...]
    run: AuditedRun | None
    model: ServedModel | None
    code: AuditedCode
    store: str
    store_error: str | None
    on_store_error: str
    may_use: tuple[str, ...]
    fields: tuple[AuditedField, ...]
    sources: tuple[AuditedSource, ...]
    views: tuple[AuditedView, ...]
    features: tuple[AuditedFeature, ...]
    fitted: tuple[AuditedFitted, ...]
    functions: Mapping[str, AuditedFunction]
    lineage: Lineage
