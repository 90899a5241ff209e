"""The pages of one entity, one source and one view."""

from __future__ import annotations

from onedag.catalog import Catalog, entity_facts, source_facts, view_facts
from onedag.lineage import PII
from onedag.pages.attention import overdue
from onedag.pages.frame import page, view_row
from onedag.pages.links import Links

__all__ = ["entity_page", "source_page", "view_page"]


def entity_page(catalog: Catalog, links: Links, name: str) -> str:
    """The page of an entity.

    Raises:
        UnknownName: there is no such one.
    """
    facts = entity_facts(catalog, name)
    views = [view_row(catalog, view.name) for view in facts.views]
    return page("entity.html", catalog, links, facts=facts, views=views)


def source_page(catalog: Catalog, links: Links, name: str) -> str:
    """The page of a source, with an anchor for each column.

    Raises:
        UnknownName: there is no such one.
    """
    facts = source_facts(catalog, name)
    personal = any(tag.lower() == PII for column in facts.columns for tag in column.tags)
    return page("source.html", catalog, links, facts=facts, personal=personal)


def view_page(catalog: Catalog, links: Links, name: str) -> str:
    """The page of a view.

    Raises:
        UnknownName: there is no such one.
    """
    facts = view_facts(catalog, name)
    late = overdue(catalog, facts.freshness) is not None
    return page("view.html", catalog, links, facts=facts, late=late)
