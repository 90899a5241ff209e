"""A difference for programs: JSON whose form has a number.

`FORMAT` grows when a name that was there goes or means something else; names may be added.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from batch_etl.diff.judge import Finding
from batch_etl.diff.run import Difference
from batch_etl.diff.touched import Touched
from onedag.snapshots import Snapshot
from onedag.snapshots.changes import FunctionChange

__all__ = ["FORMAT", "to_document"]

FORMAT = 1


def to_document(difference: Difference) -> dict[str, Any]:
    """Plain values for JSON."""
    changes = difference.changes
    touched = Touched(changes, difference.published)
    return {
        "format": FORMAT,
        "ok": not difference.failures,
        "old": _snapshot(changes.old),
        "new": {**_snapshot(changes.new), "working_tree": difference.working_tree},
        "versions": _plain(changes.versions),
        "functions": [_function(one, touched) for one in changes.functions],
        "sources": _plain(changes.sources),
        "entities": _plain(changes.entities),
        "services": _plain(changes.services),
        "views": _plain(changes.views),
        "uncertain": list(changes.uncertain),
        "unplanned": list(changes.unplanned),
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


def _function(one: FunctionChange, touched: Touched) -> dict[str, Any]:
    touch = touched.by(one.name)
    return {
        **dataclasses.asdict(one),
        "services": list(touch.services),
        "models": [model.run_id or model.service for model in touch.models],
        "views": list(touch.views),
    }


def _plain(values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(value) for value in values]
