"""What somebody should look at: what isn't served, stored or current as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from onedag.catalog import Catalog, Freshness, freshness, service_facts
from onedag.durations import parse_duration
from onedag.statistics import Verdict

__all__ = ["Matter", "matters", "overdue"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at.

    Attributes:
        grave: whether something can't be served right; else it is worth knowing.
        page: where it is told in full, below the catalog.
        name: of the service, view or feature.
        said: a sentence.
    """

    grave: bool
    page: str
    name: str
    said: str


def matters(catalog: Catalog) -> list[Matter]:
    """All of them, the grave ones first."""
    found = [*_of_services(catalog), *_of_views(catalog), *_of_values(catalog)]
    return sorted(found, key=lambda matter: not matter.grave)


def overdue(catalog: Catalog, found: Freshness) -> timedelta | None:
    """How long a view should have been refreshed; None for one that is in time, or has no refresh.

    One that lies less than one interval back isn't overdue: its materialization may be at work.
    """
    refresh = catalog.snapshot.views[found.view].refresh
    if refresh is None or found.age is None:
        return None
    late = found.age - 2 * parse_duration(refresh)
    return late if late > timedelta(0) else None


def _of_services(catalog: Catalog) -> Iterator[Matter]:
    for name in catalog.snapshot.services:
        facts, page = service_facts(catalog, name), f"services/{name}"
        if facts.unplanned:
            yield Matter(True, page, name, f"It can't be planned: {facts.unplanned}")
        elif facts.run is None and catalog.store_error is None:
            yield Matter(True, page, name, facts.run_unknown)
        elif facts.run is not None and facts.run.outdated:
            changed = _names(facts.run.outdated)
            said = f"{changed} changed since the run was trained: serving is refused, or differs."
            yield Matter(True, page, name, said)
        if facts.model is not None and facts.model.problem:
            yield Matter(True, page, name, facts.model.problem)
        forbidden = {flow.origin for flow in facts.personal if not flow.allowed}
        if forbidden:
            said = f"It takes personal data that its may_use doesn't name: {_names(forbidden)}."
            yield Matter(False, page, name, said)


def _of_views(catalog: Catalog) -> Iterator[Matter]:
    if catalog.store_error is not None:
        return  # said once, of the store
    for name in catalog.snapshot.views:
        found, page = freshness(catalog, name), f"views/{name}"
        if found.stored is None:
            yield Matter(True, page, name, found.unknown)
        elif not found.stored.current:
            yield Matter(True, page, name, _outdated(found.stored.outdated))
        elif overdue(catalog, found) is not None:
            refresh = catalog.snapshot.views[name].refresh
            said = f"It wasn't refreshed in time: it should be every {refresh}."
            yield Matter(False, page, name, said)


def _of_values(catalog: Catalog) -> Iterator[Matter]:
    for service, drifts in catalog.drift.items():
        for name, drift in drifts.items():
            if drift.verdict == Verdict.DRIFTED:
                said = f"Its values in {service} drifted from training: PSI {drift.psi:.2f}."
                yield Matter(False, f"features/{name}", name, said)
    for service, skews in catalog.skew.items():
        for name, skew in skews.items():
            if skew.differing:
                said = (
                    f"{skew.differing:,} of {skew.rows:,} served values in {service} differ from "
                    f"those of history."
                )
                yield Matter(False, f"features/{name}", name, said)


def _outdated(functions: tuple[str, ...]) -> str:
    again = "Run `onedag materialize`."
    if not functions:
        return f"It was made by other code or other packages than those that are here now. {again}"
    return f"{_names(functions)} changed since it was made. {again}"


def _names(names: tuple[str, ...] | set[str]) -> str:
    listed = sorted(names)
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more} more" if more > 0 else "")
