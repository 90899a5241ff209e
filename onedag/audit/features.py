"""The features of a service and the fitted values, each with its formula."""

from __future__ import annotations

from onedag.audit.differences import Differences
from onedag.audit.formulas import Formulas
from onedag.audit.steps import AuditedFeature, AuditedFitted, AuditedFunction, Personal, Stored
from onedag.audit.words import ORIGINS
from onedag.catalog import (
    Catalog,
    Index,
    MeasuredDrift,
    MeasuredSkew,
    ServedRun,
    personal_origins,
)
from onedag.lineage import LineageNode, NodeKind
from onedag.snapshots import FunctionSnapshot, ServiceSnapshot
from onedag.statistics import FeatureStatistics

__all__ = ["Features"]

_UNKNOWN = "What it comes from isn't known: the code that is described hasn't got it."
_UNPLANNED = "What it comes from isn't known: the service can't be planned as that code is."


class Features:
    """Makes what is said of features, of fitted values, and of functions.

    Args:
        catalog: what is measured.
        index: of the service's lineage, and of the snapshot that is described.
        service: of that snapshot.
        run: that the report is about; None without one.
        differences: from the code as it is loaded.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        service: ServiceSnapshot,
        run: ServedRun | None,
        differences: Differences,
    ) -> None:
        self._catalog, self._index, self._service = catalog, index, service
        self._run, self._differences = run, differences
        self._formulas = Formulas(index, service.name)
        self._nodes = index.features_of(service.name)

    def features(self) -> tuple[AuditedFeature, ...]:
        """In the model's order: that of the run where one is known."""
        names = self._service.features if self._run is None else tuple(self._run.types)
        return tuple(self._feature(place, name) for place, name in enumerate(names, 1))

    def fitted(self) -> tuple[AuditedFitted, ...]:
        """In order of name."""
        nodes = [n for n in self._index.lineage.nodes.values() if n.kind is NodeKind.FITTED]
        return tuple(self._fitted(node) for node in sorted(nodes, key=lambda node: node.label))

    def functions(self) -> dict[str, AuditedFunction]:
        """All that compute anything of it, by name and in order of it."""
        found = {
            node.label for node in self._index.lineage.nodes.values() if node.kind in _COMPUTING
        }
        functions = self._index.snapshot.functions
        return {name: self._function(functions[name]) for name in sorted(found & {*functions})}

    def _feature(self, place: int, name: str) -> AuditedFeature:
        node = self._nodes.get(name)
        if node is None:
            return self._unknown(place, name)
        of = self._index.lineage.nodes[node]
        function = self._index.snapshot.functions.get(name) if of.module else None
        drift, skew = self._measured(name)
        return AuditedFeature(
            place,
            name,
            self._type(name) or self._index.type_of(of),
            of.kind,
            ORIGINS[of.kind],
            self._doc(of, function),
            "" if function is None else function.owner,
            _stored(of, function),
            self._formulas.sentence(node),
            self._formulas.raw(node),
            self._formulas.looked_up_by(node),
            self._formulas.of(node),
            self._personal(node),
            "" if function is None else function.meaning,
            self._statistics(name),
            self._is_withheld(name),
            drift,
            skew,
            self._differences.of_feature(name, self._service.name),
        )

    def _unknown(self, place: int, name: str) -> AuditedFeature:
        """A feature of the run that isn't in the code that is described."""
        return AuditedFeature(
            place,
            name,
            self._type(name),
            kind=None,
            origin="",
            doc="",
            owner="",
            stored=None,
            sentence=_UNKNOWN if self._service.origins else _UNPLANNED,
            raw=(),
            looked_up_by=(),
            formula=(),
            personal=(),
            fingerprint="",
            statistics=self._statistics(name),
            withheld=self._is_withheld(name),
            drift=None,
            skew=None,
            now="",
        )

    def _fitted(self, node: LineageNode) -> AuditedFitted:
        reached = self._index.downstream([node.id])
        features = (name for name in self._service.features if self._nodes.get(name) in reached)
        return AuditedFitted(
            node.label,
            None if self._run is None else self._run.fitted.get(node.label),
            self._is_withheld(node.label),
            self._index.snapshot.functions[node.label].doc,
            self._formulas.sentence(node.id),
            self._formulas.of(node.id),
            tuple(features),
            self._differences.of(node.label),
        )

    def _function(self, function: FunctionSnapshot) -> AuditedFunction:
        return AuditedFunction(
            function.name,
            function.kind,
            function.module,
            function.doc,
            function.owner,
            {n: value for n, value in function.tags.items() if n not in ("owner", "module")},
            function.inputs,
            function.meaning,
            function.certain,
            function.code,
            self._differences.of(function.name),
        )

    def _doc(self, node: LineageNode, function: FunctionSnapshot | None) -> str:
        if function is not None:
            return function.doc
        fields = self._service.fields if node.kind is NodeKind.REQUEST else ()
        return next((field.description for field in fields if field.name == node.label), "")

    def _type(self, name: str) -> str:
        return "" if self._run is None else self._run.types.get(name, "")

    def _statistics(self, name: str) -> FeatureStatistics | None:
        if self._run is None or self._run.statistics is None:
            return None
        return self._run.statistics.features.get(name)

    def _is_withheld(self, name: str) -> bool:
        return self._run is not None and name in self._run.withheld

    def _measured(self, name: str) -> tuple[MeasuredDrift | None, MeasuredSkew | None]:
        """What was measured is of the run that is served."""
        served = self._catalog.runs.get(self._service.name)
        if self._run is None or served is None or served.run_id != self._run.run_id:
            return None, None
        service = self._service.name
        drift = self._catalog.drift.get(service, {}).get(name)
        return drift, self._catalog.skew.get(service, {}).get(name)

    def _personal(self, node: str) -> tuple[Personal, ...]:
        found = personal_origins(self._index, [node])
        return tuple(Personal(o.name, o.way, o.name in self._service.may_use) for o in found)


_COMPUTING = (NodeKind.MAPPED, NodeKind.STORED, NodeKind.FITTED, NodeKind.COMPUTED)


def _stored(node: LineageNode, function: FunctionSnapshot | None) -> Stored | None:
    if node.kind is not NodeKind.STORED:
        return None
    known = None if function is None else function.definition
    if known is None:
        return Stored(node.source, node.view, node.entity or None, None, None, None)
    return Stored(node.source, node.view, known.entity, known.over, known.max_age, known.refresh)
