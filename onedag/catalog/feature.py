"""`FeatureFacts`: what is known of a feature, or of any other function, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onedag.catalog.freshness import Freshness, freshness
from onedag.catalog.model import Catalog, MeasuredDrift, MeasuredSkew
from onedag.catalog.ways import Origin, Use, origins, personal_origins, uses
from onedag.errors import UnknownName
from onedag.lineage import LineageNode, NodeKind
from onedag.snapshots import Definition, FunctionSnapshot
from onedag.statistics import FeatureStatistics

__all__ = ["FeatureFacts", "Place", "TrainedValues", "feature_facts"]


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a feature has a value.

    Attributes:
        node: the id of the node in the lineage.
        kind: how the value comes there: with the request, from the store, fitted or computed.
        service: whose row it is of; empty above the boundary.
        source: whose rows it is of; empty below the boundary.
        view: that it is stored in; empty unless it is.
    """

    node: str
    kind: NodeKind
    service: str
    source: str
    view: str


@dataclass(frozen=True, slots=True)
class TrainedValues:
    """A feature in the training run that a service is answered with.

    Attributes:
        service: its name.
        run_id: of the run.
        type: Arrow type as text; empty for what isn't among the service's features.
        fitted: the value as JSON text; None for what isn't a fitted value.
        statistics: of the training frame; None where they weren't kept.
        withheld: whether the values are left out of these because they are personal data.
    """

    service: str
    run_id: str
    type: str
    fitted: str | None
    statistics: FeatureStatistics | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """Everything about one name.

    Attributes:
        name: of the feature.
        kind: ``row``, ``fitted``, ``latest`` or ``aggregate``; ``column`` for a column that is
            looked up as it is, and ``field`` for a field of a request.
        function: that makes it; None for columns and fields.
        type: Arrow type as text: in the runs that are served, else of the column or the field;
            empty where it isn't known.
        definition: of what is stored: source, entity, window and times; None for the rest.
        places: where it has values.
        inputs: what its function takes, in order.
        users: the functions that take it.
        uses: the services that it goes into.
        origins: the columns and fields that its values are made of.
        personal: the personal data that its values come from.
        runs: what is known of it from training, by service.
        freshness: of what is stored of it, by view.
        drift: by service, where it was measured.
        skew: by service, where it was measured.
        unused: whether no service needs it.
    """

    name: str
    kind: str
    function: FunctionSnapshot | None
    type: str
    definition: Definition | None
    places: tuple[Place, ...]
    inputs: tuple[str, ...]
    users: tuple[str, ...]
    uses: tuple[Use, ...]
    origins: tuple[Origin, ...]
    personal: tuple[Origin, ...]
    runs: Mapping[str, TrainedValues]
    freshness: Mapping[str, Freshness]
    drift: Mapping[str, MeasuredDrift]
    skew: Mapping[str, MeasuredSkew]
    unused: bool

    @property
    def doc(self) -> str:
        """The function's docstring; empty where there is none."""
        return "" if self.function is None else self.function.doc

    @property
    def owner(self) -> str:
        """Of the function's tags; empty where there is none."""
        return "" if self.function is None else self.function.owner


def feature_facts(catalog: Catalog, name: str) -> FeatureFacts:
    """What is known of a feature.

    Args:
        catalog: of the project.
        name: of any function, of a column that is looked up, or of a field that is a feature.

    Raises:
        UnknownName: there is no such one; the nearest name is given.
    """
    index = catalog.index
    if name not in index.features:
        raise UnknownName.among("feature", name, index.features)
    function = catalog.snapshot.functions.get(name)
    # A column of some source that has the name is no place of it: what is looked up comes from it.
    nodes = tuple(n for n in index.nodes.get(name, ()) if n.kind is not NodeKind.COLUMN)
    ids = [node.id for node in nodes]
    used = uses(index, name, ids)
    runs = _runs(catalog, name)
    return FeatureFacts(
        name=name,
        kind=_kind(function, nodes),
        function=function,
        type=_type(catalog, runs, nodes),
        definition=_definition(function, nodes),
        places=tuple(Place(n.id, n.kind, n.service, n.source, n.view) for n in nodes),
        inputs=() if function is None else function.inputs,
        users=index.users.get(name, ()),
        uses=used,
        origins=origins(index, ids),
        personal=personal_origins(index, ids),
        runs=runs,
        freshness={view: freshness(catalog, view) for view in _kept_in(catalog, nodes)},
        drift={of: found[name] for of, found in catalog.drift.items() if name in found},
        skew={of: found[name] for of, found in catalog.skew.items() if name in found},
        unused=not used,
    )


def _kind(function: FunctionSnapshot | None, nodes: tuple[LineageNode, ...]) -> str:
    if function is not None:
        return function.kind
    given = all(node.kind is NodeKind.REQUEST for node in nodes)
    return "field" if given and nodes else "column"


def _kept_in(catalog: Catalog, nodes: tuple[LineageNode, ...]) -> dict[str, None]:
    """The views that it is stored in: not one that only rows of a source are joined with."""
    views = catalog.snapshot.views
    return {node.view: None for node in nodes if node.view in views}


def _runs(catalog: Catalog, name: str) -> dict[str, TrainedValues]:
    found = {}
    for service, run in catalog.runs.items():
        if name in run.types or name in run.fitted or name in run.withheld:
            statistics = None if run.statistics is None else run.statistics.features.get(name)
            found[service] = TrainedValues(
                service,
                run.run_id,
                run.types.get(name, ""),
                run.fitted.get(name),
                statistics,
                name in run.withheld,
            )
    return found


def _type(
    catalog: Catalog, runs: Mapping[str, TrainedValues], nodes: tuple[LineageNode, ...]
) -> str:
    views, index = catalog.views, catalog.index
    trained = (run.type for run in runs.values())
    stored = (views[node.view].types.get(node.label, "") for node in nodes if node.view in views)
    given = (index.type_of(node) for node in nodes if node.kind is NodeKind.REQUEST)
    return next(filter(None, (*trained, *stored, *given)), "")


def _definition(
    function: FunctionSnapshot | None, nodes: tuple[LineageNode, ...]
) -> Definition | None:
    if function is not None:
        return function.definition
    for node in nodes:
        if node.kind is NodeKind.STORED:
            return Definition(node.source, node.entity or None, node.view)
    return None
