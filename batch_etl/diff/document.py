"""A difference for programs: JSON whose form has a number.

`FORMAT` grows when a name that was there goes or means something else; names may be added.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from batch_etl.diff.judge import Finding
from batch_etl.diff.run import Difference
from onedag.snapshots import Snapshot
from onedag.snapshots.changes import FunctionChange
from onedag.snapshots.uses import services_of, views_of

__all__ = ["FORMAT", "to_document"]

FORMAT = 1


def to_document(difference: Difference) -> dict[str, Any]:
    """Plain values for JSON."""
    changes = difference.changes
    touched = _Touched(changes.old, changes.new)
    return {
        "format": FORMAT,
        "ok": not difference.failures,
        "old": _snapshot(changes.old),
        "new": {**_snapshot(changes.new), "working_tree": difference.working_tree},
        "versions": _plain(changes.versions),
        "functions": [touched.function(one) for one in changes.functions],
        "sources": _plain(changes.sources),
        "entities": _plain(changes.entities),
        "services": _plain(changes.services),
        "views": _plain(changes.views),
        "uncertain": list(changes.uncertain),
        "to_materialize": list(difference.to_materialize),
        "estimates": _plain(tuple(difference.estimates.values())),
        "unestimated": dict(difference.unestimated),
        "published": {
            "asked": not difference.published.unasked,
            "models": [
                {
                    "service": model.service,
                    "run": model.run_id or None,
                    "snapshot": model.trained_with.id,
                    "snapshot_known": model.known,
                }
                for model in difference.published.models.values()
            ],
        },
        "findings": [_finding(finding) for finding in difference.findings],
        "unneeded_acknowledgements": list(difference.unneeded),
    }


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    commit = None if snapshot.commit is None else dataclasses.asdict(snapshot.commit)
    return {"id": snapshot.id, "commit": commit}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "reasons": list(finding.reasons),
        "meaning": finding.digits,
        "services": [model.service for model in finding.models],
        "features": list(finding.features),
        "acknowledged": finding.acknowledged,
    }


class _Touched:
    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self._services = (services_of(old), services_of(new))
        self._views = (views_of(old), views_of(new))

    def function(self, one: FunctionChange) -> dict[str, Any]:
        services = {name for each in self._services for name in each.get(one.name, ())}
        views = {name for each in self._views for name in each.get(one.name, ())}
        found = dataclasses.asdict(one)
        return {**found, "services": sorted(services), "views": sorted(views)}


def _plain(values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(value) for value in values]
