"""Building a training frame: a spine's rows, and the features of each as of its time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from drivers.fitted import normalised
from drivers.frames import FrameChunks, Sample, TrainingFrame
from drivers.history.chunks import Chunks
from drivers.history.rows import HistoricalRows
from drivers.request import refuse_changed_values
from drivers.spine import SpineReader
from drivers.statuses import feature_statuses, null_codes, null_mask
from onedag.dtypes import ColumnType
from onedag.errors import MissingInput, SchemaMismatch, SpineError, UnknownName
from onedag.planner import Origin, Plan
from onedag.service import EVENT_TIMESTAMP

__all__ = ["build_frame", "checked_fitted", "new_run_id"]


def build_frame(
    planned: Plan,
    spine: SpineReader,
    rows: HistoricalRows,
    run_id: str,
    now: datetime,
    snapshot: str,
    fitted: Mapping[str, Any] | None,
) -> TrainingFrame:
    """See `drivers.batch.BatchDriver.training_frame`."""
    features = planned.service.features
    if clash := sorted(set(spine.keep) & set(features)):
        raise SpineError(f"keep= names {', '.join(clash)}, which the frame has as features.")
    given, kept = Chunks(rows.room), Chunks(rows.room)
    for table, carried in spine:
        refuse_changed_values(planned.service, table)
        given.append(table)
        kept.append(carried)
    computation = rows.compute(planned.training, given, spine.types, features, fitted)
    rows.forget_histories()
    chunks = FrameChunks(rows.room, features)
    sample = Sample(_inputs(planned))
    for computed, carried in zip(computation, kept, strict=True):
        columns = {name: computed.columns[name] for name in (*spine.types, *features)}
        own = {name: null_codes(null_mask(column)) for name, column in columns.items()}
        codes = feature_statuses(planned, own | computed.statuses, computed.length)
        sample.add(computed.columns, computed.length)
        chunks.append(carried, computed.columns, computed.types, codes)
    frame = TrainingFrame(
        plan=planned,
        run_id=run_id,
        created_at=now,
        snapshot=snapshot,
        fitted=dict(computation.fitted),
        inputs=pa.schema([column.field(n) for n, column in computation.inputs.items()]),
        called_per_window=computation.called,
        _chunks=chunks,
        _sample=sample,
        _index=spine.index,
    )
    for field in frame.schema:
        _refuse_unservable(field.name, ColumnType.of_field(field))
    return frame


def new_run_id(planned: Plan, now: datetime) -> str:
    """The id of a training run that begins now; another one each time."""
    return f"{planned.service.name}-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def _inputs(planned: Plan) -> list[str]:
    """What is given and looked up for a request."""
    origins = planned.serving.origins.items()
    names = [name for name, origin in origins if origin in (Origin.REQUEST, Origin.STORE)]
    return list(dict.fromkeys([EVENT_TIMESTAMP, *names]))


def checked_fitted(planned: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    """Given fitted values in the form of their annotations; all of them, and no others."""
    nodes = {node.name: node for node in planned.fitted}
    for name in values:
        if name not in nodes:
            raise UnknownName.among("fitted value", name, nodes)
    if lacking := [name for name in nodes if name not in values]:
        raise MissingInput(
            f"fitted= lacks {', '.join(lacking)} of service {planned.service.name!r}. Give all of "
            f"its fitted values, such as the `fitted` of its training frame, or none."
        )
    return {name: normalised(node, values[name]) for name, node in nodes.items()}


def _refuse_unservable(name: str, column: ColumnType) -> None:
    nested = pa.types.is_nested(column.arrow) or pa.types.is_binary(column.arrow)
    if nested or pa.types.is_dictionary(column.arrow):
        raise SchemaMismatch(
            f"Feature {name!r} is {column}, which differs with the rows it is computed for: a "
            f"category's codes do. Return a number, a bool, a str or a timestamp."
        )
