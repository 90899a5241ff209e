"""The pages that list all of one kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from onedag.catalog import Catalog, entity_facts, personal_origins, source_facts
from onedag.lineage import LOOKS, PII, NodeKind
from onedag.pages.frame import page, view_row
from onedag.pages.links import Links
from onedag.pages.overview import service_row
from onedag.pages.written import first_line
from onedag.snapshots import FunctionSnapshot

__all__ = ["LISTINGS", "FeatureRow", "feature_rows", "listing"]


_NUMBERS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A row of ``features_table.html``.

    Attributes:
        name: of the feature.
        about: the first line of its docstring.
        kinds: how it comes about, at its places.
        type: Arrow type as text; what a fitted value is annotated with; empty where neither is
            known.
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
    """All features and functions, in order of name; numbers in names by their size."""
    types = _types(catalog)
    names = sorted(catalog.index.features, key=_in_order)
    return [_feature_row(catalog, name, types) for name in names]


def _in_order(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in _NUMBERS.split(name)]


def _feature_row(catalog: Catalog, name: str, types: Mapping[str, str]) -> FeatureRow:
    index, function = catalog.index, catalog.snapshot.functions.get(name)
    nodes = [node for node in index.nodes.get(name, ()) if node.kind is not NodeKind.COLUMN]
    kinds = {node.kind for node in nodes}
    return FeatureRow(
        name=name,
        about="" if function is None else first_line(function.doc),
        kinds=tuple(kind.value for kind in LOOKS if kind in kinds),
        type=types.get(name, "" if function is None else _annotated(function)),
        owner="" if function is None else function.owner,
        services=index.services_of(node.id for node in nodes),
        personal=bool(personal_origins(index, [node.id for node in nodes])),
    )


def _annotated(function: FunctionSnapshot) -> str:
    return function.returns if function.kind == "fitted" else ""  # a Series may be one of anything


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
