"""What is told of materializations and backfills: a run for each view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import OutputDatasetFacet

from drivers.openlineage.columns import IDENTITY, Tracing, Way
from drivers.openlineage.datasets import Datasets, personal_tags
from drivers.openlineage.facets import ColumnOrigins, column_lineage, schema, version_of
from drivers.openlineage.naming import Name
from drivers.openlineage.services import placed
from onedag.lineage import Lineage, NodeKind, personal_nodes, view_lineage
from onedag.planner import View
from onedag.project import Project

__all__ = ["TracedViews"]

FILTER = "FILTER"


class TracedViews:
    """Views, and the columns of sources that their features come from.

    Args:
        views: with all their features.
        project: its functions and sources.
        columns: of the sources, by name.
        datasets: makes datasets.
    """

    def __init__(
        self,
        views: Iterable[View],
        project: Project,
        columns: Mapping[str, tuple[str, ...]],
        datasets: Datasets,
    ) -> None:
        chosen = list(views)
        self._datasets = datasets
        self._lineage: Lineage = view_lineage(chosen, project, columns)
        self._tracing = Tracing(self._lineage, lambda node: node.kind is NodeKind.COLUMN)
        self._personal = personal_nodes(self._lineage)

    def sources(self, view: View) -> frozenset[str]:
        """The names of the sources that a view comes from."""
        nodes = self._lineage.nodes
        found = {nodes[o].source for f in view.features for o in self._origins(view, f.name)}
        return frozenset(found | {view.source.name})

    def inputs(self, view: View) -> list[InputDataset]:
        """The sources that a view comes from."""
        return self._datasets.sources(self.sources(view))

    def owners(self, view: View) -> set[str]:
        """Who is named as an owner of a view's features."""
        return {self._lineage.nodes[_node(view, feature.name)].owner for feature in view.features}

    def output(
        self,
        view: View,
        name: Name,
        types: Mapping[str, str],
        as_of: datetime | None = None,
        written: Mapping[str, OutputDatasetFacet] | None = None,
    ) -> OutputDataset:
        """A view as an output.

        Args:
            view: with all its features.
            name: of the dataset.
            types: Arrow types of its join keys and features; none where they aren't known yet.
            as_of: the moment of its values.
            written: how much was.
        """
        docs = {f.name: f.node.doc.split("\n", 1)[0] for f in view.features if f.node is not None}
        columns = [*view.join_keys, *(feature.name for feature in view.features)]
        described = {column: types[column] for column in columns if column in types}
        facets = {
            **column_lineage(self._fields(view), self._whole(view)),
            **personal_tags(column for column in columns if self._is_personal(view, column)),
            **(schema(described, docs) if described else {}),
            **(version_of(as_of.isoformat()) if as_of is not None else {}),
        }
        return self._datasets.written(name, facets, written)

    def _fields(self, view: View) -> dict[str, ColumnOrigins]:
        found: dict[str, ColumnOrigins] = {}
        for key in view.join_keys:
            node = self._lineage.nodes[_key(view, key)]
            found[key] = {self._datasets.column(node): frozenset([Way(IDENTITY)])}
        for feature in view.features:
            origins = self._origins(view, feature.name)
            found[feature.name] = placed(self._lineage, origins, self._datasets.column)
        return found

    def _whole(self, view: View) -> ColumnOrigins:
        return self._datasets.times(self.sources(view), FILTER)

    def _origins(self, view: View, feature: str) -> dict[str, frozenset[Way]]:
        return self._tracing.origins(_node(view, feature))

    def _is_personal(self, view: View, column: str) -> bool:
        node = _key(view, column) if column in view.join_keys else _node(view, column)
        return node in self._personal


def _node(view: View, feature: str) -> str:
    return f"view:{view.name}:{feature}"


def _key(view: View, key: str) -> str:
    return f"source:{view.source.name}:{key}"
