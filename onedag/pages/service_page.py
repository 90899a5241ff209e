"""The page of one service."""

from __future__ import annotations

from onedag.catalog import Catalog, service_facts
from onedag.pages.frame import page, view_row
from onedag.pages.graph import graph_part
from onedag.pages.guide import Guide
from onedag.pages.links import Links
from onedag.pages.trying import try_form

__all__ = ["service_page"]


def service_page(catalog: Catalog, links: Links, name: str) -> str:
    """The page of a service.

    Raises:
        UnknownName: there is no such one.
    """
    facts, guide = service_facts(catalog, name), Guide(catalog, links)
    index = catalog.index
    node = index.service_nodes.get(name)
    graph = None
    if node is not None:
        part = catalog.lineage.upstream([node, *index.outputs(node)])
        graph = graph_part(part, (), links, f"What {name} comes from")
    return page(
        "service.html",
        catalog,
        links,
        facts=facts,
        views=[view_row(catalog, view) for view in facts.service.views],
        flows=[(flow, [guide.shown(each, name) for each in flow.path]) for flow in facts.personal],
        measured=any(feature.drift for feature in facts.features),
        graph=graph,
        form=try_form(catalog, facts.service, links),
    )
