"""`TrainingFrame`: what a model is trained on, and all that serving must repeat."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from drivers.history.chunks import Chunks, Room
from drivers.history.computed import Types, cast
from drivers.serving.verdicts import Verdicts, judge
from drivers.stored.packing import types_of
from onedag.dtypes import TIMESTAMP, ColumnType, to_series
from onedag.errors import OfflineError
from onedag.planner import Plan
from onedag.service import EVENT_TIMESTAMP
from onedag.statistics import FrameStatistics, Portion, collect
from onedag.status import Codes, Status, of_codes

__all__ = ["FrameChunks", "Sample", "TrainingFrame"]

_STATUS = "__status/"
SAMPLED = 64
MOST_SAMPLED = 256


class FrameChunks:
    """The rows of a frame in chunks, in memory or on disk: kept columns, features and statuses.

    Args:
        room: of the chunks.
        features: in the service's order.
    """

    def __init__(self, room: Room, features: Sequence[str]) -> None:
        self._chunks = Chunks(room)
        self._features = features
        self._types = Types()
        self._kept: dict[str, pa.Field] = {}

    def append(
        self,
        kept: pa.Table,
        columns: Mapping[str, pa.ChunkedArray],
        types: Mapping[str, ColumnType],
        codes: Mapping[str, Codes],
    ) -> None:
        """Add the next rows.

        Args:
            kept: the columns carried along.
            columns: the features.
            types: theirs.
            codes: their statuses.
        """
        for name in kept.column_names:
            # Without nulls it says so, and keeps a plain dtype in pandas.
            nulls = kept[name].null_count > 0
            nulls |= name in self._kept and self._kept[name].nullable
            self._kept[name] = kept.schema.field(name).with_nullable(nulls).remove_metadata()
        self._types.add(columns, {name: types[name] for name in self._features})
        made = {name: columns[name] for name in self._features}
        statuses = {_STATUS + name: pa.array(codes[name]) for name in self._features}
        table = {name: kept[name] for name in kept.column_names} | made | statuses
        self._chunks.append(pa.table(table))

    def __len__(self) -> int:
        return self._chunks.num_rows

    def schema(self) -> pa.Schema:
        """Of the kept columns and the features, all chunks considered."""
        types = self._types.common()
        return pa.schema([*self._kept.values(), *(types[n].field(n) for n in self._features)])

    def tables(self) -> Iterator[pa.Table]:
        """The chunks in this schema."""
        return map(self._typed, self._chunks)

    def _typed(self, chunk: pa.Table) -> pa.Table:
        schema = self.schema()
        columns = [cast(chunk[field.name], field.type, field.name) for field in schema]
        return pa.table(columns, schema=schema)

    def take(self, rows: npt.NDArray[np.int64]) -> tuple[pa.Table, dict[str, Codes]]:
        """Some rows in this schema, in the order asked, and their statuses by feature.

        Args:
            rows: their numbers. A row that is asked for twice is there twice.
        """
        order = np.argsort(rows, kind="stable")
        back, start = np.empty_like(order), 0
        back[order] = np.arange(len(rows))
        pieces = []
        for chunk in self._chunks:
            first, end = np.searchsorted(rows[order], [start, start + chunk.num_rows])
            pieces.append(chunk.take(pa.array(rows[order[first:end]] - start)))
            start += chunk.num_rows
        names = [_STATUS + name for name in self._features]
        codes = pa.concat_tables([piece.select(names) for piece in pieces])
        codes = {name: codes[_STATUS + name].to_numpy()[back] for name in self._features}
        features = pa.concat_tables(map(self._typed, pieces))
        return features.take(pa.array(back)), codes

    def portions(self) -> Iterator[Portion]:
        """The chunks in this schema, each with its statuses by feature."""
        for table, chunk in zip(self.tables(), self._chunks, strict=True):
            yield table, {name: chunk[_STATUS + name].to_numpy() for name in self._features}

    def codes(self) -> dict[str, Codes]:
        """The statuses of all rows, by feature."""
        return {
            name: np.concatenate([chunk[_STATUS + name].to_numpy() for chunk in self._chunks])
            for name in self._features
        }


class Sample:
    """Some rows of what a frame's features are computed from.

    Args:
        names: of the columns.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._pieces: list[dict[str, pa.ChunkedArray]] = []

    def add(self, columns: Mapping[str, pa.ChunkedArray], length: int) -> None:
        """Take up to `SAMPLED` rows of a chunk, evenly spaced, while fewer than `MOST_SAMPLED`."""
        if len(self._pieces) * SAMPLED < MOST_SAMPLED:
            rows = np.unique(np.linspace(0, max(length - 1, 0), min(length, SAMPLED)).astype(int))
            taken = {name: columns[name].take(pa.array(rows)) for name in self._names}
            self._pieces.append(taken)

    def table(self, inputs: pa.Schema) -> pa.Table:
        """The rows, in the types of the frame's inputs."""
        types = {EVENT_TIMESTAMP: ColumnType(TIMESTAMP)} | types_of(inputs)
        schema = pa.schema([types[name].field(name) for name in self._names])
        tables = [
            pa.table([cast(piece[field.name], field.type, field.name) for field in schema], schema)
            for piece in self._pieces
        ]
        return pa.concat_tables(tables) if tables else schema.empty_table()


