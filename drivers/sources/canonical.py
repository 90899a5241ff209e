"""A source's rows in canonical types, with the two times of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.engines.base import EVENT, KNOWN
from drivers.sources.raw import DICTIONARY, is_text
from onedag.dtypes import TIMESTAMP, canonical_array
from onedag.durations import micros
from onedag.errors import SchemaMismatch, SourceError
from onedag.source import Source

__all__ = ["Wanted"]


class Wanted:
    """The columns that are wanted of a source, under their names in the project.

    Args:
        source: where they are.
        columns: names in the project.
        dictionaries: those of ``columns`` that may come as `DICTIONARY`.
    """

    def __init__(
        self, source: Source, columns: Sequence[str], dictionaries: Collection[str]
    ) -> None:
        self._source = source
        self._columns = tuple(dict.fromkeys(columns))
        self._dictionaries = frozenset(dictionaries)
        known_at = source.known_at or source.timestamp
        self._needed = tuple(dict.fromkeys([*self._columns, source.timestamp, known_at]))

    def _renamed(self, names: Iterable[str]) -> list[str]:
        return [self._source.columns.get(name, name) for name in names]

    def pick(self, names: Sequence[str]) -> list[str]:
        """Of the names in the data, those to read (`drivers.sources.raw.Pick`).

        Raises:
            SourceError: a column isn't there, or there twice.
        """
        renamed = self._renamed(names)
        _refuse_repeated(self._source, renamed)
        for name in self._needed:
            if name not in renamed:
                raise SourceError(
                    f"Source {self._source.name!r} has no column {name!r}. It has "
                    f"{', '.join(renamed)}."
                )
        return [names[renamed.index(name)] for name in self._needed]

    @property
    def raw_dictionaries(self) -> set[str]:
        """The names in the data of the columns that may come as `DICTIONARY`."""
        times = {self._source.timestamp, self._source.known_at}
        in_data = {new: name for name, new in self._source.columns.items()}
        return {in_data.get(name, name) for name in self._dictionaries - times}

    def tables(self, batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Each batch with canonical types and times, in one schema, which the first one sets.

        Raises:
            SourceError: a value or a time that has no place.
        """
        first, schema = 0, None
        for batch in batches:
            batch = batch.rename_columns(self._renamed(batch.column_names))
            table = self._table(batch, schema, first)
            schema, first = schema or table.schema, first + table.num_rows
            yield table
        if schema is not None and not first:
            self._refuse_untyped(schema)

    def _refuse_untyped(self, schema: pa.Schema) -> None:
        untyped = [field.name for field in schema if pa.types.is_null(field.type)]
        if untyped:
            raise SourceError(
                f"Source {self._source.name!r} has no rows, and its column {untyped[0]!r} no "
                f"type. Give it one, for example with astype()."
            )

    def _table(self, batch: pa.Table, schema: pa.Schema | None, first: int) -> pa.Table:
        targets = {name: schema.field(name).type for name in self._columns} if schema else {}
        try:
            arrays = {
                name: self._array(batch[name], name, targets.get(name)) for name in self._columns
            }
        except SchemaMismatch as error:
            raise SourceError(str(error)) from error
        return pa.table({**arrays, **_times(self._source, batch, first)})

    def _array(
        self, array: pa.ChunkedArray, name: str, target: pa.DataType | None
    ) -> pa.ChunkedArray:
        wanted = name in self._dictionaries and pa.types.is_dictionary(array.type)
        if target == DICTIONARY or (target is None and wanted and is_text(array.type)):
            return _as_dictionary(array)
        array = canonical_array(array, f"Column {name!r} of source {self._source.name!r}")
        # Only nulls without a type can have another one than the whole data.
        return array if target is None else array.cast(target)


def _as_dictionary(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as `DICTIONARY`, its dictionary kept where it has one without nulls."""
    chunks = [_chunk_as_dictionary(chunk) for chunk in array.chunks]
    return pa.chunked_array(chunks, DICTIONARY)


def _chunk_as_dictionary(chunk: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(chunk.type):
        return chunk.cast(pa.string()).dictionary_encode()
    if chunk.dictionary.null_count:
        return chunk.cast(chunk.type.value_type).cast(pa.string()).dictionary_encode()
    if chunk.type == DICTIONARY:
        return chunk
    return pa.DictionaryArray.from_arrays(
        chunk.indices.cast(pa.int32()), chunk.dictionary.cast(pa.string())
    )


def _refuse_repeated(source: Source, names: Sequence[str]) -> None:
    """Raises SourceError where two columns have one name."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SourceError(
            f"Source {source.name!r} has more than one column named {', '.join(repeated)} (after "
            f"renaming). Give each its own name with columns=."
        )


def _times(source: Source, table: pa.Table, first: int) -> Mapping[str, pa.ChunkedArray]:
    event = _timestamps(source, table, source.timestamp, first)
    if event.null_count:
        row = first + pc.index(pc.is_null(event), True).as_py()
        raise SourceError(
            f"Source {source.name!r}: {event.null_count} of the first {first + len(event)} rows "
            f"have no {source.timestamp!r}, the first of them row {row} (from 0). A row without a "
            f"time can't be placed in history: leave such rows out of the data."
        )
    event_us = event.cast(pa.int64())
    if source.known_at is not None:
        known = _timestamps(source, table, source.known_at, first)
        return {EVENT: event_us, KNOWN: known.cast(pa.int64())}
    if source.delay is None:
        return {EVENT: event_us, KNOWN: event_us}
    try:
        return {EVENT: event_us, KNOWN: pc.add_checked(event_us, micros(source.delay))}
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"Source {source.name!r}: an event time plus the delay {source.delay} is beyond what a "
            f"timestamp can hold. Shorten the delay."
        ) from error


def _timestamps(source: Source, table: pa.Table, name: str, first: int) -> pa.ChunkedArray:
    what = f"Column {name!r} of source {source.name!r}"
    array = table[name]
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_null(array.type):
        return array.cast(TIMESTAMP)
    if is_text(array.type):
        return _parsed(array, what, first)
    if not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
        raise SourceError(
            f"{what} is {array.type}, not a timestamp. Convert it where the rows are written: a "
            f"number doesn't say its unit."
        )
    try:
        return canonical_array(array, what)
    except SchemaMismatch as error:
        raise SourceError(str(error)) from error


def _parsed(array: pa.ChunkedArray, what: str, first: int) -> pa.ChunkedArray:
    texts = array.to_pandas()
    parsed = _moments(texts)
    wrong = parsed.isna() & texts.notna()
    if wrong.any():
        # One text with nanoseconds, and pandas has no time after 2262 for all of them.
        parsed = parsed.where(~wrong, _moments(texts[wrong]))
        wrong &= parsed.isna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise SourceError(
            f"{what}: {texts.iloc[row]!r} at row {first + row} (from 0) isn't an ISO 8601 "
            f"timestamp."
        )
    return pa.chunked_array([pa.array(parsed)]).cast(TIMESTAMP)


def _moments(texts: pd.Series) -> pd.Series:
    parsed = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    return parsed.dt.as_unit("us")
