"""The drawn rows part by part, each with a store that holds what it takes to answer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

import pyarrow as pa

from drivers.history.rows import HistoricalRows
from drivers.stores.memory import MemoryStore
from drivers.verify.answers import Replayed, Rows
from drivers.verify.replay import Replays, Row
from drivers.verify.report import Depth
from drivers.verify.stored import StoredRows
from drivers.verify.tags import tags_of
from drivers.verify.training import Trained
from drivers.verify.values import Side
from onedag.dtypes import TIMESTAMP
from onedag.errors import FunctionError, RequestError, SchemaMismatch, SpineError
from onedag.project import Project

__all__ = ["Part", "PartStore", "Parts", "as_requests"]


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the spine, while the store has their values.

    Attributes:
        positions: in the spine, shape ``(n_rows,)``.
        cells: the frame's, by feature.
        rows: as requests carry them.
        tags: of the rows.
        replays: answers them.
    """

    positions: Rows
    cells: Side
    rows: list[Row]
    tags: list[bytes]
    replays: Replays

    def replayed(self, rows: Rows, depth: Depth, trained: Trained) -> Replayed:
        """One request of some of the rows, and its answer."""
        numbers = rows.tolist()
        asked, tags = [self.rows[n] for n in numbers], [self.tags[n] for n in numbers]
        nodes = partial(self.replays.nodes, asked, tags, trained.dag)
        try:
            return Replayed(depth, rows, self.replays.answer(asked, tags), nodes)
        except (FunctionError, RequestError, SchemaMismatch) as error:
            return Replayed(depth, rows, error, nodes)


class PartStore(MemoryStore):
    """A store of one moment after the other: a part's values stand until those of the next one.

    Attributes:
        values: blobs by key. What isn't among them is read of what was written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[bytes, bytes] = {}

    def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As `Store.read`."""
        found = list(map(self.values.get, keys))
        others = [place for place, blob in enumerate(found) if blob is None]
        for place, blob in zip(others, super().read([keys[n] for n in others]), strict=True):
            found[place] = blob
        return found


class Parts:
    """Goes through rows of a spine, with what is stored of each as of its own time.

    Args:
        project: its functions and services.
        trained: the rows and their cells.
        store: with the published run of the frame.
        positions: of the rows, part by part.
        history: computes from the sources.
    """

    def __init__(
        self,
        project: Project,
        trained: Trained,
        store: PartStore,
        positions: list[Rows],
        history: HistoricalRows,
    ) -> None:
        plan = trained.frame.plan
        self._trained = trained
        self._store = store
        self._positions = positions
        self._tables = [trained.given.take(pa.array(rows)) for rows in positions]
        self._views = [StoredRows(view, self._tables, history) for view in plan.serving.views]
        with store.write() as writer:
            for view in self._views:
                writer.put(*view.record.entries(), 0)
        records = {view.record.layout.view: view.record for view in self._views}
        self._replays = Replays(project, plan.service, store, records)

    def __iter__(self) -> Iterator[Part]:
        first = 0
        for number, positions in enumerate(self._positions):
            table = self._tables[number]
            tags = tags_of(range(first, first + len(positions)))
            self._store.values = {}
            for view in self._views:
                self._store.values.update(view.stored(number, table, tags))
            cells = self._trained.features(positions)
            yield Part(positions, cells, as_requests(table), tags, self._replays)
            first += len(positions)


def as_requests(rows: pa.Table) -> list[Row]:
    """Rows of a spine as dicts of Python values.

    Raises:
        SpineError: a time that Python has no datetime for.
    """
    columns = [_listed(rows[name], name) for name in rows.column_names]
    return [dict(zip(rows.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _listed(column: pa.ChunkedArray, name: str) -> list[Any]:
    if column.type != TIMESTAMP:
        values: list[Any] = column.to_pylist()
        return values
    times = column.to_numpy().tolist()  # ten times as fast as Arrow
    try:
        return [None if time is None else time.replace(tzinfo=UTC) for time in times]
    except AttributeError as error:  # NumPy has integers for them
        raise SpineError(
            f"Column {name!r} of the spine holds a time after the year 9999 or before the first, "
            f"which no request can carry."
        ) from error
