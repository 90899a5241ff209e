"""Taking a snapshot of a project as it is loaded."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from onedag.credentials import without_credentials
from onedag.durations import label
from onedag.errors import OnedagError
from onedag.fingerprints import Fingerprints
from onedag.fingerprints.paths import from_root
from onedag.graph import FunctionNode
from onedag.meanings import Meanings, NodeMeaning, made_of_field, node_meanings, versions
from onedag.modifiers import Aggregate, Latest
from onedag.nodes import shown_type
from onedag.planner import Plan, View, declared_views, merge_views, plan, view_name
from onedag.project import Project
from onedag.service import FeatureService, RequestField
from onedag.snapshots.model import (
    Commit,
    Definition,
    EntitySnapshot,
    FieldSnapshot,
    FunctionSnapshot,
    ServiceSnapshot,
    Snapshot,
    SourceSnapshot,
    ViewSnapshot,
)
from onedag.snapshots.written import WrittenCode
from onedag.source import Query, Source, SourceData

__all__ = ["snapshot_of"]


def snapshot_of(
    project: Project,
    schemas: Mapping[str, Mapping[str, str]],
    commit: Commit | None = None,
    plans: Mapping[str, Plan] | None = None,
) -> Snapshot:
    """The snapshot of a project, as its modules are loaded.

    A service or a view that can't be planned is in it, without what only a plan says: an audit
    must be able to see a broken project too.

    Args:
        project: whose definitions.
        schemas: Arrow types as text, by source and column. Drivers read them; a source that can't
            be opened is left out.
        commit: of the code.
        plans: of the services by name, where they were planned already; one that isn't among them
            can't be.
    """
    taking, written = Fingerprints(project.root), WrittenCode()
    columns = {source: tuple(types) for source, types in schemas.items()}
    nodes = node_meanings(project.graph, taking)
    plans = _plans(project, columns) if plans is None else plans
    views = _views(project, plans)
    view_meanings = _ViewMeanings(Meanings(project, columns, taking))
    return Snapshot(
        functions={
            name: _function(node, nodes[name], written) for name, node in project.graph.items()
        },
        sources={
            name: _source(source, project.root, schemas.get(name, {}), taking)
            for name, source in project.sources.items()
        },
        entities={
            name: EntitySnapshot(name, entity.join_keys)
            for name, entity in project.entities.items()
        },
        views={name: _view(view, view_meanings.of(view)) for name, view in views.items()},
        services={
            name: _service(service, plans.get(name), nodes, taking)
            for name, service in project.services.items()
        },
        versions=(f"Python {sys.version_info.major}.{sys.version_info.minor}", *versions()),
        commit=commit,
    )


def _plans(project: Project, columns: Mapping[str, tuple[str, ...]]) -> dict[str, Plan]:
    plans = {}
    for name in project.services:
        try:
            plans[name] = plan(name, project, columns)
        except OnedagError:
            continue
    return plans


def _views(project: Project, plans: Mapping[str, Plan]) -> dict[str, View]:
    looked_up = [view for planned in plans.values() for view in planned.training.views]
    return merge_views([*declared_views(project.graph).values(), *looked_up])


class _ViewMeanings:
    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def of(self, view: View) -> str:
        try:
            return self._meanings.of(view).text
        except OnedagError:
            return ""


def _function(node: FunctionNode, meaning: NodeMeaning, written: WrittenCode) -> FunctionSnapshot:
    tags = {name: str(value) for name, value in sorted(node.tags.items())}
    return FunctionSnapshot(
        name=node.name,
        kind=str(node.kind),
        module=node.module,
        doc=inspect.cleandoc(node.doc),
        owner=tags.get("owner", ""),
        tags=tags,
        returns=shown_type(node.returns),
        per_row=node.per_row,
        inputs=node.inputs,
        definition=None if node.definition is None else _definition(node.definition),
        own=meaning.own,
        meaning=meaning.text,
        certain=meaning.certain,
        code=written.of(node.code),
        written=meaning.written,
    )


def _definition(definition: Latest | Aggregate) -> Definition:
    return Definition(
        source=definition.source.name,
        entity=definition.entity.name if definition.entity else None,
        view=view_name(definition),
        over=_label(definition.over) if isinstance(definition, Aggregate) else None,
        max_age=_label(definition.max_age) if isinstance(definition, Latest) else None,
        refresh=_label(definition.refresh),
    )


def _source(
    source: Source, root: Path, types: Mapping[str, str], taking: Fingerprints
) -> SourceSnapshot:
    return SourceSnapshot(
        name=source.name,
        data=_data(source.data, root),
        timestamp=source.timestamp,
        known_at=source.known_at,
        delay=_label(source.delay),
        key=source.key.name if source.key else None,
        renamed=dict(source.columns),
        columns=dict(types),
        tags={column: tuple(sorted(tags)) for column, tags in source.tags.items()},
        meaning=taking.of(source).text,
    )


def _data(data: SourceData, root: Path) -> str:
    if isinstance(data, Query):
        where = f" [{from_root(data.database, root)}]" if data.database else ""
        return without_credentials(data.sql + where)
    if isinstance(data, str | Path):
        return without_credentials(from_root(data, root))
    return type(data).__name__


def _view(view: View, meaning: str) -> ViewSnapshot:
    return ViewSnapshot(
        name=view.name,
        source=view.source.name,
        entity=view.entity.name if view.entity else None,
        refresh=_label(view.refresh),
        features=tuple(feature.name for feature in view.features),
        meaning=meaning,
    )


def _service(
    service: FeatureService,
    planned: Plan | None,
    nodes: Mapping[str, NodeMeaning],
    taking: Fingerprints,
) -> ServiceSnapshot:
    fields = service.request_fields()
    snapshots = tuple(_fields(service, fields.values(), taking))
    origins = {} if planned is None else _origins(planned)
    texts = {name: node.text for name, node in nodes.items()}
    looked_up = {} if planned is None else _columns_of_sources(planned)
    parts = [
        # A request's fields are in no order.
        [(name, str(one.type), one.required, one.nullable) for name, one in sorted(fields.items())],
        [one.default for _, one in sorted(fields.items())],
        sorted((one.name, one.made) for one in snapshots),
        service.on_store_error,
        [(name, texts.get(name)) for name in service.features],
        [
            (name, origin, texts.get(name), looked_up.get(name))
            for name, origin in sorted(origins.items())
        ],
    ]
    return ServiceSnapshot(
        name=service.name,
        features=service.features,
        doc=inspect.cleandoc(service.request.__doc__ or ""),
        fields=snapshots,
        on_store_error=service.on_store_error,
        may_use=tuple(sorted(service.may_use)),
        origins=origins,
        views=() if planned is None else tuple(view.name for view in planned.serving.views),
        meaning=taking.of(*parts).text,
    )


def _origins(planned: Plan) -> dict[str, str]:
    """With the fitted values' own inputs, which serving doesn't compute."""
    both = {**planned.training.origins, **planned.serving.origins}
    return {name: str(origin) for name, origin in both.items()}


def _columns_of_sources(planned: Plan) -> dict[str, Latest | Aggregate]:
    """What is looked up as it is in a source, without a function that would say how."""
    views = (*planned.training.views, *planned.serving.views)
    found = (feature for view in views for feature in view.features if feature.node is None)
    return {feature.name: feature.definition for feature in found}


def _fields(
    service: FeatureService, fields: Iterable[RequestField], taking: Fingerprints
) -> Iterator[FieldSnapshot]:
    for field in fields:
        info = service.request.model_fields[field.name]
        yield FieldSnapshot(
            field.name,
            str(field.type),
            field.required,
            field.nullable,
            info.description or "",
            tuple(sorted(field.tags)),
            None if field.required else repr(field.default),
            taking.of(*made_of_field(service.request, field.name)).text,
        )


def _label(duration: timedelta | None) -> str | None:
    return None if duration is None else label(duration)