@dataclass(frozen=True)
class TrainingFrame:
    """One training run: exactly the rows of its spine, in their order, with the features.

    Attributes:
        plan: how it was computed.
        run_id: unique; names the run in the store and in the model.
        created_at: aware UTC.
        snapshot: id of the snapshot of the project whose code computed it.
        fitted: fitted values by function.
        inputs: types of what the features are computed from.
        called_per_window: seconds in each aggregate that wasn't recognised.
    """

    plan: Plan
    run_id: str
    created_at: datetime
    snapshot: str
    fitted: Mapping[str, Any]
    inputs: pa.Schema
    called_per_window: Mapping[str, float] = field(default_factory=dict)
    _chunks: FrameChunks = field(kw_only=True, repr=False)
    _sample: Sample = field(kw_only=True, repr=False)
    _index: pd.Index | None = field(default=None, kw_only=True, repr=False)

    @property
    def service(self) -> str:
        """The name of the service."""
        return self.plan.service.name

    @property
    def features(self) -> tuple[str, ...]:
        """The features' names, in the service's order."""
        return self.plan.service.features

    @cached_property
    def table(self) -> pa.Table:
        """The kept columns, then the features; all rows in memory."""
        return pa.concat_tables(self._chunks.tables())

    @cached_property
    def verdicts(self) -> Verdicts:
        """Which of the functions may be called on NumPy when requests are answered."""
        return judge(self.plan.serving.steps, self._sample.table(self.inputs), self.fitted)

    @cached_property
    def schema(self) -> pa.Schema:
        """The features' Arrow schema: the contract that the online driver keeps."""
        schema = self._chunks.schema()
        return pa.schema([schema.field(name) for name in self.features])

    @property
    def columns(self) -> pa.Schema:
        """The Arrow schema of the kept columns and the features."""
        return self._chunks.schema()

    @cached_property
    def statistics(self) -> FrameStatistics:
        """How the features' values lie, as later rows are compared with them."""
        return collect(self.portions, len(self), self.schema)

    def portions(self) -> Iterator[Portion]:
        """All rows, some at a time, each time with the statuses of the features."""
        return self._chunks.portions()

    def __len__(self) -> int:
        return len(self._chunks)

    def to_pandas(self) -> pd.DataFrame:
        """The frame in pandas, with the spine's index and the dtypes of `onedag.dtypes`."""
        types = types_of(self.table.schema)
        columns = {
            name: to_series(self.table[name], types[name]) for name in self.table.column_names
        }
        frame = pd.DataFrame(columns)
        if self._index is not None:
            frame.index = self._index
        return frame

    def to_parquet(self, path: str | Path) -> Path:
        """Write the frame; its path. The schema's metadata say the run, service and snapshot.

        Chunk by chunk, so that the rows needn't fit in memory. A file that was there before is
        replaced by the whole new one, or stays.

        Raises:
            OfflineError: the file can't be written.
        """
        path = Path(path)
        metadata = {
            "onedag.run_id": self.run_id,
            "onedag.service": self.service,
            "onedag.snapshot": self.snapshot,
        }
        schema = self._chunks.schema().with_metadata(metadata)
        write_parquet(path, schema, self._chunks.tables())
        return path

    def statuses(self, feature: str) -> list[Status]:
        """Why each row's value is there or not, shape ``(n_rows,)``."""
        return of_codes(self.status_codes()[feature])

    def take(self, rows: npt.NDArray[np.int64]) -> tuple[pa.Table, dict[str, Codes]]:
        """The features of some rows, in the order asked, and their statuses as codes.

        Only these rows are in memory at once, where the frame isn't.

        Args:
            rows: positions, shape ``(n,)``; one may be there twice.
        """
        table, codes = self._chunks.take(rows)
        return table.select(list(self.features)), codes

    def status_codes(self) -> dict[str, Codes]:
        """The statuses of all features as codes."""
        return self._chunks.codes()


def write_parquet(
    path: Path, schema: pa.Schema, tables: Iterable[pa.Table], what: str | None = None
) -> None:
    """Write tables as one Parquet file that is there whole or not at all.

    Args:
        path: of the file; its folder is made.
        schema: what the tables are cast to.
        tables: the rows, in order.
        what: the file's name for an error's reader; its path's last part without.

    Raises:
        OfflineError: it can't be written; nothing is left of it.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(unfinished, schema) as writer:
            for table in tables:
                writer.write_table(table.cast(schema))
        unfinished.replace(path)
    except OSError as error:
        if isinstance(error, OfflineError):
            raise
        raise OfflineError.of(what or path.name, path.parent, error) from error
    finally:
        with suppress(NotADirectoryError):  # the folder is a file, so nothing was begun there
            unfinished.unlink(missing_ok=True)
