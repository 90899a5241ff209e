"""`Freshness`: how old what the store holds of a view is, or why nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from onedag.catalog.model import Catalog, StoredView

__all__ = ["Freshness", "freshness"]


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is known of the values of a view.

    Attributes:
        view: its name.
        stored: what the store holds; None where there is nothing, or nobody knows.
        unknown: why there is nothing, or why nobody knows; empty where ``stored`` says it.
        age: how old the values were when the store was asked; None without values.
    """

    view: str
    stored: StoredView | None
    unknown: str
    age: timedelta | None


def freshness(catalog: Catalog, view: str) -> Freshness:
    """The freshness of a view, at the moment that the catalog was read."""
    stored = catalog.views.get(view)
    if stored is not None:
        return Freshness(view, stored, "", stored.age(catalog.read_at))
    return Freshness(view, None, _why(catalog, view), None)


def _why(catalog: Catalog, view: str) -> str:
    if catalog.store_error is not None:
        return f"The store can't be read: {catalog.store_error}"
    never = "It was never materialized: run `onedag materialize`."
    return catalog.unread_views.get(view, never)
