"""`Catalog`: what a project defines, what comes from what, and what its store holds just now.

Pages, audit reports and their JSON are made from this model alone, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from onedag.lineage import Lineage, PiiFlow
from onedag.snapshots import Snapshot
from onedag.statistics import FrameStatistics

__all__ = ["Catalog", "MeasuredDrift", "MeasuredSkew", "ServedModel", "ServedRun", "StoredView"]


@dataclass(frozen=True, slots=True)
class ServedRun:
    """The training run that a service is answered with.

    Attributes:
        run_id: unique.
        service: its name.
        created_at: when its frame was built, aware UTC.
        rows: of the training frame.
        snapshot: id of the project's snapshot that it was made from; empty where none was taken.
        commit: of that snapshot, as a git hash; empty where it isn't known.
        types: Arrow types of the features as text, by name, in the model's order.
        fitted: fitted values as JSON text, by function.
        statistics: of the training frame; None where they weren't kept.
    """

    run_id: str
    service: str
    created_at: datetime
    rows: int
    snapshot: str
    commit: str
    types: Mapping[str, str]
    fitted: Mapping[str, str]
    statistics: FrameStatistics | None


@dataclass(frozen=True, slots=True)
class ServedModel:
    """The model file of a service.

    Attributes:
        service: its name.
        run_id: the run that it was trained on.
        file: its name.
        size: bytes.
        sha256: of the file, 64 hexadecimal digits.
        written_at: when the file was put there, aware UTC.
        fits: whether it is of the run that is served.
    """

    service: str
    run_id: str
    file: str
    size: int
    sha256: str
    written_at: datetime
    fits: bool


@dataclass(frozen=True, slots=True)
class StoredView:
    """What the store holds of a view.

    Attributes:
        name: of the view.
        as_of: the moment that its values are of, aware UTC.
        keys: how many have a value.
        snapshot: id of the project's snapshot that it was made from; empty where none was taken.
        current: whether it was made by the functions as they are now.
    """

    name: str
    as_of: datetime
    keys: int
    snapshot: str
    current: bool

    def age(self, at: datetime) -> timedelta:
        """How old the values are at a moment."""
        return at - self.as_of


@dataclass(frozen=True, slots=True)
class MeasuredDrift:
    """How far a feature's later values lie from those of the training run.

    Attributes:
        measured_at: aware UTC.
        rows: that were compared.
        psi: population stability index.
        ks: Kolmogorov and Smirnov's distance; None for categories.
        verdict: such as ``stable`` or ``drifted`` (`onedag.statistics.Verdict`).
    """

    measured_at: datetime
    rows: int
    psi: float
    ks: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class MeasuredSkew:
    """How many served values of a feature differ from those recomputed from history.

    Attributes:
        measured_at: aware UTC.
        rows: that were compared.
        differing: of these.
        causes: rows by cause, as ``onedag verify --log`` names them.
    """

    measured_at: datetime
    rows: int
    differing: int
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything at one moment.

    Attributes:
        project: what it is called: the name of its folder.
        read_at: when the store was asked, aware UTC.
        snapshot: of the code as it is loaded; functions, sources, entities, views and services are
            described there.
        lineage: of all services, their models, and what no service uses.
        pii: all flows of personal data into features of services.
        dead: functions that no service needs.
        runs: what is served, by service; a service that was never published isn't there.
        models: by service; a service without one isn't there.
        views: what is stored, by view; one that was never materialized isn't there.
        drift: if it was measured, by service and feature.
        skew: if it was measured, by service and feature.
        store: what to call the store, such as ``sqlite``; no address and no password.
        store_error: why the store couldn't be read, so that ``runs`` and ``views`` say nothing;
            None where it could.
    """

    project: str
    read_at: datetime
    snapshot: Snapshot
    lineage: Lineage
    pii: tuple[PiiFlow, ...] = ()
    dead: tuple[str, ...] = ()
    runs: Mapping[str, ServedRun] = field(default_factory=dict)
    models: Mapping[str, ServedModel] = field(default_factory=dict)
    views: Mapping[str, StoredView] = field(default_factory=dict)
    drift: Mapping[str, Mapping[str, MeasuredDrift]] = field(default_factory=dict)
    skew: Mapping[str, Mapping[str, MeasuredSkew]] = field(default_factory=dict)
    store: str = ""
    store_error: str | None = None
