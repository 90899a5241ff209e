"""`Catalog`: what a project defines, what comes from what, and what its store holds just now.

Pages, audit reports and their JSON are made from this model alone, so that they can't disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from onedag.catalog.index import Index
from onedag.lineage import Lineage, PiiFlow
from onedag.snapshots import Snapshot
from onedag.statistics import FrameStatistics

__all__ = [
    "Catalog",
    "MeasuredDrift",
    "MeasuredSkew",
    "ModelScore",
    "ServedModel",
    "ServedRun",
    "StoredView",
    "TestedModel",
]


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
        statistics: of the training frame; None where they weren't kept, or can't be read.
        outdated: the functions that are written otherwise now than when the run was trained.
        withheld: the names of the features and fitted values that are personal data or come from
            it, so that their values are in neither ``fitted`` nor ``statistics``
            (`onedag.catalog.without_personal`).
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
    outdated: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelScore:
    """How good the predictions of one model are, on the rows of the test period.

    Attributes:
        name: of the model, or of what it is compared with.
        features: how many it takes.
        auc: area under the ROC curve; 0.5 is chance, more is better.
        log_loss: mean negative log-likelihood, in nats; less is better.
    """

    name: str
    features: int
    auc: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class TestedModel:
    """What training says of a model.

    Attributes:
        label: the column that is predicted.
        test_from: earlier rows are for training, aware UTC.
        training_rows: with a label, before ``test_from``.
        test_rows: with a label, from then on.
        positive: share of the test rows whose label is true.
        scores: on the test rows: the model's first, then those that it is compared with.
    """

    __test__ = False  # pytest takes a class of such a name for one of tests

    label: str
    test_from: datetime
    training_rows: int
    test_rows: int
    positive: float
    scores: tuple[ModelScore, ...]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """The model file of a service.

    Attributes:
        service: its name.
        run_id: the run that it was trained on; empty where the file doesn't say it.
        file: its name.
        size: bytes.
        sha256: of the file, 64 hexadecimal digits.
        written_at: when the file was put there, aware UTC.
        fits: whether it takes the features and fitted values of the run that is served.
        problem: why it doesn't fit, or can't be read; empty where all is well, and where no run
            is known that it could fit.
        tested: what its training found; None where that wasn't kept.
    """

    service: str
    run_id: str
    file: str
    size: int
    sha256: str
    written_at: datetime
    fits: bool
    problem: str = ""
    tested: TestedModel | None = None


@dataclass(frozen=True, slots=True)
class StoredView:
    """What the store holds of a view.

    Attributes:
        name: of the view.
        as_of: the moment that its values are of, aware UTC.
        keys: how many have a value.
        snapshot: id of the project's snapshot that it was made from; empty where none was taken.
        current: whether it was made by the functions as they are now.
        commit: of that snapshot, as a git hash; empty where it isn't known.
        outdated: the functions that are written otherwise now; none where it is current, or where
            it was made by other packages.
        types: Arrow types of its values as text, by feature.
    """

    name: str
    as_of: datetime
    keys: int
    snapshot: str
    current: bool
    commit: str = ""
    outdated: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

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
        compared: which rows those are, in words.
    """

    measured_at: datetime
    rows: int
    psi: float
    ks: float | None
    verdict: str
    compared: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredSkew:
    """How many served values of a feature differ from those recomputed from history.

    Attributes:
        measured_at: aware UTC.
        rows: that were compared.
        differing: of these.
        causes: rows by cause, as ``onedag verify --log`` names them.
        runs: how many of the replayed rows each run served.
    """

    measured_at: datetime
    rows: int
    differing: int
    causes: Mapping[str, int]
    runs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
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
        drift: of the runs that are served, if it was measured, by service and feature.
        skew: of these, if it was measured, by service and feature.
        store: what to call the store, such as ``sqlite``; no address and no password.
        store_error: why the store couldn't be read, so that ``runs`` and ``views`` say nothing;
            None where it could.
        unread_runs: why what the store holds of a service's run can't be read, such as because
            another version of onedag wrote it, by service.
        unread_views: the same of a view's record, by view.
        unplanned: why a service can't be planned, by its name: nothing of it is in ``lineage``.
        notes: sentences on what else can't be known just now.
        requests: JSON schema of the rows of each service's request, by service; it has the
            examples, choices and bounds that a snapshot doesn't keep.
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
    unread_runs: Mapping[str, str] = field(default_factory=dict)
    unread_views: Mapping[str, str] = field(default_factory=dict)
    unplanned: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def index(self) -> Index:
        """For answers about one name, such as `onedag.catalog.feature_facts` gives.

        It is made of the snapshot and the lineage alone, so those who make several catalogs of
        the same two hand it on with `with_index`.
        """
        return Index(self.snapshot, self.lineage)

    def with_index(self, index: Index) -> Catalog:
        """This catalog, with an index of the same snapshot and lineage that is there already."""
        vars(self)["index"] = index
        return self
