"""What training left of people's values, which isn't shown unless somebody says so.

The log of served requests follows the same rule: what is tagged as personal data, and what that
flows into, stays out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from onedag.catalog.index import Index
from onedag.catalog.model import ServedRun
from onedag.lineage import PII, NodeKind
from onedag.lineage.personal import begins
from onedag.snapshots import Snapshot
from onedag.statistics import FrameStatistics

__all__ = ["personal_features", "without_personal"]

_VALUES = (NodeKind.STORED, NodeKind.REQUEST, NodeKind.FITTED, NodeKind.COMPUTED)


def personal_features(index: Index) -> Mapping[str, frozenset[str]]:
    """The names of what is or comes from personal data below the boundary, by service."""
    found: dict[str, set[str]] = {}
    for node in index.lineage.nodes.values():
        if node.kind in _VALUES and (node.personal or begins(node)):
            for service in index.services.get(node.id, ()):
                found.setdefault(service, set()).add(node.label)
    return {service: frozenset(names) for service, names in found.items()}


def without_personal(run: ServedRun, index: Index) -> ServedRun:
    """A run without the values of people: with how many there are, and how many are missing.

    What the code hasn't got any more may be anything, so where the project has personal data at
    all, its values stay out as well.

    Args:
        run: of a service.
        index: of the code that says what is personal.
    """
    names = personal_features(index).get(run.service, frozenset())
    every = {*run.types, *run.fitted}
    if _has_personal(index.snapshot):
        nodes, services = index.lineage.nodes.values(), index.services
        known = {node.label for node in nodes if run.service in services.get(node.id, ())}
        names = names | (every - known)
    return _without(run, every & names)


def _without(run: ServedRun, names: Collection[str]) -> ServedRun:
    statistics = run.statistics
    if statistics is not None:
        features = {
            name: replace(of, values=None) if name in names else of
            for name, of in statistics.features.items()
        }
        statistics = FrameStatistics(statistics.rows, features)
    return replace(
        run,
        fitted={name: value for name, value in run.fitted.items() if name not in names},
        statistics=statistics,
        withheld=tuple(sorted({*run.withheld, *names})),
    )


def _has_personal(snapshot: Snapshot) -> bool:
    columns = (tag for of in snapshot.sources.values() for tags in of.tags.values() for tag in tags)
    fields = (tag for of in snapshot.services.values() for field in of.fields for tag in field.tags)
    functions = (name for of in snapshot.functions.values() for name in of.tags)
    return any(tag.lower() == PII for tags in (columns, fields, functions) for tag in tags)
