"""The first page: what there is, whether it is fresh, what wants attention; or what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onedag.catalog import Catalog, Freshness, ServiceFacts, service_facts
from onedag.lineage import PII
from onedag.pages.attention import matters
from onedag.pages.frame import page, view_row
from onedag.pages.guide import Guide, Stop
from onedag.pages.links import Links
from onedag.pages.search import Entry, find, nearest

__all__ = ["overview", "results", "service_row"]

_MATTERS, _OWNERS = 6, 8
"""So many are seen at once; the rest folds out."""


def overview(catalog: Catalog, links: Links) -> str:
    """The first page."""
    found = matters(catalog)
    guide = Guide(catalog, links)
    return page(
        "overview.html",
        catalog,
        links,
        query="",
        features=_listed(catalog),
        tiles=_tiles(catalog),
        matters=found,
        shown_matters=_MATTERS,
        services=[service_row(catalog, name) for name in catalog.snapshot.services],
        views=[view_row(catalog, name) for name in catalog.snapshot.views],
        personal=_personal(catalog, guide),
        tagged=_tagged(catalog, guide),
        owners=_owners(catalog),
        shown_owners=_OWNERS,
    )


def results(catalog: Catalog, links: Links, entries: Sequence[Entry], query: str) -> str:
    """The page of what a query finds."""
    found = find(entries, query)
    near = [] if found else nearest(entries, query)
    return page("found.html", catalog, links, query=query, found=found, near=near)


def service_row(catalog: Catalog, name: str) -> dict[str, Any]:
    """A row of ``services_table.html``."""
    facts = service_facts(catalog, name)
    return {"facts": facts, "oldest": _oldest(facts)}


def _oldest(facts: ServiceFacts) -> Freshness | None:
    """Of the views that a service reads: one that nothing is known of, or the oldest one."""
    unknown = [found for found in facts.views if found.age is None]
    known = sorted((found.age, found.view, found) for found in facts.views if found.age is not None)
    return unknown[0] if unknown else known[-1][2] if known else None


def _listed(catalog: Catalog) -> set[str]:
    return {name for one in catalog.snapshot.services.values() for name in one.features}


def _tiles(catalog: Catalog) -> list[tuple[str, int, str]]:
    snapshot = catalog.snapshot
    return [
        ("services", len(snapshot.services), "services"),
        ("features", len(catalog.index.features), "features and functions"),
        ("entities", len(snapshot.entities), "entities"),
        ("sources", len(snapshot.sources), "sources"),
        ("views", len(snapshot.views), "stored views"),
    ]


def _personal(catalog: Catalog, guide: Guide) -> list[Mapping[str, Any]]:
    """Flows of personal data, those together that lead from one origin into one service."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for flow in catalog.pii:
        stop = guide.shown(flow.path[0] if flow.path else flow.origin, flow.service)
        empty = {"stop": stop, "service": flow.service, "features": [], "allowed": flow.allowed}
        found.setdefault((stop.name, flow.service), empty)["features"].append(flow.feature)
    return list(found.values())


def _tagged(catalog: Catalog, guide: Guide) -> list[Stop]:
    """All that is tagged as personal, used or not."""
    snapshot = catalog.snapshot
    columns = [
        guide.shown(f"{source.name}.{column}")
        for source in snapshot.sources.values()
        for column, tags in source.tags.items()
        if _is_pii(tags)
    ]
    fields = [
        guide.shown(f"request.{field.name}", service.name)
        for service in snapshot.services.values()
        for field in service.fields
        if _is_pii(field.tags)
    ]
    functions = [
        guide.feature(function.name)
        for function in snapshot.functions.values()
        if function.tags.get(PII, "").lower() == "true"
    ]
    return [*columns, *fields, *functions]


def _is_pii(tags: Iterable[str]) -> bool:
    return any(tag.lower() == PII for tag in tags)


def _owners(catalog: Catalog) -> list[tuple[str, int]]:
    counted = Counter(f.owner for f in catalog.snapshot.functions.values() if f.owner)
    nobody = sum(not f.owner for f in catalog.snapshot.functions.values())
    named = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [*named, ("", nobody)] if named and nobody else named
