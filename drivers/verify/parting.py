"""From the kept rows to a report: where the two sides part, and what differs because of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from drivers.verify.attribution import Attribution, Parting
from drivers.verify.comparison import Comparison, Kept
from drivers.verify.report import Depth, Difference, NodeReport, VerifyReport
from drivers.verify.training import Trained
from drivers.verify.values import RAISED, Side
from drivers.verify.watch import Watch

__all__ = ["report_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXAMPLES = 3


def report_of(trained: Trained, comparison: Comparison, watch: Watch) -> VerifyReport:
    """The report of all that was compared."""
    with watch.stage("attribution"):
        differences = tuple(_differences(trained, comparison.kept))
    return VerifyReport(
        service=trained.frame.service,
        run_id=trained.frame.run_id,
        spine_rows=len(trained.frame),
        rows=comparison.rows[Depth.JOINT],
        requests=comparison.requests[Depth.JOINT],
        singly=comparison.rows[Depth.SINGLY],
        whole=comparison.rows[Depth.WHOLE],
        cells=comparison.cells,
        differing=dict(comparison.differing),
        looked_into=len(differences),
        nodes=tuple(_node_reports(differences)),
        differences=differences,
        seconds=watch.seconds,
    )


def _differences(trained: Trained, kept: Sequence[Kept]) -> Iterator[Difference]:
    """The kept cells that differ, each with the node at which the two sides part.

    The nodes of the training frame's side are computed once more, the whole spine at once.
    """
    if not kept:
        return
    features = dict.fromkeys(name for one in kept for name in one.differs)
    upstream = {name for feature in features for name in trained.dag.upstream(feature)}
    positions = np.unique(np.concatenate([one.positions for one in kept]))
    nodes = trained.nodes(positions, [name for name in trained.dag.nodes if name in upstream])
    for one in kept:
        places = np.searchsorted(positions, one.positions)
        again = {name: values.take(places) for name, values in nodes.items()}
        yield from _Rows(trained, one, again).differences()


class _Rows:
    """The kept rows of one request.

    Args:
        trained: the frame's side.
        kept: the rows.
        batch: all nodes of the frame's side, of these rows.
    """

    def __init__(self, trained: Trained, kept: Kept, batch: Side) -> None:
        self._trained = trained
        self._kept = kept
        self._attribution = Attribution(trained.dag, batch, kept.nodes)
        self._then = Attribution(trained.dag, kept.batch, kept.online)

    def differences(self) -> Iterator[Difference]:
        """Feature by feature."""
        kept, times = self._kept, self._trained.times
        for feature, differs in kept.differs.items():
            rows = np.flatnonzero(differs)
            nodes = self._attribution.first(rows, feature)
            for row, node in zip(rows.tolist(), nodes, strict=True):
                position = int(kept.positions[row])
                yield Difference(
                    position,
                    _EPOCH + timedelta(microseconds=int(times[position])),
                    feature,
                    kept.depth,
                    kept.batch[feature].cell(row),
                    kept.online[feature].cell(row),
                    self._parting(feature, row, node),
                )

    def _parting(self, feature: str, row: int, node: str | None) -> Parting:
        if node is None and self._kept.online[feature].dtype == RAISED:
            node = self._attribution.first(np.array([row]))[0]  # it took all features with it
        if node is not None:
            return self._attribution.parting(node, row)
        # Both sides computed again agree: what gave other values the first time is the feature, or
        # something that it comes from and that was shown to nobody then.
        first = self._then.first(np.array([row]), feature)[0] or feature
        then = self._then.parting(first, row)
        return replace(then, inputs=self._attribution.inputs(first, row), again=True)


def _node_reports(differences: Iterable[Difference]) -> list[NodeReport]:
    """The nodes at which sides part, the one with most cells first."""
    groups: dict[str, list[Difference]] = {}
    for difference in differences:
        groups.setdefault(difference.parting.node, []).append(difference)
    reports = [
        NodeReport(
            node,
            some[0].parting.origin,
            some[0].parting.view,
            len(some),
            tuple(dict.fromkeys(one.feature for one in some)),
            tuple(some[:EXAMPLES]),
        )
        for node, some in groups.items()
    ]
    return sorted(reports, key=lambda report: -report.cells)
