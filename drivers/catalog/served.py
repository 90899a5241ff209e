"""What the store's records say, in the catalog's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from drivers.catalog.definitions import Definitions
from drivers.catalog.snapshots import KeptSnapshots
from drivers.stored.records import RunRecord, ViewRecord
from onedag.catalog import ServedRun, StoredView
from onedag.statistics import FrameStatistics

__all__ = ["served_run", "stored_view"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def served_run(
    record: RunRecord,
    statistics: FrameStatistics | None,
    defined: Definitions,
    snapshots: KeptSnapshots,
) -> ServedRun:
    """A published run.

    Args:
        record: of the run.
        statistics: of its frame.
        defined: the code as it is now.
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
        outdated=_otherwise(record.code, defined),
    )


def stored_view(
    name: str, record: ViewRecord, defined: Definitions, snapshots: KeptSnapshots
) -> StoredView:
    """What is stored of a view.

    Args:
        name: of a view that is defined.
        record: of what is stored.
        defined: the code as it is now.
        snapshots: that the registry keeps.
    """
    features = defined.snapshot.views[name].features
    missing = [feature for feature in features if feature not in record.layout.types]
    outdated = tuple(sorted({*missing, *_otherwise(record.code, defined)}))
    return StoredView(
        name=name,
        as_of=_EPOCH + timedelta(microseconds=record.as_of),
        keys=record.keys,
        snapshot=record.snapshot,
        current=not outdated and _told(name, record, defined),
        commit=snapshots.commit(record.snapshot),
        outdated=outdated,
        types={feature: str(of.arrow) for feature, of in record.layout.types.items()},
    )


def _told(name: str, record: ViewRecord, defined: Definitions) -> bool:
    """Whether a record says what code it was made by, or means the same as the code does now.

    One of an earlier version of onedag doesn't say it, nor does one of columns alone, which no
    code makes.
    """
    view, functions = defined.snapshot.views[name], defined.snapshot.functions
    by_code = any(feature in functions for feature in view.features)
    return bool(record.code) or not by_code or record.meaning == view.meaning


def _otherwise(then: Mapping[str, str], defined: Definitions) -> tuple[str, ...]:
    """The functions that are written otherwise now, or aren't there any more."""
    return tuple(sorted(name for name, text in then.items() if defined.written.get(name) != text))
