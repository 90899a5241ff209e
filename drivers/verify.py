"""`verify`: measure that batch and online give the same cells.

Each sampled row of a spine is replayed as a request against a store that holds what was
materialized as of that row's time, through the real packing, the real store protocol and the real
online driver. Its vector is compared with the row of the training frame: values bit for bit, dtypes
and statuses included. Nothing is cast or rounded before it is compared.

What is stored of many rows' keys, each as of the row's own time, is computed in one pass over
history. Because that pass shares the engine with the training frame, some rows are also replayed
against a whole `materialize` of their moment, as a job would have done it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from drivers.batch import BatchDriver
from drivers.frames import TrainingFrame
from drivers.history.rows import HistoricalRows
from drivers.online import OnlineDriver
from drivers.serving.vectors import FeatureVectors
from drivers.spine import SpineData, read_spine
from drivers.stored.materialize import pack_values
from drivers.stored.packing import NO_TIME
from drivers.stored.records import ViewRecord
from drivers.stores import Writer
from drivers.stores.memory import MemoryStore
from onedag.dtypes import TIMESTAMP
from onedag.durations import micros
from onedag.planner import Plan, View
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.status import Codes, of_codes

__all__ = ["Difference", "VerifyReport", "verify"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that differs.

    Attributes:
        row: position in the spine.
        event_timestamp: of that row.
        feature: its column.
        batch: the training frame's value, with dtype and status.
        online: the online driver's, likewise.
    """

    row: int
    event_timestamp: datetime
    feature: str
    batch: str
    online: str

    def __str__(self) -> str:
        return (
            f"row {self.row} ({self.event_timestamp:%Y-%m-%d %H:%M:%S}), {self.feature}: "
            f"batch {self.batch}, online {self.online}"
        )


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` saw.

    Attributes:
        service: its name.
        rows: replayed, each as of its own time.
        whole: replayed once more against whole materializations of their moments.
        cells: compared.
        differences: the cells that differ.
    """

    service: str
    rows: int
    whole: int
    cells: int
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """Whether no cell differs."""
        return not self.differences

    def __str__(self) -> str:
        found = f"{len(self.differences):,} of {self.cells:,} cells differ"
        told = "\n".join(f"  {difference}" for difference in self.differences[:20])
        return (
            f"{self.service}: {self.rows:,} rows replayed as of their times, {self.whole} of them "
            f"also against whole materializations: {found}." + (f"\n{told}" if told else "")
        )


def verify(
    project: Project,
    service: str | FeatureService,
    spine: SpineData,
    *,
    rows: int = 1000,
    whole: int = 3,
    seed: int = 0,
) -> VerifyReport:
    """Replay rows of a spine as requests and compare every cell with the training frame.

    Args:
        project: its store is left alone; a fresh one in memory is used.
        service: its name or itself.
        spine: as for `BatchDriver.training_frame`.
        rows: how many rows to replay, drawn evenly at random; all if there are fewer.
        whole: how many of them to replay against a whole materialization as well.
        seed: of the drawing.
    """
    store = MemoryStore()
    with BatchDriver(project, store=store) as batch:
        planned = batch.plan(service)
        # All fields, those too that the plan doesn't read: a request must carry what is required.
        fields = [field for name, field in planned.fields.items() if name != EVENT_TIMESTAMP]
        given = read_spine(spine, fields, root=project.root).given
        frame = batch.training_frame(given, planned.service)
        batch.publish(frame)
    drawn = np.random.default_rng(seed).permutation(len(frame))[:rows]
    times = given[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
    chosen = drawn[np.argsort(times[drawn], kind="stable")]
    replayed = _replay(project, planned, given.take(pa.array(chosen)), store)
    few = chosen[np.linspace(0, len(chosen) - 1, min(whole, len(chosen))).astype(np.int64)]
    repeated = [_replay_whole(project, frame, given.slice(i, 1)) for i in few.tolist()]
    positions = np.concatenate([chosen, few])
    differences = _differences(frame, times, positions, [*replayed, *repeated])
    cells = len(positions) * len(frame.features)
    return VerifyReport(frame.service, len(chosen), len(few), cells, tuple(differences))


def _replay(
    project: Project, planned: Plan, rows: pa.Table, store: MemoryStore
) -> list[FeatureVectors]:
    """Requests in the order of time, the store moving on with them."""
    with BatchDriver(project, store=store) as batch:
        history = batch.historical_rows()
        stored = [_Stored(view, rows, history) for view in planned.serving.views]
    with store.write() as writer:
        for view in stored:
            writer.put(*view.record.entries(), view.record.as_of)
    vectors = []
    online = OnlineDriver(project, store=store)
    for position, row in enumerate(rows.to_pylist()):
        with store.write() as writer:
            for view in stored:
                view.put(position, writer)
        vectors.append(online.features(planned.service, row))
    return vectors


class _Stored:
    """What a view's materializations would have stored of each row's key at the row's time."""

    def __init__(self, view: View, rows: pa.Table, history: HistoricalRows) -> None:
        self.name = view.name
        times = rows[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        ticks = times if view.refresh is None else times - times % micros(view.refresh)
        at = pa.array(ticks).cast(pa.timestamp("us")).cast(TIMESTAMP)
        moments = rows.select(list(view.join_keys)).append_column(EVENT_TIMESTAMP, at)
        packed = pack_values(view, history, moments)
        first = int(ticks.min(initial=0))
        self.record = ViewRecord(packed.layout, first, 0, packed.nothing, whole_as_of=first)
        self._ticks, self._packed = ticks, packed
        self._known = packed.layout.unpack_all([packed.nothing, *packed.blobs]).event[1:] != NO_TIME

    def put(self, position: int, writer: Writer) -> None:
        """Store the value of one row's key, if the key has history by then."""
        key, blob = self._packed.keys[position], self._packed.blobs[position]
        if key is not None and self._known[position]:
            writer.put([key], [blob], int(self._ticks[position]))


def _replay_whole(project: Project, frame: TrainingFrame, row: pa.Table) -> FeatureVectors:
    """One request against everything that a job would have materialized at its time."""
    store = MemoryStore()
    request = row.to_pylist()[0]
    with BatchDriver(project, store=store) as batch:
        batch.publish(frame)
        views = [view.name for view in frame.plan.serving.views]
        batch.materialize(as_of=request[EVENT_TIMESTAMP], views=views)
    return OnlineDriver(project, store=store).features(frame.plan.service, request)


def _differences(
    frame: TrainingFrame,
    times: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int64],
    vectors: Sequence[FeatureVectors],
) -> Iterator[Difference]:
    if not vectors:
        return
    online = pa.concat_tables([vector.table for vector in vectors])
    batch = frame.table.select(list(frame.features)).take(pa.array(positions))
    batch_codes = frame.status_codes()
    for name in frame.features:
        codes = batch_codes[name][positions]
        online_codes = np.concatenate([vector.codes[name] for vector in vectors])
        differs = codes != online_codes
        if batch.schema.field(name).equals(online.schema.field(name)):
            differs |= _bits_differ(batch[name], online[name])
        else:
            differs[:] = True
        for index in np.flatnonzero(differs).tolist():
            yield Difference(
                int(positions[index]),
                _EPOCH + timedelta(microseconds=int(times[positions[index]])),
                name,
                _shown(batch[name], index, codes),
                _shown(online[name], index, online_codes),
            )


def _bits_differ(left: pa.ChunkedArray, right: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    nulls = pc.not_equal(pc.is_null(left), pc.is_null(right))
    if pa.types.is_floating(left.type):  # -0.0 isn't 0.0 here, and NaN equals itself
        bits = f"i{left.type.bit_width // 8}"
        a, b = (np.asarray(pc.fill_null(x, 0).to_numpy()).view(bits) for x in (left, right))
        values = pa.array(a != b)
    elif pa.types.is_null(left.type):
        return np.zeros(len(left), np.bool_)
    else:
        values = pc.fill_null(pc.not_equal(left, right), False)
    return np.asarray(pc.or_(nulls, values).to_numpy())


def _shown(column: pa.ChunkedArray, index: int, codes: Codes) -> str:
    status = of_codes(codes[index : index + 1])[0]
    return f"{column[index].as_py()!r} ({column.type}, {status})"
