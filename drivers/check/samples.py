"""Rows to try the functions of a cut on, with all that is looked up for them.

What is looked up for a row is drawn from history, and isn't that of the row's own key: a sample of
history hardly ever holds the keys of a sample of a spine. The values of one view are of one key at
one time, so they go together; those of two views need not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from drivers.check.choosing import chosen, evenly
from drivers.check.sampling import SampledReader, some_of_spine
from drivers.engines import EVENT, KNOWN, Engine
from drivers.history.chunks import Room, Sizes
from drivers.history.computed import Computed
from drivers.history.rows import HistoricalRows, timestamped
from drivers.spine import SpineData, read_spine
from onedag.dtypes import TIMESTAMP, ColumnType, to_series
from onedag.durations import micros
from onedag.planner import Cut, Plan, View
from onedag.project import Project
from onedag.service import EVENT_TIMESTAMP

__all__ = ["Sample", "Samples"]

_MOMENTS = 64
_IN_HAND = "the row in hand"


@dataclass(slots=True)
class Sample:
    """Rows in hand, with what was looked up for them.

    Attributes:
        values: by node: columns under a `pd.RangeIndex`, and fitted values as they are computed.
        length: the number of rows.
        nullable: of the columns that may be null: whether it is certain that one can be.
        together: for each column where its values come from: the row in hand, or views. What comes
            from one place goes together as it does in history.
    """

    values: dict[str, Any]
    length: int
    nullable: dict[str, bool] = field(default_factory=dict)
    together: dict[str, frozenset[str]] = field(default_factory=dict)


class Samples:
    """Samples of a project's rows.

    Args:
        project: whose sources.
        engine: where moments meet history.
        reader: of the sources.
        rows: in a sample, at most.
    """

    def __init__(self, project: Project, engine: Engine, reader: SampledReader, rows: int) -> None:
        self._project, self._reader, self._wanted = project, reader, rows
        self._history = HistoricalRows(project, engine, reader, Room(project.offline, Sizes()))

    def of_view(self, view: View, cut: Cut) -> Sample:
        """Rows of a view's source.

        Raises:
            SourceError: it can't be read.
            FunctionError: a function raised that something looked up is computed with.
        """
        names = dict.fromkeys([*view.join_keys, *cut.given])
        names.pop(EVENT_TIMESTAMP, None)
        table = self._reader.part(view.source, tuple(names))
        [rows] = timestamped([table.take(pa.array(chosen(table, self._wanted)))])
        rows = rows.drop_columns([EVENT, KNOWN])
        nullable = {n: rows[n].null_count > 0 for n in names}
        return self._filled(rows, {}, nullable, cut)

    def of_service(self, plan: Plan, data: SpineData) -> Sample:
        """Rows of a spine.

        Raises:
            SpineError: it can't be read.
            SourceError, FunctionError: as `of_view`.
        """
        cut = plan.training
        fields = [plan.fields[name] for name in cut.given if name != EVENT_TIMESTAMP]
        root = self._project.root
        spine = read_spine(some_of_spine(data, root), fields, root=root)
        rows = spine.given.take(pa.array(chosen(spine.given, self._wanted)))
        nullable = {each.name: True for each in fields if each.nullable}
        return self._filled(rows, spine.types, nullable, cut)

    def _filled(
        self,
        rows: pa.Table,
        types: Mapping[str, ColumnType],
        nullable: dict[str, bool],
        cut: Cut,
    ) -> Sample:
        values = {
            name: to_series(rows[name], types.get(name) or ColumnType(rows[name].type))
            for name in rows.column_names
        }
        here = frozenset([_IN_HAND])
        sample = Sample(values, rows.num_rows, nullable, dict.fromkeys(values, here))
        for number, view in enumerate(cut.views):
            drawn = self._drawn(view, rows.num_rows, number)
            sample.values.update(drawn)
            sample.nullable.update(dict.fromkeys(drawn, True))
            sample.together.update(dict.fromkeys(drawn, frozenset([view.name])))
        return sample

    def _drawn(self, view: View, length: int, number: int) -> dict[str, pd.Series]:
        """Values of a view for so many rows: those that some keys have when a row becomes known."""
        moments = self._moments(view)
        found = self._history.look_up(view, [moments])
        columns = {name: moments[name] for name in moments.column_names}
        computed = Computed(columns, {}, moments.num_rows)
        found.add_to(computed, 0)
        # Each view in an order of its own, so that its values meet all others.
        every = np.arange(length) % max(moments.num_rows, 1)
        places = np.random.default_rng(number).permutation(every)
        order = pa.array(places if moments.num_rows else [None] * length, pa.int64())
        return {
            feature.name: to_series(
                computed.columns[feature.name].take(order), computed.types[feature.name]
            )
            for feature in view.features
        }

    def _moments(self, view: View) -> pa.Table:
        """Join keys of rows of history, each at the time at which its row is seen."""
        [rows] = self._reader.batches(view.source, view.join_keys)
        rows = rows.take(pa.array(evenly(rows.num_rows, _MOMENTS)))
        at = pc.max_element_wise(rows[EVENT], rows[KNOWN])
        if view.refresh is not None:
            at = pc.add(at, micros(view.refresh))  # past the next tick
        times = at.cast(pa.timestamp("us")).cast(TIMESTAMP)
        return rows.drop_columns([EVENT, KNOWN]).append_column(EVENT_TIMESTAMP, times)
