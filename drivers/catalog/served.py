"""What the store's records say, in the catalog's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from drivers.catalog.snapshots import KeptSnapshots
from drivers.stored.records import RunRecord, ViewRecord
from onedag.catalog import ServedRun, StoredView
from onedag.snapshots import Snapshot
from onedag.statistics import FrameStatistics

__all__ = ["served_run", "stored_view"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def served_run(
    record: RunRecord,
    statistics: FrameStatistics | None,
    now: Mapping[str, str],
    snapshots: KeptSnapshots,
) -> ServedRun:
    """A published run.

    Args:
        record: of the run.
        statistics: of its frame.
        now: what the functions are written as, by name (`FunctionSnapshot.written`).
        snapshots: that the registry keeps.
    """
    return ServedRun(
        run_id=record.run_id,
        service=record.service,
        created_at=record.created_at,
        rows=record.rows,
        snapshot=record.snapshot,
        commit=snapshots.commit(record.snapshot),
        types={field.name: str(field.type) for field in record.schema},
        fitted=record.fitted,
        statistics=statistics,
        outdated=_otherwise(record.code, now),
    )


def stored_view(
    name: str, record: ViewRecord, snapshot: Snapshot, snapshots: KeptSnapshots
) -> StoredView:
    """What is stored of a view.

    Args:
        name: of the view.
        record: of what is stored.
        snapshot: of the code as it is now.
        snapshots: that the registry keeps.
    """
    outdated = _outdated(name, record, snapshot)
    return StoredView(
        name=name,
        as_of=_EPOCH + timedelta(microseconds=record.as_of),
        keys=record.keys,
        snapshot=record.snapshot,
        current=not outdated and _told(name, record, snapshot),
        commit=snapshots.commit(record.snapshot),
        outdated=outdated,
        types={feature: str(of.arrow) for feature, of in record.layout.types.items()},
    )


def _outdated(name: str, record: ViewRecord, snapshot: Snapshot) -> tuple[str, ...]:
    """The features that are missing, and the functions that are written otherwise now."""
    view = snapshot.views.get(name)
    features = () if view is None else view.features
    missing = [feature for feature in features if feature not in record.layout.types]
    now = {name: function.written for name, function in snapshot.functions.items()}
    return tuple(sorted({*missing, *_otherwise(record.code, now)}))


def _told(name: str, record: ViewRecord, snapshot: Snapshot) -> bool:
    """Whether a record says by what code it was made, or means the same as the code does now."""
    view = snapshot.views.get(name)
    if view is None or record.meaning == view.meaning:
        return True
    return bool(record.code) or not any(each in snapshot.functions for each in view.features)


def _otherwise(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, text in then.items() if now.get(name) != text))
