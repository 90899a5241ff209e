"""What every page of the catalog is given."""

from __future__ import annotations

from typing import TypedDict

from onedag.catalog import Catalog, Freshness, freshness
from onedag.pages.attention import overdue
from onedag.pages.links import Links
from onedag.pages.render import render

__all__ = ["ViewRow", "page", "view_row"]


class ViewRow(TypedDict):
    """A row of ``views_table.html``."""

    view: object
    freshness: Freshness
    late: bool


def page(template: str, catalog: Catalog, links: Links, **context: object) -> str:
    """A page of the catalog, as HTML."""
    return render(template, catalog=catalog, project=catalog.project, links=links, **context)


def view_row(catalog: Catalog, name: str) -> ViewRow:
    """A view with how old its values are."""
    found = freshness(catalog, name)
    late = overdue(catalog, found) is not None
    return ViewRow(view=catalog.snapshot.views[name], freshness=found, late=late)
