"""The later rows from a frame's file, or built from a spine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from drivers.batch import BatchDriver
from drivers.drift.period import Period
from drivers.frames import TrainingFrame
from drivers.serving.compiled import fitted_of
from drivers.spine import SpineData, read_spine
from drivers.stored.records import RunRecord
from onedag.dtypes import canonical_array
from onedag.errors import DataError, SchemaMismatch
from onedag.service import EVENT_TIMESTAMP
from onedag.statistics import Portion

__all__ = ["rows_of_file", "rows_of_spine"]

BATCH_ROWS = 65_536


def rows_of_spine(
    batch: BatchDriver, run: RunRecord, spine: SpineData, period: Period
) -> TrainingFrame:
    """The features of a spine's rows, with the fitted values of the run.

    Args:
        batch: that computes them.
        run: to compare with.
        spine: as for `BatchDriver.training_frame`.
        period: of the rows' `event_timestamp`.

    Raises:
        DataError: no row is in the period.
        SchemaMismatch: the run has no such fitted values as the code; else as
            `BatchDriver.training_frame`.
    """
    planned = batch.plan(run.service)
    if period:
        names = [name for name in planned.training.given if name != EVENT_TIMESTAMP]
        fields = [planned.fields[name] for name in names]
        given = read_spine(spine, fields, root=batch.project.root).given
        spine = period.select(given, EVENT_TIMESTAMP)
        if not spine.num_rows:
            raise DataError(f"None of the spine's {given.num_rows:,} rows is {period}.")
    return batch.training_frame(spine, run.service, fitted=fitted_of(planned, run))


def rows_of_file(path: Path, features: Sequence[str], period: Period) -> Iterator[Portion]:
    """The rows of a frame that was written as Parquet, a file or a folder of files.

    Args:
        path: of the file or folder.
        features: the columns.
        period: of the file's `event_timestamp`, which it needs only if there is a bound.

    Raises:
        DataError: it can't be read, or lacks `event_timestamp`.
        SchemaMismatch: it lacks features.
    """
    times = [EVENT_TIMESTAMP] if period else []
    try:
        rows = ds.dataset(path, format="parquet")
        _refuse_missing(path, rows.schema.names, features, times)
        columns = list(dict.fromkeys([*features, *times]))
        for batch in rows.to_batches(columns=columns, batch_size=BATCH_ROWS):
            table = period.select(pa.Table.from_batches([batch]), EVENT_TIMESTAMP)
            yield pa.table({name: _plain(table[name], name) for name in features}), {}
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{path} can't be read as Parquet: {error}") from error


def _refuse_missing(
    path: Path, names: Sequence[str], features: Sequence[str], times: Sequence[str]
) -> None:
    if missing := [name for name in features if name not in names]:
        raise SchemaMismatch(
            f"{path} lacks {len(missing)} of {len(features)} features: {', '.join(missing)}. Its "
            f"columns are {', '.join(names)}."
        )
    if missing := [name for name in times if name not in names]:
        raise DataError(
            f"{path} has no column {missing[0]!r}, so its rows can't be chosen by time. Leave out "
            f"the period, or keep the column: training_frame(…, keep=[{missing[0]!r}])."
        )


def _plain(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A text in any of Arrow's types for texts as the one that frames have; a time likewise."""
    arrow = column.type
    is_text = pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow)
    if is_text or pa.types.is_dictionary(arrow) or pa.types.is_timestamp(arrow):
        return canonical_array(column, f"Feature {name!r}")
    return column
