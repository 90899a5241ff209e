"""Reading the served log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.served.folder import LogFile, log_files
from drivers.served.schema import FEATURE, REQUEST_ID, SERVED_AT, Head, is_other_format
from onedag.dtypes import TIMESTAMP
from onedag.durations import to_utc
from onedag.errors import ConfigurationError

__all__ = ["LoggedRows", "other_formats", "read_request", "read_served", "served_features"]


@dataclass(frozen=True, slots=True)
class LoggedRows:
    """Rows of one file of the log.

    Attributes:
        head: what they have in common.
        table: their columns, as `drivers.served.schema` has them.
    """

    head: Head
    table: pa.Table


def read_served(
    folder: Path,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[LoggedRows]:
    """What a log holds, file by file, oldest first. A file that is removed meanwhile is left out.

    Args:
        folder: of the log.
        service: only this one's.
        since: only what was served at this time or later; naive is UTC.
        until: only what was served before this time.
        columns: names of columns to read, all by default. One that a file lacks is left out.

    Raises:
        ConfigurationError: there is no log in the folder.
    """
    first, last = (None if t is None else to_utc(t) for t in (since, until))
    for file in _files(folder):
        if service in (None, file.service) and (last is None or file.starts < last):
            found = _rows(file, columns)
            if found is not None:
                table = _between(found.table, first, last)
                if table.num_rows:
                    yield LoggedRows(found.head, _selected(table, columns))


def other_formats(
    folder: Path,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, int]:
    """How many rows a log has that another version of onedag wrote in another format, by service.

    Args:
        folder: of the log.
        service: only this one's.
        since: only files whose earliest row was served at this time or later; naive is UTC.
        until: only files whose earliest row was served before this time.

    Raises:
        ConfigurationError: there is no log in the folder, or a file can't be read.
    """
    first, last = (None if t is None else to_utc(t) for t in (since, until))
    found: Counter[str] = Counter()
    for file in _files(folder):
        is_in = (first is None or file.starts >= first) and (last is None or file.starts < last)
        if service in (None, file.service) and is_in:
            with suppress(FileNotFoundError), _opened(file) as opened:
                if is_other_format(opened.schema_arrow):
                    found[file.service] += opened.metadata.num_rows
    return dict(found)


def read_request(folder: Path, request_id: str) -> Iterator[LoggedRows]:
    """The rows of one request, file by file.

    Args:
        folder: of the log.
        request_id: of the request.

    Raises:
        ConfigurationError: there is no log in the folder.
    """
    for file in _files(folder):
        ids = _rows(file, [REQUEST_ID])  # of most files, no more than this is read
        if ids is not None and pc.any(pc.equal(ids.table[REQUEST_ID], request_id)).as_py():
            found = _rows(file, None)
            if found is not None:
                its_own = found.table.filter(pc.equal(found.table[REQUEST_ID], request_id))
                yield LoggedRows(found.head, its_own)


def served_features(
    folder: Path,
    service: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[pa.Table]:
    """The features that a service served, as the model got them; one table for each file.

    Args:
        folder: of the log.
        service: its name.
        since: only what was served at this time or later; naive is UTC.
        until: only what was served before this time.

    Returns:
        Tables whose columns are the features, in the types and order of the run, without those
        that weren't logged. Runs may differ in their columns.

    Raises:
        ConfigurationError: there is no log in the folder.
    """
    for rows in read_served(folder, service, since, until):
        names = [name for name in rows.table.column_names if name.startswith(FEATURE)]
        yield rows.table.select(names).rename_columns([n.removeprefix(FEATURE) for n in names])


def _files(folder: Path) -> list[LogFile]:
    files = log_files(folder)
    if not files:
        raise ConfigurationError(
            f"There is no served log in {folder}. A server writes one where ONEDAG_LOG names a "
            f"folder, of the share of requests that ONEDAG_LOG_SAMPLE says (0.01 by default); rows "
            f"are there after ONEDAG_LOG_SECONDS at the latest, or when it stops."
        )
    return files


def _rows(file: LogFile, columns: Sequence[str] | None) -> LoggedRows | None:
    with suppress(FileNotFoundError), _opened(file) as opened:
        head = Head.of_schema(opened.schema_arrow)
        if head is not None:
            names = None
            if columns is not None:
                wanted = {SERVED_AT, *columns}
                names = [name for name in opened.schema_arrow.names if name in wanted]
            return LoggedRows(head, opened.read(columns=names))
    return None


@contextmanager
def _opened(file: LogFile) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(file.path) as opened:
            yield opened
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise ConfigurationError(f"{file.path} can't be read as a served log: {error}") from error


def _between(table: pa.Table, first: datetime | None, last: datetime | None) -> pa.Table:
    times = table[SERVED_AT]
    if first is not None:
        table = table.filter(pc.greater_equal(times, pa.scalar(first, TIMESTAMP)))
        times = table[SERVED_AT]
    if last is not None:
        table = table.filter(pc.less(times, pa.scalar(last, TIMESTAMP)))
    return table


def _selected(table: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    if columns is None:
        return table
    return table.select([name for name in columns if name in table.column_names])
