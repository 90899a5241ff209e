"""`Audit`: what an auditor is told of one service's model, as plain values.

The page and the JSON are made from this alone, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from onedag.catalog import MeasuredDrift, MeasuredSkew, ServedModel
from onedag.lineage import Lineage, NodeKind
from onedag.statistics import FeatureStatistics

__all__ = [
    "Audit",
    "AuditedCode",
    "AuditedColumn",
    "AuditedFeature",
    "AuditedField",
    "AuditedFitted",
    "AuditedFunction",
    "AuditedRun",
    "AuditedSource",
    "AuditedView",
    "CodeChange",
    "Definitions",
    "Personal",
    "Raw",
    "Step",
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
    """Something that the model relies on, and that means something else now.

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
    """

    of_run: bool
    snapshot: str
    commit: str
    dirty: bool
    loaded: str
    loaded_commit: str
    versions: tuple[str, ...]
    changes: tuple[CodeChange, ...] | None


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data that goes into a feature.

    Attributes:
        origin: the name of the tagged column, field or function.
        path: the names from there to the feature.
        allowed: whether the service's ``may_use`` names the origin.
    """

    origin: str
    path: tuple[str, ...]
    allowed: bool


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
        role: ``value``, ``key`` (looked up by), or ``value and key``.
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
class AuditedFunction:
    """A function that is a step on the way to features.

    Attributes:
        name: unique.
        kind: ``row``, ``fitted``, ``latest`` or ``aggregate``.
        module: where it is written.
        doc: its docstring.
        owner: of its tags; empty for none.
        tags: the others.
        inputs: the names that it takes.
        fingerprint: of its code and all that it is made of.
        certain: whether the fingerprint is sure to differ when values do.
        code: as it is written; empty where it isn't known.
        now: in words, how the code as it is loaded now differs from this; empty where it doesn't,
            or where this is that code.
    """

    name: str
    kind: str
    module: str
    doc: str
    owner: str
    tags: Mapping[str, str]
    inputs: tuple[str, ...]
    fingerprint: str
    certain: bool
    code: str
    now: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a formula, and the steps that it is made of.

    Attributes:
        name: for people: a column with its source, a field of the request as one.
        kind: where its value comes from.
        said: what happens there, in words.
        function: the name of the function that computes it; empty for what is given.
        looked_up_by: the join keys that say which value is taken.
        repeated: whether it is written out in full before, in the same formula.
        inputs: the steps before it.
    """

    name: str
    kind: NodeKind
    said: str
    function: str
    looked_up_by: tuple[str, ...]
    repeated: bool
    inputs: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """A column or a field at the end of a formula.

    Attributes:
        name: with its source; ``request.`` and the name for a field.
        kind: ``column`` or ``request``.
        type: Arrow type as text; empty where it isn't known.
        personal: whether it is tagged as personal data.
    """

    name: str
    kind: NodeKind
    type: str
    personal: bool


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a stored feature is the newest value, or the reduction, of.

    Attributes:
        source: its name.
        view: that it is stored in.
        entity: it is kept by; None for everything.
        window: its length as text, such as ``7d``; None for all history, or the newest value.
        max_age: as text; None for any age.
        refresh: as text; None for always.
    """

    source: str
    view: str
    entity: str | None
    window: str | None
    max_age: str | None
    refresh: str | None


@dataclass(frozen=True, slots=True)
class AuditedFeature:
    """One feature that the model takes.

    Attributes:
        position: from 1 on, in the model's order.
        name: unique.
        type: Arrow type as text; empty where it isn't known.
        kind: where its value comes from when a request is answered.
        origin: the same in words.
        doc: what is said of it; empty for nothing.
        owner: of it; empty for none.
        stored: of a stored feature; None for others.
        sentence: what it comes from.
        raw: the columns and fields that it is made of.
        looked_up_by: what says which stored values are taken, on the way to it.
        formula: the steps back to these; None where what is described has no such feature.
        personal: data that goes into it.
        fingerprint: of its code and all that it is made of; empty for what no function makes.
        statistics: of the training frame; None where they weren't kept.
        drift: if it was measured.
        skew: if it was measured.
        now: in words, how the code as it is loaded now differs; empty where it doesn't.
    """

    position: int
    name: str
    type: str
    kind: NodeKind
    origin: str
    doc: str
    owner: str
    stored: Definitions | None
    sentence: str
    raw: tuple[Raw, ...]
    looked_up_by: tuple[str, ...]
    formula: Step | None
    personal: tuple[Personal, ...]
    fingerprint: str
    statistics: FeatureStatistics | None
    drift: MeasuredDrift | None
    skew: MeasuredSkew | None
    now: str


@dataclass(frozen=True, slots=True)
class AuditedFitted:
    """A value that was learnt from the training rows, and is the same for every request.

    Attributes:
        name: of its function.
        value: JSON text; None where no run is known.
        doc: what is said of it.
        sentence: what it comes from.
        formula: the steps back to raw columns and fields.
        features: of the service, that are made with it.
        now: in words, how the code as it is loaded now differs; empty where it doesn't.
    """

    name: str
    value: str | None
    doc: str
    sentence: str
    formula: Step
    features: tuple[str, ...]
    now: str


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
