"""Reading a few rows of each source, whatever its size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from drivers.check.choosing import blocks, evenly
from drivers.engines import EVENT, KNOWN
from drivers.sources import BATCH_ROWS, SourceReader
from drivers.spine import SpineData
from onedag.errors import OnedagError, SpineError
from onedag.source import Source

__all__ = ["SampledReader", "some_of_spine"]

READ_ROWS = 1 << 17
"""So many rows of a source are looked at to find some among them, each time it is read."""
_BLOCKS, _BLOCK_ROWS = 8, 256
_SPINE_GROUPS = 8
_TIMES = (EVENT, KNOWN)


class SampledReader(SourceReader):
    """A reader for which each source has a few rows only, and one that can't be read no columns.

    Attributes:
        broken: what is wrong with sources that can't be opened, by name.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.broken: dict[str, OnedagError] = {}
        self._parts: dict[str, pa.Table] = {}

    def columns(self, sources: Iterable[Source]) -> dict[str, tuple[str, ...]]:
        """The column names of each source that can be opened."""
        found: dict[str, tuple[str, ...]] = {}
        for source in sources:
            if source.name in self.broken:
                continue
            try:
                found |= super().columns([source])
            except OnedagError as error:
                self.broken[source.name] = error
        return found

    def part(self, source: Source, columns: Sequence[str]) -> pa.Table:
        """Up to `READ_ROWS` rows, as `SourceReader.some` gives them; the same for all columns.

        Raises:
            SourceError: it can't be read.
        """
        known = self._parts.get(source.name)
        missing = [n for n in columns if known is None or n not in known.column_names]
        if known is None or missing:
            names = [] if known is None else [n for n in known.column_names if n not in _TIMES]
            known = self.some(source, [*names, *missing], READ_ROWS)
            self._parts[source.name] = known
        return known.select([*dict.fromkeys(columns), *_TIMES])

    def batches(
        self,
        source: Source,
        columns: Sequence[str],
        rows: int = BATCH_ROWS,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        """Some of the rows, in one table: history as a computation over it finds it."""
        yield blocks(self.part(source, columns), _BLOCKS, _BLOCK_ROWS).combine_chunks()

    def row_count(self, source: Source) -> int | None:
        """Unknown, but few."""
        return None


def some_of_spine(data: SpineData, root: Path) -> SpineData:
    """Some rows of a spine, where it is a file of which a part can be read.

    Raises:
        SpineError: it can't be read.
    """
    if not isinstance(data, str | Path):
        return data
    path = root / data
    if path.suffix.lower() == ".csv":
        return data
    try:
        return ds.dataset(path).head(READ_ROWS) if path.is_dir() else _some_of_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise SpineError(f"The spine {path} can't be read: {error}") from error


def _some_of_parquet(path: Path) -> pa.Table:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        groups = evenly(file.num_row_groups, _SPINE_GROUPS).tolist()
        rows = READ_ROWS // max(len(groups), 1)
        firsts = [next(file.iter_batches(rows, row_groups=[group]), None) for group in groups]
        return pa.Table.from_batches([b for b in firsts if b is not None], file.schema_arrow)
