"""Where each value of an answer came from: the plan's word, and what the store said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.serving.compiled import CompiledService, fitted_of
from drivers.serving.lookup import LookUp, ViewReader
from drivers.serving.provenance import Provenance
from drivers.serving.vectors import FeatureVectors
from drivers.stored.packing import times_of
from onedag.numpy_series import part, to_list
from onedag.planner import Origin
from onedag.status import Status, of_codes

__all__ = ["NodeOrigin", "Origins", "StoredValue", "origins_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NodeOrigin:
    """Where the values of one name come from, whatever the row.

    Attributes:
        origin: the request, the store, the training run, or a function.
        inputs: of a function, what it takes; of a stored value, the join keys it is looked up by;
            nothing of a field or of a fitted value.
        view: of a stored value, the view that it is kept in; None of others.
    """

    origin: Origin
    inputs: tuple[str, ...] = ()
    view: str | None = None


@dataclass(frozen=True, slots=True)
class StoredValue:
    """What the store had for one row.

    Attributes:
        value: as the functions saw it: None where it is null or too old.
        status: why it is there, or isn't.
        event_ts: event time of the newest row of the source behind it, aware UTC; None where
            nothing is known of the key.
        known_ts: when that row became known, likewise.
        as_of: the newest materialization of its view: the value was true then. None where the
            store wasn't read.
    """

    value: Any
    status: Status
    event_ts: datetime | None
    known_ts: datetime | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the values of some rows came from.

    Attributes:
        nodes: by name, of the features and of all that they are made of below the boundary.
        fitted: the fitted values of the run, by name.
        stored: for each row its stored values, by name.
        event_timestamps: each row's time, aware UTC; empty where no time matters.
    """

    nodes: Mapping[str, NodeOrigin]
    fitted: Mapping[str, Any]
    stored: list[dict[str, StoredValue]]
    event_timestamps: list[datetime]


def origins_of(vectors: FeatureVectors) -> Origins:
    """Where the values of an answer came from.

    Args:
        vectors: as the driver gave them, or a part of them; not from another process.

    Raises:
        ValueError: they have come from another process.
    """
    made_of = vectors.made_of
    if made_of is None:
        raise ValueError("What these vectors were made of has stayed in the process that made them")
    compiled, rows = made_of.compiled, slice(vectors.first, vectors.first + len(vectors))
    was_read = vectors.store_error is None
    return Origins(
        _nodes(compiled),
        fitted_of(compiled.plan, compiled.run),
        _stored(made_of, rows, was_read),
        [_time(event) for event in made_of.event[rows].tolist()],
    )


def _nodes(compiled: CompiledService) -> dict[str, NodeOrigin]:
    cut = compiled.plan.serving
    nodes = {name: NodeOrigin(origin) for name, origin in cut.origins.items()}
    for view in cut.views:
        of_view = NodeOrigin(Origin.STORE, view.join_keys, view.name)
        nodes.update((feature.name, of_view) for feature in view.features)
    for step in cut.steps:
        inputs = tuple(name for name in step.inputs if name in cut.origins)
        nodes[step.name] = NodeOrigin(Origin.COMPUTED, inputs)
    return nodes


def _stored(made_of: Provenance, rows: slice, was_read: bool) -> list[dict[str, StoredValue]]:
    found: list[dict[str, StoredValue]] = [{} for _ in range(rows.stop - rows.start)]
    for reader, view in zip(made_of.compiled.readers, made_of.views, strict=True):
        as_of = _time(reader.record.as_of) if was_read else None
        for name, values in _values(reader, view, rows, as_of):
            for row, value in zip(found, values, strict=True):
                row[name] = value
    return found


def _values(
    reader: ViewReader, view: LookUp, rows: slice, as_of: datetime | None
) -> Iterator[tuple[str, list[StoredValue]]]:
    """The values of each feature of a view."""
    times = [
        (None, None) if gone or blob is None else tuple(map(_time, times_of(blob)[:2]))
        for blob, gone in zip(view.blobs[rows], view.absent[rows].tolist(), strict=True)
    ]
    for feature, column, codes in zip(
        reader.view.features, view.columns, view.codes(), strict=True
    ):
        values = to_list(part(column, rows.start, rows.stop))
        statuses = of_codes(codes[rows])
        yield (
            feature.name,
            [
                StoredValue(value, status, event, known, as_of)
                for value, status, (event, known) in zip(values, statuses, times, strict=True)
            ],
        )


def _time(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
