"""Rows of Parquet files, a part of a row group at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from drivers.sources.raw import DICTIONARY, Pick, is_text
from onedag.dtypes import canonical_type
from onedag.errors import SourceError
from onedag.source import Source

__all__ = ["ParquetRows"]

# A column chunk is read through a buffer of this many bytes, page by page: without it, one row
# group of 20 million rows is in memory whole.
_BUFFER_BYTES = 1 << 20
# Writers give up a dictionary that passes this size, and go on with plain values.
_DICTIONARY_BYTES = 1 << 20
_INDEX_BYTES = 3
# Row groups that are opened where some rows are asked for.
_MOST_PARTS = 8

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class _Footer:
    """What a file says about itself.

    Attributes:
        schema: its columns.
        rows: how many it has.
        groups: how many row groups.
        encoded: the columns of text that are kept as dictionaries, in all row groups.
    """

    schema: pa.Schema
    rows: int
    groups: int
    encoded: frozenset[str]


class ParquetRows:
    """The rows of Parquet files, in the order of the files.

    Args:
        source: whose files.
        paths: of the files.
        most: of rows: some row groups are left out if there are more, and the ends of others.

    Files may hold a column in different types of one canonical type (integers of 32 and 64 bits,
    times with and without a zone), or as nulls without a type.
    """

    def __init__(self, source: Source, paths: Sequence[str], most: int | None = None) -> None:
        self._source = source
        self._paths = paths
        self._most = most

    @cached_property
    def _footers(self) -> Mapping[str, _Footer]:
        return {path: self._footer(path) for path in self._paths}

    def _footer(self, path: str) -> _Footer:
        with self._reading(path), pq.ParquetFile(path) as file:
            encoded = frozenset(_encoded(file.schema_arrow, file.metadata))
            found = file.metadata
            return _Footer(file.schema_arrow, found.num_rows, found.num_row_groups, encoded)

    def names(self) -> list[str]:
        """The columns of all files, those of the first file first."""
        first, *others = (footer.schema.names for footer in self._footers.values())
        seen = set(first)
        return [*first, *dict.fromkeys(n for names in others for n in names if n not in seen)]

    def schema(self) -> pa.Schema:
        return pa.schema([self._field(name, dictionary=False) for name in self.names()])

    def count(self) -> int:
        return sum(footer.rows for footer in self._footers.values())

    def some(self, most: int) -> ParquetRows:
        """At most so many rows of these files, spread over them."""
        few = ParquetRows(self._source, self._paths, most)
        few.__dict__["_footers"] = self._footers
        return few

    def batches(self, pick: Pick, rows: int, dictionaries: Collection[str]) -> Iterator[pa.Table]:
        names = pick(self.names())
        fields = [self._field(name, name in dictionaries) for name in names]
        yield pa.schema(fields).empty_table()
        encoded = [field.name for field in fields if field.type == DICTIONARY]
        if self._most is None:
            for path in self._paths:
                with self._reading(path):
                    yield from _batches(path, names, rows, encoded)
            return
        parts = self._spread(self._most)
        each = self._most // max(len(parts), 1)
        for path, group in parts:
            with self._reading(path):
                table = next(_batches(path, names, each, encoded, [group]), None)
            if table is not None:
                yield table

    def _spread(self, most: int) -> list[tuple[str, int]]:
        """Some row groups, the first and the last among them, of some of the files."""
        paths = _evenly(self._paths, _MOST_PARTS)
        groups = [(p, g) for p in paths for g in range(self._footers[p].groups)]
        return _evenly(groups, min(most, _MOST_PARTS))

    def _field(self, name: str, dictionary: bool) -> pa.Field:
        """A column's type in the first file that has one for it.

        Raises:
            SourceError: a file lacks the column, or holds it in a type of another kind.
        """
        types = {path: self._type(path, name) for path in self._paths}
        typed = {path: kind for path, kind in types.items() if not pa.types.is_null(kind)}
        if not typed:
            return pa.field(name, pa.null())
        first, declared = next(iter(typed.items()))
        for path, kind in typed.items():
            if _kind(kind) != _kind(declared):
                raise SourceError(
                    f"Source {self._source.name!r}: column {name!r} is {declared} in {first} and "
                    f"{kind} in {path}. Write it with one type in all files."
                )
        if dictionary and all(name in self._footers[path].encoded for path in typed):
            return pa.field(name, DICTIONARY)
        return pa.field(name, declared)

    def _type(self, path: str, name: str) -> pa.DataType:
        schema = self._footers[path].schema
        index = schema.get_field_index(name)
        if index >= 0:
            return schema.types[index]
        if name in schema.names:
            raise SourceError(
                f"Source {self._source.name!r}: {path} has more than one column {name!r}. Give "
                f"each its own name where the file is written."
            )
        other = next(p for p, footer in self._footers.items() if name in footer.schema.names)
        raise SourceError(
            f"Source {self._source.name!r}: {path} has no column {name!r}, which {other} has as "
            f"{self._type(other, name)}. It has {', '.join(schema.names)}. Write it in all files, "
            f"with nulls where there is no value, or leave the file out."
        )

    @contextmanager
    def _reading(self, path: str) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise SourceError(
                f"Source {self._source.name!r}: {path} may not be read: {error}. Let this user "
                f"read it."
            ) from error
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"Source {self._source.name!r}: {path} can't be read as Parquet: {error}. If it "
                f"is damaged or only half written, write it again."
            ) from error


def _kind(arrow: pa.DataType) -> pa.DataType:
    return canonical_type(arrow) or arrow


def _encoded(schema: pa.Schema, metadata: pq.FileMetaData) -> Iterator[str]:
    """The columns of text whose dictionaries are in the file.

    Where a writer gave a dictionary up, reading one means to build it: slower than plain text by
    a factor of ten where all values differ, and as large as they are.
    """
    places = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    groups = range(metadata.num_row_groups)
    for field in schema:
        place = places.get(field.name)
        if place is not None and is_text(field.type):
            chunks = (metadata.row_group(group).column(place) for group in groups)
            if all(_has_dictionary(chunk) for chunk in chunks):
                yield field.name


def _has_dictionary(chunk: pq.ColumnChunkMetaData) -> bool:
    most = _DICTIONARY_BYTES + _INDEX_BYTES * chunk.num_values
    return bool(chunk.has_dictionary_page and chunk.total_uncompressed_size <= most)


def _evenly(things: Sequence[_Thing], wanted: int) -> list[_Thing]:
    """The first, the last and some in between; all if there are no more than wanted."""
    if len(things) <= wanted:
        return list(things)
    if wanted == 1:
        return list(things[:1])
    return [things[n * (len(things) - 1) // (wanted - 1)] for n in range(wanted)]


def _batches(
    path: str,
    names: Sequence[str],
    rows: int,
    dictionaries: Sequence[str],
    groups: Sequence[int] | None = None,
) -> Iterator[pa.Table]:
    with pq.ParquetFile(
        path,
        pre_buffer=False,
        buffer_size=_BUFFER_BYTES,
        read_dictionary=list(dictionaries),
        page_checksum_verification=True,
    ) as file:
        for batch in file.iter_batches(rows, row_groups=groups, columns=list(names)):
            yield pa.Table.from_batches([batch])
