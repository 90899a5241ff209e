"""What an audit is about: a training run, its model file, and the code that it was trained with."""

from __future__ import annotations

from dataclasses import replace

from drivers.catalog.models import ModelFiles
from drivers.drift.reference import kept_run
from drivers.model_contract import models_folder
from drivers.opening import store_of
from drivers.registry import Registry
from drivers.stored.records import statistics_key
from onedag.audit import Subject
from onedag.catalog import Catalog, ServedModel, ServedRun, service_facts
from onedag.errors import RegistryError
from onedag.project import Project
from onedag.snapshots import Snapshot
from onedag.statistics import FrameStatistics

__all__ = ["subject_of"]

_LOADED = (
    "The code that the model was trained with isn't known, so the code shown is as it is loaded now"
)


def subject_of(
    project: Project,
    catalog: Catalog,
    service: str,
    run_id: str | None = None,
    *,
    personal: bool = False,
) -> Subject:
    """What there is to tell of a service's model.

    Args:
        project: whose store, models and registry.
        catalog: of the same, read just now.
        service: its name.
        run_id: of a run that the store keeps; by default the one that requests are answered with.
        personal: whether the values that training left of people are told.

    Raises:
        UnknownName: there is no such service, or the store keeps no such run of it.
    """
    facts = service_facts(catalog, service)
    run, model = facts.run, facts.model
    served = "" if run is None else run.run_id
    if run_id not in (None, served) and catalog.store_error is None:
        run, model = _kept(project, service, run_id)
    if run is None:
        return Subject(service, model=model, without_run=_no_run(catalog, facts.run_unknown))
    trained, without = _trained(project, run)
    return Subject(service, run, model, trained, without_snapshot=without, personal=personal)


def _no_run(catalog: Catalog, why: str) -> str:
    if catalog.store_error is None:
        return f"What the model was trained on isn't known. {why}"
    return f"Which training run requests are answered with isn't known. {why}"


def _kept(project: Project, service: str, run_id: str) -> tuple[ServedRun, ServedModel | None]:
    """A run that was served before, and the model that was trained on it."""
    store = store_of(project)
    try:
        record = kept_run(store, service, run_id)
        [blob] = store.read([statistics_key(run_id)])
    finally:
        store.close()
    statistics = None if blob is None else FrameStatistics.from_bytes(blob)
    run = ServedRun(
        run_id=record.run_id,
        service=record.service,
        created_at=record.created_at,
        rows=record.rows,
        snapshot=record.snapshot,
        commit="",  # that of the snapshot is read with it
        types={field.name: str(field.type) for field in record.schema},
        fitted=record.fitted,
        statistics=statistics,
    )
    model = ModelFiles(models_folder(project)).of(run_id, record)  # <run id>.onnx
    return run, None if model is None else replace(model, service=service)


def _trained(project: Project, run: ServedRun) -> tuple[Snapshot | None, str]:
    """The snapshot that a run was made from, or why it isn't known."""
    if not run.snapshot:
        return None, f"{_LOADED}: no snapshot of it was taken."
    if project.registry is None:
        return None, f"{_LOADED}: the project has no registry."
    try:
        return Registry(project.registry).snapshot(run.snapshot), ""
    except RegistryError as error:
        return None, f"{_LOADED}. {error}"
