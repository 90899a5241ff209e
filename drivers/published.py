"""The models of a project that are served: the published run of each service, as the store has it.

A continuous integration often has no store. Then every service counts as one with a published
model, trained with the snapshot that is compared with: to ask for too much there is safer than to
ask for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.opening import store_of
from drivers.registry import Registry
from drivers.serving.compiled import current_run
from drivers.stored.records import RunRecord, ViewRecord, current_key, view_key
from drivers.stores import Store
from onedag.errors import NotPublished, RegistryError, StoreError
from onedag.project import Project
from onedag.snapshots import Snapshot

__all__ = ["Model", "Published", "published"]


@dataclass(frozen=True, slots=True)
class Model:
    """A published run, or a service that is taken to have one.

    Attributes:
        service: its name.
        run_id: empty where the store couldn't be asked.
        trained_with: the snapshot that it was trained with, or what stands for it.
        known: whether it is the very one.
    """

    service: str
    run_id: str
    trained_with: Snapshot
    known: bool


@dataclass(frozen=True, slots=True)
class Published:
    """What the store has.

    Attributes:
        models: by service.
        records: of the views that it has values of, by the view's name.
        unasked: why the store couldn't be asked; empty if it could.
    """

    models: Mapping[str, Model]
    records: Mapping[str, ViewRecord]
    unasked: str = ""


def published(
    project: Project, old: Snapshot, services: Iterable[str] = (), views: Iterable[str] = ()
) -> Published:
    """The published models of the services of a snapshot, and of others.

    Args:
        project: whose store and registry.
        old: what stands for a run's snapshot where that isn't known.
        services: names of others, which may have a model although the snapshot lacks them.
        views: whose records to read.

    Raises:
        ConfigurationError: the store's URL isn't one.
    """
    asked, names = dict.fromkeys([*old.services, *services]), list(views)
    reason = _unreachable(project)
    if not reason:
        store = store_of(project)
        try:
            models = {name: _model(name, store, project, old) for name in asked}
            records = _records(store, names)
        except StoreError as error:
            reason = str(error)
        else:
            return Published({n: m for n, m in models.items() if m is not None}, records)
        finally:
            store.close()
    return Published({name: Model(name, "", old, False) for name in old.services}, {}, reason)


def _unreachable(project: Project) -> str:
    """Why a store that would answer knows nothing of what is served."""
    if project.store.startswith("memory:"):
        return "A store in memory is empty when a command begins."
    scheme, _, rest = project.store.partition(":///")
    if scheme == "sqlite" and rest and not (project.root / rest).exists():
        return f"There is no store {project.root / rest} here."
    return ""


def _model(service: str, store: Store, project: Project, old: Snapshot) -> Model | None:
    [current] = store.read([current_key(service)])
    if current is None:
        return None
    try:
        run = current_run(service, store)
    except NotPublished:  # withdrawn meanwhile
        return None
    except StoreError:  # of another format, which has no snapshot that could be read
        return Model(service, current.decode(), old, False)
    trained_with = _snapshot(run, project)
    return Model(service, run.run_id, trained_with or old, trained_with is not None)


def _snapshot(run: RunRecord, project: Project) -> Snapshot | None:
    if not run.snapshot or project.registry is None:
        return None
    try:
        return Registry(project.registry).snapshot(run.snapshot)
    except RegistryError:  # applied elsewhere, or not at all
        return None


def _records(store: Store, views: list[str]) -> dict[str, ViewRecord]:
    records = {
        name: ViewRecord.if_readable(blob)
        for name, blob in zip(views, store.read([view_key(name) for name in views]), strict=True)
        if blob is not None
    }
    return {name: record for name, record in records.items() if record is not None}
