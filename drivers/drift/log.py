"""The later rows from the log of what was served.

A log is a folder of Parquet files, ``<folder>/<service>/<run id>/*.parquet``, with a row for each
row that was answered. Read are its columns ``served_at``, when it was, ``feature.<name>``, the
values in the types of the run, and ``status.<name>``, their statuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from drivers.drift.period import Period
from drivers.stored.records import RunRecord
from onedag.errors import DataError
from onedag.statistics import Portion
from onedag.status import Codes, Status

__all__ = ["logged_features", "rows_of_log"]

_FEATURE, _STATUS, _TIME = "feature.", "status.", "served_at"
_STATUSES = pa.array([str(status) for status in Status])  # in the order of their codes


def logged_features(folder: Path, run: RunRecord) -> tuple[str, ...]:
    """The run's features that all files of its log have; a server may leave some out.

    Raises:
        DataError: the log has no rows of the run or none of its features, or can't be read.
    """
    files = list(_files(folder, run))
    if not files:
        others = sorted(path.name for path in (folder / run.service).glob("*") if path.is_dir())
        raise DataError(
            f"{folder} has no log of run {run.run_id} of service {run.service!r}. "
            + (
                f"Runs of the service that it has: {', '.join(others)}. Choose one with --run; the "
                f"rows of another run are features of other code or fitted values."
                if others
                else "Nor of another run: a server writes one where ONEDAG_LOG names a folder."
            )
        )
    names = [found for path in files if (found := _names(path))]
    common = set(run.schema.names)
    for of in names:
        common &= {name.removeprefix(_FEATURE) for name in of if name.startswith(_FEATURE)}
    if not names or not common:
        raise DataError(
            f"The log of run {run.run_id} in {folder} has no feature of it in all of its "
            f"{len(files)} files: servers were told to leave them out."
        )
    return tuple(name for name in run.schema.names if name in common)


def rows_of_log(
    folder: Path, run: RunRecord, features: Sequence[str], period: Period
) -> Iterator[Portion]:
    """The vectors that servers answered with while this run was published.

    Args:
        folder: of the log.
        run: whose rows.
        features: the columns.
        period: of the time at which rows were answered.

    Raises:
        DataError: a file can't be read. One that is removed meanwhile, to make room for newer
            ones, is left out.
    """
    for path in _files(folder, run):
        try:
            with pq.ParquetFile(path) as file:
                table = period.select(_read(file, features), _TIME)
        except FileNotFoundError:
            continue
        except (OSError, pa.ArrowInvalid) as error:
            raise _unreadable(path, error) from error
        yield _portion(table, features)


def _files(folder: Path, run: RunRecord) -> Iterator[Path]:
    found = sorted((folder / run.service / run.run_id).glob("*.parquet"))
    return (path for path in found if not path.name.startswith("."))  # an unfinished one


def _names(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except FileNotFoundError:
        return []
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable(path, error) from error


def _read(file: pq.ParquetFile, features: Sequence[str]) -> pa.Table:
    wanted = {_TIME, *(prefix + name for name in features for prefix in (_FEATURE, _STATUS))}
    return file.read(columns=[name for name in file.schema_arrow.names if name in wanted])


def _portion(table: pa.Table, features: Sequence[str]) -> Portion:
    there = [name for name in features if _FEATURE + name in table.column_names]
    told = [name for name in there if _STATUS + name in table.column_names]
    values = pa.table({name: table[_FEATURE + name] for name in there})
    return values, {name: _codes(table[_STATUS + name]) for name in told}


def _codes(statuses: pa.ChunkedArray) -> Codes:
    codes: Codes = pc.index_in(statuses.cast(pa.string()), _STATUSES).cast(pa.int8()).to_numpy()
    return codes


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} can't be read as a served log: {error}")
