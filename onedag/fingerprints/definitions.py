"""What onedag's own definitions say: sources, entities, stored features, services.

What changes no value is left out, such as the tags of a source and what a service may use.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from onedag.entity import Entity
from onedag.fingerprints.tables import tell_mapping
from onedag.fingerprints.writing import Tell, Telling
from onedag.modifiers import Aggregate, Latest
from onedag.service import FeatureService
from onedag.source import Query, Source

__all__ = ["DEFINITIONS"]


def _entity(out: Telling, value: Entity) -> None:
    out.values((value.name, value.join_keys))


def _source(out: Telling, value: Source) -> None:
    out.values((value.name, value.timestamp, value.known_at, value.delay, value.key))
    tell_mapping(out, dict(sorted(value.columns.items())))
    data = value.data
    if isinstance(data, pd.DataFrame):
        out.values((str(name), repr(dtype)) for name, dtype in data.dtypes.items())
    elif isinstance(data, pa.Table):
        out.values((field.name, str(field.type)) for field in data.schema)
    elif isinstance(data, Query):
        out.value(data.sql)
        if data.database is not None:
            out.path(data.database)
    else:
        out.path(data)


def _definition(out: Telling, value: Latest | Aggregate) -> None:
    limit = value.max_age if isinstance(value, Latest) else value.over
    out.values((value.source, value.entity, limit, value.refresh))


def _service(out: Telling, value: FeatureService) -> None:
    out.values((value.name, value.features, value.request.__qualname__, value.on_store_error))


DEFINITIONS: Mapping[type, Tell] = {
    Entity: _entity,
    Source: _source,
    Latest: _definition,
    Aggregate: _definition,
    FeatureService: _service,
}
