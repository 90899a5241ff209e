"""`CatalogPages`: every page of a catalog, by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from onedag.catalog import Catalog
from onedag.errors import UnknownName
from onedag.pages.feature_page import feature_page
from onedag.pages.frame import page
from onedag.pages.graph import graph_part
from onedag.pages.links import INDEX, Links
from onedag.pages.listings import LISTINGS, listing
from onedag.pages.overview import overview, results
from onedag.pages.search import Entry, entries, nearest, search_script
from onedag.pages.service_page import service_page
from onedag.pages.stored_pages import entity_page, source_page, view_page

__all__ = ["CatalogPages"]

LINEAGE = "lineage"
_LONGEST = 200
"""Characters of what somebody looks for: no name is so long, and a longer one takes time."""
_OF_ONE: Mapping[str, Callable[[Catalog, Links, str], str]] = {
    "services": service_page,
    "features": feature_page,
    "entities": entity_page,
    "sources": source_page,
    "views": view_page,
}
_ONE = {
    "services": "service",
    "features": "feature",
    "entities": "entity",
    "sources": "source",
    "views": "view",
}


class CatalogPages:
    """The pages of one catalog, made when they are asked for.

    Args:
        catalog: what they show.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __iter__(self) -> Iterator[str]:
        """The places of all pages, such as ``features/distance``."""
        yield from (INDEX, *LISTINGS, LINEAGE)
        for section in _OF_ONE:
            yield from (f"{section}/{name}" for name in self._names(section))

    def html(self, links: Links, query: str = "") -> str:
        """One page.

        Args:
            links: of the page, which say its place.
            query: what is searched for, on the first page.

        Raises:
            UnknownName: there is no such page.
        """
        section, _, name = links.page.partition("/")
        if name and section in _OF_ONE:
            return _OF_ONE[section](self.catalog, links, name)
        if links.page == INDEX:
            found = query.strip()[:_LONGEST]
            if found:
                return results(self.catalog, links, self.entries, found)
            return overview(self.catalog, links)
        if links.page in LISTINGS:
            return listing(self.catalog, links, links.page)
        if links.page == LINEAGE:
            return self._lineage(links)
        raise UnknownName.among("page", links.page, [INDEX, *LISTINGS, LINEAGE])

    def missing(self, links: Links) -> str:
        """The page instead of one that isn't there, with what may have been meant."""
        section, _, name = links.page[:_LONGEST].partition("/")
        said = f"There is no page at {links.page[:_LONGEST]!r}."
        if name and section in _OF_ONE:
            said = f"No {_ONE[section]} is named {name!r}."
        near = nearest(self.entries, name or section)
        return page("missing.html", self.catalog, links, said=said, name=name or section, near=near)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All that can be searched for."""
        return entries(self.catalog)

    @cached_property
    def search_script(self) -> str:
        """The same as the script that pages load."""
        return search_script(self.entries)

    def _lineage(self, links: Links) -> str:
        graph = graph_part(self.catalog.lineage, (), links, f"Lineage of {self.catalog.project}")
        return page("lineage.html", self.catalog, links, graph=graph)

    def _names(self, section: str) -> Iterable[str]:
        snapshot = self.catalog.snapshot
        if section == "features":
            return sorted(self.catalog.index.features)
        named: Mapping[str, Mapping[str, object]] = {
            "services": snapshot.services,
            "entities": snapshot.entities,
            "sources": snapshot.sources,
            "views": snapshot.views,
        }
        return named[section]
