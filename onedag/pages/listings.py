"""The pages that list all of one kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from onedag.catalog import Catalog, entity_facts, personal_origins, source_facts
from onedag.lineage import LOOKS, PII, NodeKind
from onedag.pages.frame import page, view_row
from onedag.pages.links import Links
from onedag.pages.overview import service_row
from onedag.pages.written import first_line

__all__ = ["LISTINGS", "FeatureRow", "feature_rows", "listing"]


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A row of ``features_table.html``.

    Attributes:
        name: of the feature.
        about: the first line of its docstring.
        kinds: how it comes about, at its places.
        type: Arrow type as text; its return annotation where that isn't known.
        owner: of the function's tags.
        services: that it goes into.
        personal: whether it comes from personal data.
    """

    name: str
    about: str
    kinds: tuple[str, ...]
    type: str
    owner: str
    services: tuple[str, ...]
    personal: bool


def listing(catalog: Catalog, links: Links, of: str) -> str:
    """The page of all of one kind, one of `LISTINGS`."""
    lead, rows = LISTINGS[of]
    return page("listing.html", catalog, links, listing=of, lead=lead, **{of: rows(catalog)})


def feature_rows(catalog: Catalog) -> list[FeatureRow]:
    """All features and functions, in order of name."""
    types = _types(catalog)
    return [_feature_row(catalog, name, types) for name in sorted(catalog.index.features)]


def _feature_row(catalog: Catalog, name: str, types: Mapping[str, str]) -> FeatureRow:
    index, function = catalog.index, catalog.snapshot.functions.get(name)
    nodes = [
        node
        for node in index.nodes.get(name, ())
        if node.kind is not NodeKind.COLUMN or function is None
    ]
    kinds = {node.kind for node in nodes}
    return FeatureRow(
        name=name,
        about="" if function is None else first_line(function.doc),
        kinds=tuple(kind.value for kind in LOOKS if kind in kinds),
        type=types.get(name, "" if function is None else function.returns),
        owner="" if function is None else function.owner,
        services=index.services_of(node.id for node in nodes),
        personal=bool(personal_origins(index, [node.id for node in nodes])),
    )


def _types(catalog: Catalog) -> dict[str, str]:
    stored = {name: of for view in catalog.views.values() for name, of in view.types.items()}
    return stored | {name: of for run in catalog.runs.values() for name, of in run.types.items()}


def _entities(catalog: Catalog) -> list[Any]:
    return [entity_facts(catalog, name) for name in catalog.snapshot.entities]


def _sources(catalog: Catalog) -> list[Any]:
    found = (source_facts(catalog, name) for name in catalog.snapshot.sources)
    return [(facts, _has_personal(facts.source.tags)) for facts in found]


def _has_personal(tags: Mapping[str, tuple[str, ...]]) -> bool:
    return any(tag.lower() == PII for of_column in tags.values() for tag in of_column)


def _views(catalog: Catalog) -> list[Any]:
    return [view_row(catalog, name) for name in catalog.snapshot.views]


def _services(catalog: Catalog) -> list[Any]:
    return [service_row(catalog, name) for name in catalog.snapshot.services]


LISTINGS: Mapping[str, tuple[str, Callable[[Catalog], list[Any]]]] = {
    "services": ("What models take, and requests are answered with.", _services),
    "features": ("All functions of the project, and the columns that services take.", feature_rows),
    "entities": ("What features are about.", _entities),
    "sources": ("Rows of history that features are made of.", _sources),
    "views": ("What is computed in batch and kept in the store.", _views),
}
"""What is said above each list, and its rows."""
