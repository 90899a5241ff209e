"""What a server tells: a run for each service, from when it is loaded until the server stops."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from openlineage.client.event_v2 import InputDataset, OutputDataset, RunState
from openlineage.client.facet_v2 import DatasetFacet

from drivers.openlineage import about
from drivers.openlineage.datasets import Datasets, personal_tags
from drivers.openlineage.facets import column_lineage, kind_of, schema, version_of
from drivers.openlineage.naming import Name, Names
from drivers.openlineage.project import Known
from drivers.openlineage.runs import Telling, Told, uuid_of
from drivers.openlineage.services import TracedService
from drivers.openlineage.silence import ServingEvents
from drivers.openlineage.training import PREDICTION, fitted_name, fitted_types
from drivers.registry.taking import commit_of_code
from drivers.serving.compiled import CompiledService
from drivers.stored.times import moment_of
from onedag.lineage import LineageNode, NodeKind
from onedag.planner import View
from onedag.project import Project

__all__ = ["ToldServing"]

_ORIGINS = (NodeKind.REQUEST, NodeKind.STORED, NodeKind.FITTED)


class ToldServing(ServingEvents):
    """As `ServingEvents`, told. It may be called from any thread.

    Args:
        project: whose services are served.
        namespace: of its jobs.
        telling: sends events.
    """

    def __init__(self, project: Project, namespace: str, telling: Telling) -> None:
        self._project, self._telling = project, telling
        self._known, self._names = Known(project, namespace), Names(project, namespace)
        self._commit = commit_of_code(project)
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, Told]] = {}

    def loaded(self, service: CompiledService, model: Path | None) -> None:
        """A service's run starts; or goes on, with another training run than before."""
        with self._lock:
            run_id, before = self._running.get(service.name, (None, None))
            if run_id == service.run.run_id:
                return
            told = self._told(service, model, before)
            if before is None:
                told = self._telling.start(told)
            else:
                self._telling.say(told, RunState.RUNNING)
            self._running[service.name] = service.run.run_id, told

    def close(self) -> None:
        with self._lock:
            for _, told in self._running.values():
                self._telling.say(told, RunState.COMPLETE)
            self._running.clear()
        self._telling.sender.close()

    def _told(self, service: CompiledService, model: Path | None, before: Told | None) -> Told:
        job, run = f"serve.{service.name}", service.run
        served = _Served.of(service, self._project, self._names)
        if before is None:
            uuid = uuid_of(self._telling.clock.now(), self._known.job(job))
            before = self._known.run(
                job, "SERVE", uuid, served.owners(), self._commit, processing="SERVICE"
            )
        facet = about.onedag_run(run.run_id, run.service, run.snapshot, self._commit)
        return replace(
            before,
            run_facets={**before.run_facets, **facet},
            inputs=served.inputs(model),
            outputs=served.outputs(model),
        )


@dataclass(frozen=True, slots=True)
class _Served:
    """What a service reads, and what it answers with."""

    service: CompiledService
    traced: TracedService
    datasets: Datasets

    @classmethod
    def of(cls, service: CompiledService, project: Project, names: Names) -> _Served:
        # The walk ends at what is stored, so no source is opened for its columns.
        traced = TracedService.of(service.plan, project, {}, lambda node: node.kind in _ORIGINS)
        return cls(service, traced, Datasets(project, names, {}))

    def owners(self) -> set[str]:
        return {node.owner for node in self.traced.lineage.nodes.values()}

    def inputs(self, model: Path | None) -> list[InputDataset]:
        plan, datasets = self.service.plan, self.datasets
        found = [datasets.request(self._request(), plan.fields, plan.serving.given)]
        for reader in self.service.readers:
            types = {name: str(column) for name, column in reader.record.layout.types.items()}
            as_of = moment_of(reader.record.as_of).isoformat()
            facets = {**self._personal(reader.view), **version_of(as_of)}
            found.append(datasets.read(datasets.names.view(reader.view.name), types, facets))
        version = version_of(self.service.run.run_id)
        if plan.fitted:
            name = fitted_name(datasets.names, plan)
            found.append(datasets.read(name, fitted_types(plan), version))
        if model is not None:
            facets = {**kind_of("MODEL"), **version}
            found.append(datasets.read(datasets.names.file(model), {PREDICTION: "double"}, facets))
        return found

    def outputs(self, model: Path | None) -> list[OutputDataset]:
        named, plan = self.datasets.names.in_memory, self.service.plan
        types = {field.name: str(field.type) for field in self.service.run.schema}
        nodes = self.traced.lineage.nodes.values()
        docs = {node.label: node.detail for node in nodes if node.module}
        features = {
            **schema(types, docs),
            **column_lineage(self.traced.columns(self._place)),
            **personal_tags(self.traced.personal),
        }
        found = [self.datasets.written(named(f"{plan.service.name}.features"), features)]
        if model is not None:
            origins = {PREDICTION: self.traced.prediction(self._place)}
            predictions = {**schema({PREDICTION: "double"}), **column_lineage(origins)}
            name = named(f"{plan.service.name}.predictions")
            found.append(self.datasets.written(name, predictions))
        return found

    def _request(self) -> Name:
        return self.datasets.names.in_memory(f"{self.service.name}.request")

    def _personal(self, view: View) -> dict[str, DatasetFacet]:
        nodes = self.traced.lineage.nodes
        found = (nodes[name] for name in self.traced.personal_nodes)
        return personal_tags(sorted(node.label for node in found if node.view == view.name))

    def _place(self, node: LineageNode) -> tuple[Name, str]:
        match node.kind:
            case NodeKind.STORED:
                return self.datasets.names.view(node.view), node.label
            case NodeKind.FITTED:
                return fitted_name(self.datasets.names, self.service.plan), node.label
            case _:
                return self._request(), node.label
