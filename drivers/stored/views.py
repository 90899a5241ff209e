"""Several views in one materialization: which they are, and that they become visible together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from drivers.history.rows import HistoricalRows
from drivers.openlineage.silence import Storing
from drivers.stored.materialize import ViewWriter
from drivers.stored.records import ViewRecord, view_key
from drivers.stored.reports import Progress, ViewReport
from drivers.stores import Store
from onedag.errors import UnknownName
from onedag.meanings import Meanings
from onedag.planner import View
from onedag.snapshots import Snapshot

__all__ = ["ViewsWriting", "chosen_views"]


def chosen_views(available: Mapping[str, View], names: Iterable[str] | None) -> list[View]:
    """The views of some names, each once; all of them for None.

    Raises:
        UnknownName: no such view.
    """
    chosen = dict.fromkeys(available if names is None else names)
    for name in chosen:
        if name not in available:
            raise UnknownName.among("view", name, available)
    return [available[name] for name in chosen]


@dataclass(frozen=True, slots=True)
class ViewsWriting:
    """Writes views to a store.

    Attributes:
        rows: computes from the sources.
        store: that is written to.
        meanings: of the views' features as they are now.
        snapshot: of the project.
        progress: told of each part of a view.
    """

    rows: HistoricalRows
    store: Store
    meanings: Meanings
    snapshot: Snapshot
    progress: Progress

    def write(
        self, views: Sequence[View], moment: int, told: Storing, *, full: bool
    ) -> tuple[ViewReport, ...]:
        """Write the values as of a moment, all views at once.

        Args:
            views: with all their features.
            moment: microseconds.
            told: of what is done, once this writer holds the store.
            full: whether to write every key, changed or not.

        Raises:
            StoreError: the store can't be written.
        """
        reports = []
        with told, self.store.write() as writer:
            told.start()
            # Read while this writer holds the store, so that no other run comes in between.
            blobs = self.store.read([view_key(view.name) for view in views])
            for view, blob in zip(views, blobs, strict=True):
                reports.append(self._of_view(view, blob, full=full).write(moment, writer))
                told.done(reports[-1])
                self.rows.forget_histories()
        return tuple(reports)

    def _of_view(self, view: View, blob: bytes | None, *, full: bool) -> ViewWriter:
        meaning = self.meanings.of(view)
        return ViewWriter(
            view,
            self.rows,
            self.store,
            None if blob is None else ViewRecord.if_readable(blob),
            meaning.text,
            self.snapshot.id,
            self.snapshot.code_behind(feature.name for feature in view.features),
            self.progress,
            full=full or not meaning.certain,
        )
