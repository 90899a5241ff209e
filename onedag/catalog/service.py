"""`ServiceFacts`: what is known of a service, by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from onedag.catalog.freshness import Freshness, freshness
from onedag.catalog.model import Catalog, MeasuredDrift, MeasuredSkew, ServedModel, ServedRun
from onedag.errors import UnknownName
from onedag.lineage import NodeKind, PiiFlow
from onedag.snapshots import ServiceSnapshot
from onedag.statistics import FeatureStatistics

__all__ = ["ServiceFacts", "ServiceFeature", "service_facts"]


@dataclass(frozen=True, slots=True)
class ServiceFeature:
    """One feature, at its place in the model's order.

    Attributes:
        name: of the feature.
        origin: ``request``, ``store`` or ``computed``; empty where the service can't be planned.
        type: Arrow type as text in the run that is served; empty where there is none.
        view: that it is read from; empty for what isn't.
        doc: the first line of the function's docstring; empty where there is none.
        owner: of the function's tags; empty where there is none.
        personal: whether personal data flows into it.
        statistics: of the training frame; None where they weren't kept.
        drift: if it was measured.
        skew: if it was measured.
    """

    name: str
    origin: str
    type: str
    view: str
    doc: str
    owner: str
    personal: bool
    statistics: FeatureStatistics | None
    drift: MeasuredDrift | None
    skew: MeasuredSkew | None


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """Everything about one service.

    Attributes:
        service: as it is defined, with the fields of its request.
        features: in the model's order.
        views: that it reads, with how old their values are.
        sources: the names of those that it comes from.
        needs: the functions that it needs, by origin: ``store``, ``fitted``, ``computed``.
        personal: flows of personal data into its features.
        run: that it is answered with; None where there is none, or nobody knows.
        run_unknown: why there is none, or nobody knows; empty where there is one.
        model: its file; None without one.
        unplanned: why it can't be planned; empty where it can.
    """

    service: ServiceSnapshot
    features: tuple[ServiceFeature, ...]
    views: tuple[Freshness, ...]
    sources: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    personal: tuple[PiiFlow, ...]
    run: ServedRun | None
    run_unknown: str
    model: ServedModel | None
    unplanned: str

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name


def service_facts(catalog: Catalog, name: str) -> ServiceFacts:
    """What is known of a service.

    Raises:
        UnknownName: there is no such one; the nearest name is given.
    """
    services = catalog.snapshot.services
    if name not in services:
        raise UnknownName.among("service", name, services)
    service = services[name]
    personal = tuple(flow for flow in catalog.pii if flow.service == name)
    return ServiceFacts(
        service=service,
        features=tuple(_features(catalog, service, {flow.feature for flow in personal})),
        views=tuple(freshness(catalog, view) for view in service.views),
        sources=_sources(catalog, name),
        needs=_needs(catalog, service),
        personal=personal,
        run=catalog.runs.get(name),
        run_unknown=_no_run(catalog, name),
        model=catalog.models.get(name),
        unplanned=catalog.unplanned.get(name, ""),
    )


def _features(
    catalog: Catalog, service: ServiceSnapshot, personal: set[str]
) -> Iterator[ServiceFeature]:
    run = catalog.runs.get(service.name)
    statistics = None if run is None else run.statistics
    views = _views_of(catalog, service)
    drift = catalog.drift.get(service.name, {})
    skew = catalog.skew.get(service.name, {})
    for name in service.features:
        function = catalog.snapshot.functions.get(name)
        yield ServiceFeature(
            name=name,
            origin=service.origins.get(name, ""),
            type="" if run is None else run.types.get(name, ""),
            view=views.get(name, ""),
            doc="" if function is None else function.doc.split("\n", 1)[0],
            owner="" if function is None else function.owner,
            personal=name in personal,
            statistics=None if statistics is None else statistics.features.get(name),
            drift=drift.get(name),
            skew=skew.get(name),
        )


def _views_of(catalog: Catalog, service: ServiceSnapshot) -> dict[str, str]:
    """The view of each feature that the service reads."""
    views = (catalog.snapshot.views[name] for name in service.views)
    return {
        name: view.name
        for view in views
        for name in view.features
        if service.origins.get(name) == "store"
    }


def _sources(catalog: Catalog, name: str) -> tuple[str, ...]:
    index = catalog.index
    found = index.upstream([index.service_nodes[name]] if name in index.service_nodes else [])
    nodes = (catalog.lineage.nodes[node] for node in found)
    used = {node.source for node in nodes if node.kind is NodeKind.COLUMN}
    return tuple(source for source in catalog.snapshot.sources if source in used)


def _needs(catalog: Catalog, service: ServiceSnapshot) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, origin in service.origins.items():
        if name in catalog.snapshot.functions and origin != "request":
            found.setdefault(origin, []).append(name)
    return {origin: tuple(names) for origin, names in found.items()}


def _no_run(catalog: Catalog, name: str) -> str:
    if name in catalog.runs:
        return ""
    if catalog.store_error is not None:
        return f"The store can't be read: {catalog.store_error}"
    none = f"No run is published: run `onedag train {name}`, or BatchDriver.publish(frame)."
    return catalog.unread_runs.get(name, none)
