"""The training frame's side: its cells, and all that they were computed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from drivers.batch import BatchDriver
from drivers.fitted import to_json
from drivers.frames import TrainingFrame
from drivers.history.computed import Columns, Computed
from drivers.spine import SpineData, read_spine
from drivers.statuses import node_statuses, null_codes, null_mask
from drivers.verify.dag import Dag
from drivers.verify.values import NodeValues, Side
from onedag.dtypes import TIMESTAMP, ColumnType
from onedag.errors import SpineError
from onedag.nodes import shown_type
from onedag.planner import Origin
from onedag.service import EVENT_TIMESTAMP, FeatureService
from onedag.status import Codes

__all__ = ["Trained"]


class Trained:
    """A training frame and the rows that it was built from.

    Args:
        frame: built from ``given``.
        given: its spine: `EVENT_TIMESTAMP` and the request's fields.
        batch: what built it.

    Attributes:
        frame: the same.
        given: the same.
        dag: of the service.
        times: of the rows, microseconds.

    Raises:
        SpineError: the frame hasn't as many rows as its spine.
    """

    def __init__(self, frame: TrainingFrame, given: pa.Table, batch: BatchDriver) -> None:
        if len(frame) != given.num_rows:
            raise SpineError(
                f"The training frame of {frame.service!r} has {len(frame):,} rows, and its spine "
                f"{given.num_rows:,}: it is the frame of another spine."
            )
        self.frame = frame
        self.given = given
        self.dag = Dag.of(frame.plan)
        self.times = given[EVENT_TIMESTAMP].cast(pa.int64()).to_numpy()
        self._batch = batch

    @classmethod
    def build(cls, batch: BatchDriver, service: str | FeatureService, spine: SpineData) -> Trained:
        """The frame of a spine, from `BatchDriver.training_frame`."""
        planned = batch.plan(service)
        # All fields, those too that the plan doesn't read: a request must carry what is required.
        fields = [field for name, field in planned.fields.items() if name != EVENT_TIMESTAMP]
        given = read_spine(spine, fields, root=batch.project.root).given
        return cls(batch.training_frame(given, planned.service), given, batch)

    def features(self, rows: npt.NDArray[np.int64]) -> Side:
        """The cells of the frame, by feature.

        Args:
            rows: positions in the spine, shape ``(n_rows,)``.
        """
        table, codes = self.frame.take(rows)
        return {
            field.name: NodeValues.of(
                table[field.name], ColumnType.of_field(field), codes[field.name]
            )
            for field in table.schema
        }

    def nodes(self, rows: npt.NDArray[np.int64], names: Iterable[str]) -> Side:
        """Nodes of some rows, computed once more: of all rows at once, as the frame was.

        Args:
            rows: positions in the spine, in ascending order, shape ``(n_rows,)``.
            names: of the nodes.
        """
        plan, length = self.frame.plan, len(rows)
        nodes = [self.dag.nodes[name] for name in names]
        wanted = [node.name for node in nodes if node.origin is not Origin.FITTED]
        columns, codes = Columns(), dict[str, list[Codes]]()
        for start, computed in self._computed(wanted):
            first, end = np.searchsorted(rows, [start, start + computed.length])
            some = rows[first:end] - start
            places = pa.array(some)
            columns.add({n: (computed.columns[n].take(places), computed.types[n]) for n in wanted})
            for name, of_node in self._codes(computed, some).items():
                codes.setdefault(name, []).append(of_node)
        found = {
            name: NodeValues.of(*columns.joined(name), np.concatenate(codes[name]))
            for name in wanted
        }
        for node in plan.fitted:
            text = to_json(node, self.frame.fitted[node.name])
            found[node.name] = NodeValues.fixed(text, shown_type(node.returns), length)
        return found

    def _computed(self, wanted: Sequence[str]) -> Iterator[tuple[int, Computed]]:
        """The chunks of the frame, each with the position of its first row."""
        plan, rows = self.frame.plan, self._batch.historical_rows()
        size = rows.room.sizes.chunk_rows
        starts = range(0, max(self.given.num_rows, 1), size)
        chunks = [self.given.slice(start, size) for start in starts]
        types = {EVENT_TIMESTAMP: ColumnType(TIMESTAMP)}
        types |= {name: f.type for name, f in plan.fields.items() if name != EVENT_TIMESTAMP}
        fitted = self.frame.fitted
        return zip(starts, rows.compute(plan.training, chunks, types, wanted, fitted), strict=True)

    def _codes(self, computed: Computed, rows: npt.NDArray[np.int64]) -> dict[str, Codes]:
        """The statuses of all nodes in some rows of a chunk, as `build_frame` makes them."""
        own = {
            name: null_codes(null_mask(computed.columns[name].take(pa.array(rows))))
            for name in (*self.dag.carried(), *self.frame.features)
            if name in computed.columns
        }
        looked_up = {name: codes[rows] for name, codes in computed.statuses.items()}
        return node_statuses(self.frame.plan, own | looked_up, len(rows))
