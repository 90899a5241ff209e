"""Comparing answers with the frame: every cell is counted, and some that differ are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pyarrow as pa

from drivers.verify.answers import Answer, Answers, Replayed, Rows
from drivers.verify.report import Depth
from drivers.verify.values import Mask, Side

__all__ = ["Comparison", "Kept"]

MOST_KEPT = 200
"""Of how many cells of each feature it is found out where the two sides part."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one request some cells of which differ.

    Attributes:
        depth: how they were replayed.
        positions: in the spine, shape ``(n_rows,)``.
        differs: by feature, where it does.
        batch: the frame's cells of these rows.
        online: the answer's.
        nodes: all nodes online, computed once more.
    """

    depth: Depth
    positions: Rows
    differs: dict[str, Mask]
    batch: Side
    online: Side
    nodes: Side


class Comparison:
    """Goes through answers.

    Args:
        schema: of the features, as the training frame has them.

    Attributes:
        requests: answered, by depth.
        rows: compared, by depth.
        differing: how many cells differ, by feature.
        kept: rows to be looked into.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.requests: Counter[Depth] = Counter()
        self.rows: Counter[Depth] = Counter()
        self.differing: Counter[str] = Counter()
        self.kept: list[Kept] = []
        self._features: list[str] = schema.names
        self._answers = Answers(schema)
        self._looked_into: Counter[str] = Counter()

    @property
    def cells(self) -> int:
        """How many were compared."""
        return self.rows.total() * len(self._features)

    def add(self, positions: Rows, batch: Side, replayed: Sequence[Replayed]) -> None:
        """Compare requests whose rows are of one part of the spine.

        Args:
            positions: of the part's rows in the spine.
            batch: their cells in the frame, by feature.
            replayed: the requests, at least one.
        """
        for one in replayed:
            self.requests[one.depth] += 1
            self.rows[one.depth] += len(one.rows)
        answers = [self._answers.of(one.answer, len(one.rows)) for one in replayed]
        rows = np.concatenate([one.rows for one in replayed])
        differs = self._differs(rows, batch, answers)
        for name, mask in differs.items():
            self.differing[name] += int(mask.sum())
        if differs:
            self._keep(differs, positions, batch, list(zip(replayed, answers, strict=True)))

    def _differs(self, rows: Rows, batch: Side, answers: Sequence[Answer]) -> dict[str, Mask]:
        """Where cells differ, by feature; only of features that have such a cell."""
        online = self._answers.joined(answers)
        masks = {name: batch[name].take(rows).differs(online[name]) for name in self._features}
        start = 0
        for answer in answers:
            end = start + answer.table.num_rows
            for name in answer.wrong:
                masks[name][start:end] = True
            start = end
        return {name: mask for name, mask in masks.items() if mask.any()}

    def _keep(
        self,
        differs: dict[str, Mask],
        positions: Rows,
        batch: Side,
        answered: Sequence[tuple[Replayed, Answer]],
    ) -> None:
        wanted = self._wanted(differs)
        ends = list(accumulate(len(one.rows) for one, _ in answered))
        for (one, answer), end in zip(answered, ends, strict=True):
            some = slice(end - len(one.rows), end)
            few = np.flatnonzero(wanted[some])
            if len(few):
                kept = Kept(
                    one.depth,
                    positions[one.rows[few]],
                    {name: mask[some][few] for name, mask in differs.items()},
                    _taken(batch, one.rows[few]),
                    _taken(answer.side(), few),
                    _taken(one.nodes(), few),
                )
                self.kept.append(kept)

    def _wanted(self, differs: dict[str, Mask]) -> Mask:
        """Which rows to keep: the first ones of each feature that not enough is kept of."""
        wanted: Mask = np.zeros(len(next(iter(differs.values()))), np.bool_)
        for name, mask in differs.items():
            room = max(0, MOST_KEPT - self._looked_into[name])
            wanted[np.flatnonzero(mask)[:room]] = True
        for name, mask in differs.items():
            self._looked_into[name] += int((mask & wanted).sum())
        return wanted


def _taken(side: Side, rows: Rows) -> Side:
    return {name: values.take(rows) for name, values in side.items()}
