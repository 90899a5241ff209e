"""The datasets of a project's runs, with what is known of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import DatasetFacet, OutputDatasetFacet

from drivers.openlineage.columns import Way
from drivers.openlineage.facets import ColumnOrigins, data_source, schema, tags
from drivers.openlineage.naming import Name, Names
from onedag.lineage import PII, LineageNode
from onedag.project import Project
from onedag.service import RequestField
from onedag.source import Source

__all__ = ["Datasets", "personal_tags"]


class Datasets:
    """Makes datasets.

    Args:
        project: its sources.
        names: what datasets are called.
        types: Arrow types by source and column; a source that isn't there is told without.
    """

    def __init__(
        self, project: Project, names: Names, types: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.names = names
        self._sources, self._types = project.sources, types

    def column(self, node: LineageNode) -> tuple[Name, str]:
        """A source's column: its dataset, and its name in the data."""
        return self.names.source(self._sources[node.source]), node.renamed_from or node.column

    def sources(self, used: Iterable[str]) -> list[InputDataset]:
        """What sources of these names read; two of one file are one dataset."""
        found: dict[Name, list[Source]] = {}
        for name in sorted(used):
            found.setdefault(self.names.source(self._sources[name]), []).append(self._sources[name])
        return [self._source(name, sources) for name, sources in found.items()]

    def times(self, used: Iterable[str], subtype: str) -> ColumnOrigins:
        """The columns that say which rows of sources are seen at a moment."""
        found: dict[tuple[Name, str], frozenset[Way]] = {}
        for name in used:
            source = self._sources[name]
            for column in (source.timestamp, source.known_at):
                if column is not None:
                    place = self.names.source(source), _in_data(source).get(column, column)
                    found[place] = frozenset([Way(subtype)])
        return found

    def _source(self, name: Name, sources: list[Source]) -> InputDataset:
        types: dict[str, str] = {}
        said: dict[str, list[str]] = {}
        for source in sources:
            in_data = _in_data(source)
            for column, arrow in self._types.get(source.name, {}).items():
                types[in_data.get(column, column)] = arrow
            for column, each in source.tags.items():
                said.setdefault(in_data.get(column, column), []).extend(sorted(each))
        unique = {column: dict.fromkeys(each) for column, each in said.items()}
        return self.read(name, types, tags(unique))

    def request(
        self,
        name: Name,
        fields: Mapping[str, RequestField],
        used: Iterable[str],
        others: Mapping[str, str] | None = None,
    ) -> InputDataset:
        """The rows in hand.

        Args:
            name: of the dataset.
            fields: of the request.
            used: those of them that are read, the time among them.
            others: types of columns that rows have besides.
        """
        types, said = dict(others or {}), {}
        for field in used:
            if field in fields:
                types[field] = str(fields[field].type)
                said[field] = sorted(fields[field].tags)
            else:
                types[field] = "timestamp[us, tz=UTC]"
        return self.read(name, types, tags(said))

    def read(
        self, name: Name, types: Mapping[str, str], facets: Mapping[str, DatasetFacet] | None = None
    ) -> InputDataset:
        """A dataset that is read."""
        known = schema(types) if types else {}
        return InputDataset(
            name.namespace,
            name.name,
            facets={**known, **data_source(name), **(facets or {})},
        )

    def written(
        self,
        name: Name,
        facets: Mapping[str, DatasetFacet],
        output: Mapping[str, OutputDatasetFacet] | None = None,
    ) -> OutputDataset:
        """A dataset that is written."""
        return OutputDataset(
            name.namespace,
            name.name,
            facets={**data_source(name), **facets},
            outputFacets=dict(output or {}),
        )


def personal_tags(columns: Iterable[str]) -> dict[str, DatasetFacet]:
    """The tag ``pii`` on columns with personal data."""
    return tags({column: [PII] for column in columns})


def _in_data(source: Source) -> dict[str, str]:
    """The names of a source's columns in its data, by those in the project."""
    return {ours: theirs for theirs, ours in source.columns.items()}
