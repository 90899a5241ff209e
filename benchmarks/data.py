"""Seeded data in Parquet, written once and used again.

Events lie in the order of their time, as a log has them; the spine's rows have random times and
keys, and a column that numbers them. No two times of a key are equal but by rare chance, so every
tool has the same newest row.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.agreement import ROW

__all__ = ["END", "START", "events", "folder", "profiles", "spine", "write"]

START = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=90)
END = START + SPAN
CHUNK = 1_000_000

_MICROSECOND = timedelta(microseconds=1)
_START_US = (START - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
_SPAN_US = SPAN // _MICROSECOND
_STATUSES = pa.array(["placed", "paid", "sent", "returned"])


def folder(path: Path, make: Callable[[Path], None]) -> Path:
    """A folder with what ``make`` writes into it; made only if it isn't there as a whole."""
    if not path.exists():
        unfinished = path.with_name(f"{path.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(path)
    return path


def events(rows: int, keys: int, text: bool, seed: int) -> Iterator[pa.Table]:
    """Events in chunks: `event_timestamp`, `key`, `amount`, `quantity` and `status`.

    Args:
        rows: in all chunks.
        keys: how many there are.
        text: whether a key is text or a number.
        seed: of the random numbers.
    """
    generator = np.random.default_rng(seed)
    chunks = _chunks(rows)
    for number, size in enumerate(chunks):
        low, high = (_SPAN_US * n // len(chunks) for n in (number, number + 1))
        yield pa.table(
            {
                "event_timestamp": _times(np.sort(generator.integers(low, high, size))),
                "key": _key_column(generator.integers(0, keys, size), text),
                "amount": np.round(generator.lognormal(3.0, 1.0, size), 2),
                "quantity": generator.integers(1, 10, size),
                "status": _STATUSES.take(pa.array(generator.integers(0, 4, size))),
            }
        )


def spine(rows: int, keys: int, text: bool, seed: int) -> Iterator[pa.Table]:
    """A spine in chunks: `event_timestamp`, `key`, and `ROW` from 0; arguments as for `events`."""
    generator = np.random.default_rng(seed)
    first = 0
    for size in _chunks(rows):
        yield pa.table(
            {
                "event_timestamp": _times(generator.integers(0, _SPAN_US, size)),
                "key": _key_column(generator.integers(0, keys, size), text),
                ROW: np.arange(first, first + size),
            }
        )
        first += size


def profiles(keys: int, values: Sequence[str], seed: int) -> Iterator[pa.Table]:
    """One profile of each key, and another one of some, in one chunk.

    Args:
        keys: how many there are.
        values: names of columns of floats.
        seed: of the random numbers.
    """
    generator = np.random.default_rng(seed)
    ids = np.concatenate([generator.permutation(keys), generator.integers(0, keys, keys // 2)])
    times = np.sort(generator.integers(0, _SPAN_US, len(ids)))
    columns = {name: generator.random(len(ids)) for name in values}
    yield pa.table({"event_timestamp": _times(times), "key": ids, **columns})


def _key_column(numbers: npt.NDArray[np.int64], text: bool) -> pa.Array:
    """Keys from numbers: those, or such as ``customer-00000042``."""
    array = pa.array(numbers)
    if not text:
        return array
    digits = pc.utf8_lpad(array.cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise("customer", digits, "-")


def write(tables: Iterator[pa.Table], path: Path) -> None:
    """Write chunks into one Parquet file, a row group each."""
    first = next(tables)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _chunks(rows: int) -> list[int]:
    whole, rest = divmod(rows, CHUNK)
    return [CHUNK] * whole + ([rest] if rest or not whole else [])


def _times(microseconds: npt.NDArray[np.int64]) -> pa.Array:
    return (
        pa.array(microseconds + _START_US).cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    )
