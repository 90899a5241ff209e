"""What a store would have held for each row at the row's own time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines import EVENT, KNOWN
from drivers.history.rows import HistoricalRows
from drivers.stored.materialize import blob_of_nothing
from drivers.stored.packing import Layout
from drivers.stored.records import ViewRecord, value_prefix
from onedag.durations import micros
from onedag.keys import encode_keys
from onedag.planner import View
from onedag.service import EVENT_TIMESTAMP

__all__ = ["StoredRows"]


class StoredRows:
    """What materializations of a view, each as of a row's time, would have stored of its key.

    One key may have another value for each row, so the key of a blob ends in the row's tag. What is
    looked up for all rows is looked up in one pass over history.

    Args:
        view: as the service reads it.
        rows: the rows in chunks, with the view's join keys and `EVENT_TIMESTAMP`.
        history: computes from the sources.

    Attributes:
        record: of the view, as if the first of the materializations had written every key.
    """

    def __init__(self, view: View, rows: Sequence[pa.Table], history: HistoricalRows) -> None:
        self._view = view
        of_view = history.history(view)
        self._layout = Layout(view.name, of_view.value_types())
        self._found = of_view.find(rows, history.engine, history.room)
        first = min((pc.min(self._ticks(table)).as_py() for table in rows if table), default=0)
        nothing = blob_of_nothing(of_view, self._layout)
        self.record = ViewRecord(self._layout, first, 0, nothing, whole_as_of=first)

    def stored(
        self, number: int, rows: pa.Table, tags: Sequence[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        """The keys and blobs of one chunk's rows, of those whose key has history by then.

        Args:
            number: of the chunk.
            rows: the chunk.
            tags: of its rows.
        """
        found = self._found.chunk(number)
        texts = encode_keys([rows[key] for key in self._view.join_keys], rows.num_rows)
        known = pc.and_(pc.is_valid(found[EVENT]), pc.is_valid(texts))
        prefix = value_prefix(self._view.name)
        texts = texts.cast(pa.binary()).combine_chunks()
        keys = pc.binary_join_element_wise(prefix, texts, pa.array(tags, pa.binary()), b"")
        ticks, found = self._ticks(rows).filter(known), found.filter(known)
        columns = {name: found[name] for name in self._layout.types}
        blobs = self._layout.pack(columns, found[EVENT], found[KNOWN], ticks)
        return zip(keys.filter(known).to_pylist(), blobs, strict=True)

    def _ticks(self, rows: pa.Table) -> pa.ChunkedArray:
        """The rows' times, or the refresh ticks at or before them, microseconds."""
        times = rows[EVENT_TIMESTAMP].cast(pa.int64())
        if self._view.refresh is None:
            return times
        values = times.to_numpy()
        return pa.chunked_array([values - values % micros(self._view.refresh)])
