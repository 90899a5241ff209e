"""A service made ready to answer: its plan, its current run, and the layouts of its views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.fitted import from_json
from drivers.serving.lookup import ViewReader
from drivers.serving.outdated import outdated
from drivers.serving.program import Program
from drivers.serving.vectors import Promise
from drivers.serving.verdicts import Call, Verdicts
from drivers.stored.packing import types_of
from drivers.stored.records import (
    RunRecord,
    ViewRecord,
    current_key,
    run_key,
    stamp_key,
    view_key,
)
from drivers.stores import Store
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import NotPublished, SchemaMismatch, StoreError
from onedag.numpy_series import NumpySeries, maker
from onedag.planner import Origin, Plan, plan
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService

__all__ = ["CompiledService", "calls_of", "compile_service", "current_run", "fitted_of"]


@dataclass(frozen=True, slots=True)
class CompiledService:
    """All that a request needs and that doesn't change between requests.

    Attributes:
        plan: the service's.
        run: its current run.
        state: the store's keys that every request reads first, and what must be there for the
            rest of this to be in force: the run's id, and each view's stamp.
        readers: of the views.
        given: the columns that functions or features take from the row in hand, and what makes
            each of a request's values.
        asks_for_time: whether a row's time matters.
        program: the functions; its slots are ``given``, then each reader's features.
        promises: the features, in the run's order.
        calls: how each function is called, and why.
        outdated: sentences on functions that are written otherwise than for the run, or than when
            the views were stored.
    """

    plan: Plan
    run: RunRecord
    state: tuple[tuple[bytes, ...], list[bytes | None]]
    readers: tuple[ViewReader, ...]
    given: tuple[tuple[str, Callable[[Sequence[Any]], NumpySeries]], ...]
    asks_for_time: bool
    program: Program
    promises: tuple[Promise, ...]
    calls: Mapping[str, Call]
    outdated: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The service's name."""
        return self.plan.service.name

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views that it reads."""
        return tuple(reader.view.name for reader in self.readers)

    def explain(self) -> str:
        """The plan as a table for people, with how each function is called, and why."""
        return self.plan.explain({name: str(call) for name, call in self.calls.items()})


def current_run(service: str, store: Store) -> RunRecord:
    """The run that is served.

    Raises:
        NotPublished: there is none.
    """
    current = store.read([current_key(service)])[0]
    record = None if current is None else store.read([run_key(current.decode())])[0]
    if record is None:
        raise NotPublished(
            f"Service {service!r} has no published run in the store. Build a training frame and "
            f"publish it: `onedag train {service}`, or BatchDriver.publish(frame)."
        )
    return RunRecord.from_bytes(record)


def compile_service(
    project: Project, service: FeatureService, store: Store, code: Mapping[str, str]
) -> CompiledService:
    """Make a service ready. Neither sources nor Hamilton are needed after this.

    Args:
        project: its functions.
        service: of the project.
        store: with its run and its views.
        code: what the project's functions are written as, by name.

    Raises:
        NotPublished: no published run, or a view that was never materialized.
        SchemaMismatch: the code, the run and the stored views don't say the same.
    """
    run = current_run(service.name, store)
    planned = plan(service, project, run.columns)
    if run.schema.names != list(service.features):
        raise SchemaMismatch(
            f"The features of service {service.name!r} aren't those of its published run "
            f"{run.run_id}: {_difference(run.schema.names, service.features)}. Train and publish "
            f"again, or serve with the code of that run."
        )
    views = planned.serving.views
    blobs = store.read([view_key(view.name) for view in views])
    records = {}
    for view, blob in zip(views, blobs, strict=True):
        if blob is None:
            raise NotPublished(
                f"View {view.name!r}, which service {service.name!r} reads, was never "
                f"materialized. Run `onedag materialize`, or BatchDriver.materialize()."
            )
        records[view.name] = ViewRecord.from_bytes(blob)
    types = {name: field.type for name, field in planned.fields.items()}
    types[EVENT_TIMESTAMP] = ColumnType(TIMESTAMP)
    _refuse_other_fields(planned, types, run)
    for view in views:
        for feature in view.features:
            _refuse_other_type(feature.name, view.name, records[view.name], run)
    given = [name for name, origin in planned.serving.origins.items() if origin is Origin.REQUEST]
    stored = [feature.name for view in views for feature in view.features]
    fitted = fitted_of(planned, run)
    calls = _calls(planned, run)
    on_numpy = frozenset(name for name, call in calls.items() if call.on_numpy)
    slots = [*given, *stored]
    keys = current_key(service.name), *(stamp_key(view.name) for view in views)
    stamps = (records[view.name].stamp for view in views)
    return CompiledService(
        planned,
        run,
        (keys, [run.run_id.encode(), *stamps]),
        tuple(ViewReader(view, records[view.name]) for view in views),
        tuple((name, maker(types[name])) for name in given),
        bool(views) or EVENT_TIMESTAMP in given,
        Program(planned.serving.steps, slots, fitted, service.features, on_numpy),
        tuple(map(Promise, run.schema)),
        calls,
        outdated(planned, project.graph, code, run, records),
    )


def calls_of(planned: Plan, store: Store) -> dict[str, str]:
    """How each function of a plan is called, and why, as its published run has it.

    Empty where there is none, or the store doesn't answer: then nobody knows yet.
    """
    try:
        run = current_run(planned.service.name, store)
    except (NotPublished, StoreError):
        return {}
    return {name: str(call) for name, call in _calls(planned, run).items()}


def _calls(planned: Plan, run: RunRecord) -> dict[str, Call]:
    return Verdicts(run.verified, run.refused).calls(planned.serving.steps)


def _refuse_other_fields(planned: Plan, types: Mapping[str, ColumnType], run: RunRecord) -> None:
    trained = types_of(run.inputs)
    for name in planned.serving.given:
        if types[name] != trained.get(name):
            raise SchemaMismatch(
                f"Field {name!r} of service {planned.service.name!r} is {types[name]}, and "
                f"{trained.get(name, 'unknown')} in its published run {run.run_id}. Train and "
                f"publish again, or serve with the code of that run."
            )


def _refuse_other_type(name: str, view: str, record: ViewRecord, run: RunRecord) -> None:
    stored = record.layout.types.get(name)
    trained = types_of(run.inputs).get(name)
    if stored is None:
        raise SchemaMismatch(
            f"View {view!r} in the store has no {name!r}; it was materialized with other features: "
            f"{', '.join(record.layout.types)}. Materialize it again."
        )
    if stored != trained:
        raise SchemaMismatch(
            f"{name!r} is {stored} in the stored view {view!r} and {trained or 'unknown'} in run "
            f"{run.run_id}. Train, publish and materialize with one version of the features."
        )


def fitted_of(planned: Plan, run: RunRecord) -> dict[str, Any]:
    """The fitted values of a run, by function.

    Raises:
        SchemaMismatch: the run lacks one that the plan has.
    """
    values = {}
    for node in planned.fitted:
        if node.name not in run.fitted:
            raise SchemaMismatch(
                f"Run {run.run_id} has no fitted value {node.name!r}; it has "
                f"{', '.join(run.fitted) or 'none'}. Train and publish again."
            )
        values[node.name] = from_json(node, run.fitted[node.name])
    return values


def _difference(published: list[str], defined: tuple[str, ...]) -> str:
    gone = [name for name in published if name not in defined]
    new = [name for name in defined if name not in published]
    parts = [
        f"{', '.join(new)} came since" if new else "",
        f"{', '.join(gone)} went" if gone else "",
    ]
    return " and ".join(filter(None, parts)) or "their order changed"
