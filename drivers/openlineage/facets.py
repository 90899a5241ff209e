"""OpenLineage's facets of datasets, as the client's own classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import TypeAlias

from openlineage.client.facet_v2 import (
    DatasetFacet,
    OutputDatasetFacet,
    column_lineage_dataset,
    dataset_type_dataset,
    dataset_version_dataset,
    datasource_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    tags_dataset,
)

from drivers.openlineage.columns import Way
from drivers.openlineage.naming import Name

__all__ = [
    "ColumnOrigins",
    "column_lineage",
    "data_source",
    "kind_of",
    "producer",
    "schema",
    "statistics",
    "tags",
    "version_of",
]

ColumnOrigins: TypeAlias = Mapping[tuple[Name, str], frozenset[Way]]
"""The datasets and columns that a column comes from, and how."""


def producer() -> str:
    """What makes the events, as a package URL."""
    return f"pkg:pypi/onedag@{version('onedag')}"


def schema(
    types: Mapping[str, str], descriptions: Mapping[str, str] | None = None
) -> dict[str, DatasetFacet]:
    """The columns of a dataset: Arrow types by name, in order."""
    said = descriptions or {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(
            name=name,
            type=None if arrow == "unknown" else arrow,
            description=said.get(name) or None,
            ordinal_position=position,
            fields=None,
        )
        for position, (name, arrow) in enumerate(types.items(), start=1)
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields=fields, producer=producer())}


def data_source(name: Name) -> dict[str, DatasetFacet]:
    """Where a dataset is."""
    facet = datasource_dataset.DatasourceDatasetFacet(
        name=name.namespace, uri=name.uri, producer=producer()
    )
    return {"dataSource": facet}


def column_lineage(
    fields: Mapping[str, ColumnOrigins], whole: ColumnOrigins | None = None
) -> dict[str, DatasetFacet]:
    """Where the columns of an output come from.

    Args:
        fields: by output column.
        whole: what says which rows there are, whatever the column.
    """
    facet = column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            name: column_lineage_dataset.Fields(inputFields=_input_fields(origins))
            for name, origins in fields.items()
            if origins  # what comes from nothing has none
        },
        dataset=_input_fields(whole) if whole else None,
        producer=producer(),
    )
    return {"columnLineage": facet}


def _input_fields(origins: ColumnOrigins) -> list[column_lineage_dataset.InputField]:
    return [
        column_lineage_dataset.InputField(
            namespace=name.namespace,
            name=name.name,
            field=field,
            transformations=[
                column_lineage_dataset.Transformation(
                    type=way.type, subtype=way.subtype, masking=way.masking
                )
                for way in sorted(ways)
            ],
        )
        for (name, field), ways in sorted(origins.items(), key=lambda item: item[0])
    ]


def tags(said: Mapping[str, Iterable[str]]) -> dict[str, DatasetFacet]:
    """Tags of columns, such as ``pii``; no facet where there are none."""
    found = [
        tags_dataset.TagsDatasetFacetFields(key=tag, value="true", source="ONEDAG", field=column)
        for column, each in said.items()
        for tag in each
    ]
    if not found:
        return {}
    return {"tags": tags_dataset.TagsDatasetFacet(tags=found, producer=producer())}


def version_of(text: str) -> dict[str, DatasetFacet]:
    """Which version of a dataset is read or written."""
    facet = dataset_version_dataset.DatasetVersionDatasetFacet(text, producer=producer())
    return {"version": facet}


def kind_of(text: str) -> dict[str, DatasetFacet]:
    """What a dataset is, such as ``MODEL``."""
    return {"datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(text, producer=producer())}


def statistics(rows: int, size: int | None = None) -> dict[str, OutputDatasetFacet]:
    """How many rows and bytes were written."""
    facet = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows, size=size, producer=producer()
    )
    return {"outputStatistics": facet}
