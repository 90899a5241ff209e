"""One view's part of a request: which keys it asks the store for, and columns from the blobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drivers.statuses import expired, stored_codes
from drivers.stored.packing import NO_TIME, Unpacked
from drivers.stored.records import ViewRecord, value_prefix
from onedag.dtypes import ColumnType
from onedag.keys import encode_rows
from onedag.modifiers import Latest
from onedag.numpy_series import NumpySeries, float_columns, nulls
from onedag.planner import StoredFeature, View
from onedag.status import Codes

__all__ = ["LookUp", "ViewReader"]

FLOAT = ColumnType(pa.float64())

Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LookUp:
    """A view's values for the rows of a request.

    Attributes:
        columns: the features, in the view's order.
        absent: where nothing is known of the key, shape ``(n_rows,)``.
        stale: for each feature where its value is too old; None where it doesn't expire.
        blobs: what the store had under each row's key; of no meaning where it is absent.
    """

    columns: list[NumpySeries]
    absent: Mask
    stale: list[Mask | None]
    blobs: Sequence[bytes | None]

    def codes(self) -> list[Codes]:
        """The statuses of each feature's values, in the view's order."""
        return [
            stored_codes(nulls(column), self.absent, stale)
            for column, stale in zip(self.columns, self.stale, strict=True)
        ]


class ViewReader:
    """How a service reads one view.

    Args:
        view: with the needed features.
        record: as it was materialized.

    Attributes:
        view: the same.
        record: the same.
    """

    def __init__(self, view: View, record: ViewRecord) -> None:
        self.view = view
        self.record = record
        self._prefix = value_prefix(view.name)
        self._layout = record.layout
        self._nothing = record.nothing
        self._whole_as_of = record.whole_as_of
        names = list(record.layout.types)
        types = record.layout.types
        self._features = [
            (names.index(f.name), _known(types[f.name]), _expiring(f)) for f in view.features
        ]

    def keys(self, columns: Mapping[str, Sequence[Any]], length: int) -> list[bytes | None]:
        """The store's key of each row; None where a join key is null."""
        joins = self.view.join_keys
        if not joins:
            return [self._prefix] * length
        prefix = self._prefix
        keys = encode_rows([columns[key] for key in joins])
        return [None if key is None else prefix + key for key in keys]

    def read(
        self,
        keys: Sequence[bytes | None],
        found: Mapping[bytes | None, bytes | None],
        event: npt.NDArray[np.int64],
    ) -> LookUp:
        """The values for each row.

        Args:
            keys: of the rows.
            found: what the store has under them.
            event: the rows' times, microseconds.

        Raises:
            StoreError: a blob isn't packed as the view's record says.
        """
        return self.of_blobs([found[key] if key is not None else None for key in keys], event)

    def of_blobs(self, blobs: Sequence[bytes | None], event: npt.NDArray[np.int64]) -> LookUp:
        """The values for each row, whose blobs are at hand.

        Args:
            blobs: of the rows; None where the store has nothing.
            event: the rows' times, microseconds.

        Raises:
            StoreError: a blob isn't packed as the view's record says.
        """
        unpacked = self._unpack(blobs)
        columns: list[NumpySeries] = []
        stale: list[Mask | None] = []
        absent = unpacked.event == NO_TIME
        floats = float_columns(unpacked.floats())
        for index, column, definition in self._features:
            if definition is None and column is FLOAT:  # what nearly all are
                columns.append(floats(index))
                stale.append(None)
                continue
            null = None if unpacked.nulls is None else unpacked.nulls[index]
            old = None if definition is None else expired(unpacked.event, event, absent, definition)
            if old is not None:
                null = old if null is None else null | old
            columns.append(unpacked.column(index, null, column))
            stale.append(old)
        return LookUp(columns, absent, stale, blobs)

    def nothing(self, length: int) -> LookUp:
        """The values of rows of whose keys nothing is known."""
        none: list[bytes | None] = [None] * length
        return self.read(none, {}, np.zeros(length, np.int64))

    def _unpack(self, blobs: Sequence[bytes | None]) -> Unpacked:
        unpacked = self._layout.unpack_all([blob or self._nothing for blob in blobs])
        # A blob from before the last whole materialization is of a key without history by then.
        if unpacked.oldest >= self._whole_as_of:
            return unpacked
        gone = (unpacked.as_of < self._whole_as_of) & (unpacked.event != NO_TIME)
        if gone.any():
            left = zip(blobs, gone.tolist(), strict=True)
            return self._unpack([None if was else blob for blob, was in left])
        return unpacked


def _known(column: ColumnType) -> ColumnType:
    return FLOAT if column == FLOAT else column


def _expiring(feature: StoredFeature) -> Latest | None:
    definition = feature.definition
    if isinstance(definition, Latest) and definition.max_age is not None:
        return definition
    return None
